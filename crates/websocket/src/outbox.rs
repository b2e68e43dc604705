//! Writing that never waits and never queues.
//!
//! An [`Outbox`] is the whole write state of a connection: the rest of the one frame that was begun.
//! [`Outbox::try_send`] gives frames to the socket until it takes no more, and says how many were
//! begun; those that were not are not kept, so a slow reader costs its caller a cursor and this
//! module one shared slice.
//!
//! What must never happen: a frame begun while another is unfinished, anything after a close frame.
//!
//! It has no lock of its own: callers that share a connection hold one around the call, which is
//! short because nothing here waits, and allocates nothing.

use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use crate::encode::{self, Batch, Frame};

/// Frames given to one `writev`. More are given to the next.
const MAX_SLICES: usize = 64;

/// A socket that takes what it can at once. `WouldBlock` means that it takes nothing now.
pub trait TryWrite {
    /// Writes from the front of `bytes`, and says how many were taken.
    ///
    /// # Errors
    /// `WouldBlock`; any other error means that the connection is lost.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes from the front of several slices; by default from the first that is not empty.
    ///
    /// # Errors
    /// As [`TryWrite::try_write`].
    fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let first = slices.iter().find(|slice| !slice.is_empty());
        first.map_or(Ok(0), |slice| self.try_write(slice))
    }
}

impl TryWrite for TcpStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        TcpStream::try_write(self, bytes)
    }

    fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        TcpStream::try_write_vectored(self, slices)
    }
}

impl TryWrite for OwnedWriteHalf {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        OwnedWriteHalf::try_write(self, bytes)
    }

    fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        OwnedWriteHalf::try_write_vectored(self, slices)
    }
}

/// What became of frames that were offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "frames that were not begun are not kept"]
pub enum Sent {
    /// The socket has taken them all.
    All,
    /// The socket takes no more now. The first `begun` of the frames offered are taken, or begun
    /// and their rest kept here: they must not be offered again. The others are not kept. Wait until
    /// the socket can be written, then [`Outbox::flush`] or offer what is due by then.
    Blocked {
        /// How many frames were begun; may be all.
        begun: usize,
    },
    /// A close frame was begun before these: no more frames can be sent.
    Closed,
}

/// What became of the rest of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a rest that stays must be flushed when the socket can be written"]
pub enum Flushed {
    /// Nothing is begun and unfinished.
    Clear,
    /// The socket takes no more now; a rest stays.
    Blocked,
}

/// The write state of one connection. 40 bytes; one shared slice while a frame is unfinished.
#[derive(Debug, Default)]
pub struct Outbox {
    /// What the socket has not taken yet of the frame it began; empty when none is unfinished.
    rest: Bytes,
    /// A close frame was begun, or the connection was lost.
    ended: bool,
}

impl Outbox {
    /// The state of a connection to which nothing was sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers one frame. As [`Outbox::try_send_all`].
    ///
    /// # Errors
    /// As [`Outbox::try_send_all`].
    pub fn try_send(&mut self, socket: &impl TryWrite, frame: &Frame) -> io::Result<Sent> {
        self.offer(socket, 1, |outbox| outbox.write_run(socket, frame.bytes()))
    }

    /// Offers frames in order, after the rest of the one under way, if any. One system call for
    /// all where the socket takes all. Frames behind a close are left out.
    ///
    /// A freshly accepted socket may say `WouldBlock` until its `writable()` was awaited once.
    ///
    /// # Errors
    /// The connection is lost; what was kept is dropped, and every later call says [`Sent::Closed`].
    pub fn try_send_all(&mut self, socket: &impl TryWrite, frames: &[Frame]) -> io::Result<Sent> {
        match encode::up_to_close(frames) {
            [one] => self.try_send(socket, one),
            frames => self.offer(socket, frames.len(), |outbox| {
                outbox.write_each(socket, frames)
            }),
        }
    }

    /// Offers the frames of a shared buffer. As [`Outbox::try_send_all`]; where the socket takes a
    /// part, the frames behind the one it is in count as not begun.
    ///
    /// # Errors
    /// As [`Outbox::try_send_all`].
    pub fn try_send_batch(&mut self, socket: &impl TryWrite, batch: &Batch) -> io::Result<Sent> {
        self.offer(socket, batch.len(), |outbox| {
            outbox.write_run(socket, batch.bytes())
        })
    }

    /// Goes on with the frame under way, if any.
    ///
    /// # Errors
    /// As [`Outbox::try_send_all`].
    pub fn flush(&mut self, socket: &impl TryWrite) -> io::Result<Flushed> {
        while !self.rest.is_empty() {
            match write(|| socket.try_write(&self.rest)) {
                Ok(Some(taken)) => self.rest.advance(taken),
                Ok(None) => return Ok(Flushed::Blocked),
                Err(error) => return Err(self.lose(error)),
            }
        }
        // A rest that was sent must not keep its whole buffer alive.
        self.rest = Bytes::new();
        Ok(Flushed::Clear)
    }

    /// Bytes of the frame under way that the socket has not taken; 0 when none is unfinished.
    pub fn rest_bytes(&self) -> usize {
        self.rest.len()
    }

    /// Whether a close frame was begun or the connection was lost: no new frame can be sent.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Finishes what is under way, then has `count` frames written by `write`, which says how many
    /// it began.
    fn offer(
        &mut self,
        socket: &impl TryWrite,
        count: usize,
        write: impl FnOnce(&mut Self) -> io::Result<usize>,
    ) -> io::Result<Sent> {
        // Where nothing is offered, the rest of the close frame still goes on.
        if self.ended && count > 0 {
            return Ok(Sent::Closed);
        }
        if !self.rest.is_empty() && self.flush(socket)? == Flushed::Blocked {
            return Ok(Sent::Blocked { begun: 0 });
        }
        match write(self) {
            Ok(begun) if begun == count && self.rest.is_empty() => Ok(Sent::All),
            Ok(begun) => Ok(Sent::Blocked { begun }),
            Err(error) => Err(self.lose(error)),
        }
    }

    /// Writes frames that lie in one buffer, and says how many were begun.
    fn write_run(&mut self, socket: &impl TryWrite, run: &Bytes) -> io::Result<usize> {
        let mut taken = 0;
        while taken < run.len() {
            match write(|| socket.try_write(&run[taken..]))? {
                Some(more) => taken += more,
                None => break,
            }
        }
        Ok(self.keep_rest(run, taken))
    }

    /// Counts the frames of `run` that begin within its first `taken` bytes, and keeps what is
    /// missing of the last.
    fn keep_rest(&mut self, run: &Bytes, taken: usize) -> usize {
        let (mut begun, mut start) = (0, 0);
        while start < taken {
            let end = start + encode::frame_len(&run[start..]);
            self.ended |= encode::is_close(&run[start..]);
            begun += 1;
            if end > taken {
                self.rest = run.slice(taken..end);
            }
            start = end;
        }
        begun
    }

    /// Writes frames that lie apart, and says how many were begun.
    fn write_each(&mut self, socket: &impl TryWrite, frames: &[Frame]) -> io::Result<usize> {
        // `at` frames are taken whole, and `inside` bytes of the next.
        let (mut at, mut inside) = (0, 0);
        while at < frames.len() {
            let taken = write(|| {
                let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                let due = &frames[at..frames.len().min(at + MAX_SLICES)];
                for (slice, frame) in slices.iter_mut().zip(due) {
                    *slice = IoSlice::new(frame.bytes());
                }
                slices[0] = IoSlice::new(&frames[at].bytes()[inside..]);
                socket.try_write_vectored(&slices[..due.len()])
            })?;
            let Some(taken) = taken else { break };
            inside += taken;
            while at < frames.len() && inside >= frames[at].len() {
                inside -= frames[at].len();
                self.ended |= frames[at].is_close();
                at += 1;
            }
        }
        if inside > 0 {
            self.rest = frames[at].bytes().slice(inside..);
            self.ended |= frames[at].is_close();
            at += 1;
        }
        Ok(at)
    }

    fn lose(&mut self, error: io::Error) -> io::Error {
        self.rest = Bytes::new();
        self.ended = true;
        error
    }
}

/// One write, again when a signal interrupted it. `None`: the socket takes nothing now.
fn write(mut attempt: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match attempt() {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => return Ok(Some(taken)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
