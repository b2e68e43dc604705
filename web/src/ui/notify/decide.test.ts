import { describe, expect, it } from 'vitest';
import type { Call, RoomItem } from '../../state/contract';
import { decide, type Told } from './decide';
import { titleOf, waitingIn } from './waiting';

const ada = { id: 'a', username: 'ada', name: 'Ada' };
const call = (seq: number, live = true): Call => ({ seq, by: ada, text: `text ${seq}`, at: 0, live });
const room = (id: string, over: Partial<RoomItem> = {}) =>
  ({ id, kind: 'open', name: id, unread: 0, mentions: 0, call: null, ...over }) as RoomItem;

/** Plays one state of the rooms after another; `away` may change between them. */
function play(...states: { rooms: RoomItem[]; away?: boolean }[]): string[] {
  let told: Told = new Map();
  const raised = new Set<string>();
  return states.flatMap(({ rooms, away = true }) => {
    const decision = decide(rooms, told, raised, away);
    told = decision.told;
    return decision.steps.map((step) => {
      if (step.do === 'clear') {
        raised.delete(step.room);
        return `clear ${step.room}`;
      }
      raised.add(step.room.id);
      return `raise ${step.room.id} ${step.call.seq}${step.again ? '' : ' quietly'}`;
    });
  });
}

describe('a notification', () => {
  it('is raised once for a call while nobody looks', () => {
    const rooms = [room('general', { call: call(7) }), room('design')];
    expect(play({ rooms }, { rooms })).toEqual(['raise general 7']);
  });

  it('is not raised for what came while somebody looked, not even later', () => {
    const rooms = [room('general', { call: call(7) })];
    expect(play({ rooms, away: false }, { rooms, away: true })).toEqual([]);
  });

  it('is replaced by the next one of its room', () => {
    const states = [7, 9].map((seq) => ({ rooms: [room('general', { call: call(seq) })] }));
    expect(play(...states)).toEqual(['raise general 7', 'raise general 9']);
  });

  it('goes away when the room was read elsewhere, or is no longer mine', () => {
    const rooms = [room('general', { call: call(7) }), room('design', { call: call(3) })];
    expect(play({ rooms }, { rooms: [room('general')] }, { rooms: [room('general')] })).toEqual([
      'raise general 7',
      'raise design 3',
      'clear general',
      'clear design',
    ]);
  });

  it('does not make itself heard again for what is caught up on', () => {
    const states = [7, 8, 9].map((seq) => ({ rooms: [room('general', { call: call(seq, false) })] }));
    expect(play(...states)).toEqual([7, 8, 9].map((seq) => `raise general ${seq} quietly`));
  });
});

describe('the title', () => {
  const count = (n: number) => (n >= 100 ? '99+' : String(n));
  const title = (...rooms: RoomItem[]) => titleOf(['general', 'Parlor'], waitingIn(rooms), count);

  it('counts what is meant for me, else shows that something is unread', () => {
    expect(title(room('a'))).toBe('general · Parlor');
    expect(title(room('a', { unread: 4 }))).toBe('• general · Parlor');
    expect(title(room('a', { unread: 4, mentions: 1 }), room('d', { kind: 'direct', unread: 2 }))).toBe(
      '(3) general · Parlor',
    );
    expect(title(room('a', { unread: 100, mentions: 100 }))).toBe('(99+) general · Parlor');
  });
});
