//! What a connection may be sent next: a plain state machine without I/O.
//!
//! The hub asks [`Machine::offer`] for each event; the connection's own task
//! asks [`Machine::next_room`] and [`Machine::next_action`] and says what was
//! begun. Whoever calls about a room holds the room's lock, then the connection's.
//!
//! What must never happen: an event before `ready` or after `room_removed`; an
//! event out of order within a room, but where a `resume` goes back; a room
//! that is due and not in the queue.

use std::collections::VecDeque;

use parlor_protocol::frame::{CloseCode, RequestId};
use parlor_protocol::{Code, RoomId, Seq};

use super::place::{Due, Judge, Place};
use super::replies::Replies;

pub(crate) use super::place::Action;

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has not said `hello`.
    Waiting,
    /// It has, and is held back until its snapshot is read.
    Held,
    /// `ready` was begun.
    Live,
    /// The connection is over, and takes no place any more.
    Ended,
}

/// Why and how a connection is closed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The code.
    pub(crate) code: CloseCode,
    /// When to come back, for the `bye`.
    pub(crate) after_ms: Option<u64>,
}

/// See the file's head.
#[derive(Debug)]
pub(crate) struct Machine {
    phase: Phase,
    closing: Option<Closing>,
    /// The socket takes nothing now: nobody but its own task writes.
    blocked: bool,
    /// By room.
    places: Vec<Place>,
    /// Rooms in which something waits, in turn; each once.
    queue: VecDeque<RoomId>,
    /// Rooms named in `hello` that are not ours: `room_removed` is due.
    foreign: Vec<String>,
    /// The newest generation of a place; never given twice, so that a place that was
    /// forgotten and made anew is not taken for the old one.
    generation: u32,
    /// The newest commit that changed a membership, a session or a marker of ours while held back.
    changed_at: u64,
    /// Answers.
    pub(crate) replies: Replies,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            phase: Phase::Waiting,
            closing: None,
            blocked: false,
            places: Vec::new(),
            queue: VecDeque::new(),
            foreign: Vec::new(),
            generation: 0,
            changed_at: 0,
            replies: Replies::default(),
        }
    }
}

impl Machine {
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it is being closed.
    pub(crate) fn closing(&self) -> Option<Closing> {
        self.closing
    }

    /// Closes it; the first reason counts. Whether this was it.
    pub(crate) fn close(&mut self, closing: Closing) -> bool {
        let first = self.closing.is_none();
        self.closing.get_or_insert(closing);
        first
    }

    /// `hello` came: held back from here on. False where it came before.
    pub(crate) fn hold(&mut self) -> bool {
        let first = self.phase == Phase::Waiting;
        if first {
            self.phase = Phase::Held;
        }
        first
    }

    /// While held back: a place of the snapshot. `after` is what the client
    /// holds of it, and whether it named our epoch.
    pub(crate) fn install(
        &mut self,
        room: RoomId,
        slot: u32,
        head: Seq,
        after: Option<(Seq, bool)>,
    ) {
        let due = Due {
            judge: after.map(|(_, epoch)| Judge {
                id: None,
                epoch,
                looked: false,
            }),
            ..Due::default()
        };
        let cursor = after.map_or(head, |(seq, _)| seq);
        self.insert(Place::new(room, slot, cursor, due));
    }

    /// While held back: takes the places out again, to start anew.
    pub(crate) fn uninstall(&mut self) -> Vec<(RoomId, u32)> {
        self.queue.clear();
        let places = std::mem::take(&mut self.places);
        places
            .into_iter()
            .filter_map(|place| Some((place.room, place.slot?)))
            .collect()
    }

    /// It is over: gives up its places, for good.
    pub(crate) fn end(&mut self) -> Vec<(RoomId, u32)> {
        self.phase = Phase::Ended;
        self.uninstall()
    }

    /// Whether all that concerns us up to now is in a snapshot of this commit.
    pub(crate) fn is_current(&self, commit: u64) -> bool {
        self.changed_at <= commit
    }

    /// `ready` was begun.
    pub(crate) fn go_live(&mut self, foreign: Vec<String>) {
        self.phase = Phase::Live;
        self.foreign = foreign;
    }

    /// Something of ours changed in this commit. True where it has to be told
    /// apart; while held back it is in the next snapshot.
    pub(crate) fn change(&mut self, commit: u64) -> bool {
        if self.phase != Phase::Live {
            self.changed_at = self.changed_at.max(commit);
        }
        self.phase == Phase::Live
    }

    /// I became a member; the room keeps the connection in `slot`.
    pub(crate) fn joined(&mut self, room: RoomId, slot: u32) {
        let generation = self.next_generation();
        match self.place(room) {
            Some(place) => {
                place.slot = Some(slot);
                place.generation = generation;
                place.due().added = true;
                place.due().parked = false;
            }
            None => {
                let due = Due {
                    added: true,
                    ..Due::default()
                };
                self.insert(Place::new(room, slot, Seq::ZERO, due));
                return;
            }
        }
        self.enqueue(room);
    }

    /// I am no member since `seq`: the slot is free, and the id of a `resume`
    /// that will not be answered any more comes back with it.
    pub(crate) fn left(
        &mut self,
        room: RoomId,
        seq: Seq,
    ) -> Option<(Option<u32>, Option<RequestId>)> {
        let generation = self.next_generation();
        let place = self.place(room)?;
        place.generation = generation;
        place.marker = false;
        let resume = place.take_resume();
        let slot = place.slot.take();
        let due = place.due();
        due.parked = false;
        let unheard = std::mem::take(&mut due.added);
        if !unheard && due.removed.is_none() {
            due.removed = Some(seq);
        }
        if due.removed.is_some() {
            self.enqueue(room);
        } else {
            self.forget(room);
        }
        Some((slot, resume))
    }

    /// Whether a room keeps this connection.
    pub(crate) fn has_slot(&self, room: RoomId) -> bool {
        self.find(room)
            .is_ok_and(|at| self.places[at].slot.is_some())
    }

    /// My marker moved.
    pub(crate) fn marked(&mut self, room: RoomId) {
        if let Some(place) = self.place(room)
            && place.slot.is_some()
        {
            place.marker = true;
            self.enqueue(room);
        }
    }

    /// The client sets its place. The id of the one that is superseded.
    ///
    /// # Errors
    /// `not_found` where it has no place.
    pub(crate) fn resume(
        &mut self,
        room: RoomId,
        after: Seq,
        id: Option<RequestId>,
    ) -> Result<Option<RequestId>, Code> {
        let generation = self.next_generation();
        let place = self
            .place(room)
            .filter(|place| place.is_known())
            .ok_or(Code::NotFound)?;
        let superseded = place.take_resume();
        place.generation = generation;
        place.cursor = after;
        let due = place.due();
        due.caught_up = None;
        due.parked = false;
        due.judge = Some(Judge {
            id,
            epoch: true,
            looked: false,
        });
        self.enqueue(room);
        Ok(superseded)
    }

    /// Whether signals about a room may be sent.
    pub(crate) fn is_in(&self, room: RoomId) -> bool {
        self.phase == Phase::Live
            && self.closing.is_none()
            && self.find(room).is_ok_and(|at| self.places[at].is_known())
    }

    /// The socket takes nothing now. Whether that is new.
    pub(crate) fn block(&mut self) -> bool {
        !std::mem::replace(&mut self.blocked, true)
    }

    /// The socket takes frames again. Whether that is new.
    pub(crate) fn unblock(&mut self) -> bool {
        std::mem::replace(&mut self.blocked, false)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// For the hub, which has events of a room: the seq after which to write
    /// them now; `None` where they are not to be written by the hub.
    pub(crate) fn offer(&mut self, room: RoomId) -> Option<Seq> {
        if self.phase != Phase::Live || self.closing.is_some() {
            return None;
        }
        let blocked = self.blocked;
        let place = self.place(room)?;
        if place.due.is_some() || place.slot.is_none() {
            return None;
        }
        if blocked {
            self.fall_behind(room);
            return None;
        }
        Some(place.cursor)
    }

    /// For the hub, after a write that a place was offered for: what the socket
    /// did not take comes from the connection's own task.
    pub(crate) fn wrote(&mut self, room: RoomId, head: Seq) {
        if self.blocked && self.cursor(room).is_some_and(|cursor| cursor < head) {
            self.fall_behind(room);
        }
    }

    /// The room's events come from the connection's own task until it has caught up.
    pub(crate) fn fall_behind(&mut self, room: RoomId) {
        if let Some(place) = self.place(room) {
            place.due();
            self.enqueue(room);
        }
    }

    /// The next room in which something waits.
    pub(crate) fn next_room(&mut self) -> Option<RoomId> {
        if self.phase != Phase::Live || self.closing.is_some() {
            return None;
        }
        let Some(room) = self.queue.pop_front() else {
            // An idle connection holds no buffer.
            self.queue = VecDeque::new();
            return None;
        };
        if let Some(place) = self.place(room) {
            place.queued = false;
        }
        Some(room)
    }

    /// What to do in a room whose published head is `head`, and the generation that it holds for.
    pub(crate) fn next_action(&mut self, room: RoomId, head: Seq) -> (Action, u32) {
        self.place(room).map_or((Action::Rest, 0), |place| {
            (place.next(head), place.generation)
        })
    }

    /// Rooms in which something waits.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// After an action: the room stands in the queue where more waits there.
    pub(crate) fn requeue(&mut self, room: RoomId) {
        self.enqueue(room);
    }

    /// Whether what was read for a generation of a place is still good.
    pub(crate) fn is_good(&self, room: RoomId, generation: u32) -> bool {
        self.phase == Phase::Live
            && self.closing.is_none()
            && self
                .find(room)
                .is_ok_and(|at| self.places[at].generation == generation)
    }

    /// Where the place stands.
    pub(crate) fn cursor(&self, room: RoomId) -> Option<Seq> {
        let at = self.find(room).ok()?;
        Some(self.places[at].cursor)
    }

    /// Events up to `last` were begun.
    pub(crate) fn sent(&mut self, room: RoomId, last: Seq) {
        if let Some(place) = self.place(room) {
            place.cursor = last;
        }
    }

    /// `room_removed` was begun.
    pub(crate) fn said_removed(&mut self, room: RoomId) {
        let Some(place) = self.place(room) else {
            return;
        };
        if place.slot.is_none() {
            self.forget(room);
        } else {
            place.due().removed = None;
        }
    }

    /// `room_added` with this head was begun.
    pub(crate) fn said_added(&mut self, room: RoomId, head: Seq) {
        if let Some(place) = self.place(room) {
            place.cursor = head;
            place.due().added = false;
        }
    }

    /// `reset` with this head was begun.
    pub(crate) fn said_reset(&mut self, room: RoomId, head: Seq) {
        if let Some(place) = self.place(room) {
            place.cursor = head;
            place.due().judge = None;
        }
    }

    /// `caught_up` was begun.
    pub(crate) fn said_caught_up(&mut self, room: RoomId) {
        if let Some(place) = self.place(room) {
            place.due().caught_up = None;
        }
    }

    /// All that the store held is published: what is above the head is ahead.
    pub(crate) fn looked(&mut self, room: RoomId) {
        let due = self.place(room).and_then(|place| place.due.as_mut());
        if let Some(judge) = due.and_then(|due| due.judge.as_mut()) {
            judge.looked = true;
        }
    }

    /// The store says that we are no member: wait for the news of it.
    pub(crate) fn park(&mut self, room: RoomId) {
        if let Some(place) = self.place(room) {
            place.due().parked = true;
        }
    }

    /// The marker is being told (`false`), or was not told after all (`true`).
    pub(crate) fn set_marker_due(&mut self, room: RoomId, due: bool) {
        if let Some(place) = self.place(room) {
            place.marker = due;
        }
    }

    /// A room of `hello` that is not ours.
    pub(crate) fn foreign(&self) -> Option<&String> {
        self.foreign.last()
    }

    /// Its `room_removed` was begun.
    pub(crate) fn said_foreign(&mut self) {
        self.foreign.pop();
        if self.foreign.is_empty() {
            self.foreign = Vec::new();
        }
    }

    /// Nothing waits to be sent in any room.
    #[cfg(test)]
    pub(crate) fn is_at_rest(&self) -> bool {
        self.queue.is_empty() && self.places.iter().all(|place| !place.waits())
    }

    /// Nothing is due in the room: its events come from the hub.
    #[cfg(test)]
    pub(crate) fn is_live(&self, room: RoomId) -> bool {
        let at = self.find(room);
        at.is_ok_and(|at| self.places[at].due.is_none() && self.places[at].slot.is_some())
    }

    fn find(&self, room: RoomId) -> Result<usize, usize> {
        self.places.binary_search_by_key(&room, |place| place.room)
    }

    fn place(&mut self, room: RoomId) -> Option<&mut Place> {
        let at = self.find(room).ok()?;
        Some(&mut self.places[at])
    }

    fn next_generation(&mut self) -> u32 {
        self.generation = self.generation.wrapping_add(1);
        self.generation
    }

    fn insert(&mut self, mut place: Place) {
        place.generation = self.next_generation();
        let room = place.room;
        match self.find(room) {
            Ok(at) => self.places[at] = place,
            Err(at) => self.places.insert(at, place),
        }
        self.enqueue(room);
    }

    fn forget(&mut self, room: RoomId) {
        if let Ok(at) = self.find(room) {
            self.places.remove(at);
            self.queue.retain(|queued| *queued != room);
        }
    }

    fn enqueue(&mut self, room: RoomId) {
        if let Some(place) = self.place(room)
            && place.waits()
            && !std::mem::replace(&mut place.queued, true)
        {
            self.queue.push_back(room);
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
