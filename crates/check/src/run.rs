//! A run, from an empty folder to a verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parlor_client::Ambient;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::accounts::Disabler;
use crate::chance::Chance;
use crate::device::Device;
use crate::faults::{self, Cuts, Fault, Plan, World};
use crate::fellow::Fellow;
use crate::history::{DeviceKind, History, Recorder, What};
use crate::judge::judge;
use crate::judge::verdict::Verdict;
use crate::movers::{Mover, Roles};
use crate::process::{Launch, Process};
use crate::stage::{Phase, RunRoom, Stage};
use crate::tail::Tail;
use crate::{rest, setup};

/// Those who move people about.
const MOVERS: usize = 2;
/// Client processes, where there are enough devices.
const TAILS: u32 = 2;
/// Load between two faults, in milliseconds.
const BETWEEN_MS: (u64, u64) = (200, 1200);
/// Load before the first one, and after the last.
const AROUND: Duration = Duration::from_secs(2);
/// Devices that have written down what they hold end within this time.
const END: Duration = Duration::from_secs(20);

/// What a run is made of.
#[derive(Clone)]
pub struct Options {
    /// All chance.
    pub seed: u64,
    /// How many faults strike; without it, and without `seconds`, as many as the usual deck holds.
    pub rounds: Option<u64>,
    /// How long faults strike.
    pub seconds: Option<u64>,
    /// Which faults, by name; empty: the usual ones.
    pub faults: Vec<String>,
    /// Devices.
    pub devices: u32,
    /// Rooms.
    pub rooms: usize,
    /// A device does something about every so often.
    pub pace: Duration,
    /// A server that somebody else runs, and the file with tokens of its accounts.
    pub remote: Option<(String, PathBuf)>,
    /// Times are judged, too.
    pub times: bool,
    /// Where the history is kept; without it, it is removed if nothing was found.
    pub keep: Option<PathBuf>,
    /// The binary: the server's, and that of client processes.
    pub program: PathBuf,
    /// What was typed, to be repeated.
    pub command: String,
    /// The program's version.
    pub version: String,
    /// Time and chance for devices on `parlor-client`.
    pub ambient: Ambient,
}

/// What a run found, and where its history is.
pub struct Outcome {
    /// The judge's.
    pub verdict: Verdict,
    /// For excerpts; it goes with the folder.
    pub history: History,
    /// The folder, where it is kept.
    pub kept: Option<PathBuf>,
    _folder: Option<tempfile::TempDir>,
}

/// Runs the check.
///
/// # Errors
/// Where it could not be carried out: that is no verdict.
pub async fn run(options: Options, say: impl Fn(&str)) -> Result<Outcome, String> {
    let (folder, mut temporary) = match &options.keep {
        Some(keep) => {
            std::fs::create_dir_all(keep)
                .map_err(|error| format!("{} cannot be made: {error}", keep.display()))?;
            let whole = keep.canonicalize().map_err(|error| error.to_string())?;
            (whole, None)
        }
        None => {
            let made = tempfile::Builder::new().prefix("parlor-check-").tempdir();
            let made = made.map_err(|error| format!("no temporary folder: {error}"))?;
            (made.path().to_owned(), Some(made))
        }
    };
    let mut chosen = choose(&options)?;
    let ran = carried_out(&options, &folder, &mut chosen, &say).await;
    for (fault, _) in &mut chosen {
        fault.clean_up();
    }
    let recorder = ran?;
    say("judging");
    let history = recorder.read().map_err(|error| error.to_string())?;
    let verdict =
        judge(&history).map_err(|error| format!("the history cannot be judged: {error}"))?;
    let mut kept = options.keep.is_some().then_some(folder);
    if !verdict.is_good()
        && let Some(made) = temporary.take()
    {
        // What was found must stay to be looked at.
        kept = Some(made.keep());
    }
    Ok(Outcome {
        verdict,
        history,
        kept,
        _folder: temporary,
    })
}

/// Judges a history that was kept.
///
/// # Errors
/// Where there is none, or it cannot be read.
pub fn replay(folder: &Path) -> Result<Outcome, String> {
    let history = History::open(folder)
        .map_err(|error| format!("there is no history in {}: {error}", folder.display()))?;
    let verdict =
        judge(&history).map_err(|error| format!("the history cannot be judged: {error}"))?;
    Ok(Outcome {
        verdict,
        history,
        kept: Some(folder.to_owned()),
        _folder: None,
    })
}

type Chosen = Vec<(Box<dyn Fault>, u64)>;

/// The faults with their weights.
fn choose(options: &Options) -> Result<Chosen, String> {
    let usual: Vec<String> = faults::USUAL
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let names = match (options.faults.is_empty(), options.remote.is_some()) {
        (false, _) => options.faults.clone(),
        (true, false) => usual,
        (true, true) => vec!["cut".to_owned()],
    };
    let mut chosen: Chosen = Vec::new();
    for name in names.iter().filter(|name| *name != "none") {
        let fault = faults::by_name(name).ok_or_else(|| {
            format!(
                "there is no fault {name:?}: give some of {}, or none",
                faults::NAMES.join(", ")
            )
        })?;
        if fault.needs_server() && options.remote.is_some() {
            return Err(format!(
                "{name} needs a server that the check starts itself: leave --url out"
            ));
        }
        let weight = faults::USUAL
            .iter()
            .find(|(usual, _)| usual == name)
            .map_or(3, |(_, n)| *n);
        chosen.push((fault, weight));
    }
    Ok(chosen)
}

async fn carried_out(
    options: &Options,
    folder: &Path,
    chosen: &mut Chosen,
    say: &impl Fn(&str),
) -> Result<Recorder, String> {
    let recorder = Recorder::begin(folder).map_err(|error| format!("no history: {error}"))?;
    recorder.record(
        0,
        What::Run {
            seed: options.seed,
            version: options.version.clone(),
            command: options.command.clone(),
        },
    );
    let failed = |error: std::io::Error| error.to_string();
    let mut plan = match &options.remote {
        Some((url, _)) => {
            let (dial, host) = setup::reach(url).await?;
            Plan {
                launch: None,
                dial,
                host,
                folder: folder.to_owned(),
                seed: options.seed,
            }
        }
        None => {
            let launch = Launch::new(options.program.clone(), folder).map_err(failed)?;
            let (dial, host) = (launch.listen, launch.listen.to_string());
            Plan {
                launch: Some(launch),
                dial,
                host,
                folder: folder.to_owned(),
                seed: options.seed,
            }
        }
    };
    for (fault, _) in chosen.iter_mut() {
        fault.prepare(&mut plan)?;
    }
    let mut world = World {
        server: plan.launch.clone().map(Process::new),
        chance: Chance::of(options.seed, 3_000_000),
        recorder: recorder.clone(),
        cuts: Cuts::default(),
        fellows: Vec::new(),
        folder: folder.to_owned(),
        times: options.times,
        stage: None,
    };
    if world.server.is_some() {
        say("starting a server");
        world.restart().await?;
    }
    let (phases, phase) = watch::channel(Phase::Work);
    let (stage, member) = prepared(options, &plan, &world, phase).await?;
    world.stage = Some(Arc::clone(&stage));
    let mut tasks = JoinSet::new();
    let mut movers = JoinSet::new();
    devices(options, &plan, &stage, &mut world, &mut tasks)?;
    for n in 0..MOVERS {
        let mine = stage
            .rooms
            .iter()
            .skip(n)
            .step_by(MOVERS)
            .copied()
            .collect();
        movers.spawn(Mover::new(n as u64, Arc::clone(&stage), mine, member.clone()).run());
    }
    if world.server.is_some()
        && let Some(disabler) = Disabler::of(&stage)
    {
        movers.spawn(disabler.run());
    }
    say(&format!(
        "{} devices of {} people in {} rooms",
        options.devices,
        stage.people.len(),
        stage.rooms.len()
    ));
    sleep(AROUND).await;
    strike(options, chosen, &mut world, say).await?;
    sleep(AROUND).await;
    say("bringing all to rest");
    phases.send_replace(Phase::Settle);
    while movers.join_next().await.is_some() {}
    rest::until_quiet(&stage).await;
    phases.send_replace(Phase::End);
    ended(&mut tasks, &recorder).await;
    if world.server.is_some() {
        // What is only in memory must not be what is read.
        rest::stop(&mut world).await?;
        world.restart().await?;
    }
    say("reading everything once more");
    let deleted = rest::read_all(&stage).await?;
    if world.server.is_some() {
        rest::examine(&mut world, &deleted).await?;
    }
    Ok(recorder)
}

/// People and rooms.
async fn prepared(
    options: &Options,
    plan: &Plan,
    world: &World,
    phase: watch::Receiver<Phase>,
) -> Result<(Arc<Stage>, Roles), String> {
    let tokens = match (&options.remote, &plan.launch) {
        (Some((_, file)), _) => setup::tokens(file)?,
        (None, Some(launch)) => {
            let people = usize::try_from(options.devices / 3).unwrap_or(usize::MAX);
            setup::accounts(launch, people.clamp(2, 40)).await?
        }
        (None, None) => return Err("there is no server".into()),
    };
    let mut stage = Stage {
        recorder: world.recorder.clone(),
        dial: plan.dial,
        host: plan.host.clone(),
        people: setup::people(plan.dial, &plan.host, tokens).await?,
        rooms: Vec::new(),
        phase,
        cuts: world.cuts.clone(),
        seed: options.seed,
        pace: options.pace,
        ambient: options.ambient.clone(),
        standing: std::sync::Mutex::default(),
        disabled: std::sync::Mutex::default(),
        calls: AtomicU64::new(1),
    };
    setup::introduce_callers(&stage);
    stage.rooms = setup::rooms(&stage, options.rooms.max(1)).await?;
    let rooms: Vec<RunRoom> = stage.rooms.clone();
    let member = setup::members(&stage, &rooms).await;
    Ok((Arc::new(stage), member))
}

/// Starts all devices. Of ten: one reads slowly, one is often away, two stand on
/// `parlor-client`; a few are processes of their own.
fn devices(
    options: &Options,
    plan: &Plan,
    stage: &Arc<Stage>,
    world: &mut World,
    tasks: &mut JoinSet<Result<(), String>>,
) -> Result<(), String> {
    let program = plan.launch.clone().map_or_else(
        || Launch::new(options.program.clone(), &plan.folder).map_err(|error| error.to_string()),
        Ok,
    )?;
    for number in 1..=options.devices {
        let at = usize::try_from(number).unwrap_or(0);
        let me = stage.people[at % stage.people.len()].clone();
        let stage = Arc::clone(stage);
        if number <= TAILS && options.devices >= 10 {
            let room = stage.rooms[at % stage.rooms.len()];
            let keeper = stage.people[room.keeper].clone();
            // The same program, without the wrapper and the variables of the server.
            let launch = Launch {
                wrapper: Vec::new(),
                env: Vec::new(),
                ..program.clone()
            };
            let tail = Tail::start(number, &keeper, room.id, launch.command(&[]), stage)?;
            world.fellows.extend(tail.id());
            tasks.spawn(tail.run());
            continue;
        }
        let kind = match number % 10 {
            3 | 7 => {
                let state = plan.folder.join(format!("client-{number}.json"));
                let fellow = Fellow::new(number, me, stage, state, options.ambient.clone())?;
                tasks.spawn(fellow.run());
                continue;
            }
            5 => DeviceKind::Slow,
            9 => DeviceKind::Absent,
            _ => DeviceKind::Wire,
        };
        stage.recorder.record(
            number,
            What::Device {
                user: me.id.to_string(),
                username: me.username.clone(),
                kind,
                staff: me.staff,
            },
        );
        let device = Device::new(number, kind, me, stage);
        tasks.spawn(async move {
            device.run().await;
            Ok(())
        });
    }
    Ok(())
}

/// Lets faults strike, as often or as long as was asked for.
async fn strike(
    options: &Options,
    chosen: &mut Chosen,
    world: &mut World,
    say: &impl Fn(&str),
) -> Result<(), String> {
    let began = Instant::now();
    if chosen.is_empty() {
        sleep(Duration::from_secs(options.seconds.unwrap_or(30))).await;
        return Ok(());
    }
    let deck_size: u64 = chosen.iter().map(|(_, weight)| *weight).sum();
    let rounds = options.rounds.or(match options.seconds {
        Some(_) => None,
        None => Some(deck_size),
    });
    // One of each first, so that a short run leaves none out.
    let mut deck: Vec<usize> = (0..chosen.len()).collect();
    let mut first = true;
    let mut struck = 0;
    while rounds.is_none_or(|rounds| struck < rounds)
        && options
            .seconds
            .is_none_or(|seconds| began.elapsed() < Duration::from_secs(seconds))
    {
        while deck.is_empty() {
            let dealt = u64::from(std::mem::take(&mut first));
            for (at, (_, weight)) in chosen.iter().enumerate() {
                deck.extend((dealt..*weight).map(|_| at));
            }
        }
        let at = usize::try_from(world.chance.below(deck.len() as u64)).unwrap_or(0);
        let at = deck.swap_remove(at);
        let load = world.chance.between(BETWEEN_MS.0, BETWEEN_MS.1);
        sleep(Duration::from_millis(load)).await;
        lives(world).await?;
        let (fault, _) = &mut chosen[at];
        let name = fault.name();
        fault
            .strike(world)
            .await
            .map_err(|why| format!("{name}: {why}"))?;
        world.recorder.record(
            0,
            What::Healed {
                name: name.to_owned(),
            },
        );
        struck += 1;
        if struck.is_multiple_of(10) {
            say(&format!(
                "{struck} faults after {} s",
                began.elapsed().as_secs()
            ));
        }
    }
    Ok(())
}

/// A server that ended by itself is a finding, and is started again.
async fn lives(world: &mut World) -> Result<(), String> {
    let Some(server) = &mut world.server else {
        return Ok(());
    };
    if let Some(status) = server.ended()? {
        world.found(
            "the server does not end by itself",
            false,
            status.to_string(),
        );
        world.restart().await?;
    }
    Ok(())
}

/// Waits for all devices to write down what they hold.
async fn ended(tasks: &mut JoinSet<Result<(), String>>, recorder: &Recorder) {
    let found = |detail: String| {
        let rule = "devices live until the end".to_owned();
        recorder.record(
            0,
            What::Found {
                rule,
                good: false,
                detail,
            },
        );
    };
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(why)) => found(why),
                Err(error) => found(error.to_string()),
            }
        }
    };
    if tokio::time::timeout(END, all).await.is_err() {
        found(format!("some have not ended after {} s", END.as_secs()));
    }
}
