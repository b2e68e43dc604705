//! The one task of a connection: it reads, and sends what the hub does not.
//!
//! While nothing happens it holds no buffer. What takes long or happens once
//! (the snapshot, a read, the leave) is boxed, so that the task stays small.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use parlor_protocol::frame::CloseCode;
use parlor_websocket::{Limits, Received, Receiver, Violation, close};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::Instant;

use super::closing::{self, End};
use super::{Closing, Connection, fetch, inbound, outbound};
use crate::Shared;
use crate::hello;
use crate::rates::Pace;
use crate::registry::Seat;

/// Something under way that takes long.
type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves a connection to its end.
pub(crate) async fn run(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    mut read: OwnedReadHalf,
    read_ahead: Bytes,
    seat: Seat,
) {
    let registered = Registered {
        shared,
        connection,
        _seat: seat,
    };
    let mut receiver = Receiver::new(Limits::default()).with_leftover(&read_ahead);
    drop(read_ahead);
    let end = converse(&registered, &mut read, &mut receiver).await;
    drop(receiver);
    // From here on nobody writes to it but this task.
    registered.leave_all();
    let leave = closing::take_leave(&registered.shared, &registered.connection, &read, end);
    Box::pin(leave).await;
}

async fn converse(
    registered: &Registered,
    read: &mut OwnedReadHalf,
    receiver: &mut Receiver,
) -> End {
    let (shared, connection) = (&registered.shared, &registered.connection);
    let mut pace = Pace::new(Instant::now());
    let mut job: Option<Job> = None;
    loop {
        let mut wants = outbound::pump(shared, connection, job.is_some());
        if let Some(need) = wants.fetch.take() {
            let fetch = fetch::fetch(Arc::clone(shared), Arc::clone(connection), need);
            job = Some(Box::pin(fetch));
        }
        let plan = match plan(registered, &mut job) {
            Ok(plan) => plan,
            Err(end) => return end,
        };
        let before = receiver.counts();
        tokio::select! {
            () = run_job(&mut job), if job.is_some() => job = None,
            _ = connection.write.writable(), if wants.writable => connection.note_writable(),
            received = receiver.receive(read, |incoming| {
                inbound::take(shared, connection, incoming, Instant::now())
            }), if plan.read => {
                let now = Instant::now();
                let counts = receiver.counts();
                let (frames, bytes) = (counts.frames - before.frames, counts.bytes - before.bytes);
                if let Some(end) = note(registered, received, now) {
                    return end;
                }
                if shared.config.rate_limits && let Some(wait) = pace.came(frames, bytes, now) {
                    shared.metrics.rate_limited.add("connection", 1);
                    let mut state = connection.lock();
                    state.pause = state.pause.max(Some(now + wait));
                }
            }
            () = connection.wake.notified() => {}
            () = sleep_until(plan.until), if plan.until.is_some() => {}
            () = tokio::task::yield_now(), if wants.again => {}
        }
    }
}

/// What a round of the task waits for.
struct Plan {
    /// More may be read.
    read: bool,
    /// Nothing may be read before then.
    until: Option<Instant>,
}

fn plan(registered: &Registered, job: &mut Option<Job>) -> Result<Plan, End> {
    let (shared, connection) = (&registered.shared, &registered.connection);
    let now = Instant::now();
    let mut state = connection.lock();
    if let Some(closing) = state.machine.closing() {
        return Err(End::Ours(closing));
    }
    if state.lost {
        return Err(End::Gone);
    }
    if let Some(code) = state.peer_closed {
        return Err(End::Peer(code));
    }
    if state.pause.is_some_and(|until| until <= now) {
        state.pause = None;
    }
    if let Some(hello) = state.hello.take() {
        let greet = hello::greet(Arc::clone(shared), Arc::clone(connection), hello);
        *job = Some(Box::pin(greet));
    }
    let read = state.may_read(now);
    if read && !state.reading {
        // The silence before was ours.
        state.heard = now;
    }
    state.reading = read;
    Ok(Plan {
        read,
        until: state.pause,
    })
}

/// What reading came to; an end where it was the end.
fn note(registered: &Registered, received: Received, now: Instant) -> Option<End> {
    let connection = &registered.connection;
    match received {
        Received::Read | Received::Paused => {
            connection.lock().heard = now;
            None
        }
        Received::Refused(violation) => {
            connection.close(Closing::now(code_of(violation)));
            None
        }
        Received::Ended | Received::Failed(_) => Some(End::Gone),
    }
}

fn code_of(violation: Violation) -> CloseCode {
    match violation.code() {
        close::UNSUPPORTED_DATA => CloseCode::BinaryFrame,
        close::INVALID_PAYLOAD => CloseCode::InvalidUtf8,
        close::POLICY_VIOLATION => CloseCode::TooManyFragments,
        close::MESSAGE_TOO_BIG => CloseCode::TooBig,
        _ => CloseCode::ProtocolError,
    }
}

async fn run_job(job: &mut Option<Job>) {
    if let Some(job) = job {
        job.await;
    }
}

async fn sleep_until(until: Option<Instant>) {
    if let Some(until) = until {
        Box::pin(tokio::time::sleep_until(until)).await;
    }
}

/// Takes a connection out of everything when its task ends, however it ends.
struct Registered {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    _seat: Seat,
}

impl Registered {
    /// Takes it out of the registry and of every room. Once more is harmless.
    fn leave_all(&self) {
        let (shared, connection) = (&self.shared, &self.connection);
        shared.registry.remove(connection);
        for (room, slot) in connection.end() {
            shared.hub.leave(room, slot);
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.leave_all();
        self.shared.metrics.connections.down();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the task itself may weigh. With the connection, its registration and
    /// tokio's own books an idle one stays far below 4 KiB.
    const TASK_BYTES: usize = 1024;

    #[test]
    fn the_task_of_a_connection_is_small() {
        fn size_of_output<A, B, C, D, E, F>(_: impl FnOnce(A, B, C, D, E) -> F) -> usize {
            size_of::<F>()
        }
        let size = size_of_output(run);
        assert!(size <= TASK_BYTES, "{size}");
        let connection = size_of::<Connection>();
        assert!(connection <= 512, "{connection}");
        eprintln!("task {size}, connection {connection}");
    }
}
