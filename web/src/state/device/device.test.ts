import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Op } from '../ops';
import type { Command, Entry } from '../outbox';
import type { SavedHolder, SavedRoom, SavedWindow } from '../saved';
import { SAVED_WINDOWS } from '../saved';
import { FakeRoom, user } from '../testing';
import { NAME, VERSION, type Trouble } from './database';
import { BrowserDevice } from './device';

let troubles: Trouble[];
const device = () => new BrowserDevice((trouble) => troubles.push(trouble));

const holder: SavedHolder = { user: user('ada'), server: { name: 'Parlor', version: '1' }, epoch: 'one' };
const room = (id: string, cursor = 5, read = 0): SavedRoom => ({
  ...{ id, cursor, lastAt: cursor, saved: 0 },
  facts: { ...new FakeRoom().room(), id, head: cursor },
  count: { read, head: cursor, unread: 2, mentions: 0 },
});
const talk = new FakeRoom();
talk.post('grace', 'hello');
const window = (id: string, cursor = 5, lastAt = cursor): SavedWindow => ({
  ...{ room: id, rows: talk.messages(), upTo: cursor, hasOlder: true, cursor, lastAt },
});
const changes = (more: object = {}) => ({
  ...{ holder, rooms: [room('r')], windows: [window('r')], removed: [], people: [user('grace')] },
  ...more,
});

const post = (nonce: string, text = nonce, more: Partial<Entry> = {}): Op => ({
  do: 'enqueue',
  entry: { ...blank, nonce, command: { kind: 'post', text, replyTo: null }, ...more },
});
const blank = {
  ...{ author: 'ada', epoch: 'one', tab: 'tab', room: 'r', queuedAt: 0, tried: false },
  state: { name: 'queued', notBefore: 0 } as const,
};
const edit = (nonce: string, target: string, text: string): Op => {
  const command: Command = { kind: 'edit', target, text };
  return { do: 'enqueue', entry: { ...blank, nonce, command } };
};
const texts = (entries: readonly Entry[]) => entries.map((e) => 'text' in e.command && e.command.text);

/** Opens it behind the page's back. */
const behind = () => openDB(NAME, VERSION);

beforeEach(() => {
  troubles = [];
  globalThis.indexedDB = new IDBFactory();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('what waits', () => {
  test('is there after the page, in the order typed, with what was done about it', async () => {
    const before = device();
    await before.enter(user('ada'));
    await before.apply('ada', [post('c'), post('b'), post('a')]);
    await before.apply('ada', [edit('e', 'b', 'better'), { do: 'sending', nonce: 'c' }]);
    const { entries } = await device().apply('ada', []);
    expect(texts(entries)).toEqual(['c', 'better', 'a']);
    expect(entries[0]).toMatchObject({ state: { name: 'sending' }, tried: true });
  });

  test('goes to the end when it is tried again', async () => {
    const before = device();
    await before.enter(user('ada'));
    await before.apply('ada', [post('a'), post('b')]);
    const refusal = { type: 'refuse', id: 'a', code: 'text_too_long', message: '' } as const;
    await before.apply('ada', [{ do: 'refused', refusal, now: 0 }]);
    await before.apply('ada', [{ do: 'again', nonce: 'a', now: 1 }]);
    expect(texts((await device().apply('ada', [])).entries)).toEqual(['b', 'a']);
  });

  test('is judged by what stands there: an edit in one page follows what another page is sending', async () => {
    const [one, two] = [device(), device()];
    await one.enter(user('ada'));
    await one.apply('ada', [post('a')]);
    await one.apply('ada', [{ do: 'sending', nonce: 'a' }]);
    const { entries } = await two.apply('ada', [edit('e', 'a', 'better')]);
    expect(texts(entries)).toEqual(['a', 'better']);
    const after = await one.apply('ada', [{ do: 'seen', nonce: 'a', seq: 7 }]);
    expect(after.gone).toEqual([['a', 7]]);
    expect(after.entries).toMatchObject([{ command: { kind: 'edit', target: 7, text: 'better' } }]);
  });

  test('stays, hidden, for who was signed out, and goes when somebody else comes', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.apply('ada', [post('a')]);
    await one.saveDraft('r', 'half a thou');
    await one.forget('rooms');
    await one.enter(user('ada'));
    expect(texts((await one.apply('ada', [])).entries)).toEqual(['a']);
    expect(await one.drafts()).toEqual(new Map([['r', 'half a thou']]));
    await one.forget('rooms');
    await one.enter(user('grace'));
    await one.enter(user('ada'));
    expect((await one.apply('ada', [])).entries).toEqual([]);
    expect(await one.drafts()).toEqual(new Map());
  });

  test('that the page had no time to write is there at the next visit, once', async () => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    });
    const before = device();
    await before.enter(user('ada'));
    await before.apply('ada', [post('a')]);
    before.spill('ada', [post('a'), post('b')]);
    expect((await device().apply('grace', [])).entries).toEqual([]);
    expect(texts((await device().apply('ada', [])).entries)).toEqual(['a', 'b']);
    expect(texts((await device().apply('ada', [])).entries)).toEqual(['a', 'b']);
    expect(kept.size).toBe(0);
    vi.unstubAllGlobals();
  });

  test('that was only half written comes back as refused, with its text; what has none is dropped', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.apply('ada', [post('a')]);
    const raw = await behind();
    await raw.put('outbox', { nonce: 'x', order: 9, entry: { room: 'r', command: { text: 'salvaged' } } });
    await raw.put('outbox', { nonce: 'y', order: 'nine' });
    const { entries } = await one.apply('ada', [post('b')]);
    expect(texts(entries)).toEqual(['a', 'salvaged', 'b']);
    expect(entries[1]?.state).toMatchObject({ name: 'refused', fault: { code: 'damaged' } });
    expect(await raw.getAllKeys('outbox')).toEqual(['a', 'b', 'x']);
    expect(new Set(troubles)).toEqual(new Set(['damaged']));
    raw.close();
  });
});

describe('rooms', () => {
  test('are there at the next visit, the one looked at with its messages', async () => {
    const before = device();
    await before.enter(user('ada'));
    await before.save(changes({ rooms: [room('r'), room('s')], windows: [window('r'), window('s')] }));
    const saved = await device().restore('s');
    expect(saved).toMatchObject({ holder, people: [{ id: 'grace' }], windows: [{ room: 's' }] });
    expect(saved?.rooms.map((r) => r.id)).toEqual(['r', 's']);
    expect(await device().windows()).toHaveLength(2);
  });

  test('written by a page that is behind take nothing back, and keep what was read there', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.save(changes({ rooms: [room('r', 9)], windows: [window('r', 9)] }));
    await one.save(changes({ rooms: [room('r', 5, 9)], windows: [window('r', 5)] }));
    const saved = await one.restore('r');
    expect(saved?.rooms).toMatchObject([{ cursor: 9, count: { read: 9, unread: 0 } }]);
    expect(saved?.windows).toMatchObject([{ cursor: 9 }]);
  });

  test('of another life of the server replace what was kept', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.save(changes());
    await one.save(changes({ holder: { ...holder, epoch: 'two' }, rooms: [room('s')], windows: [] }));
    expect(await one.restore('r')).toMatchObject({
      holder: { epoch: 'two' },
      rooms: [{ id: 's' }],
      windows: [],
    });
  });

  test('keep the messages of the liveliest only', async () => {
    const one = device();
    await one.enter(user('ada'));
    const many = Array.from({ length: SAVED_WINDOWS + 3 }, (_, i) => window(`r${i}`, 5, i));
    await one.save(changes({ windows: many }));
    const kept = (await one.windows()).map((w) => w.room);
    expect(kept).toHaveLength(SAVED_WINDOWS);
    expect(kept).not.toContain('r0');
    expect(kept).toContain(`r${SAVED_WINDOWS + 2}`);
  });

  test('are gone once their person is, and a page that has not heard of it writes nothing more', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.save(changes());
    await one.forget('all');
    await one.save(changes());
    expect(await one.restore('r')).toBe(null);
    await one.enter(user('grace'));
    await one.save(changes());
    expect(await one.restore('r')).toBe(null);
  });

  test('that make no sense any more are left out', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.save(changes({ rooms: [room('r'), room('s')] }));
    const raw = await behind();
    await raw.put('rooms', { id: 's', facts: { id: 's' } });
    await raw.put('windows', { room: 'r', rows: [{ seq: 1 }], upTo: 1, cursor: 1, lastAt: 1 });
    expect(await one.restore('r')).toMatchObject({ rooms: [{ id: 'r' }], windows: [] });
    await raw.put('meta', { key: 'holder', value: { user: 7 } });
    expect(await one.restore('r')).toBe(null);
    expect(troubles).toContain('damaged');
    raw.close();
  });
});

describe('a database', () => {
  /** Everything works as long as the page is open. */
  const goesOn = async (one: BrowserDevice) => {
    await one.enter(user('ada'));
    await one.save(changes());
    expect(await one.restore('r')).toBe(null);
    await one.apply('ada', [post('a')]);
    expect(texts((await one.apply('ada', [post('b')])).entries)).toEqual(['a', 'b']);
  };

  test('that the browser refuses, as in a private window', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('no', 'SecurityError');
    });
    await goesOn(device());
    expect(troubles).toEqual(['unavailable']);
  });

  test('of a newer version', async () => {
    (await openDB(NAME, VERSION + 1)).close();
    await goesOn(device());
    expect(troubles).toEqual(['newer']);
  });

  test('that never opens, as another tab holds an older one', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => new IDBOpenDBRequest());
    vi.useFakeTimers();
    const one = device();
    const on = goesOn(one);
    await vi.advanceTimersByTimeAsync(3_000);
    await on;
    expect(troubles).toEqual(['blocked']);
  });

  test('that a newer page wants is given up, and what waits is not lost to this one', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.apply('ada', [post('a')]);
    (await openDB(NAME, VERSION + 1)).close();
    expect(texts((await one.apply('ada', [post('b')])).entries)).toEqual(['a', 'b']);
    expect(troubles).toEqual(['newer']);
  });

  test('that was half laid out is laid out anew', async () => {
    (await openDB(NAME, VERSION, { upgrade: (raw) => void raw.createObjectStore('rooms') })).close();
    const one = device();
    await one.enter(user('ada'));
    await one.apply('ada', [post('a')]);
    expect(texts((await device().apply('ada', [])).entries)).toEqual(['a']);
    expect(troubles).toEqual([]);
  });

  test('that is full lets go of messages for what was typed; where that does not help either, memory keeps it', async () => {
    const one = device();
    await one.enter(user('ada'));
    await one.save(changes());
    const put = IDBObjectStore.prototype.put;
    let room = 0;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value) {
      if (this.name === 'outbox' && room-- <= 0) throw new DOMException('full', 'QuotaExceededError');
      return put.call(this, value);
    });
    vi.spyOn(IDBObjectStore.prototype, 'clear').mockImplementationOnce(function (this: IDBObjectStore) {
      room = 1;
      return this.delete(IDBKeyRange.lowerBound(''));
    } as never);
    expect(texts((await one.apply('ada', [post('a')])).entries)).toEqual(['a']);
    expect(troubles).toEqual(['full']);
    expect(await one.windows()).toEqual([]);
    expect(texts((await one.apply('ada', [post('b')])).entries)).toEqual(['a', 'b']);
    expect(texts((await device().apply('ada', [])).entries)).toEqual(['a']);
  });
});
