//! The way out of a connection: its socket. In the simulation, one in memory.

use std::io::{self, IoSlice};

use parlor_websocket::TryWrite;
use tokio::net::tcp::OwnedWriteHalf;

/// See the file's head.
#[derive(Debug)]
pub(crate) enum Way {
    /// The writing half of a socket.
    Socket(OwnedWriteHalf),
    /// A pipe that a test reads.
    #[cfg(test)]
    Memory(std::sync::Arc<super::simulation::Pipe>),
}

impl Way {
    /// Waits until it can be written, or is gone.
    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Socket(socket) => socket.writable().await,
            #[cfg(test)]
            Self::Memory(pipe) => pipe.writable().await,
        }
    }
}

impl TryWrite for Way {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => TryWrite::try_write(socket, bytes),
            #[cfg(test)]
            Self::Memory(pipe) => pipe.try_write(bytes),
        }
    }

    fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => TryWrite::try_write_vectored(socket, slices),
            #[cfg(test)]
            Self::Memory(pipe) => {
                let first = slices.iter().find(|slice| !slice.is_empty());
                first.map_or(Ok(0), |slice| pipe.try_write(slice))
            }
        }
    }
}
