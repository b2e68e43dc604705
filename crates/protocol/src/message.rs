//! A message as history shows it: the post, with all that came after folded in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::emoji::Emoji;
use crate::ids::UserId;
use crate::nonce::Nonce;
use crate::people::Person;
use crate::seq::Seq;
use crate::text::MessageText;
use crate::time::Timestamp;

/// A message as it stands. It is known by its room and the seq of its post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// The seq of its post.
    pub seq: Seq,
    /// When it was posted.
    pub at: Timestamp,
    /// Its author, as they are called now.
    pub by: Person,
    /// The nonce of its post.
    pub nonce: Nonce,
    /// What is left of it.
    #[serde(flatten)]
    pub body: MessageBody,
    /// The seq of the event that last touched it.
    pub rev: Seq,
}

/// What is left of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MessageBody {
    /// It is there.
    Standing {
        /// What it says now.
        text: MessageText,
        /// Members named when it was posted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// When it was last edited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_at: Option<Timestamp>,
        /// In the order of each emoji's first arrival.
        reactions: Vec<Reaction>,
    },
    /// It was deleted.
    Deleted {
        /// Always true.
        deleted: True,
    },
}

/// One emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// How many reacted with it.
    pub count: u64,
    /// The first 20 of them.
    pub by: Vec<UserId>,
    /// I am one of them.
    pub mine: bool,
}

/// The JSON value `true`, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "bool", into = "bool")]
#[schemars(inline, with = "bool", extend("const" = true))]
pub struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(flag: bool) -> Result<Self, Self::Error> {
        if flag { Ok(Self) } else { Err("expected true") }
    }
}

impl From<True> for bool {
    fn from(_: True) -> Self {
        true
    }
}
