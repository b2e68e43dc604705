//! People and rooms, before anything else happens.

use std::path::Path;

use parlor_client::Address;
use parlor_protocol::http::{CreateRoom, RoomBody, UserBody};
use parlor_protocol::{RoomId, RoomKind, RoomRole, ServerRole, UserId};

use crate::chance::Chance;
use crate::history::{DeviceKind, What, raw};
use crate::http;
use crate::movers::{CALLERS, Roles, Wants, settled};
use crate::process::Launch;
use crate::stage::{Person, RunRoom, Stage};

/// What people are called; beyond, they are numbered.
const NAMES: [&str; 10] = [
    "ada", "ben", "cleo", "dan", "eva", "finn", "gia", "hugo", "ines", "jon",
];
/// Nobody signs in with it: the accounts live as long as the folder.
pub(crate) const PASSWORD: &str = "a password for a minute of checking\n";
/// In a hundred: who is in a room from the start.
const FIRST_MEMBERS_PERCENT: u64 = 75;

/// Accounts on a server of our own, with tokens of the command line, which do not expire.
///
/// # Errors
/// What the program said.
pub(crate) async fn accounts(launch: &Launch, count: usize) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    for n in 0..count {
        let name = NAMES
            .get(n)
            .map_or_else(|| format!("guest{n}"), |name| (*name).to_owned());
        let mut add = vec!["user", "add", &name, "--password-stdin"];
        if n == 0 {
            // The owner: from here on it is no demo any more.
            add.push("--admin");
        }
        launch.run(&add, PASSWORD).await?;
        let token = launch
            .run(&["token", "create", &name, "--label", "check"], "")
            .await?;
        tokens.push(token.trim().to_owned());
    }
    Ok(tokens)
}

/// The tokens of a file, one a line.
///
/// # Errors
/// Where it cannot be read, or holds fewer than two.
pub(crate) fn tokens(file: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let tokens: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(ToOwned::to_owned)
        .collect();
    if tokens.len() < 2 {
        return Err(format!(
            "{} needs the tokens of at least two accounts, one a line: make them with parlor token create NAME",
            file.display()
        ));
    }
    Ok(tokens)
}

/// Who has these tokens.
///
/// # Errors
/// Where the server does not know one.
pub(crate) async fn people(
    dial: std::net::SocketAddr,
    host: &str,
    tokens: Vec<String>,
) -> Result<Vec<Person>, String> {
    let mut people = Vec::new();
    for token in tokens {
        let answer = http::ask(dial, host, Some(&token), "GET /api/v1/me", None).await?;
        if answer.status != 200 {
            return Err(format!(
                "a token is not good: the server answers {}",
                answer.status
            ));
        }
        let body: UserBody =
            serde_json::from_str(answer.body.get()).map_err(|error| error.to_string())?;
        people.push(Person {
            id: body.user.id,
            username: body.user.username.as_str().to_owned(),
            token,
            staff: body.user.role != ServerRole::Member,
        });
    }
    Ok(people)
}

/// Where a server is that somebody else runs.
///
/// # Errors
/// Where the address is none, or asks for TLS.
pub(crate) async fn reach(url: &str) -> Result<(std::net::SocketAddr, String), String> {
    let address: Address = url.parse().map_err(|error| format!("{error}"))?;
    if address.to_string().starts_with("https:") {
        return Err("parlor check speaks http:// alone: run it beside the server, against the address that it listens on".into());
    }
    let host = address.authority();
    let named = if host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        host.clone()
    } else {
        format!("{host}:80")
    };
    let mut found = tokio::net::lookup_host(&named)
        .await
        .map_err(|error| format!("{host} is not known: {error}"))?;
    let dial = found.next().ok_or_else(|| format!("{host} is not known"))?;
    Ok((dial, host))
}

/// Those who call over HTTP, a device each.
pub(crate) fn introduce_callers(stage: &Stage) {
    for (n, person) in (CALLERS..).zip(&stage.people) {
        let what = What::Device {
            user: person.id.to_string(),
            username: person.username.clone(),
            kind: DeviceKind::Caller,
            staff: person.staff,
        };
        stage.recorder.record(n, what);
    }
}

/// Makes the rooms: open and closed ones, and on top of them a few direct ones.
///
/// The last of three or more people keeps none, so that an account can be disabled.
///
/// # Errors
/// What the server answers.
pub(crate) async fn rooms(stage: &Stage, count: usize) -> Result<Vec<RunRoom>, String> {
    let mut rooms = Vec::new();
    let people = stage.people.len();
    let keepers = if people > 2 { people - 1 } else { people };
    for n in 0..count {
        let kind = if n % 3 == 2 {
            RoomKind::Closed
        } else {
            RoomKind::Open
        };
        let name = Some(format!("Check {:x} {}", stage.seed, n + 1));
        rooms.push(room(stage, (kind, name), n % keepers, &[]).await?);
    }
    for n in 0..count.div_ceil(3) {
        let keeper = n % keepers;
        let others = (1..people.min(n % 3 + 2)).map(|more| (keeper + more) % people);
        let others: Vec<usize> = others.collect();
        let Some(first) = others.first().copied() else {
            continue;
        };
        let made = room(stage, (RoomKind::Direct, None), keeper, &others).await?;
        if rooms.iter().any(|known: &RunRoom| known.id == made.id) {
            continue;
        }
        rooms.push(made);
        // Somebody else of them asks for it, too.
        let all = others.iter().copied().chain([keeper]);
        let rest: Vec<usize> = all.filter(|who| *who != first).collect();
        let answer = ask_for(stage, (RoomKind::Direct, None), first, &rest).await?;
        let good = answer.1 == 200 && answer.0 == made.id;
        stage.recorder.record(
            0,
            What::Found {
                rule: "a direct room of the same people is the same room".into(),
                good,
                detail: format!("{} and, with {}, {}", made.id, answer.1, answer.0),
            },
        );
    }
    Ok(rooms)
}

/// Makes one room, and writes it down.
async fn room(
    stage: &Stage,
    (kind, name): (RoomKind, Option<String>),
    keeper: usize,
    with: &[usize],
) -> Result<RunRoom, String> {
    let (id, _) = ask_for(stage, (kind, name), keeper, with).await?;
    stage.recorder.record(
        0,
        What::Room {
            room: id.to_string(),
            keeper: stage.people[keeper].id.to_string(),
            with: ids(stage, with).iter().map(ToString::to_string).collect(),
        },
    );
    Ok(RunRoom { id, kind, keeper })
}

/// Asks for a room; its id, and with which status that was answered.
async fn ask_for(
    stage: &Stage,
    (kind, name): (RoomKind, Option<String>),
    maker: usize,
    with: &[usize],
) -> Result<(RoomId, u16), String> {
    let body = CreateRoom {
        nonce: name
            .as_ref()
            .map(|name| format!("room-{name}").replace(' ', "-")),
        name,
        kind,
        topic: None,
        members: ids(stage, with),
    };
    let device = CALLERS + u32::try_from(maker).unwrap_or(0);
    let token = &stage.people[maker].token;
    let answer = stage
        .ask(device, token, "POST rooms", Some(&raw(&body)))
        .await?;
    let made: RoomBody = serde_json::from_str(answer.body.get())
        .map_err(|_| format!("a room is answered {}: {}", answer.status, answer.body))?;
    Ok((made.room.id, answer.status))
}

fn ids(stage: &Stage, who: &[usize]) -> Vec<UserId> {
    who.iter().map(|who| stage.people[*who].id).collect()
}

/// Puts people into the rooms; who is where, and as what.
pub(crate) async fn members(stage: &Stage, rooms: &[RunRoom]) -> Roles {
    let mut chance = Chance::of(stage.seed, 2_000_000);
    let mut roles = Roles::new();
    for room in rooms.iter().filter(|room| room.kind != RoomKind::Direct) {
        for who in 0..stage.people.len() {
            if who == room.keeper {
                roles.insert((room.id, who), RoomRole::Owner);
            } else if chance.percent(FIRST_MEMBERS_PERCENT) {
                let wants = Wants::In(None);
                if settled(stage, *room, who, room.keeper, wants).await {
                    roles.insert((room.id, who), RoomRole::Member);
                }
            }
        }
    }
    roles
}
