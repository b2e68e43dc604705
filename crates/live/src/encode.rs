//! Frames of the wire as bytes, encoded once.

use std::io::Write as _;

use parlor_protocol::frame::ServerFrame;
use parlor_protocol::{Refusal, RoomId, frame::RequestId};
use parlor_websocket::Frame;

/// A guess of a small frame's size.
const SMALL: usize = 160;

/// Any frame.
pub(crate) fn frame(frame: &ServerFrame) -> Frame {
    Frame::text_with(SMALL, |out| Ok(serde_json::to_writer(out, frame)?))
        .expect("a server frame has string keys and no failing part")
}

/// An `events` frame of events that are encoded already: not empty, contiguous.
pub(crate) fn events<'a>(
    room: RoomId,
    size: usize,
    events: impl Iterator<Item = &'a str>,
) -> Frame {
    Frame::text_with(SMALL + size, |out| {
        write!(out, r#"{{"type":"events","room":"{room}","events":["#)?;
        for (n, event) in events.enumerate() {
            if n > 0 {
                out.write_all(b",")?;
            }
            out.write_all(event.as_bytes())?;
        }
        out.write_all(b"]}")
    })
    .expect("encoded events are UTF-8")
}

/// A refusal.
pub(crate) fn refuse(id: Option<RequestId>, refusal: impl Into<Refusal>) -> Frame {
    let refusal = refusal.into();
    frame(&ServerFrame::Refuse {
        id,
        code: refusal.code,
        message: refusal.code.message().to_owned(),
        retry_after_ms: refusal.retry_after_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_are_encoded_are_joined_to_a_frame_of_the_wire() {
        let event = r#"{"seq":2,"at":"2026-11-24T23:00:00.000Z","by":{"id":"00000000000000000000000000000001","username":"parlor","name":"Parlor"},"kind":"room_updated","archived":true}"#;
        let room = RoomId::from_u128(7);
        let joined = events(room, 0, [event, event].into_iter());
        let text = std::str::from_utf8(&joined.bytes()[4..]).unwrap();
        let ServerFrame::Events { room: said, events } = serde_json::from_str(text).unwrap() else {
            panic!("{text}");
        };
        assert_eq!((said, events.len()), (room, 2));
    }
}
