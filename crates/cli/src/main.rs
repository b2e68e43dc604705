//! The one binary. It composes the crates and decides nothing itself.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 a bad command line or setting.

mod ambient;
mod args;
mod console;
mod folder;
mod serve;
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
    let outcome = Settings::read(cli.settings)
        .map_err(Failure::Usage)
        .and_then(|settings| match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::serve(&settings),
            Command::Verify => verify::verify(&settings),
            command => console::run(&settings, command),
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(why)) => fail(&why, 2),
        Err(Failure::Failed(why)) => fail(&why, 1),
    }
}

/// Says why, a line each with the program's name before it.
fn fail(why: &str, code: u8) -> ExitCode {
    for line in why.lines() {
        eprintln!("parlor: {line}");
    }
    ExitCode::from(code)
}
