//! Who was a member when: the log's joins and leaves beside what was asked for.
//!
//! The run asks for one change of one person's membership of one room at a time,
//! and asks again until it is answered. So the n-th change in the log is the n-th
//! that was asked for and could change something, and the moment it was asked
//! for is known: before that, nobody can have been a member again.

use std::collections::HashMap;

use parlor_protocol::{EventKind, RoomId, Seq, UserId};

use super::logs::{Logs, shown};
use super::verdict::{Cite, Rule, Verdict};

/// A change that was asked for, however often.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) actor: UserId,
    /// To become a member; else to be none.
    pub(super) join: bool,
    /// The first line that asked for it.
    pub(super) line: u64,
    /// The last answer's status; `None` as long as there is none that settles it.
    pub(super) status: Option<u16>,
    /// The request whose answer is waited for.
    pub(super) request: u64,
}

/// A time without membership: events after `left`, before `back`, are not for them.
#[derive(Clone, Copy, Debug)]
struct Gap {
    left: Seq,
    back: Option<Seq>,
    /// The line that asked for coming back.
    asked_back: Option<u64>,
}

/// All changes that were asked for, then all gaps.
#[derive(Debug, Default)]
pub(super) struct Members {
    asked: HashMap<(RoomId, UserId), Vec<Asked>>,
    requests: HashMap<(u32, u64), (RoomId, UserId)>,
    gaps: HashMap<(RoomId, UserId), Vec<Gap>>,
}

/// Whom a call is about: `PUT rooms/R/members/U`, `DELETE rooms/R/members/U`.
fn parse(call: &str) -> Option<(bool, RoomId, UserId)> {
    let (method, path) = call.split_once(' ')?;
    let mut parts = path.split('/');
    let (rooms, room, members, user) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if rooms != "rooms" || members != "members" || parts.next().is_some() {
        return None;
    }
    let join = match method {
        "PUT" => true,
        "DELETE" => false,
        _ => return None,
    };
    Some((join, RoomId::parse(room), UserId::parse(user)))
}

/// Statuses after which the run asks for the same again.
pub const fn is_passing(status: u16) -> bool {
    status == 429 || status >= 500
}

impl Members {
    /// A request that is about to be sent.
    pub(super) fn asks(&mut self, device: u32, actor: UserId, n: u64, call: &str, line: u64) {
        let Some((join, room, user)) = parse(call) else {
            return;
        };
        self.requests.insert((device, n), (room, user));
        let asked = self.asked.entry((room, user)).or_default();
        match asked.last_mut() {
            // The one before got no answer that settles it: this is the same again.
            Some(last) if last.status.is_none() => last.request = n,
            _ => asked.push(Asked {
                actor,
                join,
                line,
                status: None,
                request: n,
            }),
        }
    }

    /// An answer.
    pub(super) fn answered(&mut self, device: u32, n: u64, status: u16) {
        let Some(key) = self.requests.remove(&(device, n)) else {
            return;
        };
        if let Some(last) = self.asked.get_mut(&key).and_then(|asked| asked.last_mut())
            && last.request == n
            && !is_passing(status)
        {
            last.status = Some(status);
        }
    }

    /// Compares with the logs, and knows the gaps from then on.
    pub(super) fn settle(&mut self, logs: &Logs, verdict: &mut Verdict) {
        for (room, log) in logs {
            let mut changes: HashMap<UserId, Vec<(bool, Seq, UserId)>> = HashMap::new();
            let maker = log.events().first().map(|event| event.by.id);
            for event in log.events() {
                let change = match &event.kind {
                    EventKind::MemberJoined { user, .. } => (true, user.id),
                    EventKind::MemberLeft { user } => (false, user.id),
                    _ => continue,
                };
                // Whoever makes a room is in it.
                if change == (true, maker.unwrap_or(UserId::NOWHERE)) && event.seq.get() == 2 {
                    continue;
                }
                verdict.counts.moves += 1;
                let of = changes.entry(change.1).or_default();
                of.push((change.0, event.seq, event.by.id));
            }
            let mut users: Vec<UserId> = changes.keys().copied().collect();
            users.extend(
                self.asked
                    .keys()
                    .filter(|key| key.0 == *room)
                    .map(|key| key.1),
            );
            users.sort_unstable();
            users.dedup();
            for user in users {
                let happened = changes.remove(&user).unwrap_or_default();
                let key = (*room, user);
                let asked = self.asked.get(&key).map_or(&[][..], Vec::as_slice);
                let gaps = fold(key, maker == Some(user), asked, &happened, logs, verdict);
                self.gaps.insert(key, gaps);
            }
        }
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

/// One person's changes of one room, as asked for and as they happened.
fn fold(
    (room, user): (RoomId, UserId),
    made_it: bool,
    asked: &[Asked],
    happened: &[(bool, Seq, UserId)],
    logs: &Logs,
    verdict: &mut Verdict,
) -> Vec<Gap> {
    let mut gaps = vec![Gap {
        left: Seq::ZERO,
        back: None,
        asked_back: None,
    }];
    let mut member = made_it;
    if made_it {
        gaps.clear();
    }
    let mut next = happened.iter().peekable();
    for ask in asked {
        if ask.join == member {
            continue;
        }
        let came = next.next_if(|(join, _, by)| *join == ask.join && *by == ask.actor);
        let Some((join, seq, _)) = came else {
            if ask.status.is_some_and(|status| status < 300) {
                let verb = if ask.join { "join" } else { "leave" };
                let what = format!("that {user} should {verb} room {room}");
                verdict.broken(Rule::AckedMissing, what, vec![Cite::Line(ask.line)]);
            }
            continue;
        };
        member = *join;
        if *join {
            if let Some(gap) = gaps.last_mut() {
                (gap.back, gap.asked_back) = (Some(*seq), Some(ask.line));
            }
        } else {
            gaps.push(Gap {
                left: *seq,
                back: None,
                asked_back: None,
            });
        }
    }
    for (_, seq, _) in next {
        let log = logs.get(&room);
        let event = log.and_then(|log| log.get(*seq)).map(shown);
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
        assert_eq!(
            parse(&format!("PUT rooms/{id}/members/{id}")),
            Some((true, ids.0, ids.1))
        );
        assert_eq!(
            parse(&format!("DELETE rooms/{id}/members/{id}")),
            Some((false, ids.0, ids.1))
        );
        for other in [
            format!("GET rooms/{id}/members/{id}"),
            format!("PUT rooms/{id}"),
            "PUT me".into(),
        ] {
            assert_eq!(parse(&other), None);
        }
    }
}
