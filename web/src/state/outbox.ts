// What I have said and the log does not show yet, in the order typed. Pure: entries in, entries out.
//
// Promises: in a room one command is under way at a time, so a refusal cannot reorder what was typed. The content of what
// may have reached the server never changes. Nothing is called refused while the server may have it.
import { fault, type Fault } from '../net/http';
import type { ClientFrame, Event, Refuse, Seq } from '../protocol.gen';

export interface Entry {
  /** Also the id of its request. */
  nonce: string;
  /** Who wrote it, and in which life of the server: it is sent as them, and only there. */
  author: string;
  epoch: string | null;
  /** The page that sends it where no page can send for all (tabs.ts). */
  tab: string;
  room: string;
  command: Command;
  /** Milliseconds since 1970. */
  queuedAt: number;
  /** It may have reached the server. */
  tried: boolean;
  state: EntryState;
}
export type EntryState =
  /** `notBefore` (ms since 1970): the server asked for patience. */
  | { name: 'queued'; notBefore: number }
  | { name: 'sending' }
  /** On the server's disk as event `seq`, which has not come yet. */
  | { name: 'acked'; seq: Seq }
  | { name: 'refused'; fault: Fault };

export type Command =
  | { kind: 'post'; text: string; replyTo: Seq | null }
  | { kind: 'edit'; target: Target; text: string }
  | { kind: 'delete'; target: Target }
  | { kind: 'react' | 'unreact'; target: Target; emoji: string };
/** A message by its seq, or one that still waits here by its nonce. */
export type Target = Seq | string;

export type Outbox = readonly Entry[];

/** Takes a command in: at the end, or folded into one that was never sent. */
export function enqueue(outbox: Outbox, entry: Entry): Outbox {
  const { command } = entry;
  if (outbox.some((e) => e.nonce === entry.nonce)) return outbox;
  if (command.kind === 'post') return [...outbox, entry];
  const post = outbox.find((e) => e.command.kind === 'post' && e.nonce === command.target);
  // Refused elsewhere in this moment: what is about it shares its fate.
  if (post?.state.name === 'refused') return [...outbox, { ...entry, state: post.state }];
  if (post && isUntouched(post)) {
    if (command.kind === 'delete') return without(outbox, post.nonce).filter((e) => !isAbout(e, post.nonce));
    if (command.kind === 'edit')
      return change(outbox, (e) => e === post, {
        command: { ...post.command, text: command.text } as Command,
      });
  }
  const waiting = outbox.filter(
    (e) => isUntouched(e) && e.room === entry.room && sameTarget(e.command, command),
  );
  if (command.kind === 'edit') {
    const older = waiting.find((e) => e.command.kind === 'edit');
    if (older) return change(outbox, (e) => e === older, { command });
  }
  if (command.kind === 'react' || command.kind === 'unreact') {
    const same = waiting.find((e) => 'emoji' in e.command && e.command.emoji === command.emoji);
    if (same) return same.command.kind === command.kind ? outbox : without(outbox, same.nonce);
  }
  return [...outbox, entry];
}

/** What to send now: for each room its oldest command, unless one is under way there. `tab`: of that page's only. */
export function due(outbox: Outbox, now: number, tab: string | null = null): Entry[] {
  const taken = new Set<string>();
  const out: Entry[] = [];
  for (const entry of outbox) {
    if (taken.has(entry.room) || (tab !== null && entry.tab !== tab)) continue;
    if (entry.state.name === 'sending') taken.add(entry.room);
    if (entry.state.name !== 'queued') continue;
    taken.add(entry.room);
    if (entry.state.notBefore <= now && !awaitsTarget(entry)) out.push(entry);
  }
  return out;
}

/** When something will become due that is not yet (ms since 1970); null: nothing waits for a time. */
export function nextDue(outbox: Outbox, now: number): number | null {
  const times = outbox.flatMap((e) =>
    e.state.name === 'queued' && e.state.notBefore > now ? [e.state.notBefore] : [],
  );
  return times.length ? Math.min(...times) : null;
}

export function frameOf({ nonce, room, command }: Entry): ClientFrame {
  const base = { id: nonce, room, nonce };
  if (command.kind === 'post') {
    const post = { type: 'post' as const, ...base, text: command.text };
    return command.replyTo === null ? post : { ...post, reply_to: command.replyTo };
  }
  const seq = Number(command.target);
  if (command.kind === 'edit') return { type: 'edit', ...base, seq, text: command.text };
  if (command.kind === 'delete') return { type: 'delete', ...base, seq };
  return { type: command.kind, ...base, seq, emoji: command.emoji };
}

/** It may have reached the server from here on. */
export function sending(outbox: Outbox, nonce: string): Outbox {
  const waits = (e: Entry) => e.nonce === nonce && e.state.name === 'queued';
  return change(outbox, waits, { state: { name: 'sending' }, tried: true });
}

/** A page takes over what pages that are not there any more had to send. What was under way when a connection was lost
 * is sent again, under the same nonce. */
export function adopted(outbox: Outbox, by: string, alive: readonly string[]): Outbox {
  const orphaned = (e: Entry) => !alive.includes(e.tab) && (e.tab !== by || e.state.name === 'sending');
  if (!outbox.some(orphaned)) return outbox;
  return outbox.map((e) => {
    if (!orphaned(e)) return e;
    return e.state.name === 'sending' ? { ...e, tab: by, state: queued() } : { ...e, tab: by };
  });
}

/** On disk. What depends on it learns its number. */
export function acked(outbox: Outbox, nonce: string, seq: Seq): Outbox {
  return change(resolve(outbox, nonce, seq), (e) => e.nonce === nonce, { state: { name: 'acked', seq } });
}

/** Its own event was seen, or it stands on a page. */
export function seen(outbox: Outbox, nonce: string, seq: Seq): Outbox {
  return without(resolve(outbox, nonce, seq), nonce);
}

/** Everything of a room up to `cursor` has been seen. */
export function settled(outbox: Outbox, room: string, cursor: Seq): Outbox {
  const isDone = (e: Entry) => e.room === room && e.state.name === 'acked' && e.state.seq <= cursor;
  return outbox.some(isDone) ? outbox.filter((e) => !isDone(e)) : outbox;
}

/** The nonce of an event that answers a command of mine. */
export function nonceOf(event: Event, me: string): string | null {
  return event.by.id === me && 'nonce' in event ? event.nonce : null;
}

/** Refused: kept and tried later where the server says so, otherwise final. What waited for it goes with it. */
export function refused(outbox: Outbox, refusal: Refuse, now: number): Outbox {
  const { id, code, message, retry_after_ms } = refusal;
  if (id === null) return outbox;
  const open = (e: Entry) => e.nonce === id && e.state.name !== 'acked';
  if (retry_after_ms !== undefined) {
    return change(outbox, open, { state: { name: 'queued', notBefore: now + retry_after_ms } });
  }
  // The session ended, or this came before `hello`: nobody judged the command itself.
  if (code === 'not_signed_in' || code === 'hello_first') return change(outbox, open, { state: queued() });
  const waits = (e: Entry) =>
    e.command.kind !== 'post' && e.command.target === id && e.state.name === 'queued';
  const state = { name: 'refused', fault: fault(code, { message }) } as const;
  return change(outbox, (e) => open(e) || waits(e), { state });
}

/** I am no member of that room any more: what was never sent will not be. */
export function shutOut(outbox: Outbox, room: string): Outbox {
  const state = { name: 'refused', fault: fault('not_found') } as const;
  return change(outbox, (e) => e.room === room && isUntouched(e), { state });
}

/** Dropped, if it is certainly not on the server. */
export function discarded(outbox: Outbox, nonce: string): Outbox {
  const entry = outbox.find((e) => e.nonce === nonce);
  return entry && canDiscard(entry) ? without(outbox, nonce) : outbox;
}

/** A refused post again, at the end of what waits. Refusals are not remembered, so its nonce is still good, unless it says
 * something else now. */
export function again(
  outbox: Outbox,
  { nonce, now, rewritten }: { nonce: string; now: number; rewritten?: { text: string; nonce: string } },
): Outbox {
  const entry = outbox.find((e) => e.nonce === nonce);
  if (entry?.state.name !== 'refused') return outbox;
  const { command } = entry;
  const next: Entry = { ...entry, state: queued(), tried: false, queuedAt: now };
  if (rewritten && command.kind === 'post') {
    next.nonce = rewritten.nonce;
    next.command = { ...command, text: rewritten.text };
  }
  return [...without(outbox, nonce), next];
}

/** Only what is certainly not on the server can be dropped. */
export function canDiscard(entry: Entry): boolean {
  return entry.state.name === 'refused' || isUntouched(entry);
}

/** Another life of the server: numbers mean other messages there. Posts that answer nothing go on, the rest comes back. */
export function carryOver(outbox: Outbox, epoch: string): Outbox {
  if (outbox.every((e) => e.epoch === epoch)) return outbox;
  return outbox.map((e) => {
    if (e.epoch === null || e.epoch === epoch) return e.epoch === epoch ? e : { ...e, epoch };
    const plain = e.command.kind === 'post' && e.command.replyTo === null;
    if (!plain) return { ...e, state: { name: 'refused', fault: fault('other_epoch') } };
    return e.state.name === 'refused' ? { ...e, epoch } : { ...e, epoch, state: queued() };
  });
}

// Each of these gives the same outbox back where nothing changes.

function without(outbox: Outbox, nonce: string): Outbox {
  return outbox.some((e) => e.nonce === nonce) ? outbox.filter((e) => e.nonce !== nonce) : outbox;
}

function change(outbox: Outbox, which: (entry: Entry) => boolean, to: Partial<Entry>): Outbox {
  return outbox.some(which) ? outbox.map((e) => (which(e) ? { ...e, ...to } : e)) : outbox;
}

function resolve(outbox: Outbox, nonce: string, seq: Seq): Outbox {
  const depends = (e: Entry) => e.command.kind !== 'post' && e.command.target === nonce;
  if (!outbox.some(depends)) return outbox;
  return outbox.map((e) => (depends(e) ? { ...e, command: { ...e.command, target: seq } as Command } : e));
}

const queued = (): EntryState => ({ name: 'queued', notBefore: 0 });
const isUntouched = (e: Entry) => e.state.name === 'queued' && !e.tried;
const awaitsTarget = (e: Entry) => e.command.kind !== 'post' && typeof e.command.target === 'string';
const isAbout = (e: Entry, nonce: string) => e.command.kind !== 'post' && e.command.target === nonce;
const sameTarget = (a: Command, b: Command) =>
  a.kind !== 'post' && b.kind !== 'post' && a.target === b.target;
