//! Reading what a server sends, which may be newer than this client: unknown
//! fields, types of frames and kinds of events are no faults.

use parlor_protocol::error::Code;
use parlor_protocol::frame::{RequestId, ServerFrame};
use parlor_protocol::{Event, RoomId, Seq};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An event of a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Its number in the room.
    pub seq: Seq,
    /// What it says; `None` where its kind is newer than this client.
    pub known: Option<Event>,
    /// Its JSON as it came, on one line.
    pub json: String,
}

impl<'de> Deserialize<'de> for LogEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Numbered {
            seq: Seq,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        let known = serde_json::from_str::<Event>(json).ok();
        let seq = match &known {
            Some(event) => event.seq,
            None => {
                serde_json::from_str::<Numbered>(json)
                    .map_err(serde::de::Error::custom)?
                    .seq
            }
        };
        // Line breaks can stand between the parts of JSON alone, never in a string.
        let json = json.replace(['\n', '\r'], " ");
        Ok(Self { seq, known, json })
    }
}

/// `GET /rooms/{room}/events`: a page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the names are the wire's own")]
pub struct LogPage {
    pub events: Vec<LogEvent>,
    pub head: Seq,
    pub has_more: bool,
    pub epoch: String,
}

/// What one text message is.
#[derive(Debug)]
pub(crate) enum Incoming {
    Events(RoomId, Vec<LogEvent>),
    Frame(ServerFrame),
    /// Of a type that this client does not know.
    Unknown,
    /// No frame at all.
    Broken(String),
}

/// The types that this client knows.
const TYPES: [&str; 11] = [
    "ready",
    "caught_up",
    "reset",
    "ack",
    "refuse",
    "room_added",
    "room_removed",
    "user_updated",
    "signal",
    "pong",
    "bye",
];

/// Types without which a client can go on.
const HINTS: [&str; 2] = ["user_updated", "signal"];

pub(crate) fn decode(text: &str) -> Incoming {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow)]
        r#type: std::borrow::Cow<'a, str>,
    }
    #[derive(Deserialize)]
    struct Events {
        room: RoomId,
        events: Vec<LogEvent>,
    }
    let kind = match serde_json::from_str::<Typed<'_>>(text) {
        Ok(typed) => typed.r#type,
        Err(error) => return Incoming::Broken(error.to_string()),
    };
    if kind == "events" {
        return match serde_json::from_str::<Events>(text) {
            Ok(Events { room, events }) => Incoming::Events(room, events),
            Err(error) => Incoming::Broken(error.to_string()),
        };
    }
    if !TYPES.contains(&kind.as_ref()) {
        return Incoming::Unknown;
    }
    match serde_json::from_str(text) {
        Ok(frame) => Incoming::Frame(frame),
        Err(_) if HINTS.contains(&kind.as_ref()) => Incoming::Unknown,
        Err(error) => match newer_refusal(text) {
            Some(frame) if kind == "refuse" => Incoming::Frame(frame),
            _ => Incoming::Broken(error.to_string()),
        },
    }
}

/// A refusal whose code is newer than this client: its sentence still says why.
fn newer_refusal(text: &str) -> Option<ServerFrame> {
    #[derive(Deserialize)]
    struct Loose {
        id: Option<RequestId>,
        message: String,
        retry_after_ms: Option<u64>,
    }
    let loose: Loose = serde_json::from_str(text).ok()?;
    Some(ServerFrame::Refuse {
        id: loose.id,
        code: Code::Internal,
        message: loose.message,
        retry_after_ms: loose.retry_after_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_than_this_client_is_no_fault() {
        let events = r#"{"type":"events","room":"00000000000000000000000000000001","new":1,
            "events":[{"seq":7,"kind":"poll_opened","choices":["a"]}]}"#;
        let Incoming::Events(_, events) = decode(events) else {
            panic!("events are events")
        };
        assert_eq!((events[0].seq.get(), &events[0].known), (7, &None));
        assert!(events[0].json.contains("poll_opened"));
        assert!(matches!(decode(r#"{"type":"weather"}"#), Incoming::Unknown));
        assert!(matches!(
            decode(r#"{"type":"signal","kind":"new"}"#),
            Incoming::Unknown
        ));
        let refuse = r#"{"type":"refuse","id":"1","code":"too_rude","message":"No."}"#;
        assert!(matches!(
            decode(refuse),
            Incoming::Frame(ServerFrame::Refuse { code: Code::Internal, message, .. }) if message == "No."
        ));
        for broken in ["", "[]", r#"{"type":"ack"}"#, r#"{"type":"events"}"#] {
            assert!(matches!(decode(broken), Incoming::Broken(_)), "{broken}");
        }
    }
}
