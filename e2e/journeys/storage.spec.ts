// Whatever the browser's storage does, the page is not blank, what is typed is not lost without a word, and nobody sees
// what another person left behind.
import { expectKept, expectShell, keptIn, putInto } from '../support/device.ts';
import {
  ADA,
  PRATHMESH,
  SENT,
  act,
  claim,
  composer,
  fillCredentials,
  inside,
  message,
  openAccountMenu,
  openRoom,
  OWNER,
  post,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('a browser that refuses storage is no obstacle, and is told of', async ({ page, context }) => {
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('not here', 'SecurityError');
    };
  });
  await signIn(page, PRATHMESH);
  await expect(page.getByTestId('device')).toContainText(
    'This browser keeps nothing for this page',
  );
  await openRoom(page, 'general');
  await post(page, 'said all the same');
});

test('a database of a newer page is left alone', async ({ page }) => {
  await page.goto('/livez');
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opened = indexedDB.open('parlor', 99);
        opened.onsuccess = () => {
          opened.result.close();
          resolve();
        };
        opened.onerror = () => reject(opened.error);
      }),
  );
  await signIn(page, PRATHMESH);
  await expect(page.getByTestId('device')).toContainText('A newer version of this page was used');
  await openRoom(page, 'general');
  await post(page, 'said all the same');
});

test('what is half written there is left out, and its text comes back', async ({
  page,
  server,
}) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'said before');
  await expectShell(page);
  await expectKept(page, 'said before');
  const room = new URL(page.url()).pathname.split('/')[2];
  await page.goto('/livez');
  await putInto(page, 'windows', { room, rows: [{ seq: 'three' }], upTo: 3, cursor: 3, lastAt: 0 });
  await putInto(page, 'outbox', {
    nonce: 'half',
    order: 1,
    entry: { room, command: { text: 'nearly lost' } },
  });
  await page.goto('/');
  await openRoom(page, 'general');
  await expect(message(page, 'said before')).toBeVisible();
  await expect(page.getByTestId('device')).toContainText('Something that this browser kept');
  await expect(message(page, 'nearly lost')).toContainText(
    'It was only partly kept on this device',
  );
  await message(page, 'nearly lost').getByRole('button', { name: 'Retry' }).click();
  await expect(message(page, 'nearly lost')).toHaveAttribute('data-state', SENT);
  expect(server.url).not.toBe('');
});

test('a full disk is told of, and what is written is sent', async ({ page, context }) => {
  const cdp = await context.newCDPSession(page);
  await page.goto('/livez');
  const origin = new URL(page.url()).origin;
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 10_000 });
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('a long story '.repeat(1000));
  await composer(page).press('Enter');
  await expect(page.getByRole('article').last()).toHaveAttribute('data-state', SENT);
  await expect(page.getByTestId('device')).toContainText('This browser’s storage is full');
  await post(page, 'a short one');
});

test('signing out asks about what waits, and leaves nothing to the next person', async ({
  page,
  server,
}) => {
  await signUp(server, ADA, 'Ada Lovelace');
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await post(page, 'for all to see');
  await server.kill();
  await composer(page).fill('waits for the server');
  await composer(page).press('Enter');
  await expectKept(page, 'waits for the server');
  await composer(page).fill('half a secret');
  await expect.poll(() => keptIn(page, ['drafts'])).toContain('half a secret');
  await expectKept(page, 'for all to see');
  await openAccountMenu(page);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(dialog).toContainText('1 message has not been sent yet');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await openRoom(page, 'general');
  await server.restart();
  await expect(message(page, 'waits for the server')).toHaveAttribute('data-state', SENT, {
    timeout: BACK_MS,
  });
  await openAccountMenu(page);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('textbox', { name: 'Username' })).toBeVisible();
  await expect(page.getByText('This session was ended')).toHaveCount(0);
  const stores = ['meta', 'rooms', 'windows', 'outbox', 'drafts'];
  await expect.poll(() => keptIn(page, stores)).toBe('[[],[],[],[],[]]');
  await signIn(page, ADA);
  await openRoom(page, 'general');
  await expect(composer(page)).toHaveValue('');
});

test('a server restored from a backup gets what waits, from the same person only', async ({
  page,
  server,
}) => {
  await claim(server);
  await signIn(page, OWNER);
  await openRoom(page, 'general');
  await post(page, 'in the backup');
  await server.run('backup', 'kept.backup');
  await post(page, 'after the backup');
  await expectShell(page);
  await server.kill();
  await composer(page).fill('never sent so far');
  await composer(page).press('Enter');
  await act(page, 'in the backup', 'Reply');
  await composer(page).fill('an answer to another past');
  await composer(page).press('Enter');
  await expectKept(page, 'an answer to another past');
  await server.run('restore', 'kept.backup', '--replace');
  await server.restart();

  // Its sessions are over: the rooms are gone from this browser, what waits is kept and hidden.
  await expect(page.getByText('This session was ended')).toBeVisible({ timeout: BACK_MS });
  expect(await keptIn(page, ['rooms', 'windows'])).toBe('[[],[]]');
  await expectKept(page, 'never sent so far');
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Username' })).toBeVisible();
  await expect(page.getByText('never sent so far')).toHaveCount(0);
  await fillCredentials(page, OWNER);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(inside(page)).toBeVisible();
  await openRoom(page, 'general');
  await expect(message(page, 'never sent so far')).toHaveAttribute('data-state', SENT);
  await expect(message(page, 'after the backup')).toHaveCount(0);
  await expect(message(page, 'an answer to another past')).toHaveAttribute('data-state', 'refused');
  await expect(message(page, 'an answer to another past')).toContainText('restored from a backup');
});
