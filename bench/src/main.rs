//! Measures the release binary as people meet it: start, memory, sign-in, a
//! message's way, idle connections. Prints one table; asserts nothing.
//!
//! `cargo run --release -p parlor-bench -- [path to parlor [million]]`
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock: that is what this program is"
)]

mod client;
mod idle;
mod million;
mod server;
mod spread;

use std::path::PathBuf;
use std::time::Instant;

use client::{Peer, sign_in};
use server::Server;
use spread::Spread;

/// Starts, and sign-ins: each a fresh process or a fresh hash.
const RUNS: usize = 20;
/// Messages, one at a time.
const MESSAGES: usize = 1000;
/// Idle connections; a process may open 20,000 files here, and each end is one.
const IDLE: usize = 10_000;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let binary = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/release/parlor".into());
    let binary = PathBuf::from(binary);
    if std::env::args().nth(2).as_deref() == Some("million") {
        return million::measure(&binary);
    }
    println!("| what | median | least | most | runs |");
    println!("|---|---|---|---|---|");

    let size = std::fs::metadata(&binary)?.len();
    println!(
        "| release binary, MiB | {:.1} | | | |",
        size as f64 / 1048576.0
    );

    let mut starts = Spread::default();
    let mut resident = Spread::default();
    for _ in 0..RUNS {
        let folder = tempfile::tempdir()?;
        let begun = Instant::now();
        let server = Server::start(&binary, folder.path(), true)?;
        starts.add(begun.elapsed().as_secs_f64() * 1e3);
        resident.add(server.memory("VmRSS")? / 1024.0);
    }
    starts.row("start to /readyz on an empty folder, ms");
    resident.row("resident before the first sign-in, MiB");

    let folder = tempfile::tempdir()?;
    let server = Server::start(&binary, folder.path(), false)?;
    let mut ready = Spread::default();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let token = sign_in(server.address(), "prathmesh", "123")?;
        drop(Peer::connect(server.address(), &token)?);
        ready.add(begun.elapsed().as_secs_f64() * 1e3);
    }
    ready.row("demo sign-in to `ready`, ms");

    client::sign_up(server.address(), "grace", "correct horse battery")?;
    let mut hashed = Spread::default();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let token = sign_in(server.address(), "grace", "correct horse battery")?;
        drop(Peer::connect(server.address(), &token)?);
        hashed.add(begun.elapsed().as_secs_f64() * 1e3);
    }
    hashed.row("sign-in with Argon2id to `ready`, ms");

    let token = sign_in(server.address(), "prathmesh", "123")?;
    let mut author = Peer::connect(server.address(), &token)?;
    let mut reader = Peer::connect(
        server.address(),
        &sign_in(server.address(), "grace", "correct horse battery")?,
    )?;
    let mut fsync = Spread::default();
    let mut seen = Spread::default();
    for number in 0..MESSAGES {
        fsync.add(spread::fdatasync(folder.path())?);
        let begun = Instant::now();
        author.post(number)?;
        reader.wait_for_post(number)?;
        seen.add(begun.elapsed().as_secs_f64() * 1e3);
        author.wait_for_ack(number)?;
    }
    fsync.row("the limit: one 4 KiB append and fdatasync in the same folder, ms");
    seen.row("a post is seen by another, ms");
    println!(
        "| the same, p99, ms | {:.2} | | | {MESSAGES} |",
        seen.quantile(0.99)
    );
    println!(
        "| the same, ratio to the limit, medians | {:.2} | | | |",
        seen.quantile(0.5) / fsync.quantile(0.5)
    );

    let anonymous = server.memory("RssAnon")?;
    idle::hold(server.address(), &token, IDLE, || {
        let grown = server.memory("RssAnon")? - anonymous;
        println!(
            "| user memory per idle connection at {IDLE}, KiB | {:.2} | | | 1 |",
            grown / IDLE as f64
        );
        Ok(())
    })
}
