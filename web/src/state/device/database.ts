// The browser's database: its layout, its opening, and what can be wrong with it. Everything here may fail at any time, in
// any browser; whoever uses it goes on without.
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Entry } from '../outbox';
import type { SavedHolder, SavedRoom, SavedWindow } from '../saved';
import type { Person } from '../../protocol.gen';

export const NAME = 'parlor';
/** A new layout is a new number and a step in `upgrade`; a page that knows only older ones says so and keeps out. */
export const VERSION = 1;
/** Opening takes milliseconds. Some browsers never answer; then the page goes on without. */
export const OPENING_MS = 3_000;

/** `holder`: whose rooms are kept. `author`: whose words wait, who may be signed out meanwhile. */
export type Meta = { key: 'holder'; value: SavedHolder } | { key: 'author'; value: string } | PeopleRecord;
type PeopleRecord = { key: 'people'; value: readonly Person[] };
/** `order` grows in the order typed. */
export interface Waiting {
  nonce: string;
  order: number;
  entry: Entry;
}
export interface Draft {
  room: string;
  text: string;
}
export interface Layout extends DBSchema {
  meta: { key: string; value: Meta };
  rooms: { key: string; value: SavedRoom };
  windows: { key: string; value: SavedWindow; indexes: { lastAt: number } };
  outbox: { key: string; value: Waiting; indexes: { order: number } };
  drafts: { key: string; value: Draft };
}
export type Database = IDBPDatabase<Layout>;
const STORES = ['meta', 'rooms', 'windows', 'outbox', 'drafts'] as const;

/** Why nothing, or less, is kept on this device. */
export type Trouble =
  /** The browser has no storage for us: a private window, a setting. */
  | 'unavailable'
  /** A newer page has been here and changed the layout. */
  | 'newer'
  /** Another tab with an older page holds the old layout. */
  | 'blocked'
  /** Something stored could not be read and was left out. */
  | 'damaged'
  | 'full';
export class StorageTrouble extends Error {
  constructor(readonly trouble: Trouble) {
    super(`storage: ${trouble}`);
  }
}

/** Opens it, laying it out if need be. `lost` is called when it is taken away later. Rejects with a StorageTrouble. */
export async function openDatabase(lost: (trouble: Trouble) => void): Promise<Database> {
  const database = await within(OPENING_MS, open(lost));
  if (STORES.every((name) => database.objectStoreNames.contains(name))) return database;
  // Half written, by whatever means: nothing can be read out of it.
  database.close();
  await within(OPENING_MS, deleteDB(NAME));
  return within(OPENING_MS, open(lost));
}

async function open(lost: (trouble: Trouble) => void): Promise<Database> {
  return openDB<Layout>(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore('meta', { keyPath: 'key' });
      database.createObjectStore('rooms', { keyPath: 'id' });
      database.createObjectStore('windows', { keyPath: 'room' }).createIndex('lastAt', 'lastAt');
      database.createObjectStore('outbox', { keyPath: 'nonce' }).createIndex('order', 'order');
      database.createObjectStore('drafts', { keyPath: 'room' });
    },
    // A page with a newer layout waits for us: better that it works than that we do.
    blocking(_, __, event) {
      (event.target as IDBDatabase).close();
      lost('newer');
    },
    terminated: () => lost('unavailable'),
  });
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, no) => {
    timer = setTimeout(() => no(new StorageTrouble('blocked')), ms);
  });
  // What is opened too late is not used, and must not stand in another page's way.
  promise.then(
    (value) => void (timer === undefined && (value as { close?: () => void } | undefined)?.close?.()),
    () => {},
  );
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    throw error instanceof StorageTrouble ? error : new StorageTrouble(troubleOf(error));
  } finally {
    clearTimeout(timer);
    timer = undefined;
  }
}

/** Which trouble an exception of the database means. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof StorageTrouble) return error.trouble;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') return 'full';
  if (name === 'VersionError') return 'newer';
  return 'unavailable';
}
