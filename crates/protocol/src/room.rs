//! Rooms, as one person sees them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::RoomId;
use crate::names::{RoomName, Topic};
use crate::people::User;
use crate::seq::Seq;

/// Who can get into a room.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Anyone joins.
    Open,
    /// Its owners add people; to others it does not exist.
    Closed,
    /// Between two to nine people, for ever.
    Direct,
}

/// What a member may do in a room.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Reads, posts, replies, reacts.
    Member,
    /// Also deletes, renames, archives, adds, removes, gives roles.
    Owner,
}

/// A room, and my place in it where I have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Room {
    /// The room.
    pub id: RoomId,
    /// Its name; null in a direct room.
    pub name: Option<RoomName>,
    /// Who can get in.
    pub kind: RoomKind,
    /// What it is about; may be empty.
    pub topic: Topic,
    /// Nobody can change anything in it.
    pub archived: bool,
    /// The seq of its newest event.
    pub head: Seq,
    /// How many are in it.
    pub member_count: u64,
    /// My place in it.
    #[serde(flatten)]
    pub mine: Option<Place>,
    /// In a direct room, the others, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Vec<User>>,
}

/// My place in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The seq of the event that made me a member.
    pub joined: Seq,
    /// What I may do there.
    pub role: RoomRole,
    /// My marker: everything up to it is read.
    pub read: Seq,
    /// Posts by others after the marker that are not deleted; 100 means 100 or more.
    pub unread: u64,
    /// Those of them that mention me; 100 means 100 or more.
    pub mentions: u64,
}
