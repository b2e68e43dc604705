// The app as components see it: the parts of the state as runes that are replaced, and the actions. Composition happens
// here, with the real clock, network and Worker.
import { newId } from '../lib/uuid7';
import { realClock } from '../net/clock';
import { httpClient } from '../net/http';
import { openSocket } from '../net/socket';
import { Account } from './account';
import { actionsOf } from './actions';
import type {
  Actions,
  App,
  AppState,
  ConnectionState,
  CurrentRoom,
  Notice,
  RoomItem,
  SessionState,
} from './contract';
import type { Conversation, Deps } from './conversation';
import type { Model } from './model';
import { MemoryOutbox } from './outbox-store';
import { Viewer, type View } from './view';

/** What arrives within this time is shown in one go. */
const TOGETHER_MS = 50;

const nobody: Omit<View, 'session'> = {
  connection: { state: 'connecting', since: 0, nextTryAt: null },
  rooms: [],
  current: null,
  notices: [],
};

class ReactiveState implements AppState {
  session = $state.raw<SessionState>({ state: 'booting', fault: null });
  connection = $state.raw<ConnectionState>(nobody.connection);
  rooms = $state.raw<readonly RoomItem[]>([]);
  current = $state.raw<CurrentRoom | null>(null);
  notices = $state.raw<readonly Notice[]>([]);

  show(view: View): void {
    this.session = view.session;
    this.connection = view.connection;
    this.rooms = view.rooms;
    this.current = view.current;
    this.notices = view.notices;
  }
}

class ParlorApp implements App {
  readonly state = new ReactiveState();
  readonly do: Actions;
  #viewer = new Viewer();
  #model: Model | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    const account = new Account(deps, {
      session: (session, conversation) => this.#session(session, conversation),
      changed: (model, soon) => this.#changed(model, soon),
    });
    this.do = actionsOf(account, deps.http, deps.newId);
    const tellVisible = () => {
      account.conversation?.do({ type: 'reading', visible: document.visibilityState === 'visible' });
    };
    document.addEventListener('visibilitychange', tellVisible);
    void account.boot();
  }

  #session(session: SessionState, conversation: Conversation | null): void {
    this.#viewer = new Viewer();
    this.#model = conversation?.model ?? null;
    const visible = document.visibilityState === 'visible';
    if (conversation) conversation.do({ type: 'reading', visible });
    this.#paint();
    if (!this.#model) this.state.show({ ...nobody, session });
  }

  /** What a person waits for is shown at once; what streams in, with the next frame. */
  #changed(model: Model, soon: boolean): void {
    if (!this.#model) return;
    this.#model = model;
    if (soon) return this.#paint();
    this.#frame ||= requestAnimationFrame(() => this.#paint());
    this.#timer ??= setTimeout(() => this.#paint(), TOGETHER_MS); // a hidden page has no frames
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    this.#timer = undefined;
    if (this.#model) this.state.show(this.#viewer.view(this.#model));
  }
}

/** Once, where the page begins. */
export function startApp(deps: Partial<Deps> = {}): App {
  return new ParlorApp({
    http: httpClient(),
    openSocket,
    clock: realClock,
    store: new MemoryOutbox(),
    newId,
    ...deps,
  });
}
