//! The judge: a history in, a verdict out. Pure, and linear in the history: it is
//! gone through twice, and what is kept of it is the logs, the commands, and what
//! each device holds.
//!
//! First pass: the logs as they stand at rest, and who asked for which membership.
//! Second pass, in the order things happened: every command, answer and sight is
//! compared with them. An event's line is never older than the event, so whatever
//! fails here did happen.
//!
//! | module | judges |
//! |---|---|
//! | `logs` | holes in the log; what became of each message |
//! | `commands` | acked and missing, doubled, refused and there, nobody sent, both orders |
//! | `streams` | what each device was sent: contiguous, the same for all, nothing past a removal |
//! | `members`, `updates` | who was a member when, and as what; topics and archives |
//! | `rights` | that whoever did something might; rooms as they are shown |
//! | `accounts` | that nothing is done for an account that is disabled |
//! | `backups` | what a restored backup holds |
//! | `texts`, `pages` | deleted texts, pages of history |
//! | [`verdict`] | the rules by name, and what shows them broken |

mod accounts;
mod asked;
mod backups;
mod clients;
mod commands;
mod counts;
mod logs;
mod members;
mod pages;
mod rights;
mod streams;
mod texts;
mod updates;
pub mod verdict;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use parlor_protocol::http::{Events, Messages, Page as Listed};
use parlor_protocol::{Event, Nonce, Room, RoomId, Seq, UserId};
use serde::de::DeserializeOwned;

use self::accounts::Accounts;
pub use self::asked::is_passing;
use self::backups::Backup;
use self::commands::{Commands, Given};
use self::logs::Logs;
pub(crate) use self::logs::nonce_of;
use self::members::Members;
use self::pages::Page;
use self::rights::Rights;
use self::streams::{Against, Stream};
use self::texts::Texts;
use self::updates::Updates;
use self::verdict::{Cite, Rule, Verdict};
use crate::history::{Change, DeviceKind, History, Raw, Record, What};

/// Judges a history.
///
/// # Errors
/// Where it cannot be read.
pub fn judge(history: &History) -> std::io::Result<Verdict> {
    let mut judge = Judge::default();
    history.each(|line, record| judge.first_pass(line, &record))?;
    judge.knows_the_logs();
    history.each(|line, record| judge.second_pass(line, record))?;
    Ok(judge.finish())
}

#[derive(Default)]
struct Judge {
    logs: Logs,
    members: Members,
    updates: Updates,
    rights: Rights,
    accounts: Accounts,
    texts: Texts,
    commands: Commands,
    backup: Backup,
    left: Backup,
    devices: HashMap<u32, Device>,
    markers: HashMap<(UserId, RoomId), (Seq, u64)>,
    epoch: Option<(String, u64)>,
    verdict: Verdict,
}

#[derive(Default)]
struct Device {
    stream: Stream,
    /// What it reads was sent long ago.
    slow: bool,
    /// Requests of this connection that are not answered yet.
    waiting: HashMap<String, Waiting>,
    /// Calls over HTTP, with the line that asked.
    asked: HashMap<u64, (Page, u64)>,
    given: HashMap<Nonce, Given>,
}

enum Waiting {
    Command(Given),
    Read(RoomId, Seq),
}

impl Judge {
    fn first_pass(&mut self, line: u64, record: &Record) {
        match &record.what {
            What::Device { user, staff, .. } => {
                let user = UserId::parse(user);
                self.devices.entry(record.d).or_default().stream.user = Some(user);
                if *staff {
                    self.rights.staff(user);
                }
            }
            What::Room { room, with, .. } => {
                let with = with.iter().map(|user| UserId::parse(user)).collect();
                self.members.made(RoomId::parse(room), with);
            }
            What::Asked { n, call, body } => {
                let actor = self
                    .devices
                    .get(&record.d)
                    .and_then(|device| device.stream.user);
                let actor = actor.unwrap_or(UserId::NOWHERE);
                let (id, call) = ((record.d, *n), (call.as_str(), body.as_ref()));
                self.members.asks(id, actor, call, line);
                self.updates.asks(id, actor, call, line);
            }
            What::Answered { n, status, .. } => {
                self.members.answered(record.d, *n, *status);
                self.updates.answered(record.d, *n, *status);
            }
            What::Log { room, page } => {
                let room = RoomId::parse(room);
                if let Some(page) = self.read::<Events>(page, line) {
                    let log = self.logs.entry(room).or_default();
                    log.take(room, page, line, &mut self.verdict);
                }
            }
            _ => {}
        }
    }

    /// Between the passes: what the logs say by themselves.
    fn knows_the_logs(&mut self) {
        self.members.settle(&self.logs, &mut self.verdict);
        self.updates.settle(&self.logs, &mut self.verdict);
        self.rights.settle(&self.logs, &mut self.verdict);
    }

    fn second_pass(&mut self, line: u64, record: Record) {
        self.verdict.counts.lines += 1;
        let d = record.d;
        match record.what {
            What::Run { seed, command, .. } => {
                (self.verdict.counts.seed, self.verdict.counts.command) = (seed, command);
            }
            What::Device { kind, .. } => {
                let device = self.device(d);
                device.slow = kind == DeviceKind::Slow;
                device.stream.exact = matches!(kind, DeviceKind::Client | DeviceKind::Tail);
            }
            What::Connected => {
                self.verdict.counts.connections += 1;
                self.device(d).waiting.clear();
            }
            What::Sent(frame) => self.sent(d, &frame, line),
            What::Got(frame) => {
                self.came(d, (line, record.t));
                self.got(d, &frame, line);
            }
            What::Asked { n, call, body } => {
                let user = self.device(d).stream.user;
                let asked = (call.as_str(), body.as_ref());
                self.accounts.asks((d, n), user, asked, line);
                if let Some(page) = Page::of(&call) {
                    self.device(d).asked.insert(n, (page, line));
                }
            }
            What::Answered { n, status, body } => {
                let at = (line, record.t);
                self.accounts
                    .answered((d, n), status, at, &mut self.verdict);
                self.answered(d, n, status, &body, line);
            }
            What::Holds { room, after } => {
                let after = Seq::new(after);
                self.device(d)
                    .stream
                    .begin(RoomId::parse(&room), after, line);
            }
            What::Said { room, nonce, said } => self.said(d, &room, &nonce, &said, line),
            What::Settled {
                room,
                nonce,
                seq,
                refused,
            } => {
                self.settled(d, &room, &nonce, seq, refused.as_deref(), line);
            }
            What::Told { room, event } => {
                self.came(d, (line, record.t));
                if let Some(event) = self.read::<Event>(&event, line) {
                    self.events(d, RoomId::parse(&room), &[event], line);
                }
            }
            What::Place {
                room,
                change,
                after,
            } => {
                let room = RoomId::parse(&room);
                let (device, mut with) = self.with(d);
                match change {
                    Change::Removed => {
                        device
                            .stream
                            .removed(room, after.and_then(Seq::new), line, &mut with);
                    }
                    // A tail knows no number before its first event.
                    Change::Added | Change::Forgotten => {
                        device.stream.begin(room, after.and_then(Seq::new), line);
                    }
                }
            }
            What::Again => self.device(d).stream.again(),
            What::Fault { name, .. } => {
                self.accounts.fault(&name, true);
                if name == "damage" {
                    self.left = Backup::default();
                }
                if name == "backup" {
                    self.backup = Backup::begun(&self.commands);
                }
                *self.verdict.counts.faults.entry(name).or_default() += 1;
            }
            What::Prefix { room, page, .. } => {
                if let Some(page) = self.read::<Events>(&page, line) {
                    let (logs, verdict) = (&self.logs, &mut self.verdict);
                    self.backup
                        .page(RoomId::parse(&room), &page, line, logs, verdict);
                }
            }
            What::Left { room, page } => {
                if let Some(page) = self.read::<Events>(&page, line) {
                    let (logs, verdict) = (&self.logs, &mut self.verdict);
                    self.left
                        .page(RoomId::parse(&room), &page, line, logs, verdict);
                }
            }
            What::Took { what, ms } => {
                let worst = self.verdict.counts.worst_ms.entry(what).or_default();
                *worst = (*worst).max(ms);
            }
            What::Found { rule, good, detail } => {
                if !good {
                    let what = format!("\"{rule}\" ({detail})");
                    self.verdict
                        .broken(Rule::Found, what, vec![Cite::Line(line)]);
                }
            }
            What::Healed { name } => self.accounts.fault(&name, false),
            What::Held { room, cursor } => self.held(&room, cursor, line),
            What::Rooms { user, page } => {
                if let Some(page) = self.read::<Listed<Room>>(&page, line) {
                    let user = UserId::parse(&user);
                    page.items
                        .iter()
                        .for_each(|room| self.counts(user, room, line));
                }
            }
            What::Messages { room, page } => {
                if let Some(page) = self.read::<Messages>(&page, line) {
                    let (_, mut with) = self.with(d);
                    pages::history(RoomId::parse(&room), &page, (line, line), &mut with);
                }
            }
            What::Room { .. }
            | What::Lost(_)
            | What::Unanswered { .. }
            | What::Rest
            | What::Log { .. } => {}
        }
    }

    /// Something reached a device now.
    fn came(&mut self, d: u32, at: (u64, u64)) {
        let device = self.device(d);
        if let Some(user) = device.stream.user.filter(|_| !device.slow) {
            self.accounts.came(user, at, &mut self.verdict);
        }
    }

    fn events(&mut self, d: u32, room: RoomId, events: &[Event], line: u64) {
        if let Some(last) = events.last() {
            self.commands.known(room, last.seq, line);
        }
        let (device, mut with) = self.with(d);
        device.stream.events(room, events, line, &mut with);
    }

    fn answered(&mut self, d: u32, n: u64, status: u16, body: &Raw, line: u64) {
        let Some((page, asked)) = self.device(d).asked.remove(&n) else {
            return;
        };
        if status != 200 {
            return;
        }
        let user = self.device(d).stream.user;
        match page {
            Page::Log(room) => {
                if let Some(page) = self.read::<Events>(body, line) {
                    let (_, mut with) = self.with(d);
                    pages::log(user, room, &page, (asked, line), &mut with);
                }
            }
            Page::History(room) => {
                if let Some(page) = self.read::<Messages>(body, line) {
                    let (_, mut with) = self.with(d);
                    pages::history(room, &page, (asked, line), &mut with);
                }
            }
            Page::Rooms => {
                if let (Some(page), Some(user)) = (self.read::<Listed<Room>>(body, line), user) {
                    page.items
                        .iter()
                        .for_each(|room| self.counts(user, room, line));
                }
            }
        }
    }

    fn held(&mut self, room: &str, cursor: u64, line: u64) {
        let id = RoomId::parse(room);
        let Some(head) = self.logs.get(&id).map(|log| log.head().get()) else {
            return;
        };
        if cursor < head {
            let what = format!("event {} of room {room} (head {head})", cursor + 1);
            self.verdict
                .broken(Rule::NotCaughtUp, what, vec![Cite::Line(line)]);
        }
    }

    fn epoch(&mut self, epoch: &str, line: u64) {
        let (known, first) = self.epoch.get_or_insert_with(|| (epoch.to_owned(), line));
        if known != epoch {
            let cites = vec![Cite::Line(*first), Cite::Line(line)];
            self.verdict.broken(Rule::EpochChanged, "the server", cites);
        }
    }

    fn finish(mut self) -> Verdict {
        let disturbed = |(user, room, _): &commands::Key, from, to| {
            self.accounts.was_disabled(*user) || self.rights.disturbed(*room, *user, from, to)
        };
        self.commands
            .settle(&self.logs, disturbed, &mut self.verdict);
        let counts = &mut self.verdict.counts;
        counts.devices = self.devices.len() as u64;
        counts.rooms = self.logs.len() as u64;
        counts.events = self.logs.values().map(|log| log.head().get()).sum();
        for (room, log) in &self.logs {
            for (_, written) in log
                .messages()
                .filter(|(_, written)| written.deleted.is_some())
            {
                let texts = [written.touched[0]]
                    .into_iter()
                    .chain(written.edits.iter().copied());
                for seq in
                    texts.filter(|seq| log.get(*seq).is_some_and(|e| e.kind.text().is_some()))
                {
                    let what = format!("event {seq} of room {room}");
                    self.verdict
                        .broken(Rule::DeletedText, what, vec![log.cite(seq)]);
                }
            }
        }
        self.verdict
    }

    fn device(&mut self, d: u32) -> &mut Device {
        self.devices.entry(d).or_default()
    }

    /// A device beside what it is compared with.
    fn with(&mut self, d: u32) -> (&mut Device, Against<'_>) {
        let device = self.devices.entry(d).or_default();
        let against = Against {
            logs: &self.logs,
            members: &self.members,
            texts: &self.texts,
            verdict: &mut self.verdict,
        };
        (device, against)
    }

    /// What was on the wire; told where it cannot be read.
    fn read<T: DeserializeOwned>(&mut self, raw: &Raw, line: u64) -> Option<T> {
        match serde_json::from_str(raw.get()) {
            Ok(read) => Some(read),
            Err(error) => {
                let cites = vec![Cite::Line(line), Cite::Log(error.to_string())];
                self.verdict
                    .broken(Rule::BadFrame, "what cannot be read", cites);
                None
            }
        }
    }
}
