// The room one was in last, kept on this device: where the page opens when the address names none.
import type { RoomItem } from '../state/contract';

const KEY = 'parlor.room';
/** Everybody's first room. */
const FIRST = 'general';

export function rememberRoom(id: string): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // then the first room it is, next time
  }
}

/** Of the rooms I am in: the last one open, else `general`, else the first; null without rooms. */
export function lastRoom(rooms: readonly RoomItem[]): string | null {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // as above
  }
  return rooms.find((room) => room.id === kept)?.id ?? firstRoom(rooms);
}

/** `general`, else the first; null without rooms. */
export function firstRoom(rooms: readonly RoomItem[]): string | null {
  const found = rooms.find((room) => room.kind === 'open' && room.name === FIRST) ?? rooms[0];
  return found?.id ?? null;
}
