//! Builds the tests with the switches in them, and runs each catcher without its switch and with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{CATCHERS, Catcher, table};
use crate::repository;

/// What a run of one test came to.
enum Came {
    Passed,
    /// After so many seconds.
    Failed(f64),
    /// It did not run: no such test.
    Nothing,
}

impl Came {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Nothing => "was not found",
        }
    }
}

/// Runs the catchers of these switches, all where none is named; `write`: and writes the table.
///
/// # Errors
/// One sentence where they could not be built or run, or one did not notice.
pub fn run(wanted: &[&str], write: bool) -> Result<(), String> {
    let is_wanted = |it: &&Catcher| wanted.is_empty() || wanted.contains(&it.switch());
    let chosen: Vec<&Catcher> = CATCHERS.iter().filter(is_wanted).collect();
    let known = |name: &&str| CATCHERS.iter().any(|it| it.switch() == *name);
    if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
        return Err(format!("no switch is called {unknown:?}"));
    }
    let programs = build(&chosen)?;
    let mut passes = Vec::new();
    let mut seconds = Vec::new();
    let mut unnoticed = Vec::new();
    for catcher in chosen {
        if catcher.root && !am_root() {
            println!("{}: needs root, left out", catcher.sabotage);
            continue;
        }
        let program = &programs[&(catcher.folder.to_owned(), catcher.target.to_owned())];
        // One test may notice several.
        if !passes.contains(&(program, catcher.test)) {
            match run_one(program, catcher, None)? {
                Came::Passed => passes.push((program, catcher.test)),
                came => return Err(format!("{} {} as it stands", catcher.test, came.word())),
            }
        }
        let broken = run_one(program, catcher, Some(catcher.sabotage))?;
        match broken {
            Came::Failed(took) => {
                println!("{}: noticed in {took:.1} s", catcher.sabotage);
                seconds.push((*catcher, took));
            }
            came => {
                let (sabotage, test) = (catcher.sabotage, catcher.test);
                println!("{sabotage}: NOT noticed: {test} {} with it", came.word());
                unnoticed.push(sabotage);
            }
        }
    }
    if !unnoticed.is_empty() {
        return Err(format!("went unnoticed: {}", unnoticed.join(", ")));
    }
    if write {
        table::write(&seconds)?;
    }
    Ok(())
}

/// The test programs of these catchers, by folder and target.
fn build(catchers: &[&Catcher]) -> Result<BTreeMap<(String, String), PathBuf>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(repository::root())
        .args([
            "test",
            "--no-run",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args([
            "--features",
            "parlor-live/sabotage,parlor-store-sqlite/sabotage",
        ])
        .args(["--features", "parlor-testkit/sabotage,parlor/sabotage"])
        // All that the features are of has to be named.
        .args([
            "-p",
            "parlor",
            "-p",
            "parlor-live",
            "-p",
            "parlor-store-sqlite",
        ])
        .args(["-p", "parlor-testkit", "--lib", "--bins"]);
    for target in ["binary", "sockets", "whole"] {
        command.args(["--test", target]);
    }
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if !output.status.success() {
        return Err("the tests were not built".to_owned());
    }
    let mut programs = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let Some(program) = message["executable"].as_str() else {
            continue;
        };
        let manifest = message["manifest_path"].as_str().unwrap_or_default();
        let folder = Path::new(manifest).parent().and_then(Path::file_name);
        let folder = folder.map(|it| it.to_string_lossy().into_owned());
        let target = match message["target"]["kind"][0].as_str() {
            Some("lib") => Some("lib"),
            _ => message["target"]["name"].as_str(),
        };
        if message["profile"]["test"] == true
            && let Some((folder, target)) = folder.zip(target)
        {
            programs.insert((folder, target.to_owned()), PathBuf::from(program));
        }
    }
    for catcher in catchers {
        let key = (catcher.folder.to_owned(), catcher.target.to_owned());
        if !programs.contains_key(&key) {
            return Err(format!(
                "no test program {} of {}",
                catcher.target, catcher.folder
            ));
        }
    }
    Ok(programs)
}

fn run_one(program: &Path, catcher: &Catcher, sabotage: Option<&str>) -> Result<Came, String> {
    let mut command = Command::new(program);
    command
        .args([catcher.test, "--exact", "--nocapture"])
        .current_dir(repository::root().join("crates").join(catcher.folder))
        .env_remove("PARLOR_SABOTAGE")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    if let Some(sabotage) = sabotage {
        command.env("PARLOR_SABOTAGE", sabotage);
    }
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(if said.contains("test result: ok. 1 passed") {
        Came::Passed
    } else if said.contains("running 1 test") {
        Came::Failed(finished_in(&said).unwrap_or_default())
    } else {
        Came::Nothing
    })
}

/// What the test harness says of its time.
fn finished_in(said: &str) -> Option<f64> {
    let (_, time) = said.rsplit_once("finished in ")?;
    time.split('s').next()?.trim().parse().ok()
}

/// Whether disks can be made here.
fn am_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
