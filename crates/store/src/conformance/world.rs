//! A fresh database with people in it, and what must hold of every commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::{
    Code, Command, DisplayName, Emoji, Event, Message, MessageText, Nonce, Room, RoomId, RoomKind,
    RoomName, RoomRole, Seq, SessionId, Timestamp, Topic, UserId, Username,
};

use super::Backend;
use crate::read::Window;
use crate::write::{
    Actor, Authority, Grant, NewAccount, NewSession, Proof, SecretHash, SessionLife,
};
use crate::{Answer, Append, Committed, Done, Op, Published, Read, Setup, Write};

/// A database, its clock and its source of ids.
pub struct World {
    append: Box<dyn Append>,
    /// What it says.
    pub read: Arc<dyn Read>,
    /// The moment of the next write; each batch is a second later than the last.
    pub now: Timestamp,
    /// The room everyone joins.
    pub general: RoomId,
    /// What the last batch came to.
    pub last: Committed,
    heads: BTreeMap<RoomId, Seq>,
    ids: u128,
}

/// A page of anything that is large enough for a whole test.
pub const ALL: u32 = 1000;
/// No bound on bytes.
pub const ANY_BYTES: usize = usize::MAX;

impl World {
    /// An unclaimed server with nobody in it.
    pub fn open(backend: &dyn Backend) -> Self {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let general = RoomId::from_u128(0x1000);
        let (append, read) = backend.open(Setup {
            epoch: "epoch-1".into(),
            at: now,
            general,
            server_name: DisplayName::from_store("Parlor".into()),
        });
        Self {
            append,
            read,
            now,
            general,
            last: Committed {
                number: 0,
                answers: Vec::new(),
                published: Vec::new(),
            },
            heads: BTreeMap::from([(general, Seq::new(1).unwrap())]),
            ids: 0x2000,
        }
    }

    /// A claimed server, and people on it who are members of `general`: the first is its owner.
    pub fn with<const N: usize>(backend: &dyn Backend, names: [&str; N]) -> (Self, [Actor; N]) {
        let mut world = Self::open(backend);
        let mut owner = true;
        let people = names.map(|name| {
            let admin = std::mem::take(&mut owner);
            world.person(name, admin)
        });
        (world, people)
    }

    /// Writes one batch.
    pub fn batch(&mut self, ops: impl IntoIterator<Item = Op>) -> Vec<Answer> {
        self.now = self.now.plus_millis(1000);
        let at = self.now;
        let batch: Vec<Write> = ops.into_iter().map(|op| Write { at, op }).collect();
        let before = self.read.commit().unwrap();
        let committed = self.append.append(&batch).unwrap();
        self.check(&batch, before, &committed);
        self.last = committed;
        self.last.answers.clone()
    }

    fn check(&mut self, batch: &[Write], before: u64, committed: &Committed) {
        assert_eq!(committed.answers.len(), batch.len(), "an answer for each");
        let number = committed.number;
        assert!(
            number == before || number == before + 1,
            "{before}, {number}"
        );
        assert_eq!(
            self.read.commit().unwrap(),
            number,
            "readers see the commit"
        );
        if committed.answers.iter().all(Result::is_err) {
            assert_eq!(number, before, "a refusal is no commit");
            assert!(committed.published.is_empty(), "{:?}", committed.published);
        }
        if !committed.published.is_empty() {
            assert_eq!(number, before + 1);
        }
        for published in &committed.published {
            if let Published::Event {
                room,
                event,
                encoded,
            } = published
            {
                let head = self.heads.entry(*room).or_default();
                assert_eq!(event.seq, head.next(), "a hole or a repetition in {room}");
                assert_eq!(encoded.seq, event.seq);
                assert_eq!(encoded.decode().unwrap(), *event);
                *head = event.seq;
            }
        }
    }

    /// Writes one thing.
    pub fn write(&mut self, op: Op) -> Answer {
        self.batch([op]).remove(0)
    }

    /// Ends the database cleanly.
    pub fn close(self) {
        self.append.close().unwrap();
    }

    /// 128 bits that nothing has yet.
    pub fn fresh(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    /// A nonce that nothing has yet.
    pub fn nonce(&mut self) -> Nonce {
        nonce(&format!("n-{}", self.fresh()))
    }

    /// A session to be made, its token its id.
    pub fn session(&mut self, life: SessionLife) -> NewSession {
        let id = self.fresh();
        NewSession {
            id: SessionId::from_u128(id),
            token: secret(id),
            label: format!("device {id}"),
            life,
        }
    }

    /// An account to be made; its password's hash is `hash of` its name.
    pub fn account(&mut self, name: &str, grant: Grant) -> NewAccount {
        NewAccount {
            id: UserId::from_u128(self.fresh()),
            username: Username::parse(name).unwrap(),
            name: DisplayName::parse(name).unwrap(),
            password: format!("hash of {name}"),
            grant,
            session: None,
        }
    }

    /// Somebody with an account made by the console and a session of a browser.
    pub fn person(&mut self, name: &str, admin: bool) -> Actor {
        let mut account = self.account(name, Grant::Console { admin });
        let session = self.session(SessionLife::Browser);
        let actor = Actor {
            user: account.id,
            session: session.id,
        };
        account.session = Some(session);
        self.write(Op::AddAccount(account)).unwrap();
        actor
    }

    /// Another session of somebody, with what they signed in by.
    pub fn sign_in(&mut self, user: UserId, proof: Proof, life: SessionLife) -> Actor {
        let session = self.session(life);
        let actor = Actor {
            user,
            session: session.id,
        };
        self.write(Op::StartSession(user, proof, session)).unwrap();
        actor
    }

    /// Disables or enables somebody, from the console.
    pub fn disable(&mut self, user: UserId, disabled: bool) {
        let by = Authority::Console;
        self.write(Op::UpdateUser {
            by,
            user,
            role: None,
            disabled: Some(disabled),
        })
        .unwrap();
    }

    /// Makes a room with these others in it.
    pub fn room(&mut self, by: Actor, kind: RoomKind, others: &[Actor]) -> RoomId {
        let id = self.fresh();
        let new = NewRoom {
            members: others.iter().map(|it| it.user).collect(),
            ..new_room(id, kind)
        };
        match self.create(by, new).unwrap() {
            Done::Room {
                room,
                existing: false,
            } => room,
            other => panic!("{other:?}"),
        }
    }

    pub fn create(&mut self, by: Actor, new: NewRoom) -> Answer {
        self.write(Op::Command(by, Command::CreateRoom(new)))
    }

    pub fn update(
        &mut self,
        by: Actor,
        room: RoomId,
        name: Option<&str>,
        topic: Option<&str>,
        archived: Option<bool>,
    ) -> Answer {
        let command = Command::UpdateRoom {
            room,
            name: name.map(|it| RoomName::parse(it).unwrap()),
            topic: topic.map(|it| Topic::parse(it).unwrap()),
            archived,
        };
        self.write(Op::Command(by, command))
    }

    pub fn put(&mut self, by: Actor, room: RoomId, user: UserId, role: Option<RoomRole>) -> Answer {
        self.write(Op::Command(by, Command::PutMember { room, user, role }))
    }

    pub fn remove(&mut self, by: Actor, room: RoomId, user: UserId) -> Answer {
        self.write(Op::Command(by, Command::RemoveMember { room, user }))
    }

    /// A message verb with a nonce of its own.
    pub fn say(&mut self, by: Actor, room: RoomId, verb: MessageVerb) -> Answer {
        let nonce = self.nonce();
        self.write(message(by, room, &nonce, verb))
    }

    /// Posts, and returns where it stands.
    pub fn post(&mut self, by: Actor, room: RoomId, text: &str) -> Seq {
        seq_of(&self.say(by, room, post(text)))
    }

    /// A verb that must be accepted, and the seq it is acked with.
    pub fn done(&mut self, by: Actor, room: RoomId, verb: MessageVerb) -> Seq {
        seq_of(&self.say(by, room, verb))
    }

    /// The whole log of a room, as a member reads it.
    pub fn log(&self, reader: Actor, room: RoomId) -> Vec<Event> {
        let page = self
            .read
            .events(reader.user, room, Seq::ZERO, ALL, ANY_BYTES)
            .unwrap()
            .expect("the reader is a member");
        page.events.iter().map(|it| it.decode().unwrap()).collect()
    }

    /// The kinds of a room's events.
    pub fn kinds(&self, reader: Actor, room: RoomId) -> Vec<&'static str> {
        let log = self.log(reader, room);
        log.iter().map(|event| event.kind.name()).collect()
    }

    /// The whole history of a room, as a member reads it.
    pub fn history(&self, reader: Actor, room: RoomId) -> Vec<Message> {
        self.read
            .messages(reader.user, room, Window::Newest, ALL, ANY_BYTES)
            .unwrap()
            .expect("the reader is a member")
            .items
    }

    /// One message of a room's history.
    pub fn message(&self, reader: Actor, room: RoomId, seq: Seq) -> Message {
        let history = self.history(reader, room);
        history.into_iter().find(|it| it.seq == seq).unwrap()
    }

    /// A room as somebody sees it.
    pub fn seen(&self, reader: Actor, room: RoomId) -> Option<Room> {
        self.read.room(reader.user, room).unwrap()
    }

    /// Somebody's role in a room.
    pub fn role(&self, user: Actor, room: RoomId) -> Option<RoomRole> {
        Some(self.seen(user, room)?.mine?.role)
    }
}

/// A secret's hash made of a number.
pub fn secret(number: u128) -> SecretHash {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&number.to_be_bytes());
    SecretHash(hash)
}

/// A room called by its number, with nobody else in it.
pub fn new_room(id: u128, kind: RoomKind) -> NewRoom {
    let name = format!("room {id}");
    NewRoom {
        id: RoomId::from_u128(id),
        kind,
        name: (kind != RoomKind::Direct).then(|| RoomName::parse(&name).unwrap()),
        topic: Topic::parse("").unwrap(),
        members: Vec::new(),
        nonce: None,
    }
}

pub fn message(by: Actor, room: RoomId, nonce: &Nonce, verb: MessageVerb) -> Op {
    let nonce = nonce.clone();
    Op::Command(by, Command::Message { room, nonce, verb })
}

pub fn nonce(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}

pub fn text(text: &str) -> MessageText {
    MessageText::parse(text.into()).unwrap()
}

pub fn post(says: &str) -> MessageVerb {
    MessageVerb::Post {
        text: text(says),
        reply_to: None,
    }
}

pub fn reply(says: &str, to: Seq) -> MessageVerb {
    MessageVerb::Post {
        text: text(says),
        reply_to: Some(to),
    }
}

pub fn edit(target: Seq, says: &str) -> MessageVerb {
    let text = text(says);
    MessageVerb::Edit { target, text }
}

pub fn delete(target: Seq) -> MessageVerb {
    MessageVerb::Delete { target }
}

pub fn react(target: Seq, emoji: &str) -> MessageVerb {
    let emoji = Emoji::parse(emoji).unwrap();
    MessageVerb::React { target, emoji }
}

pub fn unreact(target: Seq, emoji: &str) -> MessageVerb {
    let emoji = Emoji::parse(emoji).unwrap();
    MessageVerb::Unreact { target, emoji }
}

/// The seq of an acked command.
pub fn seq_of(answer: &Answer) -> Seq {
    match answer {
        Ok(Done::Acked { seq, .. }) => *seq,
        other => panic!("not acked: {other:?}"),
    }
}

/// A seq from a small number.
pub fn at(seq: u64) -> Seq {
    Seq::new(seq).unwrap()
}

/// The code a write was refused with.
#[track_caller]
pub fn refused(answer: &Answer) -> Code {
    match answer {
        Err(refusal) => refusal.code,
        Ok(done) => panic!("not refused: {done:?}"),
    }
}
