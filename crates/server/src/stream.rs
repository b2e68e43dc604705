//! A TCP stream with deadlines, between the socket and hyper.
//!
//! hyper has one deadline for a request's head, which also ends idle connections. Here they are
//! three: the first byte (5 s), the rest of a head (10 s), the next request (75 s, longer than
//! proxies keep a connection). And who takes nothing of an answer is not waited for.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// How long each part may take. Then the connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    /// From connecting to the first byte.
    pub(crate) first_byte: Duration,
    /// From the first byte of a request's head to its end.
    pub(crate) head: Duration,
    /// From an answer to the first byte of the next request.
    pub(crate) idle: Duration,
    /// Without the peer taking a byte of an answer.
    pub(crate) stalled: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(5),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(60),
        }
    }
}

const FRESH: u8 = 0;
const HEAD: u8 = 1;
const ANSWERING: u8 = 2;
const IDLE: u8 = 3;

/// Where the connection stands: told by the stream when bytes come, and by the service when a
/// request begins and its answer is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// A request's head is complete.
    pub(crate) fn request_begins(&self) {
        self.0.store(ANSWERING, Ordering::Relaxed);
    }

    /// The answer is made, and goes out.
    pub(crate) fn answer_is_there(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    /// No request has come yet, or only a part of its head.
    pub(crate) fn is_before_a_request(&self) -> bool {
        matches!(self.get(), FRESH | HEAD)
    }

    /// Bytes came. Between requests they begin a head.
    fn bytes_came(&self) {
        let begins = |phase| matches!(phase, FRESH | IDLE).then_some(HEAD);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, begins);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The stream.
pub(crate) struct Timed {
    stream: TcpStream,
    phase: Phase,
    deadlines: Deadlines,
    /// The phase that the read deadline was set for.
    waiting: Option<u8>,
    read: Pin<Box<Sleep>>,
    write_waits: bool,
    write: Pin<Box<Sleep>>,
}

impl Timed {
    pub(crate) fn new(stream: TcpStream, phase: Phase, deadlines: Deadlines) -> Self {
        Self {
            stream,
            phase,
            deadlines,
            waiting: None,
            read: Box::pin(tokio::time::sleep(deadlines.first_byte)),
            write_waits: false,
            write: Box::pin(tokio::time::sleep(deadlines.stalled)),
        }
    }

    /// The socket, for whoever takes it over.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Nothing to read: how long may that go on?
    fn wait_to_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let phase = self.phase.get();
        let deadline = match phase {
            FRESH => self.deadlines.first_byte,
            HEAD => self.deadlines.head,
            IDLE => self.deadlines.idle,
            // A body has a deadline of its own, where it is read.
            _ => return Poll::Pending,
        };
        if self.waiting != Some(phase) {
            self.waiting = Some(phase);
            self.read.as_mut().reset(Instant::now() + deadline);
        }
        ready!(self.read.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn wrote<T>(
        &mut self,
        cx: &mut Context<'_>,
        wrote: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.write_waits = false;
            // An answer that is being taken is no idle connection.
            if self.phase.get() == IDLE {
                self.waiting = None;
            }
            return wrote;
        }
        if !self.write_waits {
            self.write_waits = true;
            self.write
                .as_mut()
                .reset(Instant::now() + self.deadlines.stalled);
        }
        ready!(self.write.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => self.wait_to_read(cx),
            done => {
                if buffer.filled().len() > before {
                    let was = self.phase.get();
                    self.phase.bytes_came();
                    // A head's deadline runs from its first byte, also where more follows at once.
                    if was != HEAD {
                        self.waiting = Some(HEAD);
                        let head = self.deadlines.head;
                        self.read.as_mut().reset(Instant::now() + head);
                    }
                }
                done
            }
        }
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wrote(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper, having found nothing to read while it answered, does not look again before the
        // socket wakes it: so an idle connection's deadline begins here.
        if self.phase.get() == IDLE {
            let _ = self.wait_to_read(cx);
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
