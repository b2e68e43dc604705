//! `cargo xtask tidy | licenses | generate [--check] | sabotage [SWITCH…] [--write] |
//! proof FOLDER COMMIT [--print]`: prints what it finds, a line each, and exits 1 where it found anything.

use std::path::Path;
use std::process::{Command, ExitCode};

use xtask::{Finding, licenses, proof, repository, sabotage, security, tidy};

const USAGE: &str = "usage: cargo xtask tidy | licenses | generate [--check] | sabotage [SWITCH…] [--write] | proof FOLDER COMMIT [--print]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["tidy"] => repository::read().map(|repository| {
            let mut findings = tidy::check(&repository);
            findings.extend(sabotage::check(&repository));
            findings.extend(security::check(&repository));
            findings
        }),
        ["sabotage", rest @ ..] => return break_it(rest),
        ["proof", folder, commit] => return prove(folder, commit, false),
        ["proof", folder, commit, "--print"] => return prove(folder, commit, true),
        ["licenses"] => licenses::check(&repository::root()),
        ["generate"] => return generate(&[]),
        ["generate", "--check"] => return generate(&["--check"]),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(findings) => report(arguments[0], &findings),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn report(name: &str, findings: &[Finding]) -> ExitCode {
    for finding in findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("{name}: nothing found");
            ExitCode::SUCCESS
        }
        n => {
            println!("{name}: {n} found");
            ExitCode::FAILURE
        }
    }
}

/// Runs the catchers of these switches.
fn break_it(arguments: &[&str]) -> ExitCode {
    let (options, switches): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|it| it.starts_with("--"));
    let outcome = match options.as_slice() {
        [] => sabotage::run(&switches, false),
        ["--write"] => sabotage::run(&switches, true),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `docs/proof.md`, or prints it.
fn prove(folder: &str, commit: &str, print: bool) -> ExitCode {
    let done = proof::read(Path::new(folder)).and_then(|steps| {
        let text = proof::write(&steps, commit, &proof::machine());
        if print {
            print!("{text}");
            return Ok(());
        }
        let path = repository::root().join("docs/proof.md");
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the generator, which is an example so that only it waits for the
/// crates it describes.
fn generate(arguments: &[&str]) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--example",
            "generate",
            "--",
        ])
        .args(arguments)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo did not start: {error}");
            ExitCode::from(2)
        }
    }
}
