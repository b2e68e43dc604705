// Brings what happens to the outbox to where it is stored: in order, one transaction at a time, everything that happened
// meanwhile in the next.
import type { Gone, Op } from './ops';
import type { Outbox } from './outbox';
import type { OutboxStore } from './outbox-store';

export interface Stored {
  entries: Outbox;
  gone: readonly Gone[];
  /** How many of the ops that were handed over since the page began are in it. */
  through: number;
}
export interface KeeperEvents {
  stored(stored: Stored): void;
  /** Other pages may want to look. */
  changed(gone: readonly Gone[]): void;
}

export class Keeper {
  #waiting: Op[] = [];
  #through = 0;
  #look = false;
  #gone: readonly Gone[] = [];
  #busy = false;
  #over = false;

  constructor(
    private readonly store: OutboxStore,
    private readonly author: string,
    private readonly events: KeeperEvents,
  ) {}

  add(ops: readonly Op[]): void {
    this.#waiting.push(...ops);
    void this.#work();
  }

  /** Reads what is stored: at the beginning, and whenever another page has changed it. */
  look(gone: readonly Gone[] = []): void {
    this.#look = true;
    this.#gone = [...this.#gone, ...gone];
    void this.#work();
  }

  stop(): void {
    this.#over = true;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    await null; // what happens in the same moment goes into the same transaction
    while (this.#waiting.length > 0 || this.#look) {
      const ops = this.#waiting.splice(0);
      const elsewhere = this.#gone;
      this.#look = false;
      this.#gone = [];
      const { entries, gone } = await this.store.apply(this.author, ops);
      this.#through += ops.length;
      if (ops.length > 0) this.events.changed(gone);
      if (!this.#over) this.events.stored({ entries, gone: [...elsewhere, ...gone], through: this.#through });
    }
    this.#busy = false;
  }
}
