//! Reading with a borrowed buffer.
//!
//! Memory of a chat server is read buffers, so a connection has none: [`Receiver::receive`] borrows
//! the thread's own for the moment of reading and digests what came before it gives it back. While a
//! connection is idle, its task holds a [`Receiver`] and a reference to the socket, no more.
//!
//! How fast a peer may send is decided above: each call reads at most [`LENT_BYTES`], the
//! [`Counts`] tell what that was, and whoever finds it too much calls again later.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

use crate::close::Violation;
use crate::decode::{Counts, Decoder, Incoming, Limits};

/// The most that one call reads: a few hundred small frames at once, or an eighth of the longest
/// message. Each thread that reads sockets has one such buffer.
pub const LENT_BYTES: usize = 16 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends the thread's buffer of [`LENT_BYTES`]. A borrower inside a borrower gets one of its own.
pub(crate) fn lend<T>(borrower: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = BUFFER.take();
    buffer.resize(LENT_BYTES, 0);
    let outcome = borrower(&mut buffer);
    BUFFER.set(buffer);
    outcome
}

/// What a call of [`Receiver::receive`] came to.
#[derive(Debug)]
pub enum Received {
    /// What had arrived was read and all its messages handed over; there may have been none.
    Read,
    /// The handler asked to stop. What was read behind its message, at most [`LENT_BYTES`], is kept
    /// and comes first in the next call.
    Paused,
    /// The peer broke the protocol: send [`Violation::code`], then [`linger`](crate::tcp::linger).
    Refused(Violation),
    /// The peer sends no more.
    Ended,
    /// The connection is lost.
    Failed(io::Error),
}

/// The reading side of one connection: its decoder, and what was read but not handed over.
#[derive(Debug, Default)]
pub struct Receiver {
    decoder: Decoder,
    held: Option<Box<BytesMut>>,
}

impl Receiver {
    /// The reading side of a connection on which nothing was read.
    pub fn new(limits: Limits) -> Self {
        Self {
            decoder: Decoder::new(limits),
            held: None,
        }
    }

    /// Puts bytes before all that the socket will bring: what an HTTP library had read behind the
    /// handshake.
    pub fn with_leftover(mut self, leftover: &[u8]) -> Self {
        self.hold(BytesMut::from(leftover));
        self
    }

    /// Waits until something arrives, reads it once, and hands each message to `handle`, until that
    /// says `Break` ([`Received::Paused`]). After a [`Incoming::Close`] no message comes any more.
    ///
    /// It can be dropped while it waits, and called again, without loss: reading and handing over
    /// are one step.
    pub async fn receive<S>(
        &mut self,
        stream: &mut S,
        mut handle: impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Received
    where
        S: AsyncRead + Unpin,
    {
        poll_fn(|context| self.poll_receive(context, stream, &mut handle)).await
    }

    /// What came in so far, counted below the decoder's messages.
    pub fn counts(&self) -> Counts {
        self.decoder.counts()
    }

    /// Bytes of heap memory held: 0 while nothing is incomplete and nothing was paused.
    pub fn held_bytes(&self) -> usize {
        self.decoder.held_bytes() + self.held.as_ref().map_or(0, |held| held.capacity())
    }

    fn poll_receive<S>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut S,
        handle: &mut impl FnMut(Incoming<'_>) -> ControlFlow<()>,
    ) -> Poll<Received>
    where
        S: AsyncRead + Unpin,
    {
        if let Some(held) = self.held.take() {
            let mut held = *held;
            let (outcome, left) = digest(&mut self.decoder, &mut held, handle);
            held.advance(held.len() - left);
            self.hold(held);
            return Poll::Ready(outcome);
        }
        lend(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            match Pin::new(stream).poll_read(context, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Received::Failed(error)),
                Poll::Ready(Ok(())) => {}
            }
            let read = buffer.filled_mut();
            if read.is_empty() {
                return Poll::Ready(Received::Ended);
            }
            let (outcome, left) = digest(&mut self.decoder, read, handle);
            self.hold(BytesMut::from(&read[read.len() - left..]));
            Poll::Ready(outcome)
        })
    }

    fn hold(&mut self, bytes: BytesMut) {
        self.held = (!bytes.is_empty()).then(|| Box::new(bytes));
    }
}

/// Hands over the messages in `bytes`; the second value is how many bytes at the end are left.
fn digest(
    decoder: &mut Decoder,
    bytes: &mut [u8],
    handle: &mut impl FnMut(Incoming<'_>) -> ControlFlow<()>,
) -> (Received, usize) {
    let mut rest = bytes;
    loop {
        match decoder.next(&mut rest) {
            Ok(Some(incoming)) => {
                if handle(incoming).is_break() {
                    return (Received::Paused, rest.len());
                }
            }
            Ok(None) => return (Received::Read, 0),
            Err(violation) => return (Received::Refused(violation), 0),
        }
    }
}
