//! The laws, tried on random walks. Each law is tried on few walks, so that the
//! suite stays quick; `PROPTEST_CASES` asks for more.

use std::collections::BTreeMap;

use parlor_protocol::message::{MessageBody, True};
use parlor_protocol::{Event, EventKind, Message, Room, RoomId, Seq, UserId};
use parlor_rules::Projection;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::Backend;
use super::walk::{Step, Walk};
use super::world::{ALL, ANY_BYTES, World};
use crate::Done;
use crate::read::Window;
use crate::write::Actor;

/// Walks a law is tried on, unless `PROPTEST_CASES` says otherwise.
const WALKS: u32 = 24;

/// Tries a law on walks of fewer than `steps` steps, the same ones every time.
pub fn on_walks(steps: usize, law: impl Fn(&[Step])) {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = WALKS;
    }
    config.max_shrink_iters = 200;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let walks = proptest::collection::vec(any::<Step>(), 1..steps);
    TestRunner::new_with_rng(config, rng)
        .run(&walks, |steps| {
            law(&steps);
            Ok::<(), TestCaseError>(())
        })
        .unwrap();
}

/// The rows that are shown are those that the log folds to.
pub fn replay_equals_the_tables(backend: &dyn Backend) {
    on_walks(120, |steps| {
        let mut walk = Walk::begin(backend);
        for batch in steps.chunks(6) {
            walk.batch(batch);
        }
        for room in &walk.rooms {
            for reader in &walk.people {
                let place = walk
                    .world
                    .seen(*reader, *room)
                    .filter(|it| it.mine.is_some());
                if let Some(shown) = place {
                    same_as_replayed(&walk.world, *reader, &shown);
                }
            }
        }
    });
}

fn same_as_replayed(world: &World, reader: Actor, shown: &Room) {
    let rows = Projection::replay(&world.log(reader, shown.id)).unwrap();
    assert_eq!(
        (&rows.name, rows.kind, &rows.topic, rows.archived, rows.head),
        (
            &shown.name,
            shown.kind,
            &shown.topic,
            shown.archived,
            shown.head
        )
    );
    assert_eq!(rows.members.len() as u64, shown.member_count);
    let members = world.read.members(reader.user, shown.id, None, ALL);
    let members = members.unwrap().unwrap().items;
    let members: Vec<_> = members.into_iter().map(|it| (it.0.id, it.1)).collect();
    let replayed: Vec<_> = rows.members.iter().map(|it| (*it.0, it.1.role)).collect();
    assert_eq!(members, replayed);

    let mine = shown.mine.unwrap();
    let member = rows.members[&reader.user];
    assert_eq!((mine.joined, mine.role), (member.joined, member.role));
    let unread = rows
        .messages
        .range(mine.read.next()..)
        .filter(|(_, it)| it.by != reader.user && it.text.is_some());
    let mentions = unread
        .clone()
        .filter(|it| it.1.mentions.contains(&reader.user));
    assert_eq!(mine.unread, unread.count() as u64);
    assert_eq!(mine.mentions, mentions.count() as u64);

    let replayed: Vec<Message> = rows
        .messages
        .iter()
        .map(|(seq, row)| {
            let by = world.read.user(row.by).unwrap().unwrap().person();
            row.shown(*seq, by, reader.user)
        })
        .collect();
    assert_eq!(world.history(reader, shown.id), replayed);
}

/// What a client holds from a snapshot, once it applies the events after it, is a later snapshot.
pub fn snapshot_and_events_equal_a_later_snapshot(backend: &dyn Backend) {
    on_walks(120, |steps| {
        let (before, after) = steps.split_at(steps.len() / 2);
        let mut walk = Walk::begin(backend);
        walk.batch(&before[..before.len().min(256)]);
        let held: Vec<(Actor, Vec<Held>)> = walk
            .people
            .iter()
            .map(|reader| (*reader, held(&walk.world, *reader)))
            .collect();
        for batch in after.chunks(3) {
            walk.batch(batch);
        }
        for (reader, held) in held {
            for mut held in held {
                let Some(later) = walk.world.seen(reader, held.room.id) else {
                    continue;
                };
                let stayed = |room: &Room| room.mine.map(|mine| mine.joined);
                if stayed(&later) != stayed(&held.room) {
                    continue;
                }
                for event in walk.world.log(reader, later.id) {
                    if event.seq > held.room.head {
                        held.apply(&event, reader.user);
                    }
                }
                held.compare(&walk.world, reader, &later);
            }
        }
    });
}

/// A room as a client holds it.
struct Held {
    room: Room,
    messages: BTreeMap<Seq, Message>,
}

fn held(world: &World, reader: Actor) -> Vec<Held> {
    let rooms = world.read.rooms(reader.user, None, ALL).unwrap().items;
    let hold = |room: Room| {
        let messages = world.history(reader, room.id);
        Held {
            messages: messages.into_iter().map(|it| (it.seq, it)).collect(),
            room,
        }
    };
    rooms.into_iter().map(hold).collect()
}

impl Held {
    fn apply(&mut self, event: &Event, me: UserId) {
        self.room.head = event.seq;
        let mine = self.room.mine.as_mut().unwrap();
        match &event.kind {
            EventKind::RoomCreated { .. } => panic!("a log begins once"),
            EventKind::RoomUpdated {
                name,
                topic,
                archived,
            } => {
                let room = &mut self.room;
                room.name = name.clone().or_else(|| room.name.clone());
                room.topic = topic.clone().unwrap_or_else(|| room.topic.clone());
                room.archived = archived.unwrap_or(room.archived);
            }
            EventKind::MemberJoined { .. } => self.room.member_count += 1,
            EventKind::MemberLeft { .. } => self.room.member_count -= 1,
            EventKind::RoleChanged { user, role } => {
                if user.id == me {
                    mine.role = *role;
                }
            }
            EventKind::MessagePosted {
                text,
                nonce,
                reply_to,
                mentions,
                ..
            } => {
                if event.by.id != me {
                    mine.unread += 1;
                    mine.mentions += u64::from(mentions.contains(&me));
                }
                let body = MessageBody::Standing {
                    text: text.clone().unwrap_or_else(|| super::world::text("gone")),
                    mentions: mentions.clone(),
                    reply_to: *reply_to,
                    edited_at: None,
                    reactions: Vec::new(),
                };
                let message = Message {
                    seq: event.seq,
                    at: event.at,
                    by: event.by.clone(),
                    nonce: nonce.clone(),
                    body,
                    rev: event.seq,
                };
                self.messages.insert(event.seq, message);
            }
            EventKind::MessageDeleted {
                target,
                author,
                mentions,
                ..
            } => {
                if *author != me && *target > mine.read {
                    mine.unread -= 1;
                    mine.mentions -= u64::from(mentions.contains(&me));
                }
                self.change(*target, event);
            }
            EventKind::MessageEdited { target, .. }
            | EventKind::ReactionAdded { target, .. }
            | EventKind::ReactionRemoved { target, .. } => self.change(*target, event),
        }
    }

    fn change(&mut self, target: Seq, event: &Event) {
        let message = self.messages.get_mut(&target).unwrap();
        message.rev = event.seq;
        if matches!(event.kind, EventKind::MessageDeleted { .. }) {
            message.body = MessageBody::Deleted { deleted: True };
        }
        let MessageBody::Standing {
            text,
            edited_at,
            reactions,
            ..
        } = &mut message.body
        else {
            return;
        };
        match &event.kind {
            EventKind::MessageEdited { text: new, .. } => {
                *text = new.clone().unwrap_or_else(|| super::world::text("gone"));
                *edited_at = Some(event.at);
            }
            // Who reacted with what is held flat; `compare` groups it as it is shown.
            EventKind::ReactionAdded { emoji, .. } => {
                match reactions.iter_mut().find(|it| it.emoji == *emoji) {
                    Some(reaction) => reaction.by.push(event.by.id),
                    None => reactions.push(parlor_protocol::message::Reaction {
                        emoji: emoji.clone(),
                        count: 0,
                        by: vec![event.by.id],
                        mine: false,
                    }),
                }
            }
            EventKind::ReactionRemoved { emoji, .. } => {
                for reaction in reactions.iter_mut().filter(|it| it.emoji == *emoji) {
                    reaction.by.retain(|by| *by != event.by.id);
                }
                reactions.retain(|it| !it.by.is_empty());
            }
            _ => {}
        }
    }

    /// Names are as now in a page; counts hold as long as the marker stands.
    fn compare(mut self, world: &World, reader: Actor, later: &Room) {
        let user = |id| world.read.user(id).unwrap().unwrap();
        let (before, after) = (self.room.mine.as_mut().unwrap(), later.mine.unwrap());
        if before.read != after.read {
            *before = after;
        }
        if let Some(with) = &mut self.room.with {
            with.iter_mut().for_each(|it| *it = user(it.id));
        }
        assert_eq!(self.room, *later);
        for message in self.messages.values_mut() {
            message.by = user(message.by.id).person();
            if let MessageBody::Standing { reactions, .. } = &mut message.body {
                for reaction in reactions.iter_mut() {
                    reaction.count = reaction.by.len() as u64;
                    reaction.mine = reaction.by.contains(&reader.user);
                }
            }
        }
        let held: Vec<Message> = self.messages.into_values().collect();
        let mut shown = world.history(reader, later.id);
        in_one_order(&mut shown);
        let mut held = held;
        in_one_order(&mut held);
        assert_eq!(held, shown);
    }
}

/// An emoji that went and came again stands elsewhere for one who saw it go; that is
/// all that may differ.
fn in_one_order(messages: &mut [Message]) {
    for message in messages {
        if let MessageBody::Standing { reactions, .. } = &mut message.body {
            reactions.sort_by(|a, b| a.emoji.cmp(&b.emoji));
        }
    }
}

/// A nonce repeated anywhere changes nothing and answers the same; a refusal leaves no trace.
pub fn repeats_and_refusals_leave_no_trace(backend: &dyn Backend) {
    on_walks(50, |steps| {
        let mut walk = Walk::begin(backend);
        let mut before = walk.dump();
        for step in steps {
            let (op, answer) = walk.step(*step);
            let after = walk.dump();
            if answer.is_err() {
                assert_eq!(before, after, "{op:?} was refused {answer:?}");
            }
            before = after;
            let Some((op, first)) = walk.acked.get(usize::from(step[4]) % 32).cloned() else {
                continue;
            };
            let again = walk.world.write(op.clone());
            match (first, &again) {
                (Ok(Done::Acked { seq, at, .. }), Ok(answer)) => {
                    let same = Done::Acked {
                        seq,
                        at,
                        duplicate: true,
                    };
                    assert_eq!(*answer, same, "{op:?}");
                }
                (_, Err(refusal)) => {
                    assert_eq!(refusal.code, parlor_protocol::Code::NotSignedIn, "{op:?}");
                }
                other => panic!("{other:?}"),
            }
            assert!(walk.world.last.published.is_empty());
            assert_eq!(before, walk.dump(), "{op:?} again");
        }
    });
}

/// Two backends answer, publish and show the same on every walk. Not a case of the
/// suite: a backend calls it with itself and the model.
pub fn same_on_both(backend: &dyn Backend, model: &dyn Backend) {
    on_walks(120, |steps| {
        let mut one = Walk::begin(backend);
        let mut other = Walk::begin(model);
        for batch in steps.chunks(5) {
            assert_eq!(one.batch(batch), other.batch(batch));
            let published = |walk: &Walk| format!("{:?}", walk.world.last.published);
            assert_eq!(published(&one), published(&other));
        }
        assert_eq!(one.dump(), other.dump());
        for room in &one.rooms {
            for (n, reader) in one.people.iter().enumerate() {
                let from = Seq::new(u64::from(steps[0][n])).unwrap();
                let pages = |walk: &Walk| pages(walk, *reader, *room, from);
                assert_eq!(pages(&one), pages(&other));
            }
        }
    });
}

/// Small pages of every kind, with `has_more` in the direction of paging alone.
fn pages(walk: &Walk, reader: Actor, room: RoomId, from: Seq) -> Vec<String> {
    let windows = [
        Window::Newest,
        Window::Before(from),
        Window::After(from),
        Window::Around(from),
    ];
    let read = &walk.world.read;
    let sizes = [(3, ANY_BYTES), (ALL, 600)];
    let mut found = Vec::new();
    for (limit, bytes) in sizes {
        let events = read.events(reader.user, room, from, limit, bytes).unwrap();
        found.push(format!("{events:?}"));
        for window in windows {
            let around = matches!(window, Window::Around(_));
            if around && bytes != ANY_BYTES {
                continue;
            }
            let page = read.messages(reader.user, room, window, limit, bytes);
            let page = page.unwrap().map(|mut page| {
                page.more_after &= around || matches!(window, Window::After(_));
                page.more_before &= around || !matches!(window, Window::After(_));
                page
            });
            found.push(format!("{page:?}"));
        }
    }
    found
}
