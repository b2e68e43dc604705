// A room with a long past: read upwards without a moving pixel, entered in the middle by
// a link, and left for the present again.
import type { Page, Route } from '@playwright/test';

import {
  ADA,
  OWNER,
  PRATHMESH,
  feed,
  generalOf,
  message,
  post,
  say,
  signIn,
  signUp,
} from '../support/people.ts';
import { readUp, settle, watchReading, wheel } from '../support/scroll.ts';
import type { Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';

// What takes people months is said here in seconds.
test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });

interface Past {
  room: string;
  /** The seq of the very first message. */
  first: number;
  ada: string;
}

/** Two people fill `general` with messages of every height, in no particular order. */
async function fill(server: Server, messages: number): Promise<Past> {
  const ada = await signUp(server, ADA, 'Ada Lovelace');
  const grace = await signUp(server, OWNER, 'Grace Hopper');
  const room = await generalOf(server, ada);
  const [first] = await say(server, ada, room, ['The very first message']);
  const texts = Array.from({ length: messages }, (_, n) => {
    const words = 'weaving algebraical patterns '.repeat(1 + ((n * 7) % 13));
    return `${n}: ${words}${n % 11 === 0 ? '\n\nand a line' : ''}`;
  });
  const part = (of: number) => texts.filter((_, n) => n % 8 === of);
  const hands = Array.from({ length: 8 }, (_, n) =>
    say(server, n % 3 === 0 ? grace : ada, room, part(n)),
  );
  await Promise.all(hands);
  return { room, first: first ?? 0, ada };
}

/** Keeps pages of the past back, so that what happens when one comes in can be watched. */
class HeldPages {
  private readonly held: Route[] = [];

  static async of(page: Page): Promise<HeldPages> {
    const pages = new HeldPages();
    await page.route(/\/messages\?.*\bbefore=/, (route) => {
      pages.held.push(route);
    });
    return pages;
  }

  async letIn(): Promise<void> {
    await expect.poll(() => this.held.length).toBeGreaterThan(0);
    await this.held.shift()?.continue();
  }
}

test('older messages come in without moving what is read', async ({ page, server }) => {
  const { room } = await fill(server, 400);
  await signIn(page, PRATHMESH);
  const pages = await HeldPages.of(page);
  await page.goto(`/r/${room}`);
  const general = feed(page, 'general');
  await expect(general.locator('[data-seq]').last()).toBeInViewport();
  await wheel(page, general, -200);

  const scrolling: number[] = [];
  const loading: number[] = [];
  for (;;) {
    scrolling.push(await readUp(general, 150));
    if ((await general.getAttribute('aria-busy')) !== 'true') break;
    // Every other time the reader is at the very top by then, and waits.
    if (loading.length % 2 === 1) await general.evaluate((element) => element.scrollTo(0, 0));
    await settle(page);
    const farthest = await watchReading(general);
    const height = await general.evaluate((element) => element.scrollHeight);
    await pages.letIn();
    await expect
      .poll(() => general.evaluate((element) => element.scrollHeight))
      .toBeGreaterThan(height);
    await settle(page);
    await settle(page);
    loading.push(await farthest());
  }
  await expect(message(page, 'The very first message')).toBeInViewport();
  expect(loading.length, 'pages that came in').toBeGreaterThanOrEqual(7);
  const most = { scrolling: Math.max(...scrolling), loading: Math.max(...loading) };
  expect(most.scrolling, `pixels at each stretch: ${scrolling.join(', ')}`).toBeLessThanOrEqual(1);
  expect(most.loading, `pixels at each page: ${loading.join(', ')}`).toBeLessThanOrEqual(1);
});

test('what arrives does not move what is read, and is counted', async ({ page, server }) => {
  const { room, ada } = await fill(server, 60);
  await signIn(page, PRATHMESH);
  await page.goto(`/r/${room}`);
  const general = feed(page, 'general');
  await expect(general.locator('[data-seq]').last()).toBeInViewport();
  await wheel(page, general, -2_000);
  await expect(general).toHaveAttribute('aria-busy', 'false');

  const farthest = await watchReading(general);
  await say(server, ada, room, ['news', 'more news']);
  const jump = page.getByRole('button', { name: 'Jump to newest · 2' });
  await expect(jump).toBeVisible();
  await settle(page);
  expect(await farthest(), 'pixels').toBeLessThanOrEqual(1);

  await jump.click();
  await expect(message(page, 'more news')).toBeInViewport();
  await expect(page.getByRole('button', { name: /^Jump to newest/ })).toBeHidden();
});

test('a link and a quote lead to a message of long ago', async ({ page, server }) => {
  const { room, first, ada } = await fill(server, 200);
  const body = { text: 'As was said', nonce: 'answer', reply_to: first };
  await server.call('POST', `/rooms/${room}/messages`, body, ada);
  await signIn(page, PRATHMESH);
  await page.goto(`/r/${room}/${first}`);
  const old = message(page, 'The very first message');
  await expect(old).toBeInViewport();

  const jump = page.getByRole('button', { name: 'Jump to newest' });
  await jump.click();
  const answer = message(page, 'As was said');
  await expect(answer).toBeInViewport();
  await expect(jump).toBeHidden();

  await answer.getByRole('button', { name: 'Reply to Ada Lovelace: The very first message' }).click();
  await expect(old).toBeInViewport();
  await jump.click();
  await expect(answer).toBeInViewport();
  await post(page, 'And here we are');
  await expect(message(page, 'And here we are')).toBeInViewport();
});
