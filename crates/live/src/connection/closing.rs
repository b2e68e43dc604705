//! How a connection ends: what is answered already, `bye`, the close frame, and
//! reading on so that it arrives.

use parlor_protocol::frame::ServerFrame;
use parlor_websocket::{Frame, tcp};
use tokio::net::tcp::OwnedReadHalf;

use super::{Closing, Connection};
use crate::Shared;
use crate::encode;

/// Why a connection ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// We close it.
    Ours(Closing),
    /// The peer said close.
    Peer(Option<u16>),
    /// The socket is gone.
    Gone,
}

/// Takes leave, for as long as the peer takes it, within the bounds.
pub(super) async fn take_leave(
    shared: &Shared,
    connection: &Connection,
    read: &OwnedReadHalf,
    end: End,
) {
    let frames = match end {
        End::Gone => return,
        End::Peer(code) => vec![Frame::close_reply(code)],
        End::Ours(closing) => last_words(connection, closing),
    };
    let said = tokio::time::timeout(shared.config.bye_wait, send(connection, &frames)).await;
    // Who does not take the close frame has a socket full of older ones: nothing more can reach it.
    if matches!(said, Ok(true)) {
        tcp::linger(read.as_ref(), shared.config.linger).await;
    }
}

fn last_words(connection: &Connection, closing: Closing) -> Vec<Frame> {
    let Closing { code, after_ms } = closing;
    let mut frames = connection.lock().machine.replies.take_ready();
    if code.says_bye() {
        frames.push(encode::frame(&ServerFrame::Bye {
            code: code.code(),
            reason: code.reason().to_owned(),
            reconnect: code.reconnect(),
            after_ms,
        }));
        connection.metrics.frames_out.add("bye", 1);
    }
    frames.push(Frame::close(code.code(), code.reason()));
    frames
}

/// Sends all of it; false where the connection is lost.
async fn send(connection: &Connection, frames: &[Frame]) -> bool {
    let mut at = 0;
    loop {
        {
            let mut state = connection.lock();
            at += connection.try_send(&mut state, &frames[at..]);
            if state.lost {
                return false;
            }
            if at == frames.len() && connection.flush(&mut state) {
                return true;
            }
            if state.outbox.is_ended() && state.outbox.rest_bytes() == 0 {
                return true;
            }
        }
        if connection.write.writable().await.is_err() {
            return false;
        }
        connection.note_writable();
    }
}
