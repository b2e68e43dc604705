//! Join, add, give roles; leave, remove.
//!
//! A room's last owner goes only by making another: whoever has been in the room
//! longest becomes owner in the same breath, by `parlor`.

use parlor_protocol::{Code, EventKind, Person, Refusal, RoomKind, RoomRole, UserId, limits};

use super::may::{add, allowed, as_owner, joined, live, seen};
use super::{Plan, Planned, by_actor, mismatched, one};
use crate::facts::{Detail, Facts, Subject};

/// A new account's way into the room that everyone joins: by themselves, as a member.
pub fn general_joined(person: Person) -> Planned {
    Planned {
        by: person.clone(),
        kind: EventKind::MemberJoined {
            user: person,
            role: RoomRole::Member,
        },
    }
}

pub(super) fn put(user: UserId, role: Option<RoomRole>, facts: &Facts) -> Result<Plan, Refusal> {
    let room = seen(facts)?;
    let (subject, last_owner) = about(facts)?;
    let myself = user == facts.actor.id;
    let same = subject
        .role
        .is_some_and(|now| role.is_none_or(|wanted| wanted == now));
    if room.kind == RoomKind::Direct {
        return allowed(same).map(|()| Plan::Nothing);
    }

    // What the role asks for is an owner's to give; giving up one's own is not giving.
    let gives = match subject.role {
        None => role == Some(RoomRole::Owner),
        Some(now) => !(same || (myself && now == RoomRole::Owner)),
    };
    allowed(myself || add(room, facts))?;
    allowed(!gives || as_owner(room, facts))?;
    if same {
        return Ok(Plan::Nothing);
    }
    live(room)?;
    let role = role.unwrap_or(RoomRole::Member);
    if subject.role.is_some() {
        let changed = changed(&subject.person, role);
        // Where nobody else is there, the longest member is the one who steps down.
        let heir = (last_owner && role == RoomRole::Member)
            .then(|| heir(facts).unwrap_or(&subject.person));
        return Ok(followed(facts, changed, heir));
    }
    if subject.rooms >= limits::USER_ROOMS {
        return Err(Code::TooManyRooms.into());
    }
    Ok(one(
        facts,
        EventKind::MemberJoined {
            user: subject.person.clone(),
            role,
        },
    ))
}

pub(super) fn remove(user: UserId, facts: &Facts) -> Result<Plan, Refusal> {
    let room = seen(facts)?;
    let (subject, last_owner) = about(facts)?;
    let myself = user == facts.actor.id;
    if room.kind == RoomKind::Direct {
        joined(facts)?;
        return Err(Code::Forbidden.into());
    }
    allowed(myself || as_owner(room, facts))?;
    if subject.role.is_none() {
        return Ok(Plan::Nothing);
    }
    if !myself {
        live(room)?;
    }
    let left = EventKind::MemberLeft {
        user: subject.person.clone(),
    };
    let heir = if last_owner { heir(facts) } else { None };
    Ok(followed(facts, left, heir))
}

/// Who it is about, and whether they are the room's only owner.
fn about(facts: &Facts) -> Result<(&Subject, bool), Refusal> {
    let Detail::Member {
        subject, owners, ..
    } = &facts.detail
    else {
        return Err(mismatched());
    };
    let subject = subject.as_ref().ok_or(Code::NotFound)?;
    let last_owner = subject.role == Some(RoomRole::Owner) && *owners <= 1;
    Ok((subject, last_owner))
}

fn heir(facts: &Facts) -> Option<&Person> {
    match &facts.detail {
        Detail::Member { heir, .. } => heir.as_ref(),
        _ => None,
    }
}

fn changed(person: &Person, role: RoomRole) -> EventKind {
    EventKind::RoleChanged {
        user: person.clone(),
        role,
    }
}

/// An event by the actor, and then the heir's becoming owner, by `parlor`.
fn followed(facts: &Facts, first: EventKind, heir: Option<&Person>) -> Plan {
    let mut events = vec![by_actor(facts, first)];
    events.extend(heir.map(|heir| Planned {
        by: facts.parlor.clone(),
        kind: changed(heir, RoomRole::Owner),
    }));
    Plan::Events(events)
}
