//! What goes wrong on purpose. One file a fault; this file is the interface, and
//! the list of those there are.
//!
//! A fault is a type with a [`Fault`] implementation in a file of its own below
//! `faults/`, and a line in [`by_name`]. In the order they are called:
//!
//! 1. [`Fault::prepare`], once, before the server's first start. Here a fault may
//!    move the data folder (a mount that can be cut), put a wrapper before the
//!    program or variables into its environment (a shim, another clock), and name
//!    another address for the devices to dial (a proxy). What it changes in the
//!    [`Plan`] holds for every later start.
//! 2. [`Fault::strike`], again and again under load, at moments that the run
//!    draws. It does its harm, heals it, and returns once the server serves again
//!    (or should; a server that does not is named by the run). It notes what it
//!    does with [`World::note`], which goes into the history, and what it
//!    measures with [`World::took`]. What it can judge by itself (an exit code, a
//!    refusal that must come) it says with [`World::found`]: a bad finding fails
//!    the check. What the *devices* see is not its business: they record all of
//!    it, and the judge compares it with the log as it stands at the end.
//! 3. [`Fault::clean_up`], once, at the very end, after the server has stopped, a
//!    failed run included.
//!
//! During a strike devices go on: they reconnect every 50 to 400 ms, send again
//! what was not answered, and wait as long as a refusal tells them to. A fault
//! that makes the server refuse needs nothing but to hold long enough.
//!
//! Draw all chance from [`World::chance`]: the seed is all that repeats a run.

mod backup;
mod clock;
mod cut;
mod damage;
mod disk;
mod eio;
mod honest;
mod hostile;
mod kill;
mod network;
mod overload;
mod power;
mod readonly;
mod refusing;
mod slow;
mod stop;
mod storm;
mod term;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::chance::Chance;
use crate::history::{Recorder, What};
use crate::http;
use crate::process::{Launch, Process};
use crate::stage::Stage;

/// How often a server that recovers is asked.
const LOOK: Duration = Duration::from_millis(20);

/// One kind of thing that goes wrong.
pub trait Fault: Send {
    /// Its name on the command line, in the history and in the report.
    fn name(&self) -> &'static str;

    /// What it is, in a few words for the report: "kill -9 of the server".
    fn about(&self) -> &'static str;

    /// The promises of the contract that it tries, such as `P1`.
    fn promises(&self) -> &'static [&'static str];

    /// Whether it needs a server that this program started.
    fn needs_server(&self) -> bool {
        true
    }

    /// Gets ready before the server's first start.
    ///
    /// # Errors
    /// What this machine lacks, in a sentence; the check does not begin then.
    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let _ = plan;
        Ok(())
    }

    /// Goes wrong once, and heals.
    ///
    /// # Errors
    /// Where the fault itself could not be made, or the server is not there afterwards.
    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>>;

    /// Takes away what it left on the machine.
    fn clean_up(&mut self) {}
}

/// How the server will be started and reached.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's start; `None` where somebody else runs it.
    pub launch: Option<Launch>,
    /// The environment of client processes, besides what every process needs.
    pub client_env: Vec<(OsString, OsString)>,
    /// Where devices connect to: the server itself, or what stands before it.
    pub dial: SocketAddr,
    /// The `Host` that they name. A fault that puts something before the server names
    /// that here, and to the server as `PARLOR_PUBLIC_URL`.
    pub host: String,
    /// A folder for what a fault needs; it is removed at the end.
    pub folder: PathBuf,
    /// The run's seed.
    pub seed: u64,
}

/// What a fault can lay its hands on.
pub struct World {
    /// The server, where this program started it.
    pub server: Option<Process>,
    /// All chance of the faults.
    pub chance: Chance,
    /// The history.
    pub recorder: Recorder,
    /// Cuts the sockets of devices.
    pub cuts: Cuts,
    /// Client processes (`parlor tail`), by process id.
    pub fellows: Vec<u32>,
    /// The run's folder.
    pub folder: PathBuf,
    /// Times are judged, too: this machine has nothing else to do.
    pub times: bool,
    /// People, rooms and addresses, once they are there.
    pub(crate) stage: Option<Arc<Stage>>,
}

impl World {
    /// The server.
    ///
    /// # Errors
    /// Where somebody else runs it.
    pub fn server(&mut self) -> Result<&mut Process, String> {
        self.server
            .as_mut()
            .ok_or_else(|| "this fault needs a server that the check started".to_owned())
    }

    /// Starts the server again, and notes how long it took to serve.
    ///
    /// # Errors
    /// Where it does not serve.
    pub async fn restart(&mut self) -> Result<(), String> {
        let took = self.server()?.start().await?;
        self.took("start", took);
        Ok(())
    }

    /// Writes into the history that a fault begins.
    pub fn note(&self, name: &str, detail: impl Into<String>) {
        let detail = detail.into();
        let name = name.to_owned();
        self.recorder.record(0, What::Fault { name, detail });
    }

    /// Writes a measured time into the history; the report shows the worst of each name.
    pub fn took(&self, what: &str, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let what = what.to_owned();
        self.recorder.record(0, What::Took { what, ms });
    }

    /// Says how something came out that the fault checked by itself; `rule` is a
    /// sentence that must hold.
    pub fn found(&self, rule: &str, good: bool, detail: impl Into<String>) {
        let (rule, detail) = (rule.to_owned(), detail.into());
        self.recorder.record(0, What::Found { rule, good, detail });
    }

    /// As [`World::found`], of what depends on how fast this machine is: judged with `--times` alone.
    pub fn found_time(&self, rule: &str, good: bool, detail: impl Into<String>) {
        self.found(rule, good || !self.times, detail);
    }
}

/// Cuts sockets. Devices hold the other end.
#[derive(Clone, Debug)]
pub struct Cuts(watch::Sender<Cut>);

/// Which sockets are cut: those of devices whose number leaves `rest` when divided by `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Counts the cuts, so that each is seen once.
    pub number: u64,
    /// Every how many.
    pub of: u32,
    /// Which of them.
    pub rest: u32,
    /// Without a goodbye: the socket is reset (RST) and what is under way is lost.
    pub reset: bool,
}

impl Default for Cuts {
    fn default() -> Self {
        Self(watch::Sender::new(Cut::default()))
    }
}

impl Cuts {
    /// The end that devices hold.
    pub fn watch(&self) -> watch::Receiver<Cut> {
        self.0.subscribe()
    }

    /// Cuts the sockets of every `of`-th device.
    pub fn cut(&self, of: u32, rest: u32, reset: bool) {
        self.0.send_modify(|cut| {
            *cut = Cut {
                number: cut.number + 1,
                of,
                rest,
                reset,
            };
        });
    }
}

/// The faults that a sceptic gets without asking, with how often each comes among them.
pub const USUAL: [(&str, u64); 4] = [("kill", 10), ("stop", 3), ("term", 3), ("cut", 4)];

/// A fault by its name.
///
/// Those with a number in them take another after an equals sign, such as `storm=500`.
pub fn by_name(name: &str) -> Option<Box<dyn Fault>> {
    let (name, number) = match name.split_once('=') {
        Some((name @ ("slow" | "storm" | "hostile"), number)) => (name, Some(number.parse().ok()?)),
        Some(_) => return None,
        None => (name, None),
    };
    Some(match name {
        "kill" => Box::new(kill::Kill),
        "power" => Box::new(power::Power::default()),
        "stop" => Box::new(stop::Stop),
        "term" => Box::new(term::Term),
        "cut" => Box::new(cut::CutSockets),
        "backup" => Box::new(backup::Backup::default()),
        "slow" => Box::new(slow::Slow::new(number.unwrap_or(400))),
        "storm" => Box::new(storm::Storm::new(number.unwrap_or(5000))),
        "overload" => Box::new(overload::Overload::default()),
        "hostile" => Box::new(hostile::Hostile::new(number.unwrap_or(200))),
        "network" => Box::new(network::Network::default()),
        "silence" => Box::new(network::Silence::default()),
        "full" => Box::new(disk::Full::default()),
        "eio" => Box::new(eio::Eio::default()),
        "damage" => Box::new(damage::Damaged::default()),
        "readonly" => Box::new(readonly::ReadOnly::default()),
        "clock" => Box::new(clock::Clock::default()),
        _ => return None,
    })
}

/// All names, for the help and for whoever mistypes one.
pub const NAMES: [&str; 17] = [
    "kill", "stop", "term", "cut", "backup", "slow", "storm", "overload", "hostile", "network",
    "silence", "full", "eio", "readonly", "damage", "clock", "power",
];

/// Puts the data folder onto a disk of a fault's own.
fn data_on(plan: &mut Plan, disk: &std::path::Path) -> Result<(), String> {
    let usual = plan.folder.join("data");
    let launch = plan
        .launch
        .as_mut()
        .ok_or("this fault needs a server that the check starts")?;
    if launch.data != usual {
        return Err("two of these faults need a disk of their own: give one of full, power and readonly alone".into());
    }
    launch.data = disk.join("data");
    Ok(())
}

/// Loads a library before the server's own.
fn preload<'a>(plan: &'a mut Plan, library: &str) -> Result<&'a mut Launch, String> {
    let launch = plan
        .launch
        .as_mut()
        .ok_or("this fault needs a server that the check starts")?;
    let other = launch.env.iter_mut().find(|(name, _)| name == "LD_PRELOAD");
    match other {
        Some((_, libraries)) => libraries.push(format!(":{library}")),
        None => launch.env.push(("LD_PRELOAD".into(), library.into())),
    }
    Ok(launch)
}

/// Waits until the server says that it can do all of its work; how long that took.
async fn until_ready(world: &mut World, within: Duration) -> Option<Duration> {
    let listen = world.server.as_ref()?.launch.listen;
    let host = listen.to_string();
    let began = Instant::now();
    let ready = async {
        loop {
            let answer = http::ask(listen, &host, None, "GET /readyz", None).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                break;
            }
            sleep(LOOK).await;
        }
    };
    timeout(within, ready).await.ok().map(|()| began.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_fault_of_that_name() {
        for name in NAMES {
            let fault = by_name(name).unwrap();
            assert_eq!(fault.name(), name);
            assert!(!fault.promises().is_empty());
        }
        assert!(USUAL.iter().all(|(name, _)| NAMES.contains(name)));
        assert!(by_name("").is_none());
    }
}
