// From one visit to the next: what is kept is shown at once, continued where it ended, and never spliced with another past.
import { beforeEach, describe, expect, test } from 'vitest';
import { newModel, type Effect, type Model } from './model';
import { reduce, type Input } from './reducer';
import { holderOf, savedRoom, savedWindow, type SavedRooms } from './saved';
import { EPOCH, FakeRoom, ROOM, user } from './testing';
import { Viewer } from './view';

let room: FakeRoom;
let model: Model;
let effects: Effect[];

const take = (...inputs: Input[]) => {
  for (const input of inputs) {
    const step = reduce(model, input);
    model = step.model;
    effects.push(...step.effects);
  }
};
const hears = (frame: Extract<Input, { type: 'frame' }>['frame']) => take({ type: 'frame', frame, now: 0 });
const begin = () => {
  model = newModel(user('me'), { name: 'Parlor', version: '1' }, 0);
  effects = [];
};
const rows = () => {
  const { current } = new Viewer().view(model);
  return current?.state === 'open' ? current.timeline.rows.map((r) => r.text) : current?.state;
};
/** What the device would keep of this page, through its own copying. */
const kept = (): SavedRooms => {
  const holder = holderOf(model);
  if (!holder) throw new Error('nothing is known yet');
  const rooms = [...model.rooms.values()];
  const windows = rooms.flatMap((r) => savedWindow(r) ?? []);
  return structuredClone({
    holder,
    rooms: rooms.map(savedRoom),
    people: [...model.people.values()],
    windows,
  });
};
const reopened = (saved: SavedRooms) => {
  begin();
  take({ type: 'restored', saved: { ...saved, windows: [] } }, { type: 'open', room: ROOM, seq: null });
  take({ type: 'windows', windows: saved.windows });
};

beforeEach(() => {
  begin();
  room = new FakeRoom();
  room.post('ada', 'said before');
  hears(room.ready());
  take({ type: 'open', room: ROOM, seq: null });
  const page = room.page('newest', null);
  take({ type: 'page', room: ROOM, life: model.rooms.get(ROOM)?.life ?? 0, where: 'newest', page });
});

describe('a page that is opened again', () => {
  test('shows what was kept and asks for nothing, then goes on from there', () => {
    reopened(kept());
    expect(rows()).toEqual(['said before']);
    expect(effects).toEqual([]);
    room.post('ada', 'said meanwhile');
    take({ type: 'greeted', rooms: [ROOM] });
    hears(room.ready());
    hears({ type: 'events', room: ROOM, events: room.events(1) });
    hears({ type: 'caught_up', room: ROOM, seq: 2 });
    expect(rows()).toEqual(['said before', 'said meanwhile']);
    expect(model.rooms.get(ROOM)).toMatchObject({ phase: 'live', cursor: 2, tally: { unread: 2 } });
  });

  test('waits for what is kept before it asks the server', () => {
    const saved = kept();
    begin();
    take({ type: 'restored', saved: { ...saved, windows: [] } }, { type: 'open', room: ROOM, seq: null });
    expect(effects).toEqual([]);
    take({ type: 'windows', windows: [] });
    expect(effects).toMatchObject([{ do: 'history', room: ROOM }]);
  });

  test('drops it all in another life of the server', () => {
    reopened(kept());
    take({ type: 'greeted', rooms: [ROOM] });
    hears(room.ready('another'));
    expect(rows()).toEqual([]);
    expect(effects).toMatchObject([{ do: 'people' }, { do: 'history', room: ROOM }]);
    expect(holderOf(model)?.epoch).toBe('another');
  });

  test('goes on from the older of two stretches: events that come again change nothing', () => {
    const early = kept().windows;
    room.post('ada', 'second');
    hears({ type: 'events', room: ROOM, events: room.events(1) });
    const late = kept();
    reopened({ ...late, windows: early });
    expect(model.rooms.get(ROOM)).toMatchObject({ cursor: 1, tally: { unread: 2, head: 2 } });
    take({ type: 'greeted', rooms: [ROOM] });
    hears(room.ready());
    hears({ type: 'events', room: ROOM, events: room.events(1) });
    expect(rows()).toEqual(['said before', 'second']);
    expect(model.rooms.get(ROOM)?.tally).toMatchObject({ unread: 2 });
    expect(EPOCH).toBe(model.epoch);
  });

  test('remembers what was read without a network, and has it told', () => {
    take({ type: 'read', room: ROOM });
    reopened(kept());
    expect(model.rooms.get(ROOM)?.tally).toMatchObject({ read: 1, saved: 0, unread: 0 });
    take({ type: 'greeted', rooms: [ROOM] });
    hears(room.ready());
    expect(model.rooms.get(ROOM)?.tally).toMatchObject({ read: 1, saved: 0, unread: 0 });
  });

  test('keeps the last page it has of a room in which one reads the past', () => {
    const held = model.rooms.get(ROOM);
    if (!held?.window) throw new Error('no window');
    expect(savedWindow({ ...held, window: { ...held.window, hasNewer: true } })).toBe(null);
  });
});
