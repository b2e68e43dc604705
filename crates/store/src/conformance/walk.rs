//! Random walks: what people could do in any order, allowed or not.
//!
//! A step is five bytes, so that a failing walk shrinks to few and small ones. It
//! is turned into a write only when it is taken, from what is there by then.

use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::message::MessageBody;
use parlor_protocol::{
    Command, DisplayName, RoomId, RoomKind, RoomRole, Seq, ServerRole, Topic, UserId,
};

use super::Backend;
use super::world::{ALL, ANY_BYTES, World, delete, edit, new_room, post, react, reply, unreact};
use crate::read::Window;
use crate::write::{Actor, Authority, Proof, SessionLife};
use crate::{Answer, Done, Op};

/// One step, not yet decided: what, who, where, and two more choices.
pub type Step = [u8; 5];

/// A walk under way.
pub struct Walk {
    pub world: World,
    pub people: Vec<Actor>,
    pub rooms: Vec<RoomId>,
    /// Message commands that were acked, with what they were answered.
    pub acked: Vec<(Op, Answer)>,
}

const EMOJI: [&str; 3] = ["👍", "🎉", "❤"];
const SAYS: [&str; 5] = [
    "hello",
    "hello @ben",
    "@ada @cy!",
    "line\nbreak",
    "@dee @nobody 👋",
];

impl Walk {
    /// Four people, the first the server's owner, and a few rooms.
    pub fn begin(backend: &dyn Backend) -> Self {
        let (mut world, people) = World::with(backend, ["ada", "ben", "cy", "dee"]);
        let [ada, ben, cy, _] = people;
        let rooms = vec![
            world.general,
            world.room(ben, RoomKind::Open, &[cy]),
            world.room(cy, RoomKind::Closed, &[ada]),
            world.room(ada, RoomKind::Direct, &[ben]),
        ];
        Self {
            world,
            people: people.to_vec(),
            rooms,
            acked: Vec::new(),
        }
    }

    /// Takes one step, alone in its batch.
    pub fn step(&mut self, step: Step) -> (Op, Answer) {
        let op = self.op(step);
        let answer = self.world.write(op.clone());
        self.took(&op, &answer);
        (op, answer)
    }

    /// Takes some steps in one batch.
    pub fn batch(&mut self, steps: &[Step]) -> Vec<Answer> {
        let ops: Vec<Op> = steps.iter().map(|step| self.op(*step)).collect();
        let answers = self.world.batch(ops.clone());
        for (op, answer) in ops.iter().zip(&answers) {
            self.took(op, answer);
        }
        answers
    }

    fn took(&mut self, op: &Op, answer: &Answer) {
        match answer {
            Ok(Done::Acked {
                duplicate: false, ..
            }) => self.acked.push((op.clone(), answer.clone())),
            Ok(Done::Room {
                room,
                existing: false,
            }) => self.rooms.push(*room),
            _ => {}
        }
        if let (Op::StartSession(user, _, session), Ok(_)) = (op, answer) {
            let again = self.people.iter_mut().filter(|it| it.user == *user);
            again.for_each(|it| it.session = session.id);
        }
    }

    fn op(&mut self, [what, who, room, a, b]: Step) -> Op {
        // Mostly few rooms and those who are in them, so that more happens than refusals.
        let few = &self.rooms[..3];
        let room = *pick(if room < 192 { few } else { &self.rooms }, room);
        let actor = self.somebody(room, who);
        let user = pick(&self.people, a).user;
        match what % 32 {
            0..=6 => self.say(actor, room, post(says(a))),
            7 => self.say(actor, room, reply(says(a), self.target(room, b))),
            8..=10 => self.say(actor, room, edit(self.target(room, a), says(b))),
            11 | 12 => self.say(actor, room, delete(self.target(room, a))),
            13..=15 => self.say(actor, room, react(self.target(room, a), emoji(b))),
            16 | 17 => self.take_back(actor, room, a, b),
            18 => self.reuse(actor, room, a, b),
            19 | 20 => Op::Mark(actor, room, Seq::new(u64::from(a % 40)).unwrap()),
            21 => self.create(actor, a, b),
            22 | 23 => Op::Command(actor, update(room, a, b)),
            24..=26 => {
                let user = if b % 2 == 0 { actor.user } else { user };
                let role = [None, None, Some(RoomRole::Member), Some(RoomRole::Owner)];
                let role = *pick(&role, b / 2);
                Op::Command(actor, Command::PutMember { room, user, role })
            }
            27 => {
                let user = if b % 2 == 0 { actor.user } else { user };
                Op::Command(actor, Command::RemoveMember { room, user })
            }
            28 => {
                let name = format!("name {}", b % 3);
                Op::RenameUser(actor, DisplayName::parse(&name).unwrap())
            }
            29 => update_user(Authority::Console, user, u8::from(b < 64)),
            30 => update_user(Authority::Account(actor), user, b),
            _ => self.sign_in(user),
        }
    }

    /// Mostly one of the room's members.
    fn somebody(&self, room: RoomId, choice: u8) -> Actor {
        let members: Vec<Actor> = self
            .people
            .iter()
            .filter(|it| choice < 208 && self.world.role(**it, room).is_some())
            .copied()
            .collect();
        let among = if members.is_empty() {
            &self.people
        } else {
            &members
        };
        *pick(among, choice)
    }

    /// Takes a reaction of the actor's own back, if there is any.
    fn take_back(&mut self, actor: Actor, room: RoomId, a: u8, b: u8) -> Op {
        let read = &self.world.read;
        let page = read.messages(actor.user, room, Window::Newest, ALL, ANY_BYTES);
        let messages = page.unwrap().map(|page| page.items).unwrap_or_default();
        let mut mine = Vec::new();
        for message in messages {
            if let MessageBody::Standing { reactions, .. } = message.body {
                let its = reactions.into_iter().filter(|it| it.mine);
                mine.extend(its.map(|it| (message.seq, it.emoji)));
            }
        }
        let verb = match mine.get(usize::from(a) % mine.len().max(1)) {
            Some((target, emoji)) => MessageVerb::Unreact {
                target: *target,
                emoji: emoji.clone(),
            },
            None => unreact(self.target(room, a), emoji(b)),
        };
        self.say(actor, room, verb)
    }

    /// A message verb with a nonce of its own.
    fn say(&mut self, actor: Actor, room: RoomId, verb: MessageVerb) -> Op {
        let nonce = self.world.nonce();
        super::world::message(actor, room, &nonce, verb)
    }

    /// A seq that is likely a message's.
    fn target(&self, room: RoomId, choice: u8) -> Seq {
        let page = self.people.iter().find_map(|reader| {
            let page = self
                .world
                .read
                .messages(reader.user, room, Window::Newest, ALL, ANY_BYTES);
            page.unwrap().filter(|page| !page.items.is_empty())
        });
        let any = Seq::new(u64::from(choice)).unwrap();
        page.filter(|_| choice < 240)
            .map_or(any, |page| pick(&page.items, choice).seq)
    }

    /// A nonce that was used before, for anything, by anyone.
    fn reuse(&mut self, actor: Actor, room: RoomId, a: u8, b: u8) -> Op {
        let Some((op, _)) = self.acked.get(usize::from(a) % self.acked.len().max(1)) else {
            return self.say(actor, room, post(says(b)));
        };
        let Op::Command(by, Command::Message { room, nonce, .. }) = op else {
            panic!("{op:?}");
        };
        let by = if b < 128 { *by } else { actor };
        super::world::message(by, *room, nonce, post(says(b)))
    }

    fn create(&mut self, actor: Actor, a: u8, b: u8) -> Op {
        let id = self.world.fresh();
        let kind = *pick(&[RoomKind::Open, RoomKind::Closed, RoomKind::Direct], a);
        let others = self.people.iter().enumerate();
        let members = others
            .filter(|(n, it)| it.user != actor.user && (b >> n) & 1 == 1)
            .map(|(_, it)| it.user);
        let nonce = super::world::nonce(&format!("room {}", b % 8).replace(' ', "-"));
        let new = NewRoom {
            members: members.collect(),
            nonce: (a >= 128).then_some(nonce),
            ..new_room(id, kind)
        };
        Op::Command(actor, Command::CreateRoom(new))
    }

    fn sign_in(&mut self, user: UserId) -> Op {
        let session = self.world.session(SessionLife::Token);
        Op::StartSession(user, Proof::Console, session)
    }

    /// Everything that can be read, by everybody, as text to compare; the commit's number is not in it.
    pub fn dump(&self) -> String {
        use std::fmt::Write as _;
        let read = &self.world.read;
        let mut dump = String::new();
        writeln!(dump, "{:?}", read.server()).unwrap();
        for person in &self.people {
            let user = person.user;
            writeln!(dump, "{:?} {:?}", read.user(user), read.password(user)).unwrap();
            writeln!(dump, "{:?}", read.sessions(user, self.world.now)).unwrap();
            writeln!(dump, "{:?}", read.rooms(user, None, ALL)).unwrap();
            writeln!(dump, "{:?}", read.open_rooms(user, "", None, ALL)).unwrap();
            let now = self.world.now;
            let snapshot = read.snapshot(user, person.session, now).unwrap();
            writeln!(dump, "{:?}", snapshot.map(|it| (it.user, it.rooms))).unwrap();
            for room in &self.rooms {
                let room = *room;
                writeln!(dump, "{:?}", read.room(user, room)).unwrap();
                writeln!(dump, "{:?}", read.counts(user, room)).unwrap();
                writeln!(dump, "{:?}", read.members(user, room, None, ALL)).unwrap();
                let events = read.events(user, room, Seq::ZERO, ALL, ANY_BYTES);
                writeln!(dump, "{events:?}").unwrap();
                let messages = read.messages(user, room, Window::Newest, ALL, ANY_BYTES);
                writeln!(dump, "{messages:?}").unwrap();
            }
        }
        writeln!(dump, "{:?}", read.users("", None, ALL)).unwrap();
        writeln!(dump, "{:?}", read.audit(0, ALL)).unwrap();
        dump
    }
}

fn update(room: RoomId, a: u8, b: u8) -> Command {
    let topic = format!("topic {}", b % 2);
    let name = format!("room {}", b % 4);
    Command::UpdateRoom {
        room,
        name: (a & 4 != 0).then(|| parlor_protocol::RoomName::parse(&name).unwrap()),
        topic: (a & 2 != 0).then(|| Topic::parse(&topic).unwrap()),
        archived: (a & 1 != 0).then_some(b & 48 == 48),
    }
}

fn update_user(by: Authority, user: UserId, b: u8) -> Op {
    let roles = [ServerRole::Member, ServerRole::Admin, ServerRole::Owner];
    Op::UpdateUser {
        by,
        user,
        role: (b & 2 != 0).then(|| *pick(&roles, b / 4)),
        disabled: (b & 2 == 0).then_some(b & 1 != 0),
    }
}

fn pick<T>(from: &[T], choice: u8) -> &T {
    &from[usize::from(choice) % from.len()]
}

fn says(choice: u8) -> &'static str {
    SAYS[usize::from(choice) % SAYS.len()]
}

fn emoji(choice: u8) -> &'static str {
    EMOJI[usize::from(choice) % EMOJI.len()]
}
