//! What may happen next, picked by chance.

use parlor_client::{Said, Target};
use parlor_protocol::command::NewRoom;
use parlor_protocol::message::MessageBody;
use parlor_protocol::{
    Command, DisplayName, Message, Nonce, Room, RoomId, RoomKind, RoomName, RoomRole, Seq, Topic,
};
use parlor_store::Op;
use parlor_store::conformance::world::{delete, edit, new_room, post, react, reply, unreact};

use crate::scene::Scene;
use crate::town::{ADA, BEN, CY};

const SAYS: [&str; 6] = [
    "hello",
    "hello @ada",
    "@ben and @ada?",
    "two\nlines",
    "👋 @cy",
    "on we go",
];
const EMOJI: [&str; 3] = ["👍", "🎉", "❤"];
/// What a `kill -9`, a laptop's lid and a night are for a conversation, in milliseconds.
const GAPS: [u64; 4] = [900, 40_000, 3_600_000, 90_000_000];

/// One step of people, device or network.
///
/// `shared`: only what every client answers alike (see `golden`): no restart of the program, no
/// backup, and nobody takes me out of a room into which I have something to say.
pub(crate) fn step(scene: &mut Scene, shared: bool) {
    match scene.below(100) {
        0..=23 => person(scene, shared),
        24..=31 => mine(scene),
        32..=55 => {
            scene.pump();
        }
        56..=79 => {
            scene.deliver();
        }
        80..=87 => {
            scene.arrive();
        }
        88 => scene.hold_off(700),
        89 | 90 => {
            let gap = GAPS[scene.below(GAPS.len())];
            scene.wait(gap);
        }
        91..=93 => {
            let limit = 1 + scene.below(30);
            scene.read_log(limit as u32);
        }
        94..=96 if scene.line.is_some() => {
            let arrive = scene.below(3);
            scene.cut(arrive);
        }
        97 if !shared => {
            let arrive = scene.below(3);
            scene.cut(arrive);
            scene.device.restart();
        }
        98 if !shared && scene.below(8) == 0 => restore(scene),
        _ if scene.line.is_none() => scene.connect(),
        _ => {}
    }
}

/// A backup takes the place of the database.
fn restore(scene: &mut Scene) {
    scene.cut(0);
    let moment = scene.town.moment();
    let accounts = 4;
    let moment = accounts + scene.below(moment - accounts + 1);
    let epoch = format!("{}+", scene.town.epoch);
    scene.town.restore(moment, &epoch);
}

/// Somebody does something; me too, on another device.
fn person(scene: &mut Scene, shared: bool) {
    let room = scene.town.rooms[scene.below(scene.town.rooms.len())];
    let members = scene
        .town
        .world
        .read
        .members(scene.town.people[0].user, room, None, 100);
    let inside: Vec<usize> = (0..4)
        .filter(|who| {
            let seen = scene.town.world.seen(scene.town.people[*who], room);
            seen.is_some_and(|room| room.mine.is_some())
        })
        .collect();
    drop(members);
    let any = scene.below(4);
    let who = inside
        .get(scene.below(inside.len().max(1)))
        .copied()
        .unwrap_or(any);
    let user = scene.town.people[any].user;
    let target = target(scene, who, room);
    let seq = target.as_ref().map_or(Seq::ZERO, |it| it.seq);
    let says = SAYS[scene.below(SAYS.len())];
    let emoji = EMOJI[scene.below(EMOJI.len())];
    let kicks_me = any == ADA && shared && busy_in(scene, room);
    let op = match scene.below(32) {
        0..=10 => scene.town.verb(who, room, post(says)),
        11 | 12 => scene.town.verb(who, room, reply(says, seq)),
        13..=15 => scene
            .town
            .verb(who, room, edit(seq, &format!("{says}, rather"))),
        16..=18 => scene.town.verb(who, room, delete(seq)),
        19..=21 => scene.town.verb(who, room, react(seq, emoji)),
        22 => scene.town.verb(who, room, unreact(seq, emoji)),
        23 | 24 => scene.town.put(who, room, user, None),
        25 if !kicks_me => scene.town.remove(who, room, user),
        25 => return,
        26 => scene.town.put(who, room, user, Some(RoomRole::Owner)),
        27 => create(scene, who),
        28 => Op::Command(scene.town.people[who], update(scene, room)),
        29 => {
            let name = DisplayName::parse(&format!("Nr {}", scene.below(50))).unwrap();
            Op::RenameUser(scene.town.people[who], name)
        }
        // My marker, from another device of mine.
        _ => {
            let head = scene.town.mine(room).map_or(0, |room| room.head.get());
            let seq = Seq::new(head.saturating_sub(scene.below(6) as u64)).unwrap();
            Op::Mark(scene.town.me(), room, seq)
        }
    };
    let _ = scene.write(op);
}

/// I have something to say there, or am about to hear that I am no member.
fn busy_in(scene: &Scene, room: RoomId) -> bool {
    let unsettled = |nonce: &Nonce| !scene.device.settled.contains_key(nonce);
    scene
        .said
        .iter()
        .any(|(nonce, where_, _)| *where_ == room && unsettled(nonce))
}

/// I say something on the device.
fn mine(scene: &mut Scene) {
    let known: Vec<RoomId> = scene.device.told.keys().copied().collect();
    let rooms: Vec<Room> = known
        .iter()
        .filter_map(|room| scene.town.mine(*room))
        .collect();
    if rooms.is_empty() {
        return;
    }
    let room = rooms[scene.below(rooms.len())].id;
    let pending: Vec<Nonce> = scene
        .said
        .iter()
        .filter(|(nonce, of, is_post)| {
            *is_post && *of == room && !scene.device.settled.contains_key(nonce)
        })
        .map(|(nonce, ..)| nonce.clone())
        .collect();
    let target = match target(scene, ADA, room) {
        Some(_) if !pending.is_empty() && scene.below(2) == 0 => {
            Some(Target::Nonce(pending[scene.below(pending.len())].clone()))
        }
        Some(message) => Some(Target::Seq(message.seq)),
        None => None,
    };
    let text = SAYS[scene.below(SAYS.len())].to_owned();
    let emoji = EMOJI[scene.below(EMOJI.len())].to_owned();
    let said = match (scene.below(10), target) {
        (0..=5, _) | (_, None) => Said::Post {
            text,
            reply_to: None,
        },
        (6, Some(Target::Seq(seq))) => Said::Post {
            text,
            reply_to: Some(seq),
        },
        (6 | 7, Some(target)) => Said::Edit { target, text },
        (8, Some(target)) => Said::Delete { target },
        (_, Some(target)) => Said::React { target, emoji },
    };
    scene.say(room, said);
}

/// A message of a room, mostly one of theirs that still stands.
fn target(scene: &Scene, who: usize, room: RoomId) -> Option<Message> {
    let reader = scene.town.people[who];
    let seen = scene.town.world.seen(reader, room)?;
    seen.mine?;
    let all = scene.town.world.history(reader, room);
    let theirs = |message: &&Message| {
        message.by.id == reader.user && matches!(message.body, MessageBody::Standing { .. })
    };
    let some: Vec<&Message> = all.iter().filter(theirs).collect();
    if !some.is_empty() && scene.below(4) > 0 {
        return Some(some[scene.below(some.len())].clone());
    }
    (!all.is_empty()).then(|| all[scene.below(all.len())].clone())
}

fn create(scene: &mut Scene, who: usize) -> Op {
    let id = scene.town.world.fresh();
    let kind = [RoomKind::Open, RoomKind::Closed, RoomKind::Direct][scene.below(3)];
    let others = [ADA, BEN, CY].into_iter().filter(|it| *it != who);
    let others: Vec<usize> = others.filter(|_| scene.below(3) > 0).collect();
    let members = others.iter().map(|it| scene.town.people[*it].user);
    let new = NewRoom {
        members: members.collect(),
        ..new_room(id, kind)
    };
    Op::Command(scene.town.people[who], Command::CreateRoom(new))
}

fn update(scene: &Scene, room: RoomId) -> Command {
    let name = RoomName::parse(&format!("room {}", scene.below(90))).unwrap();
    let topic = Topic::parse(&format!("topic {}", scene.below(9))).unwrap();
    let archived = scene.below(12) == 0;
    Command::UpdateRoom {
        room,
        name: (scene.below(3) == 0).then_some(name),
        topic: (scene.below(2) == 0).then_some(topic),
        archived: (archived || scene.below(4) == 0).then_some(archived),
    }
}
