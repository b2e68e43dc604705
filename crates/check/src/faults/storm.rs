//! Thousands of clients that come back after a crash: the server is killed and
//! started, and all of them return at once, each with its own jitter.
//!
//! `storm` has 5,000, `storm=N` so many. They must all catch up, with what was
//! written meanwhile; within 20 s, 3 tries each and half as much memory again as
//! before (the time, and the memory, only where `--times` asks for it: this machine
//! carries the clients too).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_client::backoff::{Backoff, Ending};
use parlor_protocol::{RoomId, Seq};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Fault, World};
use crate::chance::Chance;
use crate::crowd::{Member, accounts, memory, peak, publish, room};
use crate::stage::{Person, Stage};

/// Sockets of one account.
const OF_ONE: usize = 100;
/// Connecting at once, before the crash.
const AT_ONCE: usize = 64;
/// All are back by then.
const WITHIN: Duration = Duration::from_secs(20);
/// Or it is no use to wait.
const PATIENCE: Duration = Duration::from_secs(240);
/// Tries of one client.
const TRIES: u64 = 3;

/// Clients that come back.
pub(super) struct Storm {
    clients: usize,
    made: u64,
}

impl Storm {
    pub(super) const fn new(clients: usize) -> Self {
        Self { clients, made: 0 }
    }
}

impl Fault for Storm {
    fn name(&self) -> &'static str {
        "storm"
    }

    fn about(&self) -> &'static str {
        "all clients of a large server coming back after a crash"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P3", "P11"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        self.made += 1;
        strike(self.clients, self.made, world).boxed()
    }
}

/// What every client looks at.
struct Shared {
    stage: Arc<Stage>,
    room: RoomId,
    epoch: String,
    /// What has to be held in the end; zero until it is known.
    goal: watch::Receiver<Seq>,
    most_tries: AtomicU64,
    tries: AtomicU64,
}

async fn strike(count: usize, number: u64, world: &mut World) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let launch = world.server()?.launch.clone();
    let name = format!("storm{number}-");
    let people = accounts(&launch, &stage, &name, count.div_ceil(OF_ONE) + 1).await?;
    let room = room(&stage, &format!("Storm {number}"), &people).await?;
    let (writer, people) = (people[0].clone(), &people[1..]);
    world.note("storm", format!("{count} clients"));
    let began = Instant::now();
    let (members, epoch) = connected(&stage, people, room, count).await?;
    world.took("connecting of the whole storm", began.elapsed());
    let server = world.server()?.id().ok_or("the server does not run")?;
    let before = memory(server)?;
    publish(&stage, &writer, room, 64 << 10, "before").await?;

    let (goals, goal) = watch::channel(Seq::ZERO);
    let shared = Arc::new(Shared {
        stage: Arc::clone(&stage),
        room,
        epoch,
        goal,
        most_tries: AtomicU64::new(0),
        tries: AtomicU64::new(0),
    });
    let mut clients = JoinSet::new();
    for (n, (member, person)) in (0..).zip(members) {
        let chance = Chance::of(stage.seed, 5_000_000 + number * 100_000 + n);
        clients.spawn(client(Arc::clone(&shared), member, person, chance));
    }
    world.server()?.kill().await?;
    world.restart().await?;
    let back = Instant::now();
    let last = publish(&stage, &writer, room, 128 << 10, "after").await?;
    goals.send_replace(last);
    let mut done = 0;
    let mut why = String::new();
    let all = async {
        while let Some(ended) = clients.join_next().await {
            match ended {
                Ok(Ok(())) => done += 1,
                Ok(Err(error)) => why = error,
                Err(error) => why = error.to_string(),
            }
        }
    };
    let in_time = timeout(PATIENCE, all).await.is_ok();
    let took = back.elapsed();
    world.took("return of the whole storm", took);
    world.found(
        "every client comes back and catches up",
        in_time && done == count,
        format!("{done} of {count} did; {why}"),
    );
    let (most, all) = (&shared.most_tries, &shared.tries);
    let tries = format!(
        "{} at most, {} in all",
        most.load(Ordering::Relaxed),
        all.load(Ordering::Relaxed)
    );
    world.found_time(
        "a client comes back within 3 tries",
        most.load(Ordering::Relaxed) <= TRIES,
        tries,
    );
    world.found_time(
        "the whole storm is back within 20 s",
        took <= WITHIN,
        format!("{took:?}"),
    );
    let server = world.server()?.id().ok_or("the server does not run")?;
    let most = peak(server)?;
    world.found_time(
        "the return costs no more memory than half of what was used before",
        most * 2 <= before * 3,
        format!(
            "{} MiB before, {} MiB at the most",
            before >> 20,
            most >> 20
        ),
    );
    Ok(())
}

/// All of them, connected.
async fn connected(
    stage: &Arc<Stage>,
    people: &[Person],
    room: RoomId,
    count: usize,
) -> Result<(Vec<(Member, Person)>, String), String> {
    let mut members = Vec::with_capacity(count);
    let mut epoch = String::new();
    let mut next = 0;
    while next < count {
        let mut batch = JoinSet::new();
        for n in next..(next + AT_ONCE).min(count) {
            let (stage, person) = (Arc::clone(stage), people[n % people.len()].clone());
            batch.spawn(async move {
                let (member, epoch) = Member::connect(&stage, &person, room, None, false).await?;
                Ok::<_, String>((member, epoch, person))
            });
        }
        next += batch.len();
        while let Some(made) = batch.join_next().await {
            let (member, its, person) = made.map_err(|error| error.to_string())??;
            epoch = its;
            members.push((member, person));
        }
    }
    Ok((members, epoch))
}

/// One client: reads until the crash, and comes back as the contract says.
async fn client(
    shared: Arc<Shared>,
    mut member: Member,
    person: Person,
    mut chance: Chance,
) -> Result<(), String> {
    let mut backoff = Backoff::default();
    let mut tries = 0;
    let mut goal = shared.goal.clone();
    loop {
        let held = loop {
            let goal_now = *goal.borrow_and_update();
            if goal_now > Seq::ZERO && member.cursor >= goal_now {
                return Ok(());
            }
            tokio::select! {
                frame = member.next() => match frame {
                    Ok(_) => {}
                    Err(why) if why.contains("comes after") => return Err(why),
                    Err(_) => break member.cursor,
                },
                _ = goal.changed() => {}
            }
        };
        member = loop {
            let part = chance.below(1 << 20) as f64 / (1 << 20) as f64;
            let wait = backoff
                .after(Ending::Lost, part)
                .ok_or("it does not come back")?;
            sleep(wait).await;
            tries += 1;
            shared.tries.fetch_add(1, Ordering::Relaxed);
            shared.most_tries.fetch_max(tries, Ordering::Relaxed);
            let held = Some((shared.epoch.clone(), held));
            match Member::connect(&shared.stage, &person, shared.room, held, false).await {
                Ok((member, _)) => break member,
                Err(_) if tries < 100 => {}
                Err(why) => return Err(why),
            }
        };
    }
}
