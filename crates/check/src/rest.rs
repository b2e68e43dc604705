//! The end of a run: all is brought to rest, and then read once more by somebody
//! who knows nothing yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use parlor_protocol::http::{Events, Messages, Page};
use parlor_protocol::{EventKind, Room, RoomId, Seq};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

use crate::acts::MARK;
use crate::faults::World;
use crate::history::What;
use crate::http;
use crate::stage::Stage;

/// Where nothing has moved for so long, nothing will: the judge says what is not at rest.
const STUCK: Duration = Duration::from_secs(20);
/// And whatever moves, it is not waited for any longer.
const QUIET: Duration = Duration::from_secs(300);
/// A request at rest is answered within this time, or the server is not well.
const ANSWER: Duration = Duration::from_secs(30);

/// Waits until every command is answered and every device holds all of its rooms.
pub(crate) async fn until_quiet(stage: &Stage) {
    let began = Instant::now();
    let mut before = BTreeMap::new();
    let mut moved = began;
    while began.elapsed() < QUIET && moved.elapsed() < STUCK {
        sleep(Duration::from_millis(100)).await;
        let Ok(heads) = heads(stage).await else {
            continue;
        };
        let standing = stage
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let quiet = standing.values().all(|device| {
            let holds = |held: &BTreeMap<RoomId, Seq>| {
                held.iter()
                    .all(|(room, cursor)| heads.get(room).is_none_or(|head| cursor >= head))
            };
            device.waiting == 0 && device.held.as_ref().is_some_and(holds)
        });
        if quiet {
            return;
        }
        if standing != before {
            (before, moved) = (standing, Instant::now());
        }
    }
}

/// The head of each room, as its keeper sees it.
async fn heads(stage: &Stage) -> Result<BTreeMap<RoomId, Seq>, String> {
    let mut heads = BTreeMap::new();
    let keepers: BTreeSet<usize> = stage.rooms.iter().map(|room| room.keeper).collect();
    for keeper in keepers {
        let page: Page<Room> = read(&get(stage, keeper, "rooms").await?)?;
        heads.extend(page.items.into_iter().map(|room| (room.id, room.head)));
    }
    Ok(heads)
}

/// Reads everything from the start, and writes it down.
///
/// # Errors
/// Where the server does not answer.
pub(crate) async fn read_all(stage: &Stage) -> Result<BTreeSet<String>, String> {
    let record = |what| stage.recorder.record(0, what);
    let mut deleted = BTreeSet::new();
    record(What::Rest);
    for room in &stage.rooms {
        let mut after = Seq::ZERO;
        loop {
            let path = format!("rooms/{}/events?after={after}&limit=1000", room.id);
            let raw = get(stage, room.keeper, &path).await?;
            let page: Events = read(&raw)?;
            record(What::Log {
                room: room.id.to_string(),
                page: raw,
            });
            for event in &page.events {
                if let EventKind::MessagePosted {
                    redacted: true,
                    nonce,
                    ..
                }
                | EventKind::MessageEdited {
                    redacted: true,
                    nonce,
                    ..
                } = &event.kind
                {
                    deleted.insert(nonce.to_string());
                }
            }
            after = page.events.last().map_or(after, |event| event.seq);
            if !page.has_more || page.events.is_empty() {
                break;
            }
        }
        let mut after = Seq::ZERO;
        loop {
            let path = format!("rooms/{}/messages?after={after}&limit=200", room.id);
            let raw = get(stage, room.keeper, &path).await?;
            let page: Messages = read(&raw)?;
            record(What::Messages {
                room: room.id.to_string(),
                page: raw,
            });
            after = page.items.last().map_or(after, |message| message.seq);
            if page.has_more != Some(true) || page.items.is_empty() {
                break;
            }
        }
    }
    for (who, person) in stage.people.iter().enumerate() {
        let page = get(stage, who, "rooms").await?;
        let user = person.id.to_string();
        record(What::Rooms { user, page });
    }
    Ok(deleted)
}

async fn get(stage: &Stage, who: usize, path: &str) -> Result<Box<RawValue>, String> {
    let token = &stage.people[who].token;
    let began = Instant::now();
    loop {
        let call = format!("GET {path}");
        let asked = http::ask(stage.dial, &stage.host, Some(token), &call, None);
        let why = match tokio::time::timeout(ANSWER, asked).await {
            Ok(Ok(answer)) if answer.status == 200 => return Ok(answer.body),
            Ok(Ok(answer)) => format!("status {}", answer.status),
            Ok(Err(why)) => why,
            Err(_) => "no answer".to_owned(),
        };
        if began.elapsed() > ANSWER {
            return Err(format!("GET {path} fails with all at rest: {why}"));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn read<T: serde::de::DeserializeOwned>(raw: &RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(|error| format!("a page cannot be read: {error}"))
}

/// Stops the server in order, and looks at what it left.
///
/// # Errors
/// Where it does not stop.
pub(crate) async fn examine(world: &mut World, deleted: &BTreeSet<String>) -> Result<(), String> {
    stop(world).await?;
    let launch = world.server()?.launch.clone();
    let verified = launch.run(&["verify"], "").await;
    let said = verified.as_ref().err().cloned().unwrap_or_default();
    world.found("parlor verify finds nothing", verified.is_ok(), said);
    let found = deleted_texts(&launch.data, deleted).map_err(|error| error.to_string())?;
    let named: Vec<&str> = found.iter().take(3).map(String::as_str).collect();
    world.found(
        "no deleted text is in a file of the stopped server",
        found.is_empty(),
        format!(
            "{} of {} are, such as {}",
            found.len(),
            deleted.len(),
            named.join(", ")
        ),
    );
    Ok(())
}

/// SIGTERM; it has to end well.
///
/// # Errors
/// Where it does not end.
pub(crate) async fn stop(world: &mut World) -> Result<(), String> {
    let (status, took) = world.server()?.terminate().await?;
    world.took("stop", took);
    let detail = format!("{status} after {:.1} s", took.as_secs_f32());
    world.found(
        "a stop at rest ends with exit code 0",
        status.success(),
        detail,
    );
    Ok(())
}

/// Nonces of deleted texts that stand in a file of a folder, each with the file's name.
fn deleted_texts(folder: &Path, deleted: &BTreeSet<String>) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let bytes = std::fs::read(entry.path())?;
        for at in memchr::memmem::find_iter(&bytes, MARK) {
            let rest = &bytes[at + MARK.len()..];
            let end = rest
                .iter()
                .take(64)
                .position(|byte| *byte == b';')
                .unwrap_or(0);
            let nonce = String::from_utf8_lossy(&rest[..end]).into_owned();
            if deleted.contains(&nonce) {
                found.push(format!(
                    "{nonce} in {}",
                    entry.file_name().to_string_lossy()
                ));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_text_is_found_in_whatever_surrounds_it() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = [
            &[0, 255],
            format!("{MARK}c1-2-3; hello{MARK}c1-2-4;").as_bytes(),
        ]
        .concat();
        std::fs::write(folder.path().join("a.db"), bytes).unwrap();
        let deleted = |nonce: &str| BTreeSet::from([nonce.to_owned()]);
        let found = deleted_texts(folder.path(), &deleted("c1-2-4")).unwrap();
        assert_eq!(found, ["c1-2-4 in a.db"]);
        assert!(
            deleted_texts(folder.path(), &deleted("c1-2"))
                .unwrap()
                .is_empty()
        );
    }
}
