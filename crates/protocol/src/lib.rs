//! Every word on the wire: ids, seqs, events, commands, frames, bodies, errors.
//!
//! This crate has no I/O, no clock and no randomness. It says what can be said;
//! whether it may happen is `rules`, where it is kept is `store`, who hears it
//! is `live`.
//!
//! | module | holds |
//! |---|---|
//! | [`ids`] | room, user, session, invite: opaque on the wire, 128 bits inside |
//! | [`seq`], [`time`], [`nonce`] | the number of an event, a moment, a device's own id of a command |
//! | [`text`], [`names`], [`emoji`] | what people write, parsed at the door |
//! | [`people`], [`room`], [`message`], [`event`] | what is there, and what happened |
//! | [`command`] | what a person asks to happen in a room |
//! | [`frame`] | the socket: what a client sends, what the server sends |
//! | [`http`] | bodies of requests and answers |
//! | [`error`] | every code a refusal can have |
//! | [`limits`] | every number a client can run into |

pub mod command;
pub mod emoji;
pub mod error;
pub mod event;
pub mod frame;
pub mod http;
pub mod ids;
pub mod limits;
pub mod message;
pub mod names;
pub mod nonce;
pub mod people;
pub mod room;
pub mod seq;
pub mod text;
pub mod time;

pub use command::Command;
pub use emoji::Emoji;
pub use error::{Code, Refusal};
pub use event::{Event, EventKind};
pub use ids::{InviteId, RoomId, SessionId, UserId};
pub use message::Message;
pub use names::{DisplayName, RoomName, Topic, Username};
pub use nonce::Nonce;
pub use people::{Person, ServerRole, User};
pub use room::{Room, RoomKind, RoomRole};
pub use seq::Seq;
pub use text::MessageText;
pub use time::Timestamp;

/// The version of the socket's protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// The subprotocol a client may offer in its upgrade.
pub const SUBPROTOCOL: &str = "parlor.v1";

/// For serde's `skip_serializing_if`: a flag that is down is not written.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}
