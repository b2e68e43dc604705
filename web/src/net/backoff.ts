// How long to wait before the next try: doubling, bounded, and scattered, so that a thousand pages that lost the same
// server do not come back in the same moment.

export const FIRST_MS = 1_000;
export const LONGEST_MS = 30_000;
/** A server may ask for more patience than we would have, within reason. */
export const LONGEST_ASKED_MS = 5 * 60_000;

/** `attempt` counts failed tries from 0; `random` is in [0, 1). Between a quarter and the whole of the bound. */
export function backoff(attempt: number, random: number): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(bound * (0.25 + 0.75 * random));
}

/** The server named a time (`bye.after_ms`, Retry-After): not before it, and not all at once after it. */
export function asked(afterMs: number, random: number): number {
  return Math.round(Math.min(Math.max(0, afterMs), LONGEST_ASKED_MS) + 250 * random);
}
