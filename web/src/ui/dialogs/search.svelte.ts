// A list that is searched on the server as one types: the newest question wins, pages are appended.
import type { Fault, Listing, Outcome } from '../../state/contract';

/** Waits this long after the last keystroke, so that a word asks once and not once a letter. */
const PAUSE_MS = 150;

export class Search<T> {
  q = $state('');
  items = $state.raw<readonly T[]>([]);
  hasMore = $state(false);
  fault = $state.raw<Fault | null>(null);
  /** False until the first answer. */
  ready = $state(false);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ask: (q: string, after?: string) => Promise<Outcome<Listing<T>>>;
  readonly #idOf: (item: T) => string;

  constructor(ask: (q: string, after?: string) => Promise<Outcome<Listing<T>>>, idOf: (item: T) => string) {
    this.#ask = ask;
    this.#idOf = idOf;
  }

  type(q: string): void {
    this.q = q;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), PAUSE_MS);
  }

  /** Asks for the first page, or for the one after what is here. */
  async load(more = false): Promise<void> {
    const asked = ++this.#asked;
    const last = more ? this.items.at(-1) : undefined;
    const outcome = await this.#ask(this.q.trim(), last === undefined ? undefined : this.#idOf(last));
    if (asked !== this.#asked) return;
    this.ready = true;
    this.fault = outcome.ok ? null : outcome.fault;
    if (!outcome.ok) return;
    this.items = more ? [...this.items, ...outcome.value.items] : outcome.value.items;
    this.hasMore = outcome.value.hasMore;
  }

  /** One of the items is another now. */
  replace(item: T): void {
    const id = this.#idOf(item);
    this.items = this.items.map((old) => (this.#idOf(old) === id ? item : old));
  }
}
