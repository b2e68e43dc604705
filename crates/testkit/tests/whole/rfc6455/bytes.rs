//! What a client sends, in bytes.

use super::{CLOSE, FIN, Heard, PING, TEXT, head};

/// The mask of every frame, as in [`head`].
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame: `first` is FIN, reserved bits and opcode.
pub(super) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = head(first, payload.len() as u64);
    bytes.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// A request that is answered with its id, padded to a length.
pub(super) fn request(id: &str, length: usize) -> String {
    let bare = format!(r#"{{"type":"ping","id":"{id}"}}"#);
    let padding = length.saturating_sub(bare.len());
    bare + &" ".repeat(padding)
}

/// A request as one text frame.
pub(super) fn text(id: &str) -> Vec<u8> {
    frame(FIN | TEXT, request(id, 0))
}

/// What is heard of it.
pub(super) fn heard(id: &str) -> Heard {
    Heard::Text(id.to_owned())
}

/// A text cut into fragments of a size.
pub(super) fn fragments(payload: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let last = payload.len().div_ceil(size).max(1) - 1;
    for (at, part) in payload.chunks(size).enumerate() {
        let opcode = if at == 0 { TEXT } else { 0 };
        let fin = if at == last { FIN } else { 0 };
        bytes.extend(frame(fin | opcode, part));
    }
    bytes
}

/// A ping frame.
pub(super) fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

/// The pong that answers it.
pub(super) fn pong_of(payload: &[u8]) -> Heard {
    Heard::Pong(payload.to_vec())
}

/// A close frame.
pub(super) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(
        FIN | CLOSE,
        [&code.to_be_bytes(), reason.as_bytes()].concat(),
    )
}
