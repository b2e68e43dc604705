//! What happened in a room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::emoji::Emoji;
use crate::ids::UserId;
use crate::is_false;
use crate::names::{RoomName, Topic};
use crate::nonce::Nonce;
use crate::people::Person;
use crate::room::{RoomKind, RoomRole};
use crate::seq::Seq;
use crate::text::MessageText;
use crate::time::Timestamp;

/// One numbered change of a room. Never altered, but for the text that a
/// deletion takes out of a post and its edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Its number in the room.
    pub seq: Seq,
    /// When the server took it.
    pub at: Timestamp,
    /// Who did it, as they were called then; `parlor` for the server itself.
    pub by: Person,
    /// What it was.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// Always a room's first event.
    RoomCreated {
        /// Null in a direct room.
        name: Option<RoomName>,
        /// Who can get in.
        room_kind: RoomKind,
        /// What it is about.
        topic: Topic,
    },
    /// Name, topic or archive changed; what did not is absent.
    RoomUpdated {
        /// The new name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<RoomName>,
        /// The new topic.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Topic>,
        /// Archived, or not any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archived: Option<bool>,
    },
    /// Somebody is a member from here on.
    MemberJoined {
        /// Who.
        user: Person,
        /// As what.
        role: RoomRole,
    },
    /// Somebody is no member any more.
    MemberLeft {
        /// Who.
        user: Person,
    },
    /// A member may do more or less than before.
    RoleChanged {
        /// Who.
        user: Person,
        /// What they are now.
        role: RoomRole,
    },
    /// Somebody wrote.
    MessagePosted {
        /// What; absent once redacted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<MessageText>,
        /// The sending device's own id of it.
        nonce: Nonce,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// Members named in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
        /// The text was deleted.
        #[serde(default, skip_serializing_if = "is_false")]
        redacted: bool,
    },
    /// The author changed a message's text.
    MessageEdited {
        /// The message.
        target: Seq,
        /// What it says now; absent once redacted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<MessageText>,
        /// The sending device's own id of it.
        nonce: Nonce,
        /// The text was deleted.
        #[serde(default, skip_serializing_if = "is_false")]
        redacted: bool,
    },
    /// A message's text is gone.
    MessageDeleted {
        /// The message.
        target: Seq,
        /// Who had written it.
        author: UserId,
        /// The sending device's own id of it.
        nonce: Nonce,
        /// Members whom it had named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
    },
    /// Somebody reacted.
    ReactionAdded {
        /// The message.
        target: Seq,
        /// With what.
        emoji: Emoji,
        /// The sending device's own id of it.
        nonce: Nonce,
    },
    /// Somebody took a reaction back.
    ReactionRemoved {
        /// The message.
        target: Seq,
        /// Which.
        emoji: Emoji,
        /// The sending device's own id of it.
        nonce: Nonce,
    },
}

impl EventKind {
    /// The value of `kind` on the wire and in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RoomCreated { .. } => "room_created",
            Self::RoomUpdated { .. } => "room_updated",
            Self::MemberJoined { .. } => "member_joined",
            Self::MemberLeft { .. } => "member_left",
            Self::RoleChanged { .. } => "role_changed",
            Self::MessagePosted { .. } => "message_posted",
            Self::MessageEdited { .. } => "message_edited",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::ReactionAdded { .. } => "reaction_added",
            Self::ReactionRemoved { .. } => "reaction_removed",
        }
    }

    /// What was written, where that is what happened and it is not redacted.
    pub const fn text(&self) -> Option<&MessageText> {
        match self {
            Self::MessagePosted { text, .. } | Self::MessageEdited { text, .. } => text.as_ref(),
            _ => None,
        }
    }

    /// This event without its text, where it has one: what a deletion leaves.
    pub fn redact(&mut self) {
        if let Self::MessagePosted { text, redacted, .. }
        | Self::MessageEdited { text, redacted, .. } = self
        {
            *text = None;
            *redacted = true;
        }
    }
}

/// An event in the exact JSON of the wire: what is stored, read and sent,
/// encoded once for its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEvent {
    /// Its number in the room.
    pub seq: Seq,
    /// The JSON object, without line breaks.
    pub json: std::sync::Arc<str>,
}

impl EncodedEvent {
    /// Encodes an event.
    pub fn new(event: &Event) -> Self {
        let json =
            serde_json::to_string(event).expect("an event has string keys and no failing part");
        Self {
            seq: event.seq,
            json: json.into(),
        }
    }

    /// Reads it back.
    ///
    /// # Errors
    /// Where the JSON is no event: a damaged row.
    pub fn decode(&self) -> Result<Event, serde_json::Error> {
        serde_json::from_str(&self.json)
    }
}
