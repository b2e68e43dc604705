//! Decides: a command and the facts in, events or a refusal out.
//!
//! Every decision asks in one order: is the room there for this person
//! (`not_found`), is what they point at there (`not_found`), may they
//! (`forbidden`), would anything change, is the room archived
//! (`room_archived`), is there room for it.

use parlor_protocol::{Code, Command, EventKind, Person, Refusal, RoomId, Seq, Timestamp};

use crate::facts::Facts;

mod may;
mod members;
mod messages;
mod rooms;

pub use members::general_joined;
pub use rooms::general_made;

/// What an accepted command makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Events, in this order, with the room's next numbers: one, or more where
    /// a room is made or its last owner goes. The first is the one that is acked.
    Events(Vec<Planned>),
    /// A message command that changes nothing: acked with the message's `rev`
    /// and its time, and remembered.
    Unchanged {
        /// The message's `rev`.
        seq: Seq,
        /// When that event was.
        at: Timestamp,
    },
    /// A room command that changes nothing.
    Nothing,
    /// The direct room asked for is there already.
    Existing(RoomId),
}

/// An event without its number and moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Who did it.
    pub by: Person,
    /// What it is.
    pub kind: EventKind,
}

/// Decides one command.
///
/// # Errors
/// The refusal, decided before anything is written. [`Code::Internal`] where the
/// facts are not those of the command: a bug of the caller's.
pub fn plan(command: &Command, facts: &Facts) -> Result<Plan, Refusal> {
    match command {
        Command::Message { nonce, verb, .. } => messages::plan(verb, nonce, facts),
        Command::CreateRoom(new) => rooms::create(new, facts),
        Command::UpdateRoom {
            name,
            topic,
            archived,
            ..
        } => rooms::update(name.as_ref(), topic.as_ref(), *archived, facts),
        Command::PutMember { user, role, .. } => members::put(*user, *role, facts),
        Command::RemoveMember { user, .. } => members::remove(*user, facts),
    }
}

/// One event by the actor.
fn one(facts: &Facts, kind: EventKind) -> Plan {
    Plan::Events(vec![by_actor(facts, kind)])
}

fn by_actor(facts: &Facts, kind: EventKind) -> Planned {
    Planned {
        by: facts.actor.clone(),
        kind,
    }
}

/// The facts were loaded for another kind of command.
fn mismatched() -> Refusal {
    Code::Internal.into()
}
