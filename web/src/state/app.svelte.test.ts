// @vitest-environment jsdom
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Http } from '../net/http';
import type { FromWorker } from '../net/messages';
import { loneTab } from '../net/tabs';
import { startApp } from './app.svelte';
import { MemoryDevice } from './device/memory';
import { FakeRoom, ROOM, user } from './testing';

let hear: (message: FromWorker) => void;
const room = new FakeRoom();
const http: Http = async (_, path) => {
  const answers: Record<string, unknown> = {
    '/server': {
      name: 'Parlor',
      version: '1',
      epoch: 'epoch',
      claimed: true,
      demo: false,
      sign_up: 'invite',
    },
    '/me': { user: user('me') },
    [`/rooms/${ROOM}/messages`]: room.page('newest', null),
  };
  return { ok: true, value: answers[path] as never };
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the state follows the wire, and components follow the state', async () => {
  room.post('ada', 'hello');
  const app = startApp({
    http,
    device: new MemoryDevice(),
    tabs: loneTab('tab'),
    openSocket: (listener) => {
      hear = listener;
      return { send: () => {}, tryNow: () => {}, stop: () => {} };
    },
  });
  const seen: string[] = [];
  const stop = $effect.root(() => {
    $effect(() => {
      const { session, current } = app.state;
      const rows = current?.state === 'open' ? current.timeline.rows.map((r) => r.text) : [];
      seen.push(`${session.state} ${rows.join()}`);
    });
  });
  flushSync();
  await vi.advanceTimersByTimeAsync(0);
  hear({ type: 'opened', connection: 1 });
  hear({ type: 'link', link: { state: 'live' } });
  hear({ type: 'frame', connection: 1, frame: room.ready() });
  app.do.openRoom(ROOM);
  await vi.advanceTimersByTimeAsync(0);
  flushSync();
  const streamed = { type: 'events' as const, room: ROOM, events: [room.post('ada', 'streamed')] };
  hear({ type: 'frame', connection: 1, frame: streamed });
  await vi.advanceTimersByTimeAsync(50);
  flushSync();
  expect(seen[0]).toBe('booting ');
  expect(seen.at(-1)).toBe('signed-in hello,streamed');
  expect(app.state.connection).toEqual({ state: 'live', ms: null, pings: [] });
  stop();
});
