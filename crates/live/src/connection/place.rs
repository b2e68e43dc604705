//! A connection's place in one room: how much of the room it has been sent, and
//! what is due there before it is live again.

use parlor_protocol::frame::{RequestId, ResetReason};
use parlor_protocol::limits::CATCH_UP_EVENTS;
use parlor_protocol::{RoomId, Seq};

/// A place in one room. Live, unless something is due.
#[derive(Debug)]
pub(crate) struct Place {
    /// Which.
    pub(crate) room: RoomId,
    /// Where the room keeps the connection; `None` once it was removed.
    pub(crate) slot: Option<u32>,
    /// Everything up to it was sent, or was there before. Never above the room's published head,
    /// but where a client named a number of its own and it is not judged yet.
    pub(crate) cursor: Seq,
    /// What has to be said before live events go on; `None`: live.
    pub(super) due: Option<Box<Due>>,
    /// The newest place of the marker is to be told.
    pub(super) marker: bool,
    /// It stands in the machine's queue of rooms.
    pub(super) queued: bool,
    /// Moves with everything that makes an answer from the store stale.
    pub(super) generation: u32,
}

/// What is due, in the order in which it is said.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// `room_removed`, since this event.
    pub(super) removed: Option<Seq>,
    /// `room_added`, read when sent.
    pub(super) added: bool,
    /// The store says that we are no member; nothing can be done until that is published.
    pub(super) parked: bool,
    /// A number named by the client, to be judged.
    pub(super) judge: Option<Judge>,
    /// `caught_up` at the end, with the id of the `resume`.
    pub(super) caught_up: Option<Option<RequestId>>,
}

/// A number named by the client.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) id: Option<RequestId>,
    /// The client named our epoch.
    pub(super) epoch: bool,
    /// All that was in the store when we looked is published: what is above the head is ahead.
    pub(super) looked: bool,
}

/// The next thing to do in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing is due: the place is live.
    Rest,
    /// Say `room_removed`.
    SayRemoved(Seq),
    /// Say `reset`; the place goes to the head.
    SayReset(ResetReason, Option<RequestId>),
    /// Say `caught_up`.
    SayCaughtUp(Option<RequestId>),
    /// Send events after the cursor.
    SendEvents(Seq),
    /// Read the room, then say `room_added`.
    ReadRoom,
    /// Read the counts, then tell the marker.
    ReadCounts,
    /// Wait until all that is in the store is published, then judge again.
    ReadHead,
}

impl Place {
    pub(super) fn new(room: RoomId, slot: u32, cursor: Seq, due: Due) -> Self {
        Self {
            room,
            slot: Some(slot),
            cursor,
            due: Some(Box::new(due)),
            marker: false,
            queued: false,
            generation: 0,
        }
    }

    /// What is due, made where nothing was.
    pub(super) fn due(&mut self) -> &mut Due {
        self.due.get_or_insert_default()
    }

    /// Something waits to be said or sent.
    pub(super) fn waits(&self) -> bool {
        let parked = self.due.as_ref().is_some_and(|due| due.parked);
        !parked && (self.due.is_some() || self.marker)
    }

    /// The client knows the room: `room_added` (or `ready`) was said and `room_removed` was not due.
    pub(super) fn is_known(&self) -> bool {
        self.slot.is_some()
            && self
                .due
                .as_ref()
                .is_none_or(|due| !due.added && due.removed.is_none())
    }

    /// The id of a `resume` that runs.
    pub(super) fn take_resume(&mut self) -> Option<RequestId> {
        let due = self.due.as_mut()?;
        let judged = due.judge.take().and_then(|judge| judge.id);
        judged.or_else(|| due.caught_up.take().flatten())
    }

    /// What to do next, where the room's published head is `head`. Judges what
    /// the client named, and turns the place live where nothing is due.
    pub(super) fn next(&mut self, head: Seq) -> Action {
        let cursor = self.cursor;
        let Some(due) = &mut self.due else {
            return if self.marker {
                Action::ReadCounts
            } else {
                Action::Rest
            };
        };
        if let Some(seq) = due.removed {
            return Action::SayRemoved(seq);
        }
        if due.added {
            return Action::ReadRoom;
        }
        if let Some(judge) = &due.judge {
            let id = judge.id.clone();
            if !judge.epoch {
                return Action::SayReset(ResetReason::Epoch, id);
            }
            if cursor > head && !judge.looked {
                return Action::ReadHead;
            }
            if cursor > head {
                return Action::SayReset(ResetReason::Ahead, id);
            }
            if head.get() - cursor.get() > CATCH_UP_EVENTS {
                return Action::SayReset(ResetReason::FarBehind, id);
            }
            due.judge = None;
            due.caught_up = Some(id);
        }
        if self.marker {
            return Action::ReadCounts;
        }
        if cursor < head {
            return Action::SendEvents(cursor);
        }
        if let Some(id) = &due.caught_up {
            return Action::SayCaughtUp(id.clone());
        }
        self.due = None;
        Action::Rest
    }
}
