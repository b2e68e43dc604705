// The stretch of a room's history that is held: pages laid side by side, and the events that reach into them. It has no
// holes: what is neither next to it nor inside it is left out.
import type { Event, Message, MessagePage, Seq } from '../protocol.gen';
import { applyToMessage, messageOf, targetOf } from './messages';
import type { Window } from './model';

export type Where = 'newest' | 'older' | 'newer' | 'around';

/** A room that nobody looks at keeps so many of its newest messages. */
export const KEPT_ROWS = 200;
/** More than this is not held of a room: the oldest are let go, or, while somebody reads the past, the newest. */
export const MOST_ROWS = 2_000;

/** Lays a page beside what is held (or in its place), then lets the events kept meanwhile reach into it. */
export function layPage(
  window: Window | null,
  where: Where,
  page: MessagePage,
  kept: readonly Event[],
  me: string,
): Window | null {
  const laid = lay(window, where, page);
  return laid && kept.reduce((w, event) => reachInto(w, event, me), laid);
}

function lay(window: Window | null, where: Where, page: MessagePage): Window | null {
  const rows = page.items;
  const first = window?.rows[0]?.seq ?? Infinity;
  const last = window?.rows.at(-1)?.seq ?? 0;
  switch (where) {
    case 'newest':
      return { rows, upTo: page.as_of, hasOlder: page.has_more ?? false, hasNewer: false };
    case 'around': {
      const hasNewer = page.has_more_after ?? false;
      const upTo = hasNewer ? (rows.at(-1)?.seq ?? 0) : page.as_of;
      return { rows, upTo, hasOlder: page.has_more_before ?? false, hasNewer };
    }
    case 'older': {
      if (!window) return null;
      const older = rows.filter((m) => m.seq < first);
      return { ...window, rows: [...older, ...window.rows], hasOlder: page.has_more ?? false };
    }
    case 'newer': {
      if (!window?.hasNewer) return window;
      const hasNewer = page.has_more ?? false;
      const newer = [...window.rows, ...rows.filter((m) => m.seq > last)];
      return { ...window, rows: newer, upTo: hasNewer ? (newer.at(-1)?.seq ?? 0) : page.as_of, hasNewer };
    }
  }
}

/** One event: a post goes to the end where the window reaches it, a change to the message it is about. */
export function reachInto(window: Window, event: Event, me: string): Window {
  if (event.kind === 'message_posted') {
    if (window.hasNewer || event.seq <= window.upTo) return window;
    return { ...window, rows: [...window.rows, messageOf(event)], upTo: event.seq };
  }
  const target = targetOf(event);
  const index = target === null ? -1 : indexOf(window.rows, target);
  const before = window.rows[index];
  if (!before) return window;
  const after = applyToMessage(before, event, me);
  return after === before ? window : { ...window, rows: window.rows.with(index, after) };
}

/** Lets go of the oldest rows. */
export function trim(window: Window | null): Window | null {
  if (!window || window.rows.length <= KEPT_ROWS) return window;
  return { ...window, rows: window.rows.slice(-KEPT_ROWS), hasOlder: true };
}

/** Keeps the window within its bound, without taking away what is being looked at. */
export function bounded(window: Window | null, readsThePast: boolean): Window | null {
  if (!window || window.rows.length <= MOST_ROWS) return window;
  if (!readsThePast) return trim(window);
  const rows = window.rows.slice(0, MOST_ROWS);
  return { ...window, rows, upTo: rows.at(-1)?.seq ?? window.upTo, hasNewer: true };
}

export function find(window: Window | null, seq: Seq): Message | null {
  return window?.rows[indexOf(window.rows, seq)] ?? null;
}

/** Where a seq stands in ascending rows; -1 where it does not. */
function indexOf(rows: readonly Message[], seq: Seq): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const here = rows[middle]?.seq ?? 0;
    if (here === seq) return middle;
    if (here < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
