//! Decides: a command and the facts in, events or a refusal out.

use parlor_protocol::{Command, EventKind, Person, Refusal, RoomId, Seq, Timestamp};

use crate::facts::Facts;

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
/// The refusal, decided before anything is written.
pub fn plan(command: &Command, facts: &Facts) -> Result<Plan, Refusal> {
    let _ = (command, facts);
    Ok(Plan::Nothing)
}
