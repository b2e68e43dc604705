//! Writes to the logs: one write at a time, each judged before it changes anything.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{Code, Command, Event, EventKind, Refusal, RoomId, Seq, Timestamp, UserId};
use parlor_rules::Planned;
use parlor_store::source::Remembered;
use parlor_store::{Answer, Decision, Done, Op, Published, Write, audit, decide};

use super::state::{RoomState, State};
use parlor_store::write::Actor;

impl State {
    /// Writes one thing. What it refuses has changed nothing.
    pub(super) fn write(&mut self, write: &Write, published: &mut Vec<Published>) -> Answer {
        let before = published.len();
        let done = match &write.op {
            Op::Command(actor, command) => self.command(*actor, command, write.at, published),
            Op::Mark(actor, room, seq) => self.mark(*actor, *room, *seq, write.at, published),
            _ => self.account_write(write, published),
        }?;
        let changed = published.len() > before;
        self.audit.extend(audit::entry(write, &done, changed));
        Ok(done)
    }

    fn command(
        &mut self,
        actor: Actor,
        command: &Command,
        at: Timestamp,
        published: &mut Vec<Published>,
    ) -> Answer {
        let user = self.actor(actor, at)?;
        let Ok(decision) = decide(self, &user, command);
        let room = command.room();
        Ok(match decision? {
            Decision::Events(events) => {
                let first = self.append_events(room, events, at, published);
                match command {
                    Command::Message { .. } => {
                        self.remember(user.id, command, first, at, true);
                        acked(first, at, false)
                    }
                    Command::CreateRoom(new) => {
                        if let Some(nonce) = &new.nonce {
                            self.made.insert((user.id, nonce.clone()), room);
                        }
                        Done::Room {
                            room,
                            existing: false,
                        }
                    }
                    _ => Done::Nothing,
                }
            }
            Decision::Remember { seq, at } => {
                self.remember(user.id, command, seq, at, false);
                acked(seq, at, false)
            }
            Decision::Again { seq, at } => acked(seq, at, true),
            Decision::Existing(room) => Done::Room {
                room,
                existing: true,
            },
            Decision::Nothing => Done::Nothing,
        })
    }

    fn remember(
        &mut self,
        author: UserId,
        command: &Command,
        seq: Seq,
        at: Timestamp,
        made_event: bool,
    ) {
        let Command::Message { room, nonce, verb } = command else {
            return;
        };
        let remembered = Remembered {
            seq,
            at,
            kind: verb.event_kind().into(),
            target: verb.target(),
            made_event,
        };
        self.nonces
            .insert((*room, author, nonce.clone()), remembered);
    }

    /// Gives events the room's next numbers, and folds them in. The first one's number.
    pub(super) fn append_events(
        &mut self,
        room: RoomId,
        events: Vec<Planned>,
        at: Timestamp,
        published: &mut Vec<Published>,
    ) -> Seq {
        let mut first = None;
        for Planned { by, kind } in events {
            let head = self.rooms.get(&room).map_or(Seq::ZERO, |it| it.rows.head);
            let seq = head.next();
            let event = Event { seq, at, by, kind };
            first.get_or_insert(seq);
            published.push(Published::Event {
                room,
                encoded: EncodedEvent::new(&event),
                event: event.clone(),
            });
            match self.rooms.get_mut(&room) {
                None => {
                    self.rooms.insert(room, RoomState::begin(event));
                }
                Some(state) => {
                    if let Some(newest) = state.push(event) {
                        published.push(Published::Redacted { room, newest });
                        redact_published(published, room, state);
                    }
                }
            }
        }
        first.unwrap_or_default()
    }

    fn mark(
        &mut self,
        actor: Actor,
        id: RoomId,
        seq: Seq,
        at: Timestamp,
        published: &mut Vec<Published>,
    ) -> Answer {
        let user = self.actor(actor, at)?.id;
        let room = self.rooms.get_mut(&id).ok_or(Code::NotFound)?;
        let head = room.rows.head;
        let marker = room
            .markers
            .get_mut(&user)
            .ok_or(Refusal::from(Code::NotFound))?;
        let seq = seq.min(head);
        if seq > *marker {
            *marker = seq;
            published.push(Published::Marked {
                user,
                room: id,
                seq,
            });
        }
        Ok(Done::Marked(*marker))
    }
}

impl RoomState {
    /// Puts an event at the end. The newest event that lost its text by it, if any did.
    fn push(&mut self, event: Event) -> Option<Seq> {
        self.rows.apply(&event);
        let redacted = match &event.kind {
            EventKind::MemberJoined { user, .. } => {
                self.markers.insert(user.id, event.seq);
                None
            }
            EventKind::MemberLeft { user } => {
                self.markers.remove(&user.id);
                None
            }
            EventKind::MessageDeleted { target, .. } => Some(self.redact(*target)),
            _ => None,
        };
        self.log.push(event);
        redacted
    }

    /// Takes the text out of a message's post and its edits. The newest of them.
    fn redact(&mut self, message: Seq) -> Seq {
        let mut newest = message;
        for event in &mut self.log {
            let its = event.seq == message
                || matches!(event.kind, EventKind::MessageEdited { target, .. } if target == message);
            if its {
                event.kind.redact();
                newest = event.seq;
            }
        }
        newest
    }
}

/// What a batch publishes carries no text that the same batch deleted.
fn redact_published(published: &mut [Published], id: RoomId, state: &RoomState) {
    for it in published {
        if let Published::Event {
            room,
            event,
            encoded,
        } = it
            && *room == id
            && let Some(stored) = state.event(event.seq)
            && stored != event
        {
            *event = stored.clone();
            *encoded = EncodedEvent::new(stored);
        }
    }
}

fn acked(seq: Seq, at: Timestamp, duplicate: bool) -> Done {
    Done::Acked { seq, at, duplicate }
}
