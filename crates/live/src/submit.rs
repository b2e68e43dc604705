//! The queue before the writer: bounded, first come, first served, so that
//! commands of one connection keep their order.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use parlor_protocol::frame::{RequestId, ServerFrame};
use parlor_protocol::{Code, Refusal, RoomId, Seq, Timestamp};
use parlor_store::write::{Actor, Answer, Done, Op, Write};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::config::{BATCH, QUEUE, RETRY_MS};
use crate::connection::{Closing, Connection};
use crate::encode;
use crate::lock;
use crate::markers::Markers;
use crate::metrics::Metrics;
use parlor_protocol::frame::CloseCode;

/// Something to write, and who waits for the answer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) write: Write,
    pub(crate) reply: Reply,
}

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Nobody.
    Nobody,
    /// A marker that goes back to the others where it could not be written.
    Marker,
    /// A future.
    Future(oneshot::Sender<Answer>),
    /// A connection's command.
    Socket(Box<SocketReply>),
}

/// A connection's command under way.
#[derive(Debug)]
pub(crate) struct SocketReply {
    pub(crate) connection: Arc<Connection>,
    pub(crate) id: RequestId,
    pub(crate) room: RoomId,
    /// When it was read.
    pub(crate) taken: Instant,
    /// It is a message command.
    pub(crate) message: bool,
}

/// What the writer is to do next.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Write these, at most [`BATCH`].
    Jobs(Vec<Job>),
    /// Everything was written, and nothing more will come.
    Drained,
    /// Stop without finishing.
    Abandoned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Open,
    /// Finish what waits.
    Stopping,
    /// Leave everything.
    Abandoned,
}

/// See the file's head.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    filled: Condvar,
    marker_wait: Duration,
}

#[derive(Debug)]
struct QueueState {
    jobs: VecDeque<Job>,
    markers: Markers,
    mode: Mode,
    /// The storage refuses writes.
    failing: Option<Code>,
}

impl Queue {
    pub(crate) fn new(marker_wait: Duration) -> Self {
        Self {
            state: Mutex::new(QueueState {
                jobs: VecDeque::new(),
                markers: Markers::default(),
                mode: Mode::Open,
                failing: None,
            }),
            filled: Condvar::new(),
            marker_wait,
        }
    }

    /// Puts a job at the end.
    ///
    /// # Errors
    /// `overloaded` where the queue is full or a stop has begun, `storage_full` or `storage_failed`
    /// while the storage refuses writes; all with a time.
    pub(crate) fn push(&self, at: Timestamp, op: Op, reply: Reply) -> Result<(), Refusal> {
        let mut state = lock(&self.state);
        if let Some(code) = state.failing {
            return Err(Refusal::retry(code, RETRY_MS));
        }
        if state.mode != Mode::Open || state.jobs.len() >= QUEUE {
            return Err(Refusal::retry(Code::Overloaded, RETRY_MS));
        }
        let op = match op {
            // What was marked before takes effect before, though it was not to be written at once.
            Op::Mark(actor, room, seq) => {
                let before = state.markers.waiting(actor.user, room);
                Op::Mark(actor, room, before.map_or(seq, |before| before.max(seq)))
            }
            op => op,
        };
        let write = Write { at, op };
        state.jobs.push_back(Job { write, reply });
        if state.jobs.len() == 1 {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Keeps a marker to be written soon; one for which there is no room goes into the queue, if it can.
    pub(crate) fn mark(&self, at: Timestamp, actor: Actor, room: RoomId, seq: Seq, now: Instant) {
        {
            let mut state = lock(&self.state);
            let first = state.markers.is_empty();
            if state.mode != Mode::Open {
                return;
            }
            if state.markers.put(actor, room, seq, now) {
                if first {
                    self.filled.notify_one();
                }
                return;
            }
        }
        // A marker that finds both full is lost like one that was never sent: it says nothing of its fate.
        let _ = self.push(at, Op::Mark(actor, room, seq), Reply::Nobody);
    }

    /// Puts markers back that could not be written.
    pub(crate) fn put_back(&self, ops: impl Iterator<Item = Op>, now: Instant) {
        let mut state = lock(&self.state);
        // At a stop there is nobody left to try again.
        if state.mode != Mode::Open {
            return;
        }
        for op in ops {
            if let Op::Mark(actor, room, seq) = op {
                state.markers.put(actor, room, seq, now);
            }
        }
    }

    /// Waits for work. All that waits is taken, [`BATCH`] at most; markers come
    /// along when they are due.
    pub(crate) fn take(&self, now: impl Fn() -> (Instant, Timestamp)) -> Taken {
        let mut state = lock(&self.state);
        loop {
            let (instant, at) = now();
            if state.mode == Mode::Abandoned {
                return Taken::Abandoned;
            }
            let due = state.markers.due_at(self.marker_wait);
            let stopping = state.mode == Mode::Stopping;
            let mut jobs = Vec::new();
            if stopping || due.is_some_and(|due| due <= instant) {
                // Half a batch, so that neither waits for the other.
                let marks = state.markers.take(BATCH / 2);
                jobs.extend(marks.into_iter().map(|op| Job {
                    write: Write { at, op },
                    reply: Reply::Marker,
                }));
            }
            let n = state.jobs.len().min(BATCH - jobs.len());
            jobs.extend(state.jobs.drain(..n));
            if !jobs.is_empty() {
                return Taken::Jobs(jobs);
            }
            if stopping {
                return Taken::Drained;
            }
            state = match due {
                Some(due) => {
                    let wait = due.saturating_duration_since(instant);
                    self.wait(state, wait)
                }
                None => self
                    .filled
                    .wait(state)
                    .unwrap_or_else(std::sync::PoisonError::into_inner),
            };
        }
    }

    /// From now on all writes are refused with this code; those that wait come back, to be refused too.
    pub(crate) fn fail(&self, code: Code) -> Vec<Job> {
        let mut state = lock(&self.state);
        state.failing = Some(code);
        state.jobs.drain(..).collect()
    }

    /// Writes go through again.
    pub(crate) fn recover(&self) {
        lock(&self.state).failing = None;
    }

    /// Waits before the next probe. False where a stop came.
    pub(crate) fn wait_to_probe(&self, wait: Duration) -> bool {
        let state = lock(&self.state);
        state.mode == Mode::Open && self.wait(state, wait).mode == Mode::Open
    }

    /// Nothing new; what waits is finished.
    pub(crate) fn stop(&self) {
        self.turn(Mode::Stopping);
    }

    /// Nothing new, and what waits is left.
    pub(crate) fn abandon(&self) {
        self.turn(Mode::Abandoned);
    }

    /// Why writes do not go through.
    pub(crate) fn failing(&self) -> Option<Code> {
        lock(&self.state).failing
    }

    pub(crate) fn is_open(&self) -> bool {
        lock(&self.state).mode == Mode::Open
    }

    pub(crate) fn depth(&self) -> usize {
        lock(&self.state).jobs.len()
    }

    fn turn(&self, mode: Mode) {
        lock(&self.state).mode = mode;
        self.filled.notify_all();
    }

    fn wait<'a>(
        &self,
        state: std::sync::MutexGuard<'a, QueueState>,
        wait: Duration,
    ) -> std::sync::MutexGuard<'a, QueueState> {
        let woken = self.filled.wait_timeout(state, wait);
        woken.unwrap_or_else(std::sync::PoisonError::into_inner).0
    }
}

impl Reply {
    /// Gives the answer to whoever waits for it.
    pub(crate) fn answer(self, answer: Answer, now: Instant, metrics: &Metrics) {
        match self {
            Self::Nobody | Self::Marker => {}
            // Who asked may be gone; what was done stays done.
            Self::Future(sender) => drop(sender.send(answer)),
            Self::Socket(reply) => reply.answer(answer, now, metrics),
        }
    }

    /// The process is about to end, and nobody may be told anything: what waits goes on waiting.
    pub(crate) fn withhold(self) {
        if let Self::Future(sender) = self {
            std::mem::forget(sender);
        }
    }
}

impl SocketReply {
    fn answer(self, answer: Answer, now: Instant, metrics: &Metrics) {
        let Self {
            connection,
            id,
            room,
            taken,
            message,
        } = self;
        metrics.ack_seconds.observe_time(now - taken);
        if message && answer.is_ok() {
            metrics.posted.add("socket", 1);
        }
        let name = if answer.is_ok() { "ack" } else { "refuse" };
        metrics.frames_out.add(name, 1);
        let bug = matches!(&answer, Err(refusal) if refusal.code == Code::Internal);
        let frame = match answer {
            Ok(Done::Acked { seq, at, duplicate }) => encode::frame(&ServerFrame::Ack {
                id,
                room,
                seq,
                at: Some(at),
                duplicate,
            }),
            Ok(Done::Marked(seq)) => encode::frame(&ServerFrame::Ack {
                id,
                room,
                seq,
                at: None,
                duplicate: false,
            }),
            Ok(Done::Room { .. } | Done::Account(_) | Done::Nothing) => {
                encode::refuse(Some(id), Code::Internal)
            }
            Err(refusal) => encode::refuse(Some(id), refusal),
        };
        connection.lock().machine.replies.answer(frame);
        if bug {
            connection.close(Closing {
                code: CloseCode::Internal,
                after_ms: None,
            });
        }
        connection.wake();
    }
}

#[cfg(test)]
mod tests {
    use parlor_protocol::{SessionId, UserId};

    use super::*;

    #[test]
    fn a_marker_that_is_answered_is_not_lower_than_one_that_was_set_before() {
        let (now, at) = (Instant::now(), Timestamp::from_millis(0));
        let actor = Actor {
            user: UserId::from_u128(7),
            session: SessionId::from_u128(8),
        };
        let (room, other) = (RoomId::from_u128(1), RoomId::from_u128(2));
        let seq = |n| Seq::new(n).unwrap();
        let queue = Queue::new(Duration::from_secs(1));
        queue.mark(at, actor, room, seq(9), now);
        for room in [room, other] {
            let op = Op::Mark(actor, room, seq(5));
            queue.push(at, op, Reply::Nobody).unwrap();
        }
        let Taken::Jobs(jobs) = queue.take(|| (now, at)) else {
            panic!("there is work");
        };
        let marks = jobs.iter().map(|job| match &job.write.op {
            Op::Mark(_, room, seq) => (*room, *seq),
            op => panic!("{op:?}"),
        });
        assert_eq!(marks.collect::<Vec<_>>(), [(room, seq(9)), (other, seq(5))]);
    }
}
