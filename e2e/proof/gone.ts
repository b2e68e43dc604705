// The server is gone for a minute: what is written meanwhile waits visibly, and is sent once, in order.
import { setTimeout as pause } from 'node:timers/promises';

import { ADA, PRATHMESH, SENT, composer, generalOf, message, openRoom, signIn, signUp } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

const GONE_MS = 60_000;
/** The longest pause of the back-off, and some. */
const BACK_MS = 40_000;

test('a server that is gone for a minute loses nothing and doubles nothing', async ({
  page,
  server,
}) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await server.kill();
  const texts = ['one', 'two', 'three'].map((n) => `${n} while it is gone`);
  for (const text of texts) {
    await composer(page).fill(text);
    await page.getByRole('button', { name: 'Send message' }).click();
    await expect(message(page, text)).toHaveAttribute('data-state', 'pending');
  }
  await pause(GONE_MS);
  await server.restart();
  for (const text of texts) {
    await expect(message(page, text)).toHaveAttribute('data-state', SENT, { timeout: BACK_MS });
  }
  const { items } = await server.call<{ items: { text: string }[] }>(
    'GET',
    `/rooms/${room}/messages`,
    undefined,
    token,
  );
  expect(items.map((item) => item.text)).toEqual(texts);
});
