// One room, and what a stretch of its log makes of it.
import type { Event, MessagePage, Room, Seq } from '../protocol.gen';
import { callAfter } from './calls';
import { applyToMessage } from './messages';
import { milliseconds, withoutEntry, type RoomModel } from './model';
import { countEvent, newTally, type Count } from './unread';
import { layPage, reachInto, trim, type Where } from './window';

export function countOf(room: Room): Count {
  const { head, read = 0, unread = 0, mentions = 0 } = room;
  return { head, read, unread, mentions };
}

/** A room of which nothing is held: it begins at the head that the server gave. */
export function newRoom(facts: Room): RoomModel {
  return {
    facts,
    tally: newTally(countOf(facts), facts.head),
    cursor: facts.head,
    phase: 'live',
    roster: 0,
    resume: null,
    window: null,
    quotes: new Map(),
    asking: 0,
    kept: [],
    life: 0,
    typing: new Map(),
    lastAt: 0,
    call: null,
  };
}

/** What was held cannot be continued: begin at `cursor`, with nothing. */
export function dropped(room: RoomModel, cursor: Seq): RoomModel {
  const tally = { ...room.tally, touches: [], floor: Math.max(cursor, room.tally.head) };
  const empty = { window: null, quotes: new Map(), asking: 0, kept: [], life: room.life + 1 };
  // Who came and went in between is not known: whoever shows the members asks again.
  return { ...room, ...empty, tally, cursor, roster: cursor, phase: 'live', resume: null };
}

/** Events in order, the first of them next after the cursor. */
export function applyEvents(room: RoomModel, events: readonly Event[], me: string): RoomModel {
  const next = { ...room };
  const listener = { me, direct: room.facts.kind === 'direct', live: room.phase === 'live' };
  for (const event of events) {
    next.cursor = event.seq;
    next.tally = countEvent(next.tally, event, me);
    next.facts = applyToFacts(next.facts, event, me);
    next.call = callAfter(next.call, event, listener);
    if (next.quotes.size) next.quotes = applyToQuotes(next.quotes, event, me);
    if (event.kind === 'message_posted') next.typing = withoutEntry(next.typing, event.by.id);
    if (changesRoster(event)) next.roster = event.seq;
    next.lastAt = Math.max(next.lastAt, milliseconds(event.at));
  }
  if (next.window) next.window = reachInto(next.window, events, me);
  if (next.asking > 0) next.kept = [...next.kept, ...events];
  return next;
}

/** A page of history has come. One that was asked for before things were dropped is of no use. */
export function applyPage(room: RoomModel, where: Where, page: MessagePage, me: string): RoomModel {
  const window = layPage(room.window, where, page, room.kept, me);
  const newest = page.items.at(-1);
  const lastAt = newest ? Math.max(room.lastAt, milliseconds(newest.at)) : room.lastAt;
  return { ...asked(room, -1), window, lastAt };
}

/** A quoted message has come, among its neighbours; or it is not there; or (no page) nobody could say. */
export function applyQuote(room: RoomModel, seq: Seq, page: MessagePage | null, me: string): RoomModel {
  if (!page) return { ...asked(room, -1), quotes: withoutEntry(room.quotes, seq) }; // may be asked for again
  const found = page.items.find((m) => m.seq === seq) ?? null;
  const message = found && room.kept.reduce((m, event) => applyToMessage(m, event, me), found);
  return { ...asked(room, -1), quotes: new Map(room.quotes).set(seq, message) };
}

/** One page more, or one less, is under way; without any, nothing needs to be kept. */
export function asked(room: RoomModel, by: 1 | -1): RoomModel {
  const asking = Math.max(0, room.asking + by);
  return { ...room, asking, kept: asking === 0 ? [] : room.kept };
}

/** Nobody looks at it any more: its newest messages are enough. */
export function leftAlone(room: RoomModel): RoomModel {
  return { ...room, window: room.window?.hasNewer ? null : trim(room.window), quotes: new Map() };
}

function changesRoster({ kind }: Event): boolean {
  return kind === 'member_joined' || kind === 'member_left' || kind === 'role_changed';
}

function applyToFacts(facts: Room, event: Event, me: string): Room {
  if (event.seq <= facts.head) return facts;
  const head = event.seq;
  switch (event.kind) {
    case 'room_updated': {
      const { name = facts.name, topic = facts.topic, archived = facts.archived } = event;
      return { ...facts, head, name, topic, archived };
    }
    case 'member_joined':
      return { ...facts, head, member_count: facts.member_count + 1 };
    case 'member_left':
      return { ...facts, head, member_count: Math.max(0, facts.member_count - 1) };
    case 'role_changed':
      return event.user.id === me ? { ...facts, head, role: event.role } : { ...facts, head };
    default:
      return { ...facts, head };
  }
}

function applyToQuotes(quotes: RoomModel['quotes'], event: Event, me: string): RoomModel['quotes'] {
  const target = 'target' in event ? event.target : null;
  const quoted = target === null ? null : quotes.get(target);
  return quoted && target !== null ? new Map(quotes).set(target, applyToMessage(quoted, event, me)) : quotes;
}
