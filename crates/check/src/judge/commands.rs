//! Commands: what was sent, what was answered, and where it stands in the log.
//!
//! Real-time order in one pass: while the history is read, each room has a floor,
//! the highest seq that anybody was told of so far. A command takes the floor of
//! the moment at which it is first sent; its event must stand above it.

use std::collections::HashMap;

use parlor_client::Said;
use parlor_client::Target;
use parlor_protocol::frame::ClientFrame;
use parlor_protocol::{Code, EventKind, Nonce, RoomId, Seq, UserId};

use super::logs::{Logs, nonce_of, shown, target_of};
use super::verdict::{Cite, Rule, Verdict};

/// One command is known by this.
pub(super) type Key = (UserId, RoomId, Nonce);

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Post { text: String, reply_to: Option<Seq> },
    Edit { target: Seq, text: String },
    Delete { target: Seq },
    React { target: Seq, emoji: String },
    Unreact { target: Seq, emoji: String },
}

/// A command, and all that is known of it.
#[derive(Debug)]
struct Command {
    verb: Verb,
    /// What else its outbox may have made of it: later commands that were folded into it.
    also: Vec<Verb>,
    device: u32,
    /// Its place among all that its device sent.
    order: u64,
    /// Where it was first sent.
    line: u64,
    floor: (Seq, u64),
    sent: u32,
    /// The seq it was answered with, and where.
    acked: Option<(Seq, u64)>,
    /// How often it was refused for good, and where last.
    refused: (u32, u64),
    /// It was told to try again: what came behind it may have overtaken it.
    deferred: bool,
}

/// All commands.
#[derive(Debug, Default)]
pub(super) struct Commands {
    commands: HashMap<Key, Command>,
    floors: HashMap<RoomId, (Seq, u64)>,
    order: u64,
}

/// Something sent under a nonce: a command, or one whose nonce was used for something else.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) key: Key,
    pub(super) altered: bool,
    /// The line that sent it, this time.
    pub(super) line: u64,
}

impl Verb {
    /// What a frame asks for, in which room, under which nonce.
    pub(super) fn of_frame(frame: &ClientFrame) -> Option<(RoomId, Nonce, Self)> {
        let (room, nonce, verb) = match frame.clone() {
            ClientFrame::Post {
                room,
                nonce,
                text,
                reply_to,
                ..
            } => (room, nonce, Self::Post { text, reply_to }),
            ClientFrame::Edit {
                room,
                nonce,
                seq,
                text,
                ..
            } => (room, nonce, Self::Edit { target: seq, text }),
            ClientFrame::Delete {
                room, nonce, seq, ..
            } => (room, nonce, Self::Delete { target: seq }),
            ClientFrame::React {
                room,
                nonce,
                seq,
                emoji,
                ..
            } => (room, nonce, Self::React { target: seq, emoji }),
            ClientFrame::Unreact {
                room,
                nonce,
                seq,
                emoji,
                ..
            } => (room, nonce, Self::Unreact { target: seq, emoji }),
            _ => return None,
        };
        Some((room, nonce, verb))
    }

    /// What a program gave to its outbox; targets are known by their seqs there.
    pub(super) fn of_said(said: Said) -> Option<Self> {
        let seq = |target: Target| match target {
            Target::Seq(seq) => Some(seq),
            Target::Nonce(_) => None,
        };
        Some(match said {
            Said::Post { text, reply_to } => Self::Post { text, reply_to },
            Said::Edit { target, text } => Self::Edit {
                target: seq(target)?,
                text,
            },
            Said::Delete { target } => Self::Delete {
                target: seq(target)?,
            },
            Said::React { target, emoji } => Self::React {
                target: seq(target)?,
                emoji,
            },
            Said::Unreact { target, emoji } => Self::Unreact {
                target: seq(target)?,
                emoji,
            },
        })
    }

    const fn target(&self) -> Option<Seq> {
        match self {
            Self::Post { .. } => None,
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. } => Some(*target),
        }
    }

    /// Whether an event is what this asked for; a text that was deleted since is not compared.
    fn made(&self, kind: &EventKind) -> bool {
        let same = |asked: &str, stands: Option<&parlor_protocol::MessageText>, redacted: bool| {
            stands.map_or(redacted, |text| text.as_str() == asked)
        };
        match (self, kind) {
            (
                Self::Post { text, reply_to },
                EventKind::MessagePosted {
                    text: stands,
                    reply_to: to,
                    redacted,
                    ..
                },
            ) => reply_to == to && same(text, stands.as_ref(), *redacted),
            (
                Self::Edit { target, text },
                EventKind::MessageEdited {
                    target: at,
                    text: stands,
                    redacted,
                    ..
                },
            ) => target == at && same(text, stands.as_ref(), *redacted),
            (Self::Delete { target }, EventKind::MessageDeleted { target: at, .. }) => target == at,
            (
                Self::React { target, emoji },
                EventKind::ReactionAdded {
                    target: at,
                    emoji: stands,
                    ..
                },
            )
            | (
                Self::Unreact { target, emoji },
                EventKind::ReactionRemoved {
                    target: at,
                    emoji: stands,
                    ..
                },
            ) => target == at && stands.as_str() == emoji,
            _ => false,
        }
    }
}

impl Commands {
    /// A command is about to be sent, for the first time or again.
    pub(super) fn sent(
        &mut self,
        device: u32,
        key: Key,
        verb: Verb,
        line: u64,
        verdict: &mut Verdict,
    ) -> Given {
        self.order += 1;
        let floor = self.floors.get(&key.1).copied().unwrap_or((Seq::ZERO, 0));
        let order = self.order;
        let command = self.commands.entry(key.clone()).or_insert_with(|| {
            verdict.counts.commands += 1;
            Command {
                verb: verb.clone(),
                also: Vec::new(),
                device,
                order,
                line,
                floor,
                sent: 0,
                acked: None,
                refused: (0, 0),
                deferred: false,
            }
        });
        let altered = command.verb != verb;
        verdict.counts.sent += 1;
        if !altered {
            command.sent += 1;
        }
        Given { key, altered, line }
    }

    /// A command was answered: it is on disk as this event. For a deletion, its target.
    pub(super) fn acked(
        &mut self,
        given: &Given,
        seq: Seq,
        duplicate: bool,
        line: u64,
        verdict: &mut Verdict,
    ) -> Option<Seq> {
        self.known(given.key.1, seq, line);
        verdict.counts.duplicates += u64::from(duplicate);
        let command = self.commands.get_mut(&given.key)?;
        let what = || format!("nonce {} in room {}", given.key.2, given.key.1);
        if given.altered {
            let cites = vec![Cite::Line(command.line), Cite::Line(line)];
            verdict.broken(
                Rule::NonceReused,
                format!("another command with {}", what()),
                cites,
            );
            return None;
        }
        match command.acked {
            Some((first, first_line)) if first != seq => {
                let cites = [command.line, first_line, line].map(Cite::Line);
                verdict.broken(Rule::TwoAnswers, what(), cites.into());
            }
            Some(_) => {}
            None => {
                command.acked = Some((seq, line));
                verdict.counts.acked += 1;
            }
        }
        match command.verb {
            Verb::Delete { target } => Some(target),
            _ => None,
        }
    }

    /// A command was refused.
    pub(super) fn refused(&mut self, given: &Given, code: Code, retry: bool, line: u64) {
        let Some(command) = self.commands.get_mut(&given.key).filter(|_| !given.altered) else {
            return;
        };
        if retry {
            command.deferred = true;
        } else if code != Code::NonceReused {
            command.refused = (command.refused.0 + 1, line);
        }
    }

    /// An outbox took a command into an older one of the same target that was never sent:
    /// that one of these may say now what this one said.
    pub(super) fn folded<'a>(&mut self, given: &Given, into: impl Iterator<Item = &'a Given>) {
        let Some(verb) = self
            .commands
            .get(&given.key)
            .map(|command| command.verb.clone())
        else {
            return;
        };
        for older in into.filter(|older| older.key.1 == given.key.1) {
            if let Some(older) = self.commands.get_mut(&older.key)
                && older.verb.target() == verb.target()
            {
                older.also.push(verb.clone());
            }
        }
    }

    /// Somebody was told of an event: whatever is sent from here on stands above it.
    pub(super) fn known(&mut self, room: RoomId, seq: Seq, line: u64) {
        let floor = self.floors.entry(room).or_insert((Seq::ZERO, 0));
        if seq > floor.0 {
            *floor = (seq, line);
        }
    }

    /// The highest seq of each room that anybody was told of so far, and where.
    pub(super) const fn floors(&self) -> &HashMap<RoomId, (Seq, u64)> {
        &self.floors
    }

    /// Compares with the logs.
    ///
    /// `disturbed`: whether a command of this key may have been refused between these two events
    /// of its room, and the refusal lost.
    pub(super) fn settle(
        &self,
        logs: &Logs,
        disturbed: impl Fn(&Key, Seq, Seq) -> bool,
        verdict: &mut Verdict,
    ) {
        let mut sorted: Vec<(&Key, &Command)> = self.commands.iter().collect();
        sorted.sort_unstable_by_key(|(_, command)| command.order);
        let mut last: HashMap<(u32, RoomId), (Seq, u64)> = HashMap::new();
        for (key, command) in sorted {
            let Some(log) = logs.get(&key.1) else {
                continue;
            };
            let named = || format!("{} of device {} in room {}", key.2, command.device, key.1);
            let seqs = log.of_nonce(key.0, &key.2);
            let cite_all = |more: Option<u64>| {
                let lines = [Some(command.line), more]
                    .into_iter()
                    .flatten()
                    .map(Cite::Line);
                lines
                    .chain(seqs.iter().map(|seq| log.cite(*seq)))
                    .collect::<Vec<Cite>>()
            };
            let acked_at = command.acked.map(|(_, line)| line);
            if seqs.len() > 1 {
                verdict.broken(Rule::Doubled, named(), cite_all(acked_at));
                continue;
            }
            let never = command.refused.0 >= command.sent && command.acked.is_none();
            if never {
                verdict.counts.refused += 1;
            } else if command.acked.is_none() {
                verdict.counts.unknown += 1;
            }
            if never && !seqs.is_empty() {
                verdict.broken(
                    Rule::RefusedButThere,
                    named(),
                    cite_all(Some(command.refused.1)),
                );
            }
            if let Some((seq, line)) = command.acked
                && !stands(command, seqs, seq, log)
            {
                let mut cites = vec![Cite::Line(command.line), Cite::Line(line), log.cite(seq)];
                cites.extend(seqs.iter().map(|seq| log.cite(*seq)));
                verdict.broken(Rule::AckedMissing, named(), cites);
            }
            let Some(seq) = seqs.first().copied() else {
                continue;
            };
            if seq <= command.floor.0 {
                let mut cites = vec![Cite::Line(command.floor.1)];
                cites.extend(cite_all(acked_at));
                verdict.broken(Rule::RealTimeOrder, named(), cites);
            }
            // What was put off, or never answered and so perhaps never sent again, claims no order.
            if command.deferred || command.acked.is_none() {
                continue;
            }
            // Sent again behind a refusal that was lost, and behind what came after it.
            if command.sent > 1 && disturbed(key, command.floor.0, seq) {
                continue;
            }
            let last = last
                .entry((command.device, key.1))
                .or_insert((Seq::ZERO, 0));
            if seq < last.0 {
                let mut cites = vec![Cite::Line(last.1), Cite::Line(command.line)];
                cites.extend([log.cite(seq), log.cite(last.0)]);
                verdict.broken(Rule::DeviceOrder, named(), cites);
            }
            *last = (seq, command.line);
        }
        self.nobody_sent(logs, verdict);
    }

    /// Every event of a message was asked for, just so.
    fn nobody_sent(&self, logs: &Logs, verdict: &mut Verdict) {
        for (room, log) in logs {
            for event in log.events() {
                let Some(nonce) = nonce_of(&event.kind) else {
                    continue;
                };
                let key = (event.by.id, *room, nonce.clone());
                let asked = self.commands.get(&key);
                let made = |command: &Command| {
                    let mut verbs = [&command.verb].into_iter().chain(&command.also);
                    verbs.any(|verb| verb.made(&event.kind))
                };
                if asked.is_some_and(made) {
                    continue;
                }
                let mut cites: Vec<Cite> = asked
                    .iter()
                    .map(|command| Cite::Line(command.line))
                    .collect();
                cites.push(Cite::Log(shown(event)));
                verdict.broken(
                    Rule::NobodySent,
                    format!("event {} of room {room}", event.seq),
                    cites,
                );
            }
        }
    }
}

/// Whether a command that was answered with `seq` stands in the log: as its own event,
/// or, where it changed nothing, as whatever last touched its target.
fn stands(command: &Command, seqs: &[Seq], seq: Seq, log: &super::logs::RoomLog) -> bool {
    if let [own] = seqs {
        return *own == seq;
    }
    let (Some(target), Some(event)) = (command.verb.target(), log.get(seq)) else {
        return false;
    };
    seqs.is_empty() && (seq == target || target_of(&event.kind) == Some(target))
}
