import { describe, expect, test } from 'vitest';
import {
  acked,
  adopted,
  again,
  canDiscard,
  carryOver,
  due,
  enqueue,
  frameOf,
  nextDue,
  refused,
  seen,
  sending,
  settled,
  type Command,
  type Entry,
  type Outbox,
} from './outbox';

const entry = (nonce: string, command: Command, more: Partial<Entry> = {}): Entry => ({
  nonce,
  author: 'me',
  epoch: 'one',
  tab: 'tab',
  room: 'r',
  command,
  queuedAt: 0,
  tried: false,
  state: { name: 'queued', notBefore: 0 },
  ...more,
});
const post = (nonce: string, text = nonce, more: Partial<Entry> = {}) =>
  entry(nonce, { kind: 'post', text, replyTo: null }, more);
const all = (...entries: Entry[]): Outbox => entries.reduce(enqueue, []);
const names = (outbox: Outbox) => outbox.map((e) => e.nonce);
const states = (outbox: Outbox) => outbox.map((e) => `${e.nonce} ${e.state.name}`);
const refusal = (id: string, code: string, retry_after_ms?: number) =>
  ({
    type: 'refuse',
    id,
    code,
    message: '',
    ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
  }) as never;

describe('in a room', () => {
  test('one command is under way at a time, in the order typed; rooms do not wait for each other', () => {
    let outbox = all(post('a'), post('b'), post('x', 'x', { room: 'other' }));
    expect(names(due(outbox, 0))).toEqual(['a', 'x']);
    outbox = sending(outbox, 'a');
    expect(names(due(outbox, 0))).toEqual(['x']);
    outbox = acked(outbox, 'a', 7);
    expect(names(due(outbox, 0))).toEqual(['b', 'x']);
  });

  test('a refusal does not hold up what follows, patience asked for does', () => {
    let outbox = sending(all(post('a'), post('b')), 'a');
    const later = refused(outbox, refusal('a', 'rate_limited', 500), 1000);
    expect(due(later, 1499)).toEqual([]);
    expect(nextDue(later, 1000)).toBe(1500);
    expect(names(due(later, 1500))).toEqual(['a']);
    outbox = refused(outbox, refusal('a', 'text_too_long'), 1000);
    expect(states(outbox)).toEqual(['a refused', 'b queued']);
    expect(names(due(outbox, 0))).toEqual(['b']);
  });

  test('an ended session refuses nothing for good', () => {
    const outbox = refused(sending(all(post('a')), 'a'), refusal('a', 'not_signed_in'), 0);
    expect(states(outbox)).toEqual(['a queued']);
  });

  test('what was under way when the connection was lost is sent again under its nonce, and cannot be dropped', () => {
    const outbox = adopted(sending(all(post('a'), post('b')), 'a'), 'tab', []);
    expect(names(due(outbox, 0))).toEqual(['a']);
    expect(outbox.map(canDiscard)).toEqual([false, true]);
    expect(frameOf(outbox[0] as Entry)).toMatchObject({ type: 'post', id: 'a', nonce: 'a', text: 'a' });
  });

  test('an acked post stays until its number is reached, its event or its row is seen', () => {
    const outbox = acked(all(post('a')), 'a', 7);
    expect(states(settled(outbox, 'r', 6))).toEqual(['a acked']);
    expect(settled(outbox, 'r', 7)).toEqual([]);
    expect(settled(outbox, 'other', 7)).toHaveLength(1);
    expect(seen(all(post('a')), 'a', 7)).toEqual([]);
  });
});

describe('what still waits', () => {
  const edit = (nonce: string, target: number | string, text: string) =>
    entry(nonce, { kind: 'edit', target, text });

  test('is edited and deleted in place while it was never sent', () => {
    const outbox = all(post('a'), edit('e', 'a', 'better'));
    expect(outbox).toMatchObject([{ nonce: 'a', command: { text: 'better' } }]);
    expect(enqueue(outbox, entry('d', { kind: 'delete', target: 'a' }))).toEqual([]);
  });

  test('keeps its content once it was sent: an edit follows it and takes its number', () => {
    let outbox = enqueue(sending(all(post('a')), 'a'), edit('e', 'a', 'better'));
    expect(outbox).toMatchObject([{ command: { text: 'a' } }, { command: { target: 'a' } }]);
    expect(due(adopted(outbox, 'tab', []), 0)).toMatchObject([{ nonce: 'a' }]);
    outbox = acked(outbox, 'a', 7);
    expect(frameOf(outbox[1] as Entry)).toMatchObject({ type: 'edit', seq: 7, text: 'better' });
  });

  test('comes back together with what depends on it when it is refused', () => {
    const outbox = enqueue(sending(all(post('a')), 'a'), edit('e', 'a', 'better'));
    expect(states(refused(outbox, refusal('a', 'room_archived'), 0))).toEqual(['a refused', 'e refused']);
  });

  test('takes the last of several edits, and no reaction that was taken back', () => {
    const outbox = all(edit('1', 5, 'one'), edit('2', 5, 'two'), edit('3', 6, 'other'));
    expect(outbox.map((e) => e.command.kind === 'edit' && e.command.text)).toEqual(['two', 'other']);
    const emoji = (nonce: string, kind: 'react' | 'unreact') =>
      entry(nonce, { kind, target: 5, emoji: '👍' });
    expect(all(emoji('1', 'react'), emoji('2', 'unreact'))).toEqual([]);
    expect(names(all(emoji('1', 'react'), emoji('2', 'react')))).toEqual(['1']);
  });
});

test('a refused post is tried again at the end, with a new nonce only if it says something else', () => {
  const outbox = refused(all(post('a'), post('b')), refusal('a', 'text_too_long'), 0);
  expect(states(again(outbox, { nonce: 'a', now: 5 }))).toEqual(['b queued', 'a queued']);
  const rewritten = again(outbox, { nonce: 'a', now: 5, rewritten: { text: 'short', nonce: 'c' } });
  expect(rewritten).toMatchObject([{ nonce: 'b' }, { nonce: 'c', command: { text: 'short' } }]);
});

test('in another life of the server only posts that answer nothing are sent', () => {
  const reply = entry('reply', { kind: 'post', text: 'yes', replyTo: 4 });
  const outbox = carryOver(all(post('a'), reply, entry('e', { kind: 'edit', target: 4, text: 'x' })), 'two');
  expect(states(outbox)).toEqual(['a queued', 'reply refused', 'e refused']);
  expect(carryOver(all(post('a')), 'one')).toEqual(all(post('a')));
});
