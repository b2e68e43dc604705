// An owner's and an admin's work: who may come in, who does what, and who is out.
import {
  ADA,
  LINUS,
  OWNER,
  bringIn,
  choose,
  claim,
  composer,
  fillCredentials,
  inside,
  openAccountMenu,
  openRoom,
  openSettings,
  post,
  showRooms,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('an invite made on the page brings somebody in, and a revoked one nobody', async ({
  page,
  server,
  openWindow,
}) => {
  await claim(server);
  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'Invites');
  await expect(dialog.getByText('No link is good now.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'How many people' }).fill('none');
  await dialog.getByRole('button', { name: 'Create invite link' }).click();
  await expect(dialog.getByText('Use a number from 1 to 10,000.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'How many people' }).fill('2');
  await dialog.getByRole('combobox', { name: 'Good for' }).selectOption('1 day');
  await dialog.getByRole('button', { name: 'Create invite link' }).click();
  await expect(dialog.getByText('Copy it now: it is shown this once.')).toBeVisible();
  const url = await dialog.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await expect(dialog.getByText('0 of 2 used')).toBeVisible();

  const ada = await openWindow();
  const { pathname, hash } = new URL(url);
  await ada.goto(pathname + hash);
  await ada.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await fillCredentials(ada, ADA);
  await ada.getByRole('button', { name: 'Create account' }).click();
  await expect(ada.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await expect(composer(ada), 'a new account is ready to write').toBeFocused();

  await page.keyboard.press('Escape');
  const again = await openSettings(page, 'Invites');
  await expect(again.getByText('1 of 2 used')).toBeVisible();
  await expect(again.getByRole('textbox', { name: 'Invite link' })).toHaveCount(0);
  await again.getByRole('button', { name: /^Revoke the link by Grace/ }).click();
  const sure = again.getByRole('group', { name: 'Revoke' });
  await expect(sure.getByText('The link stops working at once.')).toBeVisible();
  await sure.getByRole('button', { name: 'Revoke' }).click();
  await expect(again.getByText('No link is good now.')).toBeVisible();

  const late = await openWindow();
  await late.goto(pathname + hash);
  await fillCredentials(late, LINUS);
  await late.getByRole('button', { name: 'Create account' }).click();
  await expect(late.getByText('This invite is used up, too old, or mistyped.')).toBeVisible();
});

test('somebody who is disabled is out at once, is told so, and comes back when enabled', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(ada, ADA);
  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'People');
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill('lovel');
  await expect(dialog.getByRole('button', { name: 'Manage Grace' })).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Manage Ada Lovelace' }).click();
  await dialog.getByRole('button', { name: 'Disable account' }).click();
  const sure = dialog.getByRole('group', { name: 'Disable account' });
  await expect(sure).toContainText('Ada Lovelace is signed out everywhere within a second');
  await sure.getByRole('button', { name: 'Disable account' }).click();
  await expect(dialog.getByText('Disabled', { exact: true })).toBeVisible();

  await expect(ada.getByText('This account is disabled', { exact: true })).toBeVisible();
  await expect(ada.getByText('An owner or admin of this place can enable it again.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Enable account' }).click();
  await expect(dialog.getByRole('button', { name: 'Disable account' })).toBeVisible();
  await fillCredentials(ada, ADA);
  await ada.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(ada)).toBeVisible();
});

test('a forgotten password is made anew, and the old one and its sessions are over', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(ada, ADA);
  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'People');
  await dialog.getByRole('button', { name: 'Manage Ada Lovelace' }).click();
  await dialog.getByRole('button', { name: 'Reset password' }).click();
  await dialog.getByRole('textbox', { name: 'New password' }).fill('short');
  await dialog.getByRole('button', { name: 'Set this password' }).click();
  await expect(dialog.getByText('Use a longer password: at least 8 characters.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByRole('button', { name: 'Reset password' }).click();
  await dialog.getByRole('button', { name: 'Set this password' }).click();
  await expect(dialog.getByText('It is shown this once.')).toBeVisible();
  const password = await dialog.getByRole('textbox', { name: 'New password' }).inputValue();
  expect(password).toMatch(/^([b-z2-9]{4}-){3}[b-z2-9]{4}$/);

  await expect(ada.getByText('Signed out', { exact: true })).toBeVisible();
  await fillCredentials(ada, { ...ADA, password });
  await ada.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(ada)).toBeVisible();
});

test('roles are given by owners alone; the last owner stays one', async ({
  page,
  server,
  openWindow,
}) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  await bringIn(server, owner, LINUS, 'Linus Okafor');
  const ada = await openWindow();
  await signIn(ada, ADA);
  await openAccountMenu(ada);
  await expect(ada.getByRole('button', { name: 'Your account' })).toBeVisible();
  await expect(ada.getByRole('button', { name: 'People and invites' })).toHaveCount(0);
  await ada.keyboard.press('Escape');

  await signIn(page, OWNER);
  const dialog = await openSettings(page, 'People');
  await dialog.getByRole('button', { name: 'Manage Grace' }).click();
  await choose(dialog, 'Member');
  await dialog.getByRole('button', { name: 'Make Grace a member' }).click();
  const sure = dialog.getByRole('group', { name: 'Role', exact: true }).last();
  await expect(sure).toContainText('You give up being an owner.');
  await sure.getByRole('button', { name: 'Make Grace a member' }).click();
  await expect(
    dialog.getByText('There must be an owner: make somebody else one first.'),
  ).toBeVisible();
  await dialog.getByRole('button', { name: 'All people' }).click();

  await dialog.getByRole('button', { name: 'Manage Ada Lovelace' }).click();
  await choose(dialog, 'Admin');
  await dialog.getByRole('button', { name: 'Make Ada Lovelace an admin' }).click();
  await expect(dialog.getByText('The role is given.')).toBeVisible();

  const people = await openSettings(ada, 'People');
  await people.getByRole('button', { name: 'Manage Grace' }).click();
  await expect(people.getByText('Only an owner can change this account.')).toBeVisible();
  await expect(people.getByRole('button', { name: 'Disable account' })).toHaveCount(0);
  await people.getByRole('button', { name: 'All people' }).click();
  await people.getByRole('button', { name: 'Manage Linus Okafor' }).click();
  await expect(people.getByRole('button', { name: 'Disable account' })).toBeVisible();
  await expect(people.getByRole('radio')).toHaveCount(0);
  await expect(ada.getByRole('button', { name: 'This place' })).toHaveCount(0);
});

test('the owner renames the place, and everybody who comes sees it', async ({
  page,
  server,
  openWindow,
}) => {
  await claim(server);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await post(page, 'before the new name');
  const dialog = await openSettings(page, 'This place');
  const name = dialog.getByRole('textbox', { name: 'Name of this place' });
  await name.fill('');
  await name.press('Enter');
  await expect(dialog.getByText('Use 1 to 80 characters.')).toBeVisible();
  await name.fill('The Analytical Society');
  await dialog.getByRole('button', { name: 'Save: Name of this place' }).click();
  await expect(dialog.getByText('Saved', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await showRooms(page);
  await expect(page.getByText('The Analytical Society').first()).toBeVisible();

  const stranger = await openWindow();
  await stranger.goto('/');
  await expect(
    stranger.getByRole('heading', { level: 1, name: 'The Analytical Society' }),
  ).toBeVisible();
});
