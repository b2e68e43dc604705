// The calls of HTTP, as values: whatever the network or the server does, a caller gets an Outcome and never an exception.
import type { FieldError, Problem } from '../protocol.gen';

/** A refusal, ready to be put into words by `code`. Codes of the wire, and of our own: `network` (no answer), `timeout`,
 * `not_json` (something that is not Parlor answered), `other_epoch` (the server was restored from a backup). */
export interface Fault {
  code: string;
  /** The HTTP status; 0 where there was none. */
  status: number;
  /** The server's own sentence, in English; for a detail line, or where `code` is unknown. */
  message: string;
  /** When it may be tried again. */
  retryAfterMs: number | null;
  /** All fields at fault, for a form. */
  errors: readonly FieldError[];
  /** With `room_exists`: the room that has the name. */
  room: string | null;
}
export type Outcome<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** Long enough for a slow disk and a password hash in a queue, short enough to be believed. */
export const TIMEOUT_MS = 20_000;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Record<string, string | number | undefined>;
export interface Ask {
  query?: Query;
  body?: object;
}
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Http {
  <T>(method: Method, path: string, ask?: Ask): Promise<Outcome<T>>;
}

/** A client of one server. `path` is below `/api/v1`, its parts already encoded (`at` does that). */
export function httpClient(fetchIt: Fetch = (url, init) => fetch(url, init), timeoutMs = TIMEOUT_MS): Http {
  return async <T>(method: Method, path: string, ask: Ask = {}) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
      const init: RequestInit = {
        method,
        signal: stop.signal,
        cache: 'no-store',
        credentials: 'same-origin',
      };
      init.headers = { accept: 'application/json' };
      if (ask.body) {
        init.headers['content-type'] = 'application/json';
        init.body = JSON.stringify(ask.body);
      }
      return await readAnswer<T>(await fetchIt(`/api/v1${path}${queryOf(ask.query)}`, init));
    } catch {
      return { ok: false, fault: fault(stop.signal.aborted ? 'timeout' : 'network') };
    } finally {
      clearTimeout(timer);
    }
  };
}

/** A path of parts, each encoded: at`/rooms/${id}/members`. */
export function at(strings: TemplateStringsArray, ...parts: string[]): string {
  return strings.reduce((path, piece, i) => path + encodeURIComponent(parts[i - 1] ?? '') + piece);
}

export function fault(code: string, more: Partial<Fault> = {}): Fault {
  return { code, status: 0, message: '', retryAfterMs: null, errors: [], room: null, ...more };
}

function queryOf(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]));
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

async function readAnswer<T>(answer: Response): Promise<Outcome<T>> {
  const type = answer.headers.get('content-type') ?? '';
  const isJson = /^application\/([a-z.]+\+)?json\b/i.test(type);
  if (answer.ok && (answer.status === 204 || answer.status === 205))
    return { ok: true, value: undefined as T };
  const body: unknown = isJson ? await parse(answer) : undefined;
  if (typeof body !== 'object' || body === null) {
    return { ok: false, fault: fault(codeOfStatus(answer.status), common(answer)) };
  }
  if (answer.ok) return { ok: true, value: body as T };
  const problem = body as Partial<Problem>;
  const code = typeof problem.code === 'string' ? problem.code : codeOfStatus(answer.status);
  const message = typeof problem.detail === 'string' ? problem.detail : '';
  const errors = Array.isArray(problem.errors) ? problem.errors : [];
  const room = typeof problem.room === 'string' ? problem.room : null;
  return { ok: false, fault: fault(code, { ...common(answer), message, errors, room }) };
}

/** Undefined for what is not JSON; a connection lost halfway is still an exception. */
async function parse(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A proxy in front of a server that is away speaks HTML; its status says enough. */
function codeOfStatus(status: number): string {
  if (status === 401) return 'not_signed_in';
  if (status === 413) return 'too_large';
  if (status === 429) return 'rate_limited';
  if (status === 500) return 'internal';
  if (status >= 502 && status <= 504) return 'overloaded';
  return 'not_json';
}

function common(answer: Response): Partial<Fault> {
  return { status: answer.status, retryAfterMs: retryAfter(answer.headers.get('retry-after')) };
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfter(value: string | null, now = Date.now()): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
