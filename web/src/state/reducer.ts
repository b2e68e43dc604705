// The one door through which anything changes what the screen believes: a plain function from what is believed and what
// has come in to what is believed now, and what is to be done about it.
//
// Promises: the same frames and pages, split, doubled or mixed in whatever way the network may, lead to the same end. An
// event is taken in once, in order; a gap is asked for and never guessed.
import { fault, type Fault } from '../net/http';
import type { Link } from '../net/messages';
import type { EventPage, Message, MessagePage, Room, Seq, ServerFrame, User } from '../protocol.gen';
import { reduceFrame } from './frames';
import { newScreen, withEntry, type Effect, type Model, type RoomModel, type Step } from './model';
import { noted, restored, type Gone, type Op } from './ops';
import type { Entry, Outbox } from './outbox';
import { learnFromPage, learnNow, strangers } from './people';
import { fromSaved, withWindows, type SavedRooms, type SavedWindow } from './saved';
import { applyPage, applyQuote, asked, leftAlone } from './room';
import { fromLog, refreshed } from './sync';
import { readAll } from './unread';
import { find, reachesBackTo, type Where } from './window';

export type Input =
  // from the wire
  | { type: 'frame'; frame: ServerFrame; now: number }
  | { type: 'link'; link: Link; now: number }
  | { type: 'rtt'; ms: number; times: readonly number[] }
  | { type: 'greeted'; rooms: readonly string[] }
  | { type: 'page'; room: string; life: number; where: Where; page: MessagePage }
  | { type: 'page-failed'; room: string; life: number; fault: Fault }
  | { type: 'quote'; room: string; life: number; seq: Seq; page: MessagePage | null }
  | { type: 'log'; room: string; after: Seq; page: EventPage }
  | { type: 'rooms'; rooms: readonly Room[] }
  | { type: 'people'; users: readonly User[] }
  | { type: 'server-named'; name: string }
  // from the screen
  | { type: 'open'; room: string | null; seq: Seq | null }
  | { type: 'want'; where: Where }
  | { type: 'jump'; seq: Seq }
  | { type: 'want-quote'; seq: Seq }
  | { type: 'reading'; atBottom?: boolean; visible?: boolean }
  | { type: 'read'; room: string }
  // the outbox, and what is stored
  | { type: 'stored'; entries: Outbox; gone: readonly Gone[]; through: number }
  /** This page sends now, for itself and for all pages that are not `alive`. */
  | { type: 'sender'; tab: string; alive: readonly string[] }
  | { type: 'queue'; entry: Entry }
  | Retyped<Extract<Op, { do: 'sending' | 'again' | 'discard' }>>
  | { type: 'restored'; saved: SavedRooms }
  | { type: 'windows'; windows: readonly SavedWindow[] }
  // time
  | { type: 'tick'; now: number };

type Retyped<O extends Op> = O extends Op ? Omit<O, 'do'> & { type: O['do'] } : never;

/** Windows that are kept of rooms which are not on screen. */
const KEPT_WINDOWS = 30;

export function reduce(model: Model, input: Input): Step {
  const step = change(model, input);
  return look(step);
}

function change(model: Model, input: Input): Step {
  switch (input.type) {
    case 'frame':
      return reduceFrame(model, input.frame, input.now);
    case 'link':
      return plain(relinked(model, input.link, input.now));
    case 'rtt':
      return plain({ ...model, rtt: input.ms, pings: input.times });
    case 'greeted':
      return plain({ ...model, greeted: new Set(input.rooms) });
    case 'page':
      return paged(model, input);
    case 'page-failed':
      return inLife(model, input, (room) => ({
        ...withRoom(model, asked(room, -1)),
        screen: idle(model, input.room, input.fault),
      }));
    case 'quote':
      return inLife(model, input, (room) => {
        const named = input.page ? learnFromPage(model, input.page.items) : model;
        return withRoom(named, applyQuote(room, input.seq, input.page, model.me.id));
      });
    case 'log':
      return fromLog(model, input.room, input.after, input.page);
    case 'rooms':
      return plain(refreshed(model, input.rooms));
    case 'people':
      return plain(learnNow(model, input.users));
    case 'server-named':
      return plain({ ...model, server: { ...model.server, name: input.name } });
    case 'open':
      return plain(opened(model, input.room, input.seq));
    case 'want':
      return want(model, input.where, null);
    case 'jump':
      return jump(model, input.seq);
    case 'want-quote':
      return wantQuote(model, input.seq);
    case 'reading': {
      const { atBottom = model.screen.atBottom, visible = model.screen.visible } = input;
      if (atBottom === model.screen.atBottom && visible === model.screen.visible) return plain(model);
      return plain({ ...model, screen: { ...model.screen, atBottom, visible } });
    }
    case 'read': {
      const room = model.rooms.get(input.room);
      return plain(room ? withRoom(model, { ...room, tally: readAll(room.tally, room.cursor) }) : model);
    }
    case 'tick':
      return plain(ticked(model, input.now));
    case 'stored':
      return plain(restored(model, input));
    case 'sender':
      return plain(noted(model, { do: 'adopt', by: input.tab, alive: input.alive }, true));
    case 'queue':
      return plain(noted(model, { do: 'enqueue', entry: input.entry }));
    case 'restored':
      return plain(fromSaved(model, input.saved));
    case 'windows':
      return plain(withWindows(model, input.windows));
    default: {
      const { type, ...rest } = input;
      return plain(noted(model, { do: type, ...rest } as Op));
    }
  }
}

function relinked(model: Model, link: Link, now: number): Model {
  if (link.state === 'live' || model.link.state === 'down') return { ...model, link };
  const rooms = new Map(model.rooms);
  for (const [id, room] of rooms) {
    rooms.set(id, { ...room, phase: 'catching-up', resume: null, typing: new Map() });
  }
  return { ...model, link, rooms, downSince: now, rtt: null, pings: [] };
}

// ── history ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function paged(model: Model, input: Extract<Input, { type: 'page' }>): Step {
  const { page, where } = input;
  if (page.epoch !== model.epoch)
    return change(model, { ...input, type: 'page-failed', fault: fault('other_epoch') });
  const step = inLife(model, input, (room) => {
    const me = model.me.id;
    let seen = learnFromPage(model, page.items);
    for (const { by, nonce, seq } of page.items)
      if (by.id === me) seen = noted(seen, { do: 'seen', nonce, seq });
    if (where === 'newest') seen = noted(seen, { do: 'settled', room: input.room, cursor: page.as_of });
    const held = applyPage(room, where, page, me);
    const next = withRoom(seen, held);
    const screen = idle(next, input.room, null);
    // Not there, although what surrounds it is: then that is shown.
    const missed = where === 'around' && screen.wanted !== null && !find(held.window, screen.wanted);
    return { ...next, screen: missed ? { ...screen, wanted: null } : screen };
  });
  const ids = strangers(step.model, page.items.flatMap(namedIn));
  return ids.length ? { model: step.model, effects: [{ do: 'people', ids }] } : step;
}

/** The ids that a message names without their names. */
function namedIn(message: Message): string[] {
  if (message.deleted) return [];
  return [...(message.mentions ?? []), ...message.reactions.flatMap((r) => r.by)];
}

/** Only if nothing was dropped since it was asked for. */
function inLife(
  model: Model,
  { room, life }: { room: string; life: number },
  then: (room: RoomModel) => Model,
): Step {
  const held = model.rooms.get(room);
  return plain(held?.life === life ? then(held) : model);
}

function idle(model: Model, room: string, why: Fault | null): Model['screen'] {
  return model.screen.room === room ? { ...model.screen, loading: 'idle', fault: why } : model.screen;
}

function want(model: Model, where: Where, around: Seq | null): Step {
  const room = onScreen(model);
  if (!room || model.screen.loading !== 'idle') return plain(model);
  const { window } = room;
  const { newAfter } = model.screen;
  if (where === 'newest' && !window && newAfter !== null) return want(model, 'around', newAfter);
  let bound = around;
  if (where === 'older') {
    if (!window?.hasOlder) return plain(model);
    bound = window.rows[0]?.seq ?? window.upTo + 1;
  } else if (where === 'newer') {
    if (!window?.hasNewer) return plain(model);
    bound = window.upTo;
  } else if (where === 'newest' && window && !window.hasNewer) {
    return plain(model);
  }
  const screen = { ...model.screen, loading: where, fault: null };
  const effect: Effect = { do: 'history', room: room.facts.id, life: room.life, where, bound };
  return { model: { ...withRoom(model, asked(room, 1)), screen }, effects: [effect] };
}

function jump(model: Model, seq: Seq): Step {
  const step = want({ ...model, screen: { ...model.screen, wanted: seq } }, 'around', seq);
  return find(onScreen(model)?.window ?? null, seq)
    ? plain({ ...model, screen: { ...model.screen, wanted: seq } })
    : step;
}

function wantQuote(model: Model, seq: Seq): Step {
  const room = onScreen(model);
  if (!room || room.quotes.has(seq) || find(room.window, seq)) return plain(model);
  const quotes = withEntry(room.quotes, seq, null);
  const effect: Effect = { do: 'quote', room: room.facts.id, life: room.life, seq };
  return { model: withRoom(model, { ...asked(room, 1), quotes }), effects: [effect] };
}

// ── the screen ──────────────────────────────────────────────────────────────────────────────────────────────────────

function opened(model: Model, id: string | null, seq: Seq | null): Model {
  const { screen } = model;
  if (id === screen.room)
    return { ...model, screen: { ...screen, wanted: seq ?? screen.wanted, fault: null } };
  const left = onScreen(model);
  let rooms = left ? withEntry(model.rooms, left.facts.id, leftAlone(left)) : model.rooms;
  const held = [...rooms.values()].filter((r) => r.window && r.asking === 0);
  if (held.length > KEPT_WINDOWS) {
    const oldest = held.reduce((a, b) => (a.lastAt <= b.lastAt ? a : b));
    rooms = withEntry(rooms, oldest.facts.id, { ...oldest, window: null });
  }
  return { ...model, rooms, screen: { ...newScreen(id), wanted: seq, visible: screen.visible } };
}

/** After every change: the room on screen gets its history, what is read counts as read, a jump that can be made is. */
function look(step: Step): Step {
  const room = onScreen(step.model);
  if (!room) return step;
  let model = step.model;
  let { screen } = model;
  const { window } = room;
  if (screen.name !== nameOf(room)) screen = { ...screen, name: nameOf(room) };
  const first = !model.screen.name;
  if (first && room.tally.unread > 0) screen = { ...screen, newAfter: room.tally.read };
  // One begins to read at the first unread message, however many there are: what does not reach back to it is let go.
  const marker = first && screen.wanted === null ? screen.newAfter : null;
  if (window && marker !== null && !reachesBackTo(window, marker) && model.link.state === 'live') {
    return look({ ...step, model: withRoom({ ...model, screen }, { ...room, window: null }) });
  }

  if (screen.wanted !== null && window && find(window, screen.wanted)) {
    screen = {
      ...screen,
      target: { seq: screen.wanted, jump: (screen.target?.jump ?? 0) + 1 },
      wanted: null,
    };
  }
  if (screen !== model.screen) model = { ...model, screen };

  const isRead = screen.atBottom && screen.visible && room.phase === 'live' && window && !window.hasNewer;
  if (isRead) {
    const tally = readAll(room.tally, room.cursor);
    if (tally !== room.tally) model = withRoom(model, { ...room, tally });
  } else if (screen.newAfter === null && room.tally.unread > 0) {
    model = { ...model, screen: { ...screen, newAfter: room.tally.read } };
  }

  const mayAsk = screen.loading === 'idle' && screen.fault === null && !model.restoring;
  const notHeld = screen.wanted !== null && !(window && find(window, screen.wanted));
  if (!mayAsk || (window && !notHeld)) return { ...step, model };
  const asking = screen.wanted === null ? want(model, 'newest', null) : want(model, 'around', screen.wanted);
  return { model: asking.model, effects: [...step.effects, ...asking.effects] };
}

function ticked(model: Model, now: number): Model {
  const rooms = new Map(model.rooms);
  let changed = false;
  for (const [id, room] of rooms) {
    const still = [...room.typing].filter(([, until]) => until > now);
    if (still.length === room.typing.size) continue;
    rooms.set(id, { ...room, typing: new Map(still) });
    changed = true;
  }
  return changed ? { ...model, rooms } : model;
}

function onScreen(model: Model): RoomModel | null {
  return (model.screen.room !== null && model.rooms.get(model.screen.room)) || null;
}

const nameOf = (room: RoomModel) => room.facts.name ?? (room.facts.with ?? []).map((p) => p.name).join(', ');
const withRoom = (model: Model, room: RoomModel): Model => ({
  ...model,
  rooms: withEntry(model.rooms, room.facts.id, room),
});
const plain = (model: Model): Step => ({ model, effects: [] });
