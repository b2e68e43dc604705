// The outbox as it stands in the database: a record each, numbered in the order typed.
import { fault } from '../../net/http';
import type { Command, Entry, Outbox } from '../outbox';
import type { Waiting } from './database';

/** The store, in a transaction that writes where something is written. */
interface Store {
  getAll(): Promise<Waiting[]>;
  put?: ((record: Waiting) => Promise<unknown>) | undefined;
  delete?: ((nonce: string) => Promise<unknown>) | undefined;
}

/** What this person's records say. One that makes no sense any more but still holds a text comes back as refused, so that
 * its text can be had; one without is dropped. */
export async function readOutbox(
  store: Store,
  author: string,
): Promise<{ waiting: readonly Waiting[]; damaged: boolean; rotten: readonly string[] }> {
  const records = await store.getAll();
  const all = records.map((record) => mended(record, author));
  const waiting = all.filter((w) => w !== null).filter((w) => w.entry.author === author);
  waiting.sort((a, b) => a.order - b.order);
  const rotten = records.flatMap((record, i) => (all[i] === null ? [record.nonce] : []));
  return { waiting, damaged: all.some((w, i) => w !== records[i]), rotten };
}

/** Writes what is different now: `outbox` came of `waiting`. */
export async function writeOutbox(
  store: Store,
  waiting: readonly Waiting[],
  outbox: Outbox,
  rotten: readonly string[],
): Promise<void> {
  const before = new Map(waiting.map((w) => [w.nonce, w]));
  let last = 0;
  for (const entry of outbox) {
    const known = before.get(entry.nonce);
    before.delete(entry.nonce);
    // What was put at the end again gets a number at the end.
    const keeps = known !== undefined && known.order > last;
    const order = keeps ? known.order : Math.max(last, ...waiting.map((w) => w.order)) + 1;
    last = order;
    if (known?.entry === entry && keeps) continue;
    await store.put?.({ nonce: entry.nonce, order, entry });
  }
  for (const nonce of [...before.keys(), ...rotten]) await store.delete?.(nonce);
}

function mended(record: unknown, author: string): Waiting | null {
  if (typeof record !== 'object' || record === null) return null;
  const { nonce, order, entry } = record as Partial<Waiting>;
  if (typeof nonce !== 'string' || typeof order !== 'number') return null;
  if (isEntry(entry) && entry.nonce === nonce) return record as Waiting;
  const { room, command } = (entry ?? {}) as { room?: unknown; command?: { text?: unknown } };
  if (typeof room !== 'string' || typeof command?.text !== 'string') return null;
  return {
    nonce,
    order,
    entry: {
      ...{ nonce, author, epoch: null, tab: '', room, queuedAt: 0, tried: false },
      command: { kind: 'post', text: command.text, replyTo: null },
      state: { name: 'refused', fault: fault('damaged') },
    },
  };
}

const KINDS: readonly unknown[] = ['post', 'edit', 'delete', 'react', 'unreact'] satisfies Command['kind'][];
const STATES: readonly unknown[] = [
  'queued',
  'sending',
  'acked',
  'refused',
] satisfies Entry['state']['name'][];

function isEntry(x: unknown): x is Entry {
  if (typeof x !== 'object' || x === null) return false;
  const { nonce, author, tab, room, command, state, queuedAt, tried } = x as Record<string, unknown>;
  if (![nonce, author, tab, room].every((part) => typeof part === 'string')) return false;
  if (typeof queuedAt !== 'number' || typeof tried !== 'boolean') return false;
  const { kind, text, target, emoji } = (command ?? {}) as Record<string, unknown>;
  if (!KINDS.includes(kind) || !STATES.includes((state as { name?: unknown } | null)?.name)) return false;
  if ((kind === 'post' || kind === 'edit') && typeof text !== 'string') return false;
  if ((kind === 'react' || kind === 'unreact') && typeof emoji !== 'string') return false;
  return kind === 'post' || typeof target === 'string' || typeof target === 'number';
}
