// How many posts by others are unread, by the rules of the wire. The server counts up to a head and says so; from there
// on we count along. A count that arrives late (up to a head that we are past) is continued with the events that followed
// it, which are kept for that; where they are not, only the server can say.
import type { Event, Seq } from '../protocol.gen';

/** Counts stop here, which means this many or more; at it, deletions are let pass. */
export const CAP = 100;
/** Events kept to continue a late count. More than pass between a count's making and its arrival. */
const KEPT = 300;

export interface Count {
  /** My marker: what is above it is unread. */
  read: Seq;
  /** The count holds up to this seq; events at or below it change nothing. */
  head: Seq;
  unread: number;
  mentions: number;
}
export interface Tally extends Count {
  /** My marker as the server is known to have it; `read` may be ahead of it. */
  saved: Seq;
  /** The posts by others and deletions of them above `floor`, as far as events have come. */
  touches: readonly Touch[];
  floor: Seq;
}
interface Touch {
  seq: Seq;
  /** The post that came or went. */
  post: Seq;
  step: 1 | -1;
  mention: boolean;
}

/** Counting begins: events up to `cursor` will not come again. */
export function newTally(count: Count, cursor: Seq): Tally {
  return { ...count, saved: count.read, touches: [], floor: cursor };
}

/** The next event of the log. */
export function countEvent(tally: Tally, event: Event, me: string): Tally {
  const touch = touchOf(event, me);
  let next = tally;
  if (touch) {
    const touches = [...tally.touches, touch];
    const floor = touches.length > KEPT ? (touches.shift()?.seq ?? tally.floor) : tally.floor;
    next = { ...tally, touches, floor };
  }
  return event.seq <= tally.head ? next : { ...next, ...step(next, touch), head: event.seq };
}

/** A count by the server. Null: it ends before the events that we still know, so ask again. */
export function recount(tally: Tally, count: Count, cursor: Seq): Tally | null {
  if (count.head < cursor && count.head < tally.floor) return null;
  const after = tally.touches.filter((t) => t.seq > count.head);
  const counted = after.reduce<Count>((c, touch) => ({ ...c, ...step(c, touch) }), count);
  return { ...tally, ...counted, head: Math.max(count.head, cursor) };
}

/** A new connection's count. What I read while there was none is read, and is to be told. */
export function readied(tally: Tally, count: Count, cursor: Seq): Tally {
  const fresh = recount(tally, count, cursor) ?? newTally(count, cursor);
  const saved = count.read;
  if (tally.read <= saved) return { ...fresh, saved };
  const here = { read: tally.read, head: tally.read, unread: 0, mentions: 0 };
  return { ...(recount(fresh, here, cursor) ?? { ...fresh, read: tally.read }), saved };
}

/** My marker moved on another device, or the server confirms where I moved it. It only grows. */
export function signalled(tally: Tally, count: Count, cursor: Seq): Tally | null {
  const saved = Math.max(tally.saved, count.read);
  if (count.read < tally.read) return { ...tally, saved };
  const counted = recount(tally, count, cursor);
  return counted && { ...counted, saved };
}

/** I have read everything up to the head, here and now; the server is yet to be told. */
export function readAll(tally: Tally, cursor: Seq): Tally {
  const head = Math.max(tally.head, cursor);
  if (tally.read >= head) return tally;
  return { ...tally, read: head, head, unread: 0, mentions: 0 };
}

function step(count: Count, touch: Touch | null): Pick<Count, 'unread' | 'mentions'> {
  const { unread, mentions } = count;
  if (!touch || touch.post <= count.read) return { unread, mentions };
  return {
    unread: moved(unread, touch.step),
    mentions: touch.mention ? moved(mentions, touch.step) : mentions,
  };
}

function moved(count: number, by: 1 | -1): number {
  if (count >= CAP) return CAP;
  return Math.max(0, count + by);
}

function touchOf(event: Event, me: string): Touch | null {
  if (event.kind === 'message_posted' && event.by.id !== me) {
    return { seq: event.seq, post: event.seq, step: 1, mention: event.mentions?.includes(me) ?? false };
  }
  if (event.kind === 'message_deleted' && event.author !== me) {
    return { seq: event.seq, post: event.target, step: -1, mention: event.mentions?.includes(me) ?? false };
  }
  return null;
}
