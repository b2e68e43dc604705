// The words of the wire, version 1, as TypeScript sees them. Types only; clients ignore fields, frame types and event
// kinds that are not here.

/** A number of an event in a room's log; below 2^53. */
export type Seq = number;
/** RFC 3339 in UTC with milliseconds. */
export type Time = string;

// ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────────
export type ServerRole = 'owner' | 'admin' | 'member';
export type RoomRole = 'owner' | 'member';
export type RoomKind = 'open' | 'closed' | 'direct';

export interface Person {
  id: string;
  username: string;
  name: string;
}
export interface User extends Person {
  role: ServerRole;
  disabled?: boolean;
}
export interface Member {
  user: User;
  role: RoomRole;
}

// ── rooms and messages ──────────────────────────────────────────────────────────────────────────────────────────────
export interface Room {
  id: string;
  /** Null in a direct room, which is called after its people. */
  name: string | null;
  kind: RoomKind;
  topic: string;
  archived: boolean;
  /** The seq of its newest event. */
  head: Seq;
  member_count: number;
  /** These five only where I am in it. */
  joined?: Seq;
  role?: RoomRole;
  read?: Seq;
  /** Posts by others after `read` that are not deleted, up to `head`; 100 means 100 or more. */
  unread?: number;
  mentions?: number;
  /** The 1–8 others of a direct room. */
  with?: User[];
}
export interface Reaction {
  emoji: string;
  count: number;
  /** The first 20 user ids. */
  by: string[];
  mine: boolean;
}
export interface LiveMessage {
  seq: Seq;
  at: Time;
  by: Person;
  nonce: string;
  text: string;
  mentions?: string[];
  reply_to?: Seq;
  edited_at?: Time;
  reactions: Reaction[];
  /** The seq of the event that last touched it. */
  rev: Seq;
  deleted?: false;
}
export interface DeletedMessage {
  seq: Seq;
  at: Time;
  by: Person;
  nonce: string;
  deleted: true;
  rev: Seq;
}
export type Message = LiveMessage | DeletedMessage;

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────
interface EventBase {
  seq: Seq;
  at: Time;
  by: Person;
}
export interface RoomCreated extends EventBase {
  kind: 'room_created';
  name: string | null;
  room_kind: RoomKind;
  topic: string;
}
export interface RoomUpdated extends EventBase {
  kind: 'room_updated';
  name?: string;
  topic?: string;
  archived?: boolean;
}
export interface MemberJoined extends EventBase {
  kind: 'member_joined';
  user: Person;
  role: RoomRole;
}
export interface MemberLeft extends EventBase {
  kind: 'member_left';
  user: Person;
}
export interface RoleChanged extends EventBase {
  kind: 'role_changed';
  user: Person;
  role: RoomRole;
}
export interface MessagePosted extends EventBase {
  kind: 'message_posted';
  /** Absent once redacted. */
  text?: string;
  nonce: string;
  reply_to?: Seq;
  mentions?: string[];
  redacted?: boolean;
}
export interface MessageEdited extends EventBase {
  kind: 'message_edited';
  target: Seq;
  text?: string;
  nonce: string;
  redacted?: boolean;
}
export interface MessageDeleted extends EventBase {
  kind: 'message_deleted';
  target: Seq;
  /** The id of whoever wrote the message. */
  author: string;
  nonce: string;
  mentions?: string[];
}
export interface ReactionAdded extends EventBase {
  kind: 'reaction_added';
  target: Seq;
  emoji: string;
  nonce: string;
}
export interface ReactionRemoved extends EventBase {
  kind: 'reaction_removed';
  target: Seq;
  emoji: string;
  nonce: string;
}
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

// ── the socket: client to server ────────────────────────────────────────────────────────────────────────────────────
export interface Hello {
  type: 'hello';
  id?: string;
  protocol: 1;
  epoch?: string;
  rooms?: Record<string, Seq>;
}
export interface Ping {
  type: 'ping';
  id?: string;
}
export interface Post {
  type: 'post';
  id: string;
  room: string;
  nonce: string;
  text: string;
  reply_to?: Seq;
}
export interface Edit {
  type: 'edit';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
  text: string;
}
export interface Delete {
  type: 'delete';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
}
export interface React {
  type: 'react' | 'unreact';
  id: string;
  room: string;
  seq: Seq;
  nonce: string;
  emoji: string;
}
export interface Read {
  type: 'read';
  id?: string;
  room: string;
  seq: Seq;
}
export interface Typing {
  type: 'typing';
  room: string;
}
export interface Resume {
  type: 'resume';
  id?: string;
  room: string;
  after: Seq;
}
export type ClientFrame = Hello | Ping | Post | Edit | Delete | React | Read | Typing | Resume;

// ── the socket: server to client ────────────────────────────────────────────────────────────────────────────────────
export interface Heartbeat {
  interval_ms: number;
  max_missed: number;
}
export interface Limits {
  text_bytes: number;
  frame_bytes: number;
  catch_up_events: number;
  hello_rooms: number;
  user_rooms: number;
}
export interface Ready {
  type: 'ready';
  protocol: number;
  server: { name: string; version: string };
  epoch: string;
  user: User;
  session: string;
  heartbeat: Heartbeat;
  limits: Limits;
  rooms: Room[];
}
export interface Events {
  type: 'events';
  room: string;
  /** Never empty, ascending and contiguous. */
  events: Event[];
}
export interface CaughtUp {
  type: 'caught_up';
  room: string;
  seq: Seq;
  id?: string;
}
export type ResetReason = 'far_behind' | 'epoch' | 'ahead';
export interface Reset {
  type: 'reset';
  room: string;
  head: Seq;
  reason: ResetReason;
  id?: string;
}
export interface Ack {
  type: 'ack';
  id: string;
  room: string;
  seq: Seq;
  at?: Time;
  duplicate?: boolean;
}
export interface Refuse {
  type: 'refuse';
  id: string | null;
  code: string;
  message: string;
  retry_after_ms?: number;
}
export interface RoomAdded {
  type: 'room_added';
  room: Room;
}
export interface RoomRemoved {
  type: 'room_removed';
  room: string;
  seq?: Seq;
}
export interface UserUpdated {
  type: 'user_updated';
  user: User;
}
export interface TypingSignal {
  type: 'signal';
  kind: 'typing';
  room: string;
  user: string;
}
export interface ReadSignal {
  type: 'signal';
  kind: 'read';
  room: string;
  seq: Seq;
  head: Seq;
  unread: number;
  mentions: number;
}
export interface Pong {
  type: 'pong';
  id?: string;
}
export interface Bye {
  type: 'bye';
  code: number;
  reason: string;
  reconnect: boolean;
  after_ms?: number;
}
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
  | TypingSignal
  | ReadSignal
  | Pong
  | Bye;

// ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Server {
  name: string;
  version: string;
  epoch: string;
  claimed: boolean;
  demo: boolean;
  sign_up: 'open' | 'invite';
}
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code: string;
  errors?: FieldError[];
  /** With `room_exists`: the open room of that name. */
  room?: string;
}
export interface FieldError {
  field: string;
  code: string;
}
export interface SignedIn {
  token: string;
  user: User;
}
export interface Session {
  id: string;
  label: string;
  created_at: Time;
  last_seen_at: Time;
  current: boolean;
}
export interface Page<T> {
  items: T[];
  has_more: boolean;
}
export interface MessagePage {
  items: Message[];
  as_of: Seq;
  epoch: string;
  has_more?: boolean;
  has_more_before?: boolean;
  has_more_after?: boolean;
}
export interface EventPage {
  events: Event[];
  head: Seq;
  has_more: boolean;
  epoch: string;
}
