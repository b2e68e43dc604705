// Tabs of a browser that Playwright did not start, signed in and in a room.
import { Chromium, type Tab } from './chromium.ts';
import { PRATHMESH } from './people.ts';
import type { Server } from './server.ts';
import { test as base } from './test.ts';

interface Fixtures {
  /** A folder for the browser, removed afterwards. */
  profile: string;
  browserOf: (...flags: readonly string[]) => Promise<Chromium>;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern
  profile: async ({}, use) => {
    const profile = await Chromium.profile();
    await use(profile);
    await Chromium.removeProfile(profile);
  },
  browserOf: async ({ profile }, use) => {
    const started: Chromium[] = [];
    await use(async (...flags) => {
      const browser = await Chromium.start(profile, ...flags);
      started.push(browser);
      return browser;
    });
    for (const browser of started) await browser.kill();
  },
});

/** Whether a message is shown, in one of these states. */
export const row = (text: string, state = 'sent|delivered') =>
  `[...document.querySelectorAll('[role="article"], article')].some((a) => a.innerText.includes(${JSON.stringify(text)})
    && /^(${state})$/.test(a.dataset.state))`;
const live = `/live|slow|laggard/.test(document.querySelector('[data-testid="connection"]')?.dataset.state)`;

/** A tab that is signed in and shows the room that everybody is in. */
export async function enter(browser: Chromium, server: Server, room: string): Promise<Tab> {
  const tab = await browser.open(`${server.url}/livez`);
  await tab.until(`location.pathname === '/livez' && document.readyState === 'complete'`);
  const body = JSON.stringify(PRATHMESH);
  await tab.evaluate(`fetch('/api/v1/me').then((me) => me.ok || fetch('/api/v1/sessions', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(body)} }))
    .then(() => { location.href = '/r/${room}'; })`);
  await tab.until(live);
  return tab;
}

/** Writes down each state of the connection, and each tick of a timer of 100 ms. */
export async function watch(tab: Tab): Promise<void> {
  await tab.evaluate(`{
    const pill = document.querySelector('[data-testid="connection"]');
    window.states = [];
    new MutationObserver(() => window.states.push(pill.dataset.state)).observe(pill, { attributes: true });
    window.ticks = [];
    setInterval(() => window.ticks.push(Date.now()), 100);
  }`);
}

/** The states of a watched tab's connection in which it was not there. */
export async function lostStates(tab: Tab): Promise<string[]> {
  const states = await tab.evaluate<string[]>('window.states');
  return states.filter((state) => !/live|slow|laggard/.test(state));
}
