// The real binary on a free port with a folder of its own. It can be killed at any
// moment and started again on the same port and the same folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BINARY =
  process.env.PARLOR_BIN ?? fileURLToPath(new URL('../../target/ci/parlor', import.meta.url));

/** How long a start may take here; the promise of 300 ms is measured elsewhere. */
const START_MS = 20_000;

/** Settings beside the address and the folder, as `PARLOR_…` variables. */
export type Settings = Record<string, string>;

export class Server {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly settings: Settings,
    private readonly host: string,
  ) {}

  /**
   * Starts a new server on an empty folder and waits until it is ready. With a host name
   * other than `localhost` it listens beyond loopback, as in a home network.
   */
  static async start(settings: Settings = {}, host = 'localhost'): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'parlor-e2e-'));
    const server = new Server(await freePort(), folder, settings, host);
    try {
      await server.restart();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  /** As people type it. */
  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Path and fragment of the owner link that the last start printed. */
  get ownerLink(): string {
    const link = /\/claim#[\w.~-]+/.exec(this.output)?.[0];
    if (link === undefined) throw new Error(`no owner link on standard output:\n${this.output}`);
    return link;
  }

  /** Starts it again where it was; ready when this returns. */
  async restart(): Promise<void> {
    this.output = '';
    const child = spawn(BINARY, ['serve'], {
      env: {
        PATH: process.env.PATH,
        PARLOR_LISTEN: `${this.host === 'localhost' ? '127.0.0.1' : '0.0.0.0'}:${this.port}`,
        PARLOR_DATA_DIR: this.folder,
        ...this.settings,
      },
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      this.output += String(error);
    });
    await this.ready(child);
  }

  /** One call of the command line on this server's folder. Returns standard output. */
  async run(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, PARLOR_DATA_DIR: this.folder };
    const { stdout } = await promisify(execFile)(BINARY, args, { env, cwd: this.folder });
    return stdout;
  }

  /** `kill -9`: what was said to be on disk has to be there afterwards. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it and removes its folder. */
  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One request of the API, without a browser. Throws where it is not answered 2xx. */
  async call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private async ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null || child.pid === undefined) break;
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${BINARY} did not get ready:\n${this.output}`);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
