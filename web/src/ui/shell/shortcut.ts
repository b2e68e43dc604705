// What a key means wherever one is, by the habits of other chats. Pure.

export type Shortcut =
  | { name: 'jump' }
  | { name: 'help' }
  | { name: 'step'; by: 1 | -1; unreadOnly: boolean }
  | { name: 'read' }
  | { name: 'read-all' };

type Keys = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

export function shortcutOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys): Shortcut | null {
  const control = ctrlKey !== metaKey; // one of them: Ctrl, or ⌘
  if (control && !altKey && !shiftKey && key.toLowerCase() === 'k') return { name: 'jump' };
  // Where a slash is typed with Shift, that is part of it.
  if (control && !altKey && key === '/') return { name: 'help' };
  if (ctrlKey || metaKey) return null;
  if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
    return { name: 'step', by: key === 'ArrowUp' ? -1 : 1, unreadOnly: shiftKey };
  }
  if (key === 'Escape' && !altKey) return { name: shiftKey ? 'read-all' : 'read' };
  return null;
}

/** The next room in a direction, round the end; null: there is none but this. */
export function stepFrom<R extends { id: string; unread: number }>(
  rooms: readonly R[],
  from: string | null,
  by: 1 | -1,
  unreadOnly: boolean,
): R | null {
  const at = rooms.findIndex((room) => room.id === from);
  const start = at < 0 && by < 0 ? 0 : at;
  for (let away = 1; away <= rooms.length; away++) {
    const room = rooms[(start + by * away + rooms.length * 2) % rooms.length];
    if (room && room.id !== from && (!unreadOnly || room.unread > 0)) return room;
  }
  return null;
}
