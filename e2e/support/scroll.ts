// Scrolling as a reader does it, and what must not move meanwhile.
import { type Locator, type Page, expect } from '@playwright/test';

/** Lets two frames pass: what a change brings about has been laid out and painted. */
export function settle(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
}

/**
 * Scrolls up by steps until something older is asked for, or there is nothing above. The
 * answer is by how many pixels, at most, the message in the middle moved otherwise than
 * the reader scrolled.
 */
export function readUp(feed: Locator, step: number): Promise<number> {
  return feed.evaluate(async (element, step) => {
    const frame = (): Promise<number> => new Promise(requestAnimationFrame);
    const middle = element.getBoundingClientRect().top + element.clientHeight / 2;
    let farthest = 0;
    while (element.scrollTop > 0 && element.ariaBusy !== 'true') {
      const posts = [...element.querySelectorAll<HTMLElement>('[data-seq]')];
      const post = posts.find((each) => each.getBoundingClientRect().bottom > middle);
      if (post === undefined) throw new Error('no message in the middle of the feed');
      const seq = post.dataset.seq;
      const before = post.getBoundingClientRect().top;
      const expected = before + Math.min(step, element.scrollTop);
      // The page tells a reader from its own scrolling by the wheel.
      element.dispatchEvent(new WheelEvent('wheel', { deltaY: -step, bubbles: true }));
      element.scrollTop -= step;
      await frame();
      await frame();
      const now = element.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top;
      farthest = Math.max(farthest, Math.abs((now ?? Infinity) - expected));
    }
    return farthest;
  }, step);
}

/**
 * Watches the message in the middle in every frame from now on. The answer, once asked for,
 * is the farthest that it was seen from where it stood, in CSS pixels.
 */
export async function watchReading(feed: Locator): Promise<() => Promise<number>> {
  const watch = await feed.evaluateHandle((element) => {
    const middle = element.getBoundingClientRect().top + element.clientHeight / 2;
    const posts = [...element.querySelectorAll<HTMLElement>('[data-seq]')];
    const post = posts.find((each) => each.getBoundingClientRect().bottom > middle);
    if (post === undefined) throw new Error('no message in the middle of the feed');
    const seq = post.dataset.seq;
    const top = post.getBoundingClientRect().top;
    const state = { farthest: 0, watching: true };
    const look = (): void => {
      const now = element.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top;
      state.farthest = Math.max(state.farthest, Math.abs((now ?? Infinity) - top));
      if (state.watching) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    return state;
  });
  return async () => {
    const farthest = await watch.evaluate((state) => {
      state.watching = false;
      return state.farthest;
    });
    await watch.dispose();
    return farthest;
  };
}

/** Turns the wheel over the feed, as only a reader does. Negative: towards the past. */
export async function wheel(page: Page, feed: Locator, pixels: number): Promise<void> {
  const box = await feed.boundingBox();
  if (box === null) throw new Error('the feed is not shown');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const before = await feed.evaluate((element) => element.scrollTop);
  await page.mouse.wheel(0, pixels);
  await expect.poll(() => feed.evaluate((element) => element.scrollTop)).not.toBe(before);
  await settle(page);
}
