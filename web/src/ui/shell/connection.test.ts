import { expect, test } from 'vitest';
import type { ConnectionState } from '../../state/contract';
import { shownConnection, sparkline } from './connection';

const live = (ms: number | null): ConnectionState => ({ state: 'live', ms, pings: [] });
const lost = (state: 'reconnecting' | 'offline'): ConnectionState => ({
  state,
  since: 5_000,
  nextTryAt: null,
});
const at = (ms: number) => () => ms;

test.each([
  [live(null), 'live', 'Live'],
  [live(0.2), 'live', 'Live · 1 ms'],
  [live(150), 'live', 'Live · 150 ms'],
  [live(151), 'slow', 'Slow · 151 ms'],
  [live(401), 'laggard', 'Very slow · 401 ms'],
  [lost('offline'), 'offline', 'Offline'],
] as const)('%o', (connection, state, text) => {
  expect(shownConnection(connection, at(0))).toEqual({ state, text });
});

test('a loss is said a second after it happened', () => {
  expect(shownConnection(lost('reconnecting'), at(5_999)).text).toBe('Live');
  expect(shownConnection(lost('reconnecting'), at(6_000)).text).toBe('Reconnecting…');
});

test('the newest ping stands at the end, the slowest at the top', () => {
  expect(sparkline([100, 200], 110, 20, 12)).toBe('100.0,10.0 110.0,0.0');
  expect(sparkline([], 110, 20, 12)).toBe('');
});
