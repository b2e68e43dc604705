// Chromium as people start it, driven by its own protocol alone: Playwright switches off what browsers do to tabs that
// nobody looks at, so tests of those would pass falsely there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';

const BINARY = process.env.PARLOR_CHROMIUM ?? '/usr/bin/chromium';
/** How long anything may take here. */
const PATIENCE_MS = 40_000;

type Result = Record<string, unknown>;
interface Pending {
  resolve(result: Result): void;
  reject(error: Error): void;
}

export class Chromium {
  private next = 0;
  private readonly pending = new Map<number, Pending>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
  }

  /** A folder for a browser's profile: what it holds outlives the browser. */
  static profile(): Promise<string> {
    return mkdtemp(join(tmpdir(), 'parlor-chromium-'));
  }

  static async removeProfile(profile: string): Promise<void> {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }

  static async start(profile: string, ...flags: readonly string[]): Promise<Chromium> {
    const args = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      ...flags,
      'about:blank',
    ];
    const child = spawn(BINARY, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const socket = new WebSocket(await debuggerUrl(child));
    await once(socket, 'open');
    return new Chromium(child, socket);
  }

  /** A new tab, in front of the others. */
  async open(url: string): Promise<Tab> {
    const { targetId } = await this.send('Target.createTarget', { url });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return new Tab(this, String(targetId), String(sessionId));
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const id = (this.next += 1);
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  /** As the power goes: nothing is told, nothing is finished. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    this.socket.terminate();
  }

  private receive(text: string): void {
    const { id, result, error } = JSON.parse(text) as {
      id?: number;
      result?: Result;
      error?: { message: string };
    };
    const waiting = id === undefined ? undefined : this.pending.get(id);
    if (waiting === undefined || id === undefined) return;
    this.pending.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result ?? {});
  }
}

export class Tab {
  constructor(
    private readonly browser: Chromium,
    private readonly target: string,
    private readonly session: string,
  ) {}

  send(method: string, params: object = {}): Promise<Result> {
    return this.browser.send(method, params, this.session);
  }

  /** The value of an expression in the page; promises are awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = answer as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression: string, ms = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline) {
      const met = await this.evaluate<boolean>(`Boolean(${expression})`).catch(() => false);
      if (met) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seen = await this.evaluate<string>('document.body.innerText').catch(String);
    throw new Error(`never became true: ${expression}\n${seen}`);
  }

  /** Brings this tab to the front, so that the others are hidden. */
  async show(): Promise<void> {
    await this.browser.send('Target.activateTarget', { targetId: this.target });
    await this.send('Page.bringToFront');
  }

  freeze(): Promise<Result> {
    return this.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  thaw(): Promise<Result> {
    return this.send('Page.setWebLifecycleState', { state: 'active' });
  }

  /** Writes into the composer and presses Enter, as keys do. */
  async write(text: string): Promise<void> {
    await this.until(`document.querySelector('textarea')`);
    await this.evaluate(`document.querySelector('textarea').focus()`);
    await this.send('Input.insertText', { text });
    for (const type of ['keyDown', 'keyUp']) {
      await this.send('Input.dispatchKeyEvent', {
        ...{ type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
      });
    }
  }
}

async function debuggerUrl(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no debugger:\n${said}`)), PATIENCE_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
