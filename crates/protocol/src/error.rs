//! Every code a refusal can have, on the socket and over HTTP.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why something was refused. Stable: programs match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each says itself; `message` has the sentence")]
pub enum Code {
    // The request itself.
    BadRequest,
    BadFrame,
    UnknownType,
    HelloFirst,
    Superseded,
    NotJson,
    TooLarge,
    // Who asks, and from where.
    NotSignedIn,
    InvalidCredentials,
    TooManyAttempts,
    ForeignOrigin,
    ForeignHost,
    Unclaimed,
    BadClaimToken,
    InviteNeeded,
    // What is asked for.
    NotFound,
    Forbidden,
    RoomArchived,
    RoomExists,
    NonceReused,
    UsernameTaken,
    LastOwner,
    TooManyRooms,
    TooManyReactions,
    TooManySockets,
    // Fields.
    BadUsername,
    BadPassword,
    WrongPassword,
    BadName,
    BadRoomName,
    BadTopic,
    BadKind,
    BadMembers,
    BadRole,
    BadNonce,
    BadUses,
    BadExpiry,
    TextEmpty,
    TextTooLong,
    BadText,
    BadEmoji,
    // The server's state.
    RateLimited,
    Overloaded,
    StorageFailed,
    StorageFull,
    Internal,
}

impl Code {
    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::BadFrame
            | Self::UnknownType
            | Self::HelloFirst
            | Self::Superseded => 400,
            Self::NotSignedIn | Self::InvalidCredentials => 401,
            Self::Forbidden
            | Self::ForeignOrigin
            | Self::Unclaimed
            | Self::BadClaimToken
            | Self::InviteNeeded => 403,
            Self::NotFound => 404,
            Self::RoomArchived
            | Self::RoomExists
            | Self::NonceReused
            | Self::UsernameTaken
            | Self::LastOwner
            | Self::TooManyRooms
            | Self::TooManyReactions => 409,
            Self::TooLarge => 413,
            Self::NotJson => 415,
            Self::ForeignHost => 421,
            Self::BadUsername
            | Self::BadPassword
            | Self::WrongPassword
            | Self::BadName
            | Self::BadRoomName
            | Self::BadTopic
            | Self::BadKind
            | Self::BadMembers
            | Self::BadRole
            | Self::BadNonce
            | Self::BadUses
            | Self::BadExpiry
            | Self::TextEmpty
            | Self::TextTooLong
            | Self::BadText
            | Self::BadEmoji => 422,
            Self::RateLimited | Self::TooManyAttempts | Self::TooManySockets => 429,
            Self::Internal => 500,
            Self::Overloaded | Self::StorageFailed => 503,
            Self::StorageFull => 507,
        }
    }

    /// One sentence for a person.
    pub const fn message(self) -> &'static str {
        match self {
            Self::BadRequest => "The request could not be read.",
            Self::BadFrame => "The frame could not be read.",
            Self::UnknownType => "This server does not know that type of frame.",
            Self::HelloFirst => "Say hello first.",
            Self::Superseded => "A newer resume of the room took over.",
            Self::NotJson => "Send JSON, with Content-Type: application/json.",
            Self::TooLarge => "That is too large.",
            Self::NotSignedIn => "Sign in first.",
            Self::InvalidCredentials => "The username or the password is wrong.",
            Self::TooManyAttempts => "Too many attempts. Wait a little.",
            Self::ForeignOrigin => "This request comes from another site.",
            Self::ForeignHost => {
                "This server is not known by that name. Set PARLOR_PUBLIC_URL to the address people use."
            }
            Self::Unclaimed => {
                "This server has no owner yet. Open the owner link that its console shows."
            }
            Self::BadClaimToken => {
                "This owner link is not good any more. Get a new one with: parlor claim-link"
            }
            Self::InviteNeeded => "An invite is needed, and this one is not good any more.",
            Self::NotFound => "There is nothing by that name here.",
            Self::Forbidden => "You may not do that.",
            Self::RoomArchived => "The room is archived.",
            Self::RoomExists => "There is an open room of that name.",
            Self::NonceReused => "This nonce was used for something else.",
            Self::UsernameTaken => "That username is taken.",
            Self::LastOwner => "The last owner cannot be demoted or disabled.",
            Self::TooManyRooms => "Nobody can be in more than 1000 rooms.",
            Self::TooManyReactions => "This message has 50 kinds of reaction already.",
            Self::TooManySockets => "Too many connections of one account.",
            Self::BadUsername => {
                "A username has 2 to 32 of a-z 0-9 . _ - and begins and ends with a letter or digit; some are reserved."
            }
            Self::BadPassword => {
                "A password has 8 to 256 characters and is none of the common ones."
            }
            Self::WrongPassword => "The password is wrong.",
            Self::BadName => "A name has 1 to 80 characters and no control characters.",
            Self::BadRoomName => "A room name has 1 to 80 characters and no control characters.",
            Self::BadTopic => "A topic has at most 250 characters, on one line.",
            Self::BadKind => "A room is open, closed or direct; only a direct one has no name.",
            Self::BadMembers => {
                "That is not a list of people of this server that fits such a room."
            }
            Self::BadRole => "There is no such role here.",
            Self::BadNonce => "A nonce has 1 to 64 printable ASCII characters.",
            Self::BadUses => "An invite is good for 1 to 10000 uses.",
            Self::BadExpiry => "An invite is good for a second to a year.",
            Self::TextEmpty => "The message is empty.",
            Self::TextTooLong => "The message is longer than 16 KiB.",
            Self::BadText => "The message holds control characters.",
            Self::BadEmoji => "That is not one emoji.",
            Self::RateLimited => "Too fast. Wait a little.",
            Self::Overloaded => "The server is busy. Try again in a moment.",
            Self::StorageFailed => "The server cannot write to its disk just now.",
            Self::StorageFull => "The server's disk is full.",
            Self::Internal => "Something went wrong on the server.",
        }
    }
}

/// A refusal: a code, what else a client may need to know, and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// Final unless this is there: after so many milliseconds it may go through.
    pub retry_after_ms: Option<u64>,
    /// With [`Code::RoomExists`], the room that has the name.
    pub room: Option<crate::ids::RoomId>,
}

impl Refusal {
    /// A refusal that may go through later.
    pub const fn retry(code: Code, after_ms: u64) -> Self {
        Self {
            code,
            retry_after_ms: Some(after_ms),
            room: None,
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            code,
            retry_after_ms: None,
            room: None,
        }
    }
}
