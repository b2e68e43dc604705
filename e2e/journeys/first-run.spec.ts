// The first minute: a fresh server says how to get in, and what is written there stays.
import {
  PRATHMESH,
  SENT,
  composer,
  fillCredentials,
  inside,
  message,
  openRoom,
  post,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('a stranger gets in with what the demo says, and writes', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('note')).toContainText('prathmesh / 123');
  await page.getByRole('button', { name: 'Fill it in' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(page)).toBeVisible();

  await openRoom(page, 'general');
  await post(page, 'Hello, is anybody here?');
  await expect(composer(page)).toHaveValue('');

  await page.reload();
  await expect(message(page, 'Hello, is anybody here?')).toBeVisible();
});

test('Enter sends, Shift Enter makes a line, and a link can be followed', async ({ page }) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('first line');
  await composer(page).press('Shift+Enter');
  await composer(page).pressSequentially('see https://example.com/a?b=1 for more');
  await composer(page).press('Enter');
  const written = message(page, 'first line');
  await expect(written).toHaveAttribute('data-state', SENT);
  const link = written.getByRole('link', { name: 'https://example.com/a?b=1' });
  await expect(link).toHaveAttribute('href', 'https://example.com/a?b=1');
  await expect(link).toHaveAttribute('rel', /noopener/);
});

test('what somebody writes is shown as text, whatever it looks like', async ({ page }) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  const hostile = '<img src=x onerror=alert(1)> <b>not bold</b> javascript:alert(2)';
  await post(page, hostile);
  const written = message(page, hostile);
  await expect(written.locator('b, img[src="x"], a')).toHaveCount(0);
});

test('a wrong password is answered in words, at its field', async ({ page }) => {
  await page.goto('/');
  await fillCredentials(page, { ...PRATHMESH, password: 'not-this-one' });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('That username and password do not match.')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
});

test('on the demo anyone makes an account, and starts in general', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await fillCredentials(page, { username: 'Ada', password: 'a-quiet-engine-1843' });
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await expect(composer(page), 'ready to write').toBeFocused();
  await post(page, 'I am new here');
  await expect(message(page, 'I am new here')).toHaveAccessibleName(/^Ada Lovelace/);
});
