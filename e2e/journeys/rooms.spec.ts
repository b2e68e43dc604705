// Rooms: made by one, found and joined by another; a closed one is found by nobody.
import {
  ADA,
  PRATHMESH,
  createRoom,
  message,
  openRoom,
  post,
  rooms,
  showRooms,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('one makes a room, another joins it, and they talk there', async ({
  page,
  server,
  openWindow,
}) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await createRoom(page, 'engines', 'Open');
  await post(page, 'Welcome to engines');

  const ada = await openWindow();
  await signIn(ada, ADA);
  await showRooms(ada);
  await ada.getByRole('button', { name: 'Join room' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Join a room' });
  await dialog.getByRole('searchbox', { name: 'Search open rooms' }).fill('engi');
  await dialog.getByRole('button', { name: 'Join engines' }).click();
  await expect(ada.getByRole('heading', { level: 1, name: 'engines' })).toBeVisible();
  await expect(message(ada, 'Welcome to engines')).toBeVisible();

  await post(ada, 'What a fine room');
  await expect(message(page, 'What a fine room')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Members, 2' })).toBeVisible();
});

test('a closed room is seen by its members alone', async ({ page, server, openWindow }) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await createRoom(page, 'vault', 'Closed');
  await post(page, 'Nobody else reads this');
  const address = new URL(page.url()).pathname;

  const ada = await openWindow();
  await signIn(ada, ADA);
  await showRooms(ada);
  await ada.getByRole('button', { name: 'Join room' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Join a room' });
  await expect(dialog.getByText('You are in every open room already.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();

  await ada.goto(address);
  await expect(ada.getByText('No such room here')).toBeVisible();
  await expect(rooms(ada).getByRole('link', { name: /vault/ })).toHaveCount(0);
});

test('a taken name is refused in words, and the dialog keeps what was typed', async ({ page }) => {
  await signIn(page, PRATHMESH);
  await createRoom(page, 'engines', 'Open');
  await openRoom(page, 'general');
  await showRooms(page);
  await page.getByRole('button', { name: 'Create room' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create a room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Engines');
  await dialog.getByRole('button', { name: 'Create room', exact: true }).click();
  await expect(dialog.getByText('An open room has that name already.')).toBeVisible();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('Engines');
});
