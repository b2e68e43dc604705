//! A room as the hub knows it: its published head, its tail, how often a text
//! was deleted, and which connections are in it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{RoomId, Seq};
use parlor_sabotage::{Switch, is, strikes};

use crate::config::{FRAME_EVENTS_BYTES, SLICE};
use crate::connection::{Connection, Written};
use crate::encode;
use crate::lock;
use crate::tail::{Run, Tail};

/// How often a hub thread steps back before a slice.
const YIELDS: usize = 100;

/// See the file's head. Its lock is taken before that of any connection.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    /// How many wait for the lock besides the hub. A hub thread takes it again and again
    /// during a pass, and the lock knows no turns: without this it could keep the
    /// writer, and so everybody, waiting for the whole of a large room.
    waiting: AtomicUsize,
    state: Mutex<RoomState>,
}

#[derive(Debug)]
pub(crate) struct RoomState {
    /// The newest event that was published.
    pub(crate) head: Seq,
    /// The commit it came with.
    pub(crate) commit: u64,
    /// How many deletions took a text out of the log.
    pub(crate) redactions: u64,
    pub(crate) tail: Tail,
    /// By slot; free ones are `None`.
    members: Vec<Option<Arc<Connection>>>,
    free: Vec<u32>,
    /// It is in a hub thread's hands or queue.
    pub(crate) scheduled: bool,
    /// It is no longer in the hub's map: look it up again.
    pub(crate) evicted: bool,
    /// The pass under way: the next slot to look at, and the head when it began.
    pass: usize,
    pass_head: Seq,
}

/// What a slice of a pass came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slice {
    /// There is more to do, after other rooms had their turn.
    More,
    /// Everyone has everything, or comes for it.
    Done,
}

impl Room {
    pub(crate) fn new(id: RoomId, head: Seq, commit: u64) -> Self {
        Self {
            id,
            waiting: AtomicUsize::new(0),
            state: Mutex::new(RoomState {
                head,
                commit,
                redactions: 0,
                tail: Tail::default(),
                members: Vec::new(),
                free: Vec::new(),
                scheduled: false,
                evicted: false,
                pass: 0,
                pass_head: Seq::ZERO,
            }),
        }
    }

    /// The lock, before the hub's next slice.
    pub(crate) fn lock(&self) -> MutexGuard<'_, RoomState> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let state = lock(&self.state);
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        state
    }

    /// The lock for a slice, after those who wait for it (but not for ever).
    fn lock_for_slice(&self) -> MutexGuard<'_, RoomState> {
        for _ in 0..YIELDS {
            if self.waiting.load(Ordering::Acquire) == 0 {
                break;
            }
            std::thread::yield_now();
        }
        lock(&self.state)
    }

    /// Writes what is new to the next members, [`SLICE`] at most, with the room's lock held.
    pub(crate) fn write_slice(&self, counts: &mut SliceCounts) -> Slice {
        let mut guard = self.lock_for_slice();
        let state = &mut *guard;
        if state.pass == 0 {
            state.pass_head = state.head;
        }
        let end = state.members.len().min(state.pass + SLICE);
        let mut run: Option<Run> = None;
        for connection in state.members[state.pass..end].iter().flatten() {
            write_to(
                self.id,
                connection,
                state.head,
                &state.tail,
                &mut run,
                counts,
            );
        }
        if end < state.members.len() {
            state.pass = end;
            return Slice::More;
        }
        state.pass = 0;
        if state.pass_head < state.head {
            return Slice::More;
        }
        state.scheduled = false;
        Slice::Done
    }
}

/// What a slice wrote, for the metrics.
#[derive(Debug, Default)]
pub(crate) struct SliceCounts {
    /// `events` frames.
    pub(crate) events: u64,
}

/// Writes to one live member all that the tail has for it.
fn write_to(
    room: RoomId,
    connection: &Arc<Connection>,
    head: Seq,
    tail: &Tail,
    run: &mut Option<Run>,
    counts: &mut SliceCounts,
) {
    let mut state = connection.lock();
    while let Some(cursor) = state.machine.offer(room) {
        if cursor >= head {
            return;
        }
        if run.as_ref().is_none_or(|run| run.after != cursor) {
            *run = tail.after(cursor);
        }
        let Some(run) = run.as_ref() else {
            if is(Switch::OutrunTailIsEnd) {
                state.machine.sent(room, head);
                return;
            }
            state.machine.fall_behind(room);
            connection.wake();
            return;
        };
        if run.lasts.iter().any(|_| strikes(Switch::Drop)) {
            state.machine.sent(room, run.last());
            continue;
        }
        if run.lasts.iter().any(|_| strikes(Switch::Double)) {
            connection.write_run(&mut state, room, run, counts);
        }
        if connection.write_run(&mut state, room, run, counts) == Written::Lost {
            return;
        }
        state.machine.wrote(room, head);
    }
}

impl RoomState {
    /// Takes a connection in.
    pub(crate) fn insert(&mut self, connection: Arc<Connection>) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.members[slot as usize] = Some(connection);
                slot
            }
            None => {
                self.members.push(Some(connection));
                (self.members.len() - 1) as u32
            }
        }
    }

    /// Lets a connection go.
    pub(crate) fn remove(&mut self, slot: u32) {
        self.members[slot as usize] = None;
        self.free.push(slot);
        if self.is_empty() {
            self.members = Vec::new();
            self.free = Vec::new();
            self.pass = 0;
            self.tail.clear();
        }
    }

    /// Connections in it.
    pub(crate) fn online(&self) -> usize {
        self.members.len() - self.free.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.online() == 0
    }

    /// The connections in it; at most 256 are asked for at once.
    pub(crate) fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.members.iter().flatten()
    }

    /// The head moves over events that follow it; frames of them go to the
    /// tail where somebody is there to want them.
    pub(crate) fn advance(&mut self, room: RoomId, commit: u64, events: &[&EncodedEvent]) {
        let Some((first, last)) = events.first().zip(events.last()) else {
            return;
        };
        self.commit = commit;
        if self.is_empty() || first.seq != self.head.next() {
            self.tail.clear();
        }
        self.head = self.head.max(last.seq);
        if self.is_empty() {
            return;
        }
        let mut start = 0;
        while start < events.len() {
            let mut size = 0;
            let end = events[start..]
                .iter()
                .position(|event| {
                    size += event.json.len() + 1;
                    size >= FRAME_EVENTS_BYTES
                })
                .map_or(events.len(), |at| start + at + 1);
            let chunk = &events[start..end];
            let mut jsons: Vec<&str> = chunk.iter().map(|event| &*event.json).collect();
            if is(Switch::SwapNeighbours) && jsons.len() > 1 {
                jsons.swap(0, 1);
            }
            let frame = encode::events(room, size, jsons.into_iter());
            self.tail
                .push(chunk[0].seq, chunk[chunk.len() - 1].seq, frame);
            start = end;
        }
    }

    /// A text was deleted from events up to `newest`.
    pub(crate) fn redact(&mut self, newest: Seq) {
        if !is(Switch::SkipRedactionOfTail) {
            self.tail.drop_up_to(newest);
        }
        self.redactions += 1;
    }
}
