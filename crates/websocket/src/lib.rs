//! RFC 6455 for servers: what lies between a TCP socket and the text messages on it.
//!
//! The crate knows frames, limits and sockets. It knows no rooms, no users and no JSON, and it does
//! not speak permessage-deflate, so no bomb can be hidden in a small frame.
//!
//! The way of a connection through the files:
//!
//! 1. [`handshake`] judges the HTTP request that asks to upgrade, without I/O.
//! 2. [`tcp`] sets the socket up, and later ends it so that the last frame arrives.
//! 3. [`receive`] waits for bytes and lends a buffer for the moment of reading.
//! 4. [`decode`] turns bytes, however they are cut, into messages or one [`Violation`].
//! 5. [`encode`] makes a [`Frame`] once, to be written to any number of sockets.
//! 6. [`outbox`] writes frames without ever waiting, and keeps only the rest of the one it began.
//!
//! What must never happen here: a frame begun while another is unfinished, a byte after a close
//! frame, a payload taken in whose declared length is over the limit, a buffer held by a connection
//! that has nothing incomplete, a panic on any input.

pub mod close;
pub mod decode;
pub mod encode;
pub mod handshake;
mod header;
mod mask;
pub mod outbox;
pub mod receive;
pub mod tcp;

pub use close::Violation;
pub use decode::{Counts, Decoder, Incoming, Limits};
pub use encode::{Batch, Frame};
pub use outbox::{Flushed, Outbox, Sent, TryWrite};
pub use receive::{Received, Receiver};
