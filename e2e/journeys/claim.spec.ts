// The owner link ends the demo for good; from then on people come by invite.
import {
  ADA,
  OWNER,
  PRATHMESH,
  claim,
  composer,
  fillCredentials,
  message,
  openRoom,
  post,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('whoever holds the owner link names the place and ends the demo', async ({
  page,
  server,
  openWindow,
}) => {
  const visitor = await openWindow();
  await signIn(visitor, PRATHMESH);
  await openRoom(visitor, 'general');
  await post(visitor, 'written in the demo');

  await page.goto(server.ownerLink);
  await expect(page.getByRole('heading', { level: 1, name: 'Name this place' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Name of this place' }).fill('The Engine Room');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Grace Hopper');
  await fillCredentials(page, OWNER);
  await page.getByRole('button', { name: 'Claim this place' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await expect(composer(page), 'ready to write').toBeFocused();
  expect(page.url(), 'the secret is not left in the address').not.toContain('#');

  await expect(message(page, 'written in the demo')).toBeVisible();
  await post(page, 'This place is mine now');

  await expect(visitor.getByLabel('Password', { exact: true })).toBeVisible({ timeout: 5_000 });
  await visitor.goto('/');
  await expect(visitor.getByRole('heading', { level: 1, name: 'The Engine Room' })).toBeVisible();
  await expect(visitor.getByRole('note')).toHaveCount(0);
  await fillCredentials(visitor, PRATHMESH);
  await visitor.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(visitor.getByText('That username and password do not match.')).toBeVisible();
});

test('an owner link works once', async ({ page, server }) => {
  const link = server.ownerLink;
  await claim(server);
  await page.goto(link);
  const form = page.getByRole('button', { name: 'Claim this place' });
  await page.getByRole('textbox', { name: 'Your name' }).fill('Mallory');
  await fillCredentials(page, { username: 'mallory', password: 'let-me-in-please' });
  await form.click();
  await expect(page.getByText('This place has an owner already.')).toBeVisible();
});

test('an invite brings somebody in, and nothing else does', async ({
  page,
  server,
  openWindow,
}) => {
  const token = await claim(server);
  const invite = await server.call<{ url: string }>('POST', '/invites', {}, token);
  const { pathname, hash } = new URL(invite.url);
  expect([pathname, hash.length > 16]).toEqual(['/invite', true]);

  await page.goto(pathname + hash);
  await expect(page.getByRole('heading', { level: 1, name: 'Join The Engine Room' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await fillCredentials(page, ADA);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await post(page, 'Thank you for the invite');

  const stranger = await openWindow();
  await stranger.goto('/');
  await expect(stranger.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(stranger.getByRole('button', { name: 'Create an account' })).toHaveCount(0);
  await stranger.goto('/invite#not-an-invite-at-all-0000');
  await stranger.getByRole('textbox', { name: 'Your name' }).fill('Mallory');
  await fillCredentials(stranger, { username: 'mallory', password: 'let-me-in-please' });
  await stranger.getByRole('button', { name: 'Create account' }).click();
  await expect(stranger.getByText('This invite is used up, too old, or mistyped.')).toBeVisible();
});
