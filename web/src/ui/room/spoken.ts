// What a screen reader is told of a room: new messages by others, and nothing that was there before. Pure.
import type { Row, Timeline } from '../../state/contract';

/** More at once than this would be noise; the newest are said. */
export const AT_ONCE = 3;
/** A longer text is read in the feed, at one's own pace. */
export const LONGEST = 400;

export interface Heard {
  /** The newest seq that was there; null: the end of the room is not in sight, and what comes is no news. */
  upTo: number | null;
  /** What is to be said now, the oldest first. */
  fresh: readonly Row[];
}

/** From what was heard so far and the room as it is now. */
export function hear(
  upTo: number | null,
  { rows, loaded, hasNewer }: Pick<Timeline, 'rows' | 'loaded' | 'hasNewer'>,
): Heard {
  if (!loaded || hasNewer) return { upTo: null, fresh: [] };
  const newest = rows.findLast((row) => row.seq !== null)?.seq ?? 0;
  if (upTo === null) return { upTo: newest, fresh: [] };
  const fresh = rows.filter((row) => !row.mine && row.text !== null && (row.seq ?? 0) > upTo);
  return { upTo: Math.max(upTo, newest), fresh: fresh.slice(-AT_ONCE) };
}

/** A text as it is said. */
export function sayable(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
