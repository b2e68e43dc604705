//! Everything that is read from a database. Each call is one snapshot.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{
    DisplayName, InviteId, Message, Person, Room, RoomId, RoomRole, Seq, SessionId, Timestamp,
    User, UserId, Username,
};

use crate::audit::Entry;
use crate::write::{SecretHash, SessionLife};

/// Why something could not be read. A caller tells the person `internal`, and the log the rest.
#[derive(Debug, thiserror::Error)]
#[error("the database could not be read: {0}")]
pub struct ReadError(pub String);

/// The server as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// What it is called.
    pub name: DisplayName,
    /// The random name of this life of the database.
    pub epoch: String,
    /// Somebody owns it.
    pub claimed: bool,
    /// The room every new account joins.
    pub general: RoomId,
}

/// A session that stands, found by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Whose.
    pub user: User,
    /// Which.
    pub session: SessionId,
    /// How long it lives.
    pub life: SessionLife,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last seen (written hourly at most).
    pub last_seen_at: Timestamp,
}

/// Why a session is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There is no such session any more, or it ran out.
    SessionEnded,
    /// The account is disabled.
    Disabled,
}

/// What a sign-in is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// The stored hash; `None` where the account has no password.
    pub password: Option<String>,
    /// It cannot sign in.
    pub disabled: bool,
}

/// Everything a connection starts from, at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Every commit up to this number is in it, none after.
    pub commit: u64,
    /// The server.
    pub server: ServerState,
    /// The account.
    pub user: User,
    /// The rooms it is in, by id.
    pub rooms: Vec<Room>,
}

/// A part of a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsPage {
    /// Contiguous, ascending, the first one right after what was asked for.
    pub events: Vec<EncodedEvent>,
    /// The room's newest seq.
    pub head: Seq,
}

impl EventsPage {
    /// There is more after these.
    pub fn has_more(&self, after: Seq) -> bool {
        self.events.last().map_or(after, |event| event.seq) < self.head
    }
}

/// Which part of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The newest.
    Newest,
    /// Those just before a seq.
    Before(Seq),
    /// Those just after a seq.
    After(Seq),
    /// Half before a seq, the rest from it on; where one side is short the other is no longer.
    Around(Seq),
}

/// A part of history, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesPage {
    /// The messages, deleted ones included.
    pub items: Vec<Message>,
    /// The room's newest seq.
    pub as_of: Seq,
    /// There are older ones. Not to be relied on for [`Window::After`].
    pub more_before: bool,
    /// There are newer ones. Not to be relied on for [`Window::Newest`] and [`Window::Before`].
    pub more_after: bool,
}

/// A list's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// There is more.
    pub has_more: bool,
}

/// One of a user's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Which.
    pub id: SessionId,
    /// What it is called.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
}

/// An invite that is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    /// Which.
    pub id: InviteId,
    /// Who made it; `parlor` for the command line.
    pub by: Person,
    /// How often it was used.
    pub uses: u32,
    /// How often it is good.
    pub max_uses: u32,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A marker and what is unread after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// What they were counted up to.
    pub head: Seq,
    /// The marker.
    pub read: Seq,
    /// Unread posts, at most 100.
    pub unread: u64,
    /// Those that mention the user, at most 100.
    pub mentions: u64,
}

/// The readers of a database. Where a reader is named, `None` answers alike for
/// what is not there and what they may not see; membership is judged in the
/// same snapshot.
pub trait Read: Send + Sync + 'static {
    /// The server as a whole.
    fn server(&self) -> Result<ServerState, ReadError>;

    /// The newest commit's number; 0 after the setup.
    fn commit(&self) -> Result<u64, ReadError>;

    /// The session a token stands for, at `now`.
    fn authenticate(
        &self,
        token: &SecretHash,
        now: Timestamp,
    ) -> Result<Result<Authenticated, Denied>, ReadError>;

    /// What a sign-in under this name is checked against.
    fn credentials(&self, username: &Username) -> Result<Option<Credentials>, ReadError>;

    /// The stored hash of an account's password.
    fn password(&self, user: UserId) -> Result<Option<String>, ReadError>;

    /// Whether an invite's code is good at `now`.
    fn invite_is_good(&self, code: &SecretHash, now: Timestamp) -> Result<bool, ReadError>;

    /// Whether an owner link is good at `now`.
    fn claim_link_is_good(&self, token: &SecretHash, now: Timestamp) -> Result<bool, ReadError>;

    /// Everything a connection of this session starts from.
    fn snapshot(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Result<Snapshot, Denied>, ReadError>;

    /// The log of a room after a seq: at most `limit` events, ending early at
    /// `max_bytes` of JSON with at least one.
    fn events(
        &self,
        reader: UserId,
        room: RoomId,
        after: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<EventsPage>, ReadError>;

    /// History as it stands: at most `limit` messages, ending early at `max_bytes` of
    /// JSON with at least one. Those next to where it is asked from are kept: the newest of
    /// [`Window::Newest`] and [`Window::Before`], the oldest of [`Window::After`]; around a seq,
    /// those from it on come before those before it.
    fn messages(
        &self,
        reader: UserId,
        room: RoomId,
        window: Window,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<MessagesPage>, ReadError>;

    /// One room as a user sees it: one they are in, or an open one. The others in a direct room are in the order of their ids.
    fn room(&self, reader: UserId, room: RoomId) -> Result<Option<Room>, ReadError>;

    /// The rooms a user is in, by id.
    fn rooms(
        &self,
        reader: UserId,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError>;

    /// The open rooms a user could join (not archived, not in them yet), by id; `query` is a part of the name, by its key.
    fn open_rooms(
        &self,
        reader: UserId,
        query: &str,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError>;

    /// The marker and counts of a member.
    fn counts(&self, reader: UserId, room: RoomId) -> Result<Option<Counts>, ReadError>;

    /// The members of a room, by id; for a member, and in an open room for anyone.
    fn members(
        &self,
        reader: UserId,
        room: RoomId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Part<(User, RoomRole)>>, ReadError>;

    /// One account.
    fn user(&self, user: UserId) -> Result<Option<User>, ReadError>;

    /// The account with this handle.
    fn user_named(&self, username: &Username) -> Result<Option<User>, ReadError>;

    /// People of this server, by id, `parlor` excepted; `query` begins the handle or is a
    /// part of the name, in any case, its `%` and `_` plain.
    fn users(
        &self,
        query: &str,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Part<User>, ReadError>;

    /// Those of these accounts that are there.
    fn users_by_id(&self, ids: &[UserId]) -> Result<Vec<User>, ReadError>;

    /// A user's sessions that stand at `now`, the newest first.
    fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, ReadError>;

    /// The invites that are good at `now`, the newest first.
    fn invites(&self, now: Timestamp) -> Result<Vec<InviteRow>, ReadError>;

    /// At most `limit` entries of the audit log after this number, each with its own, from 1 on.
    fn audit(&self, after: u64, limit: u32) -> Result<Vec<(u64, Entry)>, ReadError>;
}
