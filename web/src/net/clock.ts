// Time and chance, passed in, so that a test can be their master.

export type Timer = ReturnType<typeof setTimeout>;

export interface Clock {
  /** Milliseconds that never jump; for durations. */
  now(): number;
  /** Milliseconds since 1970; goes on while the machine sleeps. */
  wall(): number;
  /** In [0, 1). */
  random(): number;
  after(ms: number, then: () => void): Timer;
  cancel(timer: Timer | null): void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after: (ms, then) => setTimeout(then, ms),
  cancel: (timer) => {
    if (timer !== null) clearTimeout(timer);
  },
};
