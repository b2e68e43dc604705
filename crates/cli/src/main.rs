//! The one binary. It composes the crates and decides nothing itself.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 a bad command line or setting; of
//! `login`, `send` and `tail` also 3 not signed in, 4 the server cannot be
//! reached, 5 no such room.

mod ambient;
mod args;
mod backup;
mod check;
mod config;
mod console;
mod documents;
mod folder;
mod health;
mod remote;
mod schedule;
mod serve;
mod service;
mod settings;
mod text;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::settings::Settings;

/// Chosen by measurement: see `bench/RESULTS.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something that stops the program, in words for whoever started it.
enum Failure {
    /// The command line or a setting is at fault.
    Usage(String),
    /// Anything else.
    Failed(String),
    /// No session there, or one that is over.
    NotSignedIn(String),
    /// No server there, or one that does not answer.
    Unreachable(String),
    /// Not in such a room.
    NoRoom(String),
}

impl Failure {
    /// What to say, and the exit code.
    fn parts(self) -> (String, u8) {
        match self {
            Self::Failed(why) => (why, 1),
            Self::Usage(why) => (why, 2),
            Self::NotSignedIn(why) => (why, 3),
            Self::Unreachable(why) => (why, 4),
            Self::NoRoom(why) => (why, 5),
        }
    }

    /// The same, with more words.
    fn with(mut self, more: &str) -> Self {
        let (Self::Usage(why)
        | Self::Failed(why)
        | Self::NotSignedIn(why)
        | Self::Unreachable(why)
        | Self::NoRoom(why)) = &mut self;
        why.push_str(more);
        self
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command.unwrap_or(Command::Serve) {
        Command::Remote(command) => remote::run(command),
        // What needs no setting is not stopped by a bad one.
        Command::Check(args) => check::check(&args),
        Command::Man => documents::man(),
        Command::Completions { shell } => documents::completions(shell),
        command => Settings::read(cli.settings)
            .map_err(Failure::Usage)
            .and_then(|settings| run(&settings, command)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (why, code) = failure.parts();
            fail(&why, code)
        }
    }
}

fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::serve(settings),
        Command::Verify => verify::verify(settings),
        Command::Backup { file, replace } => backup::backup(settings, &file, replace),
        Command::Restore { file, replace } => backup::restore(settings, &file, replace),
        Command::Health => health::health(settings),
        Command::Config(command) => {
            config::run(settings, command);
            Ok(())
        }
        command => console::run(settings, command),
    }
}

/// Says why, a line each with the program's name before it.
fn fail(why: &str, code: u8) -> ExitCode {
    for line in why.lines() {
        eprintln!("parlor: {}", text::safe(line));
    }
    ExitCode::from(code)
}
