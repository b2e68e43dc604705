import { expect, test } from 'vitest';
import { groupRows, type Groupable, type Grouping } from './grouping';

const utcDay = (at: number) => new Date(at).toISOString().slice(0, 10);
const minute = 60_000;
const row = (seq: number, by: string, at: number, more: Partial<Groupable> = {}): Groupable => ({
  key: `k${seq}`,
  seq,
  at,
  by: { id: by },
  mine: false,
  reply: null,
  ...more,
});
const shape = (rows: Groupable[], newAfter: number | null = null, more: Partial<Grouping> = {}) =>
  groupRows(rows, { newAfter, dayOf: utcDay, ...more }).map((i) =>
    i.type === 'message' ? `${i.row.seq}${i.first ? '*' : ''}` : i.type,
  );

test('an author shows again after five minutes, another author, a reply, a new day', () => {
  const rows = [
    row(1, 'ada', 0),
    row(2, 'ada', 5 * minute),
    row(3, 'ada', 11 * minute),
    row(4, 'grace', 11 * minute),
    row(5, 'grace', 12 * minute, { reply: {} }),
    row(6, 'grace', 24 * 60 * minute),
  ];
  expect(shape(rows)).toEqual(['day', '1*', '2', '3*', '4*', '5*', 'day', '6*']);
});

test('the new line stands once, before the first unread message of somebody else', () => {
  const rows = [row(1, 'ada', 0), row(2, 'me', 1, { mine: true }), row(3, 'ada', 2), row(4, 'ada', 3)];
  expect(shape(rows, 1)).toEqual(['day', '1*', '2*', 'new', '3*', '4']);
  expect(shape(rows, 4)).toEqual(['day', '1*', '2*', '3*', '4']);
});

test('a row in view keeps its height when what stands above it comes in', () => {
  const rows = [row(1, 'ada', 0), row(2, 'ada', 1), row(3, 'ada', 2)];
  const heads = new Set(['k2']);
  expect(shape(rows.slice(1), null, { cut: true, heads })).toEqual(['2*', '3']);
  expect(shape(rows, null, { heads })).toEqual(['day', '1*', '2*', '3']);
});

test('keys are unique and do not change when older rows are put before', () => {
  const rows = Array.from({ length: 50 }, (_, i) => row(i, 'ada', i * 3600_000));
  const keys = groupRows(rows, { newAfter: 10, dayOf: utcDay }).map((i) => i.key);
  expect(new Set(keys).size).toBe(keys.length);
});
