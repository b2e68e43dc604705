//! Who may, in the words of the contract: the questions every verb asks.
//!
//! What one may not see answers as what does not exist. A closed or direct room
//! is seen by its members alone, an open one by everybody; messages are there for
//! members only, so to those who are not in the room they do not exist.

use parlor_protocol::{Code, Refusal, RoomKind, RoomRole, ServerRole};

use crate::facts::{Facts, RoomFacts};

/// The room, where the actor may see it.
pub(super) fn seen(facts: &Facts) -> Result<&RoomFacts, Refusal> {
    facts
        .room
        .as_ref()
        .filter(|room| room.role.is_some() || room.kind == RoomKind::Open)
        .ok_or_else(|| Code::NotFound.into())
}

/// The room, where the actor is a member.
pub(super) fn joined(facts: &Facts) -> Result<&RoomFacts, Refusal> {
    facts
        .room
        .as_ref()
        .filter(|room| room.role.is_some())
        .ok_or_else(|| Code::NotFound.into())
}

/// Whether the actor may what the room's owner may: its owner, and in open rooms
/// the server's owners and admins, members of it or not.
pub(super) fn as_owner(room: &RoomFacts, facts: &Facts) -> bool {
    match room.kind {
        RoomKind::Direct => false,
        RoomKind::Closed => room.role == Some(RoomRole::Owner),
        RoomKind::Open => {
            room.role == Some(RoomRole::Owner) || facts.actor_role >= ServerRole::Admin
        }
    }
}

/// Whether the actor may add people: also any member of an open room.
pub(super) fn add(room: &RoomFacts, facts: &Facts) -> bool {
    as_owner(room, facts) || (room.kind == RoomKind::Open && room.role.is_some())
}

/// `forbidden` unless it is so.
pub(super) fn allowed(it_is: bool) -> Result<(), Refusal> {
    if it_is {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// `room_archived` where it is.
pub(super) fn live(room: &RoomFacts) -> Result<(), Refusal> {
    if room.archived {
        Err(Code::RoomArchived.into())
    } else {
        Ok(())
    }
}
