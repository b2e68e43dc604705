import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { realClock } from '../net/clock';
import type { Http } from '../net/http';
import type { FromWorker } from '../net/messages';
import { loneTab } from '../net/tabs';
import type { ClientFrame, Event, ServerFrame } from '../protocol.gen';
import { Account } from './account';
import { actionsOf } from './actions';
import type { Actions, SessionState } from './contract';
import type { Deps } from './conversation';
import type { Model } from './model';
import { MemoryDevice } from './device/memory';
import { EPOCH, FakeRoom, ROOM, user } from './testing';
import { Viewer } from './view';

let room: FakeRoom;
let sent: ClientFrame[];
let hear: (message: FromWorker) => void;
let account: Account;
let act: Actions;
let session: SessionState;
let model: Model | null;
let viewer: Viewer;
let status: Record<string, number>;
let stopped: number;
let made: number;

const settle = () => vi.advanceTimersByTimeAsync(0);
const says = (frame: ServerFrame) => hear({ type: 'frame', connection: 1, frame });
const happens = (event: Event) => says({ type: 'events', room: ROOM, events: [event] });
const of = (...types: string[]) => sent.filter((f) => types.includes(f.type));
const rows = () => {
  const current = model && viewer.view(model).current;
  return current?.state === 'open' ? current.timeline.rows : [];
};
const notices = () => (model ? viewer.view(model).notices : []);
const fates = () => rows().map((r) => `${r.text} ${r.delivery.state}`);
const connect = () => {
  hear({ type: 'opened', connection: 1 });
  hear({ type: 'link', link: { state: 'live' } });
  says(room.ready());
};
const lose = () => hear({ type: 'link', link: { state: 'down', unreachable: false, nextTryAt: 5 } });
/** The server takes the newest post: acks it, and tells everybody. */
const takes = (nonce: string, text: string) => room.post('me', text, { nonce });

const http: Http = async (method, path, ask) => {
  const call = `${method} ${path}`;
  const code = status[call];
  if (code)
    return {
      ok: false,
      fault: { code: String(code), status: code, message: '', retryAfterMs: null, errors: [], room: null },
    };
  const around = Number(ask?.query?.around);
  const answers: Record<string, unknown> = {
    'GET /server': {
      name: 'Parlor',
      version: '1',
      epoch: EPOCH,
      claimed: true,
      demo: false,
      sign_up: 'invite',
    },
    'GET /me': { user: user('me') },
    'POST /sessions': { token: 't', user: user('me') },
    [`GET /rooms/${ROOM}/messages`]: around ? room.page('around', around) : room.page('newest', null),
    'GET /users': { items: [], has_more: false },
  };
  return { ok: true, value: answers[call] as never };
};

beforeEach(async () => {
  vi.useFakeTimers();
  room = new FakeRoom();
  room.post('ada', 'hello');
  sent = [];
  status = {};
  stopped = 0;
  made = 0;
  model = null;
  viewer = new Viewer();
  const deps: Deps = {
    http,
    clock: realClock,
    device: new MemoryDevice(),
    tabs: loneTab('tab'),
    newId: () => `id${++made}`,
    openSocket: (listener) => {
      hear = listener;
      return { send: (_, frame) => sent.push(frame), tryNow: () => {}, stop: () => (stopped += 1) };
    },
  };
  account = new Account(deps, {
    session: (next, conversation) => {
      session = next;
      model = conversation?.model ?? null;
    },
    changed: (next) => (model = next),
  });
  act = actionsOf(account, http, deps.newId);
  await account.boot();
});
afterEach(() => {
  account.conversation?.stop();
  vi.useRealTimers();
});

const open = async () => {
  connect();
  act.openRoom(ROOM);
  await settle();
};

describe('a post', () => {
  test('is pending, then sent, then delivered, in one row with one key', async () => {
    await open();
    act.post('hi\r\nthere');
    expect(fates()).toEqual(['hello delivered', 'hi\nthere pending']);
    const key = rows()[1]?.key;
    await settle();
    expect(of('post')).toMatchObject([{ nonce: 'id1', text: 'hi\nthere' }]);
    says({ type: 'ack', id: 'id1', room: ROOM, seq: 2 });
    expect(fates()).toEqual(['hello delivered', 'hi\nthere sent']);
    happens(takes('id1', 'hi\nthere'));
    expect(fates()).toEqual(['hello delivered', 'hi\nthere delivered']);
    expect(rows()[1]?.key).toBe(key);
  });

  test('may be seen in the log before its ack', async () => {
    await open();
    act.post('hi');
    await settle();
    happens(takes('id1', 'hi'));
    says({ type: 'ack', id: 'id1', room: ROOM, seq: 2 });
    expect(fates()).toEqual(['hello delivered', 'hi delivered']);
  });

  test('waits for the one before it', async () => {
    await open();
    act.post('one');
    act.post('two');
    await settle();
    expect(of('post')).toHaveLength(1);
    says({ type: 'ack', id: 'id1', room: ROOM, seq: 2 });
    await settle();
    expect(of('post')).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  });

  test('written without a connection is sent when it is back, under the nonce it had', async () => {
    await open();
    act.post('one');
    await settle();
    lose();
    act.post('two');
    await settle();
    expect(fates()).toEqual(['hello delivered', 'one pending', 'two pending']);
    takes('id1', 'one'); // the server had it: only its answer was lost
    sent = [];
    connect();
    expect(of('hello')).toMatchObject([{ epoch: EPOCH, rooms: { [ROOM]: 1 } }]);
    await settle();
    expect(of('post')).toMatchObject([{ nonce: 'id1' }]);
    says({ type: 'ack', id: 'id1', room: ROOM, seq: 2, duplicate: true });
    says({ type: 'events', room: ROOM, events: room.events(1) });
    expect(fates()).toEqual(['hello delivered', 'one delivered', 'two pending']);
    await settle();
    expect(of('post')).toMatchObject([{ nonce: 'id1' }, { nonce: 'id2' }]);
  });

  test('that waits in each of two rooms is sent once', async () => {
    await open();
    lose();
    act.post('here');
    account.conversation?.say('other', { kind: 'post', text: 'there', replyTo: null });
    await settle();
    connect();
    await settle();
    const posts = of('post').map((f) => (f.type === 'post' ? f.text : ''));
    expect(posts.sort()).toEqual(['here', 'there']);
  });

  test('that was refused says why; it is tried again, or given back', async () => {
    await open();
    act.post('too much');
    await settle();
    says({ type: 'refuse', id: 'id1', code: 'text_too_long', message: 'no' });
    const [, row] = rows();
    expect(row?.delivery).toMatchObject({ state: 'refused', fault: { code: 'text_too_long' } });
    act.retry(row?.key ?? '');
    await settle();
    expect(of('post')).toHaveLength(2);
    expect(act.discard(row?.key ?? '')).toBe(null); // the server may have it now
    says({ type: 'refuse', id: 'id1', code: 'text_too_long', message: 'no' });
    expect(act.discard(row?.key ?? '')).toBe('too much');
    expect(fates()).toEqual(['hello delivered']);
  });

  test('waits as long as the server asks', async () => {
    await open();
    act.post('fast');
    await settle();
    says({ type: 'refuse', id: 'id1', code: 'rate_limited', message: '', retry_after_ms: 700 });
    expect(fates()[1]).toBe('fast pending');
    vi.advanceTimersByTime(699);
    expect(of('post')).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await settle();
    expect(of('post')).toHaveLength(2);
  });
});

describe('a change', () => {
  test('shows at once and goes back with a notice when it is refused', async () => {
    await open();
    const key = rows()[0]?.key ?? '';
    act.react(key, '👍');
    act.edit(key, 'changed');
    expect(rows()[0]).toMatchObject({
      text: 'changed',
      change: 'editing',
      reactions: [{ count: 1, pending: true }],
    });
    await settle();
    says({ type: 'ack', id: 'id1', room: ROOM, seq: 2 });
    happens(room.add({ kind: 'reaction_added', by: 'me', target: 1, emoji: '👍', nonce: 'id1' }));
    says({ type: 'refuse', id: 'id2', code: 'forbidden', message: '' });
    expect(rows()[0]).toMatchObject({
      text: 'hello',
      change: null,
      reactions: [{ count: 1, pending: false }],
    });
    expect(notices()).toMatchObject([{ what: 'edit', text: 'changed' }]);
    act.dismiss(notices()[0]?.id ?? '');
    expect(notices()).toEqual([]);
  });
});

test('what waits for a room that I am removed from comes back as a notice', async () => {
  await open();
  lose();
  act.post('too late');
  await settle();
  connect();
  says({ type: 'room_removed', room: ROOM });
  says({ type: 'refuse', id: 'id1', code: 'not_found', message: '' });
  expect(notices()).toMatchObject([{ what: 'post', text: 'too late' }]);
  act.dismiss(notices()[0]?.id ?? '');
  expect(model?.outbox).toEqual([]);
});

describe('what I read', () => {
  test('is told at most every two seconds, and until it was heard', async () => {
    await open();
    act.atBottom(true);
    expect(of('read')).toMatchObject([{ room: ROOM, seq: 1 }]);
    says({ type: 'ack', id: `read ${ROOM}`, room: ROOM, seq: 1 });
    happens(room.post('ada'));
    happens(room.post('ada'));
    expect(of('read')).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    expect(of('read')).toMatchObject([{ seq: 1 }, { seq: 3 }]);
    vi.advanceTimersByTime(2_000);
    expect(of('read')).toHaveLength(3);
    says({ type: 'signal', kind: 'read', room: ROOM, seq: 3, head: 3, unread: 0, mentions: 0 });
    vi.advanceTimersByTime(10_000);
    expect(of('read')).toHaveLength(3);
  });

  test('typing is told at most every three seconds', async () => {
    await open();
    for (let i = 0; i < 31; i++) {
      act.typing();
      vi.advanceTimersByTime(100);
    }
    expect(of('typing')).toHaveLength(2);
  });
});

describe('a session', () => {
  test('that was ended elsewhere shows the sign-in with the reason, and keeps what waits for the same person', async () => {
    await open();
    lose();
    act.post('unsent');
    await settle();
    hear({ type: 'ended', reason: 'session_ended', code: 4504 });
    await settle();
    expect(session).toMatchObject({ state: 'signed-out', ended: 'session_ended' });
    expect(stopped).toBe(1);
    expect(await act.signIn('me', 'secret')).toMatchObject({ ok: true });
    await settle();
    await open();
    expect(of('post')).toMatchObject([{ text: 'unsent' }]);
  });

  test('that a page of history finds ended is ended', async () => {
    connect();
    status[`GET /rooms/${ROOM}/messages`] = 401;
    act.openRoom(ROOM);
    await settle();
    expect(session).toMatchObject({ state: 'signed-out', ended: 'session_ended' });
  });

  test('that I end is gone, with all that waits; it stays where the server cannot be told', async () => {
    connect();
    status['DELETE /sessions/current'] = 503;
    expect(await act.signOut()).toMatchObject({ ok: false });
    expect(session).toMatchObject({ state: 'signed-in' });
    status = {};
    expect(await act.signOut()).toEqual({ ok: true, value: undefined });
    expect(session).toMatchObject({ state: 'signed-out', ended: 'signed_out' });
  });

  test('of somebody else on the same cookie begins anew', async () => {
    connect();
    says({ ...room.ready(), user: user('grace') });
    await settle();
    expect(stopped).toBe(1);
    expect(session).toMatchObject({ state: 'signed-in' });
  });

  test('that begins while the server is away goes on asking', async () => {
    status = { 'GET /server': 502 };
    account.conversation?.stop();
    await account.boot();
    expect(session).toMatchObject({ state: 'booting', fault: { status: 502 } });
    status = { 'GET /me': 401 };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(session).toMatchObject({ state: 'signed-out', ended: null });
  });
});
