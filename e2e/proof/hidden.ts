// A tab that nobody looks at for six minutes: after five, a browser lets its timers run once a minute.
import { setTimeout as pause } from 'node:timers/promises';

import { ADA, generalOf, say, signUp } from '../support/people.ts';
import { enter, lostStates, row, test, watch } from '../support/tabs.ts';
import { expect } from '../support/test.ts';

/** Longer than the five minutes, and long enough to see a timer rest. */
const HIDDEN_MS = 7.5 * 60_000;
const BETWEEN_MS = 30_000;

test('hidden for more than five minutes, a tab stays connected, and is sent everything', async ({
  server,
  browserOf,
}) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  const browser = await browserOf();
  const tab = await enter(browser, server, room);
  await tab.write('written before');
  await tab.until(row('written before'));
  await watch(tab);
  await (await browser.open('about:blank')).show();
  await tab.until(`document.visibilityState === 'hidden'`);

  // The tab is not asked anything meanwhile, so that nothing but its own timers and its socket wakes it.
  const said: string[] = [];
  for (let at = 0; at < HIDDEN_MS; at += BETWEEN_MS) {
    said.push(`said when it was hidden for ${at / 1000} s`);
    await say(server, token, room, said.slice(-1));
    await pause(BETWEEN_MS);
  }
  expect(await lostStates(tab)).toEqual([]);
  const ticks = await tab.evaluate<number[]>('window.ticks');
  const rests = ticks.map((tick, n) => tick - (ticks[n - 1] ?? tick));
  expect(Math.max(...rests), 'the longest rest of a timer of 100 ms').toBeGreaterThan(50_000);

  await tab.show();
  for (const text of said) await tab.until(`document.body.innerText.includes(${JSON.stringify(text)})`);
  await tab.write('written after');
  await tab.until(row('written after'));
});
