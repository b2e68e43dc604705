// Where the outbox outlives what happens to it. In memory it outlives a lost connection and a lost session; in the
// browser's database (device/outbox.ts), which fits the same seam, it outlives the page too.
import { applyOps, type Gone, type Op } from './ops';
import type { Outbox } from './outbox';

export interface OutboxStore {
  /** Does this to what this person wrote and the log does not show, in one transaction, and says what then stands there,
   * in the order typed. It has reached the disk when this resolves; it never rejects. */
  apply(author: string, ops: readonly Op[]): Promise<Applied>;
}
export interface Applied {
  entries: Outbox;
  gone: readonly Gone[];
}

export class MemoryOutbox implements OutboxStore {
  #entries: Outbox;

  constructor(entries: Outbox = []) {
    this.#entries = entries;
  }

  async apply(author: string, ops: readonly Op[]): Promise<Applied> {
    const { outbox, gone } = applyOps(
      this.#entries.filter((e) => e.author === author),
      ops,
    );
    this.#entries = outbox;
    return { entries: outbox, gone };
  }

  clear(): void {
    this.#entries = [];
  }
}
