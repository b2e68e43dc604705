// Several pages, one outbox: each does its ops at once and in the end all say the same, whatever order the store has them in.
import { describe, expect, test } from 'vitest';
import { newModel, type Model } from './model';
import { MemoryOutbox } from './outbox-store';
import { noted, restored, type Gone, type Op } from './ops';
import type { Entry } from './outbox';
import { FakeRoom, ROOM, user } from './testing';
import { reduce } from './reducer';

const post = (nonce: string): Op => ({
  do: 'enqueue',
  entry: {
    ...{ nonce, author: 'me', epoch: 'epoch', tab: 'tab', room: ROOM, queuedAt: 0, tried: false },
    command: { kind: 'post', text: nonce, replyTo: null },
    state: { name: 'queued', notBefore: 0 },
  },
});
const states = (entries: readonly Entry[]) => entries.map((e) => `${e.nonce} ${e.state.name}`);

/** A page of the person, and the store that it shares. */
class Page {
  model: Model;
  #handed = 0;

  constructor(private readonly store: MemoryOutbox) {
    const room = new FakeRoom();
    const blank = newModel(user('me'), { name: 'P', version: '1' }, 0);
    this.model = reduce(blank, { type: 'frame', frame: room.ready(), now: 0 }).model;
    this.#handed = this.model.unstored.length + this.model.stored;
    this.model = { ...this.model, unstored: [], stored: 0 };
    this.#handed = 0;
  }
  does(...ops: Op[]): this {
    for (const op of ops) this.model = noted(this.model, op);
    return this;
  }
  /** Brings what it did to the store; returns what left there. */
  async stores(): Promise<readonly Gone[]> {
    const ops = this.model.unstored.slice(this.#handed - this.model.stored);
    this.#handed += ops.length;
    const { entries, gone } = await this.store.apply('me', ops);
    this.model = restored(this.model, { entries, gone, through: this.#handed });
    return gone;
  }
  async looks(gone: readonly Gone[] = []): Promise<this> {
    const { entries } = await this.store.apply('me', []);
    this.model = restored(this.model, { entries, gone, through: this.#handed });
    return this;
  }
  get outbox() {
    return states(this.model.outbox);
  }
}

describe('two pages', () => {
  test('see what the other wrote, after what they wrote themselves in the meantime', async () => {
    const store = new MemoryOutbox();
    const [one, two] = [new Page(store), new Page(store)];
    one.does(post('a'));
    two.does(post('b'));
    await one.stores();
    await two.stores();
    expect(two.outbox).toEqual(['a queued', 'b queued']);
    expect((await one.looks()).outbox).toEqual(['a queued', 'b queued']);
  });

  test('one that has not seen an own message yet goes on showing it as sent', async () => {
    const store = new MemoryOutbox();
    const [one, two] = [new Page(store), new Page(store)];
    await one.does(post('a')).stores();
    await two.looks();
    const gone = await one.does({ do: 'sending', nonce: 'a' }, { do: 'acked', nonce: 'a', seq: 7 }).stores();
    expect(gone).toEqual([]);
    expect((await two.looks()).outbox).toEqual(['a acked']);
    const left = await one.does({ do: 'seen', nonce: 'a', seq: 7 }).stores();
    expect(one.outbox).toEqual([]);
    expect((await two.looks(left)).outbox).toEqual(['a acked']);
    expect(two.does({ do: 'settled', room: ROOM, cursor: 6 }).outbox).toEqual(['a acked']);
    expect(two.does({ do: 'settled', room: ROOM, cursor: 7 }).outbox).toEqual([]);
    await two.stores();
    expect((await two.looks()).outbox).toEqual([]);
  });

  test('even where it heard of the sending and the seeing at once', async () => {
    const store = new MemoryOutbox();
    const [one, two] = [new Page(store), new Page(store)];
    await one.does(post('a')).stores();
    await two.looks();
    one.does({ do: 'sending', nonce: 'a' }, { do: 'acked', nonce: 'a', seq: 7 });
    const gone = await one.does({ do: 'settled', room: ROOM, cursor: 7 }).stores();
    expect(gone).toEqual([['a', 7]]);
    expect((await two.looks(gone)).outbox).toEqual(['a acked']);
  });

  test('one taking back what the other is sending finds it back: only what was never sent can be dropped', async () => {
    const store = new MemoryOutbox();
    const [one, two] = [new Page(store), new Page(store)];
    await one.does(post('a')).stores();
    await two.looks();
    await one.does({ do: 'sending', nonce: 'a' }).stores();
    two.does({ do: 'discard', nonce: 'a' });
    expect(two.outbox).toEqual([]);
    await two.stores();
    expect(two.outbox).toEqual(['a sending']);
  });
});

test('what happens between handing over and hearing of it is done on top', async () => {
  const store = new MemoryOutbox();
  const one = new Page(store).does(post('a'));
  const stored = one.stores();
  one.does(post('b'));
  await stored;
  expect(one.outbox).toEqual(['a queued', 'b queued']);
  await one.stores();
  expect(states((await store.apply('me', [])).entries)).toEqual(['a queued', 'b queued']);
});
