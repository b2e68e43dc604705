// Where the page opens when the address names no room.
import { rememberedRoom } from '../lib/lastRoom';
import type { RoomItem } from '../state/contract';

export { rememberRoom } from '../lib/lastRoom';

/** Everybody's first room. */
const FIRST = 'general';

/** Of the rooms I am in: the last one open, else `general`, else the first; null without rooms. */
export function lastRoom(rooms: readonly RoomItem[]): string | null {
  const kept = rememberedRoom();
  return rooms.find((room) => room.id === kept)?.id ?? firstRoom(rooms);
}

/** `general`, else the first; null without rooms. */
export function firstRoom(rooms: readonly RoomItem[]): string | null {
  const found = rooms.find((room) => room.kind === 'open' && room.name === FIRST) ?? rooms[0];
  return found?.id ?? null;
}
