import { describe, expect, it } from 'vitest';
import { callAfter } from './calls';
import type { Call } from './contract';
import { FakeRoom } from './testing';

const here = { me: 'me', direct: false, live: true };

function heard(room: FakeRoom, listener = here): Call | null {
  return room.log.reduce<Call | null>((call, event) => callAfter(call, event, listener), null);
}

describe('a call', () => {
  it('is the newest post by another that names me', () => {
    const room = new FakeRoom();
    room.post('ada', 'one', { mentions: ['me'] });
    room.post('ada', 'two', { mentions: ['me', 'bob'] });
    room.post('ada', 'three', { mentions: ['bob'] });
    room.post('me', 'four', { mentions: ['me'] });
    expect(heard(room)).toMatchObject({ seq: 2, text: 'two', by: { id: 'ada' }, live: true });
  });

  it('is any post by another in a direct room', () => {
    const room = new FakeRoom();
    room.post('ada', 'hello');
    room.post('me', 'hi');
    expect(heard(room, { ...here, direct: true })?.seq).toBe(1);
    expect(heard(room)).toBeNull();
  });

  it('follows an edit, and is over once it is deleted', () => {
    const room = new FakeRoom();
    room.post('ada', 'helo', { mentions: ['me'] });
    room.add({ kind: 'message_edited', by: 'ada', target: 1, text: 'hello' });
    expect(heard(room)?.text).toBe('hello');
    room.add({ kind: 'message_deleted', by: 'ada', target: 1, author: 'ada', mentions: ['me'] });
    expect(heard(room)).toBeNull();
  });
});
