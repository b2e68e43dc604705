//! `parlor check`: runs the checker of `parlor-check`, with this binary as the server.

use std::path::PathBuf;
use std::time::Duration;

use parlor_check::report;
use parlor_check::run::{Options, Outcome, replay, run};
use parlor_client::Ambient;
use parlor_live::ambient::{Clock as _, Random as _};

use crate::ambient::{SystemClock, SystemRandom};
use crate::args::CheckArgs;
use crate::failure::{Exit, Failure};
use crate::text::{complain, print};

/// Checks, says what came out, and fails where something is broken.
pub(crate) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let outcome = match &args.replay {
        Some(folder) => replay(folder).map_err(|why| Exit::Failed.because(why))?,
        None => carry_out(args)?,
    };
    let Outcome {
        verdict,
        history,
        kept,
        ..
    } = &outcome;
    let told = match args.json {
        true => report::json(verdict, history),
        false => report::words(verdict, history),
    };
    let told =
        told.map_err(|error| Exit::Failed.because(format!("the history cannot be read: {error}")))?;
    print(&format!("{}\n", told.trim_end()))?;
    if verdict.is_good() {
        return Ok(());
    }
    let kept = kept.as_ref().map_or(String::new(), |folder| {
        format!(
            "; the history is in {0}: judge it again with parlor check --replay {0}",
            folder.display()
        )
    });
    let broken: u64 = verdict.broken.values().sum();
    Err(Exit::Failed.because(format!("{broken} findings{kept}")))
}

fn carry_out(args: &CheckArgs) -> Result<Outcome, Failure> {
    let program = match &args.program {
        Some(program) => program.canonicalize(),
        None => std::env::current_exe(),
    };
    let program = program
        .map_err(|error| Exit::Failed.because(format!("the program cannot be found: {error}")))?;
    let seed = args.seed.unwrap_or_else(|| {
        let mut bytes = [0; 4];
        SystemRandom.fill(&mut bytes);
        u32::from_be_bytes(bytes).into()
    });
    let remote = match (&args.url, &args.token_file) {
        (Some(url), Some(file)) => Some((url.clone(), file.clone())),
        (None, None) => None,
        _ => {
            let why = "--url and --token-file go together: the tokens of at least two accounts, one a line";
            return Err(Exit::Usage.because(why));
        }
    };
    let options = Options {
        seed,
        rounds: args.rounds,
        seconds: args.seconds,
        faults: args.faults.clone(),
        devices: args.devices.max(2),
        rooms: args.rooms,
        pace: Duration::from_millis(args.pace.max(1)),
        remote,
        times: args.times,
        keep: args.keep.clone(),
        program,
        command: again(args, seed),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ambient: Ambient::new(|| SystemClock.now(), |bytes| SystemRandom.fill(bytes)),
    };
    complain(&format!("seed {seed}; again: {}", options.command));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed.because(format!("no runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(options, complain) => outcome,
            _ = tokio::signal::ctrl_c() => Err("interrupted".to_owned()),
        }
    });
    runtime.shutdown_background();
    outcome.map_err(|why| Exit::Failed.because(why))
}

/// The command that does the same again.
fn again(args: &CheckArgs, seed: u64) -> String {
    let path = |path: &PathBuf| path.display().to_string();
    let mut words = vec!["parlor check --seed".to_owned(), seed.to_string()];
    let mut say = |flag: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("{flag} {value}")));
    };
    say("--rounds", args.rounds.map(|n| n.to_string()));
    say("--seconds", args.seconds.map(|n| n.to_string()));
    say(
        "--faults",
        (!args.faults.is_empty()).then(|| args.faults.join(",")),
    );
    say("--devices", Some(args.devices.to_string()));
    say("--rooms", Some(args.rooms.to_string()));
    say("--pace", Some(args.pace.to_string()));
    say("--url", args.url.clone());
    say("--program", args.program.as_ref().map(path));
    say("--token-file", args.token_file.as_ref().map(path));
    if args.times {
        words.push("--times".into());
    }
    words.join(" ")
}
