//! A disk that has lost or changed something: what is left is a part of the truth, or it is
//! refused, or it is named; never is another truth served.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::PathBuf;

use parlor_protocol::{RoomId, Seq, UserId};
use parlor_store::Read;
use parlor_store::conformance::world::World;
use parlor_store::read::Window;
use parlor_store_sqlite::{FILE_NAME, open, verify};
use support::{Folder, lively, setup};

/// A room's events and its messages, as JSON.
type Log = (Vec<String>, String);

type Rooms = Vec<(UserId, RoomId)>;

/// Every room with somebody who is in it.
fn rooms(folder: &Folder) -> Rooms {
    let raw = folder.raw();
    let mut statement = raw
        .prepare(
            "SELECT u.id, r.id FROM rooms r JOIN members m ON m.room = r.n JOIN users u ON u.n = m.user
             GROUP BY r.n ORDER BY r.n",
        )
        .unwrap();
    let rooms = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rooms
        .map(|ids| ids.unwrap())
        .map(|(user, room)| (UserId::from_bytes(user), RoomId::from_bytes(room)))
        .collect()
}

/// What a start serves: each room's log, and its messages without the names of people, which are
/// in no log. `Err`: the start, or a page, was refused.
fn served(folder: &Folder, rooms: &[(UserId, RoomId)]) -> Result<Vec<Log>, String> {
    let opened = open(folder.path(), setup(), folder.options.clone());
    let (_append, read) = opened.map_err(|error| error.to_string())?;
    let mut served = Vec::new();
    for &(user, room) in rooms {
        let events = read
            .events(user, room, Seq::ZERO, 1000, usize::MAX)
            .map_err(|error| error.to_string())?;
        let events = events.map_or(Vec::new(), |page| page.events);
        let history = read
            .messages(user, room, Window::Newest, 200, usize::MAX)
            .map_err(|error| error.to_string())?;
        let mut history = history.map_or(Vec::new(), |page| page.items);
        for message in &mut history {
            let id = message.by.id;
            message.by = parlor_rules::facts::parlor();
            message.by.id = id;
        }
        let events = events.iter().map(|event| event.json.to_string()).collect();
        served.push((events, serde_json::to_string(&history).unwrap()));
    }
    Ok(served)
}

/// A copy with these bytes as its log.
fn with_log(killed: &Folder, log: &[u8]) -> Folder {
    let copy = Folder::in_memory();
    std::fs::copy(killed.file(), copy.file()).unwrap();
    std::fs::write(log_of(&copy), log).unwrap();
    copy
}

fn log_of(folder: &Folder) -> PathBuf {
    folder.path().join(format!("{FILE_NAME}-wal"))
}

/// The log's own header, and what stands before each page in it
/// (<https://sqlite.org/fileformat.html#the_write_ahead_log>).
const LOG_HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

/// A lively database as a kill left it, most of it in its write-ahead log, and all that it holds.
fn killed() -> (Folder, Vec<u8>, Rooms, Vec<Log>) {
    let folder = Folder::in_memory();
    let world = lively(&folder);
    let killed = folder.killed();
    world.close();
    let log = std::fs::read(log_of(&killed)).unwrap();
    assert!(
        log.len() > LOG_HEADER + 20 * FRAME,
        "much of it is in the log"
    );
    let rooms = rooms(&folder);
    let all = served(&with_log(&killed, &log), &rooms).unwrap();
    assert_eq!(all.len(), 3);
    (killed, log, rooms, all)
}

/// What is left of a log opens, agrees with itself, and holds a beginning of every room's log.
#[track_caller]
fn is_a_prefix(left: &Folder, rooms: &[(UserId, RoomId)], all: &[Log], what: &str) -> usize {
    let now = served(left, rooms).unwrap_or_else(|why| panic!("{what}: {why}"));
    let report = verify(left.path()).unwrap();
    assert!(report.agrees(), "{what}: {:?}", report.differences);
    for ((now, _), (all, _)) in now.iter().zip(all) {
        // What a later deletion took out of it may stand in it still.
        let same = |(now, all): (&String, &String)| now == all || all.contains("\"redacted\":true");
        assert!(
            now.len() <= all.len() && now.iter().zip(all).all(same),
            "{what}"
        );
    }
    now.iter().map(|(events, _)| events.len()).sum()
}

#[test]
fn a_cut_log_leaves_a_beginning_of_every_rooms_log() {
    let (killed, log, rooms, all) = killed();
    let mut cuts = vec![0, 1, LOG_HEADER - 1, LOG_HEADER];
    for frame in (LOG_HEADER..log.len()).step_by(FRAME) {
        cuts.extend([frame + 1, frame + 24, frame + FRAME - 1, frame + FRAME]);
    }
    cuts.retain(|cut| *cut <= log.len());
    let mut before = 0;
    for cut in cuts {
        let left = with_log(&killed, &log[..cut]);
        let events = is_a_prefix(&left, &rooms, &all, &format!("cut at {cut}"));
        assert!(events >= before, "more of it holds more");
        before = events;
    }
    let events: usize = all.iter().map(|(events, _)| events.len()).sum();
    assert_eq!(before, events, "uncut, it is all there");
}

#[test]
fn a_log_with_a_flipped_byte_leaves_a_beginning_of_every_rooms_log() {
    let (killed, log, rooms, all) = killed();
    let mut shorter = 0;
    for at in (0..log.len()).step_by(FRAME / 2 + 1) {
        let mut damaged = log.clone();
        damaged[at] ^= 0x10;
        let left = with_log(&killed, &damaged);
        let events = is_a_prefix(&left, &rooms, &all, &format!("byte {at}"));
        shorter += usize::from(events < all.iter().map(|(events, _)| events.len()).sum());
    }
    assert!(shorter > 10, "that was seen: {shorter}");
}

#[test]
fn a_flipped_byte_is_refused_or_named_or_means_nothing() {
    let folder = Folder::in_memory();
    lively(&folder).close();
    let rooms = rooms(&folder);
    let sound = std::fs::read(folder.file()).unwrap();
    let all = served(&folder, &rooms).unwrap();
    let (mut refused, mut named) = (0, 0);
    for at in (0..sound.len()).step_by(1021) {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x10;
        let copy = Folder::in_memory();
        std::fs::write(copy.file(), &damaged).unwrap();
        if !verify(copy.path()).is_ok_and(|report| report.agrees()) {
            named += 1;
            continue;
        }
        match served(&copy, &rooms) {
            Err(_) => refused += 1,
            Ok(now) => assert_eq!(now, all, "byte {at}"),
        }
    }
    assert!(named > 10, "{refused} refused, {named} named");
}

#[test]
fn a_cut_database_is_refused_at_the_start() {
    let folder = Folder::in_memory();
    lively(&folder).close();
    let sound = std::fs::read(folder.file()).unwrap();
    for cut in (1..sound.len()).step_by(3 * 4096 - 1) {
        let copy = Folder::in_memory();
        std::fs::write(copy.file(), &sound[..cut]).unwrap();
        let opened = open(copy.path(), setup(), copy.options.clone());
        assert!(opened.is_err(), "cut at {cut} of {}", sound.len());
        assert!(
            !verify(copy.path()).is_ok_and(|report| report.agrees()),
            "cut at {cut} of {}",
            sound.len()
        );
    }
}

#[test]
fn a_cut_database_is_refused_where_its_log_does_not_hold_what_is_missing() {
    let folder = Folder::in_memory();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let long = "and so on ".repeat(50);
    for n in 0..100 {
        world.post(ada, general, &format!("{n}: {long}"));
    }
    let empty = "PRAGMA wal_checkpoint(TRUNCATE)";
    folder.raw().query_row(empty, [], |_| Ok(())).unwrap();
    for n in 0..20 {
        world.post(ada, general, &format!("in the log alone {n}: {long}"));
    }
    let killed = folder.killed();
    world.close();
    let log = std::fs::read(log_of(&killed)).unwrap();
    let sound = std::fs::read(killed.file()).unwrap();
    let rooms = rooms(&folder);
    let all = served(&with_log(&killed, &log), &rooms).unwrap();
    let mut refused = 0;
    for cut in (4096..sound.len()).step_by(4096 + 1000) {
        let copy = with_log(&killed, &log);
        std::fs::write(copy.file(), &sound[..cut]).unwrap();
        match served(&copy, &rooms) {
            Ok(now) => assert_eq!(now, all, "cut at {cut}: all of that was in the log"),
            Err(why) => {
                assert!(why.contains("damaged"), "cut at {cut}: {why}");
                refused += 1;
                let left = std::fs::read(copy.file()).unwrap();
                assert!(
                    left == sound[..cut],
                    "cut at {cut}: it is left as it is: {why}"
                );
                assert!(std::fs::read(log_of(&copy)).unwrap() == log);
            }
        }
    }
    assert!(refused > 10, "{refused} refused");
}
