//! What can go wrong, as sentences for a person.

use parlor_protocol::error::Code;

/// Why something could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none that this client can use.
    #[error("{0}")]
    Address(String),
    /// Nobody answers there, or not in time, or not to the end.
    #[error("{address} cannot be reached: {why}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system said.
        why: String,
    },
    /// The server answered with a problem.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why.
        code: Code,
        /// The server's sentence.
        message: String,
        /// When it may go through, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// What answered is no Parlor, or one that speaks otherwise.
    #[error("{address} does not answer as Parlor does ({what}): is the address right?")]
    Foreign {
        /// Host and port.
        address: String,
        /// What it did.
        what: String,
    },
    /// The file with the state cannot be read or written.
    #[error("the state in {path} cannot be kept: {why}")]
    State {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// Whether the same request may succeed later, by itself.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Foreign { .. } | Self::Address(_) | Self::State { .. } => false,
        }
    }
}
