// The pages about people, rooms and the connection: in both themes and both widths clean for
// axe, nothing wider than the window, and a picture of each for people to look at.
import { expectNoSidewaysScroll, look } from '../support/look.ts';
import {
  ADA,
  LINUS,
  OWNER,
  bringIn,
  choose,
  claim,
  generalOf,
  message,
  openRoom,
  openRoomSettings,
  openSettings,
  say,
  showRooms,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });

test('people', async ({ page, server }, info) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  const linus = await bringIn(server, owner, LINUS, 'Linus Okafor');
  const long = 'Wolfeschlegelsteinhausenbergerdorff '.repeat(2).trim();
  const hedy = {
    username: 'hedy.kiesler-markey.of.vienna',
    password: ADA.password,
  };
  await bringIn(server, owner, hedy, long);
  await server.call('PATCH', `/users/${ada.id}`, { role: 'admin' }, owner);
  await server.call('PATCH', `/users/${linus.id}`, { disabled: true }, owner);

  await signIn(page, OWNER);
  const people = await openSettings(page, 'People');
  await expect(people.getByRole('button', { name: 'Manage Ada Lovelace' })).toBeVisible();
  await look(page, info, 'people');
  await people.getByRole('searchbox', { name: 'Search people' }).fill('nobody at all');
  await expect(people.getByText('Nobody here is called “nobody at all”.')).toBeVisible();
  await look(page, info, 'people-none');
  await people.getByRole('searchbox', { name: 'Search people' }).fill('');
  await people.getByRole('button', { name: 'Manage Ada Lovelace' }).click();
  await choose(people, 'Owner');
  await people.getByRole('button', { name: 'Make Ada Lovelace an owner' }).click();
  await look(page, info, 'person');
  await people.getByRole('button', { name: 'Reset password' }).click();
  await people.getByRole('button', { name: 'Disable account' }).click();
  await look(page, info, 'person-asked');
  await expectNoSidewaysScroll(page);
});

test('invites', async ({ page, server }, info) => {
  await claim(server);
  await signIn(page, OWNER);
  const invites = await openSettings(page, 'Invites');
  await expect(invites.getByText('No link is good now.')).toBeVisible();
  await look(page, info, 'invites-none');
  await invites.getByRole('button', { name: 'Create invite link' }).click();
  await expect(invites.getByRole('textbox', { name: 'Invite link' })).toBeVisible();
  await invites.getByRole('button', { name: /^Revoke the link/ }).click();
  await look(page, info, 'invites');
  await expectNoSidewaysScroll(page);
});

test('my account', async ({ page, server, openWindow }, info) => {
  await claim(server);
  const elsewhere = await openWindow();
  await signIn(elsewhere, OWNER);
  await signIn(page, OWNER);
  const account = await openSettings(page, 'Your account');
  await account.getByRole('textbox', { name: 'Your name' }).fill('Grace Brewster Hopper');
  await look(page, info, 'my-account');
  await account.getByRole('button', { name: 'Password', exact: true }).click();
  await page.getByRole('button', { name: 'Change password' }).click();
  await look(page, info, 'my-password');
  await page.getByRole('dialog').getByRole('button', { name: 'Signed-in devices' }).click();
  await expect(page.getByText('This device', { exact: true })).toBeVisible();
  await look(page, info, 'my-devices');
  await page.getByRole('dialog').getByRole('button', { name: 'This place' }).click();
  await look(page, info, 'this-place');
  await page.keyboard.press('Escape');

  await showRooms(page);
  await expect(page.getByTestId('connection')).toHaveText(/ · \d+ ms/);
  await page.getByTestId('connection').click();
  await expect(page.getByRole('dialog', { name: 'Connection' })).toBeVisible();
  await look(page, info, 'connection');
});

test('who is in a room, and which rooms there are', async ({ page, server }, info) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  const linus = await bringIn(server, owner, LINUS, 'Linus Okafor');
  const general = await generalOf(server, owner);
  const made = {
    name: 'engines',
    kind: 'open',
    topic: 'Steam, and what follows it',
    members: [ada.id],
  };
  await server.call('POST', '/rooms', made, owner);
  await server.call(
    'POST',
    '/rooms',
    { name: 'looms', kind: 'open', topic: 'Cards with holes' },
    linus.token,
  );
  await say(server, ada.token, general, ['Good morning', 'Is @grace about?']);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await message(page, 'Good morning').getByRole('button', { name: 'Ada Lovelace' }).click();
  const card = page.getByRole('dialog', { name: 'Profile of Ada Lovelace' });
  await expect(card.getByRole('button', { name: 'Manage account' })).toBeVisible();
  await look(page, info, 'profile');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Members, / }).click();
  await expect(page.getByRole('complementary', { name: 'Members' })).toContainText('Linus Okafor');
  await look(page, info, 'member-list');
  await page.getByRole('button', { name: 'Close members' }).click();

  await showRooms(page);
  await page.getByRole('button', { name: 'Join room' }).click();
  await expect(page.getByRole('button', { name: 'Join looms' })).toBeVisible();
  await look(page, info, 'directory');
});

test('a room’s settings', async ({ page, server }, info) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  await bringIn(server, owner, LINUS, 'Linus Okafor');
  const made = { name: 'engines', kind: 'open', topic: 'Steam, and more', members: [ada.id] };
  await server.call('POST', '/rooms', made, owner);
  await signIn(page, OWNER);
  await openRoom(page, 'engines');
  const settings = await openRoomSettings(page, 'About');
  await settings.getByRole('textbox', { name: 'Topic' }).fill('Steam');
  await look(page, info, 'room-about');
  await settings.getByRole('button', { name: 'Members' }).click();
  await settings.getByRole('searchbox', { name: 'Add people' }).fill('lin');
  await expect(settings.getByRole('button', { name: 'Add Linus Okafor' })).toBeVisible();
  await settings.getByRole('button', { name: 'Remove Ada Lovelace' }).click();
  await look(page, info, 'room-members');
  await settings.getByRole('button', { name: 'Archive and leave' }).click();
  await settings.getByRole('button', { name: 'Archive room' }).click();
  await look(page, info, 'room-end');
  await settings.getByRole('button', { name: 'Archive room' }).last().click();
  await page.keyboard.press('Escape');
  await expect(page.getByText('This room is archived.')).toBeVisible();
  await look(page, info, 'room-archived');
  await expectNoSidewaysScroll(page);
});
