// Plain HTTP on a name of the home network, the commonest install: no secure context, so no service worker and no locks
// between tabs. Everything else works, and one line says what is missing.
import { expectKept } from '../support/device.ts';
import {
  OWNER,
  SENT,
  claim,
  composer,
  message,
  openRoom,
  post,
  signIn,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ hostName: 'parlor.lan' });

/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('on a host name that is no secure context, what is written is kept and sent once', async ({
  page,
  context,
  server,
}) => {
  await claim(server);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  expect(await page.evaluate(() => [isSecureContext, 'serviceWorker' in navigator])).toEqual([
    false,
    false,
  ]);
  const line = page.getByTestId('device');
  await expect(line).toContainText('Without HTTPS this page cannot be opened offline');
  await line.getByRole('button', { name: 'Dismiss' }).click();
  await expect(line).toBeHidden();
  await post(page, 'at home');

  // Each tab sends its own, and shows the other's.
  const other = await context.newPage();
  await other.goto('/');
  await openRoom(other, 'general');
  await expect(message(other, 'at home')).toBeVisible();
  await expect(other.getByTestId('device')).toBeHidden();
  await server.kill();
  for (const [tab, text] of [
    [page, 'from one'],
    [other, 'from the other'],
  ] as const) {
    await composer(tab).fill(text);
    await composer(tab).press('Enter');
    await expect(message(tab, text)).toHaveAttribute('data-state', 'pending');
  }
  await expect(message(other, 'from one')).toBeVisible();
  await expectKept(other, 'from the other');

  // A tab that is closed leaves what it had to the one that is still there.
  await page.close();
  await server.restart();
  for (const text of ['from one', 'from the other']) {
    await expect(message(other, text)).toHaveAttribute('data-state', SENT, { timeout: BACK_MS });
  }
  await other.reload();
  await openRoom(other, 'general');
  await expect(other.getByRole('article')).toHaveCount(3);
});
