//! What a device on the wire holds of each room, and what it knows of its messages.
//!
//! It follows the contract as any client does, but it hides nothing: whether what
//! came was right is the judge's to say, from the history.

use std::collections::{BTreeMap, VecDeque};

use parlor_protocol::frame::{ClientFrame, Ready, RequestId, ResetReason};
use parlor_protocol::{Event, EventKind, PROTOCOL, RoomId, Seq, UserId};

/// Messages of a room that are remembered, to do something with them.
const REMEMBERED: usize = 60;

/// A message that a device could do something with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) seq: Seq,
    pub(crate) by: UserId,
}

/// All rooms of a device.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    epoch: Option<String>,
    rooms: BTreeMap<RoomId, Room>,
    resumes: u64,
}

/// One room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) cursor: Seq,
    pub(crate) messages: VecDeque<Known>,
    /// A `resume` is under way: its id.
    resuming: Option<String>,
    /// Its log is read in pages.
    paging: bool,
}

/// What a device has to do about a frame.
#[derive(Debug)]
pub(crate) enum Do {
    /// Send this.
    Send(ClientFrame),
    /// Read the log after this seq in pages, and resume.
    Page(RoomId, Seq),
}

impl Rooms {
    /// The `hello` that resumes from what is held.
    pub(crate) fn hello(&mut self) -> ClientFrame {
        let named = self.rooms.iter_mut().map(|(room, held)| {
            (held.resuming, held.paging) = (None, false);
            (room.to_string(), held.cursor)
        });
        ClientFrame::Hello {
            protocol: PROTOCOL,
            rooms: named.collect(),
            epoch: self.epoch.clone(),
        }
    }

    pub(crate) fn ready(&mut self, ready: &Ready, ours: impl Fn(RoomId) -> bool) {
        self.epoch = Some(ready.epoch.clone());
        for room in ready.rooms.iter().filter(|room| ours(room.id)) {
            self.rooms
                .entry(room.id)
                .or_insert_with(|| Room::at(room.head));
        }
    }

    pub(crate) fn added(&mut self, room: RoomId, head: Seq) {
        self.rooms.insert(room, Room::at(head));
    }

    pub(crate) fn removed(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// Takes events, from the socket or from a page.
    pub(crate) fn events(&mut self, room: RoomId, events: &[Event], paged: bool) -> Option<Do> {
        let held = self.rooms.get_mut(&room)?;
        if held.paging && !paged {
            return None;
        }
        let mut hole = false;
        for event in events {
            if event.seq == held.cursor.next() {
                held.cursor = event.seq;
                held.learn(event);
            } else if event.seq > held.cursor {
                hole = true;
            }
        }
        // The judge names the hole; the device goes on as a client would.
        if hole && held.resuming.is_none() {
            let after = held.cursor;
            return self.resume(room, after).map(Do::Send);
        }
        None
    }

    pub(crate) fn caught_up(&mut self, room: RoomId, id: Option<&RequestId>) {
        self.answered(room, id);
    }

    pub(crate) fn reset(
        &mut self,
        room: RoomId,
        head: Seq,
        reason: ResetReason,
        id: Option<&RequestId>,
    ) -> Option<Do> {
        self.answered(room, id);
        let held = self.rooms.get_mut(&room)?;
        if reason == ResetReason::FarBehind {
            held.paging = true;
            return Some(Do::Page(room, held.cursor));
        }
        *held = Room::at(head);
        None
    }

    /// A `resume` was refused: `room_removed` says the rest.
    pub(crate) fn refused(&mut self, id: &str) {
        for held in self.rooms.values_mut() {
            if held.resuming.as_deref() == Some(id) {
                held.resuming = None;
            }
        }
    }

    fn answered(&mut self, room: RoomId, id: Option<&RequestId>) {
        if let Some(held) = self.rooms.get_mut(&room)
            && held.resuming.as_deref() == id.map(RequestId::as_str)
        {
            held.resuming = None;
        }
    }

    /// Sets the place in a room; `None` while another is under way.
    pub(crate) fn resume(&mut self, room: RoomId, after: Seq) -> Option<ClientFrame> {
        let held = self.rooms.get_mut(&room)?;
        if held.resuming.is_some() {
            return None;
        }
        self.resumes += 1;
        let id = format!("resume-{}", self.resumes);
        held.paging = false;
        held.resuming = Some(id.clone());
        Some(ClientFrame::Resume {
            id: RequestId::parse(&id),
            room,
            after,
        })
    }

    pub(crate) fn is_paging(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|held| held.paging)
    }

    pub(crate) fn get(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room)
    }

    pub(crate) fn ids(&self) -> Vec<RoomId> {
        self.rooms.keys().copied().collect()
    }

    pub(crate) fn cursors(&self) -> BTreeMap<RoomId, Seq> {
        let cursor = |(room, held): (&RoomId, &Room)| (*room, held.cursor);
        self.rooms.iter().map(cursor).collect()
    }
}

impl Room {
    fn at(head: Seq) -> Self {
        Self {
            cursor: head,
            ..Self::default()
        }
    }

    fn learn(&mut self, event: &Event) {
        match &event.kind {
            EventKind::MessagePosted {
                redacted: false, ..
            } => {
                if self.messages.len() == REMEMBERED {
                    self.messages.pop_front();
                }
                self.messages.push_back(Known {
                    seq: event.seq,
                    by: event.by.id,
                });
            }
            EventKind::MessageDeleted { target, .. } => {
                self.messages.retain(|known| known.seq != *target);
            }
            _ => {}
        }
    }
}
