//! Who was a member when, and as what: the log's joins, leaves and roles beside what was
//! asked for. Before a change was asked for, nobody can have been a member again.

use std::collections::HashMap;

use parlor_protocol::http::PutMember;
use parlor_protocol::{EventKind, RoomId, RoomRole, Seq, UserId};

use super::asked::{AllAsked, Asked};
use super::logs::{Logs, RoomLog, shown};
use super::verdict::{Cite, Rule, Verdict};
use crate::history::Raw;
use crate::movers::Wants;

/// A time without membership: events after `left`, before `back`, are not for them.
#[derive(Clone, Copy, Debug)]
struct Gap {
    left: Seq,
    back: Option<Seq>,
    /// The line that asked for coming back.
    asked_back: Option<u64>,
}

/// A change of one person's membership, as the log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Joined(RoomRole),
    Role(RoomRole),
    Left,
}

type Happened = Vec<(Change, Seq, UserId)>;

/// All changes that were asked for, then all gaps.
#[derive(Debug, Default)]
pub(super) struct Members {
    asked: AllAsked<(RoomId, UserId), Wants>,
    /// Who was in a room with its maker from the first moment on.
    with: HashMap<RoomId, Vec<UserId>>,
    gaps: HashMap<(RoomId, UserId), Vec<Gap>>,
}

/// Whom a call is about: `PUT rooms/R/members/U`, `DELETE rooms/R/members/U`.
fn parse(call: &str, body: Option<&Raw>) -> Option<((RoomId, UserId), Wants)> {
    let (method, path) = call.split_once(' ')?;
    let mut parts = path.split('/');
    let (rooms, room, members, user) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if rooms != "rooms" || members != "members" || parts.next().is_some() {
        return None;
    }
    let put = body.and_then(|body| serde_json::from_str::<PutMember>(body.get()).ok());
    let wants = match method {
        "PUT" => Wants::In(put.and_then(|put| put.role)),
        "DELETE" => Wants::Out,
        _ => return None,
    };
    Some(((RoomId::parse(room), UserId::parse(user)), wants))
}

impl Members {
    /// A room was made, with these in it beside its maker.
    pub(super) fn made(&mut self, room: RoomId, with: Vec<UserId>) {
        self.with.insert(room, with);
    }

    /// A request that is about to be sent.
    pub(super) fn asks(
        &mut self,
        id: (u32, u64),
        actor: UserId,
        (call, body): (&str, Option<&Raw>),
        line: u64,
    ) {
        if let Some(asked) = parse(call, body) {
            self.asked.asks(id, actor, asked, line);
        }
    }

    /// An answer.
    pub(super) fn answered(&mut self, device: u32, n: u64, status: u16) {
        self.asked.answered(device, n, status);
    }

    /// Compares with the logs, and knows the gaps from then on.
    pub(super) fn settle(&mut self, logs: &Logs, verdict: &mut Verdict) {
        for (room, log) in logs {
            let mut at_first = self.at_first(*room, log, verdict);
            let mut changes: HashMap<UserId, Happened> = HashMap::new();
            // Those who were there from the first moment on stand right behind the beginning.
            for event in log.events().iter().skip(1 + at_first.len()) {
                let (change, user) = match &event.kind {
                    EventKind::MemberJoined { user, role } => (Change::Joined(*role), user.id),
                    EventKind::RoleChanged { user, role } => (Change::Role(*role), user.id),
                    EventKind::MemberLeft { user } => (Change::Left, user.id),
                    _ => continue,
                };
                match change {
                    Change::Role(_) => verdict.counts.roles += 1,
                    _ => verdict.counts.moves += 1,
                }
                let of = changes.entry(user).or_default();
                of.push((change, event.seq, event.by.id));
            }
            let mut users: Vec<UserId> = changes.keys().chain(at_first.keys()).copied().collect();
            let asked = self.asked.keys().filter(|key| key.0 == *room);
            users.extend(asked.map(|key| key.1));
            users.sort_unstable();
            users.dedup();
            for user in users {
                let happened = changes.remove(&user).unwrap_or_default();
                let key = (*room, user);
                let role = at_first.remove(&user);
                let gaps = fold(key, role, self.asked.of(key), &happened, log, verdict);
                self.gaps.insert(key, gaps);
            }
        }
    }

    /// Who is in a room with its first events: its maker, then those it was made with.
    fn at_first(
        &self,
        room: RoomId,
        log: &RoomLog,
        verdict: &mut Verdict,
    ) -> HashMap<UserId, RoomRole> {
        let Some(maker) = log.events().first().map(|event| event.by.id) else {
            return HashMap::new();
        };
        let with = self.with.get(&room).into_iter().flatten();
        let mut at_first = HashMap::new();
        for (seq, user) in (2..).zip([&maker].into_iter().chain(with)) {
            let seq = Seq::new(seq).unwrap_or(Seq::ZERO);
            match log.get(seq).map(|event| (&event.kind, event.by.id)) {
                Some((EventKind::MemberJoined { user: who, role }, by))
                    if who.id == *user && by == maker =>
                {
                    at_first.insert(*user, *role);
                }
                _ => {
                    let what = format!("that {user} is in room {room} from the first moment on");
                    verdict.broken(Rule::AckedMissing, what, vec![log.cite(seq)]);
                }
            }
        }
        at_first
    }

    /// Whether an event that a user received at a line was none for them; since which event.
    pub(super) fn not_for(&self, room: RoomId, user: UserId, seq: Seq, line: u64) -> Option<Seq> {
        let gaps = self.gaps.get(&(room, user))?;
        let at = gaps.partition_point(|gap| gap.left < seq).checked_sub(1)?;
        let gap = gaps[at];
        let within = gap.back.is_none_or(|back| seq < back);
        let too_early = gap.asked_back.is_none_or(|asked| line < asked);
        (within && too_early).then_some(gap.left)
    }
}

/// What a change that was asked for makes of a membership; `None`: nothing.
fn makes(wants: Wants, now: Option<RoomRole>) -> Option<Change> {
    match (wants, now) {
        (Wants::In(role), None) => Some(Change::Joined(role.unwrap_or(RoomRole::Member))),
        (Wants::In(Some(role)), Some(now)) if role != now => Some(Change::Role(role)),
        (Wants::In(_), Some(_)) | (Wants::Out, None) => None,
        (Wants::Out, Some(_)) => Some(Change::Left),
    }
}

/// One person's changes of one room, as asked for and as they happened.
fn fold(
    (room, user): (RoomId, UserId),
    mut role: Option<RoomRole>,
    asked: &[Asked<Wants>],
    happened: &[(Change, Seq, UserId)],
    log: &RoomLog,
    verdict: &mut Verdict,
) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if role.is_none() {
        gaps.push(Gap {
            left: Seq::ZERO,
            back: None,
            asked_back: None,
        });
    }
    let mut next = happened.iter().peekable();
    for ask in asked {
        let Some(expected) = makes(ask.wants, role).filter(|_| !ask.is_refused()) else {
            continue;
        };
        let came = next.next_if(|(change, _, by)| *change == expected && *by == ask.actor);
        let Some((change, seq, _)) = came else {
            if ask.is_granted() {
                let what = format!("that {user} should be {:?} of room {room}", ask.wants);
                verdict.broken(Rule::AckedMissing, what, vec![Cite::Line(ask.line)]);
            }
            continue;
        };
        match change {
            Change::Joined(to) => {
                role = Some(*to);
                if let Some(gap) = gaps.last_mut() {
                    (gap.back, gap.asked_back) = (Some(*seq), Some(ask.line));
                }
            }
            Change::Role(to) => role = Some(*to),
            Change::Left => {
                role = None;
                gaps.push(Gap {
                    left: *seq,
                    back: None,
                    asked_back: None,
                });
            }
        }
    }
    for (_, seq, _) in next {
        let event = log.get(*seq).map(shown);
        let what = format!("event {seq} of room {room}");
        verdict.broken(
            Rule::NobodySent,
            what,
            vec![Cite::Log(event.unwrap_or_default())],
        );
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_about_members_are_read() {
        let id = "0000000000000000000000000000000a";
        let ids = (RoomId::parse(id), UserId::parse(id));
        let owner = crate::history::raw(&serde_json::json!({"role": "owner"}));
        for (verb, body, wants) in [
            ("PUT", None, Wants::In(None)),
            ("PUT", Some(&owner), Wants::In(Some(RoomRole::Owner))),
            ("DELETE", None, Wants::Out),
        ] {
            let read = parse(&format!("{verb} rooms/{id}/members/{id}"), body);
            assert_eq!(read, Some((ids, wants)));
        }
        for other in [
            format!("GET rooms/{id}/members/{id}"),
            format!("PUT rooms/{id}"),
            "PUT me".into(),
        ] {
            assert_eq!(parse(&other, None), None);
        }
    }
}
