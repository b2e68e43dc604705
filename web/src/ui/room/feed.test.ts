import { describe, expect, it } from 'vitest';
import { groupRows } from '../../lib/grouping';
import type { Row, Timeline } from '../../state/contract';
import { feedItems, prepended } from './feed';

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
const items = (t: Timeline) => feedItems(groupRows(t.rows, t.newAfter), t);

describe('the feed', () => {
  it('begins with the beginning only where nothing older is left', () => {
    expect(items(timeline(5, 9))[0]?.type).toBe('day');
    expect(items(timeline(5, 9, { hasOlder: false }))[0]?.type).toBe('beginning');
    expect(items(timeline(5, 9, { hasOlder: false })).at(-1)?.type).toBe('end');
  });

  it('knows older messages coming in above from everything else', () => {
    const before = items(timeline(50, 60));
    expect(prepended(before, items(timeline(30, 60)))).toBe(true);
    expect(prepended(before, items(timeline(50, 61)))).toBe(false);
    expect(prepended(before, items(timeline(30, 61)))).toBe(false);
    expect(prepended(before, items(timeline(1, 20)))).toBe(false);
    expect(prepended([], before)).toBe(false);
  });
});
