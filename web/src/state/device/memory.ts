// A device that keeps nothing beyond this page: for tests, and for pages that are to leave no trace.
import type { SavedRooms, SavedWindow } from '../saved';
import { MemoryOutbox } from '../outbox-store';
import type { Device } from './device';

export class MemoryDevice extends MemoryOutbox implements Device {
  readonly #drafts = new Map<string, string>();

  async restore(): Promise<SavedRooms | null> {
    return null;
  }

  async windows(): Promise<readonly SavedWindow[]> {
    return [];
  }

  async save(): Promise<void> {}

  async enter(): Promise<void> {}

  async forget(what: 'rooms' | 'all'): Promise<void> {
    if (what === 'rooms') return;
    this.clear();
    this.#drafts.clear();
  }

  async drafts(): Promise<ReadonlyMap<string, string>> {
    return this.#drafts;
  }

  spill(): void {}

  spillDrafts(): void {}

  hold(): void {}

  async saveDraft(room: string, text: string): Promise<void> {
    this.#drafts.set(room, text);
  }
}
