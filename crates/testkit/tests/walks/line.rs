//! One connection as a correct server serves it, in a few lines: what is due in
//! each room, and the frames that are on their way to the device.
//!
//! When something is said is left to chance; what may be said follows the contract:
//! `ready` first, in each room its events in order, each answer once, nothing
//! above a removal, a resume that takes over from another.

use std::collections::{BTreeMap, VecDeque};

use parlor_protocol::command::MessageVerb;
use parlor_protocol::error::Refusal;
use parlor_protocol::frame::{
    ClientFrame, Heartbeat, Ready, ReadyLimits, ReadyServer, RequestId, ResetReason, ServerFrame,
    Signal,
};
use parlor_protocol::{Code, Emoji, EventKind, MessageText, PROTOCOL, RoomId, Seq};
use parlor_store::conformance::world::ANY_BYTES;
use parlor_store::{Done, Op, Published};
use parlor_testkit::ambient::SeededRandom;

use crate::town::{Town, verb_of};

/// A connection.
pub(crate) struct Line {
    /// On their way, in this order.
    pub(crate) out: VecDeque<ServerFrame>,
    places: BTreeMap<RoomId, Place>,
    catch_up: u64,
}

#[derive(Default)]
struct Place {
    /// Everything up to it was sent, or was there before.
    cursor: Seq,
    /// The device knows that the room is mine.
    known: bool,
    removed: Option<Seq>,
    added: bool,
    /// The device named the cursor: it is to be judged. The resume's id, and whether the epoch is ours.
    judge: Option<(Option<RequestId>, bool)>,
    caught_up: Option<Option<RequestId>>,
    marker: bool,
}

impl Place {
    fn take_resume(&mut self) -> Option<RequestId> {
        let judged = self.judge.take().and_then(|(id, _)| id);
        judged.or_else(|| self.caught_up.take().flatten())
    }
}

impl Line {
    /// Answers a `hello`. `catch_up`: how many events a resume may be behind.
    pub(crate) fn hello(town: &Town, hello: &ClientFrame, catch_up: u64) -> Self {
        let ClientFrame::Hello { epoch, rooms, .. } = hello else {
            panic!("{hello:?}")
        };
        let (me, read) = (town.me(), &town.world.read);
        let snapshot = read.snapshot(me.user, me.session, town.world.now);
        let snapshot = snapshot.unwrap().expect("the session stands");
        let ours = *epoch == Some(snapshot.server.epoch.clone());
        let mut line = Self {
            out: VecDeque::new(),
            places: BTreeMap::new(),
            catch_up,
        };
        for room in &snapshot.rooms {
            let held = rooms.get(&room.id.to_string());
            let place = Place {
                cursor: held.copied().unwrap_or(room.head),
                known: true,
                judge: held.map(|_| (None, ours)),
                ..Place::default()
            };
            line.places.insert(room.id, place);
        }
        let limits = ReadyLimits {
            catch_up_events: catch_up,
            ..ReadyLimits::OURS
        };
        line.out.push_back(ServerFrame::Ready(Box::new(Ready {
            protocol: PROTOCOL,
            server: ReadyServer {
                name: snapshot.server.name,
                version: "1.0.0".into(),
            },
            epoch: snapshot.server.epoch,
            user: snapshot.user,
            session: me.session,
            heartbeat: Heartbeat {
                interval_ms: 5000,
                max_missed: 2,
            },
            limits,
            rooms: snapshot.rooms,
        })));
        for room in rooms.keys() {
            if !line.places.contains_key(&RoomId::parse(room)) {
                let (room, seq) = (room.clone(), None);
                line.out.push_back(ServerFrame::RoomRemoved { room, seq });
            }
        }
        line
    }

    /// Hears what the town's last write came to.
    pub(crate) fn published(&mut self, town: &Town) {
        let me = town.me().user;
        for published in &town.world.last.published {
            match published {
                Published::Event { room, event, .. } => match &event.kind {
                    EventKind::MemberJoined { user, .. } if user.id == me => {
                        let place = self.places.entry(*room).or_default();
                        (place.added, place.marker) = (true, false);
                    }
                    EventKind::MemberLeft { user } if user.id == me => self.left(*room, event.seq),
                    _ => {}
                },
                Published::Marked { user, room, .. } if *user == me => {
                    if let Some(place) = self.places.get_mut(room)
                        && place.removed.is_none()
                    {
                        place.marker = true;
                    }
                }
                Published::User(user) => {
                    let user = user.clone();
                    self.out.push_back(ServerFrame::UserUpdated { user });
                }
                _ => {}
            }
        }
    }

    fn left(&mut self, room: RoomId, seq: Seq) {
        let Some(place) = self.places.get_mut(&room) else {
            return;
        };
        place.marker = false;
        if let Some(id) = place.take_resume() {
            self.out.push_back(refuse(Some(id), Code::NotFound.into()));
        }
        let unheard = std::mem::take(&mut place.added);
        if !unheard && place.removed.is_none() {
            place.removed = Some(seq);
        }
        if place.removed.is_none() {
            self.places.remove(&room);
        }
    }

    /// Says one thing that is due, in a room that chance picks; false where nothing is.
    pub(crate) fn pump(&mut self, town: &Town, chance: &SeededRandom) -> bool {
        let waits = |(room, place): (&RoomId, &Place)| {
            let due = place.removed.is_some()
                || place.added
                || place.judge.is_some()
                || place.caught_up.is_some()
                || place.marker;
            (due || place.cursor < head(town, *room)).then_some(*room)
        };
        let waiting: Vec<RoomId> = self.places.iter().filter_map(waits).collect();
        if waiting.is_empty() {
            return false;
        }
        let room = waiting[chance.below(waiting.len())];
        let frame = self.next(town, room, chance);
        self.out.push_back(frame);
        true
    }

    fn next(&mut self, town: &Town, room: RoomId, chance: &SeededRandom) -> ServerFrame {
        let head = head(town, room);
        let place = self.places.get_mut(&room).expect("it waits");
        if let Some(seq) = place.removed.take() {
            place.known = false;
            if !place.added {
                self.places.remove(&room);
            }
            let (room, seq) = (room.to_string(), Some(seq));
            return ServerFrame::RoomRemoved { room, seq };
        }
        if place.added {
            let room = Box::new(town.mine(room).expect("it was added"));
            *place = Place {
                cursor: room.head,
                known: true,
                ..Place::default()
            };
            return ServerFrame::RoomAdded { room };
        }
        if let Some((id, ours)) = place.judge.take() {
            let reason = if !ours {
                Some(ResetReason::Epoch)
            } else if place.cursor > head {
                Some(ResetReason::Ahead)
            } else if head.get() - place.cursor.get() > self.catch_up {
                Some(ResetReason::FarBehind)
            } else {
                None
            };
            if let Some(reason) = reason {
                place.cursor = head;
                return ServerFrame::Reset {
                    room,
                    head,
                    reason,
                    id,
                };
            }
            place.caught_up = Some(id);
        }
        if place.marker && (chance.below(2) == 0 || place.cursor == head) {
            place.marker = false;
            let counts = town.world.read.counts(town.me().user, room);
            let counts = counts.unwrap().expect("it is mine");
            return ServerFrame::Signal(Signal::Read {
                room,
                seq: counts.read,
                head: counts.head,
                unread: counts.unread,
                mentions: counts.mentions,
            });
        }
        if place.cursor < head {
            let limit = 1 + chance.below(5) as u32;
            let (read, me) = (&town.world.read, town.me().user);
            let page = read.events(me, room, place.cursor, limit, ANY_BYTES);
            let page = page.unwrap().expect("it is mine");
            let events: Vec<_> = page.events.iter().map(|it| it.decode().unwrap()).collect();
            place.cursor = events.last().expect("there are some").seq;
            return ServerFrame::Events { room, events };
        }
        let id = place.caught_up.take().expect("else nothing is due");
        let seq = place.cursor;
        ServerFrame::CaughtUp { room, seq, id }
    }

    /// Takes a request that moves this connection's place.
    pub(crate) fn resume(&mut self, room: RoomId, after: Seq, id: Option<RequestId>) {
        let place = self.places.get_mut(&room);
        let Some(place) = place.filter(|it| it.known && !it.added && it.removed.is_none()) else {
            self.out.push_back(refuse(id, Code::NotFound.into()));
            return;
        };
        let older = place.take_resume();
        place.cursor = after;
        place.judge = Some((id, true));
        if older.is_some() {
            self.out.push_back(refuse(older, Code::Superseded.into()));
        }
    }
}

/// Executes a command of the device; gives the answer. What is no command gives none.
pub(crate) fn execute(town: &mut Town, frame: &ClientFrame) -> Option<ServerFrame> {
    let text = |text: &String| MessageText::parse(text.clone()).unwrap();
    let emoji = |emoji: &String| Emoji::parse(emoji).unwrap();
    let (id, room, nonce, verb) = match frame.clone() {
        ClientFrame::Post {
            id,
            room,
            nonce,
            text: says,
            reply_to,
        } => {
            let text = text(&says);
            (id, room, nonce, MessageVerb::Post { text, reply_to })
        }
        ClientFrame::Edit {
            id,
            room,
            seq: target,
            nonce,
            text: says,
        } => {
            let text = text(&says);
            (id, room, nonce, MessageVerb::Edit { target, text })
        }
        ClientFrame::Delete {
            id,
            room,
            seq: target,
            nonce,
        } => (id, room, nonce, MessageVerb::Delete { target }),
        ClientFrame::React {
            id,
            room,
            seq: target,
            nonce,
            emoji: with,
        } => {
            let emoji = emoji(&with);
            (id, room, nonce, MessageVerb::React { target, emoji })
        }
        ClientFrame::Unreact {
            id,
            room,
            seq: target,
            nonce,
            emoji: with,
        } => {
            let emoji = emoji(&with);
            (id, room, nonce, MessageVerb::Unreact { target, emoji })
        }
        _ => return None,
    };
    let op: Op = verb_of(town.me(), room, nonce, verb);
    Some(match town.write(op) {
        Ok(Done::Acked { seq, at, duplicate }) => ServerFrame::Ack {
            id,
            room,
            seq,
            at: Some(at),
            duplicate,
        },
        Err(refusal) => refuse(Some(id), refusal),
        Ok(other) => panic!("{other:?}"),
    })
}

/// `refuse`.
pub(crate) fn refuse(id: Option<RequestId>, refusal: Refusal) -> ServerFrame {
    ServerFrame::Refuse {
        id,
        code: refusal.code,
        message: refusal.code.message().to_owned(),
        retry_after_ms: refusal.retry_after_ms,
    }
}

fn head(town: &Town, room: RoomId) -> Seq {
    town.mine(room).map_or(Seq::ZERO, |room| room.head)
}
