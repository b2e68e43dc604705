//! What every device saw and did, in the order it happened: a line of JSON each.
//!
//! A command's line is written before its bytes leave, an answer's after they
//! came, under one lock and one clock that never goes back. So of two lines the
//! upper one happened before the lower one, for every device: that is all that
//! the judge relies on. Frames stand there as they were on the wire, not as this
//! program understood them, and a history can be judged again years later.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The file of a history in its folder.
pub const FILE: &str = "history.jsonl";

/// Why a command that another took in was never sent, in [`What::Settled`].
pub const FOLDED: &str = "folded";

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds since the history began.
    pub t: u64,
    /// The device; 0 is the checker itself.
    pub d: u32,
    /// What happened.
    pub what: What,
}

/// JSON as it was on the wire.
pub type Raw = Box<RawValue>;

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants' docs name the fields")]
pub enum What {
    /// How the run was started.
    Run {
        seed: u64,
        version: String,
        command: String,
    },
    /// A device, its user, and what kind of device it is.
    Device {
        user: String,
        username: String,
        kind: DeviceKind,
        /// An owner or admin of the server.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        staff: bool,
    },
    /// A room of this run, and who was in it with its keeper from the first moment on.
    Room {
        room: String,
        keeper: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<String>,
    },
    /// The device holds nothing of this room before the event after `after`.
    Holds { room: String, after: u64 },
    /// A connection is up; nothing was said on it yet.
    Connected,
    /// A connection ended, or none came about.
    Lost(String),
    /// A frame that the device is about to send.
    Sent(Raw),
    /// A frame that came.
    Got(Raw),
    /// A request over HTTP that is about to be sent.
    Asked {
        n: u64,
        call: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Raw>,
    },
    /// Its answer; `body` is null where it was no JSON.
    Answered { n: u64, status: u16, body: Raw },
    /// It got none.
    Unanswered { n: u64, why: String },
    /// A device that stands on `parlor-client` gave a command to its outbox.
    Said {
        room: String,
        nonce: String,
        said: Raw,
    },
    /// That command ended: the seq, or why not.
    Settled {
        room: String,
        nonce: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// The next event that such a device was told of.
    Told { room: String, event: Raw },
    /// Such a device was told that a room is (no longer) its own, or that its log begins anew after `after`.
    Place {
        room: String,
        change: Change,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
    /// Such a device was started again from its file: the update it was at may come again.
    Again,
    /// A fault begins. Where it `ends` in order, everything must be as it was.
    Fault { name: String, detail: String },
    /// The fault is over.
    Healed { name: String },
    /// A page of a room's log in a backup that was begun at the last [`What::Fault`] of that name.
    Prefix {
        backup: u64,
        room: String,
        page: Raw,
    },
    /// A page of a room's log as it is served from what the last [`What::Fault`] has damaged.
    Left { room: String, page: Raw },
    /// Something that a fault checks by itself, and how it came out.
    Found {
        rule: String,
        good: bool,
        detail: String,
    },
    /// From here on all is at rest: what is asked now is the truth to compare with.
    Rest,
    /// At rest, a page of a room's log, read from 1 by a fresh client.
    Log { room: String, page: Raw },
    /// At rest, what a device holds of a room; nothing where it is not its own.
    Held { room: String, cursor: u64 },
    /// At rest, a user's rooms as `GET /rooms` gives them.
    Rooms { user: String, page: Raw },
    /// At rest, a page of a room's history as a user sees it.
    Messages { room: String, page: Raw },
    /// A measured time.
    Took { what: String, ms: u64 },
}

/// What a device stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The wire alone: what a client would hide is seen.
    Wire,
    /// The wire, read slowly.
    Slow,
    /// The wire, away for long.
    Absent,
    /// `parlor-client` in this process.
    Client,
    /// `parlor tail` as a process.
    Tail,
    /// Calls over HTTP alone: joins, leaves, reads at rest.
    Caller,
}

/// What became of a room for a device on `parlor-client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A member from here on.
    Added,
    /// No member any more.
    Removed,
    /// Another log than was held.
    Forgotten,
}

/// Writes a history. All clones are one.
#[derive(Clone)]
pub struct Recorder {
    file: Arc<Mutex<BufWriter<File>>>,
    born: Instant,
    acked: Arc<Notify>,
    path: PathBuf,
}

impl Recorder {
    /// Begins a history in a folder.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub fn begin(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join(FILE);
        Ok(Self {
            file: Arc::new(Mutex::new(BufWriter::new(File::create(&path)?))),
            born: Instant::now(),
            acked: Arc::default(),
            path,
        })
    }

    /// Writes a line. A history that cannot be written proves nothing, so the
    /// program ends there.
    pub fn record(&self, device: u32, what: What) {
        let is_ack =
            matches!(&what, What::Got(frame) if frame.get().starts_with("{\"type\":\"ack\""));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let record = Record {
            t: self.now(),
            d: device,
            what,
        };
        let written = serde_json::to_writer(&mut *file, &record)
            .map_err(std::io::Error::from)
            .and_then(|()| file.write_all(b"\n"));
        drop(file);
        if let Err(error) = written {
            eprintln!("parlor: the history cannot be written: {error}");
            std::process::exit(1);
        }
        if is_ack {
            self.acked.notify_waiters();
        }
    }

    /// Microseconds since it began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits until some device is told that a command is done: the moment at which
    /// a server that speaks too early is caught.
    pub async fn next_ack(&self) {
        self.acked.notified().await;
    }

    /// Brings all lines to the file, and opens it for reading.
    ///
    /// # Errors
    /// Where it cannot be written or read.
    pub fn read(&self) -> std::io::Result<History> {
        self.file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()?;
        History::open(&self.path)
    }
}

/// A history to be read, as often as is needed.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
}

impl History {
    /// The history of a folder, or of a file.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let path = if path.is_dir() {
            path.join(FILE)
        } else {
            path.to_owned()
        };
        File::open(&path)?;
        Ok(Self { path })
    }

    /// Goes through its lines, from the first, with the number of each.
    ///
    /// # Errors
    /// Where a line cannot be read or is none.
    pub fn each(&self, mut take: impl FnMut(u64, Record)) -> std::io::Result<()> {
        for (line, n) in self.lines()?.zip(1..) {
            take(n, serde_json::from_str(&line?)?);
        }
        Ok(())
    }

    /// Its lines as they stand.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub fn lines(&self) -> std::io::Result<std::io::Lines<BufReader<File>>> {
        Ok(BufReader::new(File::open(&self.path)?).lines())
    }
}

/// A value as JSON that was on the wire.
pub fn raw(value: &impl Serialize) -> Raw {
    serde_json::value::to_raw_value(value).expect("frames and bodies have string keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_as_it_was_written_frames_to_the_letter() {
        let frame = r#"{"type":"pong", "id":"7","new":1.50}"#;
        let whats = [
            What::Got(RawValue::from_string(frame.into()).unwrap()),
            What::Connected,
            What::Rest,
            What::Place {
                room: "r".into(),
                change: Change::Added,
                after: Some(3),
            },
        ];
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let recorder = runtime.block_on(async { Recorder::begin(folder.path()).unwrap() });
        for what in &whats {
            recorder.record(4, what.clone());
        }
        let mut read = Vec::new();
        let history = recorder.read().unwrap();
        history
            .each(|n, record| read.push((n, record.d, raw(&record.what).get().to_owned())))
            .unwrap();
        let written: Vec<_> = (1..)
            .zip(&whats)
            .map(|(n, what)| (n, 4, raw(what).get().to_owned()))
            .collect();
        assert_eq!(read, written);
        assert!(read[0].2.contains(frame));
    }
}
