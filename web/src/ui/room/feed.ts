// What the feed shows besides messages and their marks: where a room begins, and the breath of space at the end. Pure.
import type { Item } from '../../lib/grouping';
import type { Row } from '../../state/contract';

export type FeedItem =
  Item<Row> | { type: 'beginning'; key: 'beginning' } | { type: 'end'; key: 'end' };

export function feedItems(groups: readonly Item<Row>[], fromTheBeginning: boolean): FeedItem[] {
  const items: FeedItem[] = [...groups, { type: 'end', key: 'end' }];
  if (fromTheBeginning) items.unshift({ type: 'beginning', key: 'beginning' });
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
