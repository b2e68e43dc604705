// Takes docs/screens/*.png: the real page of the real binary. Only the times are the story's: the page's clock stands
// still at its moment, and its messages come with the hours at which they were said there.
import { fileURLToPath } from 'node:url';

import type { Browser, BrowserContextOptions, Locator, Page } from '@playwright/test';

import { fillCredentials, message, roomLink } from '../support/people.ts';
import type { Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';
import { gather, PASSWORD, play } from './stage.ts';
import { GENERAL, LONG, ME, NOW, PEOPLE, WRITER } from './story.ts';

test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });
test.setTimeout(240_000);

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

async function take(page: Page, name: string): Promise<void> {
  // Off whatever would raise a toolbar.
  await page.mouse.move(640, 20);
  const path = fileURLToPath(new URL(`../../docs/screens/${name}.png`, import.meta.url));
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
}

test('the screens', async ({ browser, server }) => {
  const cast = await gather(server);
  const { room, rooms, seqs, writer } = await play(server, cast);
  const mine = cast.tokens[ME];
  const random = rooms.get('random') ?? '';
  const design = rooms.get('design') ?? '';

  /** A window of its own in which `ada` has signed in. */
  const open = async (at: string, options: BrowserContextOptions = {}, now?: Date): Promise<Page> => {
    const page = await windowOf(browser, server, seqs, options, now);
    await page.goto(`/r/${at}`);
    const fill = options.locale === 'de-DE' ? fillGerman : fillCredentials;
    await fill(page, { username: ME, password: PASSWORD });
    await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
    return page;
  };
  const settled = async (page: Page): Promise<Locator> => {
    const last = message(page, GENERAL.at(-1)?.text ?? '');
    await expect(last).toBeInViewport();
    await expect(page.getByTestId('connection')).toHaveText(/^Live/);
    return last;
  };

  const desk = await open(room);
  await settled(desk);
  await expect(roomLink(desk, 'engineering')).toHaveAccessibleName(/2 mentions/);
  writer.type(room);
  await expect(desk.getByText(`${PEOPLE[WRITER]} is typing…`)).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await desk.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await take(desk, `room-${colorScheme}`);
  }
  writer.close();
  await desk.emulateMedia({ colorScheme: 'light' });
  await desk.keyboard.press('Control+k');
  await desk.getByRole('combobox').fill('e');
  await expect(desk.getByRole('option').first()).toBeVisible();
  await take(desk, 'jump');
  await desk.keyboard.press('Escape');
  await roomLink(desk, 'random').click();
  await expect(desk.getByText('Nothing said yet')).toBeVisible();
  await take(desk, 'empty');
  await desk.context().close();

  const phone = await open(room, { ...PHONE, colorScheme: 'light' });
  await settled(phone);
  await take(phone, 'phone-room');
  await phone.getByRole('link', { name: 'Back to rooms' }).click();
  await expect(roomLink(phone, 'engineering')).toBeInViewport();
  await phone.emulateMedia({ colorScheme: 'dark' });
  await take(phone, 'phone-rooms-dark');
  await phone.context().close();

  const german = await open(room, { locale: 'de-DE', colorScheme: 'dark' });
  await settled(german);
  await take(german, 'german-dark');
  await german.context().close();

  for (const [index, { by, text }] of LONG.entries()) {
    const body = { text, nonce: `long-${index}` };
    await server.call('POST', `/rooms/${design}/messages`, body, cast.tokens[by]);
  }
  const long = await open(design);
  await expect(message(long, LONG.at(-1)?.text ?? '')).toBeInViewport();
  await take(long, 'long-texts');
  await long.context().close();

  await server.call('PUT', `/rooms/${random}/members/me`, undefined, mine);
  // The countdown is the Worker's, whose clock nobody stops: here the story is told as of now.
  const offline = await open(room, { colorScheme: 'light' }, new Date());
  await settled(offline);
  await server.kill();
  await expect(offline.getByTestId('connection')).not.toHaveText(/^Live/);
  await offline.getByRole('textbox', { name: 'Message', exact: true }).fill('Keep some cake for me!');
  await offline.getByRole('button', { name: 'Send message' }).click();
  await expect(message(offline, 'Keep some cake for me!')).toBeInViewport();
  await expect(offline.getByText(/You can keep writing; 1 message/)).toBeVisible();
  await take(offline, 'offline');
  await offline.context().close();
});

async function windowOf(
  browser: Browser,
  server: Server,
  seqs: number[],
  options: BrowserContextOptions,
  now?: Date,
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    // The page's own requests are to pass through the route below.
    serviceWorkers: 'block',
    ...options,
    baseURL: server.url,
  });
  const page = await context.newPage();
  if (!now) await page.clock.setFixedTime(NOW);
  const later = now ? now.getTime() - Date.parse(NOW) : 0;
  await page.route(/\/messages\?/, async (route) => {
    const answer = await route.fetch();
    const history = (await answer.json()) as { items: { seq: number; at: string }[] };
    const isGeneral = history.items.every((item) => seqs.includes(item.seq));
    for (const item of history.items) {
      const line = isGeneral ? GENERAL[seqs.indexOf(item.seq)] : undefined;
      item.at = new Date(Date.parse(line?.at ?? NOW) + later).toISOString();
    }
    await route.fulfill({ response: answer, json: history });
  });
  return page;
}

async function fillGerman(page: Page, { username, password }: { username: string; password: string }): Promise<void> {
  await page.getByLabel('Benutzername').fill(username);
  await page.getByLabel('Passwort', { exact: true }).fill(password);
}
