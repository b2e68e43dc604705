// What is half written, on its way to the device: the newest of each room, a moment after the last key.
import type { Clock, Timer } from '../net/clock';
import type { Drafts } from './contract';
import type { Device } from './device/device';

/** Less than one sees oneself lose. */
const SAVE_MS = 400;

export class KeptDrafts implements Drafts {
  readonly #waiting = new Map<string, string>();
  #timer: Timer | null = null;

  constructor(
    private readonly device: Pick<Device, 'drafts' | 'saveDraft' | 'spillDrafts'>,
    private readonly clock: Clock,
  ) {}

  all(): Promise<ReadonlyMap<string, string>> {
    return this.device.drafts();
  }

  save(room: string, text: string): void {
    this.#waiting.set(room, text);
    this.#timer ??= this.clock.after(SAVE_MS, () => void this.flush());
  }

  /** The page goes now. */
  spill(): void {
    this.device.spillDrafts(this.#waiting);
  }

  /** Signed out: what was about to be kept is not any more. */
  drop(): void {
    this.#waiting.clear();
  }

  async flush(): Promise<void> {
    this.clock.cancel(this.#timer);
    this.#timer = null;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    await Promise.all(waiting.map(([room, text]) => this.device.saveDraft(room, text)));
  }
}
