// What is believed, as the screen sees it (contract.ts). Parts that did not change stay the same objects.
import type { Person } from '../protocol.gen';
import type { ConnectionState, CurrentRoom, Notice, RoomItem, SessionState, Timeline } from './contract';
import type { Model, RoomModel } from './model';
import { RowMaker } from './rows';

export interface View {
  session: SessionState;
  connection: ConnectionState;
  rooms: readonly RoomItem[];
  current: CurrentRoom | null;
  notices: readonly Notice[];
  unsent: number;
}

/** Rooms sort as people sort them: 2 before 10, é beside e. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export class Viewer {
  #last: View | null = null;
  #items = new Map<string, RoomItem>();
  readonly #rows = new RowMaker();

  view(model: Model): View {
    const last = this.#last;
    const rooms = this.#roomsOf(model);
    const next: View = {
      session: keep(last?.session, sessionOf(model)),
      connection: keep(last?.connection, connectionOf(model)),
      rooms: keepList(last?.rooms, rooms),
      current: this.#currentOf(model, last?.current ?? null),
      notices: keepList(last?.notices, noticesOf(model)),
      unsent: model.outbox.filter((e) => e.state.name !== 'acked').length,
    };
    this.#last = next;
    return next;
  }

  #roomsOf(model: Model): RoomItem[] {
    const posts = model.outbox.filter((e) => e.command.kind === 'post');
    const items = new Map<string, RoomItem>();
    for (const [id, room] of model.rooms) {
      const mine = posts.filter((e) => e.room === id);
      const refused = mine.filter((e) => e.state.name === 'refused').length;
      const waiting = mine.filter((e) => e.state.name === 'queued' || e.state.name === 'sending').length;
      items.set(id, keep(this.#items.get(id), itemOf(model, room, waiting, refused)));
    }
    this.#items = items;
    const recent = (item: RoomItem) =>
      item.kind === 'direct' ? (model.rooms.get(item.id)?.lastAt ?? 0) : -1;
    const rank = (item: RoomItem) => (item.kind === 'direct' ? 1 : 0);
    return [...items.values()].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        recent(b) - recent(a) ||
        collator.compare(a.name, b.name) ||
        (a.id < b.id ? -1 : 1),
    );
  }

  #currentOf(model: Model, last: CurrentRoom | null): CurrentRoom | null {
    const { screen } = model;
    const id = screen.room;
    if (id === null) return null;
    const room = model.rooms.get(id);
    const item = this.#items.get(id);
    if (room && item) {
      const before = last?.state === 'open' && last.id === id ? last : null;
      const timeline = keep(before?.timeline, this.#timelineOf(model, room));
      const typing = keepList(before?.typing, typingIn(model, room));
      const open: CurrentRoom = { state: 'open', id, room: item, timeline, typing };
      return keep<CurrentRoom>(before ?? undefined, open);
    }
    const missing: CurrentRoom = !model.ready
      ? { state: 'loading', id }
      : screen.name
        ? { state: 'gone', id, name: screen.name }
        : { state: 'not-found', id };
    return keep(last ?? undefined, missing);
  }

  #timelineOf(model: Model, room: RoomModel): Timeline {
    const { loading, fault, newAfter, target } = model.screen;
    const { window } = room;
    return {
      rows: this.#rows.rowsOf(model, room),
      loading,
      fault,
      loaded: window !== null,
      hasOlder: window?.hasOlder ?? false,
      hasNewer: window?.hasNewer ?? false,
      newAfter,
      target,
    };
  }
}

/** What was refused and has no row to stand in: all but posts, and posts into a room that I am not in any more. */
export function noticesOf({ outbox, ready, rooms }: Model): readonly Notice[] {
  return outbox.flatMap(({ nonce, room, command, state }): Notice[] => {
    if (state.name !== 'refused') return [];
    if (command.kind === 'post' && (!ready || rooms.has(room))) return [];
    const text = 'text' in command ? command.text : null;
    return [{ id: nonce, what: command.kind, room, fault: state.fault, text }];
  });
}

function sessionOf({ me, server, sessionId, epoch, ready, rooms }: Model): SessionState {
  return { state: 'signed-in', me, server, sessionId, epoch, ready: ready || rooms.size > 0 };
}

function connectionOf({ link, rtt, pings, ready, downSince }: Model): ConnectionState {
  if (link.state === 'live') return { state: 'live', ms: rtt, pings };
  const state = link.unreachable ? 'offline' : ready ? 'reconnecting' : 'connecting';
  return { state, since: downSince, nextTryAt: link.nextTryAt };
}

function itemOf(model: Model, room: RoomModel, waiting: number, refused: number): RoomItem {
  const { facts, tally } = room;
  const others = (facts.with ?? []).map((p): Person => model.people.get(p.id) ?? p);
  return {
    id: facts.id,
    kind: facts.kind,
    name: facts.name ?? others.map((p) => p.name).join(', '),
    topic: facts.topic,
    archived: facts.archived,
    memberCount: facts.member_count,
    roster: room.roster,
    role: facts.role ?? 'member',
    with: others,
    unread: tally.unread,
    mentions: tally.mentions,
    call: room.call && room.call.seq > tally.read ? room.call : null,
    waiting,
    refused,
  };
}

function typingIn(model: Model, room: RoomModel): Person[] {
  return [...room.typing.keys()].flatMap((id) => model.people.get(id) ?? []);
}

/** The old object where all its fields are the same (lists of the same things count as the same). */
function keep<T extends object>(last: T | undefined, next: T): T {
  if (!last) return next;
  const a = last as Record<string, unknown>;
  const b = next as Record<string, unknown>;
  const keys = Object.keys(b);
  if (Object.keys(a).length !== keys.length) return next;
  return keys.every((key) => a[key] === b[key] || sameList(a[key], b[key])) ? last : next;
}

function keepList<T>(last: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  return last && sameList(last, next) ? last : next;
}

function sameList(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => x === b[i]);
}
