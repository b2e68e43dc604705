//! What the judge says: which promise was broken, where, and the lines that show it.

use std::collections::BTreeMap;

use serde::Serialize;

/// A promise that can be seen broken in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Told that it is done, and it is not in the log.
    AckedMissing,
    /// Seen by someone, and not in the log at the end.
    SeenGone,
    /// One command, several events.
    Doubled,
    /// One nonce, several answers.
    TwoAnswers,
    /// A nonce was used for something else, and that was taken too.
    NonceReused,
    /// Refused for good, and in the log all the same.
    RefusedButThere,
    /// An event that nobody asked for.
    NobodySent,
    /// A number is missing in a log.
    Hole,
    /// What a device was sent is not the next event, nor asked for again.
    NotContiguous,
    /// Acked, or seen, before something else was sent, and numbered after it.
    RealTimeOrder,
    /// What one device sent in one order stands in another.
    DeviceOrder,
    /// Two readers were given different events for one number.
    Disagree,
    /// An event numbered after the removal of whoever received it.
    PastRemoval,
    /// In the log, and whoever did it had no right to.
    NotAllowed,
    /// Done for, or sent to, an account that was disabled.
    Disabled,
    /// A room that is shown otherwise than its log makes it.
    RoomDiffers,
    /// Unread or mention counts that differ from the log.
    Counts,
    /// A marker that went back.
    MarkerBack,
    /// A text that was asked for after its deletion was acked.
    DeletedText,
    /// A deleted text in the files of a server that has stopped.
    TextInFiles,
    /// A page of history that differs from the log.
    PageDiffers,
    /// At rest, a device that does not hold all of its rooms.
    NotCaughtUp,
    /// A frame that the contract does not know, or out of its turn.
    BadFrame,
    /// A restored backup, or what damage has left, that is no prefix of the log; a backup that lacks
    /// what was known before it began.
    BackupDiffers,
    /// Another epoch without a restore.
    EpochChanged,
    /// What a fault or the run checked by itself.
    Found,
}

impl Rule {
    /// What is broken, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AckedMissing => "was acked and is not in the log",
            Self::SeenGone => "was seen and is not in the log any more",
            Self::Doubled => "was sent as one command and stands in the log more than once",
            Self::TwoAnswers => "got two different answers for one nonce",
            Self::NonceReused => "was taken under a nonce that had been used for something else",
            Self::RefusedButThere => "was refused for good and stands in the log",
            Self::NobodySent => "stands in the log and nobody asked for it",
            Self::Hole => "is missing from the log",
            Self::NotContiguous => "was sent to a device out of its turn",
            Self::RealTimeOrder => "was sent after another was known, and is numbered before it",
            Self::DeviceOrder => "was sent by a device after another, and is numbered before it",
            Self::Disagree => "is not the same event for every reader",
            Self::PastRemoval => "was received by somebody who was no member any more",
            Self::NotAllowed => "stands in the log, and whoever did it had no right to",
            Self::Disabled => "was served although the account had been disabled",
            Self::RoomDiffers => "was shown otherwise than its log makes it",
            Self::Counts => "has other unread or mention counts than its log",
            Self::MarkerBack => "has a read marker that went back",
            Self::DeletedText => "was sent with its text after its deletion was acked",
            Self::TextInFiles => "was deleted, and its text is in a file of the stopped server",
            Self::PageDiffers => "stands otherwise in a page of history than in the log",
            Self::NotCaughtUp => "did not reach a device, and everything is at rest",
            Self::BadFrame => "is a frame that may not come here",
            Self::BackupDiffers => {
                "is not in a restored backup, or in what damage has left, as it is in the log"
            }
            Self::EpochChanged => "has another epoch, and nothing was restored",
            Self::Found => "does not hold",
        }
    }
}

/// What shows a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cite {
    /// A line of the history, by its number.
    Line(u64),
    /// What the log says.
    Log(String),
}

/// One broken promise.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// Of what: the subject of the rule's sentence.
    pub what: String,
    /// The shortest that shows it.
    pub cites: Vec<Cite>,
}

/// Violations of one rule that are kept with all they show; the rest are counted.
pub const KEPT: usize = 3;

/// What was counted, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// How often each rule was broken.
    pub broken: BTreeMap<Rule, u64>,
    /// The first few of each.
    pub violations: Vec<Violation>,
    /// What was looked at.
    pub counts: Counts,
}

impl Verdict {
    /// Nothing was found.
    pub fn is_good(&self) -> bool {
        self.broken.is_empty()
    }

    pub(super) fn broken(&mut self, rule: Rule, what: impl Into<String>, cites: Vec<Cite>) {
        let count = self.broken.entry(rule).or_default();
        *count += 1;
        if *count <= KEPT as u64 {
            let what = what.into();
            self.violations.push(Violation { rule, what, cites });
        }
    }
}

/// What was looked at: without it, finding nothing means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines of the history.
    pub lines: u64,
    /// Devices that did or saw something.
    pub devices: u64,
    /// Rooms whose log was read at rest.
    pub rooms: u64,
    /// Events in those logs.
    pub events: u64,
    /// Commands given, each once however often it was sent.
    pub commands: u64,
    /// Times that one of them was sent.
    pub sent: u64,
    /// Of the commands: told that it is done.
    pub acked: u64,
    /// Refused for good.
    pub refused: u64,
    /// Never answered.
    pub unknown: u64,
    /// Answers that said `duplicate`.
    pub duplicates: u64,
    /// Events received by devices.
    pub received: u64,
    /// Of those, such as were held already: what a resume brought again.
    pub again: u64,
    /// Connections that came up.
    pub connections: u64,
    /// Joins and leaves in the logs.
    pub moves: u64,
    /// Changes of roles in the logs.
    pub roles: u64,
    /// Changes of topics and archives in the logs.
    pub updates: u64,
    /// Times that an account was disabled.
    pub disabled: u64,
    /// Deletions acked.
    pub deletions: u64,
    /// Unread and mention counts compared with the log.
    pub counted: u64,
    /// Pages of history compared with the log.
    pub pages: u64,
    /// Faults, by name.
    pub faults: BTreeMap<String, u64>,
    /// The worst of each measured time, in milliseconds.
    pub worst_ms: BTreeMap<String, u64>,
    /// The seed, and the command that made this history.
    pub seed: u64,
    /// See `seed`.
    pub command: String,
}
