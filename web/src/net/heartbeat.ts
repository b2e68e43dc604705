// Is the server still there? A ping every interval; one is missed when nothing at all arrives in the 2 s after it; after
// `maxMissed` in a row the connection is dead: within 12 s of its last sign of life at 5 s and 2.
//
// A probe is asked for when there is reason to doubt (the page woke, the network changed, a timer fired late because the
// machine slept): one ping, and dead after 2 s of silence.
import type { Clock, Timer } from './clock';

/** A ping is missed, and a probe failed, after this long without any frame. */
export const SILENCE_MS = 2_000;
/** A timer that fires this late says that the machine slept: what it would conclude is not to be trusted. */
export const LATE_MS = 1_500;
/** The median is taken of the last minute's pings. */
const KEPT_TIMES = 12;

export interface HeartbeatEvents {
  ping(id: string): void;
  /** Milliseconds: the median of recent pings, and those of the last minute, oldest first. */
  rtt(ms: number, times: readonly number[]): void;
  dead(): void;
}

export class Heartbeat {
  #missed = 0;
  #number = 0;
  #sentAt = 0;
  /** Something has arrived since the newest ping. */
  #heard = true;
  #next: Timer | null = null;
  #deadline: Timer | null = null;
  readonly #times: number[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: HeartbeatEvents,
    private readonly intervalMs: number,
    private readonly maxMissed: number,
  ) {
    this.#schedule();
  }

  /** Any frame is a sign of life. */
  heard(): void {
    this.#heard = true;
    this.#missed = 0;
  }

  pong(id: string | undefined): void {
    if (id !== String(this.#number)) return; // of an older ping: the newest alone is answered for sure
    this.#times.push(this.clock.now() - this.#sentAt);
    if (this.#times.length > KEPT_TIMES) this.#times.shift();
    this.events.rtt(Math.round(median(this.#times)), [...this.#times]);
  }

  probe(): void {
    this.#ping(1);
  }

  stop(): void {
    this.clock.cancel(this.#next);
    this.clock.cancel(this.#deadline);
  }

  #schedule(): void {
    this.clock.cancel(this.#next);
    this.#next = this.#timer(this.intervalMs, () => this.#ping(this.maxMissed));
  }

  #ping(allowed: number): void {
    this.#schedule();
    this.#heard = false;
    this.#sentAt = this.clock.now();
    this.#number += 1;
    this.clock.cancel(this.#deadline);
    this.#deadline = this.#timer(SILENCE_MS, () => {
      if (this.#heard) return;
      this.#missed += 1;
      if (this.#missed >= allowed) {
        this.stop();
        this.events.dead();
      }
    });
    this.events.ping(String(this.#number));
  }

  /** A timer that probes instead, where it fires late. */
  #timer(ms: number, then: () => void): Timer {
    const due = this.clock.wall() + ms;
    return this.clock.after(ms, () => {
      if (this.clock.wall() - due > LATE_MS) this.probe();
      else then();
    });
  }
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
