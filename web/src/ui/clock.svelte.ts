// The time, for what must change as it passes. It ticks once a second, and only while somebody is looking.
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1000;

const watch = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

/** Milliseconds since 1970; reading it in a template or `$derived` follows it. */
export function now(): number {
  watch();
  return Date.now();
}
