// What waits for me in all rooms, and the page's title that says so. Pure.
import type { RoomItem } from '../../state/contract';

export interface Waiting {
  /** Mentions, and messages of direct rooms. Each room's count stops at 100. */
  calls: number;
  /** Something unread, meant for me or not. */
  unread: boolean;
}

/** In a conversation of few every message is meant for me; elsewhere those that name me are. */
export const callsIn = (room: RoomItem): number => (room.kind === 'direct' ? room.unread : room.mentions);

export function waitingIn(rooms: readonly RoomItem[]): Waiting {
  return {
    calls: rooms.reduce((sum, room) => sum + callsIn(room), 0),
    unread: rooms.some((room) => room.unread > 0),
  };
}

/** `(3) general · Parlor`, `• general · Parlor`, `general · Parlor`. */
export function titleOf(parts: readonly string[], { calls, unread }: Waiting, count: (n: number) => string) {
  const mark = calls > 0 ? `(${count(calls)}) ` : unread ? '• ' : '';
  return mark + parts.filter(Boolean).join(' · ');
}
