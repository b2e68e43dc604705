//! A socket in memory that takes so many bytes and no more until they are read.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::sync::Mutex;
use std::task::Poll;

use crate::lock;

/// See the file's head.
#[derive(Debug)]
pub(crate) struct Pipe(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    bytes: VecDeque<u8>,
    /// How many it takes unread.
    takes: usize,
    /// How many it has taken so far.
    taken: u64,
    cut: bool,
}

impl Pipe {
    pub(super) fn new(takes: usize) -> Self {
        Self(Mutex::new(Inner {
            bytes: VecDeque::new(),
            takes,
            taken: 0,
            cut: false,
        }))
    }

    /// How many bytes went in since it was made.
    pub(super) fn taken(&self) -> u64 {
        lock(&self.0).taken
    }

    /// What waits to be read, at most so much of it.
    pub(super) fn read(&self, most: usize) -> Vec<u8> {
        let mut inner = lock(&self.0);
        let most = most.min(inner.bytes.len());
        inner.bytes.drain(..most).collect()
    }

    /// Its peer is gone.
    pub(super) fn cut(&self) {
        lock(&self.0).cut = true;
    }

    /// Whether it takes something now.
    pub(super) fn has_room(&self) -> bool {
        let inner = lock(&self.0);
        inner.cut || inner.bytes.len() < inner.takes
    }

    pub(in crate::connection) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = lock(&self.0);
        if inner.cut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let fits = bytes
            .len()
            .min(inner.takes.saturating_sub(inner.bytes.len()));
        if fits == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        inner.bytes.extend(&bytes[..fits]);
        inner.taken += fits as u64;
        Ok(fits)
    }

    /// Ready where it has room. Nobody is woken: who waits is asked again.
    pub(in crate::connection) async fn writable(&self) -> io::Result<()> {
        poll_fn(|_| match self.has_room() {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        })
        .await
    }
}
