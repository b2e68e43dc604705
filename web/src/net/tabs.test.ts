import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realClock } from './clock';
import { ANSWER_MS, BrowserTabs, ROLL_CALL_MS, type News } from './tabs';

/** One browser: its locks, and a channel on which frozen pages say nothing. */
class Browser {
  readonly pages: Page[] = [];
  holder: { page: Page; fail: (error: Error) => void; end: () => void } | null = null;
  queue: { page: Page; held: () => Promise<void>; signal: AbortSignal | undefined }[] = [];

  page(name: string, locks = true): Page {
    const page = new Page(name, this, locks);
    this.pages.push(page);
    return page;
  }
  request(page: Page, { steal, signal }: LockOptions, held: () => Promise<void>): Promise<void> {
    return new Promise((end, fail) => {
      const take = () => {
        this.holder = { page, fail, end };
        void held().then(() => {
          if (this.holder?.end === end) {
            this.holder = null;
            this.next();
          }
          end();
        });
      };
      signal?.addEventListener('abort', () => {
        this.queue = this.queue.filter((waiting) => waiting.held !== held);
        fail(new DOMException('given up', 'AbortError'));
      });
      if (steal) {
        const robbed = this.holder;
        take();
        robbed?.fail(new DOMException('stolen', 'AbortError'));
      } else if (!this.holder) take();
      else this.queue.push({ page, held: async () => take(), signal });
    });
  }
  next() {
    void this.queue.shift()?.held();
  }
  /** It is gone, without a word. */
  kill(page: Page) {
    this.pages.splice(this.pages.indexOf(page), 1);
    if (this.holder?.page !== page) return;
    this.holder = null;
    this.next();
  }
}

class Page {
  frozen = false;
  sends: readonly string[] | null = null;
  readonly tabs: BrowserTabs;
  readonly #channel = {
    postMessage: (news: News) => {
      for (const other of this.browser.pages) if (other !== this && !other.frozen) other.hear(news);
    },
    onmessage: null as ((event: MessageEvent<News>) => void) | null,
  };

  constructor(
    name: string,
    private readonly browser: Browser,
    withLocks: boolean,
  ) {
    const request = (_: string, how: LockOptions, held: never) => this.browser.request(this, how, held);
    const locks = withLocks ? ({ request } as never) : null;
    this.tabs = new BrowserTabs(name, { clock: realClock, channel: this.#channel, locks });
  }
  hear(news: News) {
    this.#channel.onmessage?.({ data: news } as MessageEvent<News>);
  }
  connect() {
    this.tabs.want(true, (may) => (this.sends = may?.alive ?? null));
  }
  disconnect() {
    this.sends = null;
    this.tabs.want(false, () => {});
  }
}
let browser: Browser;
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  browser = new Browser();
});
afterEach(() => void vi.useRealTimers());

test('one page sends for all; the next takes over when it is offline or gone', async () => {
  const [one, two, three] = [browser.page('one'), browser.page('two'), browser.page('three')];
  for (const page of [one, two, three]) page.connect();
  await settle();
  expect([one.sends, two.sends, three.sends]).toEqual([[], null, null]);
  one.disconnect();
  await settle();
  expect([one.sends, two.sends, three.sends]).toEqual([null, [], null]);
  browser.kill(two);
  await settle();
  expect(three.sends).toEqual([]);
  one.connect();
  await settle();
  expect(one.sends).toBe(null);
});

test('a frozen page loses its turn to one that has something to send, an awake one does not', async () => {
  const [one, two] = [browser.page('one'), browser.page('two')];
  one.connect();
  two.connect();
  await settle();
  two.tabs.press();
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  expect([one.sends, two.sends]).toEqual([[], null]);
  one.frozen = true;
  two.tabs.press();
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  expect([one.sends, two.sends]).toEqual([null, []]);
  // Thawed, it queues up again.
  two.disconnect();
  await settle();
  expect(one.sends).toEqual([]);
});

test('without locks each sends its own, and what those left behind that do not answer', async () => {
  const [one, two] = [browser.page('one', false), browser.page('two', false)];
  one.connect();
  two.connect();
  await vi.advanceTimersByTimeAsync(ROLL_CALL_MS);
  expect([one.sends, two.sends]).toEqual([[], ['one']]); // the first came before the second was connected
  browser.kill(one);
  two.tabs.press();
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  expect(two.sends).toEqual(['two']); // itself alone: it takes the rest over
});
