// Without any network: the page opens, shows what it kept, takes what is written, and sends it once, in order, when
// the server is back.
import { expectKept, expectShell } from '../support/device.ts';
import {
  ADA,
  PRATHMESH,
  SENT,
  act,
  composer,
  createRoom,
  message,
  openRoom,
  pointAt,
  post,
  roomLink,
  say,
  showRooms,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('opened without a network, the page shows what was said and keeps what is written', async ({
  page,
  context,
  server,
  openWindow,
}) => {
  await signIn(page, PRATHMESH);
  await createRoom(page, 'attic');
  await openRoom(page, 'general');
  await post(page, 'said before');
  await expectShell(page);
  await expectKept(page, 'said before');
  await server.kill();
  await page.close();

  const offline = await context.newPage();
  await offline.goto('/');
  await openRoom(offline, 'general');
  await expect(message(offline, 'said before')).toBeVisible();
  await showRooms(offline);
  await expect(roomLink(offline, 'attic')).toBeVisible();
  await openRoom(offline, 'general');
  for (const text of ['first without a network', 'second without a network']) {
    await composer(offline).fill(text);
    await offline.getByRole('button', { name: 'Send message' }).click();
    await expect(message(offline, text)).toHaveAttribute('data-state', 'pending');
  }
  await expect(
    offline.getByText('Offline. You can keep writing; 2 messages will be sent.'),
  ).toBeVisible();

  // Through a reload, they still wait, below what was said.
  await expectKept(offline, 'second without a network');
  await offline.reload();
  await openRoom(offline, 'general');
  await expect(offline.getByRole('article')).toContainText([
    'said before',
    'first without a network',
    'second without a network',
  ]);
  await expect(message(offline, 'second without a network')).toHaveAttribute(
    'data-state',
    'pending',
  );

  await server.restart();
  await expect(message(offline, 'second without a network')).toHaveAttribute('data-state', SENT, {
    timeout: BACK_MS,
  });
  await expect(message(offline, 'first without a network')).toHaveAttribute('data-state', SENT);
  await signUp(server, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(ada, ADA);
  await openRoom(ada, 'general');
  await expect(ada.getByRole('article')).toHaveCount(3);
  await expect(ada.getByRole('article')).toContainText([
    'said before',
    'first without a network',
    'second without a network',
  ]);
});

test('a room that was never opened here says so without a network, and comes with it', async ({
  page,
  context,
  server,
}) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  const me = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/me');
    return ((await answer.json()) as { user: { id: string } }).user.id;
  });
  const made = { name: 'vault', kind: 'closed', members: [me] };
  const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', made, ada);
  await say(server, ada, room.id, ['down here']);
  await openRoom(page, 'general');
  await post(page, 'up here');
  await showRooms(page);
  await expect(roomLink(page, 'vault')).toBeVisible();
  await expectShell(page);
  await expectKept(page, 'up here');
  await server.kill();
  await page.close();

  const offline = await context.newPage();
  await offline.goto('/');
  await openRoom(offline, 'vault');
  await expect(offline.getByText('Messages could not be loaded. The server cannot be reached.')).toBeVisible();
  await server.restart();
  await expect(message(offline, 'down here')).toBeVisible({ timeout: BACK_MS });
});

test('what waits can be changed and taken back before it is sent', async ({ page, server }) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'said before');
  await expectShell(page);
  await server.kill();
  for (const text of ['a first draft', 'a slip', 'the end']) {
    await composer(page).fill(text);
    await composer(page).press('Enter');
  }
  await act(page, 'a first draft', 'Edit');
  await composer(page).fill('a better version');
  await composer(page).press('Enter');
  await expect(message(page, 'a better version')).toHaveAttribute('data-state', 'pending');
  await act(page, 'a slip', 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete message' }).click();
  await expect(message(page, 'a slip')).toHaveCount(0);
  // What is there already is changed too: the change waits.
  await act(page, 'said before', 'Edit');
  await composer(page).fill('said otherwise');
  await composer(page).press('Enter');
  await expectKept(page, 'said otherwise');

  await page.reload();
  await openRoom(page, 'general');
  const texts = ['said otherwise', 'a better version', 'the end'];
  await expect(page.getByRole('article')).toContainText(texts);
  await server.restart();
  await expect(message(page, 'the end')).toHaveAttribute('data-state', SENT, {
    timeout: BACK_MS,
  });
  await expect(message(page, 'said otherwise')).toContainText('(edited)');
  await expect(page.getByRole('article')).toContainText(texts);
  await expect(page.getByRole('article')).toHaveCount(3);
  await expect(message(page, 'a better version')).not.toContainText('(edited)');
  await pointAt(page, 'the end');
});

test('what is half written is there after a reload, and gone once it is sent', async ({
  page,
  server,
}) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('half a thou');
  await page.reload();
  await openRoom(page, 'general');
  await expect(composer(page)).toHaveValue('half a thou');
  await composer(page).fill('half a thought');
  await composer(page).press('Enter');
  await expect(message(page, 'half a thought')).toHaveAttribute('data-state', SENT);
  await page.reload();
  await openRoom(page, 'general');
  await expect(message(page, 'half a thought')).toBeVisible();
  await expect(composer(page)).toHaveValue('');
  expect(server.url).toContain('localhost');
});
