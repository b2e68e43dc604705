// What is believed: the whole of it, as one plain value that is replaced and never changed in place. Only reducer.ts
// makes a new one. The screen sees it through view.ts.
import type { Fault } from '../net/http';
import type { Link } from '../net/messages';
import type { Event, Limits, Message, Person, Room, Seq, User } from '../protocol.gen';
import type { Call, Timeline } from './contract';
import type { Op } from './ops';
import type { Entry } from './outbox';
import type { Tally } from './unread';
import type { Where } from './window';

export interface Model {
  me: User;
  server: { name: string; version: string };
  sessionId: string | null;
  epoch: string | null;
  limits: Limits | null;
  /** The rooms that the last `hello` named: their events come from their cursors on. */
  greeted: ReadonlySet<string>;
  /** The rooms of the server are known (since the first `ready`). */
  ready: boolean;
  /** What this device keeps of the rooms is being read: nothing is asked of the server for them yet. */
  restoring: boolean;
  link: Link;
  /** When the link went down, ms since 1970. */
  downSince: number;
  rtt: number | null;
  /** Milliseconds of the last minute's pings, oldest first. */
  pings: readonly number[];
  rooms: ReadonlyMap<string, RoomModel>;
  /** Everybody heard of, as they are called now. */
  people: ReadonlyMap<string, Person>;
  /** The server's time of the newest name heard of each. */
  heard: ReadonlyMap<string, number>;
  /** The newest of the server's times seen. */
  newest: number;
  /** My commands that are not in the log yet, in the order typed. */
  outbox: readonly Entry[];
  /** What happened to the outbox here and is not known to be stored yet; before it, `stored` ops were. */
  unstored: readonly Op[];
  stored: number;
  screen: Screen;
}

/** What the main pane shows, as far as it is not the room's own state. */
export interface Screen {
  room: string | null;
  /** The name of the room on screen, kept for when it is gone. */
  name: string;
  loading: Timeline['loading'];
  fault: Fault | null;
  newAfter: Seq | null;
  target: { seq: Seq; jump: number } | null;
  /** A message to jump to as soon as it is held. */
  wanted: Seq | null;
  atBottom: boolean;
  visible: boolean;
}

export interface RoomModel {
  /** Name, topic, members and so on; they hold up to `facts.head`. */
  facts: Room;
  tally: Tally;
  /** Everything up to it has been taken in. */
  cursor: Seq;
  phase: Phase;
  /** The seq of the newest event seen that changed who is in it, or as what. */
  roster: Seq;
  /** The id of the `resume` under way. */
  resume: string | null;
  /** The stretch of history held; null: none yet, or dropped. */
  window: Window | null;
  /** Messages outside the window that replies quote; null: cannot be had. */
  quotes: ReadonlyMap<Seq, Message | null>;
  /** Pages of history that were asked for. While there are any, events are kept to bring them up to date. */
  asking: number;
  kept: readonly Event[];
  /** Counts how often what was held has been dropped: a page asked for before that is of no use. */
  life: number;
  /** Who is typing, until when (ms since 1970). */
  typing: ReadonlyMap<string, number>;
  /** The server's time of its newest event seen; 0 before any. */
  lastAt: number;
  /** The newest post seen to come that calls for me, read or not. */
  call: Call | null;
}

/** `live`: events come in order. `catching-up`: a `hello` is being answered, `resuming`: a `resume`. `paging`: the log is
 * read by HTTP, and what comes live meanwhile is dropped. */
export type Phase = 'live' | 'catching-up' | 'resuming' | 'paging';

export interface Window {
  /** Ascending and without holes. */
  rows: readonly Message[];
  /** Posts up to it are in `rows`, or older than all of them (or, with `hasNewer`, not loaded). */
  upTo: Seq;
  hasOlder: boolean;
  hasNewer: boolean;
}

/** What the reducer wants done. `life` comes back with the answer. */
export type Effect =
  | { do: 'resume'; room: string; after: Seq; id: string; afterMs: number }
  /** Read the log by HTTP. */
  | { do: 'log'; room: string; after: Seq }
  /** Read a page of history; `bound` is the seq it lies before, after or around. */
  | { do: 'history'; room: string; life: number; where: Where; bound: Seq | null }
  | { do: 'quote'; room: string; life: number; seq: Seq }
  /** Facts and counts of rooms can be had from the server only. */
  | { do: 'rooms' }
  | { do: 'people'; ids: readonly string[] };

export interface Step {
  model: Model;
  effects: readonly Effect[];
}

export const milliseconds = (time: string): number => Date.parse(time) || 0;

export function newModel(me: User, server: { name: string; version: string }, now: number): Model {
  return {
    me,
    server,
    sessionId: null,
    epoch: null,
    limits: null,
    greeted: new Set(),
    ready: false,
    restoring: false,
    link: { state: 'down', unreachable: false, nextTryAt: null },
    downSince: now,
    rtt: null,
    pings: [],
    rooms: new Map(),
    people: new Map([[me.id, personOf(me)]]),
    heard: new Map(),
    newest: 0,
    outbox: [],
    unstored: [],
    stored: 0,
    screen: newScreen(null),
  };
}

export function newScreen(room: string | null, name = ''): Screen {
  return {
    room,
    name,
    loading: 'idle',
    fault: null,
    newAfter: null,
    target: null,
    wanted: null,
    atBottom: false,
    visible: true,
  };
}

export const personOf = ({ id, username, name }: Person): Person => ({ id, username, name });

/** A copy of a map with one entry more, or another. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
