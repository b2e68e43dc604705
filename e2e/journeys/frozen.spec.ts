// Tabs that nobody looks at: hidden, frozen, killed. Driven by the browser's own protocol, without Playwright's browser,
// which keeps every tab awake.
import { ADA, generalOf, say, signUp } from '../support/people.ts';
import { enter, lostStates, row, test, watch } from '../support/tabs.ts';
import { expect } from '../support/test.ts';

/** Settles once a store of the page's database holds a text. */
const kept = (store: string, text: string) => `new Promise((done) => {
  const opened = indexedDB.open('parlor');
  const look = () => {
    const all = opened.result.transaction('${store}').objectStore('${store}').getAll();
    all.onsuccess = () => {
      if (!JSON.stringify(all.result).includes('${text}')) return look();
      opened.result.close();
      done(true);
    };
  };
  opened.onsuccess = look;
})`;

test('a hidden tab stays connected, however slow its timers get', async ({ server, browserOf }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  // What a browser does to a tab after five minutes, after one second.
  const browser = await browserOf(
    '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1',
  );
  const tab = await enter(browser, server, room);
  await watch(tab);
  await (await browser.open('about:blank')).show();
  await tab.until(`document.visibilityState === 'hidden'`);
  // Longer than the server waits for a peer that is silent.
  const since = await tab.evaluate<number>('Date.now()');
  await tab.until(`Date.now() - ${since} > 22_000`);
  await say(server, token, room, ['said while it was hidden']);
  // A hidden page paints nothing; its title and what it speaks follow.
  await tab.until(`document.body.textContent.includes('said while it was hidden')`, 5_000);
  expect(await lostStates(tab)).toEqual([]);
  const ticks = await tab.evaluate<number>(
    `window.ticks.filter((t) => t > ${since} + 5_000).length`,
  );
  expect(ticks, 'ticks of a timer of 100 ms in 17 s').toBeLessThan(60);
});

test('a frozen tab holds up no other, and has missed nothing when it thaws', async ({
  server,
  browserOf,
}) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  const browser = await browserOf();
  const first = await enter(browser, server, room);
  await first.write('the first tab sends');
  await first.until(row('the first tab sends'));
  const second = await enter(browser, server, room);
  await second.show();
  await first.until(`document.visibilityState === 'hidden'`);
  await first.freeze();

  await second.write('the second does not wait for it');
  await second.until(row('the second does not wait for it'));
  await say(server, token, room, ['said meanwhile']);
  await second.until(row('said meanwhile'));

  await first.thaw();
  await first.show();
  await first.until(row('said meanwhile'));
  await first.write('and it can send again');
  await first.until(row('and it can send again'));
  const { items } = await server.call<{ items: { text: string }[] }>(
    'GET',
    `/rooms/${room}/messages`,
    undefined,
    token,
  );
  expect(items.map((message) => message.text)).toEqual([
    'the first tab sends',
    'the second does not wait for it',
    'said meanwhile',
    'and it can send again',
  ]);
});

test('a browser that is killed sends what waited when it is started again', async ({
  server,
  browserOf,
}) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  const before = await browserOf();
  const tab = await enter(before, server, room);
  await tab.evaluate('navigator.serviceWorker.ready.then(() => true)');
  await tab.write('said before');
  await tab.until(row('said before'));
  await tab.evaluate(kept('windows', 'said before'));
  await server.kill();
  await tab.write('waits through all of it');
  await tab.until(row('waits through all of it', 'pending'));
  await tab.evaluate(kept('outbox', 'through all of it'));
  await before.kill();

  const after = await browserOf();
  const again = await after.open(`${server.url}/r/${room}`);
  await again.until(row('waits through all of it', 'pending'));
  await again.until(row('said before'));
  await server.restart();
  // A browser writes down a cookie when half a minute has passed. One that had no time for it asks who it is:
  // what waits is kept for who comes back.
  const ended = `document.body.innerText.includes('This session was ended')`;
  const sent = row('waits through all of it');
  await again.until(`${ended} || ${sent}`);
  const back = (await again.evaluate<boolean>(ended)) ? await enter(after, server, room) : again;
  await back.until(sent);
  const { items } = await server.call<{ items: { text: string }[] }>(
    'GET',
    `/rooms/${room}/messages`,
    undefined,
    token,
  );
  expect(items.map((message) => message.text)).toEqual(['said before', 'waits through all of it']);
});
