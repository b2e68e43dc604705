import { describe, expect, it } from 'vitest';
import type { Row } from '../../state/contract';
import { AT_ONCE, hear, LONGEST, sayable } from './spoken';

const row = (seq: number | null, over: Partial<Row> = {}) =>
  ({ seq, mine: false, text: 'hello', ...over }) as Row;
const upTo = (last: number) => Array.from({ length: last }, (_, i) => row(i + 1));

/** Plays one state of a room after another; the answer is which seqs are said after each. */
function play(...states: { rows: Row[]; loaded?: boolean; hasNewer?: boolean }[]) {
  let heard: number | null = null;
  return states.map(({ rows, loaded = true, hasNewer = false }) => {
    const next = hear(heard, { rows, loaded, hasNewer });
    heard = next.upTo;
    return next.fresh.map(({ seq }) => seq);
  });
}

describe('what is spoken', () => {
  it('is what comes, not what was there', () => {
    expect(
      play({ rows: [], loaded: false }, { rows: upTo(5) }, { rows: upTo(6) }, { rows: upTo(6) }),
    ).toEqual([[], [], [6], []]);
  });

  it('is neither mine nor deleted, nor on its way', () => {
    const more = [row(6, { mine: true }), row(7, { text: null }), row(null, { mine: true }), row(8)];
    expect(play({ rows: upTo(5) }, { rows: [...upTo(5), ...more] })).toEqual([[], [8]]);
  });

  it('is only the newest of many', () => {
    expect(play({ rows: upTo(5) }, { rows: upTo(50) })[1]).toEqual([48, 49, 50].slice(-AT_ONCE));
  });

  it('begins anew after a look into the past', () => {
    const past = { rows: upTo(5), hasNewer: true };
    expect(play({ rows: upTo(900) }, past, { rows: upTo(901) }, { rows: upTo(902) })).toEqual([
      [],
      [],
      [],
      [902],
    ]);
  });

  it('is cut where it would take too long to listen to', () => {
    expect(sayable('short')).toBe('short');
    expect(sayable('a'.repeat(16_384))).toHaveLength(LONGEST + 1);
  });
});
