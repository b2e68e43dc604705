//! What is asked of the TCP socket itself: how it is set up, and how it ends so that the last frame
//! arrives.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::receive::lend;

/// Unsent bytes at which a socket stops taking more. A slow reader's backlog then waits as a cursor
/// in our hands, where it can still be redacted and revoked, not as copies in the kernel; large
/// enough for several common frames in one write.
pub const UNSENT_BYTES: u32 = 32 * 1024;

/// The most that is read and thrown away behind a close. A peer that sends more than this in the
/// time given floods, and may get its reset.
pub const LINGER_BYTES: usize = 32 * 1024 * 1024;

/// Sets a socket up: no delay of small frames (`TCP_NODELAY`), and `unsent_bytes` as the mark of
/// `TCP_NOTSENT_LOWAT` ([`UNSENT_BYTES`] is a good one).
///
/// # Errors
/// The system refused an option. The socket works without, only worse.
pub fn tune(stream: &TcpStream, unsent_bytes: u32) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    SockRef::from(stream).set_tcp_notsent_lowat(unsent_bytes)?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = unsent_bytes;
    Ok(())
}

/// Ends a connection to which a close frame was sent in full: shuts the write side down, then reads
/// and discards until the peer ends too, for at most `patience` and [`LINGER_BYTES`].
///
/// A socket closed with unread input sends a reset, which makes the peer's kernel throw away what it
/// had received, the close frame too. So input that was refused is read, not ignored. The stream may
/// be dropped afterwards.
pub async fn linger(stream: &TcpStream, patience: Duration) {
    // It fails where the connection is gone, and then there is nobody to be polite to.
    if SockRef::from(stream).shutdown(Shutdown::Write).is_err() {
        return;
    }
    let _out_of_patience = tokio::time::timeout(patience, discard(stream)).await;
}

async fn discard(stream: &TcpStream) {
    let mut left = LINGER_BYTES;
    while left > 0 && stream.readable().await.is_ok() {
        match lend(|buffer| stream.try_read(buffer)) {
            Ok(0) => return,
            Ok(read) => left = left.saturating_sub(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
