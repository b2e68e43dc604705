//! The one binary. It composes the crates and decides nothing itself.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 a bad command line or setting.

mod ambient;
mod args;
mod backup;
mod config;
mod console;
mod documents;
mod folder;
mod health;
mod schedule;
mod serve;
mod service;
mod settings;
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
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command.unwrap_or(Command::Serve) {
        // What needs no setting is not stopped by a bad one.
        Command::Man => documents::man(),
        Command::Completions { shell } => documents::completions(shell),
        command => Settings::read(cli.settings)
            .map_err(Failure::Usage)
            .and_then(|settings| run(&settings, command)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(why)) => fail(&why, 2),
        Err(Failure::Failed(why)) => fail(&why, 1),
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
        eprintln!("parlor: {line}");
    }
    ExitCode::from(code)
}
