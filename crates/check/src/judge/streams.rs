//! What each device was sent, beside the contract and the logs: contiguous since
//! the last `hello`, `resume`, `reset` or `room_added`, the same events for all,
//! nothing after a removal, no text after its deletion.

use std::collections::{BTreeSet, HashMap};

use parlor_protocol::frame::{Ready, ResetReason};
use parlor_protocol::{Event, RoomId, Seq, UserId};

use super::logs::{Logs, agree, is_redacted, shown};
use super::members::Members;
use super::texts::Texts;
use super::verdict::{Cite, Rule, Verdict};

/// What a device holds.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) user: UserId0,
    /// It stands on `parlor-client`: each event once and in order, whatever happened below.
    pub(super) exact: bool,
    rooms: HashMap<RoomId, Held>,
    /// A `resume` of a room that was taken away before it was answered: the server may have
    /// given the room back before it read that, and then it counts.
    crossing: HashMap<RoomId, Resumed>,
    /// `ready` was the answer to the connection's `hello`.
    greeted: bool,
    hello: u64,
}

/// A user; none before the device was introduced.
pub(super) type UserId0 = Option<UserId>;

#[derive(Debug, Default)]
struct Held {
    /// `None`: the next event, whichever it is, is the first.
    cursor: Option<Seq>,
    last_line: u64,
    /// Named in `hello`, and not answered for yet.
    asked: bool,
    far_behind: bool,
    resumed: Option<Resumed>,
    /// A client started again from its file may be told once more what it was at.
    again: bool,
}

#[derive(Debug)]
struct Resumed {
    id: String,
    after: Seq,
    line: u64,
    /// None was under way before it: what comes twice comes from this one.
    alone: bool,
    came: BTreeSet<Seq>,
}

/// What everything is compared with.
pub(super) struct Against<'a> {
    pub(super) logs: &'a Logs,
    pub(super) members: &'a Members,
    pub(super) texts: &'a Texts,
    pub(super) verdict: &'a mut Verdict,
}

impl Stream {
    /// `hello` is about to be sent.
    pub(super) fn hello(&mut self, named: impl Iterator<Item = (RoomId, Seq)>, line: u64) {
        (self.greeted, self.hello) = (false, line);
        self.crossing.clear();
        self.rooms = named
            .map(|(room, seq)| {
                let held = Held {
                    cursor: Some(seq),
                    last_line: line,
                    asked: true,
                    ..Held::default()
                };
                (room, held)
            })
            .collect();
    }

    /// `resume` is about to be sent.
    pub(super) fn resume(&mut self, room: RoomId, after: Seq, id: String, line: u64) {
        let Some(held) = self.rooms.get_mut(&room) else {
            return;
        };
        let alone = held.resumed.is_none() && !held.asked;
        if held.far_behind {
            // Its log was paged up to there.
            held.cursor = held.cursor.max(Some(after));
            held.far_behind = false;
        }
        held.resumed = Some(Resumed {
            id,
            after,
            line,
            alone,
            came: BTreeSet::new(),
        });
    }

    /// `ready`; false where it is out of its turn.
    pub(super) fn ready(&mut self, ready: &Ready, line: u64) -> bool {
        let in_turn = !self.greeted && self.hello > 0;
        self.greeted = true;
        for room in &ready.rooms {
            self.rooms.entry(room.id).or_insert_with(|| Held {
                cursor: Some(room.head),
                last_line: line,
                ..Held::default()
            });
        }
        in_turn
    }

    /// Whether `ready` has come: nothing else about rooms comes before it.
    pub(super) const fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// The line of the connection's `hello`.
    pub(super) const fn hello_line(&self) -> u64 {
        self.hello
    }

    /// A room begins after this event; `None`: at whatever comes first.
    pub(super) fn begin(&mut self, room: RoomId, after: Option<Seq>, line: u64) {
        let held = Held {
            cursor: after,
            last_line: line,
            resumed: self.crossing.remove(&room),
            ..Held::default()
        };
        self.rooms.insert(room, held);
    }

    /// It was started again from what it had kept.
    pub(super) fn again(&mut self) {
        for held in self.rooms.values_mut() {
            held.again = true;
        }
    }

    /// `events`, or those that a program was told of.
    pub(super) fn events(
        &mut self,
        room: RoomId,
        events: &[Event],
        line: u64,
        with: &mut Against<'_>,
    ) {
        let Some(held) = self.rooms.get_mut(&room) else {
            let what = format!(
                "event {} of room {room}",
                events.first().map_or(Seq::ZERO, |e| e.seq)
            );
            with.verdict
                .broken(Rule::BadFrame, what, vec![Cite::Line(line)]);
            return;
        };
        let exact = self.exact;
        let first = events.first().map_or(Seq::ZERO, |event| event.seq);
        for (n, event) in (0..).zip(events) {
            if event.seq != first.plus(n) {
                let what = format!("event {} of room {room}", first.plus(n));
                with.verdict
                    .broken(Rule::NotContiguous, what, vec![Cite::Line(line)]);
                return;
            }
            with.verdict.counts.received += 1;
            let held_before = held.cursor.is_some_and(|cursor| event.seq <= cursor);
            sight(self.user, room, event, line, with);
            let again = held_before && held.resumed.as_ref().is_some_and(|r| r.alone && r.line > 0);
            let asked = if again {
                held.resumed.as_ref().map_or(0, |resumed| resumed.line)
            } else {
                self.hello
            };
            text_gone(room, event, asked, line, with);
            if held.far_behind {
                continue;
            }
            if let Some(resumed) = &mut held.resumed {
                resumed.came.insert(event.seq);
            }
            let next = held.cursor.map(Seq::next);
            if next.is_none_or(|next| next == event.seq) {
                held.cursor = Some(event.seq);
                held.last_line = line;
                held.again = false;
                continue;
            }
            with.verdict.counts.again += u64::from(held_before);
            let may_repeat = if exact {
                held.again
            } else {
                held.resumed.is_some()
            };
            if held_before && may_repeat {
                continue;
            }
            let what = format!("event {} of room {room}", event.seq);
            let cites = vec![Cite::Line(held.last_line), Cite::Line(line)];
            with.verdict.broken(Rule::NotContiguous, what, cites);
            held.cursor = held.cursor.max(Some(event.seq));
            held.last_line = line;
        }
    }

    /// `caught_up`.
    pub(super) fn caught_up(
        &mut self,
        room: RoomId,
        seq: Seq,
        id: Option<&str>,
        line: u64,
        with: &mut Against<'_>,
    ) {
        let Some(held) = self.rooms.get_mut(&room) else {
            with.verdict
                .broken(Rule::BadFrame, "caught_up", vec![Cite::Line(line)]);
            return;
        };
        let missing = if held.answers(id) {
            let resumed = held.resumed.take_if(|_| id.is_some());
            let came = |resumed: Resumed| {
                let mut seq_ = resumed.after.next();
                while seq_ <= seq && resumed.came.contains(&seq_) {
                    seq_ = seq_.next();
                }
                (seq_ <= seq).then_some(seq_)
            };
            let short = held.cursor.is_none_or(|cursor| cursor < seq);
            resumed.and_then(came).or_else(|| short.then_some(seq))
        } else {
            None
        };
        if let Some(missing) = missing {
            let what = format!("event {missing} of room {room}, before caught_up at {seq},");
            with.verdict
                .broken(Rule::NotContiguous, what, vec![Cite::Line(line)]);
        }
    }

    /// `reset`.
    pub(super) fn reset(
        &mut self,
        room: RoomId,
        (head, reason): (Seq, ResetReason),
        id: Option<&str>,
        line: u64,
        with: &mut Against<'_>,
    ) {
        let Some(held) = self.rooms.get_mut(&room) else {
            with.verdict
                .broken(Rule::BadFrame, "reset", vec![Cite::Line(line)]);
            return;
        };
        if !held.answers(id) {
            return;
        }
        let resumed = held.resumed.take_if(|_| id.is_none());
        if reason == ResetReason::FarBehind {
            held.far_behind = true;
            held.resumed = resumed;
        } else {
            *held = Held {
                cursor: Some(head),
                last_line: line,
                resumed,
                ..Held::default()
            };
        }
    }

    /// A `resume` was refused: nothing more comes of it.
    pub(super) fn refused(&mut self, id: &str) {
        self.crossing.retain(|_, resumed| resumed.id != id);
        for held in self.rooms.values_mut() {
            held.resumed.take_if(|resumed| resumed.id == id);
        }
    }

    /// `room_removed`.
    pub(super) fn removed(
        &mut self,
        room: RoomId,
        seq: Option<Seq>,
        line: u64,
        with: &mut Against<'_>,
    ) {
        let Some(held) = self.rooms.remove(&room) else {
            return;
        };
        if let Some(resumed) = held.resumed {
            self.crossing.insert(room, resumed);
        }
        let last_line = held.last_line;
        if let (Some(cursor), Some(seq)) = (held.cursor, seq)
            && cursor > seq
        {
            let what = format!("event {cursor} of room {room}, removed at {seq},");
            let cites = vec![Cite::Line(last_line), Cite::Line(line)];
            with.verdict.broken(Rule::PastRemoval, what, cites);
        }
    }
}

impl Held {
    /// Whether this answers what was asked for: the `hello`, or the newest `resume`.
    fn answers(&mut self, id: Option<&str>) -> bool {
        match id {
            None => std::mem::take(&mut self.asked),
            Some(id) => self
                .resumed
                .as_ref()
                .is_some_and(|resumed| resumed.id == id),
        }
    }
}

/// One sight of an event, beside the log as it stands at rest.
pub(super) fn sight(user: UserId0, room: RoomId, event: &Event, line: u64, with: &mut Against<'_>) {
    let Some(log) = with.logs.get(&room) else {
        return;
    };
    let seq = event.seq;
    let named = || format!("event {seq} of room {room}");
    match log.get(seq) {
        Some(stands) if agree(event, stands) => {}
        stands => {
            let nonce = super::logs::nonce_of(&event.kind);
            let elsewhere = nonce.is_some_and(|nonce| !log.of_nonce(event.by.id, nonce).is_empty());
            let rule = match stands {
                Some(_) if elsewhere || nonce.is_none() => Rule::Disagree,
                _ => Rule::SeenGone,
            };
            let cites = vec![
                Cite::Line(line),
                Cite::Log(format!("seen: {}", shown(event))),
                log.cite(seq),
            ];
            with.verdict.broken(rule, named(), cites);
        }
    }
    if let Some(since) = user.and_then(|user| with.members.not_for(room, user, seq, line)) {
        let cites = vec![Cite::Line(line), log.cite(since)];
        with.verdict.broken(Rule::PastRemoval, named(), cites);
    }
}

/// A text that came although what asked for it was sent after its deletion was acked.
pub(super) fn text_gone(
    room: RoomId,
    event: &Event,
    asked: u64,
    line: u64,
    with: &mut Against<'_>,
) {
    if event.kind.text().is_none() || is_redacted(&event.kind) {
        return;
    }
    if let Some(deleted) = with.texts.gone_before(room, event.seq, asked) {
        let what = format!("event {} of room {room}", event.seq);
        let cites = [deleted, asked, line].map(Cite::Line);
        with.verdict.broken(Rule::DeletedText, what, cites.into());
    }
}
