import { describe, expect, it } from 'vitest';
import { shortcutOf, stepFrom } from './shortcut';

const press = (key: string, ...held: ('ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey')[]) =>
  shortcutOf({
    key,
    ctrlKey: held.includes('ctrlKey'),
    metaKey: held.includes('metaKey'),
    altKey: held.includes('altKey'),
    shiftKey: held.includes('shiftKey'),
  });

describe('a key', () => {
  it('means what it means in other chats', () => {
    expect(press('k', 'ctrlKey')).toEqual({ name: 'jump' });
    expect(press('K', 'metaKey')).toEqual({ name: 'jump' });
    expect(press('/', 'ctrlKey')).toEqual({ name: 'help' });
    expect(press('/', 'ctrlKey', 'shiftKey')).toEqual({ name: 'help' }); // a German keyboard
    expect(press('ArrowDown', 'altKey')).toEqual({ name: 'step', by: 1, unreadOnly: false });
    expect(press('ArrowUp', 'altKey', 'shiftKey')).toEqual({ name: 'step', by: -1, unreadOnly: true });
    expect(press('Escape')).toEqual({ name: 'read' });
    expect(press('Escape', 'shiftKey')).toEqual({ name: 'read-all' });
  });

  it('means nothing of ours otherwise', () => {
    expect(press('k')).toBeNull();
    expect(press('k', 'ctrlKey', 'shiftKey')).toBeNull();
    expect(press('ArrowDown')).toBeNull();
    expect(press('ArrowDown', 'ctrlKey', 'altKey')).toBeNull();
  });
});

describe('the next room', () => {
  const rooms = [
    { id: 'a', unread: 0 },
    { id: 'b', unread: 2 },
    { id: 'c', unread: 0 },
  ];
  const from = (id: string | null, by: 1 | -1, unreadOnly = false) =>
    stepFrom(rooms, id, by, unreadOnly)?.id ?? null;

  it('is the one above or below, round the end', () => {
    expect([from('a', 1), from('c', 1), from('a', -1), from(null, 1), from(null, -1)]).toEqual([
      'b',
      'a',
      'c',
      'a',
      'c',
    ]);
  });

  it('is an unread one, where that is asked for', () => {
    expect([from('a', 1, true), from('c', -1, true), from('b', 1, true)]).toEqual(['b', 'b', null]);
    expect(stepFrom([], null, 1, false)).toBeNull();
  });
});
