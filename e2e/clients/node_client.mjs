// A client of Parlor written from its documents alone, on npm's `ws`.
//
// Signs in, talks from two devices, loses a connection, and resumes by number. It prints
// one line and exits 0, or says what differs from the documents and exits 1.
//
//   PARLOR_URL=http://127.0.0.1:8080 node clients/node_client.mjs
import { deepStrictEqual } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';

const URL = (process.env.PARLOR_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const SOCKET = `${URL.replace(/^http/, 'ws')}/ws`;
const TIMEOUT_MS = 10_000;

function expect(what, found, wanted) {
  deepStrictEqual(
    found,
    wanted,
    `${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`,
  );
}

/** One HTTP call: its status and the JSON of its answer. */
async function call(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(`${URL}/api/v1${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

/** A socket that keeps every frame and lets one wait for what is to come. */
class Connection {
  frames = [];
  #waiting = [];

  static async open(url, options, hello) {
    const connection = new Connection();
    connection.socket = new WebSocket(url, ['parlor.v1'], {
      ...options,
      handshakeTimeout: TIMEOUT_MS,
    });
    connection.socket.on('message', (data, binary) => {
      expect('a frame is text', binary, false);
      connection.frames.push(JSON.parse(data.toString()));
      for (const wake of connection.#waiting.splice(0)) wake();
    });
    await once(connection.socket, 'open');
    expect('subprotocol', connection.socket.protocol, 'parlor.v1');
    connection.send({ type: 'hello', protocol: 1, ...hello });
    connection.ready = await connection.until('ready', ({ type }) => type === 'ready');
    expect('the first frame', connection.frames[0].type, 'ready');
    return connection;
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame, received or still to come, that matches. */
  async until(what, matches) {
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const found = this.frames.find(matches);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${what} did not come within ${TIMEOUT_MS} ms`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  answer(id) {
    return this.until(`the answer to ${id}`, (frame) => frame.id === id);
  }

  events(room) {
    return this.frames
      .filter((f) => f.type === 'events' && f.room === room)
      .flatMap((f) => f.events);
  }

  /** Cuts the line without a word. */
  drop() {
    this.socket.terminate();
  }
}

/** The status with which an upgrade is refused. */
async function refusal(url) {
  const socket = new WebSocket(url);
  socket.on('open', () => socket.terminate());
  const [request, response] = await once(socket, 'unexpected-response');
  request.destroy();
  return response.statusCode;
}

async function signIn() {
  const { status, body } = await call('POST', '/sessions', {
    username: 'prathmesh',
    password: '123',
  });
  expect('the demo signs in', status, 201);
  return body.token;
}

async function main() {
  expect('an upgrade without credentials', await refusal(SOCKET), 401);
  const server = (await call('GET', '/server')).body;
  const [phone, laptop] = [await signIn(), await signIn()];
  const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

  // The first device comes with a bearer token and posts.
  const first = await Connection.open(SOCKET, bearer(phone), {});
  expect('the heartbeat', first.ready.heartbeat, { interval_ms: 5000, max_missed: 2 });
  const room = first.ready.rooms.find(({ name }) => name === 'general').id;
  const post = { type: 'post', id: '1', room, nonce: randomUUID(), text: 'hello from Node 👋' };
  first.send(post);
  const ack = await first.answer('1');
  expect('the answer to post', ack.type, 'ack');
  const own = (
    await first.until('my own event', (f) => f.events?.some(({ seq }) => seq === ack.seq))
  ).events.find(({ seq }) => seq === ack.seq);
  expect('my event', [own.kind, own.nonce, own.text], ['message_posted', post.nonce, post.text]);

  // The second comes with a ticket, for clients that can set no header, and sees it.
  const ticket = await call('POST', '/tickets', undefined, laptop);
  expect('a ticket', [ticket.status, ticket.body.expires_in], [201, 30]);
  const url = `${SOCKET}?ticket=${encodeURIComponent(ticket.body.ticket)}`;
  const hello = { epoch: server.epoch, rooms: { [room]: ack.seq - 1 } };
  const second = await Connection.open(url, {}, hello);
  await second.until('caught_up', ({ type }) => type === 'caught_up');
  expect(
    'what the second device missed',
    second.events(room).map(({ seq }) => seq),
    [ack.seq],
  );
  expect('a ticket used twice', await refusal(url), 401);

  // The first is cut off; the second goes on: it edits, reacts, deletes and posts.
  first.drop();
  const commands = [
    { type: 'edit', seq: ack.seq, text: 'hello from Node, edited' },
    { type: 'react', seq: ack.seq, emoji: '🎉' },
    { type: 'post', text: 'still here', reply_to: ack.seq },
    { type: 'delete', seq: ack.seq },
  ];
  for (const [n, command] of commands.entries()) {
    const id = `c${n}`;
    second.send({ id, room, nonce: randomUUID(), ...command });
    const answer = await second.answer(id);
    expect(`the answer to ${command.type}`, [answer.type, answer.seq], ['ack', ack.seq + 1 + n]);
  }

  // Back by number: exactly what was missed, and the deleted text in none of it.
  const back = await Connection.open(SOCKET, bearer(phone), {
    epoch: server.epoch,
    rooms: { [room]: ack.seq },
  });
  const done = await back.until('caught_up', ({ type }) => type === 'caught_up');
  expect('where it has caught up to', done.seq, ack.seq + commands.length);
  const missed = back.events(room);
  expect(
    'what the first device missed',
    missed.map(({ seq, kind }) => [seq - ack.seq, kind]),
    [
      [1, 'message_edited'],
      [2, 'reaction_added'],
      [3, 'message_posted'],
      [4, 'message_deleted'],
    ],
  );
  expect('the deleted edit', [missed[0].redacted, 'text' in missed[0]], [true, false]);

  // Another epoch means another past.
  const other = await Connection.open(SOCKET, bearer(phone), {
    epoch: 'another',
    rooms: { [room]: 1 },
  });
  expect(
    'another epoch',
    (await other.until('reset', ({ type }) => type === 'reset')).reason,
    'epoch',
  );

  // Ended from the other device: a bye, then 4504.
  const closed = once(back.socket, 'close');
  const sessions = (await call('GET', '/sessions', undefined, phone)).body.items;
  const mine = sessions.find(({ current }) => current);
  expect(
    'ending a session',
    (await call('DELETE', `/sessions/${mine.id}`, undefined, laptop)).status,
    204,
  );
  const [code] = await closed;
  expect('how the socket ends', code, 4504);
  expect('the word before it', back.frames.at(-1).type, 'bye');

  for (const { socket } of [second, other]) socket.terminate();
  console.log(`OK: the Node client talked in general and resumed from ${ack.seq} to ${done.seq}`);
}

const timer = setTimeout(() => {
  console.error('the Node client: nothing more came within 60 s');
  process.exit(1);
}, 60_000);
try {
  await main();
  clearTimeout(timer);
} catch (error) {
  console.error(`the Node client: ${error.message}`);
  process.exit(1);
}
