//! `tail` and `send` for a while, against a server that is killed, stopped and started
//! again at random: no line is lost, doubled or out of order.
//!
//! In `cargo test` it is three faults long. `PARLOR_PROVE=600` makes it ten minutes
//! (`make prove`), `PARLOR_SEED` repeats a run: chance picks the same faults and the same
//! moments, as far as the machine does.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use parlor_testkit::ambient::SeededRandom;
use parlor_testkit::person::text;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::remote::{Scene, Tail};

/// Longer than any wait in a run: the longest stop, a back-off, a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Faults of a short run, one of each kind.
const SHORT: usize = 3;

/// What a run came to.
#[derive(Default)]
struct Counts {
    sent: Cell<u64>,
    cut_short: Cell<u64>,
    killed: Cell<u64>,
    stopped: Cell<u64>,
    restarted: Cell<u64>,
    paused: Cell<u64>,
    connected: Cell<u64>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            cut_short,
            killed,
            stopped,
            restarted,
            paused,
            connected,
        } = self;
        write!(
            f,
            "{} sent ({} times cut short); the server killed {}, stopped {}, restarted {} times; \
             the tail paused {} times, connected {}",
            sent.get(),
            cut_short.get(),
            killed.get(),
            stopped.get(),
            restarted.get(),
            paused.get(),
            connected.get()
        )
    }
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// How long a run goes on.
#[derive(Clone, Copy)]
enum Length {
    Faults(usize),
    Until(Instant),
}

impl Length {
    fn over(self, faults: usize) -> bool {
        match self {
            Self::Faults(all) => faults >= all,
            Self::Until(end) => Instant::now() >= end,
        }
    }
}

/// Who sends, one message after the other, and the messages that were taken.
struct Sender {
    name: &'static str,
    chance: SeededRandom,
    said: Vec<String>,
}

impl Sender {
    /// Sends the next message. Now and then the program is killed half-way, and run again
    /// with the same nonce until it succeeds.
    async fn send(&mut self, command: impl Fn(&[&str]) -> Command, counts: &Counts) {
        let message = format!("{} {}", self.name, self.said.len());
        let nonce = message.replace(' ', "-");
        let args = ["send", "general", "--wait", "100", "--nonce", &nonce];
        for _ in 0..self.chance.below(3) {
            let mut half = begun(command(&args), &message).await;
            let moment = Duration::from_millis(self.chance.below(80) as u64);
            if timeout(moment, half.wait()).await.is_err() {
                half.kill().await.expect("it runs");
                count(&counts.cut_short);
            }
        }
        let mut whole = begun(command(&args), &message).await;
        let status = timeout(PATIENCE, whole.wait()).await;
        let status = status.expect("send comes to an end").expect("a status");
        assert!(status.success(), "{message}: {status}");
        self.said.push(message);
        count(&counts.sent);
    }
}

async fn begun(mut command: Command, input: &str) -> tokio::process::Child {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut child = child.expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).await.expect("it reads");
    child
}

/// One thing that befalls the server, or the tail; which one, by its number.
async fn fault(scene: &mut Scene, tail: u32, kind: usize, chance: &SeededRandom, counts: &Counts) {
    match kind {
        0 => {
            scene.server.kill().await;
            sleep(Duration::from_millis(chance.below(3000) as u64)).await;
            scene.again().await;
            count(&counts.killed);
        }
        1 => {
            // Up to 15 s: a client concludes from 12 that it is dead.
            scene.server.signal("STOP").await;
            sleep(Duration::from_millis(500 + chance.below(14_500) as u64)).await;
            scene.server.signal("CONT").await;
            count(&counts.stopped);
        }
        2 => {
            scene.server.signal("TERM").await;
            assert_eq!(scene.server.ended().await.code(), Some(0));
            scene.again().await;
            count(&counts.restarted);
        }
        _ => {
            signal(tail, "STOP").await;
            sleep(Duration::from_millis(200 + chance.below(9000) as u64)).await;
            signal(tail, "CONT").await;
            count(&counts.paused);
        }
    }
}

async fn signal(pid: u32, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(kill.await.expect("kill").success());
}

async fn run(length: Length, seed: u64) {
    let mut scene = Scene::new().await;
    let general = scene.general().await;
    let from = scene.ada.log(&general).await.len();
    let tail = Tail::of(scene.as_ada(&["tail", "general", "--json"])).await;
    let counts = Counts::default();
    count(&counts.connected);
    // The scene is the faults' while they last.
    let bare = scene.as_ada(&[]).into_std();
    let command = |args: &[&str]| {
        let mut command = Command::new(bare.get_program());
        command.args(args).kill_on_drop(true);
        for (name, value) in bare.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    };
    let sender = |name, number| Sender {
        name,
        chance: SeededRandom::new(seed + number),
        said: Vec::new(),
    };
    let (mut first, mut second) = (sender("first", 1), sender("second", 2));
    let (over, chance) = (Cell::new(false), SeededRandom::new(seed));
    let pid = tail.child.id().expect("it runs");
    let (mut out, mut err) = (tail.out, tail.err);

    // All that is printed is read as it comes; the run ends once the tail has printed the whole log.
    let mut lines: VecDeque<String> = VecDeque::new();
    let told = Cell::new(0);
    let reading = async {
        while let Some(line) = out.next_line().await.expect("UTF-8") {
            lines.push_back(line);
            told.set(lines.len());
        }
    };
    let states = async {
        while let Some(line) = err.next_line().await.expect("UTF-8") {
            if line.contains("connected to") {
                count(&counts.connected);
            }
        }
    };
    let acting = async {
        let faults = async {
            let mut faults = 0;
            while !length.over(faults) {
                // They need a while in between, or nothing would ever be sent.
                sleep(Duration::from_millis(300 + chance.below(4000) as u64)).await;
                let kind = if faults < SHORT {
                    faults
                } else {
                    chance.below(4)
                };
                fault(&mut scene, pid, kind, &chance, &counts).await;
                faults += 1;
            }
            over.set(true);
        };
        let first = async {
            while !over.get() {
                first.send(command, &counts).await;
            }
        };
        let second = async {
            while !over.get() {
                second.send(command, &counts).await;
            }
        };
        tokio::join!(faults, first, second);
        let log = scene.ada.log(&general).await;
        let all = async {
            while told.get() < log.len() - from {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let came = timeout(PATIENCE, all).await.is_ok();
        assert!(
            came,
            "seed {seed}: {} of {} lines",
            told.get(),
            log.len() - from
        );
        log
    };
    let log = tokio::select! {
        log = acting => log,
        () = reading => panic!("seed {seed}: the tail ended"),
        () = async { states.await; std::future::pending().await } => unreachable!("it waits"),
    };
    let told: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("one event a line"))
        .collect();
    assert_eq!(
        told,
        log[from..],
        "seed {seed}: each event of the wire, as it stands"
    );
    for sender in [&first, &second] {
        let texts = log.iter().filter(|event| event["kind"] == "message_posted");
        let texts = texts.map(|event| text(&event["text"]));
        let its: Vec<String> = texts.filter(|it| it.starts_with(sender.name)).collect();
        assert_eq!(
            its, sender.said,
            "seed {seed}: each once, in the order sent"
        );
    }
    println!("seed {seed}: {} lines, {counts}", lines.len());
}

#[tokio::test]
async fn tail_and_send_lose_double_and_misorder_nothing_whatever_befalls_the_server() {
    let number = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let seed = number("PARLOR_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let length = match number("PARLOR_PROVE") {
        Some(seconds) => Length::Until(Instant::now() + Duration::from_secs(seconds)),
        None => Length::Faults(SHORT),
    };
    println!("PARLOR_SEED={seed}");
    run(length, seed).await;
}
