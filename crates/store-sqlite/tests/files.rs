//! What stands in the files: after a kill, after a deletion, after an end.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use parlor_protocol::{Seq, UserId};
use parlor_store::Read;
use parlor_store::conformance::world::{World, delete, edit};
use support::{Folder, general, setup};

const SECRET: &str = "the cat sleeps in the engine room";
const REVISED: &str = "the dog sleeps in the engine room";

#[test]
fn what_was_acked_is_there_after_a_kill() {
    let folder = Folder::new();
    let (mut world, [ada, ben]) = World::with(&folder, ["ada", "ben"]);
    let general = world.general;
    let seq = world.post(ada, general, SECRET);

    let killed = folder.killed();

    let (_append, read) =
        parlor_store_sqlite::open(killed.path(), setup(), killed.options.clone()).unwrap();
    let room = read.room(ben.user, general).unwrap().unwrap();
    assert_eq!(room.head, seq);
    assert_eq!(room.mine.unwrap().unread, 1);
    let wal = killed.file().with_extension("db-wal");
    let left = std::fs::metadata(wal).map_or(0, |file| file.len());
    assert_eq!(left, 0, "all of it is in the main file before it is shown");
}

#[test]
fn an_opening_changes_nothing_of_what_is_there() {
    let folder = Folder::new();
    let (world, [ada]) = World::with(&folder, ["ada"]);
    let before = world.read.server().unwrap();
    world.close();

    let mut other = setup();
    other.epoch = "another".into();
    let (_append, read) =
        parlor_store_sqlite::open(folder.path(), other, folder.options.clone()).unwrap();

    assert_eq!(read.server().unwrap(), before);
    assert!(read.user(ada.user).unwrap().is_some());
    assert!(read.user(UserId::PARLOR).unwrap().is_some());
}

#[test]
fn after_a_clean_end_deleted_text_is_in_no_file() {
    let folder = Folder::new();
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    // Long enough for overflow pages, too.
    let long = format!("{SECRET} {}", "and snores ".repeat(800));
    let first = world.post(ada, general, SECRET);
    let second = world.post(ada, general, &long);
    world.done(ada, general, edit(first, REVISED));
    assert!(folder.holds(SECRET) && folder.holds(REVISED));

    world.done(ada, general, delete(first));
    world.done(ada, general, delete(second));
    world.close();

    assert!(!folder.holds(SECRET) && !folder.holds(REVISED));
    assert!(!folder.holds("and snores"));
}

#[test]
fn while_it_runs_deleted_text_is_gone_within_the_time_set() {
    let mut folder = Folder::new();
    folder.options.redact_within = Duration::from_millis(40);
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let seq = world.post(ada, general, SECRET);
    world.done(ada, general, delete(seq));

    wait_until(|| !folder.holds(SECRET));
    let seq = world.post(ada, general, REVISED);
    world.done(ada, general, delete(seq));
    wait_until(|| !folder.holds(REVISED));
}

#[test]
fn a_long_reader_only_puts_off_what_a_deletion_calls_for() {
    let mut folder = Folder::new();
    folder.options.redact_within = Duration::from_millis(40);
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let seq = world.post(ada, general, SECRET);
    let backup = folder.raw();
    backup.execute_batch("BEGIN").unwrap();
    let count = |conn: &rusqlite::Connection| {
        conn.query_row("SELECT count(*) FROM events", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    let before = count(&backup);

    world.done(ada, general, delete(seq));
    for n in 0..50 {
        world.post(ada, general, &format!("the writer goes on: {n}"));
    }

    assert_eq!(count(&backup), before, "its snapshot stands");
    backup.execute_batch("COMMIT").unwrap();
    wait_until(|| !folder.holds(SECRET));
}

#[test]
fn those_who_read_one_after_the_other_do_not_keep_deleted_text() {
    let mut folder = Folder::new();
    // In memory where there is such a place: what is tested here is not the disk.
    folder.dir = tempfile::TempDir::new_in("/dev/shm").unwrap_or(folder.dir);
    folder.options.redact_within = Duration::from_millis(40);
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let (mut one, mut other) = (folder.raw(), folder.raw());
    let (posted, posts) = std::sync::mpsc::channel();
    // There is always a reader whose snapshot is older than the newest commit, and none stays long.
    let readers = std::thread::spawn(move || {
        let reads = |conn: &rusqlite::Connection| {
            conn.execute_batch("BEGIN; SELECT count(*) FROM server")
                .unwrap();
        };
        reads(&one);
        reads(&other);
        while !matches!(
            posts.recv_timeout(Duration::from_millis(10)),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
        ) {
            // The older of the two lets go; the other is older than this post.
            one.execute_batch("COMMIT").unwrap();
            reads(&one);
            std::mem::swap(&mut one, &mut other);
        }
    });
    let seq = world.post(ada, general, SECRET);
    world.done(ada, general, delete(seq));

    let wal = folder.file().with_extension("db-wal");
    let mut length = 0;
    let emptied = (0..20_000).any(|_| {
        world.post(ada, general, "the writer goes on");
        posted.send(()).unwrap();
        let before = std::mem::replace(&mut length, std::fs::metadata(&wal).unwrap().len());
        length < before
    });
    drop(posted);
    readers.join().unwrap();
    assert!(emptied && !folder.holds(SECRET));
}

#[test]
fn the_log_file_stays_small_under_a_load() {
    let mut folder = Folder::new();
    folder.options.log_bound = 6 << 20;
    let (mut world, [ada]) = World::with(&folder, ["ada"]);
    let general = world.general;
    let text = "x".repeat(16_000);
    let wal = folder.file().with_extension("db-wal");
    for _ in 0..600 {
        world.post(ada, general, &text);
        let length = std::fs::metadata(&wal).unwrap().len();
        assert!(length < 24 << 20, "{length} bytes of log");
    }
    let head = world.seen(ada, general).unwrap().head;
    assert_eq!(head, Seq::new(602).unwrap());
}

#[test]
fn nothing_has_to_be_opened_to_read_once_it_runs() {
    let folder = Folder::new();
    let (world, [ada]) = World::with(&folder, ["ada"]);
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(folder.file(), &elsewhere).unwrap();
    assert!(world.read.user(ada.user).unwrap().is_some());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(world.read.user(ada.user).unwrap().is_some()));
        }
    });
}

#[test]
fn folder_and_files_are_their_owners_alone() {
    let outer = Folder::new();
    let folder = outer.path().join("data");
    let (_append, _read) =
        parlor_store_sqlite::open(&folder, setup(), outer.options.clone()).unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(entry.unwrap().path()), 0o600);
    }
    assert_eq!(general(), setup().general);
}

/// Waits for a condition that another thread brings about; a hang is the test run's to end.
fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}
