// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRoute, paths, router } from './router.svelte';
import { uuid7 } from './uuid7';

describe('addresses', () => {
  test.each([
    ['/', '', { name: 'home' }],
    ['/r/01abc', '', { name: 'room', room: '01abc', seq: null }],
    ['/r/01abc/42', '', { name: 'room', room: '01abc', seq: 42 }],
    ['/r/a%2Fb', '', { name: 'room', room: 'a/b', seq: null }],
    ['/r/01abc/0', '', { name: 'not-found' }],
    ['/r/%', '', { name: 'not-found' }],
    ['/r', '', { name: 'not-found' }],
    ['/sign-in', '', { name: 'sign-in' }],
    ['/claim', '#secret', { name: 'claim', secret: 'secret' }],
    ['/invite', '#code', { name: 'invite', secret: 'code' }],
    ['/else/where', '', { name: 'not-found' }],
  ])('%s%s', (path, hash, route) => expect(parseRoute(path, hash)).toEqual(route));

  test('paths are read back', () => {
    expect(parseRoute(paths.room('a/b', 7), '')).toEqual({ name: 'room', room: 'a/b', seq: 7 });
  });
});

describe('moving', () => {
  let stop = () => {};
  beforeEach(() => {
    history.replaceState(null, '', '/');
    document.body.innerHTML = '<h1 tabindex="-1">Here</h1><a id="in" href="/r/x">x</a>'; // eslint-disable-line no-restricted-properties
    stop = router.start();
  });
  afterEach(() => stop());

  test('a click on a link of ours changes the place and moves the focus to the heading', async () => {
    document.getElementById('in')?.click();
    expect(router.route).toEqual({ name: 'room', room: 'x', seq: null });
    await Promise.resolve();
    await new Promise((done) => requestAnimationFrame(done));
    expect(document.activeElement?.tagName).toBe('H1');
  });

  test('a click with a modifier is left to the browser', () => {
    const event = new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: true });
    document.getElementById('in')?.dispatchEvent(event);
    expect(router.route).toEqual({ name: 'home' });
  });
});

test('a uuid of version 7 begins with its time and sorts by it', () => {
  const zero = new Uint8Array(10);
  expect(uuid7(0x0192_f0e1_d2c3, zero)).toBe('0192f0e1-d2c3-7000-8000-000000000000');
  expect(uuid7(1, new Uint8Array(10).fill(255)) < uuid7(2, zero)).toBe(true);
  expect(uuid7(1, new Uint8Array(10).fill(255))).toMatch(/-7fff-bfff-ffffffffffff$/);
});
