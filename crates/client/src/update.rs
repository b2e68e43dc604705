//! What a client tells the program it works for.

use std::time::Duration;

use parlor_protocol::frame::{Ready, ResetReason, Signal};
use parlor_protocol::{EventKind, Nonce, Person, Room, RoomId, Seq, User};

use crate::decode::LogEvent;
use crate::outbox::Outcome;

/// One thing that happened, in order.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the variants' docs name the fields")]
pub enum Update {
    /// A connection is up; `ready` says who I am and where.
    Connected(Box<Ready>),
    /// It ended, or did not come about; the next try is after this time.
    Disconnected { why: String, after: Duration },
    /// The next event of a room: each once, in order.
    Event { room: RoomId, event: LogEvent },
    /// What was told of a room is of another log than the server's (a restored
    /// backup): its log goes on after this seq.
    Forgotten {
        room: RoomId,
        after: Seq,
        reason: ResetReason,
    },
    /// I am a member of a room from here on.
    RoomAdded(Box<Room>),
    /// I am a member of a room no more, since this event.
    RoomRemoved { room: RoomId, seq: Option<Seq> },
    /// A command of mine ended.
    Settled {
        room: RoomId,
        nonce: Nonce,
        outcome: Outcome,
    },
    /// Somebody has another name or role.
    UserUpdated(User),
    /// Somebody is writing, or my marker moved.
    Signal(Signal),
}

/// A message that somebody posted.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Where.
    pub room: RoomId,
    /// Its number there.
    pub seq: Seq,
    /// Who wrote it, as they were called then.
    pub by: &'a Person,
    /// What it says.
    pub text: &'a str,
}

impl Update {
    /// The message, where that is what happened, and its text is not deleted.
    pub fn message(&self) -> Option<Message<'_>> {
        let Self::Event { room, event } = self else {
            return None;
        };
        let event = event.known.as_ref()?;
        let EventKind::MessagePosted { text, .. } = &event.kind else {
            return None;
        };
        Some(Message {
            room: *room,
            seq: event.seq,
            by: &event.by,
            text: text.as_ref()?.as_str(),
        })
    }
}

/// Why a client ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants' docs name the fields")]
pub enum Ended {
    /// It was asked to.
    Stopped,
    /// The server does not let these credentials in (any more): 401, 403, or closed
    /// with 4503 or 4504.
    NotLetIn(String),
    /// The server will not talk to this client, now or later.
    Refused(String),
    /// The state could not be kept: what went on would not be known after a restart.
    State(String),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::NotLetIn(why) | Self::Refused(why) | Self::State(why) => f.write_str(why),
        }
    }
}
