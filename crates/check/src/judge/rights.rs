//! Every log gone through once more as the rules would: nobody did what they had no right to,
//! nothing happened in an archived room, and what is told of a room is what its log makes of it.

use std::collections::{HashMap, HashSet};

use parlor_protocol::{Event, EventKind, Room, RoomId, RoomKind, RoomRole, Seq, UserId};

use super::logs::{Logs, RoomLog, shown};
use super::verdict::{Cite, Rule, Verdict};

/// What each room was, at any of its events.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// The server's owners and admins.
    staff: HashSet<UserId>,
    rooms: HashMap<RoomId, Standing>,
}

/// One room, from its first event on.
#[derive(Debug)]
struct Standing {
    kind: RoomKind,
    members: HashMap<UserId, RoomRole>,
    owners: usize,
    /// After each event that changed one of them: whether it is archived, the event its topic
    /// is of, how many are in it.
    states: Vec<(Seq, State)>,
    /// The roles of each member, and since when.
    roles: HashMap<UserId, Vec<(Seq, Option<RoomRole>)>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    archived: bool,
    topic: Seq,
    members: u64,
}

impl Rights {
    /// Somebody who may what a room's owner may, in open rooms.
    pub(super) fn staff(&mut self, user: UserId) {
        self.staff.insert(user);
    }

    /// Goes through the logs.
    pub(super) fn settle(&mut self, logs: &Logs, verdict: &mut Verdict) {
        for (room, log) in logs {
            let Some(EventKind::RoomCreated { room_kind, .. }) =
                log.events().first().map(|event| &event.kind)
            else {
                continue;
            };
            let mut standing = Standing::new(*room_kind);
            for event in log.events() {
                if !standing.allows(event, log, &self.staff) {
                    let what = format!("event {} of room {room}", event.seq);
                    verdict.broken(Rule::NotAllowed, what, vec![Cite::Log(shown(event))]);
                }
                standing.take(event);
            }
            self.rooms.insert(*room, standing);
        }
    }

    /// Whether somebody's commands may have been refused at some time between two events of a
    /// room: it was archived, or they were not in it.
    pub(super) fn disturbed(&self, room: RoomId, user: UserId, from: Seq, to: Seq) -> bool {
        let Some(standing) = self.rooms.get(&room) else {
            return true;
        };
        let archived = between(&standing.states, from, to).any(|state| state.archived);
        let roles = standing.roles.get(&user).map_or(&[][..], Vec::as_slice);
        archived
            || from < roles.first().map_or(Seq::MAX, |(seq, _)| *seq)
            || between(roles, from, to).any(Option::is_none)
    }

    /// In what a room, as somebody was shown it, differs from its log up to that head.
    pub(super) fn differs(&self, user: UserId, room: &Room, logs: &Logs) -> Option<String> {
        let standing = self.rooms.get(&room.id)?;
        let log = logs.get(&room.id)?;
        let at = standing
            .states
            .partition_point(|(seq, _)| *seq <= room.head);
        let (_, state) = standing.states.get(at.checked_sub(1)?)?;
        let topic = log.get(state.topic).and_then(topic_of)?;
        let role = standing.roles.get(&user).and_then(|roles| {
            let at = roles.partition_point(|(seq, _)| *seq <= room.head);
            roles.get(at.checked_sub(1)?)?.1
        });
        let differs = room.kind != standing.kind
            || room.archived != state.archived
            || room.member_count != state.members
            || room.topic.as_str() != topic
            || room.mine.is_some_and(|mine| Some(mine.role) != role);
        differs.then(|| {
            format!(
                "up to {} its log makes: {:?}, archived {}, {} members, topic {topic:?}, role {role:?}",
                room.head, standing.kind, state.archived, state.members
            )
        })
    }
}

/// What stood at the first of two events, and at any up to the second.
fn between<T>(all: &[(Seq, T)], from: Seq, to: Seq) -> impl Iterator<Item = &T> {
    let first = all.partition_point(|(seq, _)| *seq <= from);
    let those = all[first.saturating_sub(1)..].iter();
    those
        .take_while(move |(seq, _)| *seq <= to)
        .map(|(_, it)| it)
}

fn topic_of(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::RoomCreated { topic, .. } => Some(topic.as_str()),
        EventKind::RoomUpdated { topic, .. } => topic.as_ref().map(|topic| topic.as_str()),
        _ => None,
    }
}

/// Whether it changes the room itself, or who is in it.
const fn is_of_the_room(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::RoomUpdated { .. }
            | EventKind::MemberJoined { .. }
            | EventKind::MemberLeft { .. }
            | EventKind::RoleChanged { .. }
    )
}

impl Standing {
    fn new(kind: RoomKind) -> Self {
        Self {
            kind,
            members: HashMap::new(),
            owners: 0,
            states: Vec::new(),
            roles: HashMap::new(),
        }
    }

    fn state(&self) -> State {
        self.states
            .last()
            .map(|(_, state)| *state)
            .unwrap_or_default()
    }

    /// Whether whoever did this had the right to, as everything stood before it.
    fn allows(&self, event: &Event, log: &RoomLog, staff: &HashSet<UserId>) -> bool {
        let by = event.by.id;
        let role = self.members.get(&by).copied();
        let direct = self.kind == RoomKind::Direct;
        let open = self.kind == RoomKind::Open;
        let live = !self.state().archived;
        let as_owner = !direct && (role == Some(RoomRole::Owner) || open && staff.contains(&by));
        let maker = log.events().first().map(|event| event.by.id);
        // With the room's first events its maker puts in whoever is there from the beginning.
        let beginning = maker == Some(by) && self.members.len() as u64 + 2 == event.seq.get();
        match &event.kind {
            EventKind::RoomCreated { .. } => event.seq.get() == 1,
            EventKind::MemberJoined { .. } if beginning => true,
            kind if direct && is_of_the_room(kind) => false,
            EventKind::RoomUpdated { archived, .. } => {
                as_owner && (live || *archived == Some(false))
            }
            EventKind::MemberJoined { user, role: to } => {
                let may_add = user.id == by && open || as_owner || open && role.is_some();
                live && may_add && (*to == RoomRole::Member || as_owner)
            }
            EventKind::MemberLeft { user } => user.id == by || as_owner && live,
            EventKind::RoleChanged { user, role: to } => {
                // Where the last owner went, the server itself makes another.
                let heir = self.owners == 0 && *to == RoomRole::Owner;
                let steps_down = user.id == by && role == Some(RoomRole::Owner);
                heir || live && (as_owner || steps_down)
            }
            EventKind::MessageEdited { target, .. } => {
                let author = log.message(*target).map(|message| message.by);
                live && role.is_some() && author == Some(by)
            }
            EventKind::MessageDeleted { author, .. } => {
                // Whoever may as an owner may without being in it.
                live && (as_owner || role.is_some() && *author == by)
            }
            EventKind::MessagePosted { .. }
            | EventKind::ReactionAdded { .. }
            | EventKind::ReactionRemoved { .. } => live && role.is_some(),
        }
    }

    fn take(&mut self, event: &Event) {
        let mut state = self.state();
        match &event.kind {
            EventKind::RoomCreated { .. } => state.topic = event.seq,
            EventKind::RoomUpdated {
                topic, archived, ..
            } => {
                state.archived = archived.unwrap_or(state.archived);
                if topic.is_some() {
                    state.topic = event.seq;
                }
            }
            EventKind::MemberJoined { user, role } | EventKind::RoleChanged { user, role } => {
                self.role(user.id, Some(*role), event.seq);
            }
            EventKind::MemberLeft { user } => self.role(user.id, None, event.seq),
            _ => return,
        }
        state.members = self.members.len() as u64;
        self.states.push((event.seq, state));
    }

    fn role(&mut self, user: UserId, role: Option<RoomRole>, seq: Seq) {
        let before = match role {
            Some(role) => self.members.insert(user, role),
            None => self.members.remove(&user),
        };
        self.owners -= usize::from(before == Some(RoomRole::Owner));
        self.owners += usize::from(role == Some(RoomRole::Owner));
        self.roles.entry(user).or_default().push((seq, role));
    }
}
