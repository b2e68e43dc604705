//! Close codes of RFC 6455, and the ways a peer can break the protocol.
//!
//! A [`Violation`] is final: the connection gets a close frame with [`Violation::code`] and ends.
//! Codes of 4000 and above belong to the application and are plain numbers here.

/// The connection has done what it was for.
pub const NORMAL: u16 = 1000;
/// The endpoint goes away: a page left, a server stopped.
pub const GOING_AWAY: u16 = 1001;
/// What came is not RFC 6455.
pub const PROTOCOL_ERROR: u16 = 1002;
/// A binary message, where only text is spoken.
pub const UNSUPPORTED_DATA: u16 = 1003;
/// Text or a close reason that is not UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// A rule of the server's own was broken: too many fragments.
pub const POLICY_VIOLATION: u16 = 1008;
/// A message longer than the limit.
pub const MESSAGE_TOO_BIG: u16 = 1009;
/// The server's own fault.
pub const INTERNAL_ERROR: u16 = 1011;
/// The server restarts.
pub const SERVICE_RESTART: u16 = 1012;
/// The server cannot take the client now.
pub const TRY_AGAIN_LATER: u16 = 1013;

/// Whether a close frame may carry `code` (RFC 6455 section 7.4 and the IANA registry).
///
/// 1004 to 1006 and 1015 are words for states, never sent; 1016 to 2999 are not given out yet.
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// What a peer did that ends its connection. The text is fit for a close reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A client's frame must be masked (section 5.1).
    #[error("frame is not masked")]
    Unmasked,
    /// No extension was agreed that would give these bits a meaning.
    #[error("reserved bits are set")]
    ReservedBits,
    /// Opcodes 3 to 7 and 11 to 15.
    #[error("unknown opcode {0}")]
    UnknownOpcode(u8),
    /// A control frame without FIN.
    #[error("control frame is fragmented")]
    FragmentedControl,
    /// A control frame of more than 125 bytes.
    #[error("control frame is over 125 bytes")]
    OversizedControl,
    /// A continuation while no message is open.
    #[error("continuation of no message")]
    StrayContinuation,
    /// A new text frame while the message before is unfinished.
    #[error("message begun inside another")]
    InterruptedMessage,
    /// A length in more bytes than it needs, or with its highest bit set.
    #[error("length is not minimal")]
    LengthEncoding,
    /// A close frame with a payload of one byte: half a code.
    #[error("close code is cut")]
    CutCloseCode,
    /// A close code that must not be sent.
    #[error("close code {0} is invalid")]
    CloseCode(u16),
    /// A binary frame.
    #[error("binary frames are not taken")]
    Binary,
    /// Text or a close reason that is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// More fragments than [`Limits::fragments`](crate::Limits::fragments).
    #[error("too many fragments")]
    TooManyFragments,
    /// A declared length beyond [`Limits::message_bytes`](crate::Limits::message_bytes).
    #[error("message is too big")]
    TooBig,
}

impl Violation {
    /// The close code that tells the peer.
    pub fn code(self) -> u16 {
        match self {
            Self::Binary => UNSUPPORTED_DATA,
            Self::InvalidUtf8 => INVALID_PAYLOAD,
            Self::TooManyFragments => POLICY_VIOLATION,
            Self::TooBig => MESSAGE_TOO_BIG,
            _ => PROTOCOL_ERROR,
        }
    }
}
