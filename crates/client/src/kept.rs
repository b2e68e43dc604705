//! What outlives a connection: cursors and outbox, in memory or in a file.
//!
//! A file is replaced as a whole: written beside, synced, renamed. It holds what waits (bounded
//! by the outbox), the seqs of the last 1000 own posts and a cursor a room. Before a
//! command is sent it says so; a cursor in it is one that the program is done
//! with, so after a `kill -9` what was not finished comes again, and nothing is
//! skipped.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use parlor_protocol::{RoomId, Seq};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::logs::Start;
use crate::outbox::Outbox;
use crate::update::Update;

/// The file's form.
const VERSION: u32 = 1;

/// What the program is done with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handled {
    pub(crate) epoch: Option<String>,
    pub(crate) cursors: BTreeMap<RoomId, Seq>,
}

/// What being done with an update changes.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Nothing,
    Connected(String, Vec<(RoomId, Seq)>),
    Cursor(RoomId, Seq),
    Gone(RoomId),
}

impl Note {
    pub(crate) fn of(update: &Update, start: Start) -> Self {
        let at_head = start == Start::Head;
        match update {
            Update::Connected(ready) => {
                let rooms = ready.rooms.iter().filter(|_| at_head);
                let heads = rooms.map(|room| (room.id, room.head)).collect();
                Self::Connected(ready.epoch.clone(), heads)
            }
            Update::Event { room, event } => Self::Cursor(*room, event.seq),
            Update::Forgotten { room, after, .. } => Self::Cursor(*room, *after),
            Update::RoomAdded(room) if at_head => Self::Cursor(room.id, room.head),
            // Where logs are followed from their beginning, it goes on there if it comes back.
            Update::RoomRemoved { room, .. } if at_head => Self::Gone(*room),
            _ => Self::Nothing,
        }
    }
}

impl Handled {
    /// The program is done with it.
    pub(crate) fn note(&mut self, note: Note) {
        match note {
            Note::Nothing => {}
            Note::Connected(epoch, heads) => {
                if self.epoch.as_ref() != Some(&epoch) {
                    self.cursors.clear();
                    self.epoch = Some(epoch);
                }
                for (room, head) in heads {
                    self.cursors.entry(room).or_insert(head);
                }
            }
            Note::Cursor(room, seq) => {
                self.cursors.insert(room, seq);
            }
            Note::Gone(room) => {
                self.cursors.remove(&room);
            }
        }
    }
}

#[derive(Serialize)]
struct Writing<'a> {
    version: u32,
    #[serde(flatten)]
    handled: &'a Handled,
    outbox: &'a Outbox,
}

#[derive(Deserialize)]
struct Reading {
    version: u32,
    #[serde(flatten)]
    handled: Handled,
    outbox: Outbox,
}

/// Where it is kept.
#[derive(Debug)]
pub(crate) struct Keeper {
    path: Option<PathBuf>,
}

impl Keeper {
    /// Opens what is kept; empty where there is no file yet.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<(Self, Handled, Outbox), Error> {
        let keeper = Self { path };
        let Some(path) = &keeper.path else {
            return Ok((keeper, Handled::default(), Outbox::default()));
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((keeper, Handled::default(), Outbox::default()));
            }
            Err(error) => return Err(fault(path, &error)),
        };
        let read: Reading = serde_json::from_slice(&bytes).map_err(|error| fault(path, &error))?;
        if read.version != VERSION {
            return Err(fault(path, &"it is of another version of this program"));
        }
        Ok((keeper, read.handled, read.outbox))
    }

    /// Keeps it.
    pub(crate) fn keep(&self, handled: &Handled, outbox: &Outbox) -> Result<(), Error> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let version = VERSION;
        let writing = Writing {
            version,
            handled,
            outbox,
        };
        let bytes = serde_json::to_vec(&writing).map_err(|error| fault(path, &error))?;
        replace(path, &bytes).map_err(|error| fault(path, &error))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

fn fault(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::State {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}
