// Where the outbox outlives what happens to it. In memory it outlives a lost connection and a lost session; a database
// in the browser, which fits the same seam, outlives the page too.
import type { Entry } from './outbox';

export interface OutboxStore {
  /** What this person wrote and the log does not show, in the order typed. What others wrote here is wiped. */
  load(author: string): Promise<readonly Entry[]>;
  /** An entry is sent only after this has resolved. */
  put(entry: Entry): Promise<void>;
  remove(nonce: string): Promise<void>;
  clear(): Promise<void>;
}

export class MemoryOutbox implements OutboxStore {
  readonly #entries = new Map<string, Entry>();

  async load(author: string): Promise<readonly Entry[]> {
    for (const [nonce, entry] of this.#entries) if (entry.author !== author) this.#entries.delete(nonce);
    return [...this.#entries.values()];
  }

  async put(entry: Entry): Promise<void> {
    this.#entries.set(entry.nonce, entry);
  }

  async remove(nonce: string): Promise<void> {
    this.#entries.delete(nonce);
  }

  async clear(): Promise<void> {
    this.#entries.clear();
  }
}
