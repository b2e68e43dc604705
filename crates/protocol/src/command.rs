//! What a person asks to happen in a room, after its form was judged.

use crate::emoji::Emoji;
use crate::ids::{RoomId, UserId};
use crate::names::{RoomName, Topic};
use crate::nonce::Nonce;
use crate::room::{RoomKind, RoomRole};
use crate::seq::Seq;
use crate::text::MessageText;

/// One thing asked for. All of it is well formed; whether it may happen is for
/// `rules` to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Something with a message of a room.
    Message {
        /// The room.
        room: RoomId,
        /// The sending device's own id of it.
        nonce: Nonce,
        /// What.
        verb: MessageVerb,
    },
    /// Make a room.
    CreateRoom(NewRoom),
    /// Rename, describe, archive or bring back a room.
    UpdateRoom {
        /// The room.
        room: RoomId,
        /// Its new name, if it gets one.
        name: Option<RoomName>,
        /// Its new topic, if it gets one.
        topic: Option<Topic>,
        /// Whether it is to be archived, if that is said.
        archived: Option<bool>,
    },
    /// Join (where `user` is the actor), add, or change a role.
    PutMember {
        /// The room.
        room: RoomId,
        /// Who.
        user: UserId,
        /// As what; `None` leaves a member as they are and adds others as members.
        role: Option<RoomRole>,
    },
    /// Leave (where `user` is the actor) or remove.
    RemoveMember {
        /// The room.
        room: RoomId,
        /// Who.
        user: UserId,
    },
}

/// What can be done with messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageVerb {
    /// Write one.
    Post {
        /// What it says.
        text: MessageText,
        /// The message it answers.
        reply_to: Option<Seq>,
    },
    /// Change what one says.
    Edit {
        /// The message.
        target: Seq,
        /// What it shall say.
        text: MessageText,
    },
    /// Take one away.
    Delete {
        /// The message.
        target: Seq,
    },
    /// Put an emoji on one.
    React {
        /// The message.
        target: Seq,
        /// The emoji.
        emoji: Emoji,
    },
    /// Take an emoji off one.
    Unreact {
        /// The message.
        target: Seq,
        /// The emoji.
        emoji: Emoji,
    },
}

/// A room to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoom {
    /// Its id, made by whoever submits the command.
    pub id: RoomId,
    /// Who can get in.
    pub kind: RoomKind,
    /// Its name; `None` exactly for a direct room.
    pub name: Option<RoomName>,
    /// What it is about.
    pub topic: Topic,
    /// Who is in it from the start, besides its maker; no one twice.
    pub members: Vec<UserId>,
    /// The sending device's own id of it.
    pub nonce: Option<Nonce>,
}

impl Command {
    /// The room it is about.
    pub const fn room(&self) -> RoomId {
        match self {
            Self::CreateRoom(new) => new.id,
            Self::Message { room, .. }
            | Self::UpdateRoom { room, .. }
            | Self::PutMember { room, .. }
            | Self::RemoveMember { room, .. } => *room,
        }
    }
}

impl MessageVerb {
    /// The kind of event it makes: what is remembered beside its nonce.
    pub const fn event_kind(&self) -> &'static str {
        match self {
            Self::Post { .. } => "message_posted",
            Self::Edit { .. } => "message_edited",
            Self::Delete { .. } => "message_deleted",
            Self::React { .. } => "reaction_added",
            Self::Unreact { .. } => "reaction_removed",
        }
    }

    /// The message it is about; `None` for a post.
    pub const fn target(&self) -> Option<Seq> {
        match self {
            Self::Post { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. } => Some(*target),
        }
    }
}
