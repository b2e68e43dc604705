// What is kept on this device, whatever the browser allows of it. Nothing here rejects: where the database cannot be had,
// or fails on the way, the page is told why (once), goes on with its memory, and says so.
//
// Promises: what waits to be sent reaches the disk before it is sent. What belongs to somebody else is wiped before
// anything of this person is written.
import type { Person, User } from '../../protocol.gen';
import { applyOps, type Op } from '../ops';
import { MemoryOutbox, type Applied, type OutboxStore } from '../outbox-store';
import {
  isHolder,
  isSavedRoom,
  isSavedWindow,
  isUser,
  laterRoom,
  SAVED_WINDOWS,
  type SavedHolder,
  type SavedRoom,
  type SavedRooms,
  type SavedWindow,
} from '../saved';
import { openDatabase, troubleOf, type Database, type Trouble } from './database';
import { dropSpilled, spill, spillDrafts, takeSpilled, takeSpilledDrafts } from './spill';
import { readOutbox, writeOutbox } from './waiting';

/** What has changed since it was last saved. */
export interface Changes {
  holder: SavedHolder;
  rooms: readonly SavedRoom[];
  windows: readonly SavedWindow[];
  removed: readonly string[];
  people: readonly Person[] | null;
}
export interface Device extends OutboxStore {
  /** Who was signed in here last and may be shown what is kept; `room` is the one whose messages come along. */
  restore(room: string | null): Promise<SavedRooms | null>;
  /** The kept messages of all rooms. */
  windows(): Promise<readonly SavedWindow[]>;
  save(changes: Changes): Promise<void>;
  /** This person is signed in now: what is kept of anybody else goes. */
  enter(user: User): Promise<void>;
  /** `rooms`: signed out against one's will: what waits and what is half written stays, hidden, for the same person. */
  forget(what: 'rooms' | 'all'): Promise<void>;
  drafts(): Promise<ReadonlyMap<string, string>>;
  saveDraft(room: string, text: string): Promise<void>;
  /** The page goes before this reached the disk: keeps it otherwise, for the next `apply`, before it returns. */
  spill(author: string, ops: readonly Op[]): void;
  spillDrafts(drafts: ReadonlyMap<string, string>): void;
  /** While the page is frozen nothing is begun: a transaction that is never finished would hold up all other pages. */
  hold(yes: boolean): void;
}

export class BrowserDevice implements Device {
  #database: Promise<Database | null>;
  /** What waited last, for when the database fails. */
  #known: Applied['entries'] = [];
  #memory: MemoryOutbox | null = null;
  #held: { until: Promise<void>; release: () => void } | null = null;
  #author: string | null = null;

  constructor(private readonly troubled: (trouble: Trouble) => void) {
    const lost = (trouble: Trouble) => {
      this.#database = Promise.resolve(null);
      this.troubled(trouble);
    };
    this.#database = openDatabase(lost).catch((error: unknown) => {
      this.troubled(troubleOf(error));
      return null;
    });
  }

  // ── rooms and messages ────────────────────────────────────────────────────────────────────────────────────────────

  async restore(room: string | null): Promise<SavedRooms | null> {
    return this.#try(null, async (database) => {
      const stores = database.transaction(['meta', 'rooms', 'windows']);
      const [holder, people, rooms, window] = await Promise.all([
        stores.objectStore('meta').get('holder'),
        stores.objectStore('meta').get('people'),
        stores.objectStore('rooms').getAll(),
        room === null ? undefined : stores.objectStore('windows').get(room),
      ]);
      if (holder?.key !== 'holder') return null;
      if (!isHolder(holder.value)) return this.#damaged(null);
      const whole = rooms.filter(isSavedRoom);
      if (whole.length < rooms.length) this.#damaged(null);
      const names =
        people?.key === 'people' && Array.isArray(people.value) ? people.value.filter(isUser) : [];
      const windows = isSavedWindow(window) ? [window] : [];
      return { holder: holder.value, rooms: whole, people: names, windows };
    });
  }

  async windows(): Promise<readonly SavedWindow[]> {
    return this.#try([], async (database) => {
      const windows = await database.getAll('windows');
      const whole = windows.filter(isSavedWindow);
      return whole.length < windows.length ? this.#damaged(whole) : whole;
    });
  }

  async save(changes: Changes): Promise<void> {
    await this.#try(undefined, async (database) => {
      try {
        await saveRooms(database, changes);
      } catch (error) {
        if (troubleOf(error) !== 'full') throw error;
        await makeRoom(database);
        this.troubled('full');
      }
    });
  }

  async enter(user: User): Promise<void> {
    if (user.id !== this.#author) {
      this.#known = [];
      this.#memory = null;
    }
    this.#author = user.id;
    await this.#try(undefined, async (database) => {
      const stores = database.transaction(['meta', 'rooms', 'windows', 'outbox', 'drafts'], 'readwrite');
      const meta = stores.objectStore('meta');
      const [author, holder] = await Promise.all([meta.get('author'), meta.get('holder')]);
      if (holder?.key === 'holder' && holder.value.user?.id !== user.id) {
        for (const name of ['meta', 'rooms', 'windows'] as const) void stores.objectStore(name).clear();
      }
      if (author?.key === 'author' && author.value !== user.id) {
        for (const name of ['outbox', 'drafts'] as const) void stores.objectStore(name).clear();
      }
      void meta.put({ key: 'author', value: user.id });
      await stores.done;
    });
  }

  async forget(what: 'rooms' | 'all'): Promise<void> {
    if (what === 'all') {
      dropSpilled();
      takeSpilledDrafts('');
      this.#memory?.clear();
      this.#known = [];
    }
    await this.#try(undefined, async (database) => {
      const stores = database.transaction(['meta', 'rooms', 'windows', 'outbox', 'drafts'], 'readwrite');
      void stores.objectStore('rooms').clear();
      void stores.objectStore('windows').clear();
      void stores.objectStore('meta').delete('holder');
      void stores.objectStore('meta').delete('people');
      if (what === 'all') {
        for (const name of ['meta', 'outbox', 'drafts'] as const) void stores.objectStore(name).clear();
      }
      await stores.done;
    });
  }

  // ── what waits ────────────────────────────────────────────────────────────────────────────────────────────────────

  async apply(author: string, ops: readonly Op[]): Promise<Applied> {
    const database = this.#memory ? null : await this.#awake();
    if (!database) return this.#inMemory(author, ops);
    try {
      return await this.#stored(database, author, ops);
    } catch (error) {
      if (troubleOf(error) === 'full') {
        // Messages can be had again, what was typed cannot.
        const again = await makeRoom(database)
          .then(
            () => this.#stored(database, author, ops),
            () => null,
          )
          .catch(() => null);
        this.troubled('full');
        if (again) return again;
      } else {
        this.troubled(troubleOf(error));
      }
      return this.#inMemory(author, ops);
    }
  }

  async #stored(database: Database, author: string, ops: readonly Op[]): Promise<Applied> {
    const strict = { durability: 'strict' } as const;
    const spilled = takeSpilled(author);
    const all = [...spilled, ...ops];
    const mode = all.length ? 'readwrite' : 'readonly';
    const transaction = database.transaction(['outbox', 'meta'], mode, strict);
    const done = transaction.done;
    done.catch(() => {}); // awaited below, unless something fails before
    const kept = await transaction.objectStore('meta').get('author');
    if (kept?.key === 'author' && kept.value !== author) return this.#inMemory(author, ops);
    const store = transaction.objectStore('outbox');
    const { waiting, damaged, rotten } = await readOutbox(store, author);
    const { outbox, gone } = applyOps(
      waiting.map((w) => w.entry),
      all,
    );
    if (all.length) await writeOutbox(store, waiting, outbox, rotten);
    await done;
    if (spilled.length) dropSpilled();
    if (damaged) this.#damaged(null);
    this.#known = outbox;
    return { entries: outbox, gone };
  }

  spill(author: string, ops: readonly Op[]): void {
    if (!this.#memory) spill(author, ops);
  }

  hold(yes: boolean): void {
    if (!yes) this.#held?.release();
    if (yes === (this.#held !== null)) return;
    this.#held = null;
    if (!yes) return;
    let release = () => {};
    const until = new Promise<void>((done) => (release = done));
    this.#held = { until, release };
  }

  async #awake(): Promise<Database | null> {
    while (this.#held) await this.#held.until;
    return this.#database;
  }

  spillDrafts(drafts: ReadonlyMap<string, string>): void {
    if (this.#author !== null) spillDrafts(this.#author, drafts);
  }

  #inMemory(author: string, ops: readonly Op[]): Promise<Applied> {
    this.#memory ??= new MemoryOutbox(this.#known);
    return this.#memory.apply(author, ops);
  }

  // ── what is half written ──────────────────────────────────────────────────────────────────────────────────────────

  async drafts(): Promise<ReadonlyMap<string, string>> {
    return this.#try(new Map(), async (database) => {
      const spilled = this.#author === null ? [] : takeSpilledDrafts(this.#author);
      for (const [room, text] of spilled) await this.saveDraft(room, text);
      const drafts = await database.getAll('drafts');
      return new Map(drafts.filter((d) => typeof d.text === 'string').map((d) => [d.room, d.text]));
    });
  }

  async saveDraft(room: string, text: string): Promise<void> {
    await this.#try(undefined, async (database) => {
      if (text.trim() === '') await database.delete('drafts', room);
      else await database.put('drafts', { room, text });
    });
  }

  async #try<T>(otherwise: T, then: (database: Database) => Promise<T>): Promise<T> {
    const database = await this.#awake();
    if (!database) return otherwise;
    try {
      return await then(database);
    } catch (error) {
      this.troubled(troubleOf(error));
      return otherwise;
    }
  }

  #damaged<T>(rest: T): T {
    this.troubled('damaged');
    return rest;
  }
}

async function saveRooms(database: Database, changes: Changes): Promise<void> {
  const { holder, rooms, windows, removed, people } = changes;
  const stores = database.transaction(['meta', 'rooms', 'windows'], 'readwrite');
  const done = stores.done;
  done.catch(() => {});
  const meta = stores.objectStore('meta');
  const [author, before] = await Promise.all([meta.get('author'), meta.get('holder')]);
  // Signed out meanwhile, or somebody else signed in, in another page: this one is about to learn of it.
  if (author?.key !== 'author' || author.value !== holder.user.id) return;
  const roomStore = stores.objectStore('rooms');
  const windowStore = stores.objectStore('windows');
  if (before?.key === 'holder' && before.value.epoch !== holder.epoch) {
    void roomStore.clear();
    void windowStore.clear();
  }
  void meta.put({ key: 'holder', value: holder });
  if (people) void meta.put({ key: 'people', value: people });
  for (const id of removed) {
    void roomStore.delete(id);
    void windowStore.delete(id);
  }
  for (const mine of rooms) {
    const there = await roomStore.get(mine.id);
    void roomStore.put(laterRoom(isSavedRoom(there) ? there : undefined, mine));
  }
  for (const mine of windows) {
    const there = await windowStore.get(mine.room);
    if (!there || !(there.cursor > mine.cursor)) void windowStore.put(mine);
  }
  const tooMany = (await windowStore.count()) - SAVED_WINDOWS;
  let cursor = tooMany > 0 ? await windowStore.index('lastAt').openCursor() : null;
  for (let i = 0; cursor && i < tooMany; i++, cursor = await cursor.continue()) void cursor.delete();
  await done;
}

/** Lets go of what the server has too. */
async function makeRoom(database: Database): Promise<void> {
  const stores = database.transaction(['rooms', 'windows'], 'readwrite');
  void stores.objectStore('windows').clear();
  void stores.objectStore('rooms').clear();
  await stores.done;
}
