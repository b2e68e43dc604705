import { describe, expect, it } from 'vitest';
import type { Row, Timeline } from '../../state/contract';
import { feedItems, stages, type FeedItem } from './feed';

const ada = { id: 'a', username: 'ada', name: 'Ada' };
const row = (seq: number): Row => ({
  key: `k${seq}`,
  seq,
  at: seq * 1000,
  by: ada,
  mine: false,
  canEdit: false,
  canDelete: false,
  delivery: { state: 'delivered' },
  text: 'hello',
  editedAt: null,
  mentionsMe: false,
  mentions: [],
  reply: null,
  reactions: [],
  change: null,
});
const timeline = (from: number, to: number, over: Partial<Timeline> = {}): Timeline => ({
  rows: Array.from({ length: to - from + 1 }, (_, i) => row(from + i)),
  loading: 'idle',
  fault: null,
  loaded: true,
  hasOlder: true,
  hasNewer: false,
  newAfter: null,
  target: null,
  ...over,
});
const items = (from: number, to: number, over: Partial<Timeline> = {}) => feedItems(timeline(from, to, over));
const span = (list: readonly FeedItem[]) => {
  const keys = list.flatMap((item) => (item.type === 'message' ? [item.key] : []));
  return `${keys[0]} to ${keys.at(-1)}`;
};
const told = (before: FeedItem[], after: FeedItem[]) =>
  stages(before, after).map((stage) => `${span(stage.items)}${stage.shift ? ', above' : ''}`);

describe('the feed', () => {
  it('begins with the beginning only where nothing older is left', () => {
    expect(items(5, 9)[0]?.type).toBe('message');
    expect(items(5, 9, { hasOlder: false })[0]?.type).toBe('beginning');
    expect(items(5, 9, { hasOlder: false }).at(-1)?.type).toBe('end');
  });

  it('draws the line only where the last message that was read is held, or nothing older is', () => {
    const lined = (newAfter: number, hasOlder = true) =>
      items(5, 9, { newAfter, hasOlder }).some((item) => item.type === 'new');
    expect(lined(6)).toBe(true);
    expect(lined(5)).toBe(true);
    expect(lined(4)).toBe(false);
    expect(lined(4, false)).toBe(true);
  });

  it('tells a change above from a change below, and both one after the other', () => {
    expect(told(items(50, 60), items(50, 61))).toEqual(['k50 to k61']);
    expect(told(items(50, 60), items(30, 60))).toEqual(['k30 to k60, above']);
    expect(told(items(50, 60), items(55, 60))).toEqual(['k55 to k60, above']);
    expect(told(items(50, 60), items(30, 62))).toEqual(['k30 to k60, above', 'k30 to k62']);
    expect(told(items(50, 60), items(55, 62))).toEqual(['k55 to k60, above', 'k55 to k62']);
    expect(told(items(50, 60), items(1, 20))).toEqual(['k1 to k20']);
    expect(told([], items(1, 20))).toEqual(['k1 to k20']);
  });
});
