//! One socket: its state machine, and the way to its peer.
//!
//! | module | holds |
//! |---|---|
//! | [`machine`], [`place`], [`replies`] | what may be sent next, without I/O |
//! | [`task`] | the one small task of a connection |
//! | [`way`] | its socket, as far as it is written to |
//! | [`inbound`] | what comes: from a frame to what it does |
//! | [`outbound`] | what goes, where the hub does not write it itself |
//! | [`fetch`] | what has to be read from the store first |
//! | [`closing`] | `bye`, the close frame, and its arrival |
//!
//! The connection's lock is held for a moment, never across an await, and no
//! other lock is taken under it.

pub(crate) mod closing;
mod fetch;
mod inbound;
pub(crate) mod machine;
mod outbound;
mod place;
mod replies;
#[cfg(test)]
mod simulation;
pub(crate) mod task;
mod way;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use parlor_protocol::frame::CloseCode;
use parlor_protocol::{RoomId, Timestamp};
use parlor_store::write::Actor;
use parlor_websocket::{Flushed, Frame, Outbox, Sent};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use machine::{Closing, Phase};
pub(crate) use way::Way;

use crate::hello::Hello;
use crate::lock;
use crate::metrics::Metrics;
use crate::room::SliceCounts;
use crate::tail::Run;
use machine::Machine;

/// See the file's head.
pub(crate) struct Connection {
    /// Whose it is.
    pub(crate) actor: Actor,
    /// When its session ends whatever happens.
    pub(crate) session_expires: Option<Timestamp>,
    write: Way,
    wake: Notify,
    state: Mutex<State>,
    metrics: Arc<Metrics>,
}

/// What a connection's lock guards.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Machine,
    outbox: Outbox,
    /// The socket took nothing, and has not said since that it takes more.
    waits: bool,
    /// The socket is gone.
    lost: bool,
    /// When it began.
    pub(crate) born: Instant,
    /// When something last came, or reading began again.
    pub(crate) heard: Instant,
    /// When its session was last renewed.
    pub(crate) seen: Instant,
    /// It is being read, so silence is the peer's.
    pub(crate) reading: bool,
    /// It is not read before then: too fast.
    pause: Option<Instant>,
    /// Malformed frames of the last minute.
    bad: Vec<Instant>,
    /// A `hello` that came and is not answered yet.
    hello: Option<Box<Hello>>,
    /// The peer closed, with this code.
    peer_closed: Option<Option<u16>>,
}

/// What became of a run of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// What the socket took was begun.
    Begun,
    /// The connection is gone.
    Lost,
}

impl Closing {
    /// A close without advice when to come back.
    pub(crate) const fn now(code: CloseCode) -> Self {
        Self {
            code,
            after_ms: None,
        }
    }
}

impl Connection {
    pub(crate) fn new(
        actor: Actor,
        session_expires: Option<Timestamp>,
        write: Way,
        metrics: Arc<Metrics>,
        now: Instant,
    ) -> Self {
        Self {
            actor,
            session_expires,
            write,
            wake: Notify::new(),
            state: Mutex::new(State {
                machine: Machine::default(),
                outbox: Outbox::new(),
                waits: false,
                lost: false,
                born: now,
                heard: now,
                seen: now,
                reading: true,
                pause: None,
                bad: Vec::new(),
                hello: None,
                peer_closed: None,
            }),
            metrics,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Has the connection's task look again.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Closes it; the first reason counts.
    pub(crate) fn close(&self, closing: Closing) {
        if self.lock().machine.close(closing) {
            self.metrics.closed(closing.code);
            self.wake();
        }
    }

    /// Offers frames in order; how many were begun must not be offered again.
    fn try_send(&self, state: &mut State, frames: &[Frame]) -> usize {
        let sent = state.outbox.try_send_all(&self.write, frames);
        self.note(state, sent, frames.len())
    }

    /// For the hub, of a room whose lock it holds: writes events that follow the place's cursor.
    pub(crate) fn write_run(
        &self,
        state: &mut State,
        room: RoomId,
        run: &Run,
        counts: &mut SliceCounts,
    ) -> Written {
        let sent = state.outbox.try_send_batch(&self.write, &run.batch);
        let begun = self.note(state, sent, run.lasts.len());
        counts.events += begun as u64;
        if let Some(last) = begun.checked_sub(1).and_then(|at| run.lasts.get(at)) {
            state.machine.sent(room, *last);
        }
        if state.lost {
            Written::Lost
        } else {
            Written::Begun
        }
    }

    /// Offers a frame that may be missed, to a live connection that is in `room`,
    /// where one is given, and whose socket takes it at once.
    pub(crate) fn try_tell(&self, frame: &Frame, room: Option<RoomId>, name: &str) {
        let mut state = self.lock();
        let machine = &state.machine;
        let listens = machine.phase() == Phase::Live && machine.closing().is_none();
        if listens && !machine.is_blocked() && room.is_none_or(|room| machine.is_in(room)) {
            let begun = self.try_send(&mut state, std::slice::from_ref(frame));
            self.metrics.frames_out.add(name, begun as u64);
        }
    }

    /// Says `ready`, unless something of its user changed after `commit`; then, or
    /// where the socket does not take it, false.
    pub(crate) fn say_ready(&self, commit: u64, ready: Frame, foreign: Vec<String>) -> bool {
        let mut state = self.lock();
        if state.lost || state.machine.closing().is_some() {
            return true;
        }
        let good = state.machine.is_current(commit) && self.try_send(&mut state, &[ready]) == 1;
        if good {
            state.machine.go_live(foreign);
            self.metrics.frames_out.add("ready", 1);
            self.wake();
        }
        good
    }

    /// Waits until the frame under way, if any, is out, and the socket takes more.
    pub(crate) async fn clear(&self) {
        // An error shows where the connection is read.
        while self.write.writable().await.is_ok() {
            let mut state = self.lock();
            state.waits = false;
            if self.flush(&mut state) || state.lost {
                return;
            }
        }
    }

    /// Ends it: the places that it held.
    pub(crate) fn end(&self) -> Vec<(RoomId, u32)> {
        let mut state = self.lock();
        if state.machine.unblock() {
            self.metrics.behind.down();
        }
        state.machine.end()
    }

    /// The socket says that it takes more.
    fn note_writable(&self) {
        self.lock().waits = false;
    }

    /// Goes on with the frame under way; whether the socket takes more. One that
    /// took nothing is not tried until it says that it does.
    fn flush(&self, state: &mut State) -> bool {
        if state.waits || state.lost {
            return false;
        }
        match state.outbox.flush(&self.write) {
            Ok(Flushed::Clear) => {
                if state.machine.unblock() {
                    self.metrics.behind.down();
                }
                true
            }
            Ok(Flushed::Blocked) => {
                self.block(state);
                false
            }
            Err(_) => {
                self.lose(state);
                false
            }
        }
    }

    fn note(&self, state: &mut State, sent: std::io::Result<Sent>, offered: usize) -> usize {
        match sent {
            Ok(Sent::All) => offered,
            Ok(Sent::Blocked { begun }) => {
                self.block(state);
                begun
            }
            Ok(Sent::Closed) | Err(_) => {
                self.lose(state);
                0
            }
        }
    }

    fn block(&self, state: &mut State) {
        state.waits = true;
        if state.machine.block() {
            self.metrics.behind.up();
            self.wake();
        }
    }

    fn lose(&self, state: &mut State) {
        state.lost = true;
        self.wake();
    }
}

impl State {
    /// Whether more may be read now.
    fn may_read(&self, now: Instant) -> bool {
        let machine = &self.machine;
        machine.closing().is_none()
            && matches!(machine.phase(), Phase::Waiting | Phase::Live)
            && !machine.replies.is_full()
            && self.pause.is_none_or(|until| until <= now)
            && self.peer_closed.is_none()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?})", self.actor)
    }
}
