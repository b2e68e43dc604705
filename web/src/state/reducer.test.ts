import { describe, expect, test } from 'vitest';
import type { Event, ReadSignal, ResetReason, ServerFrame } from '../protocol.gen';
import { newModel, type Effect, type Model } from './model';
import { reduce, type Input } from './reducer';
import { FakeRoom, person, ROOM, time, user } from './testing';
import { Viewer } from './view';
import { KEPT_ROWS, MOST_AT_END, MOST_ROWS } from './window';

/** A page that is open: what it believes, and what it wants done. */
class Page {
  model: Model = newModel(user('me'), { name: 'Parlor', version: '1' }, 0);
  effects: Effect[] = [];
  readonly viewer = new Viewer();

  constructor(readonly room = new FakeRoom()) {}

  take(...inputs: Input[]): this {
    for (const input of inputs) {
      const step = reduce(this.model, input);
      this.model = step.model;
      this.effects.push(...step.effects);
    }
    return this;
  }
  hears(...frames: ServerFrame[]): this {
    return this.take(...frames.map((frame): Input => ({ type: 'frame', frame, now: 1000 })));
  }
  happens(...events: Event[]): this {
    return this.hears(...events.map((e): ServerFrame => ({ type: 'events', room: ROOM, events: [e] })));
  }
  /** Answers everything that was asked for by HTTP. */
  answer(): this {
    for (const effect of this.effects.splice(0)) {
      if (effect.do === 'history') {
        const page = this.room.page(effect.where, effect.bound);
        this.take({ type: 'page', room: ROOM, life: effect.life, where: effect.where, page });
      }
    }
    return this;
  }
  /** Opens the room with nothing unread, or with what lies above `read`. */
  opened(read = this.room.head): this {
    this.room.read = read;
    return this.take({ type: 'link', link: { state: 'live' }, now: 0 })
      .hears(this.room.ready())
      .take({ type: 'open', room: ROOM, seq: null })
      .answer();
  }
  lost(): this {
    const held = [...this.model.rooms.values()].filter((r) => r.window).map((r) => r.facts.id);
    this.take({ type: 'link', link: { state: 'down', unreachable: false, nextTryAt: null }, now: 0 });
    return this.take({ type: 'greeted', rooms: held });
  }
  get held() {
    const held = this.model.rooms.get(ROOM);
    if (!held) throw new Error('not in the room');
    return held;
  }
  get view() {
    return this.viewer.view(this.model);
  }
  get timeline() {
    const { current } = this.view;
    if (current?.state !== 'open') throw new Error(`room is ${current?.state}`);
    return current.timeline;
  }
  texts() {
    return this.timeline.rows.map((r) => r.text);
  }
}

const room = () => {
  const room = new FakeRoom();
  room.add({ kind: 'room_created', by: 'parlor', name: 'general', room_kind: 'open', topic: '' });
  return room;
};

describe('a room on screen', () => {
  test('asks for its newest page once, and shows it', () => {
    const page = new Page(room());
    page.room.post('ada', 'hello');
    page.room.read = page.room.head;
    page.take({ type: 'open', room: ROOM, seq: null });
    expect(page.view.current).toEqual({ state: 'loading', id: ROOM });
    page.hears(page.room.ready());
    expect(page.effects).toMatchObject([{ do: 'history', where: 'newest' }]);
    expect(page.timeline.loading).toBe('newest');
    page.answer();
    expect(page.texts()).toEqual(['hello']);
    expect(page.timeline).toMatchObject({ loading: 'idle', loaded: true, hasOlder: false });
  });

  test('that is not mine is not found, and one I lost is gone', () => {
    const page = new Page(room()).opened();
    page.take({ type: 'open', room: 'other', seq: null });
    expect(page.view.current).toEqual({ state: 'not-found', id: 'other' });
    page.take({ type: 'open', room: ROOM, seq: null }).hears({ type: 'room_removed', room: ROOM });
    expect(page.view.current).toEqual({ state: 'gone', id: ROOM, name: 'general' });
    expect(page.view.rooms).toEqual([]);
  });

  test('says why a page failed, and asks again when the connection is back', () => {
    const page = new Page(room());
    page.hears(page.room.ready()).take({ type: 'open', room: ROOM, seq: null });
    const why = { code: 'network', status: 0, message: '', retryAfterMs: null, errors: [], room: null };
    page.take({ type: 'page-failed', room: ROOM, life: page.held.life, fault: why });
    expect(page.timeline.fault).toEqual(why);
    page.effects = [];
    page.lost().hears(page.room.ready());
    expect(page.effects).toMatchObject([{ do: 'history', where: 'newest' }]);
  });

  test('opened at a message jumps to it, around it if need be, and back to the newest', () => {
    const page = new Page(room());
    for (let i = 0; i < 40; i++) page.room.post('ada');
    page.opened().take({ type: 'jump', seq: 10 });
    expect(page.effects).toMatchObject([{ do: 'history', where: 'around', bound: 10 }]);
    page.answer();
    expect(page.timeline).toMatchObject({ target: { seq: 10, jump: 1 }, hasNewer: true, hasOlder: true });
    page.happens(page.room.post('ada', 'later'));
    expect(page.texts()).not.toContain('later');
    page.take({ type: 'want', where: 'newest' }).answer();
    expect(page.texts().at(-1)).toBe('later');
  });

  test('begins where I stopped reading, however much came since, and leads to the newest', () => {
    const page = new Page(room());
    for (let i = 0; i < 40; i++) page.room.post('ada');
    page.room.read = 10;
    page.take({ type: 'link', link: { state: 'live' }, now: 0 }, { type: 'open', room: ROOM, seq: null });
    page.hears(page.room.ready());
    expect(page.effects).toMatchObject([{ do: 'history', where: 'around', bound: 10 }]);
    page.answer().take({ type: 'reading', atBottom: true });
    expect(page.timeline).toMatchObject({ newAfter: 10, hasOlder: true, hasNewer: true });
    expect(page.view.rooms).toMatchObject([{ unread: 31 }]);
    page.take({ type: 'want', where: 'newest' }).answer();
    expect(page.timeline).toMatchObject({ newAfter: 10, hasNewer: false });
    expect(page.view.rooms).toMatchObject([{ unread: 0 }]);
  });

  test('lets go of what it holds where that does not reach back to the first unread', () => {
    const page = new Page(room()).opened().take({ type: 'open', room: null, seq: null });
    const events = Array.from({ length: MOST_AT_END + 1 }, () => page.room.post('ada'));
    page.hears({ type: 'events', room: ROOM, events }).take({ type: 'open', room: ROOM, seq: null });
    expect(page.effects).toMatchObject([{ do: 'history', where: 'around', bound: 1 }]);
    expect(page.timeline).toMatchObject({ rows: [], loaded: false, loading: 'around' });
  });

  test('opened at a message that is not there shows what surrounds it, and asks no more', () => {
    const page = new Page(room());
    page.room.post('ada', 'hello');
    page.hears(page.room.ready()).take({ type: 'open', room: ROOM, seq: 77 }).answer();
    expect(page.texts()).toEqual(['hello']);
    expect(page.effects).toEqual([]);
  });

  test('fetches a quoted message once, and hears of its deletion', () => {
    const page = new Page(room());
    page.room.post('ada', 'the question');
    for (let i = 0; i < 10; i++) page.room.post('ada');
    page.room.post('grace', 'the answer', { reply_to: 2 });
    page.opened().take({ type: 'want-quote', seq: 2 }, { type: 'want-quote', seq: 2 });
    expect(page.effects).toMatchObject([{ do: 'quote', seq: 2 }]);
    page.take({ type: 'quote', room: ROOM, life: page.held.life, seq: 2, page: page.room.page('around', 2) });
    expect(page.timeline.rows.at(-1)?.reply).toMatchObject({ text: 'the question', by: person('ada') });
    page.happens(page.room.add({ kind: 'message_deleted', by: 'ada', target: 2, author: 'ada' }));
    expect(page.timeline.rows.at(-1)?.reply).toMatchObject({ text: null, deleted: true });
  });
});

describe('events', () => {
  test('of kinds and frames of types that are not known are passed over, and count', () => {
    const page = new Page(room()).opened();
    const odd = page.room.add({ kind: 'room_painted' as never, by: 'ada', colour: 'red' });
    page.happens(odd).hears({ type: 'confetti' } as never);
    page.happens(page.room.post('ada', 'still here'));
    expect(page.texts()).toEqual(['still here']);
    expect(page.held.cursor).toBe(page.room.head);
  });

  test('with a gap are asked for from the cursor on, and what came too early is not shown', () => {
    const page = new Page(room()).opened();
    const [one, two, three] = [
      page.room.post('ada', '1'),
      page.room.post('ada', '2'),
      page.room.post('ada', '3'),
    ];
    page.happens(two as Event, three as Event);
    expect(page.texts()).toEqual([]);
    const [resume] = page.effects;
    expect(page.effects).toMatchObject([{ do: 'resume', after: 1 }]);
    page.happens(one as Event, two as Event, three as Event);
    page.hears({ type: 'caught_up', room: ROOM, seq: 4, id: resume?.do === 'resume' ? resume.id : '' });
    expect(page.texts()).toEqual(['1', '2', '3']);
    expect(page.held.phase).toBe('live');
  });

  test('change names, topic, membership of the room', () => {
    const page = new Page(room()).opened();
    page.happens(
      page.room.add({ kind: 'room_updated', by: 'ada', name: 'lounge' }),
      page.room.add({ kind: 'member_joined', by: 'ada', user: person('ada'), role: 'member' }),
      page.room.add({ kind: 'role_changed', by: 'ada', user: person('me'), role: 'owner' }),
    );
    expect(page.view.rooms).toMatchObject([{ name: 'lounge', memberCount: 4, role: 'owner' }]);
  });

  test('do not bring back an old name', () => {
    const page = new Page(room()).opened();
    page.happens(page.room.post('ada', 'x'));
    page.hears({ type: 'user_updated', user: { ...user('ada'), name: 'Countess' } });
    expect(page.timeline.rows[0]?.by.name).toBe('Countess');
    const older = {
      ...page.room.post('grace'),
      by: { ...person('ada'), name: 'Older' },
      at: time(0),
    } as Event;
    page.happens(older);
    expect(page.timeline.rows[0]?.by.name).toBe('Countess');
  });
});

describe('a reset', () => {
  const reset = (page: Page, reason: ResetReason) =>
    page.lost().hears(page.room.ready(), { type: 'reset', room: ROOM, head: page.room.head, reason });

  test('for being far behind pages the log, drops what comes live meanwhile, and resumes', () => {
    const page = new Page(room()).opened();
    for (let i = 0; i < 5; i++) page.room.post('ada', String(i));
    reset(page, 'far_behind');
    expect(page.effects).toMatchObject([{ do: 'log', after: 1 }]);
    page.happens(page.room.post('ada', 'live'));
    const log = (after: number, upTo: number, has_more: boolean): Input => {
      const events = page.room.events(after, upTo);
      return {
        type: 'log',
        room: ROOM,
        after,
        page: { events, head: page.room.head, has_more, epoch: 'epoch' },
      };
    };
    page.take(log(1, 4, true));
    expect(page.effects.at(-1)).toMatchObject({ do: 'log', after: 4 });
    page.take(log(4, 6, false), log(4, 6, false));
    expect(page.effects.at(-1)).toMatchObject({ do: 'resume', after: 6 });
    expect(page.texts()).toEqual(['0', '1', '2', '3', '4']);
  });

  test.each(['epoch', 'ahead'] as const)('for %s drops what is held and reads history', (reason) => {
    const page = new Page(room()).opened();
    page.happens(page.room.post('ada', 'of the other past'));
    page.room.log.length = 1;
    page.room.post('ada', 'of this past');
    reset(page, reason);
    expect(page.held.window).toBe(null);
    page.answer();
    expect(page.texts()).toEqual(['of this past']);
  });

  test('a page asked for before is not laid into what came after', () => {
    const page = new Page(room());
    for (let i = 0; i < 20; i++) page.room.post('ada', `old ${i}`);
    page.opened().take({ type: 'want', where: 'older' });
    const [older] = page.effects.splice(0);
    reset(page, 'epoch').answer();
    const before = page.texts();
    const stale = page.room.page('older', 17);
    page.take({
      type: 'page',
      room: ROOM,
      life: older?.do === 'history' ? older.life : 0,
      where: 'older',
      page: stale,
    });
    expect(page.texts()).toEqual(before);
  });
});

describe('unread', () => {
  const signal = (more: Partial<ReadSignal>): ServerFrame => ({
    type: 'signal',
    kind: 'read',
    room: ROOM,
    seq: 0,
    head: 0,
    unread: 0,
    mentions: 0,
    ...more,
  });

  test('counts posts of others that are not deleted, up from the count of the server', () => {
    const page = new Page(room());
    page.hears(page.room.ready());
    page.happens(
      page.room.post('ada', 'a', { mentions: ['me'] }),
      page.room.post('me', 'mine'),
      page.room.post('ada', 'b'),
      page.room.add({ kind: 'message_deleted', by: 'ada', target: 2, author: 'ada', mentions: ['me'] }),
    );
    expect(page.view.rooms).toMatchObject([{ unread: 1, mentions: 0 }]);
  });

  test('stops at 100, and lets deletions pass there until the server counts again', () => {
    const page = new Page(room());
    page.hears(page.room.ready());
    for (let i = 0; i < 120; i++) page.happens(page.room.post('ada'));
    page.happens(page.room.add({ kind: 'message_deleted', by: 'ada', target: 3, author: 'ada' }));
    expect(page.view.rooms).toMatchObject([{ unread: 100 }]);
    page.hears(signal({ seq: 100, head: page.room.head, unread: 21 }));
    expect(page.view.rooms).toMatchObject([{ unread: 21 }]);
  });

  test('continues a count that comes late with what happened since', () => {
    const page = new Page(room());
    page.hears(page.room.ready());
    page.happens(page.room.post('ada'), page.room.post('ada'), page.room.post('ada'));
    page.hears(signal({ seq: 2, head: 3, unread: 1 }));
    expect(page.view.rooms).toMatchObject([{ unread: 2 }]);
  });

  test('is nothing where I am reading, and everything else while I look away', () => {
    const page = new Page(room()).opened().take({ type: 'reading', atBottom: true });
    page.happens(page.room.post('ada'));
    expect(page.view.rooms).toMatchObject([{ unread: 0 }]);
    expect(page.timeline.newAfter).toBe(null);
    expect(page.held.tally).toMatchObject({ read: 2, saved: 1 });
    page.take({ type: 'reading', visible: false });
    page.happens(page.room.post('ada'));
    expect(page.view.rooms).toMatchObject([{ unread: 1 }]);
    expect(page.timeline.newAfter).toBe(2);
    page.take({ type: 'reading', visible: true });
    expect(page.timeline.newAfter).toBe(2);
    expect(page.view.rooms).toMatchObject([{ unread: 0 }]);
  });
});

test('memory has a bound: at the end the oldest rows are let go, in the past the newest', () => {
  const many = (page: Page) => {
    const events = Array.from({ length: MOST_ROWS + 10 }, () => page.room.post('ada'));
    return page.hears({ type: 'events', room: ROOM, events });
  };
  const reading = many(new Page(room()).opened().take({ type: 'reading', atBottom: true }));
  expect(reading.timeline.rows).toHaveLength(KEPT_ROWS);
  expect(reading.timeline).toMatchObject({ hasOlder: true, hasNewer: false });
  const past = many(new Page(room()).opened().take({ type: 'reading', atBottom: false }));
  expect(past.timeline.rows).toHaveLength(MOST_ROWS);
  expect(past.timeline).toMatchObject({ hasOlder: false, hasNewer: true });
});

test('who types is shown for six seconds, or until they have written', () => {
  const page = new Page(room()).opened();
  page.happens(page.room.post('ada'), page.room.post('grace'));
  const typing = (id: string): ServerFrame => ({ type: 'signal', kind: 'typing', room: ROOM, user: id });
  const names = () => (page.view.current?.state === 'open' ? page.view.current.typing.map((p) => p.id) : []);
  page.hears(typing('ada'), typing('grace'), typing('me'));
  expect(names()).toEqual(['ada', 'grace']);
  page.happens(page.room.post('ada'));
  expect(names()).toEqual(['grace']);
  page.take({ type: 'tick', now: 6_999 });
  expect(names()).toEqual(['grace']);
  page.take({ type: 'tick', now: 7_000 });
  expect(names()).toEqual([]);
});

test('what did not change stays the same object for the screen', () => {
  const page = new Page(room());
  page.room.post('ada', 'one');
  page.opened();
  const before = page.view;
  page.take({ type: 'rtt', ms: 12, times: [12] });
  expect(page.view.rooms).toBe(before.rooms);
  expect(page.view.current).toBe(before.current);
  const [row] = page.timeline.rows;
  page.happens(page.room.post('ada', 'two'));
  expect(page.timeline.rows[0]).toBe(row);
});
