//! Joins, leaves, additions and removals over HTTP.
//!
//! One change of one person's membership of one room at a time, asked for again
//! until it is answered: so the judge knows which of them made which event, and
//! since when somebody was no member.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::RoomId;

use crate::chance::Chance;
use crate::judge::is_passing;
use crate::stage::{Phase, RunRoom, Stage};

/// The first number of those who only call.
pub(crate) const CALLERS: u32 = 10_000;
/// How often a request that got no answer is sent again.
const AGAIN: Duration = Duration::from_millis(150);

/// Moves people about in some of the rooms.
pub(crate) struct Mover {
    stage: Arc<Stage>,
    rooms: Vec<RunRoom>,
    chance: Chance,
    member: BTreeMap<(RoomId, usize), bool>,
}

impl Mover {
    /// `member`: who is in which room now.
    pub(crate) fn new(
        number: u64,
        stage: Arc<Stage>,
        rooms: Vec<RunRoom>,
        member: BTreeMap<(RoomId, usize), bool>,
    ) -> Self {
        let chance = Chance::of(stage.seed, 1_000_000 + number);
        Self {
            stage,
            rooms,
            chance,
            member,
        }
    }

    /// Moves until the work is over.
    pub(crate) async fn run(mut self) {
        while self.stage.phase() == Phase::Work {
            let wait = self.chance.between(100, 700);
            self.stage.pause(Duration::from_millis(wait)).await;
            let Some(room) = self.chance.pick(&self.rooms).copied() else {
                return;
            };
            let others = self.stage.people.len().saturating_sub(1);
            if others == 0 {
                return;
            }
            let who = usize::try_from(self.chance.below(others as u64)).unwrap_or(0);
            // Everyone but the keeper.
            let who = if who >= room.keeper { who + 1 } else { who };
            let is = self.member.get(&(room.id, who)).copied().unwrap_or(false);
            // Twice is harmless, and has to be.
            let join = if self.chance.percent(8) { is } else { !is };
            let by_keeper = self.chance.percent(50) || join && !room.open;
            let actor = if by_keeper { room.keeper } else { who };
            if change(&self.stage, room, who, actor, join).await {
                self.member.insert((room.id, who), join);
            }
        }
    }
}

/// Asks for one change until it is answered; true where it was granted.
pub(crate) async fn change(
    stage: &Stage,
    room: RunRoom,
    who: usize,
    actor: usize,
    join: bool,
) -> bool {
    let user = stage.people[who].id;
    let verb = if join { "PUT" } else { "DELETE" };
    let call = format!("{verb} rooms/{}/members/{user}", room.id);
    let device = CALLERS + u32::try_from(actor).unwrap_or(0);
    let mut body = None;
    if join {
        body = serde_json::value::RawValue::from_string("{}".into()).ok();
    }
    loop {
        let token = &stage.people[actor].token;
        match stage.ask(device, token, &call, body.as_deref()).await {
            Ok(answer) if !is_passing(answer.status) => return answer.status < 300,
            _ if stage.phase() == Phase::End => return false,
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
}
