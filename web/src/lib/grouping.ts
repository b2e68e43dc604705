// What stands between messages: day marks, the "New" line, and where an author's group begins. Pure.

export interface Groupable {
  key: string;
  seq: number | null;
  /** Milliseconds since 1970. */
  at: number;
  by: { id: string };
  mine: boolean;
  reply: unknown;
}
export type Item<R> =
  | { type: 'day'; key: string; at: number }
  | { type: 'new'; key: string }
  /** `first`: shows its author; the others of its group stand under the same name. */
  | { type: 'message'; key: string; row: R; first: boolean };

/** One author's messages collapse while they are no further apart than this. */
export const GROUP_MS = 5 * 60_000;

/** The day of a moment where the reader is, as a key that compares. */
export function localDay(at: number): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
}

export interface Grouping {
  /** The line goes before the first row of others above this seq; null: no line. */
  newAfter: number | null;
  /** The rows begin in the middle of something: whether a day begins with the first of them is not known. */
  cut?: boolean;
  /** Rows that show their author in any case: what was seen without what stands above it must not change its height once
   * that comes in. */
  heads?: ReadonlySet<string>;
  dayOf?: (at: number) => string;
}

export function groupRows<R extends Groupable>(
  rows: readonly R[],
  { newAfter, cut = false, heads, dayOf = localDay }: Grouping,
): Item<R>[] {
  const items: Item<R>[] = [];
  let previous: R | null = null;
  let day: string | null = null;
  let lined = newAfter === null;
  for (const row of rows) {
    const today = dayOf(row.at);
    let first = !previous || previous.by.id !== row.by.id || row.reply !== null || !!heads?.has(row.key);
    first ||= Math.abs(row.at - (previous?.at ?? 0)) > GROUP_MS;
    if (today !== day) {
      if (day !== null || !cut) items.push({ type: 'day', key: `day ${today} ${row.key}`, at: row.at });
      day = today;
      first = true;
    }
    if (!lined && !row.mine && row.seq !== null && row.seq > (newAfter ?? 0)) {
      items.push({ type: 'new', key: 'new' });
      lined = true;
      first = true;
    }
    items.push({ type: 'message', key: row.key, row, first });
    previous = row;
  }
  return items;
}
