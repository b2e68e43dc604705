//! Twice as many posts as the server can take, for a while.
//!
//! First the capacity: as many posts as are acked with everything under way that the
//! server reads ahead. Then twice that is offered. Every post must be acked, or
//! refused with a time, none left open; with `--times` each within a second, and at
//! least 80 % of the capacity still acked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_protocol::RoomId;
use parlor_protocol::frame::ServerFrame;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Fault, World};
use crate::crowd::{Member, accounts, room};
use crate::stage::{Person, Stage};

/// Connections that post.
const CONNECTIONS: usize = 160;
/// Rooms they post into.
const ROOMS: usize = 8;
/// Unanswered posts of one connection: fewer than the server reads ahead, so that none waits unread.
const AHEAD: u64 = 48;
/// While the capacity is measured.
const AHEAD_MEASURED: u64 = 8;
/// How long each part takes.
const PART: Duration = Duration::from_secs(6);
/// What is still open by then is never answered.
const OPEN: Duration = Duration::from_secs(30);
/// Of every answer, from when it was sent.
const ANSWER: Duration = Duration::from_secs(1);

/// Twice the capacity.
#[derive(Default)]
pub(super) struct Overload {
    made: u64,
}

impl Fault for Overload {
    fn name(&self) -> &'static str {
        "overload"
    }

    fn about(&self) -> &'static str {
        "twice the capacity in posts"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P12"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        self.made += 1;
        strike(self.made, world).boxed()
    }
}

/// What all connections of a part count.
#[derive(Default)]
struct Tally {
    acked: AtomicU64,
    refused: AtomicU64,
    without_time: AtomicU64,
    open: AtomicU64,
    worst_us: AtomicU64,
}

async fn strike(number: u64, world: &mut World) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let launch = world.server()?.launch.clone();
    let people = accounts(&launch, &stage, &format!("load{number}-"), ROOMS).await?;
    let mut rooms = Vec::new();
    for (n, person) in people.iter().enumerate() {
        let name = format!("Load {number} {n}");
        rooms.push(room(&stage, &name, std::slice::from_ref(person)).await?);
    }
    world.note("overload", format!("{CONNECTIONS} connections"));
    let peak = part(
        &stage,
        &people,
        &rooms,
        &format!("peak{number}"),
        AHEAD_MEASURED,
        None,
    )
    .await?;
    let capacity = peak.acked.load(Ordering::Relaxed) / PART.as_secs();
    let each = Duration::from_secs_f64(CONNECTIONS as f64 / (2.0 * capacity.max(1) as f64));
    let over = part(
        &stage,
        &people,
        &rooms,
        &format!("over{number}"),
        AHEAD,
        Some(each),
    )
    .await?;
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (acked, refused) = (read(&over.acked), read(&over.refused));
    let told = format!(
        "{capacity} posts a second; then {acked} acked and {refused} refused in {} s, {} without a time, {} open",
        PART.as_secs(),
        read(&over.without_time),
        read(&over.open)
    );
    world.found(
        "every post beyond the capacity is acked, or refused with a time",
        read(&over.without_time) == 0 && read(&over.open) == 0 && read(&peak.open) == 0,
        told.clone(),
    );
    world.found_time(
        "at twice the capacity at least 80 % of it is acked",
        acked * 10 >= capacity * PART.as_secs() * 8,
        told,
    );
    let worst = Duration::from_micros(read(&over.worst_us));
    world.took("answer at twice the capacity", worst);
    world.found_time(
        "every answer comes within 1 s",
        worst <= ANSWER,
        format!("{worst:?}"),
    );
    Ok(())
}

/// Lets all connections post for a while: each as much ahead as it may be, or one every so often.
async fn part(
    stage: &Arc<Stage>,
    people: &[Person],
    rooms: &[RoomId],
    name: &str,
    ahead: u64,
    every: Option<Duration>,
) -> Result<Arc<Tally>, String> {
    let tally = Arc::new(Tally::default());
    let mut members = Vec::new();
    for n in 0..CONNECTIONS {
        let (person, room) = (&people[n % ROOMS], rooms[n % ROOMS]);
        let (member, _) = Member::connect(stage, person, room, None, false).await?;
        members.push(member);
    }
    let until = Instant::now() + PART;
    let mut posters = JoinSet::new();
    for (n, member) in members.into_iter().enumerate() {
        let poster = Poster {
            member,
            name: format!("{name}-{n}"),
            sent: Vec::new(),
            open: 0,
            tally: Arc::clone(&tally),
        };
        // Spread over one interval, so that they do not post in step.
        let first = every.map_or(Duration::ZERO, |every| {
            every.mul_f64(n as f64 / CONNECTIONS as f64)
        });
        posters.spawn(async move {
            sleep(first).await;
            poster.run(until, ahead, every).await
        });
    }
    while let Some(ended) = posters.join_next().await {
        ended.map_err(|error| error.to_string())??;
    }
    Ok(tally)
}

struct Poster {
    member: Member,
    name: String,
    /// When each post was sent, by its request.
    sent: Vec<Instant>,
    open: u64,
    tally: Arc<Tally>,
}

impl Poster {
    async fn run(
        mut self,
        until: Instant,
        ahead: u64,
        every: Option<Duration>,
    ) -> Result<(), String> {
        let mut next = Instant::now();
        while Instant::now() < until {
            if self.open < ahead && next <= Instant::now() {
                let number = self.sent.len() as u64;
                self.sent.push(Instant::now());
                self.open += 1;
                let nonce = format!("{}-{number}", self.name);
                self.member.post(number, &nonce, nonce.clone()).await?;
                next = every.map_or(next, |every| next + every);
                continue;
            }
            // At the bound only an answer makes room for more.
            let wake = if self.open < ahead { next } else { until };
            tokio::select! {
                frame = self.member.next() => self.take(&frame?, true),
                () = sleep_until(wake.min(until)) => {}
            }
        }
        let ended = timeout(OPEN, async {
            while self.open > 0 {
                let frame = self.member.next().await?;
                self.take(&frame, false);
            }
            Ok::<_, String>(())
        });
        let ended = ended.await;
        self.tally.open.fetch_add(self.open, Ordering::Relaxed);
        ended.unwrap_or(Ok(()))
    }

    fn take(&mut self, frame: &ServerFrame, in_time: bool) {
        let id = match frame {
            ServerFrame::Ack { id, .. } => {
                self.tally
                    .acked
                    .fetch_add(u64::from(in_time), Ordering::Relaxed);
                id
            }
            ServerFrame::Refuse {
                id: Some(id),
                retry_after_ms,
                ..
            } => {
                self.tally.refused.fetch_add(1, Ordering::Relaxed);
                let without = u64::from(retry_after_ms.is_none());
                self.tally
                    .without_time
                    .fetch_add(without, Ordering::Relaxed);
                id
            }
            _ => return,
        };
        self.open = self.open.saturating_sub(1);
        let sent = id
            .as_str()
            .parse::<usize>()
            .ok()
            .and_then(|n| self.sent.get(n));
        if let Some(sent) = sent {
            let took = u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.tally.worst_us.fetch_max(took, Ordering::Relaxed);
        }
    }
}
