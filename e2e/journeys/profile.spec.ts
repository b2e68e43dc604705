// Who is who: a profile behind every face and name, the members of a room, and the way to write
// to somebody.
import {
  ADA,
  LINUS,
  OWNER,
  bringIn,
  claim,
  generalOf,
  message,
  openRoom,
  post,
  say,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('from a name in a message to a conversation with its author', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  await say(server, ada.token, await generalOf(server, owner), ['Good morning']);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await message(page, 'Good morning').getByRole('button', { name: 'Ada Lovelace' }).click();
  const card = page.getByRole('dialog', { name: 'Profile of Ada Lovelace' });
  await expect(card).toContainText('@ada');
  await expect(card).toContainText('Member');
  await card.getByRole('button', { name: 'Message' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Lovelace' })).toBeVisible();
  await expect(card).toBeHidden();
  await post(page, 'Tea at four?');

  const other = await openWindow();
  await signIn(other, ADA);
  await openRoom(other, 'Grace');
  await expect(message(other, 'Tea at four?')).toBeVisible();
  await other.getByRole('button', { name: 'Profile of Grace' }).click();
  const hers = other.getByRole('dialog', { name: 'Profile of Grace' });
  await expect(hers).toContainText('Owner');
  await expect(hers.getByRole('button', { name: 'Manage account' })).toHaveCount(0);
});

test('a mention leads to whom it names, and an owner on to the account', async ({
  page,
  server,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  await bringIn(server, owner, LINUS, 'Linus Okafor');
  await say(server, ada.token, await generalOf(server, owner), ['Ask @linus, not @nobody']);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await expect(message(page, 'Ask @linus').getByRole('button', { name: '@nobody' })).toHaveCount(0);
  await message(page, 'Ask @linus').getByRole('button', { name: '@linus' }).click();
  const card = page.getByRole('dialog', { name: 'Profile of Linus Okafor' });
  await card.getByRole('button', { name: 'Manage account' }).click();
  const people = page.getByRole('dialog', { name: 'People' });
  await expect(people.getByText('@linus')).toBeVisible();
  await expect(people.getByRole('button', { name: 'Disable account' })).toBeVisible();
  await people.getByRole('button', { name: 'All people' }).click();
  await expect(people.getByRole('button', { name: 'Manage Ada Lovelace' })).toBeVisible();
});

test('the member list shows owners first, follows who comes and goes, and opens profiles', async ({
  page,
  server,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  const linus = await bringIn(server, owner, LINUS, 'Linus Okafor');
  const { room } = await server.call<{ room: { id: string } }>(
    'POST',
    '/rooms',
    { name: 'engines', kind: 'open', members: [ada.id] },
    linus.token,
  );
  await signIn(page, ADA);
  await openRoom(page, 'engines');
  await page.getByRole('button', { name: 'Members, 2' }).click();
  const panel = page.getByRole('complementary', { name: 'Members' });
  await expect(panel.getByRole('listitem')).toHaveText([/Linus Okafor/, /Ada Lovelace/]);
  await expect(panel.getByRole('heading', { level: 3 })).toHaveText([/Owners\s*1/, /Members\s*1/]);
  await server.call('PUT', `/rooms/${room.id}/members/${ada.id}`, { role: 'owner' }, linus.token);
  await expect(
    panel.getByRole('heading', { level: 3 }),
    'a role is seen as it is given',
  ).toHaveText([/Owners\s*2/]);
  await server.call('DELETE', `/rooms/${room.id}/members/me`, undefined, linus.token);
  await expect(panel.getByRole('listitem')).toHaveText([/Ada Lovelace/]);
  await panel.getByRole('button', { name: 'Profile of Ada Lovelace' }).click();
  const card = page.getByRole('dialog', { name: 'Profile of Ada Lovelace' });
  await card.getByRole('button', { name: 'Your account' }).click();
  await expect(page.getByRole('dialog', { name: 'Your account' })).toBeVisible();
  await page.keyboard.press('Escape');
  await panel.getByRole('button', { name: 'Close members' }).click();
  await expect(panel).toBeHidden();
});
