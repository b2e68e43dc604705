//! What is held of each room's log, and what a frame makes of it. Pure: frames
//! and pages come in, things to do come out.
//!
//! Promises: each event of a room is applied exactly once and in order. A cursor
//! is the last seq up to which *everything* was applied; a hole is answered by a
//! `resume` from there, never by skipping. `far_behind` loses nothing: the log is
//! read page by page. What another life of the database numbered is forgotten.

use std::collections::BTreeMap;

use parlor_protocol::error::Code;
use parlor_protocol::frame::{ClientFrame, Ready, RequestId, ResetReason};
use parlor_protocol::limits::HELLO_ROOMS;
use parlor_protocol::{PROTOCOL, Room, RoomId, Seq};

use crate::decode::{LogEvent, LogPage};

/// Where a room begins that nothing is held of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// At what is newest then: only what happens from there on is applied.
    #[default]
    Head,
    /// At its first event.
    Beginning,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Do {
    /// These are the next events of the room.
    Apply(RoomId, Vec<LogEvent>),
    /// Read a page of the room's log after this seq, and bring it to [`Logs::page`].
    Page(RoomId, Seq),
    /// Send this.
    Send(ClientFrame),
    /// What was held of the room is of another log than the server's: it goes on after this seq.
    Forget(RoomId, ResetReason, Seq),
    /// The room is mine from here on.
    Added(Box<Room>),
    /// The room is not mine any more.
    Removed(RoomId, Option<Seq>),
    /// Drop the connection: what follows from here cannot be relied on.
    Drop(&'static str),
}

/// What is held of all rooms.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    start: Start,
    epoch: Option<String>,
    rooms: BTreeMap<RoomId, Held>,
    /// Where rooms that are not mine any more were left: if they come back, they
    /// go on there. Kept only where logs are followed from their beginning.
    left: BTreeMap<RoomId, Seq>,
    resumes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    cursor: Seq,
    phase: Phase,
}

/// What the connection owes a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing: the next event comes when it happens.
    Live,
    /// An answer to `hello`.
    Named,
    /// The `reset` that answers `hello`, for what `ready` already said: this is another life.
    Forgotten,
    /// Nothing yet: `hello` had no place for it.
    Unnamed,
    /// An answer to this `resume`. Live events may come before it.
    Resuming(u64),
    /// Nothing: its log is read in pages, and live events are dropped.
    Paging,
}

impl Logs {
    /// What is held from before.
    pub fn new(start: Start, epoch: Option<String>, cursors: BTreeMap<RoomId, Seq>) -> Self {
        let held = |cursor| Held {
            cursor,
            phase: Phase::Unnamed,
        };
        Self {
            start,
            epoch,
            rooms: cursors
                .into_iter()
                .map(|(room, cursor)| (room, held(cursor)))
                .collect(),
            ..Self::default()
        }
    }

    /// The life of the database that the cursors are of.
    pub fn epoch(&self) -> Option<&str> {
        self.epoch.as_deref()
    }

    /// The last seq of a room up to which everything was applied.
    pub fn cursor(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(&room).map(|held| held.cursor)
    }

    /// The `hello` of a new connection. What the last one owed is not owed any more.
    pub fn hello(&mut self) -> ClientFrame {
        let mut named = BTreeMap::new();
        for (room, held) in &mut self.rooms {
            if self.epoch.is_some() && named.len() < HELLO_ROOMS {
                held.phase = Phase::Named;
                named.insert(room.to_string(), held.cursor);
            } else {
                held.phase = Phase::Unnamed;
            }
        }
        ClientFrame::Hello {
            protocol: PROTOCOL,
            epoch: self.epoch.clone(),
            rooms: named,
        }
    }

    /// The answer to `hello`.
    pub fn ready(&mut self, ready: &Ready) -> Vec<Do> {
        let other_life = self.epoch.as_deref() != Some(ready.epoch.as_str());
        self.epoch = Some(ready.epoch.clone());
        if other_life {
            return self.reborn(ready);
        }
        let mut out = Vec::new();
        let mut unnamed: BTreeMap<RoomId, Seq> = self
            .rooms
            .iter()
            .filter(|(_, held)| held.phase == Phase::Unnamed)
            .map(|(room, held)| (*room, held.cursor))
            .collect();
        for room in &ready.rooms {
            match unnamed.remove(&room.id) {
                Some(_) => out.extend(self.resume(room.id)),
                None if self.rooms.contains_key(&room.id) => {}
                None => out.extend(self.begin(room.id, room.head)),
            }
        }
        for room in unnamed.into_keys() {
            out.extend(self.removed(room, None));
        }
        out
    }

    /// Another life of the database: no cursor means anything there. All are forgotten at once, not
    /// each with its `reset`: the connection may end before that comes, and the next `hello`
    /// names this epoch.
    fn reborn(&mut self, ready: &Ready) -> Vec<Do> {
        let mut out = Vec::new();
        let left = std::mem::take(&mut self.left).into_keys();
        out.extend(left.map(|room| Do::Forget(room, ResetReason::Epoch, Seq::ZERO)));
        let mut held = std::mem::take(&mut self.rooms);
        for room in &ready.rooms {
            match held.remove(&room.id).map(|held| held.phase) {
                Some(Phase::Named) => {
                    let (cursor, phase) = (self.beginning(room.head), Phase::Forgotten);
                    self.rooms.insert(room.id, Held { cursor, phase });
                    out.push(Do::Forget(room.id, ResetReason::Epoch, cursor));
                }
                Some(_) => out.extend(self.forget(room.id, ResetReason::Epoch, room.head)),
                None => out.extend(self.begin(room.id, room.head)),
            }
        }
        for room in held.into_keys() {
            if self.start == Start::Beginning {
                out.push(Do::Forget(room, ResetReason::Epoch, Seq::ZERO));
            }
            out.push(Do::Removed(room, None));
        }
        out
    }

    /// `events`.
    pub fn events(&mut self, room: RoomId, events: Vec<LogEvent>) -> Vec<Do> {
        let Some(held) = self.rooms.get_mut(&room) else {
            return Vec::new();
        };
        if held.phase == Phase::Paging {
            return Vec::new();
        }
        let (next, hole) = take(held, events);
        let mut out = Vec::new();
        if !next.is_empty() {
            out.push(Do::Apply(room, next));
        }
        // What a resume under way brings comes again, in order, from the cursor it named.
        if hole
            && matches!(self.rooms.get(&room), Some(held) if !matches!(held.phase, Phase::Resuming(_)))
        {
            out.extend(self.resume(room));
        }
        out
    }

    /// `caught_up`.
    pub fn caught_up(&mut self, room: RoomId, seq: Seq, id: Option<&RequestId>) -> Vec<Do> {
        let Some(held) = self.rooms.get_mut(&room) else {
            return Vec::new();
        };
        let answered = match held.phase {
            Phase::Named => id.is_none(),
            Phase::Resuming(number) => id.is_some_and(|id| id.as_str() == request(number)),
            _ => false,
        };
        if answered && held.cursor < seq {
            return vec![Do::Drop("the server caught up without sending everything")];
        }
        if answered {
            held.phase = Phase::Live;
        }
        Vec::new()
    }

    /// `reset`.
    pub fn reset(&mut self, room: RoomId, reason: ResetReason, head: Seq) -> Vec<Do> {
        let Some(held) = self.rooms.get_mut(&room) else {
            return Vec::new();
        };
        if reason == ResetReason::FarBehind {
            held.phase = Phase::Paging;
            return vec![Do::Page(room, held.cursor)];
        }
        if held.phase != Phase::Forgotten {
            return self.forget(room, reason, head);
        }
        if self.start == Start::Beginning {
            held.phase = Phase::Paging;
            vec![Do::Page(room, held.cursor)]
        } else if held.cursor == head {
            held.phase = Phase::Live;
            Vec::new()
        } else {
            // What happened since `ready`.
            self.resume(room)
        }
    }

    /// A page of a room's log that was asked for by [`Do::Page`].
    pub fn page(&mut self, room: RoomId, after: Seq, page: LogPage) -> Vec<Do> {
        if Some(page.epoch.as_str()) != self.epoch.as_deref() {
            return vec![Do::Drop("the server has another epoch than a moment ago")];
        }
        let Some(held) = self.rooms.get_mut(&room) else {
            return Vec::new();
        };
        if held.phase != Phase::Paging || held.cursor != after {
            return Vec::new();
        }
        let more = page.has_more;
        let (next, hole) = take(held, page.events);
        if hole || (more && next.is_empty()) {
            return vec![Do::Drop("the server sent a page with a hole")];
        }
        let mut out = if more {
            vec![Do::Page(room, held.cursor)]
        } else {
            self.resume(room)
        };
        if !next.is_empty() {
            out.insert(0, Do::Apply(room, next));
        }
        out
    }

    /// `refuse` of a request that was none of a person's.
    pub fn refused(&mut self, id: &RequestId, code: Code) -> Vec<Do> {
        let is_it =
            |held: &Held| matches!(held.phase, Phase::Resuming(n) if request(n) == id.as_str());
        let known = self.rooms.values().any(is_it);
        // Not mine any more: `room_removed` says so itself. A newer resume: its answer comes.
        if !known || matches!(code, Code::Superseded | Code::NotFound) {
            return Vec::new();
        }
        vec![Do::Drop("the server refused to resume a room")]
    }

    /// `room_added`.
    pub fn added(&mut self, room: Box<Room>) -> Vec<Do> {
        if self.rooms.contains_key(&room.id) {
            return Vec::new();
        }
        let mut out = self.begin(room.id, room.head);
        out.insert(0, Do::Added(room));
        out
    }

    /// `room_removed`.
    pub fn removed(&mut self, room: RoomId, seq: Option<Seq>) -> Vec<Do> {
        let Some(held) = self.rooms.remove(&room) else {
            return Vec::new();
        };
        if self.start == Start::Head {
            return vec![Do::Removed(room, seq)];
        }
        self.left.insert(room, held.cursor);
        vec![Do::Removed(room, seq)]
    }

    /// A room that nothing is held of yet.
    fn begin(&mut self, room: RoomId, head: Seq) -> Vec<Do> {
        let cursor = match self.start {
            Start::Head => head,
            Start::Beginning => self.left.remove(&room).unwrap_or(Seq::ZERO),
        };
        let phase = Phase::Live;
        self.rooms.insert(room, Held { cursor, phase });
        if cursor == head {
            Vec::new()
        } else {
            self.resume(room)
        }
    }

    /// Where a log begins of which nothing is held, and whose newest seq is `head`.
    const fn beginning(&self, head: Seq) -> Seq {
        match self.start {
            Start::Head => head,
            Start::Beginning => Seq::ZERO,
        }
    }

    fn forget(&mut self, room: RoomId, reason: ResetReason, head: Seq) -> Vec<Do> {
        let cursor = self.beginning(head);
        let phase = match self.start {
            Start::Head => Phase::Live,
            Start::Beginning => Phase::Paging,
        };
        self.rooms.insert(room, Held { cursor, phase });
        let mut out = vec![Do::Forget(room, reason, cursor)];
        if phase == Phase::Paging {
            out.push(Do::Page(room, cursor));
        }
        out
    }

    fn resume(&mut self, room: RoomId) -> Vec<Do> {
        let Some(held) = self.rooms.get_mut(&room) else {
            return Vec::new();
        };
        self.resumes += 1;
        held.phase = Phase::Resuming(self.resumes);
        vec![Do::Send(ClientFrame::Resume {
            id: RequestId::parse(&request(self.resumes)),
            room,
            after: held.cursor,
        })]
    }
}

/// The id of the n-th resume.
fn request(number: u64) -> String {
    format!("resume-{number}")
}

/// Moves the cursor over what is next of these, and says whether there is a hole before the rest.
fn take(held: &mut Held, events: Vec<LogEvent>) -> (Vec<LogEvent>, bool) {
    let mut next = Vec::new();
    for event in events {
        if event.seq <= held.cursor {
            continue;
        }
        if event.seq != held.cursor.next() {
            return (next, true);
        }
        held.cursor = event.seq;
        next.push(event);
    }
    (next, false)
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
