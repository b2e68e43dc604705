//! Over HTTP: joins, leaves, additions and removals, roles, archiving, topics.
//!
//! One change of a room at a time, asked for again until it is answered: so the
//! judge knows which of them made which event, and since when somebody was no member.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::http::{PatchRoom, PutMember};
use parlor_protocol::{RoomId, RoomKind, RoomRole};
use serde_json::value::RawValue;

use crate::chance::Chance;
use crate::history::raw;
use crate::judge::is_passing;
use crate::stage::{Phase, RunRoom, Stage};

/// The first number of those who only call.
pub(crate) const CALLERS: u32 = 10_000;
/// How often a request that got no answer is sent again.
const AGAIN: Duration = Duration::from_millis(150);

/// Who is in which room, and as what.
pub(crate) type Roles = BTreeMap<(RoomId, usize), RoomRole>;

/// What is asked for of somebody's membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// To be a member, or to be one with this role.
    In(Option<RoomRole>),
    /// To be none.
    Out,
}

/// Changes some of the rooms.
pub(crate) struct Mover {
    stage: Arc<Stage>,
    rooms: Vec<RunRoom>,
    chance: Chance,
    roles: Roles,
    archived: BTreeSet<RoomId>,
    topics: u64,
}

impl Mover {
    /// `roles`: who is in which room now.
    pub(crate) fn new(number: u64, stage: Arc<Stage>, rooms: Vec<RunRoom>, roles: Roles) -> Self {
        let chance = Chance::of(stage.seed, 1_000_000 + number);
        Self {
            stage,
            rooms,
            chance,
            roles,
            archived: BTreeSet::new(),
            topics: 0,
        }
    }

    /// Changes something until the work is over.
    pub(crate) async fn run(mut self) {
        while self.stage.phase() == Phase::Work {
            let wait = self.chance.between(60, 450);
            self.stage.pause(Duration::from_millis(wait)).await;
            let Some(room) = self.chance.pick(&self.rooms).copied() else {
                return;
            };
            let Some(who) = self.somebody(room) else {
                return;
            };
            let archived = self.archived.contains(&room.id);
            match self.chance.below(100) {
                // In a direct room all of it is in vain.
                _ if room.kind == RoomKind::Direct && self.chance.percent(60) => {}
                0..75 if archived => self.archive(room, false).await,
                0..62 => self.moves(room, who).await,
                62..80 => self.role(room, who).await,
                80..90 => self.archive(room, !archived).await,
                _ => self.topic(room).await,
            }
        }
    }

    /// Everyone but the keeper; `None` where there is nobody else.
    fn somebody(&mut self, room: RunRoom) -> Option<usize> {
        let others = self.stage.people.len().checked_sub(1).filter(|n| *n > 0)?;
        let who = usize::try_from(self.chance.below(others as u64)).unwrap_or(0);
        Some(if who >= room.keeper { who + 1 } else { who })
    }

    async fn moves(&mut self, room: RunRoom, who: usize) {
        let is = self.roles.contains_key(&(room.id, who));
        // Twice is harmless, and has to be.
        let join = if self.chance.percent(8) { is } else { !is };
        let by_keeper = self.chance.percent(50) || join && room.kind != RoomKind::Open;
        let actor = if by_keeper { room.keeper } else { who };
        let wants = if join { Wants::In(None) } else { Wants::Out };
        if !settled(&self.stage, room, who, actor, wants).await {
            return;
        }
        if join {
            self.roles.entry((room.id, who)).or_insert(RoomRole::Member);
        } else {
            self.roles.remove(&(room.id, who));
        }
    }

    /// Another role, or an owner from the first moment on; now and then asked for by
    /// whoever has no right to.
    async fn role(&mut self, room: RunRoom, who: usize) {
        let role = match self.roles.get(&(room.id, who)) {
            Some(RoomRole::Owner) => RoomRole::Member,
            _ => RoomRole::Owner,
        };
        let actor = match self.chance.below(4) {
            0 => who,
            1 => self.somebody(room).unwrap_or(room.keeper),
            _ => room.keeper,
        };
        if settled(&self.stage, room, who, actor, Wants::In(Some(role))).await {
            self.roles.insert((room.id, who), role);
        }
    }

    async fn archive(&mut self, room: RunRoom, archived: bool) {
        let patch = PatchRoom {
            name: None,
            topic: None,
            archived: Some(archived),
        };
        if self.patch(room, &patch).await {
            if archived {
                self.archived.insert(room.id);
            } else {
                self.archived.remove(&room.id);
            }
        }
    }

    async fn topic(&mut self, room: RunRoom) {
        self.topics += 1;
        let patch = PatchRoom {
            name: None,
            topic: Some(format!("topic {}", self.topics / 2)),
            archived: None,
        };
        self.patch(room, &patch).await;
    }

    async fn patch(&mut self, room: RunRoom, patch: &PatchRoom) -> bool {
        let actor = match self.chance.below(6) {
            0 => self.somebody(room).unwrap_or(room.keeper),
            _ => room.keeper,
        };
        let call = format!("PATCH rooms/{}", room.id);
        let status = until_answered(&self.stage, actor, &call, Some(&raw(patch))).await;
        status.is_some_and(|status| status < 300)
    }
}

/// Asks for one change of a membership until it is answered; true where it was granted.
pub(crate) async fn settled(
    stage: &Stage,
    room: RunRoom,
    who: usize,
    actor: usize,
    wants: Wants,
) -> bool {
    let (verb, body) = match wants {
        Wants::In(role) => ("PUT", Some(raw(&PutMember { role }))),
        Wants::Out => ("DELETE", None),
    };
    let call = format!("{verb} rooms/{}/members/{}", room.id, stage.people[who].id);
    let status = until_answered(stage, actor, &call, body.as_deref()).await;
    status.is_some_and(|status| status < 300)
}

/// Asks until there is an answer that settles it: its status. `None` where the run ends before.
pub(crate) async fn until_answered(
    stage: &Stage,
    actor: usize,
    call: &str,
    body: Option<&RawValue>,
) -> Option<u16> {
    let device = CALLERS + u32::try_from(actor).unwrap_or(0);
    let token = &stage.people[actor].token;
    loop {
        match stage.ask(device, token, call, body).await {
            Ok(answer) if !is_passing(answer.status) => return Some(answer.status),
            _ if stage.phase() == Phase::End => return None,
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
}
