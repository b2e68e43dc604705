// Generated from crates/protocol by `make generate`; not edited by hand.
// Clients ignore fields, frame types and event kinds that they do not know.

/** The number of an event in its room's log; below 2^53. */
export type Seq = number;

/** A moment: RFC 3339 in UTC with milliseconds. */
export type Time = string;

/** A page of a list; the next begins after the last item's id. */
export interface Page<T> {
  items: T[];
  has_more: boolean;
}

/** A whole list. */
export interface Items<T> {
  items: T[];
}

/** Once, first: the protocol spoken, the epoch and the last seq held of up to 500 rooms. */
export interface Hello {
  type: 'hello';
  protocol: number;
  epoch?: string;
  rooms?: Record<string, Seq>;
}

/** A sign of life. Of pings still unanswered only the newest is answered. */
export interface Ping {
  type: 'ping';
  id?: string;
}

/** Write a message. */
export interface Post {
  type: 'post';
  id: string;
  room: string;
  nonce: string;
  text: string;
  reply_to?: Seq;
}

/** Change what a message says. */
export interface Edit {
  type: 'edit';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
  text: string;
}

/** Take a message away. */
export interface Delete {
  type: 'delete';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
}

/** Put an emoji on a message. */
export interface React {
  type: 'react';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
  emoji: string;
}

/** Take an emoji off a message. */
export interface Unreact {
  type: 'unreact';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
  emoji: string;
}

/** Move my marker. It only grows, and stops at the head. */
export interface Read {
  type: 'read';
  id?: string;
  room: string;
  seq: Seq;
}

/** I am writing. */
export interface Typing {
  type: 'typing';
  room: string;
}

/** Set this connection's place in a room to `after`. */
export interface Resume {
  type: 'resume';
  id?: string;
  room: string;
  after: Seq;
}

/**
 * What a client sends. Unknown fields are ignored. Texts and emoji are judged
 * later, so that they are refused by their own names.
 */
export type ClientFrame = Hello | Ping | Post | Edit | Delete | React | Unreact | Read | Typing | Resume;

/** The answer to `hello`: who I am and where I am. No event, room or signal comes before it. */
export interface Ready extends ReadyBody {
  type: 'ready';
}

/** Never empty, ascending and contiguous. */
export interface Events {
  type: 'events';
  room: string;
  events: Event[];
}

/** Everything up to `seq` has been sent; from here on it is live. */
export interface CaughtUp {
  type: 'caught_up';
  room: string;
  seq: Seq;
  id?: string;
}

/** What is held of the room cannot be continued; live from `head` on. */
export interface Reset {
  type: 'reset';
  room: string;
  head: Seq;
  reason: ResetReason;
  id?: string;
}

/** It happened; or, for a marker, it stands at `seq`. */
export interface Ack {
  type: 'ack';
  id: string;
  room: string;
  seq: Seq;
  at?: Time;
  duplicate?: boolean;
}

/** It did not happen. Final, unless `retry_after_ms` is there. */
export interface Refuse {
  type: 'refuse';
  id: string | null;
  code: Code;
  message: string;
  retry_after_ms?: number;
}

/** I became a member. The next event is `head + 1`. */
export interface RoomAdded {
  type: 'room_added';
  room: Room;
}

/** I am no member since event `seq`. */
export interface RoomRemoved {
  type: 'room_removed';
  /** The room, as it was named to the server. */
  room: string;
  seq?: Seq;
}

/** Someone has another name or role. */
export interface UserUpdated {
  type: 'user_updated';
  user: User;
}

/** Something fleeting, or about my own marker. */
export type Signal = {
  type: 'signal';
} & SignalBody;

/** The answer to `ping`. */
export interface Pong {
  type: 'pong';
  id?: string;
}

/** Said before the server closes. */
export interface Bye {
  type: 'bye';
  code: number;
  reason: string;
  reconnect: boolean;
  after_ms?: number;
}

/** What the server sends. */
export type ServerFrame =
  | Ready
  | Events
  | CaughtUp
  | Reset
  | Ack
  | Refuse
  | RoomAdded
  | RoomRemoved
  | UserUpdated
  | Signal
  | Pong
  | Bye;

/** The server, as `ready` names it. */
export interface ReadyServer {
  /** What a person or a server is called: 1–80 characters, NFC, trimmed, no controls. */
  name: string;
  version: string;
}

/** An account, as others see it. */
export interface User {
  /** The account. */
  id: string;
  /** Its handle. */
  username: string;
  /** What its owner is called. */
  name: string;
  /** What it may do on the server. */
  role: ServerRole;
  /** It cannot sign in. */
  disabled?: boolean;
}

/** What an account may do on the server as a whole. */
export type ServerRole =
  /** Talks. */
  | 'member'
  /** Also invites, disables and enables members, and looks after open rooms. */
  | 'admin'
  /** Also gives roles and names the server. */
  | 'owner';

/** How a client shows that it is alive, and how it finds that the server is not. */
export interface Heartbeat {
  interval_ms: number;
  max_missed: number;
}

/** What a client has to keep to. */
export interface Limits {
  text_bytes: number;
  frame_bytes: number;
  catch_up_events: number;
  hello_rooms: number;
  user_rooms: number;
}

/** A room, and my place in it where I have one. */
export interface Room {
  /** The room. */
  id: string;
  /** Its name; null in a direct room. */
  name: string | null;
  /** Who can get in. */
  kind: RoomKind;
  /** What it is about; may be empty. */
  topic: string;
  /** Nobody can change anything in it. */
  archived: boolean;
  /** The seq of its newest event. */
  head: Seq;
  /** How many are in it. */
  member_count: number;
  /** The seq of the event that made me a member. */
  joined?: Seq;
  /** What I may do there. */
  role?: RoomRole;
  /** My marker: everything up to it is read. */
  read?: Seq;
  /** Posts by others after the marker that are not deleted; 100 means 100 or more. */
  unread?: number;
  /** Those of them that mention me; 100 means 100 or more. */
  mentions?: number;
  /** In a direct room, the others, for ever. */
  with?: User[];
}

/** Who can get into a room. */
export type RoomKind =
  /** Anyone joins. */
  | 'open'
  /** Its owners add people; to others it does not exist. */
  | 'closed'
  /** Between two to nine people, for ever. */
  | 'direct';

/** What a member may do in a room. */
export type RoomRole =
  /** Reads, posts, replies, reacts. */
  | 'member'
  /** Also deletes, renames, archives, adds, removes, gives roles. */
  | 'owner';

/** Everything a connection starts from. */
export interface ReadyBody {
  protocol: number;
  server: ReadyServer;
  /** The random name of this life of the database. */
  epoch: string;
  user: User;
  session: string;
  heartbeat: Heartbeat;
  limits: Limits;
  /** The rooms I am in. */
  rooms: Room[];
}

export interface EventBase {
  /** Its number in the room. */
  seq: Seq;
  /** When the server took it. */
  at: Time;
  /** Who did it, as they were called then; `parlor` for the server itself. */
  by: Person;
}

/** Always a room's first event. */
export interface RoomCreated extends EventBase {
  kind: 'room_created';
  /** Null in a direct room. */
  name: string | null;
  /** Who can get in. */
  room_kind: RoomKind;
  /** What it is about. */
  topic: string;
}

/** Name, topic or archive changed; what did not is absent. */
export interface RoomUpdated extends EventBase {
  kind: 'room_updated';
  /** The new name. */
  name?: string;
  /** The new topic. */
  topic?: string;
  /** Archived, or not any more. */
  archived?: boolean;
}

/** Somebody is a member from here on. */
export interface MemberJoined extends EventBase {
  kind: 'member_joined';
  /** Who. */
  user: Person;
  /** As what. */
  role: RoomRole;
}

/** Somebody is no member any more. */
export interface MemberLeft extends EventBase {
  kind: 'member_left';
  /** Who. */
  user: Person;
}

/** A member may do more or less than before. */
export interface RoleChanged extends EventBase {
  kind: 'role_changed';
  /** Who. */
  user: Person;
  /** What they are now. */
  role: RoomRole;
}

/** Somebody wrote. */
export interface MessagePosted extends EventBase {
  kind: 'message_posted';
  /** What; absent once redacted. */
  text?: string;
  /** The sending device's own id of it. */
  nonce: string;
  /** The message it answers. */
  reply_to?: Seq;
  /** Members named in it. */
  mentions?: string[];
  /** The text was deleted. */
  redacted?: boolean;
}

/** The author changed a message's text. */
export interface MessageEdited extends EventBase {
  kind: 'message_edited';
  /** The message. */
  target: Seq;
  /** What it says now; absent once redacted. */
  text?: string;
  /** The sending device's own id of it. */
  nonce: string;
  /** The text was deleted. */
  redacted?: boolean;
}

/** A message's text is gone. */
export interface MessageDeleted extends EventBase {
  kind: 'message_deleted';
  /** The message. */
  target: Seq;
  /** Who had written it. */
  author: string;
  /** The sending device's own id of it. */
  nonce: string;
  /** Members whom it had named. */
  mentions?: string[];
}

/** Somebody reacted. */
export interface ReactionAdded extends EventBase {
  kind: 'reaction_added';
  /** The message. */
  target: Seq;
  /** With what. */
  emoji: string;
  /** The sending device's own id of it. */
  nonce: string;
}

/** Somebody took a reaction back. */
export interface ReactionRemoved extends EventBase {
  kind: 'reaction_removed';
  /** The message. */
  target: Seq;
  /** Which. */
  emoji: string;
  /** The sending device's own id of it. */
  nonce: string;
}

/**
 * One numbered change of a room. Never altered, but for the text that a
 * deletion takes out of a post and its edits.
 */
export type Event =
  | RoomCreated
  | RoomUpdated
  | MemberJoined
  | MemberLeft
  | RoleChanged
  | MessagePosted
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved;

/** Somebody, as they were called at the time. */
export interface Person {
  /** Their account. */
  id: string;
  /** Their handle. */
  username: string;
  /** What they are called. */
  name: string;
}

/** Why what a client holds cannot be continued. */
export type ResetReason =
  /** By more than 1000 events: page the log, then resume. */
  | 'far_behind'
  /** Another epoch, or none given: drop what is held. */
  | 'epoch'
  /** Ahead of the head: drop what is held. */
  | 'ahead';

/** Why something was refused. Stable: programs match on it. */
export type Code =
  | 'bad_request'
  | 'bad_frame'
  | 'unknown_type'
  | 'hello_first'
  | 'superseded'
  | 'not_json'
  | 'too_large'
  | 'not_signed_in'
  | 'invalid_credentials'
  | 'too_many_attempts'
  | 'foreign_origin'
  | 'foreign_host'
  | 'unclaimed'
  | 'bad_claim_token'
  | 'invite_needed'
  | 'not_found'
  | 'forbidden'
  | 'room_archived'
  | 'room_exists'
  | 'nonce_reused'
  | 'username_taken'
  | 'last_owner'
  | 'too_many_rooms'
  | 'too_many_reactions'
  | 'too_many_sockets'
  | 'bad_username'
  | 'bad_password'
  | 'wrong_password'
  | 'bad_name'
  | 'bad_room_name'
  | 'bad_topic'
  | 'bad_kind'
  | 'bad_members'
  | 'bad_role'
  | 'bad_nonce'
  | 'bad_uses'
  | 'bad_expiry'
  | 'text_empty'
  | 'text_too_long'
  | 'bad_text'
  | 'bad_emoji'
  | 'rate_limited'
  | 'overloaded'
  | 'storage_failed'
  | 'storage_full'
  | 'internal';

/** Somebody is writing: shown for 6 s. */
export interface TypingSignal {
  kind: 'typing';
  /** Where. */
  room: string;
  /** Who. */
  user: string;
}

/** My marker moved, on whatever device. */
export interface ReadSignal {
  kind: 'read';
  /** Where. */
  room: string;
  /** To where. */
  seq: Seq;
  /** What the counts were counted up to. */
  head: Seq;
  /** Unread posts; 100 means 100 or more. */
  unread: number;
  /** Those that mention me. */
  mentions: number;
}

/** A signal. */
export type SignalBody = TypingSignal | ReadSignal;

/** `GET /server`. */
export interface Server {
  /** What a person or a server is called: 1–80 characters, NFC, trimmed, no controls. */
  name: string;
  version: string;
  epoch: string;
  claimed: boolean;
  demo: boolean;
  sign_up: SignUp;
}

/** Who can make an account. */
export type SignUp =
  /** Anyone: a demo. */
  | 'open'
  /** Whoever holds an invite. */
  | 'invite';

/** `PATCH /server`. */
export interface PatchServer {
  name: string;
}

/** `POST /claim`. */
export interface Claim {
  token: string;
  username: string;
  password: string;
  name?: string;
  server_name?: string;
}

/** `POST /sessions`. */
export interface SignIn {
  username: string;
  password: string;
}

/** A new session: the token is shown this once. */
export interface SignedIn {
  token: string;
  user: User;
}

/** One of my sessions. */
export interface Session {
  id: string;
  label: string;
  created_at: Time;
  last_seen_at: Time;
  current: boolean;
}

/** `POST /tickets`. Seconds. */
export interface Ticket {
  ticket: string;
  expires_in: number;
}

/** `POST /users`. */
export interface NewUser {
  username: string;
  password: string;
  name?: string;
  invite?: string;
}

/** `POST /invites`. `expires_in` in seconds. */
export interface NewInvite {
  max_uses?: number;
  expires_in?: number;
}

/** A new invite: the code is shown this once. */
export interface InviteMade {
  id: string;
  code: string;
  url: string;
  expires_at: Time;
}

/** An invite in the list. */
export interface Invite {
  id: string;
  by: Person;
  uses: number;
  max_uses: number;
  expires_at: Time;
}

/** `PATCH /users/{user}`. */
export interface PatchUser {
  role?: ServerRole;
  disabled?: boolean;
}

/** `POST /users/{user}/password`. */
export interface ResetPassword {
  new: string;
}

/** `PATCH /me`. */
export interface PatchMe {
  name?: string;
}

/** `POST /me/password`. */
export interface ChangePassword {
  old: string;
  new: string;
}

/** `GET /me`, and what changes an account. */
export interface UserBody {
  user: User;
}

/** `POST /rooms`. */
export interface CreateRoom {
  name?: string;
  kind: RoomKind;
  topic?: string;
  members?: string[];
  nonce?: string;
}

/** One room. */
export interface RoomBody {
  room: Room;
}

/** `PATCH /rooms/{room}`. */
export interface PatchRoom {
  name?: string;
  topic?: string;
  archived?: boolean;
}

/** `PUT /rooms/{room}/members/{user}`; the body may be absent. */
export interface PutMember {
  role?: RoomRole;
}

/** A member in the list. */
export interface Member {
  user: User;
  role: RoomRole;
}

/** `GET /rooms/{room}/messages`: history as it stood at `as_of`. */
export interface MessagePage {
  items: Message[];
  as_of: Seq;
  has_more?: boolean;
  has_more_before?: boolean;
  has_more_after?: boolean;
  epoch: string;
}

export interface MessageBase {
  /** The seq of its post. */
  seq: Seq;
  /** When it was posted. */
  at: Time;
  /** Its author, as they are called now. */
  by: Person;
  /** The nonce of its post. */
  nonce: string;
  /** The seq of the event that last touched it. */
  rev: Seq;
}

/** It is there. */
export interface LiveMessage extends MessageBase {
  /** What it says now. */
  text: string;
  /** Members named when it was posted. */
  mentions?: string[];
  /** The message it answers. */
  reply_to?: Seq;
  /** When it was last edited. */
  edited_at?: Time;
  /** In the order of each emoji's first arrival. */
  reactions: Reaction[];
  deleted?: false;
}

/** It was deleted. */
export interface DeletedMessage extends MessageBase {
  /** Always true. */
  deleted: true;
}

/** A message as it stands. It is known by its room and the seq of its post. */
export type Message = LiveMessage | DeletedMessage;

/** One emoji on a message. */
export interface Reaction {
  /** The emoji. */
  emoji: string;
  /** How many reacted with it. */
  count: number;
  /** The first 20 of them. */
  by: string[];
  /** I am one of them. */
  mine: boolean;
}

/** `GET /rooms/{room}/events`: the log itself. */
export interface EventPage {
  events: Event[];
  head: Seq;
  has_more: boolean;
  epoch: string;
}

/** `POST /rooms/{room}/messages`. */
export interface PostMessage {
  text: string;
  nonce: string;
  reply_to?: Seq;
}

/** Where a message stands. */
export interface Posted {
  seq: Seq;
  at: Time;
}

/** An error, as `application/problem+json` (RFC 9457). */
export interface Problem {
  /** Always `about:blank`: the code tells errors apart. */
  type: string;
  title: string;
  status: number;
  code: Code;
  detail: string;
  errors?: FieldError[];
  /** With `room_exists`, the room that has the name. */
  room?: string;
}

/** A field at fault. */
export interface FieldError {
  field: string;
  code: Code;
}
