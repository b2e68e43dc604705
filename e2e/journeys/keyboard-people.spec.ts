// Profiles, settings and the connection without a mouse: reached, used, left, and the focus is
// back where it was.
import {
  ADA,
  OWNER,
  bringIn,
  claim,
  feed,
  generalOf,
  message,
  openRoom,
  say,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('the author of a message is reached by keyboard, and left again', async ({ page, server }) => {
  const owner = await claim(server);
  const ada = await bringIn(server, owner, ADA, 'Ada Lovelace');
  await say(server, ada.token, await generalOf(server, owner), ['Good morning']);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await feed(page, 'general').focus();
  await page.keyboard.press('ArrowUp');
  await expect(message(page, 'Good morning')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(
    message(page, 'Good morning').getByRole('button', { name: 'Ada Lovelace' }),
  ).toBeFocused();
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog', { name: 'Profile of Ada Lovelace' });
  await expect(card).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(card.getByRole('button', { name: 'Message' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
  await expect(
    message(page, 'Good morning').getByRole('button', { name: 'Ada Lovelace' }),
  ).toBeFocused();
});

test('an account is looked after by keyboard alone', async ({ page, server }) => {
  const owner = await claim(server);
  await bringIn(server, owner, ADA, 'Ada Lovelace');
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  const account = page.getByRole('button', { name: 'Account: Grace' });
  await account.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'People and invites' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'People' });
  const index = dialog.getByRole('navigation', { name: 'Settings' });
  await expect(index.getByRole('button', { name: 'People' })).toBeFocused();
  await dialog.getByRole('searchbox', { name: 'Search people' }).focus();
  await page.keyboard.type('ada');
  await expect(dialog.getByRole('button', { name: /^Manage / })).toHaveCount(1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const back = dialog.getByRole('button', { name: 'All people' });
  await expect(back).toBeFocused();

  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('radio', { name: 'Member' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Make Ada Lovelace an admin' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('The role is given.')).toBeVisible();

  const disable = dialog.getByRole('button', { name: 'Disable account' });
  await disable.focus();
  await page.keyboard.press('Enter');
  const sure = dialog.getByRole('group', { name: 'Disable account' });
  await expect(sure.getByRole('button', { name: 'Disable account' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(sure).toBeHidden();
  await expect(disable, 'nothing was done, and the focus is back').toBeFocused();
  await back.focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Manage Ada Lovelace' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(account).toBeFocused();
});
