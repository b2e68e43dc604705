// Who I am: boot, sign-in, sign-up, claim, sign-out, and the end of a session for whatever reason. Between sign-in and its
// end there is one Conversation.
import { backoff } from '../net/backoff';
import type { Timer } from '../net/clock';
import type { Outcome } from '../net/http';
import type { Ended } from '../net/messages';
import type { Server, SignedIn, User, UserBody } from '../protocol.gen';
import type { Actions, EndReason, SessionState } from './contract';
import { Conversation, type Deps } from './conversation';
import type { Model } from './model';
import type { SavedRooms } from './saved';

export interface AccountListener {
  /** The person, or the state of there being none, changed. */
  session(session: SessionState, conversation: Conversation | null): void;
  changed(model: Model, soon: boolean): void;
}

export class Account {
  #server: Server | null = null;
  #conversation: Conversation | null = null;
  #retry: Timer | null = null;
  /** Asked for by me: that the socket is closed for it is no news. */
  #signingOut = false;
  /** Counts what supersedes what was asked before. */
  #turn = 0;

  constructor(
    private readonly deps: Deps,
    private readonly listener: AccountListener,
  ) {}

  get conversation(): Conversation | null {
    return this.#conversation;
  }

  /** Begins with what is kept on this device: the server will say if that does not hold any more. Without, it is asked
   * first. `room` is the one that will be looked at. */
  async start(room: string | null): Promise<void> {
    const turn = ++this.#turn;
    this.#show({ state: 'booting', fault: null });
    const saved = await this.deps.device.restore(room);
    if (turn !== this.#turn) return;
    if (!saved) return this.boot();
    this.#enter(saved.holder.user, saved.holder.server, saved);
    const server = await this.deps.http<Server>('GET', '/server');
    if (server.ok) this.#server = server.value;
  }

  /** Asks who I am until somebody says. */
  async boot(attempt = 0): Promise<void> {
    const { http, clock } = this.deps;
    const turn = ++this.#turn;
    clock.cancel(this.#retry);
    if (attempt === 0) this.#show({ state: 'booting', fault: null });
    const [server, me] = await Promise.all([http<Server>('GET', '/server'), http<UserBody>('GET', '/me')]);
    if (turn !== this.#turn) return;
    const fault = !server.ok ? server.fault : !me.ok && !isAnswer(me.fault) ? me.fault : null;
    if (server.ok) this.#server = server.value;
    if (server.ok && me.ok) return this.#enter(me.value.user, server.value);
    if (server.ok && !fault) return this.#show({ state: 'signed-out', server: server.value, ended: null });
    if (fault?.code === 'foreign_host') {
      return this.#show({ state: 'stopped', reason: 'foreign_host', code: fault.status });
    }
    this.#show({ state: 'booting', fault });
    const pause = fault?.retryAfterMs ?? backoff(attempt, clock.random());
    this.#retry = clock.after(pause, () => void this.boot(attempt + 1));
  }

  tryNow(): void {
    if (this.#conversation) this.#conversation.tryNow();
    else if (this.#retry) void this.boot(1);
  }

  signIn: Actions['signIn'] = (username, password) =>
    this.#begin(() => this.deps.http<SignedIn>('POST', '/sessions', { body: { username, password } }));

  signUp: Actions['signUp'] = (form) =>
    this.#begin(() => this.deps.http<SignedIn>('POST', '/users', { body: form }));

  claim: Actions['claim'] = ({ serverName, ...form }) => {
    const body = serverName ? { ...form, server_name: serverName } : form;
    return this.#begin(() => this.deps.http<SignedIn>('POST', '/claim', { body }));
  };

  signOut: Actions['signOut'] = async () => {
    this.#signingOut = true;
    const done = await this.deps.http<void>('DELETE', '/sessions/current');
    this.#signingOut = false;
    if (!done.ok && done.fault.status !== 401) return done;
    this.#drop();
    await this.deps.device.forget('all');
    this.deps.tabs.tell({ type: 'person', id: null });
    await this.#leave('signed_out');
    return { ok: true, value: undefined };
  };

  /** Somebody signed in or out in another page of this browser: the cookie is theirs, and so is this page. */
  elsewhere(person: string | null): void {
    const me = this.#conversation?.model.me.id;
    if (me === undefined || me === person) return;
    if (person === null) void this.#leave('signed_out');
    else void this.#ended('other_user', 0);
  }

  async #begin(ask: () => Promise<Outcome<SignedIn>>): Promise<Outcome<User>> {
    const answer = await ask();
    if (!answer.ok) return answer;
    // Its name may be new (a claim gives it one), and it has an owner now.
    const server = await this.deps.http<Server>('GET', '/server');
    if (server.ok) this.#server = server.value;
    this.#enter(answer.value.user, this.#server ?? { name: 'Parlor', version: '' });
    this.deps.tabs.tell({ type: 'person', id: answer.value.user.id });
    return { ok: true, value: answer.value.user };
  }

  #enter(me: User, server: { name: string; version: string }, saved: SavedRooms | null = null): void {
    this.#turn += 1;
    this.#conversation?.stop();
    const { name, version } = server;
    const listener = {
      changed: (model: Model, soon: boolean) => this.listener.changed(model, soon),
      ended: (reason: Ended | 'other_user', code: number) => void this.#ended(reason, code),
    };
    this.#conversation = new Conversation(this.deps, listener, me, { name, version }, saved);
    const session = {
      state: 'signed-in',
      me,
      server: { name, version },
      sessionId: null,
      epoch: null,
      ready: saved !== null,
    } as const;
    this.listener.session(session, this.#conversation);
  }

  async #ended(reason: Ended | 'other_user', code: number): Promise<void> {
    if (this.#signingOut) return;
    // Somebody else signed in, in another tab: the cookie is theirs now, and so is this page.
    if (reason === 'other_user') {
      this.#drop();
      await this.deps.device.forget('rooms');
      return this.boot();
    }
    if (reason === 'protocol' || reason === 'refused' || reason === 'foreign_host') {
      this.#drop();
      return this.#show({ state: 'stopped', reason, code });
    }
    const known: EndReason = reason === 'disabled' ? 'disabled' : 'session_ended';
    this.#drop();
    await this.deps.device.forget('rooms');
    await this.#leave(known);
  }

  /** To the sign-in form, with the reason above it. */
  async #leave(reason: EndReason): Promise<void> {
    const turn = ++this.#turn;
    this.#drop();
    const before = this.#server;
    const server = await this.deps.http<Server>('GET', '/server');
    if (turn !== this.#turn) return;
    if (!server.ok && !before) return this.boot();
    this.#server = server.ok ? server.value : before;
    if (!this.#server) return;
    const demoEnded = reason === 'session_ended' && before?.claimed === false && this.#server.claimed;
    this.#show({ state: 'signed-out', server: this.#server, ended: demoEnded ? 'claimed' : reason });
  }

  #drop(): void {
    this.#conversation?.stop();
    this.#conversation = null;
  }

  #show(session: SessionState): void {
    this.listener.session(session, null);
  }
}

/** The server knows me or says that it does not; anything else is no answer to "who am I?". */
function isAnswer(fault: { status: number; code: string }): boolean {
  return fault.status === 401 || fault.code === 'unclaimed';
}
