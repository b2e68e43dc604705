// Two people, two windows: what one does, the other sees at once.
import {
  ADA,
  PRATHMESH,
  composer,
  createRoom,
  generalOf,
  message,
  openRoom,
  post,
  roomLink,
  say,
  showRooms,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('two people talk, and each sees the other write', async ({ page, server, openWindow }) => {
  await signUp(server, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(page, PRATHMESH);
  await signIn(ada, ADA);
  await openRoom(page, 'general');
  await openRoom(ada, 'general');

  await composer(ada).pressSequentially('Good mor');
  await expect(page.getByText('Ada Lovelace is typing…')).toBeVisible();
  await post(ada, 'Good morning');
  await expect(message(page, 'Good morning')).toHaveAccessibleName(/^Ada Lovelace/);

  await post(page, 'Good morning to you');
  await expect(message(ada, 'Good morning to you')).toBeVisible();
  await expect(ada.getByTestId('spoken')).toContainText('Good morning to you');

  const texts = async (of: typeof page) =>
    (await of.getByRole('article').allInnerTexts()).filter((text) => /Good morning/.test(text))
      .length;
  expect([await texts(page), await texts(ada)]).toEqual([2, 2]);
});

test('what arrives elsewhere is counted until it is read', async ({ page, server }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const { room: lab } = await server.call<{ room: { id: string } }>(
    'POST',
    '/rooms',
    { name: 'lab', kind: 'open' },
    token,
  );
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await showRooms(page);
  await page.getByRole('button', { name: 'Join room' }).click();
  await page.getByRole('button', { name: 'Join lab' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'lab' })).toBeVisible();
  await openRoom(page, 'general');

  for (const text of ['one', 'two', 'three for @prathmesh']) {
    const body = { text, nonce: crypto.randomUUID() };
    await server.call('POST', `/rooms/${lab.id}/messages`, body, token);
  }
  await showRooms(page);
  await expect(roomLink(page, 'lab')).toHaveAccessibleName(/lab, 3 unread, 1 mention/);

  await openRoom(page, 'lab');
  await expect(message(page, 'three for @prathmesh')).toBeVisible();
  await showRooms(page);
  await expect(roomLink(page, 'lab')).toHaveAccessibleName(/^lab$/);
});

test('what is read in one window is read in the other', async ({ page, server, openWindow }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const general = await generalOf(server, token);
  await signIn(page, PRATHMESH);
  await createRoom(page, 'engines');
  const elsewhere = await openWindow();
  await signIn(elsewhere, PRATHMESH);
  await openRoom(elsewhere, 'engines');

  await say(server, token, general, ['one', 'two']);
  for (const window of [page, elsewhere]) {
    await showRooms(window);
    await expect(roomLink(window, 'general')).toHaveAccessibleName(/^general, 2 unread$/);
  }
  await openRoom(page, 'general');
  await expect(message(page, 'two')).toBeVisible();
  await expect(page.getByText('New', { exact: true })).toBeVisible();
  await expect(roomLink(elsewhere, 'general')).toHaveAccessibleName(/^general$/);
});

test('two people talk where nobody else reads', async ({ page, server, openWindow }) => {
  await signUp(server, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(ada, ADA);
  await openRoom(ada, 'general');
  await showRooms(ada);
  await signIn(page, PRATHMESH);
  await showRooms(page);
  await page.getByRole('button', { name: 'New direct message' }).click();
  const dialog = page.getByRole('dialog', { name: 'New direct message' });
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill('ada');
  await dialog.getByRole('button', { name: 'Message Ada Lovelace' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Lovelace' })).toBeVisible();
  await post(page, 'Between you and me');

  await expect(roomLink(ada, 'prathmesh')).toHaveAccessibleName(/^prathmesh, 1 unread/);
  await roomLink(ada, 'prathmesh').click();
  await expect(message(ada, 'Between you and me')).toBeVisible();
  await post(ada, 'And nobody else');
  await expect(message(page, 'And nobody else')).toBeVisible();
});
