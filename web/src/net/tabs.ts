// The pages of one person in one browser are one device: one of them sends for all. It holds a Web Lock for as long as it
// is connected; when it goes offline, is closed or dies, the next connected one gets it.
//
// A page that the browser froze keeps its lock and does nothing. Who waits for it with something to send asks whether
// anybody is there, and takes the lock where nobody answers. Nonces make the worst of it, a message sent by both, harmless.
//
// Outside a secure context there are no locks: each page sends what was written in it, and what pages left behind that do
// not answer.
import type { Clock, Timer } from './clock';

/** What pages tell each other. `gone` are messages that left the outbox as the log has them: nonce and seq. */
export type News =
  | { type: 'outbox'; gone: readonly (readonly [string, number])[] }
  /** Somebody signed in (an id) or out (null) here. */
  | { type: 'person'; id: string | null }
  | { type: 'anybody'; from: string }
  | { type: 'here'; from: string };

export interface Tabs {
  /** This page, for its life. */
  readonly id: string;
  /** One page sends for all; else each its own. */
  readonly oneForAll: boolean;
  tell(news: News): void;
  hear(listener: (news: News) => void): void;
  /** Whether this page would send if it may: while it is connected. `sender` is told when it does (and which other pages
   * send for themselves), and when it does no more. */
  want(yes: boolean, sender: (may: { alive: readonly string[] } | null) => void): void;
  /** Something waits that another page is to send: if that one does not answer, this one takes over. */
  press(): void;
}
/** The parts of the browser that are used here. */
export interface Surroundings {
  clock: Clock;
  channel: Pick<BroadcastChannel, 'postMessage'> & {
    onmessage: ((event: MessageEvent<News>) => void) | null;
  };
  locks: Pick<LockManager, 'request'> | null;
}

const LOCK = 'parlor-sender';
/** A page that does not answer within this is frozen, or gone. */
export const ANSWER_MS = 1_500;
/** Pages without locks wait this long for the others to say that they are there. */
export const ROLL_CALL_MS = 300;

export function openTabs(id: string, clock: Clock): Tabs {
  const channel = new BroadcastChannel('parlor');
  const locks = (navigator as { locks?: LockManager }).locks ?? null;
  return new BrowserTabs(id, { clock, channel, locks });
}

export class BrowserTabs implements Tabs {
  readonly oneForAll: boolean;
  #listener: (news: News) => void = () => {};
  #sender: ((may: { alive: readonly string[] } | null) => void) | null = null;
  /** Ends the wait for the lock, or the holding of it. */
  #leave: (() => void) | null = null;
  #holds = false;
  #asking: Timer | null = null;
  readonly #answers = new Set<string>();

  constructor(
    readonly id: string,
    private readonly around: Surroundings,
  ) {
    this.oneForAll = around.locks !== null;
    around.channel.onmessage = (event) => this.#hear(event.data);
  }

  tell(news: News): void {
    this.around.channel.postMessage(news);
  }

  hear(listener: (news: News) => void): void {
    this.#listener = listener;
  }

  want(yes: boolean, sender: (may: { alive: readonly string[] } | null) => void): void {
    if (yes === (this.#sender !== null)) return;
    this.around.clock.cancel(this.#asking);
    this.#asking = null;
    if (!yes) {
      this.#sender = null;
      this.#leave?.();
      this.#leave = null;
      return;
    }
    this.#sender = sender;
    if (this.oneForAll) this.#request({});
    else this.#ask(ROLL_CALL_MS, (alive) => this.#sender?.({ alive }));
  }

  press(): void {
    if (this.#holds || this.#sender === null || this.#asking) return;
    this.#ask(ANSWER_MS, (alive) => {
      if (!this.oneForAll) return this.#sender?.({ alive: [this.id, ...alive] });
      if (alive.length > 0 || this.#holds || this.#sender === null) return;
      this.#leave?.();
      this.#request({ steal: true });
    });
  }

  /** Asks who is there to send: where there are locks, the holder. */
  #ask(ms: number, then: (alive: readonly string[]) => void): void {
    this.#answers.clear();
    this.tell({ type: 'anybody', from: this.id });
    this.#asking = this.around.clock.after(ms, () => {
      this.#asking = null;
      then([...this.#answers]);
    });
  }

  #hear(news: News): void {
    if (news.type === 'anybody') {
      if (this.#holds || (!this.oneForAll && this.#sender)) this.tell({ type: 'here', from: this.id });
    } else if (news.type === 'here') this.#answers.add(news.from);
    else this.#listener(news);
  }

  #request(how: { steal?: boolean }): void {
    const { locks } = this.around;
    if (!locks) return;
    const giveUp = new AbortController();
    const options = how.steal ? { steal: true } : { signal: giveUp.signal };
    const mine = { left: false };
    let release = () => {};
    this.#leave = () => {
      mine.left = true;
      this.#holds = false;
      giveUp.abort();
      release();
    };
    const held = () => {
      if (mine.left) return Promise.resolve();
      this.#holds = true;
      this.#sender?.({ alive: [] });
      return new Promise<void>((done) => (release = done));
    };
    locks.request(LOCK, options, held).catch(() => {
      // Given up, or another page took it because this one did not answer. Then this one queues up again.
      if (mine.left) return;
      this.#holds = false;
      const sender = this.#sender;
      sender?.(null);
      if (sender && sender === this.#sender) this.#request({});
    });
  }
}

/** A page alone in the world. */
export function loneTab(id: string): Tabs {
  let sends = false;
  return {
    id,
    oneForAll: true,
    tell: () => {},
    hear: () => {},
    press: () => {},
    want: (yes, sender) => {
      if (yes && !sends) sender({ alive: [] });
      sends = yes;
    },
  };
}
