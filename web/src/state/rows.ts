// The rows of a timeline: messages of the log with what of mine is on its way laid over them, then my own posts that are
// not in the log yet. A row that did not change stays the same object, so a screen of thousands redraws one.
import type { LiveMessage, Message, Person, Reaction, Seq } from '../protocol.gen';
import type { Delivery, Quote, ReactionItem, Row } from './contract';
import { milliseconds, type Model, type RoomModel } from './model';
import type { Entry } from './outbox';
import { find } from './window';

/** All that a row depends on; compared piece by piece. */
interface Sources {
  subject: Message | Entry;
  /** Those it names, as they are called now: its author first. */
  persons: readonly (Person | undefined)[];
  quoted: Message | null | undefined;
  rights: Rights;
  overlays: readonly Entry[];
}
interface Made {
  from: Sources;
  row: Row;
}
type Rights = 'none' | 'author' | 'author-and-owner';

const NONE: readonly Entry[] = [];

export class RowMaker {
  #made = new Map<string, Made>();
  #rows: readonly Row[] = [];
  #room = '';

  /** The rows of a room, the same array where nothing changed. */
  rowsOf(model: Model, room: RoomModel): readonly Row[] {
    if (this.#room !== room.facts.id) this.#made.clear();
    this.#room = room.facts.id;
    const mine = model.outbox.filter((e) => e.room === room.facts.id);
    const overlays = overlaysOf(mine);
    const rights = rightsIn(model, room);
    const made = new Map<string, Made>();
    const make = (key: string, from: Sources) => {
      const old = this.#made.get(key);
      made.set(key, old && same(old.from, from) ? old : { from, row: rowOf(key, from, model) });
    };
    for (const message of room.window?.rows ?? []) {
      const quoted =
        message.deleted || message.reply_to === undefined ? undefined : quotedIn(room, message.reply_to);
      const over = overlays.get(message.seq) ?? NONE;
      make(keyOf(message.by.id, message.nonce), {
        subject: message,
        persons: namedBy(message, quoted, model.people),
        quoted,
        rights,
        overlays: over,
      });
    }
    for (const entry of mine) {
      if (entry.command.kind !== 'post') continue;
      const { replyTo } = entry.command;
      const quoted = replyTo === null ? undefined : quotedIn(room, replyTo);
      const over = overlays.get(entry.nonce) ?? NONE;
      const key = keyOf(entry.author, entry.nonce);
      const persons = [model.people.get(model.me.id), quoted ? model.people.get(quoted.by.id) : undefined];
      if (!made.has(key)) make(key, { subject: entry, persons, quoted, rights, overlays: over });
    }
    this.#made = made;
    const rows = [...made.values()].map((m) => m.row);
    if (rows.length !== this.#rows.length || rows.some((row, i) => row !== this.#rows[i])) this.#rows = rows;
    return this.#rows;
  }
}

/** A message is known by its author's nonce from the moment it is typed. */
export const keyOf = (author: string, nonce: string) => `${author}/${nonce}`;

function same(a: Sources, b: Sources): boolean {
  if (a.subject !== b.subject || a.quoted !== b.quoted || a.rights !== b.rights) return false;
  return sameList(a.persons, b.persons) && sameList(a.overlays, b.overlays);
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function namedBy(message: Message, quoted: Message | null | undefined, people: Model['people']) {
  const persons = [people.get(message.by.id)];
  if (quoted) persons.push(people.get(quoted.by.id));
  if (message.deleted) return persons;
  for (const id of message.mentions ?? []) persons.push(people.get(id));
  for (const { by } of message.reactions) for (const id of by) persons.push(people.get(id));
  return persons;
}

function overlaysOf(entries: readonly Entry[]): Map<Seq | string, Entry[]> {
  const overlays = new Map<Seq | string, Entry[]>();
  for (const entry of entries) {
    if (entry.command.kind === 'post' || entry.state.name === 'refused') continue;
    const { target } = entry.command;
    overlays.set(target, [...(overlays.get(target) ?? []), entry]);
  }
  return overlays;
}

function rightsIn({ me }: Model, { facts }: RoomModel): Rights {
  if (facts.archived) return 'none';
  const looksAfter = facts.kind === 'open' && me.role !== 'member';
  return facts.role === 'owner' || looksAfter ? 'author-and-owner' : 'author';
}

function quotedIn(room: RoomModel, seq: Seq): Message | null {
  return find(room.window, seq) ?? room.quotes.get(seq) ?? null;
}

function rowOf(key: string, from: Sources, model: Model): Row {
  const { subject } = from;
  return 'command' in subject ? waitingRow(key, subject, from, model) : messageRow(key, subject, from, model);
}

function messageRow(key: string, message: Message, from: Sources, model: Model): Row {
  const by = called(message.by, model.people);
  const mine = by.id === model.me.id;
  const may = from.rights !== 'none' && !message.deleted;
  const blank = message.deleted ? null : message;
  const row: Row = {
    key,
    seq: message.seq,
    at: milliseconds(message.at),
    by,
    mine,
    canEdit: may && mine,
    canDelete: may && (mine || from.rights === 'author-and-owner'),
    delivery: { state: 'delivered' },
    text: blank ? blank.text : null,
    editedAt: blank?.edited_at === undefined ? null : milliseconds(blank.edited_at),
    mentionsMe: blank?.mentions?.includes(model.me.id) ?? false,
    mentions: (blank?.mentions ?? []).flatMap((id) => model.people.get(id) ?? []),
    reply: blank?.reply_to === undefined ? null : quoteOf(blank.reply_to, from.quoted, model.people),
    reactions: (blank?.reactions ?? []).map((r) => ({
      ...r,
      names: namesOf(r, model.people),
      pending: false,
    })),
    change: null,
  };
  return blank ? laidOver(row, from.overlays, model) : row;
}

function waitingRow(key: string, entry: Entry, from: Sources, model: Model): Row {
  const post = entry.command.kind === 'post' ? entry.command : { text: '', replyTo: null };
  const row: Row = {
    key,
    seq: entry.state.name === 'acked' ? entry.state.seq : null,
    at: entry.queuedAt,
    by: called(model.me, model.people),
    mine: true,
    canEdit: true,
    canDelete: true,
    delivery: deliveryOf(entry),
    text: post.text,
    editedAt: null,
    mentionsMe: false,
    mentions: [],
    reply: post.replyTo === null ? null : quoteOf(post.replyTo, from.quoted, model.people),
    reactions: [],
    change: null,
  };
  return laidOver(row, from.overlays, model);
}

function deliveryOf({ state, queuedAt }: Entry): Delivery {
  if (state.name === 'acked') return { state: 'sent' };
  if (state.name === 'refused') return { state: 'refused', fault: state.fault };
  return { state: 'pending', since: queuedAt };
}

function laidOver(row: Row, overlays: readonly Entry[], model: Model): Row {
  return overlays.reduce((under, { command }) => {
    switch (command.kind) {
      case 'edit':
        return { ...under, text: command.text, change: 'editing' as const };
      case 'delete':
        return { ...under, change: 'deleting' as const };
      case 'react':
      case 'unreact':
        return {
          ...under,
          reactions: reacted(under.reactions, command.emoji, command.kind === 'react', model),
        };
      default:
        return under;
    }
  }, row);
}

function reacted(
  reactions: readonly ReactionItem[],
  emoji: string,
  on: boolean,
  { me }: Model,
): ReactionItem[] {
  const found = reactions.find((r) => r.emoji === emoji);
  if (!found) {
    return on
      ? [...reactions, { emoji, count: 1, by: [me.id], mine: true, names: [me.name], pending: true }]
      : [...reactions];
  }
  return reactions.flatMap((r) => {
    if (r !== found || r.mine === on) return [r];
    if (!on && r.count <= 1) return [];
    const by = on ? [...r.by, me.id] : r.by.filter((id) => id !== me.id);
    const names = on ? [...r.names, me.name] : r.names.filter((name) => name !== me.name);
    return [{ emoji, count: r.count + (on ? 1 : -1), by, mine: on, names, pending: true }];
  });
}

function quoteOf(seq: Seq, quoted: Message | null | undefined, people: Model['people']): Quote {
  if (!quoted) return { seq, by: null, text: null, deleted: false };
  const by = called(quoted.by, people);
  if (quoted.deleted) return { seq, by, text: null, deleted: true };
  return { seq, by, text: (quoted satisfies LiveMessage).text, deleted: false };
}

function called(person: Person, people: Model['people']): Person {
  return people.get(person.id) ?? person;
}

function namesOf(reaction: Reaction, people: Model['people']): string[] {
  return reaction.by.flatMap((id) => people.get(id)?.name ?? []);
}
