// The connection in words: how it is, how quick, and what somebody who helps wants to know of it.
import { words } from '../../lib/words';
import type { ConnectionState } from '../../state/contract';

/** A loss shorter than this is not worth a word. */
const GRACE_MS = 1000;
const SLOW_MS = 150;
const LAGGARD_MS = 400;

export interface Shown {
  state: 'live' | 'slow' | 'laggard' | 'connecting' | 'offline';
  text: string;
}

/** `now` is asked for only where the words change as it passes. */
export function shownConnection(connection: ConnectionState, now: () => number): Shown {
  const w = words.connection;
  if (connection.state === 'live') {
    const { ms } = connection;
    if (ms === null) return { state: 'live', text: w.live };
    const state = ms > LAGGARD_MS ? 'laggard' : ms > SLOW_MS ? 'slow' : 'live';
    return { state, text: `${w[state]} · ${w.ms(atLeastOne(ms))}` };
  }
  if (connection.state === 'offline') return { state: 'offline', text: w.offline };
  if (connection.state === 'connecting') return { state: 'connecting', text: w.connecting };
  if (now() - connection.since < GRACE_MS) return { state: 'live', text: w.live };
  return { state: 'connecting', text: w.reconnecting };
}

/** Under a millisecond is "1 ms": nobody asks how much. */
export const atLeastOne = (ms: number) => Math.max(1, Math.round(ms));

/** Points of a sparkline `width` by `height`: time from the start, taller is slower; a floor keeps quick ones flat. */
export function sparkline(times: readonly number[], width: number, height: number, slots: number): string {
  const top = Math.max(SLOW_MS / 2, ...times);
  const first = slots - times.length;
  const x = (i: number) => ((first + i) / (slots - 1)) * width;
  const y = (ms: number) => height - (ms / top) * height;
  return times.map((ms, i) => `${x(i).toFixed(1)},${y(ms).toFixed(1)}`).join(' ');
}

/** The beginning of an id: enough to find it in a log, too little to do harm. */
export const shortId = (id: string | null) => (id === null ? '–' : id.slice(0, 8));
