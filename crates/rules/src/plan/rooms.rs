//! Making rooms; name, topic, archive.

use parlor_protocol::command::NewRoom;
use parlor_protocol::{
    Code, EventKind, Refusal, RoomId, RoomKind, RoomName, RoomRole, Topic, limits,
};

use super::may::{allowed, as_owner, live, seen};
use super::{Plan, Planned, by_actor, mismatched, one};
use crate::facts::{Detail, Facts, parlor};

/// The room every new account joins: open, made by `parlor`, nobody in it.
pub fn general_made() -> Planned {
    Planned {
        by: parlor(),
        kind: EventKind::RoomCreated {
            name: Some(RoomName::from_store("general".into())),
            room_kind: RoomKind::Open,
            topic: Topic::from_store(String::new()),
        },
    }
}

pub(super) fn create(new: &NewRoom, facts: &Facts) -> Result<Plan, Refusal> {
    let Detail::Create {
        named,
        direct,
        people,
        actor_rooms,
    } = &facts.detail
    else {
        return Err(mismatched());
    };
    if people.len() < new.members.len() {
        return Err(Code::NotFound.into());
    }
    match new.kind {
        RoomKind::Direct => {
            if !(1..=limits::DIRECT_OTHERS).contains(&people.len()) {
                return Err(Code::BadMembers.into());
            }
            if let Some(room) = direct {
                return Ok(Plan::Existing(*room));
            }
        }
        RoomKind::Open => free(*named)?,
        RoomKind::Closed => {}
    }
    let full = people.iter().any(|it| it.rooms >= limits::USER_ROOMS);
    if full || *actor_rooms >= limits::USER_ROOMS {
        return Err(Code::TooManyRooms.into());
    }

    let maker = if new.kind == RoomKind::Direct {
        RoomRole::Member
    } else {
        RoomRole::Owner
    };
    let created = EventKind::RoomCreated {
        name: new.name.clone(),
        room_kind: new.kind,
        topic: new.topic.clone(),
    };
    let others = people.iter().map(|it| (&it.person, RoomRole::Member));
    let joined = std::iter::once((&facts.actor, maker))
        .chain(others)
        .map(|(person, role)| EventKind::MemberJoined {
            user: person.clone(),
            role,
        });
    let events = std::iter::once(created)
        .chain(joined)
        .map(|kind| by_actor(facts, kind))
        .collect();
    Ok(Plan::Events(events))
}

pub(super) fn update(
    name: Option<&RoomName>,
    topic: Option<&Topic>,
    archived: Option<bool>,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let Detail::Update { named } = &facts.detail else {
        return Err(mismatched());
    };
    let room = seen(facts)?;
    allowed(as_owner(room, facts))?;

    let name = name.filter(|name| room.name.as_ref() != Some(*name));
    let topic = topic.filter(|topic| room.topic != **topic);
    let archived = archived.filter(|archived| room.archived != *archived);
    if name.is_none() && topic.is_none() && archived.is_none() {
        return Ok(Plan::Nothing);
    }
    // Bringing it back may go with a new name or topic; nothing else is let through.
    if archived != Some(false) {
        live(room)?;
    }
    if name.is_some() && room.kind == RoomKind::Open {
        free(*named)?;
    }
    Ok(one(
        facts,
        EventKind::RoomUpdated {
            name: name.cloned(),
            topic: topic.cloned(),
            archived,
        },
    ))
}

/// `room_exists`, with the room, where the name is taken.
fn free(named: Option<RoomId>) -> Result<(), Refusal> {
    match named {
        None => Ok(()),
        Some(room) => Err(Refusal {
            room: Some(room),
            ..Code::RoomExists.into()
        }),
    }
}
