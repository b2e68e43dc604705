// Which message is pointed at: by a mouse over it, by the focus, by a tap, or by a finger that stays on it. One at a time
// raises its tools.
import { MediaQuery } from 'svelte/reactivity';
import { menu } from './menu.svelte';
import { picker } from './picker.svelte';

/** A finger that stays so long asks for the menu; one that moves farther than this scrolls. */
const LONG_PRESS_MS = 450;
const STILL_PX = 8;

const keyAt = (target: EventTarget | null) =>
  (target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null)?.dataset.key ?? null;

export class Pointing {
  #over = $state<string | null>(null);
  #focused = $state<string | null>(null);
  /** Focused by keyboard: then the pointer does not matter. */
  #keyed = $state<string | null>(null);
  #press: { timer: ReturnType<typeof setTimeout>; x: number; y: number } | null = null;
  /** The finger has asked for the menu: what it does when it leaves means nothing. */
  #pressed = false;
  // Some browsers invent a mouse where a finger was.
  readonly #hovers = new MediaQuery('(hover: hover)');

  /** Whose tools are raised. */
  readonly active = $derived(picker.request?.key ?? menu.request?.row.key ?? this.#keyed ?? this.#over);

  get focused(): string | null {
    return this.#focused;
  }

  /** About to be focused: it must not leave the document before it is. */
  expect(key: string): void {
    this.#focused = key;
  }

  readonly over = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch' && this.#hovers.current) this.#over = keyAt(event.target);
  };

  readonly leave = ({ pointerType }: PointerEvent): void => {
    if (pointerType !== 'touch') this.#over = null;
  };

  /** The mouse takes over from the keyboard; the focus stays with the message whose tools go away. */
  move(event: PointerEvent, postOf: (key: string) => HTMLElement | null): void {
    if (event.pointerType === 'touch') {
      const { x, y } = this.#press ?? { x: event.clientX, y: event.clientY };
      if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX) this.release();
      return;
    }
    const moved = event.movementX !== 0 || event.movementY !== 0;
    const keyed = this.#keyed;
    if (!moved || keyed === null || keyed === keyAt(event.target) || picker.request || menu.request) return;
    postOf(keyed)?.focus({ preventScroll: true });
    this.#keyed = null;
  }

  /** Without a pointer to hover with, a tap raises the tools, and another puts them away. */
  readonly tap = (event: MouseEvent): void => {
    if (!(event instanceof PointerEvent) || event.pointerType !== 'touch') return;
    if (this.#pressed) return void (this.#pressed = false);
    if (event.target instanceof Element && event.target.closest('.toolbar')) return void (this.#over = null);
    if (event.target instanceof Element && event.target.closest('a, button')) return;
    const key = keyAt(event.target);
    this.#over = key === this.#over ? null : key;
  };

  /** A finger on a message: if it stays there, that asks for the menu. */
  press(event: PointerEvent, ask: (post: HTMLElement, at: { x: number; y: number }) => void): void {
    this.release();
    this.#pressed = false;
    if (event.pointerType !== 'touch' || !event.isPrimary) return;
    const post = event.target instanceof Element ? event.target.closest<HTMLElement>('.post') : null;
    if (!post) return;
    const at = { x: event.clientX, y: event.clientY };
    const timer = setTimeout(() => {
      this.#press = null;
      this.#pressed = true;
      ask(post, at);
    }, LONG_PRESS_MS);
    this.#press = { timer, ...at };
  }

  readonly release = (): void => {
    clearTimeout(this.#press?.timer);
    this.#press = null;
  };

  readonly focusin = ({ target }: FocusEvent): void => {
    this.#focused = keyAt(target);
    // A tool that is pressed must stay until it is let go.
    const keeps = target instanceof Element && target.matches(':focus-visible, .toolbar *');
    this.#keyed = keeps ? this.#focused : null;
  };

  /** Where the focus goes to is known here already: what it goes to must not vanish in between. */
  readonly focusout = ({ relatedTarget }: FocusEvent): void => {
    const key = keyAt(relatedTarget);
    this.#focused = key;
    if (key !== this.#keyed) this.#keyed = null;
  };
}
