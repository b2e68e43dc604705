//! A damaged disk: what a `kill -9` left is copied, and the copy is damaged, while the server goes on.
//!
//! Where the write-ahead log is cut, a start serves a beginning of every room's log, and `parlor verify`
//! agrees with it. Where a byte of the database is flipped, `verify` names it or a start refuses it, or what is
//! served is what the log says: the judge compares it. Where its end is cut off, it is named and refused, unless
//! all of what is missing stands in the log.

use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_protocol::http::Events;
use parlor_protocol::{RoomId, Seq};
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{Fault, World};
use crate::history::What;
use crate::http;
use crate::process::{Launch, Process};

/// The database in its folder, and its write-ahead log.
const FILES: [&str; 2] = ["parlor.db", "parlor.db-wal"];
/// A page comes within this time, or is refused.
const ANSWER: Duration = Duration::from_secs(20);

/// What is done to the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    CutLog,
    FlippedByte,
    CutDatabase,
}

/// Damage to a copy.
#[derive(Default)]
pub(super) struct Damaged {
    struck: usize,
}

impl Fault for Damaged {
    fn name(&self) -> &'static str {
        "damage"
    }

    fn about(&self) -> &'static str {
        "a cut write-ahead log, a flipped byte, a cut database, each in a copy"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P2", "P16"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        let all = [Damage::CutLog, Damage::FlippedByte, Damage::CutDatabase];
        let damage = all[self.struck % all.len()];
        self.struck += 1;
        strike(self.struck, damage, world).boxed()
    }
}

async fn strike(number: usize, damage: Damage, world: &mut World) -> Result<(), String> {
    let wait = world.chance.below(500);
    sleep(Duration::from_millis(wait)).await;
    let launch = world.server()?.launch.clone();
    world.server()?.signal(Signal::KILL)?;
    world.server()?.wait().await?;
    let folder = world.folder.join(format!("damaged-{number}"));
    let mut other = Launch::new(launch.program.clone(), &folder).map_err(text)?;
    other.env.clone_from(&launch.env);
    std::fs::create_dir_all(&other.data).map_err(text)?;
    for file in FILES {
        let from = launch.data.join(file);
        if from.exists() {
            std::fs::copy(from, other.data.join(file)).map_err(text)?;
        }
    }
    world.restart().await?;
    let (file, place) = spoil(world, damage, &other.data)?;
    world.note("damage", format!("{damage:?}: {file} at byte {place}"));
    let verified = other.run(&["verify"], "").await;
    let served = match (damage, &verified) {
        // It is named: nobody is to serve it.
        (Damage::FlippedByte, Err(_)) => Ok(()),
        _ => serves(world, &other).await,
    };
    match damage {
        Damage::CutLog => {
            let said = [verified.err(), served.err()].into_iter().flatten();
            let said: Vec<String> = said.collect();
            world.found(
                "what is left of a cut log is served, and agrees with itself",
                said.is_empty(),
                said.join("; "),
            );
        }
        // What no byte of the log or of what is made of it is changed by, nobody can name.
        Damage::FlippedByte => {}
        Damage::CutDatabase => world.found(
            "a database whose end is missing is named, and refused at the start",
            verified.is_ok() == served.is_ok(),
            format!("verify: {verified:?}; start: {served:?}"),
        ),
    }
    std::fs::remove_dir_all(&folder).map_err(text)
}

/// Damages the copy: which file, and from which byte on.
fn spoil(world: &mut World, damage: Damage, data: &Path) -> Result<(&'static str, usize), String> {
    let file = FILES[usize::from(damage == Damage::CutLog)];
    let path = data.join(file);
    let mut bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(text)?,
    };
    let place = usize::try_from(world.chance.below(bytes.len().max(1) as u64)).unwrap_or(0);
    match damage {
        Damage::FlippedByte => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 0x10;
            }
        }
        Damage::CutLog | Damage::CutDatabase => bytes.truncate(place),
    }
    std::fs::write(&path, bytes).map_err(text)?;
    Ok((file, place))
}

/// Starts a server on the copy and writes down every log that it serves.
async fn serves(world: &World, other: &Launch) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let mut server = Process::new(other.clone());
    server.start().await?;
    for room in &stage.rooms {
        // Neither the account nor the room need be there any more.
        let keeper = &stage.people[room.keeper].username;
        let Ok(token) = other.run(&["token", "create", keeper], "").await else {
            continue;
        };
        log(world, other, token.trim(), room.id).await;
    }
    server.terminate().await.map(|_| ())
}

/// Writes a room's log down as far as it is served.
async fn log(world: &World, other: &Launch, token: &str, room: RoomId) {
    let mut after = Seq::ZERO;
    let host = other.listen.to_string();
    loop {
        let call = format!("GET rooms/{room}/events?after={after}&limit=1000");
        let asked = http::ask(other.listen, &host, Some(token), &call, None);
        let Ok(Ok(answer)) = timeout(ANSWER, asked).await else {
            return;
        };
        let Ok(read) = serde_json::from_str::<Events>(answer.body.get()) else {
            return;
        };
        let (room, page) = (room.to_string(), answer.body);
        world.recorder.record(0, What::Left { room, page });
        after = read.events.last().map_or(after, |event| event.seq);
        if !read.has_more || read.events.is_empty() {
            return;
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
