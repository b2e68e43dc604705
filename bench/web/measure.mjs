// Measures the page in a room of 50,000 messages and 500 members, in Debian's Chromium, through the DevTools protocol:
// how soon it opens, how soon a key is on the screen, how long its tasks are while 100 messages a second arrive, and what
// it holds in memory after 10,000 of them. Prints one table; asserts nothing.
//
//   scripts/with-node node bench/web/measure.mjs [PATH] [--quick]
//
// PATH is the binary (target/release/parlor). `--quick` takes a tenth of everything, to see that it works.
import { chromium } from '../../e2e/node_modules/@playwright/test/index.mjs';
import { Place } from './place.mjs';
import { head, single, Spread } from './spread.mjs';
import { taskLengths } from './tasks.mjs';
import { inPage } from './in-page.mjs';

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const binary = args.find((arg) => !arg.startsWith('--')) ?? 'target/release/parlor';
const scale = quick ? 10 : 1;

const PEOPLE = 500 / scale;
const MESSAGES = 50_000 / scale;
const RECEIVED = 10_000 / scale;
const PER_SECOND = 100;
const OPENINGS = 20 / Math.min(scale, 4);
const KEYS = 300 / scale;
/** Until the list has found its sizes, so that nothing but what is measured goes on. */
const SETTLED_MS = 1000;
/** Until the page has written down what it was shown, and a service worker is in place. */
const KEPT_MS = 3000;
/** Between keystrokes: a quick typist's. */
const KEY_GAP_MS = 70;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--js-flags=--expose-gc',
];

/** A window of its own, signed in, in the room. */
async function enter(place, flags = []) {
  const browser = await chromium.launch({
    executablePath: process.env.PARLOR_CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  await context.addInitScript(inPage);
  const page = await context.newPage();
  await page.goto(place.url);
  await page.evaluate(() =>
    fetch('/api/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'prathmesh', password: '123' }),
    }),
  );
  const cdp = await context.newCDPSession(page);
  return { browser, page, cdp };
}

async function open(page, place) {
  await page.goto(`${place.url}/r/${place.room}`);
  await page.locator('[data-seq]').last().waitFor();
  await page.getByTestId('connection').filter({ hasText: 'Live' }).waitFor();
  await page.waitForTimeout(SETTLED_MS);
  const jump = page.getByRole('button', { name: /^Jump to newest/ });
  if (await jump.isVisible()) await jump.click();
}

/** From the address to the first message on the screen: from what the browser keeps, and with nothing kept. */
async function openings(place, kept) {
  const { browser, page, cdp } = await enter(place);
  await open(page, place);
  await page.waitForTimeout(KEPT_MS);
  const shown = new Spread();
  for (let run = 0; run < OPENINGS; run += 1) {
    await page.goto('about:blank');
    if (!kept) {
      await cdp.send('Storage.clearDataForOrigin', {
        origin: place.url,
        storageTypes: 'indexeddb,service_workers,cache_storage,local_storage',
      });
      await cdp.send('Network.clearBrowserCache');
    }
    await page.goto(`${place.url}/r/${place.room}`, { waitUntil: 'commit' });
    const first = await page.waitForFunction(() => globalThis.bench?.firstMessage ?? 0, null, { polling: 20 });
    shown.add(await first.jsonValue());
  }
  const from = kept ? 'from what the browser keeps' : 'with nothing kept';
  shown.row(`opening ${from}: address to the first message painted, ms`, kept ? '≤ 300' : '');
  await browser.close();
}

/** From a key to what it wrote on the screen. */
async function keys(place, what, flags, meanwhile) {
  const { browser, page, cdp } = await enter(place, flags);
  await open(page, place);
  await page.getByRole('textbox', { name: 'Message', exact: true }).focus();
  const talking = meanwhile ? place.talk(Math.round((KEYS * KEY_GAP_MS * PER_SECOND) / 1000), PER_SECOND) : null;
  for (let n = 0; n < KEYS; n += 1) {
    const text = 'the quick brown fox jumps over the lazy dog '[n % 44];
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', text, key: text, unmodifiedText: text });
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: text });
    await new Promise((resolve) => setTimeout(resolve, KEY_GAP_MS));
  }
  await talking;
  const spread = new Spread();
  for (const ms of await page.evaluate(() => globalThis.bench.keys)) spread.add(ms);
  spread.row(what, '≤ 16 at p95');
  await browser.close();
}

const heap = async (cdp) => {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return { mib: of('JSHeapUsedSize') / 1048576, nodes: of('Nodes'), listeners: of('JSEventListeners') };
};

/** While many messages arrive: the lengths of its tasks, and what it holds. */
async function receiving(place, scrolledUp) {
  const { browser, page, cdp } = await enter(place);
  await cdp.send('Performance.enable');
  await open(page, place);
  if (scrolledUp) {
    await page.mouse.move(700, 400);
    await page.mouse.wheel(0, -3000);
    await page.getByRole('button', { name: /^Jump to newest/ }).waitFor();
  }
  const where = scrolledUp ? 'while reading the past' : 'at the end';
  await page.waitForTimeout(1000);
  const before = await heap(cdp);
  const half = (scrolledUp ? RECEIVED / 4 : RECEIVED) / 2;
  await page.evaluate(() => {
    globalThis.bench.long.length = 0;
  });
  const tasks = new Spread();
  const work = new Spread();
  let rate = 0;
  const listen = async () => {
    const traced = taskLengths(cdp, (half / PER_SECOND) * 1000);
    rate = await place.talk(half, PER_SECOND);
    for (const { took, worked } of await traced) {
      tasks.add(took);
      work.add(worked);
    }
    await page.waitForTimeout(1000);
  };
  await listen();
  const long = await page.evaluate(() => [...globalThis.bench.long]);
  const between = await heap(cdp);
  // Reading the heap collects it first, which is a long task of the measurement's own.
  await page.evaluate(() => {
    globalThis.bench.long.length = 0;
  });
  await listen();
  long.push(...(await page.evaluate(() => globalThis.bench.long)));
  const after = await heap(cdp);
  tasks.row(`tasks of the page's main thread ${where}, ${rate.toFixed(0)} messages/s arriving, ms`, '≤ 50');
  work.row('the same, processor time, ms', '≤ 50');
  single(`tasks above 50 ms over ${2 * half} messages`, long.length, '0');
  if (long.length) single('the longest of them, ms', Math.max(...long));
  single(`memory before, MiB`, before.mib);
  single(`memory after ${half} messages, MiB`, between.mib);
  single(`memory after ${2 * half} messages, MiB`, after.mib, 'flat');
  single(`nodes in the document before and after`, `${before.nodes} and ${after.nodes}`, 'flat');
  await browser.close();
}

const place = await Place.open(binary);
try {
  console.error(`filling a room: ${PEOPLE} people, ${MESSAGES} messages`);
  await place.gather(PEOPLE);
  await place.fill(MESSAGES);
  head();
  await openings(place, true);
  await openings(place, false);
  // Without the screen's beat: what the page itself takes. With it, as people see it: up to 16.7 ms are waiting.
  const unpaced = ['--disable-frame-rate-limit', '--disable-gpu-vsync'];
  await keys(place, 'key to paint, the wait for the screen’s beat not counted, ms', unpaced, false);
  await keys(place, 'key to paint at 60 Hz, ms', [], false);
  await keys(place, `the same while ${PER_SECOND} messages/s arrive, ms`, [], true);
  await receiving(place, false);
  await receiving(place, true);
} finally {
  await place.close();
}
