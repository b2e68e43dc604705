// The server dies and comes back: nothing that was sent is lost, and what was written
// meanwhile is sent once.
import {
  ADA,
  PRATHMESH,
  SENT,
  composer,
  message,
  openRoom,
  post,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('what was sent before kill -9 is there after it, in every window', async ({
  page,
  server,
  openWindow,
}) => {
  await signUp(server, ADA, 'Ada Lovelace');
  const ada = await openWindow();
  await signIn(page, PRATHMESH);
  await signIn(ada, ADA);
  await openRoom(page, 'general');
  await openRoom(ada, 'general');
  await post(page, 'before the crash');
  await expect(message(ada, 'before the crash')).toBeVisible();

  await server.kill();
  await expect(page.getByText(/^Offline\. You can keep writing/)).toBeVisible();
  await expect(message(page, 'before the crash')).toBeVisible();

  await composer(page).fill('written while it was down');
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(message(page, 'written while it was down')).toHaveAttribute('data-state', 'pending');

  // Trying in vain costs nothing.
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(message(page, 'written while it was down')).toHaveAttribute('data-state', 'pending');

  // Both windows come back by themselves, with jitter.
  await server.restart();
  const written = message(page, 'written while it was down');
  await expect(written).toHaveAttribute('data-state', SENT, { timeout: BACK_MS });
  await expect(page.getByText(/^Offline\. You can keep writing/)).toBeHidden();
  await expect(message(ada, 'written while it was down')).toBeVisible({ timeout: BACK_MS });
  await expect(message(ada, 'written while it was down')).toHaveCount(1);

  const fresh = await openWindow();
  await signIn(fresh, ADA);
  await openRoom(fresh, 'general');
  await expect(message(fresh, 'before the crash')).toHaveCount(1);
  await expect(message(fresh, 'written while it was down')).toHaveCount(1);
});

test('what was under way at the moment of kill -9 is there once, in order', async ({
  page,
  server,
}) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  const texts = Array.from({ length: 8 }, (_, n) => `message number ${n + 1}`);
  for (const text of texts) {
    await composer(page).fill(text);
    await composer(page).press('Enter');
  }
  // Some are on disk by now, one may be between the disk and its answer, the rest wait here.
  await server.kill();
  await expect(page.getByRole('article')).toHaveCount(texts.length);
  await server.restart();
  for (const text of texts) {
    await expect(message(page, text)).toHaveAttribute('data-state', SENT, { timeout: BACK_MS });
  }

  await page.reload();
  await expect(page.getByRole('article')).toHaveCount(texts.length);
  await expect(page.getByRole('article')).toContainText(texts);
});
