//! The socket: one JSON object a text message, told apart by `type`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::event::Event;
use crate::ids::{RoomId, SessionId, UserId};
use crate::limits;
use crate::names::DisplayName;
use crate::nonce::Nonce;
use crate::people::User;
use crate::room::Room;
use crate::seq::Seq;
use crate::time::Timestamp;

/// What a client sends. Unknown fields are ignored. Texts and emoji are judged
/// later, so that they are refused by their own names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants' docs name the fields")]
pub enum ClientFrame {
    /// Once, first: the protocol spoken, the epoch and the last seq held of up to 500 rooms.
    Hello {
        protocol: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        rooms: BTreeMap<String, Seq>,
    },
    /// A sign of life. Of pings still unanswered only the newest is answered.
    Ping {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
    },
    /// Write a message.
    Post {
        id: RequestId,
        room: RoomId,
        nonce: Nonce,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
    },
    /// Change what a message says.
    Edit {
        id: RequestId,
        room: RoomId,
        seq: Seq,
        nonce: Nonce,
        text: String,
    },
    /// Take a message away.
    Delete {
        id: RequestId,
        room: RoomId,
        seq: Seq,
        nonce: Nonce,
    },
    /// Put an emoji on a message.
    React {
        id: RequestId,
        room: RoomId,
        seq: Seq,
        nonce: Nonce,
        emoji: String,
    },
    /// Take an emoji off a message.
    Unreact {
        id: RequestId,
        room: RoomId,
        seq: Seq,
        nonce: Nonce,
        emoji: String,
    },
    /// Move my marker. It only grows, and stops at the head.
    Read {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
        room: RoomId,
        seq: Seq,
    },
    /// I am writing.
    Typing { room: RoomId },
    /// Set this connection's place in a room to `after`.
    Resume {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
        room: RoomId,
        after: Seq,
    },
}

/// A client's own id of a request: a string of at most 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RequestId(#[schemars(length(max = 64))] Box<str>);

impl RequestId {
    /// An id; `None` where it is longer than 64 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= limits::REQUEST_ID_BYTES).then(|| Self(text.into()))
    }

    /// The id as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an id has at most 64 bytes"))
    }
}

/// Why a client's frame could not be taken, and the id it had, if one could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// [`Code::BadFrame`] or [`Code::UnknownType`].
    pub code: Code,
    /// The frame's `id`.
    pub id: Option<RequestId>,
}

/// The types a client may send.
const CLIENT_TYPES: [&str; 10] = [
    "hello", "ping", "post", "edit", "delete", "react", "unreact", "read", "typing", "resume",
];

impl ClientFrame {
    /// Reads one text message.
    ///
    /// # Errors
    /// [`Unreadable`], with the id where the text was an object that had one.
    pub fn decode(text: &str) -> Result<Self, Unreadable> {
        match serde_json::from_str::<Self>(text) {
            Ok(Self::Hello { rooms, .. }) if rooms.len() > limits::HELLO_ROOMS => Err(Unreadable {
                code: Code::BadFrame,
                id: None,
            }),
            Ok(frame) => Ok(frame),
            Err(_) => Err(Self::why_unreadable(text)),
        }
    }

    fn why_unreadable(text: &str) -> Unreadable {
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let id = value
            .get("id")
            .and_then(|id| id.as_str())
            .and_then(RequestId::parse);
        let unknown = value
            .get("type")
            .and_then(|t| t.as_str())
            .is_some_and(|t| !CLIENT_TYPES.contains(&t));
        Unreadable {
            code: if unknown {
                Code::UnknownType
            } else {
                Code::BadFrame
            },
            id,
        }
    }
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants' docs name the fields")]
pub enum ServerFrame {
    /// The answer to `hello`: who I am and where I am. No event, room or signal comes before it.
    Ready(Box<Ready>),
    /// Never empty, ascending and contiguous.
    Events { room: RoomId, events: Vec<Event> },
    /// Everything up to `seq` has been sent; from here on it is live.
    CaughtUp {
        room: RoomId,
        seq: Seq,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
    },
    /// What is held of the room cannot be continued; live from `head` on.
    Reset {
        room: RoomId,
        head: Seq,
        reason: ResetReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
    },
    /// It happened; or, for a marker, it stands at `seq`.
    Ack {
        id: RequestId,
        room: RoomId,
        seq: Seq,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "crate::is_false")]
        duplicate: bool,
    },
    /// It did not happen. Final, unless `retry_after_ms` is there.
    Refuse {
        id: Option<RequestId>,
        code: Code,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// I became a member. The next event is `head + 1`.
    RoomAdded { room: Box<Room> },
    /// I am no member since event `seq`.
    RoomRemoved {
        /// The room, as it was named to the server.
        room: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
    /// Someone has another name or role.
    UserUpdated { user: User },
    /// Something fleeting, or about my own marker.
    Signal(Signal),
    /// The answer to `ping`.
    Pong {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RequestId>,
    },
    /// Said before the server closes.
    Bye {
        code: u16,
        reason: String,
        reconnect: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
    },
}

/// Everything a connection starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Ready {
    pub protocol: u32,
    pub server: ReadyServer,
    /// The random name of this life of the database.
    pub epoch: String,
    pub user: User,
    pub session: SessionId,
    pub heartbeat: Heartbeat,
    pub limits: ReadyLimits,
    /// The rooms I am in.
    pub rooms: Vec<Room>,
}

/// The server, as `ready` names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ReadyServer {
    pub name: DisplayName,
    pub version: String,
}

/// How a client shows that it is alive, and how it finds that the server is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Heartbeat {
    pub interval_ms: u64,
    pub max_missed: u64,
}

/// What a client has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ReadyLimits {
    pub text_bytes: u64,
    pub frame_bytes: u64,
    pub catch_up_events: u64,
    pub hello_rooms: u64,
    pub user_rooms: u64,
}

impl ReadyLimits {
    /// What this server announces.
    pub const OURS: Self = Self {
        text_bytes: limits::TEXT_BYTES as u64,
        frame_bytes: limits::FRAME_BYTES as u64,
        catch_up_events: limits::CATCH_UP_EVENTS,
        hello_rooms: limits::HELLO_ROOMS as u64,
        user_rooms: limits::USER_ROOMS,
    };
}

/// Why what a client holds cannot be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// By more than 1000 events: page the log, then resume.
    FarBehind,
    /// Another epoch, or none given: drop what is held.
    Epoch,
    /// Ahead of the head: drop what is held.
    Ahead,
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Signal {
    /// Somebody is writing: shown for 6 s.
    Typing {
        /// Where.
        room: RoomId,
        /// Who.
        user: UserId,
    },
    /// My marker moved, on whatever device.
    Read {
        /// Where.
        room: RoomId,
        /// To where.
        seq: Seq,
        /// What the counts were counted up to.
        head: Seq,
        /// Unread posts; 100 means 100 or more.
        unread: u64,
        /// Those that mention me.
        mentions: u64,
    },
}

/// Why a socket was closed (RFC 6455, 7.4, and our own from 4000 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
#[allow(missing_docs, reason = "`reason` has the words")]
pub enum CloseCode {
    ProtocolError = 1002,
    BinaryFrame = 1003,
    InvalidUtf8 = 1007,
    TooManyFragments = 1008,
    TooBig = 1009,
    Internal = 1011,
    Restarting = 1012,
    TryLater = 1013,
    HeartbeatMissed = 4001,
    NoHello = 4002,
    Flooding = 4008,
    Malformed = 4500,
    Disabled = 4503,
    SessionEnded = 4504,
    ProtocolNotSpoken = 4505,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// A few words for a person; at most 123 bytes.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ProtocolError => "not RFC 6455",
            Self::BinaryFrame => "text frames only",
            Self::InvalidUtf8 => "not UTF-8",
            Self::TooManyFragments => "too many fragments",
            Self::TooBig => "too big",
            Self::Internal => "our fault",
            Self::Restarting => "restarting",
            Self::TryLater => "try later",
            Self::HeartbeatMissed => "no sign of life",
            Self::NoHello => "no hello",
            Self::Flooding => "answers not taken",
            Self::Malformed => "too many malformed frames",
            Self::Disabled => "account disabled",
            Self::SessionEnded => "session ended",
            Self::ProtocolNotSpoken => "protocol not spoken",
        }
    }

    /// Whether a client comes back by itself after it.
    pub const fn reconnect(self) -> bool {
        !matches!(self.code(), 1002 | 1003 | 1007 | 1008 | 1009 | 4500..)
    }

    /// Whether `bye` is said before it.
    pub const fn says_bye(self) -> bool {
        matches!(self.code(), 1011..=1013 | 4000..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_frame_keeps_its_id_where_it_had_one() {
        let why = |text: &str| {
            ClientFrame::decode(text).map_err(|u| (u.code, u.id.map(|i| i.0.into_string())))
        };
        assert_eq!(
            why(r#"{"type":"dance","id":"1"}"#),
            Err((Code::UnknownType, Some("1".into())))
        );
        assert_eq!(
            why(r#"{"type":"post","id":"2"}"#),
            Err((Code::BadFrame, Some("2".into())))
        );
        assert_eq!(
            why(r#"{"type":"read","room":"x","seq":-1,"id":7}"#),
            Err((Code::BadFrame, None))
        );
        for bad in ["", "[]", "{", "null", r#"{"type":7}"#, r#"{"id":"x"#] {
            assert_eq!(why(bad), Err((Code::BadFrame, None)), "{bad}");
        }
        let long = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(65));
        assert_eq!(why(&long), Err((Code::BadFrame, None)));
    }

    #[test]
    fn unknown_fields_and_rooms_are_read_all_the_same() {
        let frame = ClientFrame::decode(r#"{"type":"typing","room":"nowhere at all","new":[1]}"#);
        assert_eq!(
            frame,
            Ok(ClientFrame::Typing {
                room: RoomId::NOWHERE
            })
        );
    }
}
