// When a notification appears and when it goes away again: a plain function over the rooms as they are now. Carrying it
// out is `notifier.ts`.
//
// Promises: nothing is raised for what was there when the page opened, for my own posts, or twice for one post. However
// much is caught up on at once, a room has one notification.
import type { Call, RoomItem } from '../../state/contract';

/** The seq of the newest call of each room that has been dealt with, shown or not. */
export type Told = ReadonlyMap<string, number>;

export type Step =
  /** `again`: it may make itself heard though one of this room is there already. */
  { do: 'raise'; room: RoomItem; call: Call; again: boolean } | { do: 'clear'; room: string };

export interface Decision {
  told: Told;
  steps: readonly Step[];
}

/** `away`: nobody looks at the page, and notifications are wanted. `raised`: the rooms that have one. */
export function decide(
  rooms: readonly RoomItem[],
  told: Told,
  raised: ReadonlySet<string>,
  away: boolean,
): Decision {
  const next = new Map<string, number>();
  const steps: Step[] = [];
  for (const room of rooms) {
    const before = told.get(room.id) ?? 0;
    const { call } = room;
    next.set(room.id, Math.max(before, call?.seq ?? 0));
    if (call && call.seq > before && away) steps.push({ do: 'raise', room, call, again: call.live });
    else if (!call && raised.has(room.id)) steps.push({ do: 'clear', room: room.id });
  }
  for (const room of raised) if (!next.has(room)) steps.push({ do: 'clear', room });
  return { told: next, steps };
}
