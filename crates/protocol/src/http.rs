//! Bodies of requests and answers under `/api/v1`.
//!
//! Requests hold plain strings: each field is judged by name, so that all
//! faults can be told at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::event::Event;
use crate::ids::{InviteId, RoomId, SessionId, UserId};
use crate::message::Message;
use crate::names::DisplayName;
use crate::people::{Person, ServerRole, User};
use crate::room::{Room, RoomKind, RoomRole};
use crate::seq::Seq;
use crate::time::Timestamp;

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[allow(missing_docs, reason = "the names are the wire's own")]
        pub struct $name { $($(#[$attr])* pub $field: $type),* }
    )*};
}

bodies! {
    /// `GET /server`.
    Server {
        name: DisplayName, version: String, epoch: String, claimed: bool, demo: bool, sign_up: SignUp,
    }
    /// `PATCH /server`.
    PatchServer { name: String }
    /// `POST /claim`.
    Claim {
        token: String, username: String, password: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] server_name: Option<String>,
    }
    /// `POST /sessions`.
    SignIn { username: String, password: String }
    /// A new session: the token is shown this once.
    SignedIn { token: String, user: User }
    /// One of my sessions.
    Session {
        id: SessionId, label: String, created_at: Timestamp, last_seen_at: Timestamp, current: bool,
    }
    /// `POST /tickets`. Seconds.
    Ticket { ticket: String, expires_in: u64 }
    /// `POST /users`.
    NewUser {
        username: String, password: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] invite: Option<String>,
    }
    /// `POST /invites`. `expires_in` in seconds.
    NewInvite {
        #[serde(default, skip_serializing_if = "Option::is_none")] max_uses: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")] expires_in: Option<u64>,
    }
    /// A new invite: the code is shown this once.
    InviteMade { id: InviteId, code: String, url: String, expires_at: Timestamp }
    /// An invite in the list.
    Invite { id: InviteId, by: Person, uses: u32, max_uses: u32, expires_at: Timestamp }
    /// `PATCH /users/{user}`.
    PatchUser {
        #[serde(default, skip_serializing_if = "Option::is_none")] role: Option<ServerRole>,
        #[serde(default, skip_serializing_if = "Option::is_none")] disabled: Option<bool>,
    }
    /// `POST /users/{user}/password`.
    ResetPassword { new: String }
    /// `PATCH /me`.
    PatchMe { #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String> }
    /// `POST /me/password`.
    ChangePassword { old: String, new: String }
    /// `GET /me`, and what changes an account.
    UserBody { user: User }
    /// `POST /rooms`.
    CreateRoom {
        #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>,
        kind: RoomKind,
        #[serde(default, skip_serializing_if = "Option::is_none")] topic: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")] members: Vec<UserId>,
        #[serde(default, skip_serializing_if = "Option::is_none")] nonce: Option<String>,
    }
    /// One room.
    RoomBody { room: Room }
    /// `PATCH /rooms/{room}`.
    PatchRoom {
        #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] topic: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")] archived: Option<bool>,
    }
    /// `PUT /rooms/{room}/members/{user}`; the body may be absent.
    PutMember { #[serde(default, skip_serializing_if = "Option::is_none")] role: Option<RoomRole> }
    /// A member in the list.
    Member { user: User, role: RoomRole }
    /// `GET /rooms/{room}/messages`: history as it stood at `as_of`.
    Messages {
        items: Vec<Message>, as_of: Seq,
        #[serde(default, skip_serializing_if = "Option::is_none")] has_more: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")] has_more_before: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")] has_more_after: Option<bool>,
        epoch: String,
    }
    /// `GET /rooms/{room}/events`: the log itself.
    Events { events: Vec<Event>, head: Seq, has_more: bool, epoch: String }
    /// `POST /rooms/{room}/messages`.
    PostMessage {
        text: String, nonce: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] reply_to: Option<Seq>,
    }
    /// Where a message stands.
    Posted { seq: Seq, at: Timestamp }
    /// A field at fault.
    FieldError { field: String, code: Code }
    /// An error, as `application/problem+json` (RFC 9457).
    Problem {
        /// Always `about:blank`: the code tells errors apart.
        r#type: String,
        title: String,
        status: u16,
        code: Code,
        detail: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")] errors: Vec<FieldError>,
        /// With `room_exists`, the room that has the name.
        #[serde(default, skip_serializing_if = "Option::is_none")] room: Option<RoomId>,
    }
}

/// Who can make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// Anyone: a demo.
    Open,
    /// Whoever holds an invite.
    Invite,
}

/// A page of a list. `has_more` where the next begins after the last item's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
#[allow(missing_docs, reason = "the names are the wire's own")]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_more: bool,
}

/// A whole list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List")]
#[allow(missing_docs, reason = "the names are the wire's own")]
pub struct Items<T> {
    pub items: Vec<T>,
}
