// Signing out, here and from afar: the page says so, and shows nothing any more.
import {
  PRATHMESH,
  composer,
  createRoom,
  message,
  openAccountMenu,
  openRoom,
  post,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('a session ended on another device is out within a second', async ({ page, openWindow }) => {
  const elsewhere = await openWindow();
  await signIn(page, PRATHMESH);
  await signIn(elsewhere, PRATHMESH);
  await openRoom(elsewhere, 'general');
  await post(elsewhere, 'said on the other device');

  await openAccountMenu(page);
  await page.getByRole('button', { name: 'Signed-in devices' }).click();
  const dialog = page.getByRole('dialog', { name: 'Signed-in devices' });
  await dialog.getByRole('button', { name: /^Sign out / }).click();

  await expect(elsewhere.getByText('Signed out', { exact: true })).toBeVisible({ timeout: 3_000 });
  await expect(elsewhere.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(message(elsewhere, 'said on the other device')).toHaveCount(0);
  await expect(composer(elsewhere)).toHaveCount(0);

  await dialog.getByRole('button', { name: 'Close' }).click();
  await openRoom(page, 'general');
  await expect(message(page, 'said on the other device')).toBeVisible();
});

test('signing out ends the other tab too, and back does not bring it again', async ({
  page,
  context,
}) => {
  await signIn(page, PRATHMESH);
  await createRoom(page, 'engines');
  await post(page, 'for my eyes');
  const tab = await context.newPage();
  await tab.goto(page.url());
  await expect(message(tab, 'for my eyes')).toBeVisible();

  await openRoom(page, 'general'); // leaves `engines` behind in the history
  await openAccountMenu(page);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  for (const window of [page, tab]) {
    await expect(window.getByLabel('Password', { exact: true })).toBeVisible();
    await expect(message(window, 'for my eyes')).toHaveCount(0);
  }
  await page.goBack();
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();
  await expect(message(page, 'for my eyes')).toHaveCount(0);
});
