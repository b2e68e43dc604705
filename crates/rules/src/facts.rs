//! What a decision rests on: read in the transaction that writes its outcome.

use parlor_protocol::{
    DisplayName, MessageText, Person, RoomId, RoomKind, RoomName, RoomRole, Seq, ServerRole,
    Timestamp, Topic, UserId,
};

/// Everything [`plan`](crate::plan()) may know about one command.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who asks. Their account is not disabled and their session stands: that is
    /// judged before.
    pub actor: Person,
    /// What they may do on the server.
    pub actor_role: ServerRole,
    /// The user `parlor`, who does what the server itself does.
    pub parlor: Person,
    /// The room the command names, whoever may see it; `None` where there is none.
    pub room: Option<RoomFacts>,
    /// What else this kind of command needs.
    pub detail: Detail,
}

/// A room, and the actor's place in it.
#[derive(Clone, Debug)]
pub struct RoomFacts {
    /// Who can get in.
    pub kind: RoomKind,
    /// Its name; `None` in a direct room.
    pub name: Option<RoomName>,
    /// What it is about.
    pub topic: Topic,
    /// Nobody can change anything in it.
    pub archived: bool,
    /// The seq of its newest event.
    pub head: Seq,
    /// The actor's role in it, if they are a member.
    pub role: Option<RoomRole>,
}

/// What one kind of command needs besides.
#[derive(Clone, Debug)]
pub enum Detail {
    /// A post: the message it answers, if it names one that is there, and the
    /// members it mentions, in the order of the text, at most 50, no one twice.
    Post {
        /// The message `reply_to` names.
        reply_to: Option<MessageFacts>,
        /// Who is mentioned.
        mentioned: Vec<UserId>,
    },
    /// An edit or a deletion.
    Message(Option<MessageFacts>),
    /// A reaction or its removal.
    Reaction {
        /// The message.
        message: Option<MessageFacts>,
        /// What is on it.
        reactions: ReactionFacts,
    },
    /// A new room.
    Create {
        /// The open room that has the name already.
        named: Option<RoomId>,
        /// The direct room of exactly these people.
        direct: Option<RoomId>,
        /// Those of the members asked for that are there, in the order asked.
        people: Vec<Subject>,
        /// How many rooms the actor is in.
        actor_rooms: u64,
    },
    /// A room's name, topic or archive.
    Update {
        /// Another open room that has the new name already.
        named: Option<RoomId>,
    },
    /// Somebody's membership.
    Member {
        /// Who it is about; `None` where there is no such account.
        subject: Option<Subject>,
        /// How many owners the room has, `subject` included.
        owners: u64,
        /// The longest member besides `subject`.
        heir: Option<Person>,
    },
}

/// Somebody a command is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who.
    pub person: Person,
    /// Their role in the room, if they are a member.
    pub role: Option<RoomRole>,
    /// How many rooms they are in.
    pub rooms: u64,
}

/// A message a command is about.
#[derive(Clone, Debug)]
pub struct MessageFacts {
    /// The seq of its post.
    pub seq: Seq,
    /// Who wrote it.
    pub author: UserId,
    /// What it says now; `None` once deleted.
    pub text: Option<MessageText>,
    /// Whom its post mentioned.
    pub mentions: Vec<UserId>,
    /// The seq of the event that last touched it.
    pub rev: Seq,
    /// When that was.
    pub rev_at: Timestamp,
}

/// What is on a message, for one emoji and one person.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReactionFacts {
    /// The actor has reacted with this emoji.
    pub mine: bool,
    /// Somebody has reacted with this emoji.
    pub there: bool,
    /// How many kinds of emoji are on the message.
    pub kinds: u64,
}

/// The user `parlor` as it is named in events.
pub fn parlor() -> Person {
    Person {
        id: UserId::PARLOR,
        username: parlor_protocol::Username::from_store("parlor".into()),
        name: DisplayName::from_store("Parlor".into()),
    }
}
