// What the feed shows besides messages and their marks: where a room begins, and the breath of space at the end. Pure.
import type { Item } from '../../lib/grouping';
import { timeOf } from '../../lib/time';
import type { Row, Timeline } from '../../state/contract';

export type FeedItem = Item<Row> | { type: 'beginning'; key: 'beginning' } | { type: 'end'; key: 'end' };

export function feedItems(groups: readonly Item<Row>[], timeline: Timeline): FeedItem[] {
  const items: FeedItem[] = [...groups, { type: 'end', key: 'end' }];
  const whole = timeline.loaded && !timeline.hasOlder && !timeline.fault && timeline.rows.length > 0;
  if (whole) items.unshift({ type: 'beginning', key: 'beginning' });
  return items;
}

const firstMessage = (items: readonly FeedItem[]) => items.find((item) => item.type === 'message')?.key;
const lastMessage = (items: readonly FeedItem[]) => items.findLast((item) => item.type === 'message')?.key;

/** Did the change from one list to the next add messages above, and nothing else? */
export function prepended(before: readonly FeedItem[], after: readonly FeedItem[]): boolean {
  const first = firstMessage(before);
  if (first === undefined || first === firstMessage(after)) return false;
  return (
    lastMessage(before) === lastMessage(after) &&
    after.some((item) => item.type === 'message' && item.key === first)
  );
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
