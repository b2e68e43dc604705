import { describe, expect, test, vi } from 'vitest';
import { at, httpClient, retryAfter } from './http';

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
const asking = (answer: () => Response | Promise<Response>, timeoutMs?: number) =>
  httpClient(async () => answer(), timeoutMs)('GET', '/me');

describe('an answer', () => {
  test('of JSON is its value', async () => {
    expect(await asking(() => json(200, { user: 1 }, { 'content-type': 'application/json' }))).toEqual({
      ok: true,
      value: { user: 1 },
    });
  });

  test('without a body is fine where it is meant to be', async () => {
    expect(await asking(() => new Response(null, { status: 204 }))).toMatchObject({ ok: true });
  });

  test('that refuses is a fault with its code, its fields and its time', async () => {
    const body = {
      status: 429,
      code: 'too_many_attempts',
      detail: 'slow down',
      errors: [{ field: 'name', code: 'bad_name' }],
    };
    expect(await asking(() => json(429, body, { 'retry-after': '7' }))).toEqual({
      ok: false,
      fault: {
        code: 'too_many_attempts',
        status: 429,
        message: 'slow down',
        retryAfterMs: 7000,
        errors: body.errors,
        room: null,
      },
    });
  });

  test.each([
    [200, 'not_json'],
    [401, 'not_signed_in'],
    [429, 'rate_limited'],
    [502, 'overloaded'],
    [503, 'overloaded'],
    [500, 'internal'],
  ])('of HTML with %i is the fault %s', async (status, code) => {
    const html = () => new Response('<html>', { status, headers: { 'content-type': 'text/html' } });
    expect(await asking(html)).toMatchObject({ ok: false, fault: { code, status } });
  });

  test.each(['{"half":', 'null', '7', ''])('of broken JSON %j is a fault too', async (text) => {
    const broken = () => new Response(text, { headers: { 'content-type': 'application/json' } });
    expect(await asking(broken)).toMatchObject({ ok: false, fault: { code: 'not_json' } });
  });

  test('that never comes is a fault of its own', async () => {
    expect(await asking(() => Promise.reject(new TypeError('refused')))).toMatchObject({
      fault: { code: 'network', status: 0 },
    });
    const hanging = httpClient(
      (_, init) =>
        new Promise((_, no) => init.signal?.addEventListener('abort', () => no(new Error('aborted')))),
      1,
    );
    expect(await hanging('GET', '/me')).toMatchObject({ fault: { code: 'timeout' } });
  });
});

test('a request is JSON below the base, its parts encoded', async () => {
  const fetched = vi.fn(async () => new Response(null, { status: 204 }));
  await httpClient(fetched as never)('POST', at`/rooms/${'a/b'}/messages`, {
    query: { after: 3, q: 'a&b', none: undefined },
    body: { text: 'x' },
  });
  expect(fetched).toHaveBeenCalledWith(
    '/api/v1/rooms/a%2Fb/messages?after=3&q=a%26b',
    expect.objectContaining({ method: 'POST', body: '{"text":"x"}', credentials: 'same-origin' }),
  );
});

test('Retry-After is seconds or a date', () => {
  expect(retryAfter('3')).toBe(3000);
  expect(retryAfter('Tue, 24 Nov 2026 00:00:10 GMT', Date.UTC(2026, 10, 24))).toBe(10_000);
  expect(retryAfter('soon')).toBe(null);
  expect(retryAfter(null)).toBe(null);
});
