// A server of the named binary with a room of many people and many messages, and people who go on talking. By HTTP only:
// whoever talks here does not listen, so that the processors are left to the page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 20_000;
const PASSWORD = 'only-for-measurements';
/** Requests under way at once: enough to keep the server busy, few enough for it to answer all. */
const HANDS = 16;
/** The server hashes a few passwords at once and sends others away. */
const DOORS = 2;

export class Place {
  #child;
  #folder;
  #port;
  #tokens = [];
  room = '';

  static async open(binary) {
    const place = new Place();
    place.#folder = await mkdtemp(join(tmpdir(), 'parlor-bench-web-'));
    place.#port = await freePort();
    place.#child = spawn(binary, ['serve'], {
      env: {
        PATH: process.env.PATH,
        PARLOR_LISTEN: `127.0.0.1:${place.#port}`,
        PARLOR_DATA_DIR: place.#folder,
        PARLOR_RATE_LIMITS: 'off',
        PARLOR_LOG: 'error',
      },
      stdio: 'ignore',
    });
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${place.#port}/readyz`).catch(() => null);
      if (answer?.ok) return place;
      if (Date.now() > deadline) throw new Error('the server does not get ready');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get url() {
    return `http://localhost:${this.#port}`;
  }

  async close() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** So many people, all of them in `general`. */
  async gather(people) {
    await inParallel(people, DOORS, async (n) => {
      const name = `${NAMES[n % NAMES.length]} ${Math.floor(n / NAMES.length) + 1}`;
      const body = { username: `person-${n}`, password: PASSWORD, name };
      this.#tokens[n] = (await this.#call('POST', '/users', body)).token;
    });
    this.room = (await this.#call('GET', '/rooms', undefined, this.#tokens[0])).items[0].id;
  }

  /** So many messages, by all of them. */
  async fill(messages) {
    await inParallel(messages, HANDS, (n) => this.say(n));
  }

  /** Goes on talking at a rate until so many were said. */
  async talk(messages, perSecond, said = () => {}) {
    const begun = performance.now();
    const under = new Set();
    for (let n = 0; n < messages; n += 1) {
      const wait = begun + (n * 1000) / perSecond - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      const one = this.say(n).finally(() => under.delete(one));
      under.add(one);
      await said(n);
    }
    await Promise.all(under);
    return (messages / (performance.now() - begun)) * 1000;
  }

  say(n) {
    const body = { text: textOf(n), nonce: crypto.randomUUID() };
    return this.#call('POST', `/rooms/${this.room}/messages`, body, this.#tokens[(n * 7919) % this.#tokens.length]);
  }

  async #call(method, path, body, token) {
    const headers = { 'content-type': 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`http://127.0.0.1:${this.#port}/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

const NAMES = ['Ada', 'Grace', 'Linus', 'Margaret', 'Dennis', 'Hedy', 'Alan', 'Edsger', 'Barbara', 'Ken'];

/** What people say: mostly a line, at times a paragraph, a link, a name. */
export function textOf(n) {
  const words = 'the relay is in and the median hop went down '.repeat(1 + ((n * 7) % 5) * ((n * 3) % 2));
  if (n % 23 === 0) return `${n}: ${words}\n\nand a second paragraph, as some things need one`;
  if (n % 17 === 0) return `${n}: see https://status.example.com/relay/${n} for the graph`;
  if (n % 41 === 0) return `${n}: @prathmesh could you have a look?`;
  return `${n}: ${words}`;
}

async function inParallel(count, hands, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: hands }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
