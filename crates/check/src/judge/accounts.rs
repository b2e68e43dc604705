//! Accounts that were disabled: from the answer that says so until it is asked to be enabled
//! again, nothing of theirs is taken, and soon nothing reaches them any more.

use std::collections::{HashMap, HashSet};

use parlor_protocol::UserId;
use parlor_protocol::http::PatchUser;

use super::verdict::{Cite, Rule, Verdict};
use crate::history::Raw;

/// Sockets close within a second; what is judged besides is for a loaded machine, in microseconds.
const CLOSES: u64 = 5_000_000;

/// Faults that end sockets, or none, and hold nobody up.
const QUICK: [&str; 4] = ["kill", "term", "cut", "backup"];

/// Who is disabled at this point of the history.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    disabled: HashMap<UserId, Since>,
    /// Who ever was, or may have been.
    ever: HashSet<UserId>,
    /// Requests to disable somebody that are not answered yet.
    asked: HashMap<(u32, u64), UserId>,
    /// Requests of those who are disabled.
    vain: HashMap<(u32, u64), (UserId, u64)>,
    /// A fault is under way, since so many faults.
    striking: bool,
    struck: u64,
}

/// Since when an account is disabled.
#[derive(Clone, Copy, Debug)]
struct Since {
    line: u64,
    t: u64,
    /// Faults that had struck by then; `None` while one was under way.
    struck: Option<u64>,
}

impl Accounts {
    /// A fault begins, or is over. Those that hold nobody up do not count.
    pub(super) fn fault(&mut self, name: &str, begins: bool) {
        if !QUICK.contains(&name) {
            self.striking = begins;
            self.struck += 1;
        }
    }

    /// Whether an account may have been disabled at some time.
    pub(super) fn was_disabled(&self, user: UserId) -> bool {
        self.ever.contains(&user)
    }

    /// A request that is about to be sent, by a user.
    pub(super) fn asks(
        &mut self,
        id: (u32, u64),
        by: Option<UserId>,
        (call, body): (&str, Option<&Raw>),
        line: u64,
    ) {
        if let Some(by) = by.filter(|by| self.disabled.contains_key(by)) {
            self.vain.insert(id, (by, line));
        }
        let Some(user) = call.strip_prefix("PATCH users/").map(UserId::parse) else {
            return;
        };
        let patch = body.and_then(|body| serde_json::from_str::<PatchUser>(body.get()).ok());
        match patch.and_then(|patch| patch.disabled) {
            Some(true) => {
                self.ever.insert(user);
                self.asked.insert(id, user);
            }
            Some(false) => {
                self.disabled.remove(&user);
            }
            None => {}
        }
    }

    /// An answer.
    pub(super) fn answered(
        &mut self,
        id: (u32, u64),
        status: u16,
        (line, t): (u64, u64),
        verdict: &mut Verdict,
    ) {
        if let Some((user, asked)) = self.vain.remove(&id)
            && status < 300
        {
            self.taken(user, "a request", asked, line, verdict);
        }
        if let Some(user) = self.asked.remove(&id)
            && status < 300
        {
            verdict.counts.disabled += 1;
            let struck = (!self.striking).then_some(self.struck);
            self.disabled.insert(user, Since { line, t, struck });
        }
    }

    /// Something that a user asked for at a line was done for them at another.
    pub(super) fn taken(
        &self,
        user: UserId,
        what: &str,
        asked: u64,
        line: u64,
        verdict: &mut Verdict,
    ) {
        if let Some(since) = self.disabled.get(&user)
            && since.line < asked
        {
            let cites = [since.line, asked, line].map(Cite::Line).into();
            verdict.broken(Rule::Disabled, format!("{what} of {user}"), cites);
        }
    }

    /// Something came to a user's socket.
    pub(super) fn came(&self, user: UserId, (line, t): (u64, u64), verdict: &mut Verdict) {
        if let Some(since) = self.disabled.get(&user)
            && since.struck == Some(self.struck)
            && t > since.t + CLOSES
        {
            let cites = [since.line, line].map(Cite::Line).into();
            verdict.broken(Rule::Disabled, format!("a socket of {user}"), cites);
        }
    }
}
