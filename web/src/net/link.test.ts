import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { realClock } from './clock';
import { asked, backoff, LONGEST_MS } from './backoff';
import { fault, type Fault } from './http';
import { Connection, type Socket } from './link';
import type { FromWorker } from './messages';

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: { type: string; id?: string }[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
  }
  says(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  pings() {
    return this.sent.filter((f) => f.type === 'ping');
  }
  ready() {
    this.onopen?.();
    this.says({ type: 'ready', heartbeat: { interval_ms: 5000, max_missed: 2 }, rooms: [] });
  }
}

let sockets: FakeSocket[];
let told: FromWorker[];
let me: Fault | null;
let asks: number;
let connection: Connection;
const socket = () => sockets.at(-1) as FakeSocket;
const links = () => told.flatMap((m) => (m.type === 'link' ? [m.link] : []));
const ended = () => told.filter((m) => m.type === 'ended');
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  told = [];
  me = null;
  asks = 0;
  connection = new Connection({
    clock: { ...realClock, random: () => 0.5 },
    open: () => {
      sockets.push(new FakeSocket());
      return socket();
    },
    whoAmI: async () => {
      asks += 1;
      return me;
    },
    tell: (message) => told.push(message),
  });
  connection.start();
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

describe('a living connection', () => {
  test('is pinged every five seconds from ready on, and tells the median of the times', () => {
    socket().onopen?.();
    vi.advanceTimersByTime(6_000);
    expect(socket().pings()).toEqual([]);
    socket().ready();
    let waited = 0;
    for (const ms of [10, 30, 20]) {
      vi.advanceTimersByTime(5_000 - waited);
      const id = socket().pings().at(-1)?.id;
      vi.advanceTimersByTime(ms);
      socket().says({ type: 'pong', id });
      waited = ms;
    }
    expect(told.flatMap((m) => (m.type === 'rtt' ? [m.ms] : []))).toEqual([10, 20, 20]);
    expect(socket().pings()).toHaveLength(3);
  });

  test('counts any frame as a sign of life', () => {
    socket().ready();
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(5_500);
      socket().says({ type: 'events', room: 'r', events: [] });
    }
    expect(sockets).toHaveLength(1);
  });

  test('that falls silent is dropped within twelve seconds, and not before two pings were missed', () => {
    socket().ready();
    vi.advanceTimersByTime(11_900);
    expect(socket().closed).toBe(false);
    vi.advanceTimersByTime(100);
    expect(socket().closed).toBe(true);
    expect(links().at(-1)).toMatchObject({ state: 'down', unreachable: false });
  });

  test('one missed ping is forgiven', () => {
    socket().ready();
    vi.advanceTimersByTime(8_000); // the ping at 5 s is missed at 7 s
    socket().says({ type: 'whatever' });
    vi.advanceTimersByTime(8_900); // the ping at 10 s is missed at 12 s, the one at 15 s not yet
    expect(socket().closed).toBe(false);
  });

  test('is probed at once on a hint, with two seconds to answer', () => {
    socket().ready();
    connection.hint('visible');
    expect(socket().pings()).toHaveLength(1);
    vi.advanceTimersByTime(1_999);
    expect(socket().closed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket().closed).toBe(true);
  });

  test('is probed, not dropped, when a timer fires late because the machine slept', () => {
    socket().ready();
    vi.advanceTimersByTime(5_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(2_000);
    expect(socket().pings()).toHaveLength(2);
    expect(socket().closed).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(socket().closed).toBe(true);
  });

  test('sends nothing that was meant for the connection before', () => {
    socket().ready();
    const opened = told.find((m) => m.type === 'opened');
    socket().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(30_000);
    socket().onopen?.();
    connection.send(opened?.type === 'opened' ? opened.connection : 0, { type: 'typing', room: 'r' });
    expect(socket().sent).toEqual([]);
  });
});

describe('a lost connection', () => {
  test('comes back, later each time, until it lived well', async () => {
    socket().ready();
    socket().onclose?.({ code: 1011 });
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const link = links().at(-1);
      pauses.push((link?.state === 'down' ? (link.nextTryAt ?? 0) : 0) - Date.now());
      await vi.advanceTimersToNextTimerAsync();
      socket().onclose?.({ code: 1006 });
      await settle();
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses.at(-1)).toBeLessThanOrEqual(LONGEST_MS);
    await vi.advanceTimersToNextTimerAsync();
    socket().ready();
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(4_000);
      socket().says({ type: 'x' });
    }
    socket().onclose?.({ code: 1012 });
    const last = links().at(-1);
    expect((last?.state === 'down' ? (last.nextTryAt ?? 0) : 0) - Date.now()).toBeLessThanOrEqual(1_000);
  });

  test('keeps to the time that a bye names', () => {
    socket().ready();
    socket().says({ type: 'bye', code: 1012, reason: 'restarting', reconnect: true, after_ms: 7_000 });
    socket().onclose?.({ code: 1012 });
    vi.advanceTimersByTime(6_999);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(300);
    expect(sockets).toHaveLength(2);
  });

  test('tries at once when the network is back or somebody asks', () => {
    socket().ready();
    vi.advanceTimersByTime(2_000);
    socket().onclose?.({ code: 1006 });
    connection.hint('online');
    expect(sockets).toHaveLength(2);
  });

  test.each([1002, 1003, 1007, 1008, 1009, 4500, 4503, 4504, 4505, 4599])(
    'does not come back after %i',
    (code) => {
      socket().ready();
      socket().onclose?.({ code });
      vi.advanceTimersByTime(600_000);
      connection.hint('try-now');
      expect(sockets).toHaveLength(1);
      expect(ended()).toHaveLength(1);
    },
  );

  test('takes the code from the bye where the close frame was lost', () => {
    socket().ready();
    socket().says({ type: 'bye', code: 4504, reason: 'session ended', reconnect: false });
    socket().onclose?.({ code: 1006 });
    expect(ended()).toEqual([{ type: 'ended', reason: 'session_ended', code: 4504 }]);
  });
});

describe('a failed upgrade', () => {
  const refuse = async () => {
    socket().onclose?.({ code: 1006 });
    await settle();
  };

  test('asks who I am before it tries again', async () => {
    await refuse();
    expect(asks).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  test.each([
    [fault('not_signed_in', { status: 401 }), 'signed_out'],
    [fault('unclaimed', { status: 403 }), 'unclaimed'],
    [fault('foreign_host', { status: 421 }), 'foreign_host'],
  ])('%o ends it', async (answer, reason) => {
    me = answer;
    await refuse();
    vi.advanceTimersByTime(600_000);
    expect(ended()).toMatchObject([{ reason }]);
    expect(sockets).toHaveLength(1);
  });

  test('without a network says so and goes on trying', async () => {
    me = fault('network');
    await refuse();
    expect(links().at(-1)).toMatchObject({ state: 'down', unreachable: true });
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  test('waits as long as Retry-After says', async () => {
    me = fault('overloaded', { status: 503, retryAfterMs: 9_000 });
    await refuse();
    vi.advanceTimersByTime(8_999);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(300);
    expect(sockets).toHaveLength(2);
  });

  test('that hangs is given up', async () => {
    await vi.advanceTimersByTimeAsync(15_000);
    expect(socket().closed).toBe(true);
    expect(asks).toBe(1);
  });
});

test('pauses double up to a bound and are scattered', () => {
  expect([0, 1, 2].map((n) => backoff(n, 1))).toEqual([1_000, 2_000, 4_000]);
  expect(backoff(50, 1)).toBe(LONGEST_MS);
  expect(backoff(50, 0)).toBe(LONGEST_MS / 4);
  expect(asked(1_000, 0)).toBe(1_000);
  expect(asked(1e12, 0)).toBe(300_000);
});
