// My own account: what I am called, my password, my devices, how it looks, and the way out.
import {
  ADA,
  OWNER,
  bringIn,
  claim,
  choose,
  composer,
  fillCredentials,
  inside,
  message,
  openAccountMenu,
  openRoom,
  openSettings,
  post,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('a new name is seen by others at once, on what was said before too', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Byron');
  const grace = await openWindow();
  await signIn(grace, OWNER);
  await openRoom(grace, 'general');
  await signIn(page, ADA);
  await openRoom(page, 'general');
  await post(page, 'I shall marry');
  await expect(message(grace, 'I shall marry')).toHaveAccessibleName(/^Ada Byron/);

  const dialog = await openSettings(page, 'Your account');
  const name = dialog.getByRole('textbox', { name: 'Your name' });
  await name.fill('somebody else');
  await name.press('Escape');
  await expect(name, 'Escape puts back what was').toHaveValue('Ada Byron');
  await name.fill('Ada Lovelace');
  await name.press('Enter');
  await expect(dialog.getByText('Saved', { exact: true })).toBeVisible();
  await expect(message(grace, 'I shall marry')).toHaveAccessibleName(/^Ada Lovelace/);
});

test('a new password is refused or taken in words, and signs out everywhere else', async ({
  page,
  server,
  openWindow,
}) => {
  await claim(server);
  const elsewhere = await openWindow();
  await signIn(elsewhere, OWNER);
  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'Password');
  const old = dialog.getByLabel('Current password', { exact: true });
  const next = dialog.getByLabel('New password', { exact: true });
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText('Enter your current password.')).toBeVisible();
  await expect(old).toBeFocused();
  await old.fill('not this one');
  await next.fill('short');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText('That is not your password.')).toBeVisible();
  await old.fill(OWNER.password);
  await next.fill('short');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText('Use a longer password: at least 8 characters.')).toBeVisible();
  await next.fill('cobol-and-good-coffee');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText('You are signed out everywhere else.')).toBeVisible();
  await expect(old).toHaveValue('');

  await expect(
    elsewhere.getByText('This session was ended, here or on another device.'),
  ).toBeVisible();
  await fillCredentials(elsewhere, { ...OWNER, password: 'cobol-and-good-coffee' });
  await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(elsewhere)).toBeVisible();
});

test('the theme is chosen by hand and stays', async ({ page, server }) => {
  await claim(server);
  await page.emulateMedia({ colorScheme: 'light' });
  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'Your account');
  const paper = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await choose(dialog, 'Dark');
  await expect.poll(paper).not.toBe(light);
  const dark = await paper();
  await page.reload();
  await expect(inside(page)).toBeVisible();
  expect(await paper()).toBe(dark);
});

test('signing out asks about what waits, and says when the server cannot be told', async ({
  page,
  server,
}) => {
  await claim(server);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await server.kill();
  await expect(page.getByText(/^Offline\. You can keep writing/)).toBeVisible();
  await composer(page).fill('written on the train');
  await page.getByRole('button', { name: 'Send message' }).click();
  await openAccountMenu(page);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(dialog.getByText('1 message has not been sent yet and will be lost.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(dialog.getByText('You are still signed in.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await server.restart();
  await openRoom(page, 'general');
  await expect(message(page, 'written on the train')).toHaveAttribute('data-state', 'delivered', {
    timeout: 20_000,
  });
});

test('the connection tells of itself, and what to copy for whoever helps', async ({
  page,
  server,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await claim(server);
  await signIn(page, OWNER);
  await openAccountMenu(page);
  await page.keyboard.press('Escape');
  const pill = page.getByTestId('connection');
  await expect(pill).toHaveText(/ · \d+ ms/);
  await pill.click();
  const card = page.getByRole('dialog', { name: 'Connection' });
  await expect(card.getByText(/ ms in the last minute/)).toBeVisible();
  await card.getByRole('button', { name: 'Copy diagnostics' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('state: live');
  expect(copied).toMatch(/pings_ms: \d+/);
  expect(copied, 'nobody’s name goes along').not.toContain('grace');

  await server.kill();
  await expect(card.getByText(/^No connection for \d+ seconds?\.$/)).toBeVisible();
  await server.restart();
  await card.getByRole('button', { name: 'Try now' }).click();
  await expect(card.getByRole('button', { name: 'Try now' })).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
  await expect(pill).toBeFocused();
});
