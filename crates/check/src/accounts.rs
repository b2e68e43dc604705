//! Accounts that are disabled under load, and enabled again a little later.
//!
//! The server's owner does it, over HTTP, to people who keep no room. While an account is
//! disabled its devices knock in vain, and those on `parlor-client` give up; once it is enabled
//! all of them come back with what they hold, and with what they had queued.

use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::http::PatchUser;

use crate::chance::Chance;
use crate::history::raw;
use crate::movers::until_answered;
use crate::stage::{Phase, Stage};

/// Between two of them, in milliseconds.
const BETWEEN_MS: (u64, u64) = (1500, 5000);
/// How long an account stays disabled, mostly.
const SHORT_MS: (u64, u64) = (200, 2000);
/// At times it is longer than the judge waits for its sockets to close.
const LONG_MS: (u64, u64) = (6000, 8000);

/// Disables and enables.
pub(crate) struct Disabler {
    stage: Arc<Stage>,
    /// An owner or admin of the server.
    admin: usize,
    others: Vec<usize>,
    chance: Chance,
}

impl Disabler {
    /// `None` where nobody may, or nobody can be spared.
    pub(crate) fn of(stage: &Arc<Stage>) -> Option<Self> {
        let admin = stage.people.iter().position(|person| person.staff)?;
        let keeps = |who: usize| stage.rooms.iter().any(|room| room.keeper == who);
        let all = 0..stage.people.len();
        let others: Vec<usize> = all.filter(|who| *who != admin && !keeps(*who)).collect();
        (!others.is_empty()).then(|| Self {
            stage: Arc::clone(stage),
            admin,
            others,
            chance: Chance::of(stage.seed, 4_000_000),
        })
    }

    /// Goes on until the work is over; leaves everybody enabled.
    pub(crate) async fn run(mut self) {
        loop {
            let wait = self.chance.between(BETWEEN_MS.0, BETWEEN_MS.1);
            self.stage.pause(Duration::from_millis(wait)).await;
            let Some(who) = self.chance.pick(&self.others).copied() else {
                return;
            };
            if self.stage.phase() != Phase::Work {
                return;
            }
            self.stage.disables(self.stage.people[who].id);
            self.set(who, true).await;
            let (low, high) = if self.chance.percent(40) {
                LONG_MS
            } else {
                SHORT_MS
            };
            let lasts = self.chance.between(low, high);
            self.stage.pause(Duration::from_millis(lasts)).await;
            self.set(who, false).await;
        }
    }

    async fn set(&self, who: usize, disabled: bool) {
        let call = format!("PATCH users/{}", self.stage.people[who].id);
        let patch = PatchUser {
            role: None,
            disabled: Some(disabled),
        };
        until_answered(&self.stage, self.admin, &call, Some(&raw(&patch))).await;
    }
}
