//! Readers that never read, but ping, while 64 MiB is published into their room; then
//! some of them read on, and get all of it.
//!
//! `slow` has 400 of them, `slow=N` so many. What one costs is the growth of the
//! server's resident memory, after as much was published to nobody, by their number. With
//! `--times` others talk beside them, and their p99 is compared.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_protocol::RoomId;
use tokio::time::{Instant, interval};

use super::honest::{Honest, Talk};
use super::{Fault, World};
use crate::crowd::{Member, accounts, forget_peak, memory, peak, publish, room};
use crate::stage::{Person, Stage};

/// What is published.
const PUBLISHED: usize = 64 << 20;
/// Published to nobody before anything is measured, as much: caches fill up to their bounds.
const WARM: usize = PUBLISHED;
/// What a reader may cost.
const EACH: u64 = 64 << 10;
/// What the allocator and the database's caches may take besides.
const BESIDES: u64 = 16 << 20;
/// For the others' p99: how often by turns, how long each, beside how many, and what is published meanwhile.
const TURNS: usize = 5;
const TALK: Duration = Duration::from_secs(5);
const BESIDE: usize = 10;
const FILL: usize = 16 << 20;
/// So many read on in the end.
const READ_ON: usize = 3;
/// As the contract asks of clients.
const PING: Duration = Duration::from_secs(5);

/// Readers that never read.
pub(super) struct Slow {
    readers: usize,
    made: u64,
}

impl Slow {
    pub(super) const fn new(readers: usize) -> Self {
        Self { readers, made: 0 }
    }
}

impl Fault for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn about(&self) -> &'static str {
        "64 MiB published to readers that never read"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P3", "P7"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        self.made += 1;
        strike(self.readers, self.made, world).boxed()
    }
}

async fn strike(count: usize, number: u64, world: &mut World) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let launch = world.server()?.launch.clone();
    let people = accounts(&launch, &stage, &format!("slow{number}-"), 2).await?;
    let (writer, reader) = (&people[0], &people[1]);
    let room = room(&stage, &format!("Slow {number}"), &people).await?;
    publish(&stage, writer, room, WARM, "warm").await?;
    let server = world.server()?.id().ok_or("the server does not run")?;
    world.note("slow", format!("{count} readers"));
    let mut readers = Vec::new();
    for _ in 0..count {
        readers.push(Member::connect(&stage, reader, room, None, true).await?.0);
    }
    let before = memory(server)?;
    forget_peak(server)?;
    let began = Instant::now();
    let mut pings = interval(PING);
    let publishing = publish(&stage, writer, room, PUBLISHED, "slow");
    let mut publishing = std::pin::pin!(publishing);
    let last = loop {
        tokio::select! {
            last = &mut publishing => break last?,
            _ = pings.tick() => {
                for reader in &mut readers {
                    reader.ping().await?;
                }
            }
        }
    };
    world.took("64 MiB published", began.elapsed());
    let grown = peak(server)?.saturating_sub(before);
    let allowed = EACH * count as u64 + BESIDES;
    world.found(
        "a reader that does not read costs at most 64 KiB",
        grown <= allowed,
        format!(
            "{count} of them cost {} KiB each",
            grown / 1024 / count.max(1) as u64
        ),
    );
    let kib = grown / 1024 / count.max(1) as u64;
    world.took(
        "KiB for each of the slow readers, as ms,",
        Duration::from_millis(kib),
    );
    let mut caught_up = Vec::new();
    for reader in readers.iter_mut().take(READ_ON) {
        caught_up.push(reader.hold(last).await);
    }
    world.found(
        "a slow reader that reads on gets all of it, in order",
        caught_up.iter().all(Result::is_ok),
        format!("{caught_up:?}"),
    );
    drop(readers);
    if world.times {
        let name = format!("beside{number}-");
        let honest = Honest::gather(&launch, &stage, &name).await?;
        let (alone, beside) = by_turns(&stage, &honest, (writer, reader), room).await?;
        let (without, with) = (alone.p99(), beside.p99());
        world.took("p99 of others without slow readers", without);
        world.took("p99 of others beside slow readers", with);
        world.found_time(
            "the others' p99 beside slow readers moves by less than a tenth",
            with * 10 < without * 11,
            format!("{without:?} and {with:?}"),
        );
    }
    Ok(())
}

/// How others talk without and beside readers that do not read, by turns, under the same load.
async fn by_turns(
    stage: &Arc<Stage>,
    honest: &Honest,
    (writer, reader): (&Person, &Person),
    room: RoomId,
) -> Result<(Talk, Talk), String> {
    let (mut alone, mut beside) = (Talk::default(), Talk::default());
    for turn in 0..TURNS {
        for stalled in [0, BESIDE] {
            let mut readers = Vec::new();
            for _ in 0..stalled {
                readers.push(Member::connect(stage, reader, room, None, true).await?.0);
            }
            let name = format!("turn{turn}-{stalled}");
            // So much that no kernel takes it off a reader's hands.
            publish(stage, writer, room, FILL, &format!("{name}-fill")).await?;
            let work = async {
                let (talk, published) = tokio::join!(
                    honest.talk(&name, TALK),
                    publish(stage, writer, room, FILL, &name)
                );
                published.and(talk)
            };
            let alive = async {
                let mut pings = interval(PING);
                loop {
                    pings.tick().await;
                    for reader in &mut readers {
                        reader.ping().await?;
                    }
                }
                #[allow(unreachable_code, reason = "it names the error's type")]
                Ok::<(), String>(())
            };
            let talk = tokio::select! {
                talk = work => talk?,
                Err(error) = alive => return Err(error),
            };
            if stalled == 0 {
                &mut alone
            } else {
                &mut beside
            }
            .add(talk);
        }
    }
    Ok((alone, beside))
}
