//! From a commit to those whom it concerns: in the writer's thread, in the order
//! of the commits, before anyone is answered.
//!
//! Events move heads and tails; memberships take connections into rooms and out
//! of them in the same step; ended sessions close; the rest becomes signals.

use std::sync::Arc;

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::frame::{CloseCode, ServerFrame};
use parlor_protocol::{EventKind, RoomId, Seq, User, UserId};
use parlor_sabotage::{Switch, is};
use parlor_store::write::{Committed, Published};

use crate::Shared;
use crate::connection::Closing;
use crate::encode;
use crate::room::{Room, RoomState};
use crate::sabotage;

/// What a batch says of one room.
struct News<'a> {
    room: RoomId,
    redacted: Vec<Seq>,
    events: Vec<(&'a EncodedEvent, Membership)>,
}

/// What an event does to who is in the room.
#[derive(Clone, Copy)]
enum Membership {
    Same,
    Joined(UserId),
    Left(UserId),
}

impl Shared {
    /// Publishes a commit; the rooms that have something to be written come back.
    pub(crate) fn advance(&self, committed: &Committed) -> Vec<Arc<Room>> {
        // Disabled first: 4503, though the sessions end as well.
        for published in &committed.published {
            if let Published::User(user) = published
                && user.disabled
                && !is(Switch::RevokeWithoutClosing)
            {
                self.close_all_of(user.id, CloseCode::Disabled);
            }
        }
        let rooms = by_room(&committed.published)
            .into_iter()
            .map(|news| self.advance_room(&news, committed.number))
            .collect();
        for published in &committed.published {
            match published {
                Published::Event { .. } | Published::Redacted { .. } | Published::Server => {}
                Published::Marked { user, room, .. } => {
                    self.marked(*user, *room, committed.number);
                }
                Published::User(user) => self.tell_of(user),
                Published::SessionEnded { user, session } => {
                    for connection in self.registry.of(*user) {
                        if connection.actor.session == *session && !is(Switch::RevokeWithoutClosing)
                        {
                            connection.close(Closing::now(CloseCode::SessionEnded));
                        }
                    }
                }
            }
        }
        self.published.send_replace(committed.number);
        rooms
    }

    fn advance_room(&self, news: &News<'_>, commit: u64) -> Arc<Room> {
        let first = news.events.first().map_or(Seq::ZERO, |(e, _)| e.seq);
        self.hub.with_room(news.room, first, commit, |room, state| {
            for newest in &news.redacted {
                state.redact(*newest);
            }
            // A frame ends with each change of membership.
            let mut start = 0;
            for (at, (event, membership)) in news.events.iter().enumerate() {
                let change = match membership {
                    Membership::Same if at + 1 < news.events.len() => continue,
                    change => *change,
                };
                let frame: Vec<_> = news.events[start..=at].iter().map(|(e, _)| *e).collect();
                state.advance(news.room, commit, &frame);
                start = at + 1;
                match change {
                    Membership::Same => {}
                    Membership::Joined(user) => self.joined(user, room, state, commit),
                    Membership::Left(user) => self.left(user, room, state, event.seq, commit),
                }
            }
            Arc::clone(room)
        })
    }

    fn joined(&self, user: UserId, room: &Room, state: &mut RoomState, commit: u64) {
        for connection in self.registry.of(user) {
            let mut inner = connection.lock();
            if inner.machine.change(commit) && !inner.machine.has_slot(room.id) {
                let slot = state.insert(Arc::clone(&connection));
                inner.machine.joined(room.id, slot);
                connection.wake();
            }
        }
    }

    fn left(&self, user: UserId, room: &Arc<Room>, state: &mut RoomState, seq: Seq, commit: u64) {
        for connection in self.registry.of(user) {
            let mut inner = connection.lock();
            if !inner.machine.change(commit) {
                continue;
            }
            let Some((slot, resume)) = inner.machine.left(room.id, seq) else {
                continue;
            };
            if let Some(id) = resume {
                let refusal = encode::refuse(Some(id), parlor_protocol::Code::NotFound);
                inner.machine.replies.push(refusal);
            }
            drop(inner);
            if let Some(slot) = slot {
                state.remove(slot);
            }
            if is(Switch::PastRemoval) {
                sabotage::send_one_more(Arc::clone(room), Arc::clone(&connection), seq);
            }
            connection.wake();
        }
    }

    fn marked(&self, user: UserId, room: RoomId, commit: u64) {
        for connection in self.registry.of(user) {
            let mut inner = connection.lock();
            if inner.machine.change(commit) {
                inner.machine.marked(room);
                connection.wake();
            }
        }
    }

    fn tell_of(&self, user: &User) {
        let frame = encode::frame(&ServerFrame::UserUpdated { user: user.clone() });
        self.hub.tell(self.registry.all(), frame);
    }

    /// Closes every connection of a user.
    fn close_all_of(&self, user: UserId, code: CloseCode) {
        for connection in self.registry.of(user) {
            connection.close(Closing::now(code));
        }
    }
}

/// Sorts what was published by room, in the order in which rooms come up.
fn by_room(published: &[Published]) -> Vec<News<'_>> {
    let mut rooms: Vec<News<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut news_of = |room: RoomId, rooms: &mut Vec<News<'_>>| -> usize {
        *places.entry(room).or_insert_with(|| {
            rooms.push(News {
                room,
                redacted: Vec::new(),
                events: Vec::new(),
            });
            rooms.len() - 1
        })
    };
    for item in published {
        match item {
            Published::Event {
                room,
                event,
                encoded,
            } => {
                let at = news_of(*room, &mut rooms);
                let membership = match &event.kind {
                    EventKind::MemberJoined { user, .. } => Membership::Joined(user.id),
                    EventKind::MemberLeft { user } => Membership::Left(user.id),
                    _ => Membership::Same,
                };
                rooms[at].events.push((encoded, membership));
            }
            Published::Redacted { room, newest } => {
                let at = news_of(*room, &mut rooms);
                rooms[at].redacted.push(*newest);
            }
            _ => {}
        }
    }
    rooms
}
