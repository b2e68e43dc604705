// The laws of the reducer, tried to break by random walks: a room's log grows while its frames are split, doubled and
// lost, pages are asked for at one moment and answered at another, connections come and go, markers move. However it
// went, once all is quiet the screen believes exactly what the server would say.
import { describe, expect, test } from 'vitest';
import type { ServerFrame } from '../protocol.gen';
import { newModel, type Effect, type Model } from './model';
import { reduce, type Input } from './reducer';
import { EPOCH, FakeRoom, ROOM, seeded, user } from './testing';
import { CAP } from './unread';

const WALKS = 120;

class World {
  readonly room = new FakeRoom();
  model: Model = newModel(user('me'), { name: 'P', version: '1' }, 0);
  /** What the server has still to send on this connection, in order. */
  wire: ServerFrame[] = [];
  /** The next event the server will put on the wire. */
  place = 0;
  connected = false;
  /** Answers of HTTP that are under way. */
  answers: Input[] = [];

  constructor(
    readonly chance: () => number,
    readonly lossy: boolean,
  ) {
    for (let i = 0; i < 30; i++) this.grow();
    this.connect();
    this.take({ type: 'open', room: ROOM, seq: null });
  }

  take(input: Input): void {
    const step = reduce(this.model, input);
    this.model = step.model;
    step.effects.forEach((effect) => this.perform(effect));
  }

  perform(effect: Effect): void {
    if (effect.do === 'resume') {
      if (!this.connected) return;
      this.wire = this.wire.filter((f) => f.type !== 'caught_up' && f.type !== 'reset'); // superseded
      const { room, after: seq, id } = effect;
      this.place = seq;
      this.send();
      this.wire.push({ type: 'caught_up', room, seq: this.place, id });
    } else if (effect.do === 'log') {
      const events = this.room.events(effect.after, effect.after + 7);
      const has_more = effect.after + 7 < this.room.head;
      this.answers.push({
        type: 'log',
        room: ROOM,
        after: effect.after,
        page: { events, head: this.room.head, has_more, epoch: EPOCH },
      });
    } else if (effect.do === 'history') {
      const page = this.room.page(effect.where, effect.bound);
      this.answers.push({ type: 'page', room: ROOM, life: effect.life, where: effect.where, page });
    } else if (effect.do === 'rooms') {
      this.answers.push({ type: 'rooms', rooms: [this.room.room()] });
    }
  }

  /** Puts what the connection has not had yet on the wire, split by chance. */
  send(): void {
    while (this.connected && this.place < this.room.head) {
      const upTo = Math.min(this.room.head, this.place + 1 + Math.floor(this.chance() * 4));
      this.wire.push({ type: 'events', room: ROOM, events: this.room.events(this.place, upTo) });
      this.place = upTo;
    }
  }

  connect(): void {
    const held = this.model.rooms.get(ROOM);
    const greets = held !== undefined && (held.window !== null || held.asking > 0);
    this.take({ type: 'greeted', rooms: greets ? [ROOM] : [] });
    this.connected = true;
    const link = { state: 'live' } as const;
    this.take({ type: 'link', link, now: 0 });
    this.wire = [this.room.ready()];
    this.place = this.room.head;
    if (!greets) return;
    if (this.room.head - held.cursor > 20) {
      this.wire.push({ type: 'reset', room: ROOM, head: this.room.head, reason: 'far_behind' });
    } else {
      this.place = held.cursor;
      this.send();
      this.wire.push({ type: 'caught_up', room: ROOM, seq: this.place });
    }
  }

  disconnect(): void {
    this.connected = false;
    this.wire = [];
    this.take({ type: 'link', link: { state: 'down', unreachable: false, nextTryAt: null }, now: 0 });
  }

  grow(): void {
    const by = ['me', 'ada', 'grace'][Math.floor(this.chance() * 3)] ?? 'ada';
    const posts = this.room.messages().filter((m) => !m.deleted);
    const target = posts[Math.floor(this.chance() * posts.length)];
    const dice = this.chance();
    if (!target || dice < 0.5) {
      this.room.post(by, undefined, this.chance() < 0.3 ? { mentions: ['me'] } : {});
    } else if (dice < 0.6) {
      this.room.add({
        kind: 'message_edited',
        by: target.by.id,
        target: target.seq,
        text: `edit ${this.room.head}`,
      });
    } else if (dice < 0.7) {
      const mentions = target.deleted ? [] : target.mentions;
      this.room.add({ kind: 'message_deleted', by, target: target.seq, author: target.by.id, mentions });
    } else if (!target.deleted) {
      const emoji = this.chance() < 0.5 ? '👍' : '🎉';
      const there = target.reactions.some((r) => r.emoji === emoji && r.by.includes(by));
      this.room.add({ kind: there ? 'reaction_removed' : 'reaction_added', by, target: target.seq, emoji });
    }
    this.send();
  }

  /** I read here: the marker goes to the server, which signals it, some time. */
  tell(): void {
    const tally = this.model.rooms.get(ROOM)?.tally;
    if (!this.connected || !tally || tally.read <= tally.saved) return;
    this.room.read = Math.max(this.room.read, Math.min(tally.read, this.room.head));
    const { read: seq, head, unread, mentions } = this.room.count();
    const signal: ServerFrame = { type: 'signal', kind: 'read', room: ROOM, seq, head, unread, mentions };
    this.wire.splice(Math.floor(this.chance() * (this.wire.length + 1)), 0, signal);
    if (this.wire[1]?.type === 'ready') this.wire.unshift(...this.wire.splice(1, 1)); // nothing comes before ready
  }

  deliver(): void {
    const frame = this.wire.shift();
    if (!frame) return;
    if (this.lossy && frame.type === 'events') {
      if (this.chance() < 0.1) return; // lost: the next one shows the gap
      if (this.chance() < 0.2) this.take({ type: 'frame', frame, now: 0 });
    }
    this.take({ type: 'frame', frame, now: 0 });
  }

  answer(): void {
    const [answer] = this.answers.splice(Math.floor(this.chance() * this.answers.length), 1);
    if (answer) this.take(answer);
  }

  step(): void {
    const dice = this.chance();
    if (dice < 0.3) this.grow();
    else if (dice < 0.65) this.deliver();
    else if (dice < 0.78) this.answer();
    else if (dice < 0.83) this.take({ type: 'want', where: this.chance() < 0.7 ? 'older' : 'newer' });
    else if (dice < 0.86) this.take({ type: 'jump', seq: 1 + Math.floor(this.chance() * this.room.head) });
    else if (dice < 0.88) this.take({ type: 'want', where: 'newest' });
    else if (dice < 0.92) this.take({ type: 'reading', atBottom: this.chance() < 0.4 });
    else if (dice < 0.96) this.tell();
    else if (this.connected) this.disconnect();
    else this.connect();
  }

  /** Everything that is under way arrives. */
  settle(): void {
    if (!this.connected) this.connect();
    if (this.lossy) this.grow(); // a lost last frame shows only with the next
    for (let i = 0; i < 500 && (this.wire.length || this.answers.length); i++) {
      const { lossy } = this;
      (this as { lossy: boolean }).lossy = false;
      this.deliver();
      this.answer();
      (this as { lossy: boolean }).lossy = lossy;
    }
  }
}

function walk(seed: number, lossy: boolean): World {
  const world = new World(seeded(seed), lossy);
  for (let i = 0; i < 150; i++) world.step();
  world.settle();
  return world;
}

describe.each([
  ['in order', false],
  ['with frames doubled and lost', true],
])('delivered %s', (_, lossy) => {
  test('what is held is what the server has, without holes, and the counts agree', () => {
    for (let seed = 1; seed <= WALKS; seed++) {
      const { model, room } = walk(seed, lossy);
      const held = model.rooms.get(ROOM);
      const why = `seed ${seed}`;
      expect(held?.phase, why).toBe('live');
      expect(held?.cursor, why).toBe(room.head);
      const rows = held?.window?.rows ?? [];
      const first = rows[0]?.seq ?? Infinity;
      const last = held?.window?.hasNewer ? (rows.at(-1)?.seq ?? 0) : Infinity;
      const whole = room.messages().filter((m) => m.seq >= first && m.seq <= last);
      expect(rows, why).toEqual(whole);
      expect(held?.window?.hasOlder, why).toBe(room.messages().some((m) => m.seq < first));
      const tally = held?.tally ?? room.count();
      const { unread, mentions } = room.count(room.head, Math.max(tally.read, room.read));
      expect(unread).toBeLessThan(CAP);
      expect({ unread: tally.unread, mentions: tally.mentions }, why).toEqual({ unread, mentions });
    }
  }, 60_000);
});
