//! From bytes to messages, without I/O.
//!
//! A [`Decoder`] is fed slices of any size. A frame that lies whole in the slice is unmasked where it
//! lies and lent out; only what is incomplete at the end of a slice is copied and kept, and freed
//! when it is complete. So a connection between messages holds no heap memory.
//!
//! Bounds: a text message [`Limits::message_bytes`] (judged by the declared length, before any of
//! that frame's payload is taken) in [`Limits::fragments`] frames; a control frame 125 bytes. What is
//! kept never exceeds the message limit plus [`OVERHEAD_BYTES`].
//!
//! Every byte and frame is counted before anything is made of it ([`Decoder::counts`]), so that a
//! flood of frames that yield nothing is seen too.

use std::borrow::Cow;

use crate::close::{self, Violation};
use crate::header::{self, Context, Header, Kind, MAX_HEADER};
use crate::mask;

/// The longest message taken: 128 KiB.
pub const MAX_MESSAGE_BYTES: u32 = 128 * 1024;
/// The most frames a message may be cut into. Clients that cut at all cut at 4 KiB or more.
pub const MAX_FRAGMENTS: u32 = 64;
/// What a decoder keeps at most beyond the text of an unfinished message: its own state and an
/// unfinished control frame.
pub const OVERHEAD_BYTES: usize = 512;

/// What a peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message, all fragments together. Over it: 1009.
    pub message_bytes: u32,
    /// Frames of a message. Over it: 1008.
    pub fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: MAX_MESSAGE_BYTES,
            fragments: MAX_FRAGMENTS,
        }
    }
}

/// What has come in since the connection began, below the level of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Raw bytes read, heads and masks included.
    pub bytes: u64,
    /// Frames of every kind whose head was complete and good, empty fragments and pings included.
    pub frames: u64,
}

/// What a peer said. It borrows from the slice that was fed, where the frame lay whole in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A whole text message.
    Text(Cow<'a, str>),
    /// A ping: answer with [`Frame::pong`](crate::Frame::pong) of the same payload (≤ 125 bytes). Of
    /// several unanswered the newest suffices (RFC 6455 section 5.5.3).
    Ping(Cow<'a, [u8]>),
    /// A pong, asked for or not. Its payload is dropped.
    Pong,
    /// The peer closes: answer with [`Frame::close_reply`](crate::Frame::close_reply) and end. The
    /// decoder ignores whatever follows.
    Close {
        /// The peer's code, a valid one; `None` where it gave none.
        code: Option<u16>,
        /// The peer's reason, at most 123 bytes; not to be trusted.
        reason: Cow<'a, str>,
    },
}

/// Reads the frames of one connection. 48 bytes, and no heap while nothing is incomplete.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    counts: Counts,
    /// A close frame or a violation was seen: what follows is not read.
    finished: bool,
    /// What is incomplete at the end of the bytes so far.
    open: Option<Box<Open>>,
}

/// What is kept between two slices.
#[derive(Debug, Default)]
struct Open {
    /// The first `head_len` bytes of a head that is incomplete.
    head: [u8; MAX_HEADER],
    head_len: usize,
    /// The frame whose payload is incomplete, and how much of it has come.
    frame: Option<(Header, usize)>,
    /// The text message under way.
    message: Option<Message>,
    /// Payload so far of an incomplete control frame.
    control: Vec<u8>,
}

/// A text message that is not whole yet.
#[derive(Debug, Default)]
struct Message {
    text: Vec<u8>,
    /// Bytes at the front that are known to be UTF-8; at most 3 at the end are an unfinished character.
    checked: usize,
    fragments: u32,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Decoder {
    /// A decoder for a connection on which nothing has been read.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            counts: Counts::default(),
            finished: false,
            open: None,
        }
    }

    /// Takes bytes off the front of `input` until they make a message, which is returned. `None`:
    /// all of `input` was taken, and the next message is not complete yet. Call it again until then.
    ///
    /// `input` is overwritten where payloads are unmasked.
    ///
    /// # Errors
    /// The peer broke the protocol or a limit. Nothing can be read on this connection any more: later
    /// calls discard their input.
    pub fn next<'a>(
        &mut self,
        input: &mut &'a mut [u8],
    ) -> Result<Option<Incoming<'a>>, Violation> {
        let before = input.len();
        let outcome = if self.finished {
            *input = &mut [];
            Ok(None)
        } else {
            self.read(input)
        };
        self.counts.bytes += (before - input.len()) as u64;
        if matches!(outcome, Err(_) | Ok(Some(Incoming::Close { .. }))) {
            self.finished = true;
            self.open = None;
        }
        outcome
    }

    /// Bytes and frames read so far; the difference of two calls is what a read brought.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether a close frame or a violation ended the reading.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Bytes of heap memory held: 0 while nothing is incomplete.
    pub fn held_bytes(&self) -> usize {
        let Some(open) = &self.open else { return 0 };
        let text = open.message.as_ref().map_or(0, |m| m.text.capacity());
        size_of::<Open>() + text + open.control.capacity()
    }

    fn read<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Incoming<'a>>, Violation> {
        loop {
            let (header, taken) = match self.frame_under_way() {
                Some(frame) => frame,
                None => match self.read_head(input)? {
                    Some(header) => (header, 0),
                    None => return Ok(None),
                },
            };
            let bytes = std::mem::take(input);
            let (payload, rest) = bytes.split_at_mut(bytes.len().min(header.length - taken));
            *input = rest;
            mask::apply(payload, header.key, taken);
            let taken = taken + payload.len();
            if taken < header.length {
                self.keep(header, taken, payload)?;
                return Ok(None);
            }
            if let Some(incoming) = self.complete(header, payload)? {
                return Ok(Some(incoming));
            }
        }
    }

    fn frame_under_way(&mut self) -> Option<(Header, usize)> {
        self.open.as_mut()?.frame.take()
    }

    /// Takes a frame's head off `input`. `None`: it is incomplete, and what came of it is kept.
    fn read_head(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, Violation> {
        if input.is_empty() {
            return Ok(None);
        }
        let context = self.context();
        let kept = self.open.as_ref().map_or(0, |open| open.head_len);
        let mut head = [0; MAX_HEADER];
        if let Some(open) = &self.open {
            head[..kept].copy_from_slice(&open.head[..kept]);
        }
        let fresh = input.len().min(MAX_HEADER - kept);
        head[kept..kept + fresh].copy_from_slice(&input[..fresh]);
        let parsed = header::parse(&head[..kept + fresh], context)?;
        let used = match &parsed {
            Some(header) => header.size - kept,
            None => fresh,
        };
        *input = &mut std::mem::take(input)[used..];
        match &parsed {
            Some(_) => {
                self.counts.frames += 1;
                if let Some(open) = &mut self.open {
                    open.head_len = 0;
                }
            }
            None => {
                let open = self.open.get_or_insert_default();
                open.head = head;
                open.head_len = kept + fresh;
            }
        }
        Ok(parsed)
    }

    fn context(&self) -> Context {
        let message = self.open.as_ref().and_then(|open| open.message.as_ref());
        let (bytes, fragments) = message.map_or((0, 0), |m| (m.text.len(), m.fragments));
        Context {
            in_message: message.is_some(),
            bytes_left: (self.limits.message_bytes as usize).saturating_sub(bytes),
            fragments_left: self.limits.fragments.saturating_sub(fragments),
        }
    }

    /// Keeps a part of a payload whose rest has not come.
    fn keep(&mut self, header: Header, taken: usize, part: &[u8]) -> Result<(), Violation> {
        let limit = self.limits.message_bytes as usize;
        let open = self.open.get_or_insert_default();
        open.frame = Some((header, taken));
        if header.kind.is_control() {
            open.control
                .reserve_exact(header.length - open.control.len());
            open.control.extend_from_slice(part);
            return Ok(());
        }
        let most = if header.fin {
            header.length - (taken - part.len())
        } else {
            limit
        };
        open.message
            .get_or_insert_default()
            .append(part, most, limit)
    }

    /// The last part of a payload has come: what does the frame say?
    fn complete<'a>(
        &mut self,
        header: Header,
        payload: &'a mut [u8],
    ) -> Result<Option<Incoming<'a>>, Violation> {
        if header.kind.is_control() {
            return self.complete_control(header.kind, payload).map(Some);
        }
        let whole = self.open.as_ref().is_none_or(|open| open.message.is_none());
        if header.fin && whole {
            self.let_go();
            let text = std::str::from_utf8(payload).map_err(|_| Violation::InvalidUtf8)?;
            return Ok(Some(Incoming::Text(Cow::Borrowed(text))));
        }
        let limit = self.limits.message_bytes as usize;
        let message = self
            .open
            .get_or_insert_default()
            .message
            .get_or_insert_default();
        let most = if header.fin { payload.len() } else { limit };
        message.append(payload, most, limit)?;
        message.fragments += 1;
        if !header.fin {
            return Ok(None);
        }
        let message = self.open.as_mut().and_then(|open| open.message.take());
        self.let_go();
        let text = String::from_utf8(message.unwrap_or_default().text);
        let text = text.map_err(|_| Violation::InvalidUtf8)?;
        Ok(Some(Incoming::Text(Cow::Owned(text))))
    }

    fn complete_control<'a>(
        &mut self,
        kind: Kind,
        payload: &'a mut [u8],
    ) -> Result<Incoming<'a>, Violation> {
        let mut kept = match &mut self.open {
            Some(open) => std::mem::take(&mut open.control),
            None => Vec::new(),
        };
        let payload = if kept.is_empty() {
            Cow::Borrowed(&*payload)
        } else {
            kept.extend_from_slice(payload);
            Cow::Owned(kept)
        };
        self.let_go();
        match kind {
            Kind::Ping => Ok(Incoming::Ping(payload)),
            Kind::Close => closing(payload),
            _ => Ok(Incoming::Pong),
        }
    }

    /// Frees the state between slices when nothing is incomplete.
    fn let_go(&mut self) {
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.message.is_none())
        {
            self.open = None;
        }
    }
}

impl Message {
    /// Adds to the text, of which at most `most` more bytes can come with this frame, and judges it
    /// as UTF-8 as far as it goes. Growth doubles, but never beyond what can still come.
    fn append(&mut self, part: &[u8], most: usize, limit: usize) -> Result<(), Violation> {
        let needed = self.text.len() + part.len();
        if needed > self.text.capacity() {
            let bound = (self.text.len() + most).min(limit).max(needed);
            let target = (self.text.len() * 2).max(needed).min(bound);
            self.text.reserve_exact(target - self.text.len());
        }
        self.text.extend_from_slice(part);
        match std::str::from_utf8(&self.text[self.checked..]) {
            Ok(_) => self.checked = self.text.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(Violation::InvalidUtf8),
        }
        Ok(())
    }
}

/// The payload of a close frame: nothing, or a code and a reason (section 5.5.1).
fn closing(payload: Cow<'_, [u8]>) -> Result<Incoming<'_>, Violation> {
    let code = match *payload {
        [] => None,
        [_] => return Err(Violation::CutCloseCode),
        [high, low, ..] => Some(u16::from_be_bytes([high, low])),
    };
    if let Some(code) = code.filter(|code| !close::may_be_sent(*code)) {
        return Err(Violation::CloseCode(code));
    }
    let start = payload.len().min(2);
    let reason = match payload {
        Cow::Borrowed(bytes) => std::str::from_utf8(&bytes[start..]).map(Cow::Borrowed),
        Cow::Owned(bytes) => std::str::from_utf8(&bytes[start..]).map(|s| Cow::Owned(s.to_owned())),
    };
    let reason = reason.map_err(|_| Violation::InvalidUtf8)?;
    Ok(Incoming::Close { code, reason })
}
