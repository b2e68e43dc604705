// Where the reader is in the feed, and how that place is kept: at the end while new messages come in. (What is read keeps
// its place by itself while older messages come in: nothing in view changes its height with them, see feed.ts.)
import { tick } from 'svelte';
import type { VirtualizerHandle } from 'virtua/svelte';

/** This close to the end counts as being there. */
const END_PX = 32;
/** How far one must be for "Jump to newest" to be worth saying. */
const FAR_PX = 480;
/** How much of the window shows what was read, when the rest is new. */
const CONTEXT = 0.2;
/** So long after rows changed or the end was asked for, a scroll upwards may be the list's own, finding its sizes. */
const SETTLE_MS = 300;

export class Place {
  scroller = $state<HTMLElement>();
  list = $state<VirtualizerHandle>();
  /** The first scroll has been made; before it, nothing is being read. */
  placed = $state(false);
  atEnd = $state(true);
  far = $state(false);
  /** The item at the top of what is in view. */
  top = $state(0);
  /** A message was asked for and stands here until the reader scrolls, though what comes may be at the end too. */
  #pinned = false;
  #offset = 0;
  #settlesUntil = 0;

  /** Pixels below what is in view. */
  get rest(): number {
    const element = this.scroller;
    return element ? element.scrollHeight - element.clientHeight - element.scrollTop : 0;
  }

  /** What comes is scrolled to. */
  get follows(): boolean {
    return this.atEnd && !this.#pinned;
  }

  async toEnd(items: number): Promise<void> {
    this.#pinned = false;
    this.atEnd = true;
    this.far = false;
    this.changing();
    await tick();
    this.list?.scrollToIndex(items - 1, { align: 'end' });
    this.placed = true;
  }

  private async toItem(index: number, align: 'start' | 'center' | 'nearest', offset = 0): Promise<void> {
    this.atEnd = false;
    await tick();
    this.list?.scrollToIndex(index, { align, offset });
    this.placed = true;
    // Where all fits into the window nothing scrolls, and nothing would say that the end is in view.
    requestAnimationFrame(() => {
      if (this.scroller && this.rest <= END_PX) this.atEnd = true;
    });
  }

  /** To a message that was asked for. */
  toMessage(index: number): Promise<void> {
    this.#pinned = true;
    return this.toItem(index, 'center');
  }

  /** To the first unread message, with a little of what was read before it. */
  toLine(index: number): Promise<void> {
    const height = this.scroller?.clientHeight ?? 0;
    return this.toItem(index, 'start', -Math.round(height * CONTEXT));
  }

  /** The rows are about to change. */
  changing(): void {
    this.#settlesUntil = performance.now() + SETTLE_MS;
  }

  /** What is shown has another height: what was the end may be so no more. */
  grown(): void {
    if (this.#pinned && this.rest > END_PX) this.atEnd = false;
  }

  /** A wheel, a finger, a key: what scrolls now is the reader. */
  readonly taken = (): void => {
    this.#settlesUntil = 0;
    this.#pinned = false;
  };

  /** Only a reader scrolls up; content that grows does not take anyone away from the end. */
  scrolled(now: number): void {
    if (this.rest <= END_PX) this.atEnd = true;
    else if (this.#pinned) this.atEnd = false;
    else if (now < this.#offset - 1 && performance.now() >= this.#settlesUntil) this.atEnd = false;
    this.far = this.rest > FAR_PX;
    this.top = this.list?.findItemIndex(now) ?? 0;
    this.#offset = now;
  }

  /** The post of a row, if it is in the document. */
  postOf(key: string): HTMLElement | null {
    return this.scroller?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null;
  }
}
