// Every screen, in both themes and both widths: clean for axe, nothing wider than the
// window, and a picture of it for people to look at.
import { expectNoSidewaysScroll, look } from '../support/look.ts';
import {
  ADA,
  PRATHMESH,
  act,
  claim,
  composer,
  emojiPicker,
  generalOf,
  message,
  openAccountMenu,
  openRoom,
  pointAt,
  post,
  say,
  showRooms,
  signIn,
  signUp,
  thumbUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('signed out', async ({ page, server }, info) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await look(page, info, 'sign-in');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await look(page, info, 'sign-in-refused');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await look(page, info, 'sign-up');

  await page.goto(server.ownerLink);
  await expect(page.getByRole('button', { name: 'Claim this place' })).toBeVisible();
  await look(page, info, 'claim');
  await expectNoSidewaysScroll(page);
});

test('an invite', async ({ page, server }, info) => {
  const token = await claim(server);
  const { url } = await server.call<{ url: string }>('POST', '/invites', {}, token);
  const { pathname, hash } = new URL(url);
  await page.goto(pathname + hash);
  await expect(page.getByRole('button', { name: 'Create account' })).toBeVisible();
  await look(page, info, 'invite');
});

test('a room with a conversation', async ({ page, server }, info) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await look(page, info, 'room-empty');

  await say(server, ada, general, [
    'Did the migration finish? The dashboard still shows yesterday.',
    'Notes: https://example.com/a/rather/long/address/that/has/to/break/somewhere?with=words',
  ]);
  await act(page, 'Did the migration finish', 'Reply');
  await post(page, 'It did, at four. I will reload the dashboard.');
  await thumbUp(page, 'It did, at four');
  await post(page, 'AVeryLongWordWithoutAnyPlaceToBreakWhichMustNotMakeThePageWider'.repeat(3));
  await post(page, 'never mind this one');
  await act(page, 'never mind this one', 'Delete');
  await look(page, info, 'delete');
  await page.getByRole('button', { name: 'Delete message' }).click();
  await say(server, ada, general, ['Thank you @prathmesh']);
  await expect(message(page, 'Thank you @prathmesh')).toBeVisible();
  await look(page, info, 'room');
  await expectNoSidewaysScroll(page);
  // As narrow as a page of 1280 px at four times its size.
  await page.setViewportSize({ width: 320, height: 640 });
  await expect(message(page, 'Thank you @prathmesh')).toBeInViewport();
  await expectNoSidewaysScroll(page);
});

test('what can be done in a room', async ({ page, server }, info) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  await say(server, ada, general, ['Did the migration finish?', 'Nobody told me.']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'It did, at four.');
  await pointAt(page, 'It did, at four');
  await look(page, info, 'message-actions');
  await act(page, 'It did, at four', 'Add reaction');
  await expect(emojiPicker(page)).toBeVisible();
  await look(page, info, 'emoji');
  await page.keyboard.press('Escape');

  await act(page, 'Nobody told me', 'Reply');
  await look(page, info, 'replying');
  await page.getByRole('button', { name: 'Cancel reply' }).click();

  await page.getByRole('button', { name: /^Members, / }).click();
  await expect(page.getByRole('complementary', { name: 'Members' })).toBeVisible();
  await look(page, info, 'members');
});

test('what lies over a message', async ({ page, server }, info) => {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, ada);
  await say(server, ada, general, ['Did the migration finish?']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'It did, at four.');
  await act(page, 'It did, at four', 'More actions');
  await expect(page.getByRole('menu')).toBeVisible();
  await look(page, info, 'message-menu');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();

  await act(page, 'It did, at four', 'Add reaction');
  await emojiPicker(page).getByRole('searchbox', { name: 'Find an emoji' }).fill('zzz');
  await expect(page.getByText('None of these is called that.')).toBeVisible();
  await look(page, info, 'emoji-none');
});

test('what helps to write', async ({ page, server }, info) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).pressSequentially('Thank you @');
  await expect(page.getByRole('option', { name: /Ada Lovelace/ })).toBeVisible();
  await look(page, info, 'completion');
  await composer(page).fill('a'.repeat(16 * 1024 + 1));
  await expect(page.getByText('1 bytes too long')).toBeVisible();
  await look(page, info, 'too-long');
});

test('what leads elsewhere', async ({ page, isMobile }, info) => {
  await signIn(page, PRATHMESH);
  await showRooms(page);
  await page.getByRole('button', { name: 'Jump to…' }).click();
  await expect(page.getByRole('combobox')).toBeFocused();
  await look(page, info, 'jump');
  await page.getByRole('combobox').fill('zzz');
  await expect(page.getByText('No room and nobody here')).toBeVisible();
  await look(page, info, 'jump-none');
  await page.keyboard.press('Escape');
  if (isMobile) return;
  await page.keyboard.press('Control+/');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await look(page, info, 'keyboard');
});

test('around the rooms', async ({ page, server }, info) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  for (const name of ['engines', 'looms and cards']) {
    await server.call('POST', '/rooms', { name, kind: 'open', topic: `About ${name}` }, token);
  }
  await signIn(page, PRATHMESH);
  await showRooms(page);
  await look(page, info, 'rooms');

  await page.getByRole('button', { name: 'Create room' }).first().click();
  await expect(page.getByRole('dialog', { name: 'Create a room' })).toBeVisible();
  await look(page, info, 'create-room');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Join room' }).click();
  await expect(page.getByRole('button', { name: 'Join engines' })).toBeVisible();
  await look(page, info, 'join-room');
  await page.keyboard.press('Escape');

  await openAccountMenu(page);
  await look(page, info, 'account');
  await page.getByRole('button', { name: 'Signed-in devices' }).click();
  await expect(page.getByRole('dialog', { name: 'Signed-in devices' })).toBeVisible();
  await look(page, info, 'devices');
});

test('without a server', async ({ page, server }, info) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'before');
  await server.kill();
  await expect(page.getByText(/^Offline\. You can keep writing/)).toBeVisible();
  await look(page, info, 'offline');
});

test('where there is nothing to see', async ({ page, server }, info) => {
  await signIn(page, PRATHMESH);
  await page.goto('/r/no-such-room');
  await expect(page.getByText('No such room here')).toBeVisible();
  await look(page, info, 'no-such-room');

  await claim(server);
  await expect(page.getByText('The demo is over')).toBeVisible();
  await look(page, info, 'demo-over');
});
