// What the feed shows besides messages and their marks: where a room begins, and the breath of space at the end; and how
// a list is told of a change. Pure.
import { groupRows, type Item } from '../../lib/grouping';
import { timeOf } from '../../lib/time';
import type { Row, Timeline } from '../../state/contract';

export type FeedItem = Item<Row> | { type: 'beginning'; key: 'beginning' } | { type: 'end'; key: 'end' };

const END: FeedItem = { type: 'end', key: 'end' };

/** `heads` is kept by the caller and added to: rows that were the first to be held once (see `Grouping.heads`). */
export function feedItems(timeline: Timeline, heads = new Set<string>()): FeedItem[] {
  const cut = timeline.hasOlder;
  const top = timeline.rows[0];
  if (cut && top) heads.add(top.key);
  const items: FeedItem[] = groupRows(timeline.rows, { newAfter: lineAfter(timeline), cut, heads });
  items.push(END);
  const whole = timeline.loaded && !timeline.hasOlder && !timeline.fault && timeline.rows.length > 0;
  if (whole) items.unshift({ type: 'beginning', key: 'beginning' });
  return items;
}

/** Where the first unread message is not held, no line stands: above what is held it would be in the wrong place. */
function lineAfter({ newAfter, hasOlder, rows }: Timeline): number | null {
  const first = rows.find((row) => row.seq !== null)?.seq ?? 0;
  return newAfter !== null && hasOlder && first > newAfter ? null : newAfter;
}

/** What a list is shown next. */
export interface Stage {
  items: readonly FeedItem[];
  /** What changed is above what was there before. */
  shift: boolean;
}

const firstMessage = (items: readonly FeedItem[]) => items.find((item) => item.type === 'message')?.key;
const lastMessage = (items: readonly FeedItem[]) => items.findLast((item) => item.type === 'message')?.key;

/** From one list to the next in one step or two. The list keeps the reader's place where it is told that what came or
 * went is above; so what changed at both ends at once is told one end after the other. */
export function stages(before: readonly FeedItem[], after: readonly FeedItem[]): [Stage] | [Stage, Stage] {
  const first = firstMessage(before);
  const last = lastMessage(before);
  const end = after.findLastIndex((item) => item.type === 'message' && item.key === last);
  if (first === undefined || first === firstMessage(after) || end < 0)
    return [{ items: after, shift: false }];
  if (last === lastMessage(after)) return [{ items: after, shift: true }];
  return [
    { items: [...after.slice(0, end + 1), END], shift: true },
    { items: after, shift: false },
  ];
}

/** What the list puts on the element around an item: a message's is an article of the feed. */
export function postProps({ item, index }: { item: FeedItem; index: number }) {
  if (item.type !== 'message') return {};
  const { row } = item;
  return {
    role: 'article',
    class: 'post',
    tabindex: -1,
    'aria-label': `${row.by.name}, ${timeOf(row.at)}`,
    'aria-posinset': index + 1,
    'aria-setsize': -1,
    'data-key': row.key,
    'data-seq': row.seq ?? undefined,
    'data-state': row.text === null ? 'deleted' : row.delivery.state,
  };
}
