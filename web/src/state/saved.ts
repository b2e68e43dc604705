// What this device keeps of the rooms between two visits, made from the model and made into one again. Each room, and each
// stretch of messages, carries the cursor up to which it holds: what came later is asked for from there.
import type { Message, Person, Room, Seq, User } from '../protocol.gen';
import { withEntry, type Model, type RoomModel } from './model';
import { newRoom } from './room';
import { newTally, type Count } from './unread';
import { trim } from './window';

/** Whose it is, and of which life of the server. */
export interface SavedHolder {
  user: User;
  server: { name: string; version: string };
  epoch: string;
}
export interface SavedRoom {
  id: string;
  facts: Room;
  count: Count;
  /** My marker as the server is known to have it. */
  saved: Seq;
  cursor: Seq;
  lastAt: number;
}
/** The newest messages of a room. */
export interface SavedWindow {
  room: string;
  rows: readonly Message[];
  upTo: Seq;
  hasOlder: boolean;
  cursor: Seq;
  /** The server's time of the room's newest event: what was quiet longest is let go first. */
  lastAt: number;
}
export interface SavedRooms {
  holder: SavedHolder;
  rooms: readonly SavedRoom[];
  people: readonly Person[];
  /** Those that are there at once; the others follow with `withWindows`. */
  windows: readonly SavedWindow[];
}

/** Rooms whose messages are kept, and people whose names are. Beyond them, the network is needed. */
export const SAVED_WINDOWS = 50;
export const SAVED_PEOPLE = 2_000;

// ── from the model ──────────────────────────────────────────────────────────────────────────────────────────────────

export function holderOf({ me, server, epoch }: Model): SavedHolder | null {
  return epoch === null ? null : { user: me, server, epoch };
}

export function savedRoom({ facts, tally, cursor, lastAt }: RoomModel): SavedRoom {
  const { read, head, unread, mentions, saved } = tally;
  return { id: facts.id, facts, count: { read, head, unread, mentions }, saved, cursor, lastAt };
}

/** Null where the newest messages are not held: then what was kept of them before still holds up to its cursor. */
export function savedWindow({ facts, window, cursor, lastAt }: RoomModel): SavedWindow | null {
  const newest = window && !window.hasNewer ? trim(window) : null;
  if (!newest) return null;
  const { rows, upTo, hasOlder } = newest;
  return { room: facts.id, rows, upTo, hasOlder, cursor, lastAt };
}

/** Two pages write the same place: the one that knows more of the log wins, and what was read on either is read. */
export function laterRoom(there: SavedRoom | undefined, mine: SavedRoom): SavedRoom {
  if (!there) return mine;
  const [later, other] = there.cursor > mine.cursor ? [there, mine] : [mine, there];
  const { read } = other.count;
  const saved = Math.max(later.saved, other.saved);
  if (read <= later.count.read) return { ...later, saved };
  const none = read >= later.cursor ? { unread: 0, mentions: 0 } : {};
  return { ...later, saved, count: { ...later.count, ...none, read } };
}

// ── into the model ──────────────────────────────────────────────────────────────────────────────────────────────────

export function fromSaved(model: Model, { holder, rooms, people, windows }: SavedRooms): Model {
  const held = new Map<string, RoomModel>(rooms.map((room) => [room.id, roomOf(room)]));
  const named = new Map(model.people);
  for (const person of people) if (!named.has(person.id)) named.set(person.id, person);
  const next: Model = { ...model, server: holder.server, epoch: holder.epoch, rooms: held, people: named };
  return { ...laid(next, windows), restoring: true };
}

export function withWindows(model: Model, windows: readonly SavedWindow[]): Model {
  return { ...laid(model, windows), restoring: false };
}

function laid(model: Model, windows: readonly SavedWindow[]): Model {
  return windows.reduce((next, { room: id, rows, upTo, hasOlder, cursor }) => {
    const room = next.rooms.get(id);
    if (!room || room.window) return next;
    const window = { rows, upTo, hasOlder, hasNewer: false };
    return { ...next, rooms: withEntry(next.rooms, id, { ...room, window, cursor }) };
  }, model);
}

function roomOf({ facts, count, saved, cursor, lastAt }: SavedRoom): RoomModel {
  const tally = { ...newTally(count, cursor), saved };
  return { ...newRoom(facts), tally, cursor, lastAt, phase: 'catching-up' };
}

// ── what is read back may be damaged ────────────────────────────────────────────────────────────────────────────────

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null;
const isSeq = (x: unknown): x is Seq => Number.isSafeInteger(x) && (x as number) >= 0;

export function isHolder(x: unknown): x is SavedHolder {
  return isObject(x) && isUser(x.user) && isObject(x.server) && typeof x.epoch === 'string';
}

export function isSavedRoom(x: unknown): x is SavedRoom {
  if (!isObject(x) || !isObject(x.facts) || !isObject(x.count)) return false;
  const { facts, count } = x;
  const named = typeof x.id === 'string' && facts.id === x.id && typeof facts.topic === 'string';
  const counted = [count.read, count.head, count.unread, count.mentions, facts.head, x.cursor, x.saved];
  return named && counted.every(isSeq) && isKnownKind(facts);
}

export function isSavedWindow(x: unknown): x is SavedWindow {
  if (!isObject(x) || typeof x.room !== 'string' || !isSeq(x.upTo) || !isSeq(x.cursor)) return false;
  return Array.isArray(x.rows) && x.rows.every(isMessage);
}

export function isUser(x: unknown): x is User {
  return isObject(x) && [x.id, x.username, x.name].every((part) => typeof part === 'string');
}

function isMessage(x: unknown): x is Message {
  if (!isObject(x) || !isSeq(x.seq) || !isSeq(x.rev) || !isUser(x.by)) return false;
  return x.deleted === true || (typeof x.text === 'string' && Array.isArray(x.reactions));
}

function isKnownKind({ kind, name, with: others }: Record<string, unknown>): boolean {
  if (kind === 'direct') return Array.isArray(others) && others.every(isUser);
  return typeof kind === 'string' && typeof name === 'string';
}
