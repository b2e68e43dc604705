// Keeping up with the server: where a connection begins, what a gap needs, and what to do when what is held cannot be
// continued.
import type { EventPage, Events, Ready, Reset, Room, Seq } from '../protocol.gen';
import type { Effect, Model, RoomModel, Step } from './model';
import { withEntry } from './model';
import { noted } from './ops';
import { nonceOf } from './outbox';
import { learnFromEvents, learnNow } from './people';
import { applyEvents, countOf, dropped, newRoom } from './room';
import { newTally, readied, recount } from './unread';
import { bounded } from './window';

/** Numbers the resumes, so that an answer can be told from the answer to an older one. */
const resumeId = (room: RoomModel, after: Seq) => `resume ${room.life} ${after}`;

/** A connection begins: what it says about the rooms replaces what was believed, what is held is continued. */
export function fromReady(model: Model, ready: Ready): Step {
  const sameLife = model.epoch === ready.epoch;
  const rooms = new Map<string, RoomModel>();
  for (const facts of ready.rooms) {
    const held = model.rooms.get(facts.id);
    rooms.set(
      facts.id,
      held ? continued(held, facts, sameLife, model.greeted.has(facts.id)) : newRoom(facts),
    );
  }
  const { user, server, session, epoch, limits } = ready;
  const persons = [user, ...ready.rooms.flatMap((r) => r.with ?? [])];
  const next: Model = {
    ...learnNow(model, persons),
    ...{ me: user, server, sessionId: session, epoch, limits, rooms, ready: true },
  };
  // A page that was under way for something dropped will not count: its place is free again.
  const before = model.rooms.get(model.screen.room ?? '');
  const after = rooms.get(model.screen.room ?? '');
  const free = before?.life !== after?.life || model.screen.fault !== null;
  if (free) next.screen = { ...next.screen, loading: 'idle', fault: null };
  if (!sameLife) next.screen = { ...next.screen, newAfter: null }; // its number means another message now
  return { model: noted(next, { do: 'carry-over', epoch }), effects: namesOnScreen(model) };
}

function continued(held: RoomModel, facts: Room, sameLife: boolean, goesOn: boolean): RoomModel {
  // Numbers of another log: neither the cursor nor the marker means anything in this one.
  if (!sameLife || held.cursor > facts.head) {
    return { ...dropped(held, facts.head), facts, tally: newTally(countOf(facts), facts.head) };
  }
  const room = goesOn ? held : dropped(held, facts.head);
  const tally = readied(room.tally, countOf(facts), room.cursor);
  return { ...room, facts, tally, phase: goesOn ? 'catching-up' : 'live', resume: null };
}

/** Names may have changed meanwhile, and their `user_updated` was missed. */
function namesOnScreen(model: Model): Effect[] {
  const rows = model.rooms.get(model.screen.room ?? '')?.window?.rows ?? [];
  const ids = [...new Set(rows.map((m) => m.by.id))].slice(-50);
  return ids.length ? [{ do: 'people', ids }] : [];
}

/** Events as they come live or while catching up: those next in line are taken in, those known are dropped, and for a gap
 * the missing ones are asked for. */
export function fromEvents(model: Model, { room: id, events }: Events): Step {
  const room = model.rooms.get(id);
  if (!room || room.phase === 'paging') return { model, effects: [] };
  const fresh = events.filter((e) => e.seq > room.cursor);
  const [next] = fresh;
  if (!next) return { model, effects: [] };
  if (next.seq > room.cursor + 1) {
    return room.phase === 'resuming' ? { model, effects: [] } : resume(model, room);
  }
  return { model: takeIn(model, room, fresh), effects: [] };
}

/** A page of the log, while far behind. */
export function fromLog(model: Model, id: string, after: Seq, page: EventPage): Step {
  const room = model.rooms.get(id);
  if (!room || room.phase !== 'paging' || room.cursor !== after || page.epoch !== model.epoch) {
    return { model, effects: [] };
  }
  const next = takeIn(
    model,
    room,
    page.events.filter((e) => e.seq > after),
  );
  const read = next.rooms.get(id) ?? room;
  const goesOn = page.has_more && read.cursor > after;
  return goesOn
    ? { model: next, effects: [{ do: 'log', room: id, after: read.cursor }] }
    : resume(next, read);
}

export function fromCaughtUp(model: Model, id: string, seq: Seq, answers: string | undefined): Step {
  const room = model.rooms.get(id);
  const expected = room?.phase === 'resuming' ? room.resume === answers : room?.phase === 'catching-up';
  if (!room || !expected) return { model, effects: [] };
  if (seq > room.cursor) return resume(model, room);
  const live: RoomModel = { ...room, phase: 'live', resume: null };
  return { model: { ...model, rooms: withEntry(model.rooms, id, live) }, effects: [] };
}

export function fromReset(model: Model, { room: id, head, reason, id: answers }: Reset): Step {
  const room = model.rooms.get(id);
  if (!room || (room.phase === 'resuming' && room.resume !== (answers ?? null)))
    return { model, effects: [] };
  const onScreen = model.screen.room === id;
  if (reason === 'far_behind' && onScreen && room.window) {
    const paging: RoomModel = { ...room, phase: 'paging', resume: null };
    const rooms = withEntry(model.rooms, id, paging);
    return { model: { ...model, rooms }, effects: [{ do: 'log', room: id, after: room.cursor }] };
  }
  const rooms = withEntry(model.rooms, id, dropped(room, head));
  const screen = onScreen ? { ...model.screen, loading: 'idle' as const, fault: null } : model.screen;
  // What happened between `ready` and this head was not counted along.
  const effects: Effect[] = head > room.tally.head || head > room.facts.head ? [{ do: 'rooms' }] : [];
  return { model: { ...model, rooms, screen }, effects };
}

/** A `resume` was refused: later, where the server says so; else the next event will show the gap again. */
export function resumeRefused(model: Model, answers: string | null, afterMs: number | undefined): Step {
  const found = [...model.rooms.values()].find((r) => r.phase === 'resuming' && r.resume === answers);
  if (!found) return { model, effects: [] };
  if (afterMs !== undefined) return resume(model, found, afterMs);
  const live: RoomModel = { ...found, phase: 'live', resume: null };
  return { model: { ...model, rooms: withEntry(model.rooms, found.facts.id, live) }, effects: [] };
}

/** Facts and counts, asked for by HTTP. */
export function refreshed(model: Model, list: readonly Room[]): Model {
  const rooms = new Map(model.rooms);
  for (const facts of list) {
    const room = rooms.get(facts.id);
    if (!room) continue; // its `room_added` will come
    const newer = facts.head >= room.facts.head ? { facts } : {};
    const tally = recount(room.tally, countOf(facts), room.cursor) ?? room.tally;
    rooms.set(facts.id, { ...room, ...newer, tally });
  }
  return { ...model, rooms };
}

function resume(model: Model, room: RoomModel, afterMs = 0): Step {
  const id = resumeId(room, room.cursor);
  const resuming: RoomModel = { ...room, phase: 'resuming', resume: id };
  const rooms = withEntry(model.rooms, room.facts.id, resuming);
  const effect: Effect = { do: 'resume', room: room.facts.id, after: room.cursor, id, afterMs };
  return { model: { ...model, rooms }, effects: [effect] };
}

function takeIn(model: Model, room: RoomModel, events: Events['events']): Model {
  if (events.length === 0) return model;
  const me = model.me.id;
  const applied = applyEvents(room, events, me);
  const readsThePast = model.screen.room === room.facts.id && !model.screen.atBottom;
  const next = { ...applied, window: bounded(applied.window, readsThePast) };
  let seen = learnFromEvents(model, events);
  for (const event of events) {
    const nonce = nonceOf(event, me);
    if (nonce !== null) seen = noted(seen, { do: 'seen', nonce, seq: event.seq });
  }
  seen = noted(seen, { do: 'settled', room: room.facts.id, cursor: next.cursor });
  return { ...seen, rooms: withEntry(seen.rooms, room.facts.id, next) };
}
