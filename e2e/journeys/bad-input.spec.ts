// Whatever people write, and whatever a server answers: it is shown harmlessly or said in words. The page is never blank.
import type { Route } from '@playwright/test';

import { expectNoSidewaysScroll } from '../support/look.ts';
import {
  ADA,
  PRATHMESH,
  composer,
  fillCredentials,
  generalOf,
  message,
  openRoom,
  post,
  say,
  signIn,
  signUp,
} from '../support/people.ts';
import { expect, test } from '../support/test.ts';

const ZALGO = `Z${'\u0300\u0301\u0302\u0316\u0317\u0318'.repeat(20)}a${'\u0334\u0335'.repeat(30)}lgo`;
const TEXTS = {
  scripts: 'Ελληνικά Кириллица 中文 日本語 한국어 हिन्दी ไทย አማርኛ ქართული தமிழ் 𒀀𒁉',
  rightToLeft: 'שלום לכולם, מה שלומכם? (טוב!)',
  withLink: 'שלום לכולם, @prathmesh: https://example.com/a/b',
  arabic: 'مرحبا بالجميع، كيف الحال؟',
  override: 'before \u202egnp.tolrap\u202c after, and never closed: \u202etxet',
  zalgo: ZALGO,
  html: '<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>&lt;b&gt;',
  script: 'javascript:alert(1) data:text/html,<b>x</b> vbscript:x file:///etc/passwd',
  emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇺🇳 1️⃣ 🫱🏿‍🫲🏻',
  joiners: 'zero\u200bwidth \u200dand\u2060word\ufeffjoiners',
};

test('texts of every kind stand in the room as they were written', async ({ page, server }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  await say(server, token, room, Object.values(TEXTS));
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  for (const text of Object.values(TEXTS)) {
    await expect(message(page, text).locator('.message__words')).toHaveText(text);
  }
  await expect(page.locator('.message__text :is(script, img, svg, b)')).toHaveCount(0);
  await expectNoSidewaysScroll(page);

  // Right-to-left texts read from the right, in a room that reads from the left.
  const directionOf = (text: string) =>
    message(page, text)
      .locator('.message__text')
      .evaluate((element) => getComputedStyle(element).direction);
  expect(await directionOf(TEXTS.rightToLeft)).toBe('rtl');
  expect(await directionOf(TEXTS.withLink)).toBe('rtl');
  expect(await directionOf(TEXTS.scripts)).toBe('ltr');
  const [text, link] = await Promise.all(
    ['.message__text', '.message__text a'].map((part) =>
      message(page, TEXTS.withLink).locator(part).boundingBox(),
    ),
  );
  expect(text && link && text.x + text.width - (link.x + link.width), 'it begins at the right').toBeLessThan(400);
  // Heaped marks stay with their own message.
  const zalgo = message(page, 'lgo').locator('.message__text');
  expect(await zalgo.evaluate((element) => getComputedStyle(element).overflowY)).toBe('clip');
});

test('names of every kind stay in their places', async ({ page, server, openWindow }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  await server.call('PATCH', '/me', { name: 'עדה לאבלייס' }, token);
  await say(server, token, room, ['hello']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await expect(message(page, 'hello')).toBeVisible();
  // The time behind the name stays behind it, whatever the name says of direction.
  const head = message(page, 'hello').locator('.message__head');
  const [name, time] = await Promise.all(
    ['.message__author', '.message__time'].map((part) => head.locator(part).boundingBox()),
  );
  expect(time?.x).toBeGreaterThan(name?.x ?? Infinity);

  const ada = await openWindow();
  await signIn(ada, ADA);
  await openRoom(ada, 'general');
  await composer(ada).pressSequentially('typing');
  const typing = page.locator('.typing');
  await expect(typing).toContainText('is typing…');
  expect(await typing.textContent()).toContain('\u2068עדה לאבלייס\u2069 is');

  await server.call('PATCH', '/me', { name: ZALGO.slice(0, 60) }, token);
  await expect(head.locator('.message__author')).not.toContainText('עדה');
  await expectNoSidewaysScroll(page);
});

test('a text without end is folded, and unfolds', async ({ page, server }) => {
  const token = await signUp(server, ADA, 'Ada Lovelace');
  const room = await generalOf(server, token);
  const lines = `top\n${'\n'.repeat(10_000)}bottom`;
  await say(server, token, room, ['x'.repeat(16_384), lines, 'after it all']);
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await expect(message(page, 'after it all')).toBeInViewport();
  await expectNoSidewaysScroll(page);
  const long = message(page, 'top');
  await expect(long).not.toContainText('bottom');
  await long.getByRole('button', { name: 'Show all' }).click();
  await expect(long).toContainText('bottom');
  await long.getByRole('button', { name: 'Show less' }).click();
  await expect(long).not.toContainText('bottom');
});

test('a link that looks like another says where it leads', { tag: '@desktop' }, async ({ page }) => {
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('log in at https://аpple.com/account or https://apple.com@evil.example/');
  await page.getByRole('button', { name: 'Send message' }).click();
  const written = message(page, 'log in at');
  await expect(written.getByRole('link')).toHaveCount(1);
  await expect(written).toContainText('(xn--pple-43d.com)');
  await expect(written.getByRole('link')).toHaveAttribute('rel', /noopener/);
});

test('kinds of events and frames that this page does not know are passed over', { tag: '@desktop' }, async ({ page }) => {
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((data) => {
      socket.send(JSON.stringify({ type: 'brand_new', payload: { deep: [1, 2] } }));
      const frame = JSON.parse(String(data)) as { type: string; events?: { kind: string }[] };
      // The first message that is said here becomes something nobody has heard of.
      const posted = frame.events?.find((event) => event.kind === 'message_posted');
      if (posted && JSON.stringify(posted).includes('strange')) posted.kind = 'hologram_projected';
      socket.send(JSON.stringify(frame));
    });
  });
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('something strange');
  await page.getByRole('button', { name: 'Send message' }).click();
  await post(page, 'something plain');
});

test.describe('a server that answers badly', { tag: '@desktop' }, () => {
  const HISTORY = '**/messages?*';
  const html = { status: 200, contentType: 'text/html', body: '<h1>Welcome to the hotel wifi</h1>' };
  const answers: [string, Parameters<Route['fulfill']>[0], RegExp][] = [
    ['HTML instead of JSON', html, /not Parlor answered/],
    ['500 and nothing', { status: 500, body: '' }, /went wrong at the server/],
    [
      '429 with a time',
      { status: 429, headers: { 'retry-after': '1' }, contentType: 'text/plain', body: 'slow' },
      /a bit fast/,
    ],
    ['502 from a proxy', { ...html, status: 502 }, /server is busy/],
    ['half an answer', { status: 200, contentType: 'application/json', body: '{"items": [' }, /not Parlor/],
  ];

  test('is spoken of at the door, and forgotten once it is well', async ({ page }) => {
    for (const [what, answer, said] of answers) {
      await test.step(what, async () => {
        await page.route('**/api/v1/server', (route) => route.fulfill(answer));
        await page.goto('/');
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nobody answers the door');
        await expect(page.getByText(said)).toBeVisible();
        await page.unroute('**/api/v1/server');
      });
    }
    // It tries again by itself.
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  });

  test('is spoken of in the room, and asked again', async ({ page, server }) => {
    const token = await signUp(server, ADA, 'Ada Lovelace');
    await say(server, token, await generalOf(server, token), ['Still here tomorrow']);
    const [first, ...others] = answers;
    if (first === undefined) throw new Error('no answers');
    await page.route(HISTORY, (route) => route.fulfill(first[1]));
    await signIn(page, PRATHMESH);
    await openRoom(page, 'general');
    const alert = page.getByRole('alert');
    await expect(alert).toContainText(first[2]);
    for (const [what, answer, said] of others) {
      await test.step(what, async () => {
        await page.unroute(HISTORY);
        await page.route(HISTORY, (route) => route.fulfill(answer));
        await page.getByRole('button', { name: 'Try again' }).click();
        await expect(alert).toContainText(said);
      });
    }
    await page.unroute(HISTORY);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(message(page, 'Still here tomorrow')).toBeVisible();
  });

  test('401 in the middle of it leads to the door, with the reason', async ({ page, server }) => {
    await signIn(page, PRATHMESH);
    await openRoom(page, 'general');
    const mine = await server.call<{ token: string }>('POST', '/sessions', PRATHMESH);
    const list = { items: [] as { id: string; current: boolean }[] };
    Object.assign(list, await server.call('GET', '/sessions', undefined, mine.token));
    for (const { id, current } of list.items) {
      if (!current) await server.call('DELETE', `/sessions/${id}`, undefined, mine.token);
    }
    await expect(page.getByText('This session was ended')).toBeVisible();
    await fillCredentials(page, PRATHMESH);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  });
});

test('a page that cannot be drawn says so, and offers ways on', { tag: '@desktop' }, async ({ page, guard }) => {
  await page.addInitScript(() => {
    const broken = sessionStorage.getItem('broken') !== 'no';
    const format = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format');
    if (!broken || !format?.get) return;
    Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', {
      get: () => () => {
        throw new Error('no time for this');
      },
    });
  });
  await signIn(page, PRATHMESH);
  await openRoom(page, 'general');
  await composer(page).fill('what time is it?');
  await page.getByRole('button', { name: 'Send message' }).click();
  await expect(page.getByRole('heading', { name: 'Something went wrong here' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy details' })).toBeVisible();
  await page.evaluate(() => sessionStorage.setItem('broken', 'no'));
  await page.getByRole('button', { name: 'Reload' }).click();
  await openRoom(page, 'general');
  await expect(message(page, 'what time is it?')).toBeVisible();
  expect(guard.found.length, 'the error was reported').toBeGreaterThan(0);
  guard.found.length = 0;
});
