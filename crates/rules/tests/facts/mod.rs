//! Builders: facts with defaults, and commands about them.

#![allow(dead_code, reason = "each test file uses what it needs")]

use parlor_protocol::command::{MessageVerb, NewRoom};
use parlor_protocol::{
    Code, Command, DisplayName, Emoji, EventKind, MessageText, Nonce, Person, RoomId, RoomKind,
    RoomName, RoomRole, Seq, ServerRole, Timestamp, Topic, UserId, Username,
};
use parlor_rules::{Detail, Facts, MessageFacts, Plan, ReactionFacts, RoomFacts, Subject, plan};

pub(crate) const ROOM: RoomId = RoomId::from_u128(7);

pub(crate) fn person(id: u128, name: &str) -> Person {
    Person {
        id: UserId::from_u128(id),
        username: Username::from_store(name.into()),
        name: DisplayName::from_store(name.into()),
    }
}

pub(crate) fn ada() -> Person {
    person(10, "ada")
}

pub(crate) fn ben() -> Person {
    person(11, "ben")
}

pub(crate) fn cy() -> Person {
    person(12, "cy")
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).expect("a small number")
}

pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Ada asks, a member of the server, about an open room in which she is a member.
pub(crate) fn facts(detail: Detail) -> Facts {
    Facts {
        actor: ada(),
        actor_role: ServerRole::Member,
        parlor: parlor_rules::facts::parlor(),
        room: Some(room(RoomKind::Open, Some(RoomRole::Member))),
        detail,
    }
}

pub(crate) fn room(kind: RoomKind, role: Option<RoomRole>) -> RoomFacts {
    RoomFacts {
        kind,
        name: (kind != RoomKind::Direct).then(|| RoomName::from_store("tea".into())),
        topic: Topic::from_store("Oolong".into()),
        archived: false,
        head: seq(20),
        role,
    }
}

/// The message 5, "hello", last touched by event 9.
pub(crate) fn message(author: &Person) -> MessageFacts {
    MessageFacts {
        seq: seq(5),
        author: author.id,
        text: Some(text("hello")),
        mentions: vec![cy().id],
        rev: seq(9),
        rev_at: moment(9000),
    }
}

pub(crate) fn deleted(author: &Person) -> MessageFacts {
    MessageFacts {
        text: None,
        mentions: Vec::new(),
        ..message(author)
    }
}

pub(crate) fn text(says: &str) -> MessageText {
    MessageText::from_store(says.into())
}

pub(crate) fn thumb() -> Emoji {
    Emoji::from_store("👍")
}

pub(crate) fn nonce() -> Nonce {
    Nonce::parse("n").expect("printable")
}

pub(crate) fn subject(person: Person, role: Option<RoomRole>) -> Subject {
    Subject {
        person,
        role,
        rooms: 1,
    }
}

pub(crate) fn post_detail() -> Detail {
    Detail::Post {
        reply_to: None,
        mentioned: Vec::new(),
    }
}

pub(crate) fn reaction(message: Option<MessageFacts>, reactions: ReactionFacts) -> Detail {
    Detail::Reaction { message, reactions }
}

/// About a person of a room with two owners.
pub(crate) fn member(subject: Subject) -> Detail {
    Detail::Member {
        subject: Some(subject),
        owners: 2,
        heir: Some(cy()),
    }
}

pub(crate) fn say(verb: MessageVerb) -> Command {
    Command::Message {
        room: ROOM,
        nonce: nonce(),
        verb,
    }
}

pub(crate) fn post() -> Command {
    say(MessageVerb::Post {
        text: text("hello"),
        reply_to: None,
    })
}

pub(crate) fn reply() -> Command {
    say(MessageVerb::Post {
        text: text("hello"),
        reply_to: Some(seq(5)),
    })
}

pub(crate) fn edit(says: &str) -> Command {
    say(MessageVerb::Edit {
        target: seq(5),
        text: text(says),
    })
}

pub(crate) fn delete() -> Command {
    say(MessageVerb::Delete { target: seq(5) })
}

pub(crate) fn react() -> Command {
    say(MessageVerb::React {
        target: seq(5),
        emoji: thumb(),
    })
}

pub(crate) fn unreact() -> Command {
    say(MessageVerb::Unreact {
        target: seq(5),
        emoji: thumb(),
    })
}

pub(crate) fn update(name: Option<&str>, topic: Option<&str>, archived: Option<bool>) -> Command {
    Command::UpdateRoom {
        room: ROOM,
        name: name.map(|it| RoomName::from_store(it.into())),
        topic: topic.map(|it| Topic::from_store(it.into())),
        archived,
    }
}

pub(crate) fn put(user: &Person, role: Option<RoomRole>) -> Command {
    Command::PutMember {
        room: ROOM,
        user: user.id,
        role,
    }
}

pub(crate) fn remove(user: &Person) -> Command {
    Command::RemoveMember {
        room: ROOM,
        user: user.id,
    }
}

pub(crate) fn create(kind: RoomKind, members: &[Person]) -> Command {
    Command::CreateRoom(NewRoom {
        id: ROOM,
        kind,
        name: (kind != RoomKind::Direct).then(|| RoomName::from_store("tea".into())),
        topic: Topic::from_store("Oolong".into()),
        members: members.iter().map(|it| it.id).collect(),
        nonce: None,
    })
}

/// What is planned, in short: each event's kind and by whom, or the code of the refusal.
pub(crate) fn short(command: &Command, facts: &Facts) -> String {
    match plan(command, facts) {
        Ok(Plan::Events(events)) => events
            .iter()
            .map(|event| match &event.kind {
                EventKind::MemberJoined { user, role } | EventKind::RoleChanged { user, role } => {
                    let role = format!("{role:?}").to_lowercase();
                    let (who, by) = (user.username.as_str(), event.by.username.as_str());
                    format!("{} {who} {role} by {by}", event.kind.name())
                }
                kind => format!("{} by {}", kind.name(), event.by.username.as_str()),
            })
            .collect::<Vec<String>>()
            .join(", "),
        Ok(Plan::Unchanged { seq, at }) => format!("unchanged {seq} {}", at.as_millis()),
        Ok(Plan::Nothing) => "nothing".into(),
        Ok(Plan::Existing(room)) => format!("existing {}", room.as_u128()),
        Err(refusal) => code(refusal.code),
    }
}

pub(crate) fn code(code: Code) -> String {
    let name = format!("{code:?}");
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
