// The stretch of a room's history that is held: pages laid side by side, and the events that reach into them. It has no
// holes: what is neither next to it nor inside it is left out.
import type { Event, Message, MessagePage, Seq } from '../protocol.gen';
import { applyToMessage, messageOf, targetOf } from './messages';
import type { Window } from './model';

export type Where = 'newest' | 'older' | 'newer' | 'around';

/** A room that nobody looks at keeps so many of its newest messages. */
export const KEPT_ROWS = 200;
/** Where the newest are looked at, or nobody looks, the oldest are let go beyond this: so what arrives costs the same
 * however long the room is, and however long it is open. */
export const MOST_AT_END = 400;
/** While somebody reads the past, no more than this is held; beyond it the newest are let go. */
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
  return laid && reachInto(laid, kept, me);
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

/** Events in order: a post goes to the end where the window reaches it, a change to the message it is about. The rows are
 * copied once, however many events come together. */
export function reachInto(window: Window, events: readonly Event[], me: string): Window {
  let rows: Message[] | null = null;
  let { upTo } = window;
  for (const event of events) {
    if (event.kind === 'message_posted') {
      if (window.hasNewer || event.seq <= upTo) continue;
      (rows ??= [...window.rows]).push(messageOf(event));
      upTo = event.seq;
      continue;
    }
    const target = targetOf(event);
    const index = target === null ? -1 : indexOf(rows ?? window.rows, target);
    const before = (rows ?? window.rows)[index];
    if (!before) continue;
    const after = applyToMessage(before, event, me);
    if (after !== before) (rows ??= [...window.rows])[index] = after;
  }
  return rows ? { ...window, rows, upTo } : window;
}

/** Does the window reach back to a seq: is every message above it there, as far as the window goes? */
export function reachesBackTo({ rows, hasOlder }: Window, seq: Seq): boolean {
  return !hasOlder || (rows[0]?.seq ?? Infinity) <= seq;
}

/** Lets go of the oldest rows. */
export function trim(window: Window | null): Window | null {
  if (!window || window.rows.length <= KEPT_ROWS) return window;
  return { ...window, rows: window.rows.slice(-KEPT_ROWS), hasOlder: true };
}

/** Keeps the window within its bound, without taking away what is being looked at. */
export function bounded(window: Window | null, readsThePast: boolean): Window | null {
  if (!window) return window;
  if (!readsThePast) return window.rows.length > MOST_AT_END ? trim(window) : window;
  if (window.rows.length <= MOST_ROWS) return window;
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
