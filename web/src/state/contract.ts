// The seam between the screen and everything beneath it. The screen reads `App.state`, plain data that is replaced and
// never changed in place, and calls `App.do`; it imports nothing else of state/, and nothing of net/.
//
// Promises: no action throws. What is sent over the socket returns at once, and its fate shows in the rows (`delivery`,
// `change`) or in `notices`. What asks the server by HTTP returns an Outcome.
import type { Fault, Outcome } from '../net/http';
import type { Listing, PeopleActions } from './contract-people';
import type {
  FieldError,
  Invite,
  InviteMade,
  Member,
  Person,
  Reaction,
  Room,
  RoomKind,
  RoomRole,
  Seq,
  Server,
  ServerRole,
  Session,
  User,
} from '../protocol.gen';

export type { Listing } from './contract-people';
export type {
  Fault,
  Outcome,
  FieldError,
  Invite,
  InviteMade,
  Member,
  Person,
  Room,
  RoomKind,
  RoomRole,
  Seq,
  Server,
  ServerRole,
  Session,
  User,
};

// ── the state ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface AppState {
  session: SessionState;
  connection: ConnectionState;
  /** The rooms I am in: rooms by name, then direct rooms by most recent. */
  rooms: readonly RoomItem[];
  /** What the main pane shows; null while no room is chosen. */
  current: CurrentRoom | null;
  /** Refused changes that have no row to stand in; shown until dismissed. */
  notices: readonly Notice[];
  /** How much of mine is not in the log yet: posts, edits, everything; refused ones too. */
  unsent: number;
  device: DeviceState;
}

export interface DeviceState {
  /** Why nothing, or less, is kept on this device; null: all is well. */
  trouble: 'unavailable' | 'newer' | 'blocked' | 'damaged' | 'full' | null;
  /** False on plain HTTP beyond this machine: no service worker, no locks between pages. */
  secure: boolean;
}

export type SessionState =
  /** Asking who I am; `fault` says why that takes long (it is tried again by itself). */
  | { state: 'booting'; fault: Fault | null }
  | { state: 'signed-out'; server: Server; ended: EndReason | null }
  /** `ready` is false until the server's rooms are known for the first time. */
  | {
      state: 'signed-in';
      me: User;
      server: { name: string; version: string };
      sessionId: string | null;
      /** Of the server's database; both null until the first `ready`. */
      epoch: string | null;
      ready: boolean;
    }
  /** Over, and only a reload helps: the server speaks another protocol, or refuses what this page sends. */
  | { state: 'stopped'; reason: StopReason; code: number };
/** Why I am not signed in any more, to be said above the sign-in form. */
export type EndReason =
  /** Here or elsewhere, or it ran out. */
  | 'session_ended'
  | 'disabled'
  /** The demo is over: the server has an owner now. */
  | 'claimed'
  /** I signed out, just now. */
  | 'signed_out';
export type StopReason = 'protocol' | 'refused' | 'foreign_host';

export type ConnectionState =
  /** `ms` is the median of the last minute's `pings` (oldest first), null until the first has come back. */
  | { state: 'live'; ms: number | null; pings: readonly number[] }
  /** `since` (ms since 1970) is when the connection was lost or first tried; show the banner 3 s after it. `nextTryAt` is
   * null while a try is under way. */
  | { state: 'connecting' | 'reconnecting' | 'offline'; since: number; nextTryAt: number | null };

export interface RoomItem {
  id: string;
  kind: RoomKind;
  /** What it is called; a direct room is called after its people. */
  name: string;
  topic: string;
  archived: boolean;
  memberCount: number;
  /** Changes whenever who is in it, or as what, may have changed: then `listMembers` says something new. */
  roster: number;
  role: RoomRole;
  /** The others, in a direct room. */
  with: readonly Person[];
  /** 0–100, 100 means 100 or more; 0 in the room that is being read. */
  unread: number;
  mentions: number;
  /** The newest post that calls for me and came while this page was open; null once it is read. */
  call: Call | null;
  /** My posts that wait for the network. */
  waiting: number;
  /** My posts that were refused. */
  refused: number;
}

/** A post by somebody else that names me, or stands in a direct room. */
export interface Call {
  seq: Seq;
  by: Person;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
  /** False: it was caught up on after the connection was away. */
  live: boolean;
}

export type CurrentRoom =
  /** Chosen before the rooms are known. */
  | { state: 'loading'; id: string }
  /** Not there, or not mine: one and the same. */
  | { state: 'not-found'; id: string }
  /** I was a member until a moment ago. */
  | { state: 'gone'; id: string; name: string }
  | { state: 'open'; id: string; room: RoomItem; timeline: Timeline; typing: readonly Person[] };

export interface Timeline {
  /** Ascending: the log's messages; below them, at its end, my own that are not in the log yet. */
  rows: readonly Row[];
  /** `failed` has a fault and is tried again by `loadNewest`, `loadOlder`, `loadNewer`. */
  loading: 'idle' | 'newest' | 'older' | 'newer' | 'around';
  fault: Fault | null;
  /** The first page is there (it may be empty). */
  loaded: boolean;
  hasOlder: boolean;
  /** True after a jump into the past: rows end before the newest message. */
  hasNewer: boolean;
  /** The "New" line goes before the first row whose seq is above this; null: no line. Stays until the room is left. */
  newAfter: Seq | null;
  /** A row to scroll to and flash (a permalink or a quote was followed); `nonce` changes with each jump. */
  target: { seq: Seq; jump: number } | null;
}

export interface Row {
  /** Stable from pending to delivered: the key of an each block. */
  key: string;
  /** Null until it is in the log. */
  seq: Seq | null;
  /** Milliseconds since 1970. */
  at: number;
  /** As they are called now. */
  by: Person;
  mine: boolean;
  /** May I edit, delete it? */
  canEdit: boolean;
  canDelete: boolean;
  delivery: Delivery;
  /** Null when deleted. */
  text: string | null;
  editedAt: number | null;
  /** It names me. */
  mentionsMe: boolean;
  /** Those it names: `parseText(text, isMember)` marks their usernames only. */
  mentions: readonly Person[];
  reply: Quote | null;
  reactions: readonly ReactionItem[];
  /** My edit or deletion that is not in the log yet: `text` is already the new one. */
  change: 'editing' | 'deleting' | null;
}

export type Delivery =
  | { state: 'delivered' }
  /** In the outbox. `since` (ms since 1970) lets the clock appear after a second. */
  | { state: 'pending'; since: number }
  /** On the server's disk, its event not yet here. */
  | { state: 'sent' }
  /** Final: `retry` sends it again, `discard` drops it (and gives the text back). */
  | { state: 'refused'; fault: Fault };

export interface Quote {
  seq: Seq;
  /** Null while it is being fetched, or when it cannot be. */
  by: Person | null;
  text: string | null;
  deleted: boolean;
}

export interface ReactionItem extends Reaction {
  /** Names of the first 20, as they are called now; unknown people are left out. */
  names: readonly string[];
  /** My own click on it waits for the log; `count` and `mine` already show it. */
  pending: boolean;
}

export interface Notice {
  id: string;
  /** `post`: into a room that I am not in any more, so that it has no row. */
  what: 'post' | 'edit' | 'delete' | 'react' | 'unreact';
  room: string;
  fault: Fault;
  /** What was typed, where it was a text. */
  text: string | null;
}

// ── what can be done ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Actions extends PeopleActions {
  // the session
  signIn(username: string, password: string): Promise<Outcome<User>>;
  signUp(form: {
    username: string;
    password: string;
    name?: string;
    invite?: string;
  }): Promise<Outcome<User>>;
  claim(form: {
    token: string;
    username: string;
    password: string;
    name?: string;
    serverName?: string;
  }): Promise<Outcome<User>>;
  /** Fails only where the server cannot be told: then I am still signed in. */
  signOut(): Promise<Outcome<void>>;
  /** Try to connect now instead of at `nextTryAt`; also asks again while booting. */
  tryNow(): void;

  // the room on screen
  /** Shows a room, at its newest message or, with `seq`, in context around that one. Null: no room. */
  openRoom(id: string | null, seq?: Seq): void;
  loadOlder(): void;
  loadNewer(): void;
  /** Back to the newest message after a jump into the past; also tries a failed first page again. */
  loadNewest(): void;
  /** Scrolls to a message of the current room, fetching what is around it if need be. */
  jumpTo(seq: Seq): void;
  /** Fetches a quoted message that is not held; harmless when called often. */
  needQuote(seq: Seq): void;
  /** Says whether the newest row is visible. While it is, and the page is too, what arrives counts as read. */
  atBottom(yes: boolean): void;
  /** Marks a room (by default the current one) read up to its newest message. */
  markRead(room?: string): void;
  /** Call on every keystroke; at most one signal per 3 s is sent. */
  typing(): void;

  // messages (in the current room unless said otherwise); all return at once
  post(text: string, replyTo?: Seq): void;
  /** A refused row again, under its old nonce. */
  retry(key: string): void;
  /** Drops a refused or waiting row; returns its text, for the composer. */
  discard(key: string): string | null;
  /** The key may be of a row that still waits: then the edit is folded into it. */
  edit(key: string, text: string): void;
  remove(key: string): void;
  react(key: string, emoji: string): void;
  unreact(key: string, emoji: string): void;
  dismiss(notice: string): void;

  // rooms (who may do what to them: ui/may.ts shows no more than that)
  /** Resolves once the room is in `state.rooms`: `openRoom` may follow at once. Fault `room_exists` has `room`. */
  createRoom(form: {
    name?: string;
    kind: RoomKind;
    topic?: string;
    members?: readonly string[];
  }): Promise<Outcome<string>>;
  /** Open rooms that I could join. `after` is the id of the last item of the page before. */
  listOpenRooms(q: string, after?: string): Promise<Outcome<Listing<Room>>>;
  joinRoom(id: string): Promise<Outcome<void>>;
  leaveRoom(id: string): Promise<Outcome<void>>;
  /** Name, topic, archived: what is left out stays. Fault `room_exists` has `room`. */
  updateRoom(
    id: string,
    change: { name?: string; topic?: string; archived?: boolean },
  ): Promise<Outcome<void>>;
  /** By when they made their account; 500 a page. */
  listMembers(id: string, after?: string): Promise<Outcome<Listing<Member>>>;
  /** Adds somebody, or gives a member a role. */
  putMember(room: string, user: string, role?: RoomRole): Promise<Outcome<void>>;
  removeMember(room: string, user: string): Promise<Outcome<void>>;
}

/** What is half written, by room, kept on this device for the same person. */
export interface Drafts {
  /** Empty where nothing can be kept. */
  all(): Promise<ReadonlyMap<string, string>>;
  /** Kept within a second; a blank one is forgotten. */
  save(room: string, text: string): void;
}

export interface App {
  /** Reactive: reading a part of it in a component or `$derived` follows that part. */
  readonly state: AppState;
  readonly do: Actions;
  readonly drafts: Drafts;
}
