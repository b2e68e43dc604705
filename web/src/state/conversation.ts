// One person at one server, from sign-in to the end of it: holds the model, hears the socket, does what the reducer wants
// done, and sends what waits. All decisions are the reducer's and the outbox's; here is only when and how.
import { backoff } from '../net/backoff';
import type { Clock, Timer } from '../net/clock';
import { at, type Http } from '../net/http';
import type { Ended, FromWorker } from '../net/messages';
import type { OpenSocket, SocketLine } from '../net/socket';
import type { ClientFrame, EventPage, MessagePage, Page, Room, User } from '../protocol.gen';
import { READ_ID } from './frames';
import type { News, Tabs } from '../net/tabs';
import type { Device } from './device/device';
import { Keeper, type Stored } from './keeper';
import { newModel, type Effect, type Model } from './model';
import { due, frameOf, nextDue, type Command, type Entry } from './outbox';
import { reduce, type Input } from './reducer';
import type { SavedRooms } from './saved';
import { Saver } from './saver';

export interface Deps {
  http: Http;
  openSocket: OpenSocket;
  clock: Clock;
  device: Device;
  tabs: Tabs;
  newId(): string;
}
export interface Listener {
  /** `soon`: a person waits for it; else it may be shown with what else comes in the same moment. */
  changed(model: Model, soon: boolean): void;
  ended(reason: Ended | 'other_user', code: number): void;
}

/** `read` and `typing` are sent no more often than this. */
export const READ_GAP_MS = 2_000;
export const TYPING_GAP_MS = 3_000;
/** A page of history, of the log, of people asked for at once. */
const HISTORY_PAGE = 50;
const LOG_PAGE = 1_000;
const PEOPLE_PAGE = 50;

export class Conversation {
  #model: Model;
  readonly #line: SocketLine;
  #connection = 0;
  #greeted = false;
  #over = false;
  /** What waits has been read, and this page is the one that sends it. */
  #begun = false;
  #sends = false;
  #asleep = false;
  /** Ops that were handed to the keeper. */
  #handed = 0;
  readonly #keeper: Keeper;
  readonly #saver: Saver;
  /** What is to be sent as soon as it is on this device's disk that it may have been: after so many ops. */
  readonly #leaving = new Map<string, number>();
  /** While what is kept on this device is being read; then null. */
  #restoring: Promise<void> | null;
  readonly #waiting = new Set<() => void>();
  readonly #timers: Record<'due' | 'read' | 'tick', Timer | null> = { due: null, read: null, tick: null };
  #lastRead = -Infinity;
  readonly #lastTyping = new Map<string, number>();

  constructor(
    private readonly deps: Deps,
    private readonly listener: Listener,
    me: User,
    server: { name: string; version: string },
    saved: SavedRooms | null = null,
  ) {
    this.#model = newModel(me, server, deps.clock.wall());
    this.#saver = new Saver(deps.device, deps.clock);
    this.#keeper = new Keeper(deps.device, me.id, {
      stored: (stored) => this.#stored(stored),
      changed: (gone) => deps.tabs.tell({ type: 'outbox', gone }),
    });
    if (saved) this.#model = reduce(this.#model, { type: 'restored', saved }).model;
    void deps.device.enter(me);
    this.#keeper.look();
    this.#restoring = saved ? this.#restore() : null;
    this.#line = deps.openSocket((message) => this.#hear(message));
  }

  get model(): Model {
    return this.#model;
  }

  /** Something the person did: shown at once. */
  do(input: Input): void {
    this.#take(input, true);
  }

  /** Puts a command of mine into the outbox. */
  say(room: string, command: Command): void {
    const { me, epoch } = this.#model;
    const nonce = this.deps.newId();
    const queuedAt = this.deps.clock.wall();
    const state = { name: 'queued', notBefore: 0 } as const;
    const tab = this.deps.tabs.id;
    const entry: Entry = { nonce, author: me.id, epoch, tab, room, command, queuedAt, tried: false, state };
    this.do({ type: 'queue', entry });
  }

  typing(room: string): void {
    const now = this.deps.clock.now();
    if (now - (this.#lastTyping.get(room) ?? -Infinity) < TYPING_GAP_MS) return;
    this.#lastTyping.set(room, now);
    this.#send({ type: 'typing', room });
  }

  tryNow(): void {
    this.#line.tryNow();
  }

  /** Resolves when the model is as wanted, or after a while: false. */
  until(wanted: (model: Model) => boolean, ms: number): Promise<boolean> {
    return new Promise((done) => {
      const finish = (met: boolean) => {
        this.deps.clock.cancel(timer);
        this.#waiting.delete(look);
        done(met);
      };
      const look = () => {
        if (wanted(this.#model)) finish(true);
      };
      const timer = this.deps.clock.after(ms, () => finish(false));
      this.#waiting.add(look);
      look();
    });
  }

  /** What another page has to say. */
  news(news: News): void {
    if (news.type === 'outbox') this.#keeper.look(news.gone);
  }

  /** The page may be gone in a moment. */
  save(): Promise<void> {
    return this.#saver.flush();
  }

  /** The browser stops this page for a while, or lets it go on. It still hears others, and must not answer for itself. */
  freeze(yes: boolean): void {
    this.#asleep = yes;
    this.deps.device.hold(yes);
    if (yes) return this.#withdraw();
    this.#keeper.look();
    this.#offerToSend();
  }

  /** It is going now. */
  spill(): void {
    const { me, unstored } = this.#model;
    if (unstored.length) this.deps.device.spill(me.id, unstored);
  }

  stop(): void {
    this.#over = true;
    this.deps.tabs.want(false, () => {});
    this.#keeper.stop();
    this.#saver.stop();
    this.#line.stop();
    for (const timer of Object.values(this.#timers)) this.deps.clock.cancel(timer);
    this.#waiting.clear();
  }

  async #restore(): Promise<void> {
    const windows = await this.deps.device.windows();
    this.#restoring = null;
    this.#saver.begin(this.#model);
    this.#take({ type: 'windows', windows }, true);
    this.#saver.begin(this.#model);
  }

  // ── what comes in ─────────────────────────────────────────────────────────────────────────────────────────────────

  #hear(message: FromWorker): void {
    if (this.#over) return;
    const now = this.deps.clock.wall();
    switch (message.type) {
      case 'opened':
        if (!this.#restoring) return this.#greet(message.connection);
        return void this.#restoring.then(() => this.#greet(message.connection));
      case 'link':
        if (message.link.state === 'down') this.#lost();
        return this.#take({ type: 'link', link: message.link, now }, true);
      case 'rtt':
        return this.#take({ type: 'rtt', ms: message.ms, times: message.times }, false);
      case 'ended':
        return this.listener.ended(message.reason, message.code);
      case 'frame': {
        const { frame } = message;
        if (frame.type === 'ready') {
          if (frame.user.id !== this.#model.me.id) return this.listener.ended('other_user', 0);
          this.#greeted = true;
        }
        this.#take({ type: 'frame', frame, now }, frame.type !== 'events');
        return this.#offerToSend();
      }
    }
  }

  /** Names what is held, and from where on it is to be continued. */
  #greet(connection: number): void {
    this.#connection = connection;
    const { epoch, limits, screen } = this.#model;
    const held = [...this.#model.rooms.values()]
      .filter((r) => r.window !== null || r.asking > 0)
      .sort(
        (a, b) =>
          Number(b.facts.id === screen.room) - Number(a.facts.id === screen.room) || b.lastAt - a.lastAt,
      )
      .slice(0, limits?.hello_rooms ?? 500);
    const rooms = Object.fromEntries(held.map((r) => [r.facts.id, r.cursor]));
    this.#take({ type: 'greeted', rooms: Object.keys(rooms) }, false);
    this.#line.send(connection, { type: 'hello', protocol: 1, ...(epoch === null ? {} : { epoch, rooms }) });
  }

  #take(input: Input, soon: boolean): void {
    if (this.#over) return;
    const before = this.#model;
    const { model, effects } = reduce(before, input);
    this.#model = model;
    const ops = model.stored + model.unstored.length - this.#handed;
    if (ops > 0) {
      this.#handed += ops;
      this.#keeper.add(model.unstored.slice(-ops));
    }
    this.#saver.note(model);
    for (const effect of effects) void this.#perform(effect);
    this.#flush();
    this.#tellRead();
    this.#schedule();
    for (const look of [...this.#waiting]) look();
    if (model !== before) this.listener.changed(this.#model, soon);
  }

  // ── what goes out ─────────────────────────────────────────────────────────────────────────────────────────────────

  #send(frame: ClientFrame): void {
    if (this.#greeted) this.#line.send(this.#connection, frame);
  }

  #lost(): void {
    this.#greeted = false;
    this.#withdraw();
  }

  /** Another page may send. */
  #withdraw(): void {
    this.#sends = false;
    this.#leaving.clear();
    this.deps.tabs.want(false, () => {});
  }

  /** Connected, and knowing what waits: this page sends if no other does. */
  #offerToSend(): void {
    if (!this.#greeted || !this.#begun || this.#over || this.#asleep) return;
    const { tabs } = this.deps;
    tabs.want(true, (may) => {
      this.#sends = may !== null;
      if (may) this.#take({ type: 'sender', tab: tabs.id, alive: may.alive }, false);
    });
  }

  #stored(stored: Stored): void {
    this.#begun = true;
    this.#take({ type: 'stored', ...stored }, true);
    for (const [nonce, after] of this.#leaving) {
      if (after > stored.through) continue;
      this.#leaving.delete(nonce);
      const entry = this.#model.outbox.find((e) => e.nonce === nonce);
      if (entry?.state.name === 'sending' && this.#sends) this.#send(frameOf(entry));
    }
    this.#offerToSend();
  }

  #flush(): void {
    if (!this.#greeted || this.#over) return;
    const { tabs, clock } = this.deps;
    const all = due(this.#model.outbox, clock.wall());
    const mine = tabs.oneForAll ? all : due(this.#model.outbox, clock.wall(), tabs.id);
    const others = tabs.oneForAll ? !this.#sends && all.length > 0 : all.some((e) => e.tab !== tabs.id);
    if (others) tabs.press();
    if (!this.#sends) return;
    for (const { nonce } of mine) {
      this.#take({ type: 'sending', nonce }, false);
      this.#leaving.set(nonce, this.#handed);
    }
  }

  /** Tells the server what I have read, where it does not know. */
  #tellRead(): void {
    if (!this.#greeted || this.#timers.read) return;
    const untold = [...this.#model.rooms.values()].filter(
      (r) => r.tally.read > r.tally.saved && r.phase === 'live',
    );
    if (untold.length === 0) return;
    const { clock } = this.deps;
    const wait = this.#lastRead + READ_GAP_MS - clock.now();
    if (wait <= 0) {
      this.#lastRead = clock.now();
      for (const { facts, tally } of untold) {
        this.#send({ type: 'read', id: READ_ID + facts.id, room: facts.id, seq: tally.read });
      }
    }
    // Looked at again: there may be more to tell by then, or the same if nobody heard.
    this.#timers.read = clock.after(Math.max(wait, 0) || READ_GAP_MS, () => {
      this.#timers.read = null;
      this.#tellRead();
    });
  }

  /** Wakes up when typing ends or the server's asked patience does. */
  #schedule(): void {
    const { clock } = this.deps;
    const now = clock.wall();
    clock.cancel(this.#timers.due);
    const next = nextDue(this.#model.outbox, now);
    this.#timers.due = next === null ? null : clock.after(next - now, () => this.#flush());
    if (this.#timers.tick) return;
    const ends = [...this.#model.rooms.values()].flatMap((r) => [...r.typing.values()]);
    if (ends.length === 0) return;
    this.#timers.tick = clock.after(Math.max(0, Math.min(...ends) - now), () => {
      this.#timers.tick = null;
      this.#take({ type: 'tick', now: clock.wall() }, false);
    });
  }

  // ── what the reducer wants done ───────────────────────────────────────────────────────────────────────────────────

  async #perform(effect: Effect): Promise<void> {
    switch (effect.do) {
      case 'resume':
        return this.#resume(effect);
      case 'log':
        return this.#readLog(effect, 0);
      case 'history':
        return this.#readHistory(effect);
      case 'quote': {
        const page = await this.#history(effect.room, { around: effect.seq, limit: 1 });
        return this.#take({ type: 'quote', ...effect, page: page.ok ? page.value : null }, true);
      }
      case 'rooms':
        return this.#readRooms();
      case 'people':
        return this.#readPeople(effect.ids);
    }
  }

  #resume({ room, after, id, afterMs }: Extract<Effect, { do: 'resume' }>): void {
    const send = () => {
      if (this.#model.rooms.get(room)?.resume === id) this.#send({ type: 'resume', id, room, after });
    };
    if (afterMs === 0) send();
    else this.deps.clock.after(afterMs, send);
  }

  async #readLog(effect: Extract<Effect, { do: 'log' }>, failures: number): Promise<void> {
    const { room, after } = effect;
    const query = { after, limit: LOG_PAGE };
    const page = await this.deps.http<EventPage>('GET', at`/rooms/${room}/events`, { query });
    if (page.ok) return this.#take({ type: 'log', room, after, page: page.value }, true);
    if (this.#endsSession(page.fault.status)) return;
    const held = this.#model.rooms.get(room);
    if (this.#over || held?.phase !== 'paging' || held.cursor !== after) return;
    const pause = page.fault.retryAfterMs ?? backoff(failures, this.deps.clock.random());
    this.deps.clock.after(pause, () => void this.#readLog(effect, failures + 1));
  }

  async #readHistory({ room, life, where, bound }: Extract<Effect, { do: 'history' }>): Promise<void> {
    const side = { newest: null, older: 'before', newer: 'after', around: 'around' }[where];
    const query = { limit: HISTORY_PAGE, ...(side && bound !== null ? { [side]: bound } : {}) };
    const page = await this.#history(room, query);
    if (page.ok) this.#take({ type: 'page', room, life, where, page: page.value }, true);
    else this.#take({ type: 'page-failed', room, life, fault: page.fault }, true);
  }

  async #history(room: string, query: Record<string, number>) {
    const page = await this.deps.http<MessagePage>('GET', at`/rooms/${room}/messages`, { query });
    if (!page.ok) this.#endsSession(page.fault.status);
    return page;
  }

  async #readRooms(): Promise<void> {
    const rooms: Room[] = [];
    for (let after: string | undefined; ; after = rooms.at(-1)?.id) {
      const page = await this.deps.http<Page<Room>>('GET', '/rooms', { query: { after } });
      if (!page.ok) return; // the next `ready` says it all again
      rooms.push(...page.value.items);
      if (!page.value.has_more || page.value.items.length === 0) break;
    }
    this.#take({ type: 'rooms', rooms }, false);
  }

  async #readPeople(ids: readonly string[]): Promise<void> {
    for (let i = 0; i < ids.length; i += PEOPLE_PAGE) {
      const query = { ids: ids.slice(i, i + PEOPLE_PAGE).join(',') };
      const page = await this.deps.http<Page<User>>('GET', '/users', { query });
      if (page.ok) this.#take({ type: 'people', users: page.value.items }, false);
    }
  }

  #endsSession(status: number): boolean {
    if (status === 401 && !this.#over) this.listener.ended('signed_out', status);
    return status === 401;
  }
}
