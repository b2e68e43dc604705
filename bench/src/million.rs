//! A database of one million messages: how long it takes to start on, what it
//! holds in memory, how long a backup takes.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::client::{Peer, sign_in};
use crate::server::Server;
use crate::spread::Spread;

const MESSAGES: usize = 1_000_000;
/// Posts sent before their acks are read: what the server answers at once to one connection.
const TOGETHER: usize = 50;
const STARTS: usize = 5;

/// Fills a database through one socket, and prints one table.
pub(crate) fn measure(binary: &Path) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::start(binary, &data, false)?;
    let token = sign_in(server.address(), "prathmesh", "123")?;
    let mut author = Peer::connect(server.address(), &token)?;
    let begun = Instant::now();
    for first in (0..MESSAGES).step_by(TOGETHER) {
        for number in first..first + TOGETHER {
            author.post(number)?;
        }
        author.wait_for_ack(first + TOGETHER - 1)?;
    }
    let filled = begun.elapsed().as_secs_f64();
    println!("| what | median | least | most | runs |");
    println!("|---|---|---|---|---|");
    println!(
        "| durable posts a second over one socket, {TOGETHER} in flight | {:.0} | | | 1 |",
        MESSAGES as f64 / filled
    );
    println!(
        "| resident after them, MiB | {:.1} | | | 1 |",
        server.memory("VmRSS")? / 1024.0
    );
    drop(author);
    drop(server);

    // Killed, not stopped: the first start finds a log to empty.
    let (mut starts, mut resident) = (Spread::default(), Spread::default());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = Server::start(binary, &data, false)?;
        starts.add(begun.elapsed().as_secs_f64() * 1e3);
        resident.add(server.memory("VmRSS")? / 1024.0);
    }
    starts.row("start to /readyz on a million messages after a kill, ms");
    resident.row("resident then, MiB");

    let server = Server::start(binary, &data, false)?;
    let mut backups = Spread::default();
    for run in 0..3 {
        let file = folder.path().join(format!("backup-{run}.db"));
        let begun = Instant::now();
        let done = Command::new(binary)
            .arg("backup")
            .arg(&file)
            .env("PARLOR_DATA_DIR", &data)
            .status()?;
        if !done.success() {
            return Err("the backup failed".into());
        }
        backups.add(begun.elapsed().as_secs_f64());
        if run == 0 {
            let size = std::fs::metadata(&file)?.len();
            println!(
                "| the backup's size, MiB | {:.0} | | | |",
                size as f64 / 1048576.0
            );
        }
    }
    backups.row("a backup beside the server, verified, s");
    drop(server);
    Ok(())
}
