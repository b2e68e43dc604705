//! Server frames, encoded once and shared.
//!
//! A [`Frame`] is the head and payload of one unfragmented, unmasked frame in one [`Bytes`]: cloning
//! it counts a reference, and ten thousand sockets can be given the same memory. A [`Batch`] is
//! several frames one after another in one buffer, to be written in one call; where a socket takes
//! only a part of it, the frames that were not begun can still be told apart.

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};

use crate::close;
use crate::header::MAX_CONTROL;

/// The longest reason of a close frame, in bytes: a control payload less the code.
pub const MAX_REASON_BYTES: usize = MAX_CONTROL - 2;
/// The longest head of a server's frame: two bytes, eight of length.
const MAX_HEAD: usize = 10;

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// One encoded server frame.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// A text message.
    pub fn text(text: &str) -> Self {
        Self::of(TEXT, text.as_bytes())
    }

    /// A text message that is written where it will stay, without a copy: for serialisers.
    /// `expected` is a guess of the payload's bytes. What `write` returns is passed on.
    ///
    /// # Errors
    /// Those of `write`; and [`io::ErrorKind::InvalidData`] where it did not write UTF-8.
    pub fn text_with(
        expected: usize,
        write: impl FnOnce(&mut Payload) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(MAX_HEAD + expected);
        bytes.resize(MAX_HEAD, 0);
        let mut payload = Payload(bytes);
        write(&mut payload)?;
        let mut bytes = payload.0;
        std::str::from_utf8(&bytes[MAX_HEAD..])
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let (head, size) = head(TEXT, bytes.len() - MAX_HEAD);
        let start = MAX_HEAD - size;
        bytes[start..MAX_HEAD].copy_from_slice(&head[..size]);
        Ok(Self(Bytes::from(bytes).slice(start..)))
    }

    /// A ping; of a payload over 125 bytes only the first 125 are taken.
    pub fn ping(payload: &[u8]) -> Self {
        Self::of(PING, &payload[..payload.len().min(MAX_CONTROL)])
    }

    /// The answer to a ping of this payload; of one over 125 bytes only the first 125 are taken.
    pub fn pong(payload: &[u8]) -> Self {
        Self::of(PONG, &payload[..payload.len().min(MAX_CONTROL)])
    }

    /// A close frame. The reason is cut to [`MAX_REASON_BYTES`] at a character's boundary. A code
    /// that must not be sent (1005, 1006 …) is replaced by 1002.
    pub fn close(code: u16, reason: &str) -> Self {
        let code = if close::may_be_sent(code) {
            code
        } else {
            close::PROTOCOL_ERROR
        };
        let reason = &reason[..reason.floor_char_boundary(MAX_REASON_BYTES)];
        let mut payload = Vec::with_capacity(2 + reason.len());
        payload.extend_from_slice(&code.to_be_bytes());
        payload.extend_from_slice(reason.as_bytes());
        Self::of(CLOSE, &payload)
    }

    /// The answer to a peer's close: the same code, or none where it gave none.
    pub fn close_reply(code: Option<u16>) -> Self {
        match code {
            Some(code) => Self::close(code, ""),
            None => Self::of(CLOSE, &[]),
        }
    }

    /// Whether this is a close frame, after which nothing may be sent.
    pub fn is_close(&self) -> bool {
        is_close(&self.0)
    }

    /// The encoded frame: head and payload.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Bytes of the frame on the wire; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a frame is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn of(opcode: u8, payload: &[u8]) -> Self {
        let (head, size) = head(opcode, payload.len());
        let mut bytes = BytesMut::with_capacity(size + payload.len());
        bytes.extend_from_slice(&head[..size]);
        bytes.extend_from_slice(payload);
        Self(bytes.freeze())
    }
}

impl fmt::Debug for Frame {
    /// Opcode and length; never the payload, which is somebody's message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Frame(opcode {}, {} bytes)",
            self.0[0] & 0x0f,
            self.len()
        )
    }
}

/// Where [`Frame::text_with`] has its text written.
#[derive(Debug)]
pub struct Payload(Vec<u8>);

impl io::Write for Payload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Frames in one shared buffer, in order.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Batch {
    bytes: Bytes,
    frames: usize,
}

impl Batch {
    /// Copies the frames into one buffer; a single one is shared, not copied. Nothing follows a
    /// close: frames behind it are left out.
    pub fn of(frames: &[Frame]) -> Self {
        let frames = up_to_close(frames);
        let bytes = match frames {
            [one] => one.0.clone(),
            _ => {
                let size = frames.iter().map(Frame::len).sum();
                let mut bytes = BytesMut::with_capacity(size);
                for frame in frames {
                    bytes.extend_from_slice(&frame.0);
                }
                bytes.freeze()
            }
        };
        Self {
            bytes,
            frames: frames.len(),
        }
    }

    /// The encoded frames, one after another.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.frames
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }
}

impl From<Frame> for Batch {
    fn from(frame: Frame) -> Self {
        Self {
            bytes: frame.0,
            frames: 1,
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Batch({} frames, {} bytes)",
            self.frames,
            self.bytes.len()
        )
    }
}

/// The frames up to and with the first close, behind which nothing may be sent.
pub(crate) fn up_to_close(frames: &[Frame]) -> &[Frame] {
    let close = frames.iter().position(Frame::is_close);
    close.map_or(frames, |at| &frames[..=at])
}

/// Whether an encoded server frame is a close.
pub(crate) fn is_close(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 0x0f == CLOSE)
}

/// Length on the wire of the frame at the front of `bytes`, which are frames of this module.
pub(crate) fn frame_len(bytes: &[u8]) -> usize {
    match *bytes {
        [_, 126, a, b, ..] => 4 + usize::from(u16::from_be_bytes([a, b])),
        [_, 127, a, b, c, d, e, f, g, h, ..] => {
            10 + u64::from_be_bytes([a, b, c, d, e, f, g, h]) as usize
        }
        [_, short, ..] => 2 + usize::from(short),
        _ => bytes.len(),
    }
}

/// A frame's head and how many bytes of the array it fills.
fn head(opcode: u8, length: usize) -> ([u8; MAX_HEAD], usize) {
    let mut head = [0; MAX_HEAD];
    head[0] = FIN | opcode;
    let size = if length < 126 {
        head[1] = length as u8;
        2
    } else if let Ok(length) = u16::try_from(length) {
        head[1] = 126;
        head[2..4].copy_from_slice(&length.to_be_bytes());
        4
    } else {
        head[1] = 127;
        head[2..].copy_from_slice(&(length as u64).to_be_bytes());
        MAX_HEAD
    };
    (head, size)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn heads_are_minimal_at_every_edge() {
        for (length, size) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = Frame::text(&"x".repeat(length));
            assert_eq!(frame.len(), size + length);
            assert_eq!(frame_len(frame.bytes()), frame.len());
        }
    }

    #[test]
    fn a_text_written_in_place_is_the_same_frame() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let text = "é".repeat(length / 2);
            let written = Frame::text_with(16, |out| out.write_all(text.as_bytes())).unwrap();
            assert_eq!(written, Frame::text(&text));
        }
        assert!(Frame::text_with(1, |out| out.write_all(&[0xff])).is_err());
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        let frame = Frame::close(4001, &"é".repeat(100));
        assert_eq!(frame.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&frame.bytes()[4..]).is_ok());
        assert_eq!(Frame::close_reply(None).bytes()[..], [0x88, 0]);
        assert_eq!(Frame::close(1006, "").bytes()[..], [0x88, 2, 0x03, 0xea]);
    }

    #[test]
    fn printing_a_frame_does_not_tell_what_it_says() {
        let frame = Frame::text("secret");
        assert_eq!(format!("{frame:?}"), "Frame(opcode 1, 8 bytes)");
    }
}
