// A room's own settings: what it is called and about, who is in it and as what, and how it ends.
import {
  ADA,
  LINUS,
  OWNER,
  bringIn,
  claim,
  composer,
  createRoom,
  message,
  openRoom,
  openRoomSettings,
  post,
  roomLink,
  rooms,
  showRooms,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });

test('a room is renamed and gets a topic; a member may read it only', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  const linus = await bringIn(server, owner, LINUS, 'Linus Okafor');
  await signIn(page, ADA);
  await createRoom(page, 'engines');
  const settings = await openRoomSettings(page, 'About');
  const name = settings.getByRole('textbox', { name: 'Name' });
  await name.fill('general');
  await name.press('Enter');
  await expect(settings.getByText('An open room has that name already.')).toBeVisible();
  await name.fill('steam');
  await settings.getByRole('button', { name: 'Save: Name' }).click();
  await expect(settings.getByText('Saved', { exact: true })).toBeVisible();
  await settings.getByRole('textbox', { name: 'Topic' }).fill('What drives the mill');
  await settings.getByRole('button', { name: 'Save: Topic' }).click();
  await expect(settings.getByRole('button', { name: 'Save: Topic' })).toHaveCount(0);

  const room = new URL(page.url()).pathname.split('/')[2] ?? '';
  await server.call('PUT', `/rooms/${room}/members/me`, {}, linus.token);
  const other = await openWindow();
  await signIn(other, LINUS);
  await openRoom(other, 'steam');
  const seen = await openRoomSettings(other, 'About');
  await expect(seen.getByText('What drives the mill')).toBeVisible();
  await expect(seen.getByText('Only an owner of this room can change it.')).toBeVisible();
  await expect(seen.getByRole('textbox')).toHaveCount(0);
});

test('people are added by search, made owners, and removed; each is told', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  await bringIn(server, owner, LINUS, 'Linus Okafor');
  const linus = await openWindow();
  await signIn(linus, LINUS);
  await signIn(page, ADA);
  await createRoom(page, 'vault', 'Closed');
  await post(page, 'kept between us');
  const settings = await openRoomSettings(page, 'Members');
  await settings.getByRole('searchbox', { name: 'Add people' }).fill('oka');
  await settings.getByRole('button', { name: 'Add Linus Okafor' }).click();
  await expect(settings.getByText('Nobody else here is called “oka”.')).toBeVisible();
  await openRoom(linus, 'vault');
  await expect(message(linus, 'kept between us')).toBeVisible();

  await settings.getByRole('combobox', { name: 'Role of Linus Okafor' }).selectOption('Owner');
  await openRoomSettings(linus, 'Archive and leave');
  await linus.keyboard.press('Escape');
  await settings.getByRole('combobox', { name: 'Role of Ada Lovelace' }).selectOption('Member');
  const down = settings.getByRole('group', { name: 'Role of Ada Lovelace' });
  await expect(down).toContainText('You give up being an owner of this room.');
  await down.getByRole('button', { name: 'Cancel' }).click();
  await settings.getByRole('button', { name: 'Remove Linus Okafor' }).click();
  const sure = settings.getByRole('group', { name: 'Remove Linus Okafor' });
  await expect(sure).toContainText('until somebody adds them again');
  await sure.getByRole('button', { name: 'Remove Linus Okafor' }).click();
  await expect(settings.getByRole('combobox', { name: 'Role of Linus Okafor' })).toHaveCount(0);

  await expect(linus.getByText('You are no longer in vault')).toBeVisible();
  await expect(message(linus, 'kept between us')).toHaveCount(0);
});

test('an archived room says so in place of the composer, and can be brought back', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  await signIn(page, OWNER);
  await createRoom(page, 'engines');
  await post(page, 'the work is done');
  const room = new URL(page.url()).pathname.split('/')[2] ?? '';
  await server.call('PUT', `/rooms/${room}/members/me`, {}, ada.token);
  const other = await openWindow();
  await signIn(other, ADA);
  await openRoom(other, 'engines');
  await expect(composer(other)).toBeVisible();

  const settings = await openRoomSettings(page, 'Archive and leave');
  await settings.getByRole('button', { name: 'Archive room' }).click();
  const sure = settings.getByRole('group', { name: 'Archive room' });
  await expect(sure).toContainText('Nobody can write in it any more.');
  await sure.getByRole('button', { name: 'Archive room' }).click();
  await expect(settings.getByRole('button', { name: 'Bring it back' })).toBeVisible();
  await page.keyboard.press('Escape');
  for (const window of [page, other]) {
    await expect(
      window.getByText('This room is archived. It can be read, not written in.'),
    ).toBeVisible();
    await expect(composer(window)).toHaveCount(0);
    await expect(message(window, 'the work is done')).toBeVisible();
  }
  await expect(other.getByRole('button', { name: 'Bring it back' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await post(page, 'one more thing');
  await expect(message(other, 'one more thing')).toBeVisible();
});

test('who leaves is told what that means, and is somewhere else then', async ({ page, server }) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  await signIn(page, ADA);
  await createRoom(page, 'engines');
  await openRoom(page, 'general');
  const member = await openRoomSettings(page, 'Leave room');
  await expect(member.getByRole('button', { name: 'Archive room' })).toHaveCount(0);
  await page.keyboard.press('Escape');

  await openRoom(page, 'engines');
  const settings = await openRoomSettings(page, 'Archive and leave');
  await settings.getByRole('button', { name: 'Leave room' }).click();
  const sure = settings.getByRole('group', { name: 'Leave room' });
  await expect(sure).toContainText('You can join it again whenever you like.');
  await sure.getByRole('button', { name: 'Leave room' }).click();
  await expect(settings).toBeHidden();
  await showRooms(page);
  await expect(roomLink(page, 'engines')).toHaveCount(0);
  await expect(page.getByText('You are no longer in')).toHaveCount(0);
  await page.getByRole('button', { name: 'Join room' }).click();
  await expect(page.getByRole('button', { name: 'Join engines' })).toBeVisible();
});

test('a direct conversation has no settings; a closed room none for who owns the place', async ({
  page,
  server,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  const me = await server.call<{ user: { id: string } }>('GET', '/me', undefined, owner);
  const closed = { name: 'vault', kind: 'closed', members: [me.user.id] };
  await server.call('POST', '/rooms', closed, ada.token);
  await signIn(page, OWNER);
  await showRooms(page);
  await page.getByRole('button', { name: 'New direct message' }).click();
  await page.getByRole('button', { name: 'Message Ada Lovelace' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Lovelace' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Room settings' })).toHaveCount(0);

  await openRoom(page, 'vault');
  const settings = await openRoomSettings(page, 'Leave room');
  await expect(settings.getByRole('button', { name: 'Archive room' })).toHaveCount(0);
  await settings.getByRole('button', { name: 'Members' }).click();
  await expect(settings.getByText('@ada')).toBeVisible();
  await expect(settings.getByRole('searchbox')).toHaveCount(0);
  await expect(settings.getByRole('combobox')).toHaveCount(0);
});

test('the directory pages through many rooms, is searched, and knows where I am', async ({
  page,
  server,
}) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  for (let i = 1; i <= 101; i++) {
    const body = { name: `room ${i}`, kind: 'open', topic: i === 7 ? 'Looms' : '' };
    await server.call('POST', '/rooms', body, ada.token);
  }
  await signIn(page, OWNER);
  await showRooms(page);
  await page.getByRole('button', { name: 'Join room' }).click();
  const dialog = page.getByRole('dialog', { name: 'Join a room' });
  await expect(dialog.getByRole('button', { name: /^Join / })).toHaveCount(100);
  await dialog.getByRole('button', { name: 'Show more' }).click();
  await expect(dialog.getByRole('button', { name: /^Join / })).toHaveCount(101);
  await expect(dialog.getByText('1 member · Looms')).toBeVisible();
  await dialog.getByRole('searchbox', { name: 'Search open rooms' }).fill('gener');
  await expect(dialog.getByText('No open room is called “gener”.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Open general' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await showRooms(page);
  await expect(rooms(page).getByRole('link', { name: /^room/ })).toHaveCount(0);
});
