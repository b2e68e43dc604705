//! A client's side of the wire, written apart from the crate: frames as a peer would mask them, and
//! what a decoder makes of bytes, in a form that can be compared.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use parlor_websocket::{Decoder, Incoming, Violation};

pub const FIN: u8 = 0x80;
pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// What a decoder said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Text(String),
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>, String),
    Broken(Violation),
}

impl From<Incoming<'_>> for Heard {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into_owned()),
            Incoming::Ping(payload) => Self::Ping(payload.into_owned()),
            Incoming::Pong => Self::Pong,
            Incoming::Close { code, reason } => Self::Close(code, reason.into_owned()),
        }
    }
}

pub fn heard(text: &str) -> Heard {
    Heard::Text(text.to_owned())
}

/// A masked frame: `first` is FIN, reserved bits and opcode.
pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = head(first, payload.len() as u64);
    bytes.extend(
        payload
            .iter()
            .enumerate()
            .map(|(i, byte)| byte ^ KEY[i % 4]),
    );
    bytes
}

/// Only the head of a masked frame, its length in as few bytes as can be.
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(KEY);
    bytes
}

pub fn text(payload: &str) -> Vec<u8> {
    frame(FIN | TEXT, payload)
}

pub fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

pub fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(
        FIN | CLOSE,
        [&code.to_be_bytes(), reason.as_bytes()].concat(),
    )
}

/// A text in fragments, cut at any byte.
pub fn fragments(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let opcode = if i == 0 { TEXT } else { CONTINUATION };
        let fin = if i + 1 == parts.len() { FIN } else { 0 };
        bytes.extend(frame(fin | opcode, part));
    }
    bytes
}

/// Feeds one slice, and says what was heard.
pub fn feed(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Heard> {
    let mut bytes = bytes.to_vec();
    let mut rest = &mut bytes[..];
    let mut all = Vec::new();
    loop {
        match decoder.next(&mut rest) {
            Ok(Some(incoming)) => all.push(incoming.into()),
            Ok(None) => return all,
            Err(violation) => {
                all.push(Heard::Broken(violation));
                return all;
            }
        }
    }
}

/// Feeds bytes in pieces of `size`.
pub fn feed_in_pieces(decoder: &mut Decoder, bytes: &[u8], size: usize) -> Vec<Heard> {
    bytes
        .chunks(size)
        .flat_map(|piece| feed(decoder, piece))
        .collect()
}
