//! The look-ups that a decision rests on, inside the writer's transaction.

use parlor_protocol::{
    Emoji, Event, Nonce, Person, RoomId, RoomKind, RoomName, RoomRole, Seq, Timestamp, Topic, User,
    UserId, Username,
};
use parlor_rules::facts::{MessageFacts, ReactionFacts};

/// A room's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    /// Who can get in.
    pub kind: RoomKind,
    /// Its name.
    pub name: Option<RoomName>,
    /// What it is about.
    pub topic: Topic,
    /// Nobody can change anything in it.
    pub archived: bool,
    /// The seq of its newest event.
    pub head: Seq,
}

/// What is remembered of a nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The answer's seq.
    pub seq: Seq,
    /// The answer's moment.
    pub at: Timestamp,
    /// The kind of event the command makes (`MessageVerb::event_kind`).
    pub kind: String,
    /// The message it was about.
    pub target: Option<Seq>,
    /// It made an event, which is the one at `seq`.
    pub made_event: bool,
}

/// What a backend can look up in its transaction, earlier writes of the batch included.
pub trait Source {
    /// What a look-up fails with.
    type Error;

    /// An account.
    fn account(&self, user: UserId) -> Result<Option<User>, Self::Error>;
    /// How many rooms an account is in.
    fn rooms_of(&self, user: UserId) -> Result<u64, Self::Error>;
    /// A room.
    fn room(&self, room: RoomId) -> Result<Option<RoomRow>, Self::Error>;
    /// A member's role.
    fn member(&self, room: RoomId, user: UserId) -> Result<Option<RoomRole>, Self::Error>;
    /// The member with this handle.
    fn member_named(
        &self,
        room: RoomId,
        username: &Username,
    ) -> Result<Option<UserId>, Self::Error>;
    /// How many owners a room has.
    fn owners(&self, room: RoomId) -> Result<u64, Self::Error>;
    /// The member with the lowest `joined`, besides one.
    fn longest_member(&self, room: RoomId, besides: UserId) -> Result<Option<Person>, Self::Error>;
    /// A message, deleted ones included.
    fn message(&self, room: RoomId, seq: Seq) -> Result<Option<MessageFacts>, Self::Error>;
    /// What is on a message.
    fn reactions(
        &self,
        room: RoomId,
        seq: Seq,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<ReactionFacts, Self::Error>;
    /// The open room with this key (`RoomName::key`), archived ones included.
    fn open_room_named(&self, key: &str) -> Result<Option<RoomId>, Self::Error>;
    /// The direct room of exactly these people.
    fn direct_room(&self, people: &[UserId]) -> Result<Option<RoomId>, Self::Error>;
    /// The room an account made with this nonce.
    fn room_made(&self, author: UserId, nonce: &Nonce) -> Result<Option<RoomId>, Self::Error>;
    /// What is remembered of a nonce.
    fn remembered(
        &self,
        room: RoomId,
        author: UserId,
        nonce: &Nonce,
    ) -> Result<Option<Remembered>, Self::Error>;
    /// An event of the log.
    fn event(&self, room: RoomId, seq: Seq) -> Result<Option<Event>, Self::Error>;
}
