// The frames that pin the wire, taken from the real protocol types on the server's side: the page reads each as the
// server writes it.
import { describe, expect, test } from 'vitest';
import type { Event, Ready, ServerFrame } from '../protocol.gen';
import { newModel } from './model';
import { reduce } from './reducer';

const folder = '../../../docs/protocol/frames/';
const files = import.meta.glob('../../../docs/protocol/frames/*.json', { eager: true, import: 'default' });
const golden = <T>(name: string): T => files[folder + name] as T;
const names = Object.keys(files).map((path) => path.slice(folder.length));
const named = (start: string) => names.filter((name) => name.startsWith(start));
const ready = golden<Ready & { type: 'ready' }>('server.ready.json');

/** A page that has heard `ready`, in which one room's head is `head`. */
function page(room: string, head: number) {
  const rooms = ready.rooms.map((r) => (r.id === room ? { ...r, head } : r));
  const blank = newModel(ready.user, ready.server, 0);
  return reduce(blank, { type: 'frame', frame: { ...ready, rooms }, now: 0 }).model;
}

describe('golden frames', () => {
  test.each(named('server.'))('%s changes nothing that it is not about', (name) => {
    const frame = golden<ServerFrame>(name);
    const { model } = reduce(page('', 0), { type: 'frame', frame, now: 0 });
    const gone = frame.type === 'room_removed' ? frame.room : null;
    const kept = ready.rooms.map((room) => room.id).filter((id) => id !== gone);
    expect([...model.rooms.keys()]).toEqual(expect.arrayContaining(kept));
    expect(model.rooms.has(gone ?? '')).toBe(false);
  });

  test.each(named('event.'))('%s is taken in as the next of its room', (name) => {
    const event = golden<Event>(name);
    const room = ready.rooms[0]?.id ?? '';
    const frame: ServerFrame = { type: 'events', room, events: [event] };
    const { model, effects } = reduce(page(room, event.seq - 1), { type: 'frame', frame, now: 0 });
    expect(model.rooms.get(room)?.cursor).toBe(event.seq);
    expect(effects.filter((effect) => effect.do === 'resume')).toEqual([]);
  });
});
