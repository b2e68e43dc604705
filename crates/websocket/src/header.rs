//! The head of a client's frame: 6 to 14 bytes (RFC 6455 section 5.2).
//!
//! [`parse`] is given what has arrived of it and judges every byte as early as it can. Its checks
//! stand in the order of the bytes, so the verdict does not depend on how the bytes were cut.

use crate::Violation;

/// The longest head: two bytes, eight of length, four of key.
pub(crate) const MAX_HEADER: usize = 14;
/// The longest payload of a control frame.
pub(crate) const MAX_CONTROL: usize = 125;

/// What a frame is for. Binary has no variant: it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Continuation,
    Close,
    Ping,
    Pong,
}

impl Kind {
    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A frame's head, judged good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) fin: bool,
    pub(crate) key: [u8; 4],
    /// Bytes of payload.
    pub(crate) length: usize,
    /// Bytes of the head itself.
    pub(crate) size: usize,
}

/// Where the frame stands: what the message under way leaves free.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// Whether a message has begun and not ended.
    pub(crate) in_message: bool,
    /// Bytes that the message may still grow by.
    pub(crate) bytes_left: usize,
    /// Fragments that the message may still grow by.
    pub(crate) fragments_left: u32,
}

/// Reads a head from the front of `bytes`; `None` while it is incomplete.
pub(crate) fn parse(bytes: &[u8], context: Context) -> Result<Option<Header>, Violation> {
    let Some(&first) = bytes.first() else {
        return Ok(None);
    };
    let fin = first & 0x80 != 0;
    let kind = kind(first, context)?;
    let Some(&second) = bytes.get(1) else {
        return Ok(None);
    };
    if second & 0x80 == 0 {
        return Err(Violation::Unmasked);
    }
    let short = usize::from(second & 0x7f);
    if kind.is_control() && short > MAX_CONTROL {
        return Err(Violation::OversizedControl);
    }
    let Some((length, key_at)) = length(bytes, short)? else {
        return Ok(None);
    };
    // A control frame does not count: it may stand between fragments.
    if !kind.is_control() && length > context.bytes_left as u64 {
        return Err(Violation::TooBig);
    }
    let Some(&[a, b, c, d]) = bytes.get(key_at..key_at + 4) else {
        return Ok(None);
    };
    Ok(Some(Header {
        kind,
        fin,
        key: [a, b, c, d],
        length: length as usize,
        size: key_at + 4,
    }))
}

/// The first byte: FIN, reserved bits, opcode.
fn kind(first: u8, context: Context) -> Result<Kind, Violation> {
    if first & 0x70 != 0 {
        return Err(Violation::ReservedBits);
    }
    let kind = match first & 0x0f {
        0 => Kind::Continuation,
        1 => Kind::Text,
        2 => return Err(Violation::Binary),
        8 => Kind::Close,
        9 => Kind::Ping,
        10 => Kind::Pong,
        other => return Err(Violation::UnknownOpcode(other)),
    };
    if kind.is_control() {
        if first & 0x80 == 0 {
            return Err(Violation::FragmentedControl);
        }
        return Ok(kind);
    }
    match (kind, context.in_message) {
        (Kind::Continuation, false) => Err(Violation::StrayContinuation),
        (Kind::Text, true) => Err(Violation::InterruptedMessage),
        _ if context.fragments_left == 0 => Err(Violation::TooManyFragments),
        _ => Ok(kind),
    }
}

/// The payload's length and where the masking key begins; `None` while incomplete.
fn length(bytes: &[u8], short: usize) -> Result<Option<(u64, usize)>, Violation> {
    let (length, key_at, least) = match short {
        126 => match bytes.get(2..4) {
            Some(&[a, b]) => (u64::from(u16::from_be_bytes([a, b])), 4, 126),
            _ => return Ok(None),
        },
        127 => match bytes.get(2..10) {
            Some(&[a, b, c, d, e, f, g, h]) => {
                (u64::from_be_bytes([a, b, c, d, e, f, g, h]), 10, 1 << 16)
            }
            _ => return Ok(None),
        },
        _ => return Ok(Some((short as u64, 2))),
    };
    if length < least || length >> 63 != 0 {
        return Err(Violation::LengthEncoding);
    }
    Ok(Some((length, key_at)))
}
