//! A reader whose answers a test can hold back: what was read is then older than
//! what is sent, as it may be on a busy server.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};

use parlor_protocol::{Room, RoomId, RoomRole, Seq, SessionId, Timestamp, User, UserId, Username};
use parlor_store::audit::Entry;
use parlor_store::read::{
    Authenticated, Counts, Credentials, Denied, EventsPage, InviteRow, MessagesPage, Part, Read,
    ReadError, ServerState, SessionRow, Snapshot, Window,
};
use parlor_store::write::SecretHash;

/// Which answers are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Held {
    Snapshot,
    Events,
    Room,
}

#[derive(Default)]
struct Answers {
    held: Vec<Held>,
    waiting: HashMap<Held, usize>,
    /// How many may pass though they are held.
    passes: HashMap<Held, usize>,
    read: HashMap<Held, usize>,
}

/// The switches. All clones are one.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<Answers>, Condvar)>);

impl Gate {
    /// Holds answers of a kind back from now on.
    pub(crate) fn hold(&self, held: Held) {
        self.0.0.lock().unwrap().held.push(held);
    }

    /// Lets them go.
    pub(crate) fn release(&self, held: Held) {
        self.0.0.lock().unwrap().held.retain(|h| *h != held);
        self.0.1.notify_all();
    }

    /// Lets one go that is held back, or is the next to be.
    pub(crate) fn let_one_go(&self, held: Held) {
        *self.0.0.lock().unwrap().passes.entry(held).or_default() += 1;
        self.0.1.notify_all();
    }

    /// An answer was read and is held back.
    pub(crate) fn is_waiting(&self, held: Held) -> bool {
        let answers = self.0.0.lock().unwrap();
        answers.waiting.get(&held).is_some_and(|n| *n > 0)
    }

    /// How many answers of a kind were read.
    pub(crate) fn reads(&self, held: Held) -> usize {
        let answers = self.0.0.lock().unwrap();
        answers.read.get(&held).copied().unwrap_or(0)
    }

    fn pass<T>(&self, held: Held, answer: T) -> T {
        let mut answers = self.0.0.lock().unwrap();
        *answers.read.entry(held).or_default() += 1;
        while answers.held.contains(&held) {
            if let Some(passes) = answers.passes.get_mut(&held).filter(|n| **n > 0) {
                *passes -= 1;
                break;
            }
            answers.waiting.insert(held, 1);
            answers = self.0.1.wait(answers).unwrap();
        }
        answers.waiting.insert(held, 0);
        answer
    }
}

/// See the file's head.
pub(crate) struct GatedRead {
    pub(crate) inner: Arc<dyn Read>,
    pub(crate) gate: Gate,
}

macro_rules! pass_on {
    ($(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        $(fn $name(&self, $($arg: $type),*) -> Result<$out, ReadError> {
            self.inner.$name($($arg),*)
        })*
    };
}

impl Read for GatedRead {
    fn snapshot(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Result<Snapshot, Denied>, ReadError> {
        let answer = self.inner.snapshot(user, session, now);
        self.gate.pass(Held::Snapshot, answer)
    }

    fn events(
        &self,
        reader: UserId,
        room: RoomId,
        after: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<EventsPage>, ReadError> {
        let answer = self.inner.events(reader, room, after, limit, max_bytes);
        self.gate.pass(Held::Events, answer)
    }

    fn room(&self, reader: UserId, room: RoomId) -> Result<Option<Room>, ReadError> {
        let answer = self.inner.room(reader, room);
        self.gate.pass(Held::Room, answer)
    }

    pass_on! {
        fn server() -> ServerState;
        fn commit() -> u64;
        fn authenticate(token: &SecretHash, now: Timestamp) -> Result<Authenticated, Denied>;
        fn credentials(username: &Username) -> Option<Credentials>;
        fn password(user: UserId) -> Option<String>;
        fn invite_is_good(code: &SecretHash, now: Timestamp) -> bool;
        fn claim_link_is_good(token: &SecretHash, now: Timestamp) -> bool;
        fn messages(reader: UserId, room: RoomId, window: Window, limit: u32, max_bytes: usize)
            -> Option<MessagesPage>;
        fn rooms(reader: UserId, after: Option<RoomId>, limit: u32) -> Part<Room>;
        fn open_rooms(reader: UserId, query: &str, after: Option<RoomId>, limit: u32) -> Part<Room>;
        fn counts(reader: UserId, room: RoomId) -> Option<Counts>;
        fn members(reader: UserId, room: RoomId, after: Option<UserId>, limit: u32)
            -> Option<Part<(User, RoomRole)>>;
        fn user(user: UserId) -> Option<User>;
        fn user_named(username: &Username) -> Option<User>;
        fn users(query: &str, after: Option<UserId>, limit: u32) -> Part<User>;
        fn users_by_id(ids: &[UserId]) -> Vec<User>;
        fn sessions(user: UserId, now: Timestamp) -> Vec<SessionRow>;
        fn invites(now: Timestamp) -> Vec<InviteRow>;
        fn audit(after: u64, limit: u32) -> Vec<(u64, Entry)>;
    }
}
