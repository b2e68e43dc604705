// One connection to the server, kept alive: opened, watched, dropped when dead, opened again after a pause. Runs in the
// Worker, but knows neither Worker nor browser: the socket, the clock and the question "who am I?" are passed in.
//
// Promises: after `ended` nothing more happens. A frame is sent only on the connection it was meant for. No two tries
// run at once. At most one timer of each kind waits.
import type { Bye, ClientFrame, ServerFrame } from '../protocol.gen';
import { asked, backoff } from './backoff';
import type { Clock, Timer } from './clock';
import { Heartbeat } from './heartbeat';
import type { Fault } from './http';
import type { Ended, FromWorker, Hint } from './messages';

/** The part of a WebSocket that is used here. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}
export interface Surroundings {
  clock: Clock;
  open(): Socket;
  /** `GET /me`: null when signed in. */
  whoAmI(): Promise<Fault | null>;
  tell(message: FromWorker): void;
}

/** From the first packet to `ready`. Longer than a slow server's start, shorter than a person's patience. */
export const OPENING_MS = 15_000;
/** A connection that lived this long proves the server well: the next pause is the shortest again. */
const WELL_MS = 10_000;
/** A hint ends a pause, but not more often than this. */
const HINT_GAP_MS = 1_000;

/** Close codes after which a client does not come back by itself. */
export function isFinal(code: number): boolean {
  return [1002, 1003, 1007, 1008, 1009].includes(code) || (code >= 4500 && code <= 4599);
}

export class Connection {
  #socket: Socket | null = null;
  #number = 0;
  #opened = false;
  #readyAt: number | null = null;
  #heartbeat: Heartbeat | null = null;
  #bye: Bye | null = null;
  #failures = 0;
  #unreachable = false;
  #triedAt = -Infinity;
  #pause: Timer | null = null;
  #nextTryAt: number | null = null;
  #opening: Timer | null = null;
  #asking = false;
  #over = false;

  constructor(private readonly around: Surroundings) {}

  start(): void {
    this.#try();
  }

  send(connection: number, frame: ClientFrame): void {
    if (connection === this.#number && this.#opened) this.#socket?.send(JSON.stringify(frame));
  }

  hint(hint: Hint): void {
    if (this.#over) return;
    if (this.#heartbeat) this.#heartbeat.probe();
    else if (this.#pause && hint !== 'offline') {
      const since = this.around.clock.now() - this.#triedAt;
      if (hint === 'try-now' || since >= HINT_GAP_MS) this.#try();
    } else if (this.#pause && !this.#unreachable) {
      this.#unreachable = true;
      this.#tellDown(this.#nextTryAt);
    }
  }

  stop(): void {
    this.#over = true;
    this.#drop();
    this.around.clock.cancel(this.#pause);
  }

  #try(): void {
    const { clock } = this.around;
    clock.cancel(this.#pause);
    this.#pause = null;
    this.#triedAt = clock.now();
    this.#number += 1;
    this.#tellDown(null);
    let socket: Socket;
    try {
      socket = this.around.open();
    } catch {
      void this.#afterFailedUpgrade();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#opened = true;
      this.#tell({ type: 'opened', connection: this.#number });
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code);
    this.#opening = clock.after(OPENING_MS, () => this.#closed(1006));
  }

  #receive(data: unknown): void {
    this.#heartbeat?.heard();
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.type === 'pong') return this.#heartbeat?.pong(frame.id);
    if (frame.type === 'bye') this.#bye = frame;
    if (frame.type === 'ready') this.#ready(frame.heartbeat.interval_ms, frame.heartbeat.max_missed);
    this.#tell({ type: 'frame', connection: this.#number, frame });
  }

  #ready(intervalMs: number, maxMissed: number): void {
    const { clock } = this.around;
    clock.cancel(this.#opening);
    this.#readyAt = clock.now();
    this.#unreachable = false;
    const events = {
      ping: (id: string) => this.#socket?.send(JSON.stringify({ type: 'ping', id } satisfies ClientFrame)),
      rtt: (ms: number, times: readonly number[]) => this.#tell({ type: 'rtt', ms, times }),
      dead: () => this.#closed(1006),
    };
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat(clock, events, intervalMs, maxMissed);
    this.#tell({ type: 'link', link: { state: 'live' } });
  }

  #closed(closeCode: number): void {
    if (this.#over) return;
    const opened = this.#opened;
    const bye = this.#bye;
    const lived = this.#readyAt === null ? 0 : this.around.clock.now() - this.#readyAt;
    this.#drop();
    // The close frame may be lost behind a bye that was read.
    const code = closeCode === 1006 || closeCode === 1005 ? (bye?.code ?? closeCode) : closeCode;
    if (isFinal(code)) return this.#end(reasonOf(code), code);
    if (lived >= WELL_MS) this.#failures = 0;
    if (!opened) return void this.#afterFailedUpgrade();
    this.#wait(bye?.after_ms ?? null);
  }

  /** A browser does not say why an upgrade failed: HTTP does. */
  async #afterFailedUpgrade(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const fault = await this.around.whoAmI();
    this.#asking = false;
    if (this.#over) return;
    const reason = fault && endOf(fault);
    if (reason) return this.#end(reason, fault.status);
    this.#unreachable = fault !== null && (fault.status === 0 || fault.code === 'not_json');
    this.#wait(fault?.retryAfterMs ?? null);
  }

  #wait(askedMs: number | null): void {
    const { clock } = this.around;
    const own = backoff(this.#failures, clock.random());
    const pause = askedMs === null ? own : asked(askedMs, clock.random());
    this.#failures += 1;
    clock.cancel(this.#pause);
    this.#pause = clock.after(pause, () => this.#try());
    this.#nextTryAt = clock.wall() + pause;
    this.#tellDown(this.#nextTryAt);
  }

  #tellDown(nextTryAt: number | null): void {
    this.#tell({ type: 'link', link: { state: 'down', unreachable: this.#unreachable, nextTryAt } });
  }

  #end(reason: Ended, code: number): void {
    this.#tell({ type: 'ended', reason, code });
    this.stop();
  }

  /** Lets go of the socket at once: a dead one may take minutes to say that it is closed. */
  #drop(): void {
    const socket = this.#socket;
    this.#heartbeat?.stop();
    this.around.clock.cancel(this.#opening);
    this.#heartbeat = null;
    this.#socket = null;
    this.#opened = false;
    this.#readyAt = null;
    this.#bye = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #tell(message: FromWorker): void {
    this.around.tell(message);
  }
}

function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

function reasonOf(code: number): Ended {
  if (code === 4503) return 'disabled';
  if (code === 4504) return 'session_ended';
  if (code === 4505) return 'protocol';
  return 'refused';
}

function endOf(fault: Fault): Ended | null {
  if (fault.status === 401) return 'signed_out';
  if (fault.code === 'unclaimed') return 'unclaimed';
  if (fault.code === 'foreign_host') return 'foreign_host';
  if (fault.code === 'foreign_origin') return 'refused';
  return null;
}
