//! The one binary. It composes the crates and decides nothing itself. How it can end is in `failure`.

mod ambient;
mod args;
mod audit;
mod backup;
mod check;
mod config;
mod console;
mod documents;
mod failure;
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
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// Chosen by measurement: see `bench/RESULTS.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command.unwrap_or(Command::Serve) {
        Command::Remote(command) => remote::run(command),
        // What needs no setting is not stopped by a bad one.
        Command::Check(args) => check::check(&args),
        Command::Man => documents::man(),
        Command::Completions { shell } => documents::completions(shell),
        command => Settings::read(cli.settings)
            .map_err(|why| Exit::Usage.because(why))
            .and_then(|settings| run(&settings, command)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::serve(settings),
        Command::Verify => verify::verify(settings),
        Command::Audit { json } => audit::audit(settings, json),
        Command::Backup { file, replace } => backup::backup(settings, &file, replace),
        Command::Restore { file, replace } => backup::restore(settings, &file, replace),
        Command::Health => health::health(settings),
        Command::Config(command) => config::run(settings, command),
        command => console::run(settings, command),
    }
}

/// Says why, a line each with the program's name before it.
fn fail(failure: &Failure) -> ExitCode {
    for line in failure.why.lines() {
        text::complain(line);
    }
    ExitCode::from(failure.exit as u8)
}
