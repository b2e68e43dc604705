// The page speaks the reader's language: the browser's, or the one chosen in the account menu.
import { type Page } from '@playwright/test';

import { PRATHMESH, composer, message, openAccountMenu, openRoom, post, signIn } from '../support/people.ts';
import { expectNoSidewaysScroll, look } from '../support/look.ts';
import { expect, test } from '../support/test.ts';

const root = (page: Page) => page.locator('html');

test.describe('in a German browser', () => {
  test.use({ locale: 'de-DE' });

  test('everything is said in German, from the door on', async ({ page }, info) => {
    await page.goto('/');
    await expect(root(page)).toHaveAttribute('lang', 'de');
    await look(page, info, 'door-german');
    await page.getByRole('button', { name: 'Eintragen' }).click();
    await page.getByLabel('Passwort', { exact: true }).fill('falsch');
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await expect(page.getByText('Benutzername und Passwort passen nicht zusammen.')).toBeVisible();
    await page.getByLabel('Passwort', { exact: true }).fill(PRATHMESH.password);
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();

    await page.getByRole('link', { name: /^general/ }).click();
    await page.getByRole('textbox', { name: 'Nachricht', exact: true }).fill('Guten Morgen');
    await page.getByRole('button', { name: 'Nachricht senden' }).click();
    await expect(page.getByRole('article').filter({ hasText: 'Guten Morgen' })).toBeVisible();
    await expect(page.getByRole('feed', { name: 'Nachrichten in general' })).toContainText('Heute');
    await look(page, info, 'room-german');
    await expectNoSidewaysScroll(page);
  });
});

test('another language is chosen in the menu, at once and for good', async ({ page }) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'What I said stays as I said it');
  await openAccountMenu(page);
  await page.getByText('Deutsch', { exact: true }).click();
  await expect(page.getByRole('button', { name: 'Abmelden', exact: true })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Deutsch' })).toBeFocused();
  await expect(root(page)).toHaveAttribute('lang', 'de');

  await page.goto('/');
  await page.getByRole('button', { name: /^Konto: / }).click();
  await page.getByText('English', { exact: true }).click();
  await expect(page.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await openRoom(page, 'general');
  await expect(composer(page)).toBeVisible();
  await expect(message(page, 'What I said stays')).toBeVisible();
});
