// Two people, two windows: what one does, the other sees at once.
import {
  ADA,
  PRATHMESH,
  composer,
  message,
  openRoom,
  post,
  roomLink,
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
