//! Honest people beside a fault: they post at a steady pace, and what their posts take is measured from
//! when each was due, so that one that could not leave has waited, too.

use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::RoomId;
use parlor_protocol::frame::ServerFrame;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::crowd::{Member, accounts, room};
use crate::process::Launch;
use crate::stage::{Person, Stage};

/// How many there are.
const PEOPLE: usize = 8;
/// Between two posts of one of them: slower than every limit of the contract.
const PACE: Duration = Duration::from_millis(125);
/// A post that is not answered by then is lost.
const OPEN: Duration = Duration::from_secs(30);

/// The people, and the room they talk in.
pub(super) struct Honest {
    stage: Arc<Stage>,
    people: Vec<Person>,
    room: RoomId,
}

impl Honest {
    /// Makes the accounts, under names that begin so, and the room.
    ///
    /// # Errors
    /// What the server or the program said.
    pub(super) async fn gather(
        launch: &Launch,
        stage: &Arc<Stage>,
        name: &str,
    ) -> Result<Self, String> {
        let people = accounts(launch, stage, name, PEOPLE).await?;
        let room = room(stage, &format!("Talk {name}"), &people).await?;
        Ok(Self {
            stage: Arc::clone(stage),
            people,
            room,
        })
    }

    /// Lets all of them post for a while. `part` makes their nonces other than those of before.
    ///
    /// # Errors
    /// Where one is not let in, is cut off, or cannot send.
    pub(super) async fn talk(&self, part: &str, time: Duration) -> Result<Talk, String> {
        let mut posters = JoinSet::new();
        for (n, person) in self.people.iter().cloned().enumerate() {
            let (stage, room) = (Arc::clone(&self.stage), self.room);
            let name = format!("{part}-{n}");
            posters.spawn(async move {
                let (member, _) = Member::connect(&stage, &person, room, None, false).await?;
                // Spread over one interval, so that they do not post in step.
                sleep(PACE.mul_f64(n as f64 / PEOPLE as f64)).await;
                post(member, name, time).await
            });
        }
        let mut all = Talk::default();
        while let Some(ended) = posters.join_next().await {
            all.add(ended.map_err(|error| error.to_string())??);
        }
        Ok(all)
    }
}

/// How honest posts came out.
#[derive(Default)]
pub(super) struct Talk {
    /// From when a post was due to its ack.
    pub(super) took: Vec<Duration>,
    /// Posts that were refused, or never answered.
    pub(super) lost: usize,
}

impl Talk {
    pub(super) fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.lost += other.lost;
    }

    /// The time in which 99 of 100 were acked.
    pub(super) fn p99(&self) -> Duration {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * 99).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}

async fn post(mut member: Member, name: String, time: Duration) -> Result<Talk, String> {
    let began = Instant::now();
    let (mut sent, mut talk) = (Vec::new(), Talk::default());
    let mut answered = 0;
    loop {
        let next = began + PACE * u32::try_from(sent.len()).unwrap_or(u32::MAX);
        let more = next < began + time;
        if !more && answered == sent.len() {
            return Ok(talk);
        }
        let wait = if more { next } else { began + time + OPEN };
        tokio::select! {
            frame = member.next() => match frame? {
                ServerFrame::Ack { id, .. } => {
                    answered += 1;
                    let at = id.as_str().parse::<usize>().ok();
                    let due: Option<&Instant> = at.and_then(|at| sent.get(at));
                    talk.took.extend(due.map(Instant::elapsed));
                }
                ServerFrame::Refuse { .. } => {
                    answered += 1;
                    talk.lost += 1;
                }
                _ => {}
            },
            () = sleep_until(wait) => {
                if !more {
                    talk.lost += sent.len() - answered;
                    return Ok(talk);
                }
                let (number, nonce) = (sent.len(), format!("{name}-{}", sent.len()));
                // From when it was due: a post that could not leave has waited, too.
                sent.push(next);
                let text = nonce.clone();
                timeout(OPEN, member.post(number as u64, &nonce, text))
                    .await
                    .map_err(|_| "the server takes no honest post".to_owned())??;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p99_is_the_time_of_99_in_100() {
        let took = (1..=200).map(Duration::from_millis).rev().collect();
        let talk = Talk { took, lost: 0 };
        assert_eq!(talk.p99(), Duration::from_millis(198));
        assert_eq!(Talk::default().p99(), Duration::ZERO);
    }
}
