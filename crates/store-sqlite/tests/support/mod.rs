//! Databases in folders of their own, opened as a server opens them.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlor_protocol::{RoomId, RoomKind, Timestamp};
use parlor_store::conformance::Backend;
use parlor_store::conformance::world::{World, delete, edit, react, reply};
use parlor_store::{Append, Read, Setup};
use parlor_store_sqlite::{FILE_NAME, Options, open};
use tempfile::TempDir;

/// Each database it opens is a new one; all go when it goes.
#[derive(Default)]
pub(crate) struct Fresh(Mutex<Vec<TempDir>>);

impl Backend for Fresh {
    fn open(&self, setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
        // In memory where there is such a place: what is tested here is not the disk.
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        let folder = folder.unwrap();
        let (append, read) = open(folder.path(), setup, Options::default()).unwrap();
        self.0.lock().unwrap().push(folder);
        (Box::new(append), read)
    }
}

/// One database in one folder, opened again and again.
pub(crate) struct Folder {
    pub(crate) dir: TempDir,
    pub(crate) options: Options,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self::of(TempDir::new().unwrap())
    }

    /// In memory where there is such a place: for many writes whose syncs are not what is tested.
    pub(crate) fn in_memory() -> Self {
        Self::of(
            TempDir::new_in("/dev/shm")
                .or_else(|_| TempDir::new())
                .unwrap(),
        )
    }

    fn of(dir: TempDir) -> Self {
        Self {
            dir,
            options: Options {
                busy_wait: Duration::from_millis(50),
                ..Options::default()
            },
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join(FILE_NAME)
    }

    /// The files as a `kill -9` at this moment would leave them, in a folder of their own.
    pub(crate) fn killed(&self) -> Self {
        let copy = Self::new();
        for name in [FILE_NAME.into(), format!("{FILE_NAME}-wal")] {
            let from = self.path().join(&name);
            if from.exists() {
                std::fs::copy(from, copy.path().join(&name)).unwrap();
            }
        }
        copy
    }

    /// A connection past all that guards the database.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }

    /// Whether these bytes stand in any file of the folder.
    pub(crate) fn holds(&self, bytes: &str) -> bool {
        self.count(bytes) > 0
    }

    /// How often these bytes stand in the files of the folder.
    pub(crate) fn count(&self, bytes: &str) -> usize {
        let first = bytes.as_bytes()[0];
        let files = std::fs::read_dir(self.path()).unwrap();
        files
            .map(|entry| {
                let content = std::fs::read(entry.unwrap().path()).unwrap_or_default();
                let begins = content
                    .iter()
                    .enumerate()
                    .filter(|(_, byte)| **byte == first);
                begins
                    .filter(|(at, _)| content[*at..].starts_with(bytes.as_bytes()))
                    .count()
            })
            .sum()
    }
}

impl Backend for Folder {
    fn open(&self, setup: Setup) -> (Box<dyn Append>, Arc<dyn Read>) {
        let (append, read) = open(self.path(), setup, self.options.clone()).unwrap();
        (Box::new(append), read)
    }
}

/// Three people who have done one of everything.
pub(crate) fn lively(folder: &Folder) -> World {
    let (mut world, [ada, ben, cy]) = World::with(folder, ["ada", "ben", "cy"]);
    let general = world.general;
    let first = world.post(ada, general, "hello @ben");
    let second = world.done(ben, general, reply("hello @ada", first));
    world.done(ben, general, edit(second, "hello, hello"));
    world.done(ada, general, react(second, "👍"));
    world.done(cy, general, react(second, "👍"));
    let third = world.post(cy, general, "gone soon @ada");
    world.done(cy, general, edit(third, "gone sooner"));
    world.done(ada, general, react(third, "👀"));
    world.done(cy, general, delete(third));
    world.room(ada, RoomKind::Direct, &[ben]);
    let closed = world.room(ben, RoomKind::Closed, &[cy]);
    world
        .update(ben, closed, Some("den"), Some("quiet"), Some(true))
        .unwrap();
    world.remove(cy, general, cy.user).unwrap();
    world
}

pub(crate) fn setup() -> Setup {
    Setup::new(Timestamp::from_millis(1_795_000_000_000), GENERAL, &[7; 16])
}

const GENERAL: u128 = 0x1000;

pub(crate) fn general() -> RoomId {
    RoomId::from_u128(GENERAL)
}
