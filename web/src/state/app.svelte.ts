// The app as components see it: the parts of the state as runes that are replaced, and the actions. Composition happens
// here, with the real clock, network and Worker.
import { newId } from '../lib/uuid7';
import { realClock } from '../net/clock';
import { httpClient } from '../net/http';
import { openSocket } from '../net/socket';
import { openTabs } from '../net/tabs';
import { Account } from './account';
import { actionsOf } from './actions';
import type {
  Actions,
  App,
  AppState,
  ConnectionState,
  CurrentRoom,
  DeviceState,
  Notice,
  RoomItem,
  SessionState,
} from './contract';
import type { Conversation, Deps } from './conversation';
import { BrowserDevice } from './device/device';
import { KeptDrafts } from './drafts';
import type { Model } from './model';
import { Viewer, type View } from './view';

/** What arrives within this time is shown in one go. */
const TOGETHER_MS = 50;

const nobody: Omit<View, 'session'> = {
  connection: { state: 'connecting', since: 0, nextTryAt: null },
  rooms: [],
  current: null,
  notices: [],
  unsent: 0,
};

class ReactiveState implements AppState {
  session = $state.raw<SessionState>({ state: 'booting', fault: null });
  connection = $state.raw<ConnectionState>(nobody.connection);
  rooms = $state.raw<readonly RoomItem[]>([]);
  current = $state.raw<CurrentRoom | null>(null);
  notices = $state.raw<readonly Notice[]>([]);
  unsent = $state(0);
  device = $state.raw<DeviceState>({ trouble: null, secure: globalThis.isSecureContext });

  show(view: View): void {
    this.session = view.session;
    this.connection = view.connection;
    this.rooms = view.rooms;
    this.current = view.current;
    this.notices = view.notices;
    this.unsent = view.unsent;
  }
}

class ParlorApp implements App {
  readonly state = new ReactiveState();
  readonly do: Actions;
  readonly drafts: KeptDrafts;
  #viewer = new Viewer();
  #model: Model | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(given: Partial<Deps>, room: string | null) {
    const id = newId();
    const deps: Deps = {
      http: httpClient(),
      openSocket,
      clock: realClock,
      newId,
      device: given.device ?? new BrowserDevice((trouble) => this.#troubled(trouble)),
      tabs: given.tabs ?? openTabs(id, realClock),
      ...given,
    };
    const drafts = new KeptDrafts(deps.device, deps.clock);
    this.drafts = drafts;
    const account = new Account(deps, {
      session: (session, conversation) => this.#session(session, conversation),
      changed: (model, soon) => this.#changed(model, soon),
    });
    this.do = actionsOf(account, deps.http, deps.newId);
    deps.tabs.hear((news) => {
      if (news.type === 'person') account.elsewhere(news.id);
      else account.conversation?.news(news);
    });
    const keep = () => {
      void account.conversation?.save();
      void drafts.flush();
    };
    const tellVisible = () => {
      const visible = document.visibilityState === 'visible';
      account.conversation?.do({ type: 'reading', visible });
      if (!visible) keep();
    };
    document.addEventListener('visibilitychange', tellVisible);
    document.addEventListener('freeze', () => account.conversation?.freeze(true));
    document.addEventListener('resume', () => account.conversation?.freeze(false));
    window.addEventListener('pagehide', () => {
      account.conversation?.spill();
      drafts.spill();
      keep();
    });
    void account.start(room);
  }

  #troubled(trouble: DeviceState['trouble']): void {
    this.state.device = { ...this.state.device, trouble };
  }

  #session(session: SessionState, conversation: Conversation | null): void {
    this.#viewer = new Viewer();
    this.#model = conversation?.model ?? null;
    if (session.state === 'signed-out' && session.ended === 'signed_out') this.drafts.drop();
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

/** Once, where the page begins. `room` is the one that will be looked at first, as far as one can tell. */
export function startApp(deps: Partial<Deps> = {}, room: string | null = null): App {
  return new ParlorApp(deps, room);
}
