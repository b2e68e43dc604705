//! A backup under load, restored elsewhere while the first server goes on.
//!
//! What the backup holds must be a prefix of every log, and all of what was known
//! before it began: the judge compares, with the logs as they stand at the end. The
//! restored server is another life of the database: no session of the first one
//! opens it, a client that was ahead comes down to what is there, and an edit that
//! it had queued hits nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parlor_client::{Client, Credentials, Options, Outcome, Said, Start, Target, Update};
use parlor_protocol::http::{Events, Server};
use parlor_protocol::{Nonce, RoomId, Seq};
use tokio::time::{sleep, timeout};

use super::{Fault, World};
use crate::history::What;
use crate::http;
use crate::process::{Launch, Process};
use crate::stage::{Person, Stage};

/// The first server goes on for so long before the restored one is looked at.
const AHEAD: Duration = Duration::from_millis(500);
/// A client settles on what it finds within this time.
const SETTLED: Duration = Duration::from_secs(60);

/// A backup under load.
#[derive(Default)]
pub(super) struct Backup {
    made: u64,
}

impl Fault for Backup {
    fn name(&self) -> &'static str {
        "backup"
    }

    fn about(&self) -> &'static str {
        "backup under load, restored elsewhere"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P2", "P16"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        self.made += 1;
        strike(self.made, world).boxed()
    }
}

async fn strike(number: u64, world: &mut World) -> Result<(), String> {
    let stage = world.stage.clone().ok_or("nobody is there yet")?;
    let launch = world.server()?.launch.clone();
    let folder = world.folder.join(format!("restored-{number}"));
    std::fs::create_dir_all(&folder).map_err(text)?;
    let file = folder.join("backup.db").display().to_string();
    world.note("backup", "");
    launch.run(&["backup", &file], "").await?;
    let state = copy_of_a_client(world, &stage, &folder)?;
    sleep(AHEAD).await;

    let mut other = Launch::new(launch.program.clone(), &folder).map_err(text)?;
    other.env.clone_from(&launch.env);
    other.run(&["restore", &file], "").await?;
    let mut restored = Process::new(other.clone());
    restored.start().await?;
    let host = other.listen.to_string();
    let before: Server = get(stage.dial, &stage.host, None, "GET server").await?;
    let after: Server = get(other.listen, &host, None, "GET server").await?;
    world.found(
        "a restored backup has a new epoch",
        before.epoch != after.epoch,
        format!("both have {}", after.epoch),
    );
    for person in stage.people.iter().take(3) {
        let me = http::ask(other.listen, &host, Some(&person.token), "GET me", None).await?;
        world.found(
            "a restored backup knows no session",
            me.status == 401,
            format!("a token is answered {}", me.status),
        );
    }
    for room in &stage.rooms {
        let keeper = &stage.people[room.keeper];
        let token = token(&other, &keeper.username).await?;
        prefix(world, &other, &token, room.id, number).await?;
    }
    if let Some((person, state)) = state {
        comes_down(world, &stage, &other, &person, state).await?;
    }
    restored.terminate().await?;
    let verified = other.run(&["verify"], "").await;
    let said = verified.as_ref().err().cloned().unwrap_or_default();
    world.found(
        "parlor verify finds nothing in what was restored",
        verified.is_ok(),
        said,
    );
    std::fs::remove_dir_all(&folder).map_err(text)
}

async fn token(launch: &Launch, username: &str) -> Result<String, String> {
    let token = launch.run(&["token", "create", username], "").await?;
    Ok(token.trim().to_owned())
}

async fn get<T: serde::de::DeserializeOwned>(
    dial: std::net::SocketAddr,
    host: &str,
    token: Option<&str>,
    call: &str,
) -> Result<T, String> {
    // The first server may be busy, or be read by a slow machine: not for ever.
    let asked = http::ask(dial, host, token, call, None);
    let answer = timeout(SETTLED, asked).await.map_err(text)??;
    serde_json::from_str(answer.body.get())
        .map_err(|error| format!("{call} is answered {}: {error}", answer.status))
}

/// Writes a room's whole log down, as the restored server has it.
async fn prefix(
    world: &World,
    other: &Launch,
    token: &str,
    room: RoomId,
    backup: u64,
) -> Result<(), String> {
    let mut after = Seq::ZERO;
    loop {
        let call = format!("GET rooms/{room}/events?after={after}&limit=1000");
        let host = other.listen.to_string();
        let page = http::ask(other.listen, &host, Some(token), &call, None)
            .await?
            .body;
        let read: Events = serde_json::from_str(page.get()).map_err(text)?;
        let room = room.to_string();
        world
            .recorder
            .record(0, What::Prefix { backup, room, page });
        after = read.events.last().map_or(after, |event| event.seq);
        if !read.has_more || read.events.is_empty() {
            return Ok(());
        }
    }
}

/// A copy of the file of some device on `parlor-client`, and whose it is.
fn copy_of_a_client(
    world: &mut World,
    stage: &Stage,
    folder: &Path,
) -> Result<Option<(Person, PathBuf)>, String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&world.folder).map_err(text)? {
        let path = entry.map_err(text)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let number = name
            .strip_prefix("client-")
            .and_then(|name| name.strip_suffix(".json"));
        if let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) {
            files.push((number, path));
        }
    }
    files.sort();
    let Some((number, path)) = world.chance.pick(&files).cloned() else {
        return Ok(None);
    };
    let copy = folder.join("client.json");
    std::fs::copy(path, &copy).map_err(text)?;
    let person = stage.people[number % stage.people.len()].clone();
    Ok(Some((person, copy)))
}

/// A client that held more than the backup queues an edit, a deletion and a post, and
/// meets the restored server.
async fn comes_down(
    world: &World,
    stage: &Arc<Stage>,
    other: &Launch,
    person: &Person,
    state: PathBuf,
) -> Result<(), String> {
    let host = other.listen.to_string();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").map_err(text)?;
    let nowhere = nobody.local_addr().map_err(text)?;
    drop(nobody);
    // The backup may have been made while the account was disabled.
    other.run(&["user", "enable", &person.username], "").await?;
    let token = token(other, &person.username).await?;
    let rooms: parlor_protocol::http::Page<parlor_protocol::Room> =
        get(other.listen, &host, Some(&token), "GET rooms").await?;
    let ours = |id: RoomId| stage.rooms.iter().any(|room| room.id == id);
    let mut ours = rooms.items.iter().filter(|room| ours(room.id));
    let Some(room) = ours.find(|room| !room.archived) else {
        return Ok(());
    };
    let options = |address: String| Options {
        address: format!("http://{address}")
            .parse()
            .expect("an address of this machine"),
        credentials: Credentials::Token(token.clone()),
        start: Start::Head,
        state: Some(state.clone()),
        ambient: stage.ambient.clone(),
    };
    let nonce = |what: &str| {
        Nonce::parse(&format!("{what}-{}", stage.recorder.now())).expect("letters and digits")
    };
    let (edit, delete, post) = (nonce("edit"), nonce("delete"), nonce("post"));
    // Beside a server that is away: all of it is only kept.
    let (client, mut updates) = Client::start(options(nowhere.to_string())).map_err(text)?;
    let target = || Target::Seq(room.head);
    let says = [
        (
            edit.clone(),
            Said::Edit {
                target: target(),
                text: "from another life".into(),
            },
        ),
        (delete.clone(), Said::Delete { target: target() }),
        (
            post.clone(),
            Said::Post {
                text: "still mine".into(),
                reply_to: None,
            },
        ),
    ];
    for (nonce, said) in says {
        client.say_as(room.id, nonce, said).await.map_err(text)?;
    }
    client.stop().await;
    while updates.next().await.is_some() {}

    let (client, mut updates) = Client::start(options(host.clone())).map_err(text)?;
    let mut settled = std::collections::BTreeMap::new();
    let all = async {
        while settled.len() < 3 {
            match updates.next().await {
                Some(Update::Settled { nonce, outcome, .. }) => {
                    if [&edit, &delete, &post].contains(&&nonce) {
                        settled.insert(nonce, outcome);
                    }
                }
                Some(_) => {}
                None => break,
            }
        }
    };
    let in_time = timeout(SETTLED, all).await.is_ok();
    client.stop().await;
    while updates.next().await.is_some() {}
    let gone = |nonce| settled.get(nonce) == Some(&Outcome::OtherEpoch);
    world.found(
        "what a client had queued for another life hits nothing, and a post of its own is sent",
        in_time
            && gone(&edit)
            && gone(&delete)
            && matches!(settled.get(&post), Some(Outcome::Done(_))),
        format!("{settled:?}"),
    );
    let log = format!(
        "GET rooms/{}/events?after={}&limit=1000",
        room.id, room.head
    );
    let log: Events = get(other.listen, &host, Some(&token), &log).await?;
    let nonces: Vec<String> = log
        .events
        .iter()
        .filter_map(|event| crate::judge::nonce_of(&event.kind).map(ToString::to_string))
        .collect();
    world.found(
        "no edit or deletion of another life is in the restored log",
        !nonces.contains(&edit.to_string()) && !nonces.contains(&delete.to_string()),
        format!("{nonces:?}"),
    );
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
