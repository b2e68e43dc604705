//! Every number a client can run into. Sizes are bytes, times milliseconds.

/// A message's text, in UTF-8.
pub const TEXT_BYTES: usize = 16 * 1024;
/// A message on the socket, by a client.
pub const FRAME_BYTES: usize = 128 * 1024;
/// Fragments of one message on the socket.
pub const FRAME_FRAGMENTS: usize = 64;
/// One of the server's own frames, `ready` excepted.
pub const SERVER_FRAME_BYTES: usize = 64 * 1024;
/// The server's `ready`.
pub const READY_BYTES: usize = 4 * 1024 * 1024;
/// A request's body.
pub const BODY_BYTES: usize = 128 * 1024;
/// A page ends early at this size, with at least one item.
pub const PAGE_BYTES: usize = 1024 * 1024;
/// How far behind a `resume` may be and still be answered with events.
pub const CATCH_UP_EVENTS: u64 = 1000;
/// Rooms one `hello` may name.
pub const HELLO_ROOMS: usize = 500;
/// Rooms one user may be in.
pub const USER_ROOMS: u64 = 1000;
/// A request's `id`.
pub const REQUEST_ID_BYTES: usize = 64;

/// How often a client pings.
pub const HEARTBEAT_INTERVAL_MS: u64 = 5000;
/// How many pings in a row may stay unanswered.
pub const HEARTBEAT_MAX_MISSED: u64 = 2;
/// How long a client waits for any sign of life after a ping.
pub const PONG_WAIT_MS: u64 = 2000;
/// How long a connection may take to say `hello`.
pub const HELLO_WAIT_MS: u64 = 10_000;

/// Kinds of emoji on one message.
pub const REACTION_KINDS: usize = 50;
/// Users listed with a reaction; its count goes on.
pub const REACTION_NAMES: usize = 20;
/// People one post can mention.
pub const MENTIONS: usize = 50;
/// `unread` and `mentions` stop here, which means this many or more.
pub const COUNT_CAP: u64 = 100;
/// Posts after the marker that the counts look at.
pub const COUNT_WINDOW: u64 = 1000;
/// The others in a direct room.
pub const DIRECT_OTHERS: usize = 8;
/// Members named when a room is made.
pub const ROOM_FIRST_MEMBERS: usize = 100;

/// A page of history, unless asked otherwise, and at most.
pub const MESSAGES_PAGE: (u32, u32) = (50, 200);
/// A page of the log, unless asked otherwise, and at most.
pub const EVENTS_PAGE: (u32, u32) = (200, 1000);
/// A page of members, unless asked otherwise, and at most.
pub const MEMBERS_PAGE: (u32, u32) = (100, 500);
/// A page of rooms.
pub const ROOMS_PAGE: u32 = 100;
/// A page of people, and how many `ids` one call may name.
pub const USERS_PAGE: u32 = 50;

/// Who is typing is not passed on in rooms with more connections than this.
pub const TYPING_ROOM_ONLINE: usize = 200;
/// Sockets of one user.
pub const USER_SOCKETS: usize = 20;
/// Room names, and names of people and servers, in characters.
pub const NAME_CHARS: usize = 80;
/// A room's topic, in characters.
pub const TOPIC_CHARS: usize = 250;
/// A password, in characters.
pub const PASSWORD_CHARS: (usize, usize) = (8, 256);
/// An invite's uses, unless asked otherwise, and at most.
pub const INVITE_USES: (u32, u32) = (25, 10_000);
/// An invite's life, unless asked otherwise, and at most.
pub const INVITE_MS: (i64, i64) = (7 * 86_400_000, 365 * 86_400_000);
/// The owner link's life.
pub const CLAIM_LINK_MS: i64 = 3_600_000;
/// A ticket's life.
pub const TICKET_MS: u64 = 30_000;
/// A session of the browser ends after so long without a sign of it, and at the latest after.
pub const SESSION_MS: (i64, i64) = (30 * 86_400_000, 180 * 86_400_000);
