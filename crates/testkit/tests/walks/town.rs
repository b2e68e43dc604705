//! A server's database in memory, people on it, and what they do. It can be put
//! back to an earlier moment, as a restored backup does: another epoch.

use std::sync::Arc;

use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Command, Message, Nonce, Room, RoomId, RoomRole, Seq, Timestamp, UserId};
use parlor_store::conformance::world::{ALL, ANY_BYTES, World};
use parlor_store::read::Window;
use parlor_store::write::{Actor, Grant, NewSession, Proof, SessionLife};
use parlor_store::{Answer, Append, Op, Read, Setup};
use parlor_testkit::memory::MemoryStore;

/// The person whose device is walked.
pub(crate) const ADA: usize = 1;
/// Somebody else.
pub(crate) const BEN: usize = 2;
/// And another.
pub(crate) const CY: usize = 3;

/// See the file's head.
pub(crate) struct Town {
    pub(crate) world: World,
    /// olga, who owns the server, ada, ben and cy.
    pub(crate) people: Vec<Actor>,
    /// All rooms there are, the oldest first.
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) epoch: String,
    written: Vec<(Timestamp, Op)>,
}

impl Town {
    /// A claimed server with four people in `general`.
    pub(crate) fn new() -> Self {
        let mut town = Self::bare("epoch-1");
        for (name, admin) in [
            ("olga", true),
            ("ada", false),
            ("ben", false),
            ("cy", false),
        ] {
            let mut account = town.world.account(name, Grant::Console { admin });
            let session = town.world.session(SessionLife::Browser);
            let actor = Actor {
                user: account.id,
                session: session.id,
            };
            account.session = Some(session);
            town.write(Op::AddAccount(account)).unwrap();
            town.people.push(actor);
        }
        town
    }

    fn bare(epoch: &str) -> Self {
        let name = epoch.to_owned();
        let backend = move |setup: Setup| {
            let epoch = name.clone();
            let (append, read) = MemoryStore::open(Setup { epoch, ..setup });
            let append: Box<dyn Append> = Box::new(append);
            let read: Arc<dyn Read> = read;
            (append, read)
        };
        let world = World::open(&backend);
        Self {
            rooms: vec![world.general],
            world,
            people: Vec::new(),
            epoch: epoch.to_owned(),
            written: Vec::new(),
        }
    }

    /// How much was written so far: what a backup made now holds.
    pub(crate) fn moment(&self) -> usize {
        self.written.len()
    }

    /// Puts a backup in its place: another life, which everybody has to sign in to again.
    pub(crate) fn restore(&mut self, moment: usize, epoch: &str) {
        let mut town = Self::bare(epoch);
        for (now, op) in &self.written[..moment] {
            town.world.now = *now;
            // What was refused then is refused again.
            let _ = town.write(op.clone());
        }
        town.world.now = self.world.now;
        let newest = self.world.fresh();
        while town.world.fresh() < newest {}
        for person in &self.people {
            let session: NewSession = town.world.session(SessionLife::Token);
            let actor = Actor {
                user: person.user,
                session: session.id,
            };
            let op = Op::StartSession(person.user, Proof::Console, session);
            town.write(op).unwrap();
            town.people.push(actor);
        }
        *self = town;
    }

    /// Writes one thing, alone in its batch.
    pub(crate) fn write(&mut self, op: Op) -> Answer {
        self.written.push((self.world.now, op.clone()));
        let answer = self.world.write(op);
        if let Ok(parlor_store::Done::Room { room, .. }) = &answer
            && !self.rooms.contains(room)
        {
            self.rooms.push(*room);
        }
        answer
    }

    pub(crate) fn me(&self) -> Actor {
        self.people[ADA]
    }

    /// A message verb of somebody, under a nonce of its own.
    pub(crate) fn verb(&mut self, who: usize, room: RoomId, verb: MessageVerb) -> Op {
        let nonce = self.world.nonce();
        verb_of(self.people[who], room, nonce, verb)
    }

    /// Makes somebody a member, or gives them a role.
    pub(crate) fn put(&self, by: usize, room: RoomId, user: UserId, role: Option<RoomRole>) -> Op {
        Op::Command(self.people[by], Command::PutMember { room, user, role })
    }

    /// Takes somebody out of a room.
    pub(crate) fn remove(&self, by: usize, room: RoomId, user: UserId) -> Op {
        Op::Command(self.people[by], Command::RemoveMember { room, user })
    }

    /// The room as I see it; `None` where I am no member.
    pub(crate) fn mine(&self, room: RoomId) -> Option<Room> {
        let room = self.world.read.room(self.me().user, room).unwrap();
        room.filter(|room| room.mine.is_some())
    }

    /// The rooms I am in.
    pub(crate) fn my_rooms(&self) -> Vec<Room> {
        self.world
            .read
            .rooms(self.me().user, None, ALL)
            .unwrap()
            .items
    }

    /// All messages of a room I am in.
    pub(crate) fn messages(&self, room: RoomId) -> Vec<Message> {
        self.world.history(self.me(), room)
    }

    /// A page of history as I read it, with at most so many messages.
    pub(crate) fn page(
        &self,
        room: RoomId,
        window: Window,
        limit: u32,
    ) -> Option<parlor_protocol::http::Messages> {
        let read = &self.world.read;
        let page = read
            .messages(self.me().user, room, window, limit, ANY_BYTES)
            .unwrap()?;
        let has_more = match window {
            Window::After(_) => page.more_after,
            _ => page.more_before,
        };
        Some(parlor_protocol::http::Messages {
            items: page.items,
            as_of: page.as_of,
            has_more: Some(has_more),
            has_more_before: None,
            has_more_after: None,
            epoch: self.epoch.clone(),
        })
    }

    /// A page of the log as I read it, with at most so many events.
    pub(crate) fn log(
        &self,
        room: RoomId,
        after: Seq,
        limit: u32,
    ) -> Option<parlor_protocol::http::Events> {
        let read = &self.world.read;
        let page = read
            .events(self.me().user, room, after, limit, ANY_BYTES)
            .unwrap()?;
        let has_more = page.has_more(after);
        let events = page.events.iter().map(|it| it.decode().unwrap());
        Some(parlor_protocol::http::Events {
            events: events.collect(),
            head: page.head,
            has_more,
            epoch: self.epoch.clone(),
        })
    }
}

/// A message verb under a nonce.
pub(crate) fn verb_of(by: Actor, room: RoomId, nonce: Nonce, verb: MessageVerb) -> Op {
    Op::Command(by, Command::Message { room, nonce, verb })
}
