// What each frame of the server means. Types that are not known are passed over, as the wire asks.
import type { Ack, ReadSignal, Refuse, Room, RoomRemoved, ServerFrame, User } from '../protocol.gen';
import { withEntry, withoutEntry, type Effect, type Model, type Step } from './model';
import { noted } from './ops';
import { learnNow, strangers } from './people';
import { countOf, dropped, newRoom } from './room';
import { fromCaughtUp, fromEvents, fromReady, fromReset, resumeRefused } from './sync';
import { newTally, signalled } from './unread';

/** How long a typing signal is shown. */
export const TYPING_MS = 6_000;
/** The id of a `read` request begins so; the room follows. */
export const READ_ID = 'read ';

export function reduceFrame(model: Model, frame: ServerFrame, now: number): Step {
  switch (frame.type) {
    case 'ready':
      return fromReady(model, frame);
    case 'events':
      return fromEvents(model, frame);
    case 'caught_up':
      return fromCaughtUp(model, frame.room, frame.seq, frame.id);
    case 'reset':
      return fromReset(model, frame);
    case 'ack':
      return plain(fromAck(model, frame));
    case 'refuse':
      return fromRefuse(model, frame, now);
    case 'room_added':
      return plain(added(model, frame.room));
    case 'room_removed':
      return plain(removed(model, frame));
    case 'user_updated':
      return plain(renamed(model, frame.user));
    case 'signal':
      if (frame.kind === 'read') return fromRead(model, frame);
      if (frame.kind === 'typing') return fromTyping(model, frame.room, frame.user, now);
      return plain(model);
    default:
      return plain(model);
  }
}

function fromAck(model: Model, { id, room: roomId, seq }: Ack): Model {
  const room = model.rooms.get(roomId);
  if (id.startsWith(READ_ID)) {
    if (!room) return model;
    const tally = { ...room.tally, saved: Math.max(room.tally.saved, seq) };
    return { ...model, rooms: withEntry(model.rooms, roomId, { ...room, tally }) };
  }
  const acked = noted(model, { do: 'acked', nonce: id, seq });
  // Where I am no member any more, nobody will show me the event.
  return noted(acked, { do: 'settled', room: roomId, cursor: room ? room.cursor : Infinity });
}

function fromRefuse(model: Model, frame: Refuse, now: number): Step {
  const entry = model.outbox.find((e) => e.nonce === frame.id);
  if (!entry) return resumeRefused(model, frame.id, frame.retry_after_ms);
  return plain(noted(model, { do: 'refused', refusal: frame, now }));
}

function added(model: Model, facts: Room): Model {
  const held = model.rooms.get(facts.id);
  const begun = newRoom(facts);
  const room = held
    ? { ...dropped(held, facts.head), facts, tally: newTally(countOf(facts), facts.head) }
    : begun;
  const onScreen = model.screen.room === facts.id;
  const screen = onScreen ? { ...model.screen, loading: 'idle' as const, fault: null } : model.screen;
  const named = learnNow(model, facts.with ?? []);
  return { ...named, screen, rooms: withEntry(model.rooms, facts.id, room) };
}

function removed(model: Model, { room: id }: RoomRemoved): Model {
  const onScreen = model.screen.room === id;
  const screen = onScreen ? { ...model.screen, loading: 'idle' as const, fault: null } : model.screen;
  return noted({ ...model, screen, rooms: withoutEntry(model.rooms, id) }, { do: 'shut-out', room: id });
}

function renamed(model: Model, user: User): Model {
  const me = user.id === model.me.id ? { me: user } : {};
  return { ...learnNow(model, [user]), ...me };
}

function fromRead(model: Model, signal: ReadSignal): Step {
  const room = model.rooms.get(signal.room);
  if (!room) return plain(model);
  const { seq: read, head, unread, mentions } = signal;
  const tally = signalled(room.tally, { read, head, unread, mentions }, room.cursor);
  if (!tally) return { model, effects: [{ do: 'rooms' }] };
  return plain({ ...model, rooms: withEntry(model.rooms, signal.room, { ...room, tally }) });
}

function fromTyping(model: Model, roomId: string, user: string, now: number): Step {
  const room = model.rooms.get(roomId);
  if (!room || user === model.me.id) return plain(model);
  const typing = withEntry(room.typing, user, now + TYPING_MS);
  const ids = strangers(model, [user]);
  const effects: Effect[] = ids.length ? [{ do: 'people', ids }] : [];
  return { model: { ...model, rooms: withEntry(model.rooms, roomId, { ...room, typing }) }, effects };
}

const plain = (model: Model): Step => ({ model, effects: [] });
