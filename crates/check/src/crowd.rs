//! Many connections at once, thin: what the heavy faults are made of. Nothing of it
//! goes into the history; each fault judges what it sees by itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlor_protocol::frame::{ClientFrame, RequestId, ServerFrame};
use parlor_protocol::http::{CreateRoom, RoomBody};
use parlor_protocol::{Nonce, PROTOCOL, RoomId, RoomKind, Seq};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::history::raw;
use crate::process::Launch;
use crate::stage::{Person, Socket, Stage};
use crate::{http, setup};

/// A server that says nothing for so long is taken for dead, by faults that measure.
const SILENT: Duration = Duration::from_secs(60);

/// Accounts of a fault's own, so that nothing it does reaches the devices of the run.
///
/// # Errors
/// What the program said.
pub(crate) async fn accounts(
    launch: &Launch,
    stage: &Stage,
    name: &str,
    count: usize,
) -> Result<Vec<Person>, String> {
    let mut tokens = Vec::new();
    for n in 0..count {
        let username = format!("{name}{n}");
        let add = ["user", "add", &username, "--password-stdin"];
        launch.run(&add, setup::PASSWORD).await?;
        let token = launch.run(&["token", "create", &username], "").await?;
        tokens.push(token.trim().to_owned());
    }
    setup::people(stage.dial, &stage.host, tokens).await
}

/// A closed room that the first of these keeps and all are in.
///
/// # Errors
/// What the server answers.
pub(crate) async fn room(stage: &Stage, name: &str, people: &[Person]) -> Result<RoomId, String> {
    let body = CreateRoom {
        name: Some(name.to_owned()),
        kind: RoomKind::Closed,
        topic: None,
        members: people.iter().skip(1).map(|person| person.id).collect(),
        nonce: None,
    };
    let token = Some(people[0].token.as_str());
    let (dial, host): (SocketAddr, &str) = (stage.dial, &stage.host);
    let made = http::ask(dial, host, token, "POST rooms", Some(&raw(&body))).await?;
    let made: RoomBody = serde_json::from_str(made.body.get())
        .map_err(|_| format!("a room is answered {}: {}", made.status, made.body))?;
    Ok(made.room.id)
}

/// One connection of a crowd.
pub(crate) struct Member {
    socket: Socket,
    /// The room's head in `ready`, or what was held before.
    pub(crate) cursor: Seq,
    room: RoomId,
}

impl Member {
    /// Connects; goes on after `held` where something was.
    ///
    /// # Errors
    /// Where it is not let in, or `ready` does not come.
    pub(crate) async fn connect(
        stage: &Stage,
        person: &Person,
        room: RoomId,
        held: Option<(String, Seq)>,
        narrow: bool,
    ) -> Result<(Self, String), String> {
        let mut socket = stage.connect(&person.token, narrow).await?;
        let rooms = held.iter().map(|(_, seq)| (room.to_string(), *seq));
        let hello = ClientFrame::Hello {
            protocol: PROTOCOL,
            rooms: rooms.collect(),
            epoch: held.as_ref().map(|(epoch, _)| epoch.clone()),
        };
        say(&mut socket, &hello).await?;
        let ServerFrame::Ready(ready) = next(&mut socket).await? else {
            return Err("something came before ready".into());
        };
        let head = ready
            .rooms
            .iter()
            .find(|its| its.id == room)
            .map(|its| its.head);
        let cursor = held.map_or(head, |(_, seq)| Some(seq));
        let member = Self {
            socket,
            cursor: cursor.ok_or("the room is not there")?,
            room,
        };
        Ok((member, ready.epoch.clone()))
    }

    /// The stream below, for whoever wants to break the protocol on it.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.socket.into_inner()
    }

    /// A sign of life, without reading anything.
    pub(crate) async fn ping(&mut self) -> Result<(), String> {
        say(&mut self.socket, &ClientFrame::Ping { id: None }).await
    }

    /// Sends a post; `id` is its request.
    pub(crate) async fn post(&mut self, id: u64, nonce: &str, text: String) -> Result<(), String> {
        let request = RequestId::parse(&id.to_string()).ok_or("no id")?;
        let frame = ClientFrame::Post {
            id: request,
            room: self.room,
            nonce: Nonce::parse(nonce).ok_or("no nonce")?,
            text,
            reply_to: None,
        };
        say(&mut self.socket, &frame).await
    }

    /// The next frame; events move the cursor, and have to be the next ones.
    pub(crate) async fn next(&mut self) -> Result<ServerFrame, String> {
        let frame = next(&mut self.socket).await?;
        if let ServerFrame::Events { room, events } = &frame
            && *room == self.room
        {
            for event in events {
                if event.seq != self.cursor.next() {
                    return Err(format!("event {} comes after {}", event.seq, self.cursor));
                }
                self.cursor = event.seq;
            }
        }
        Ok(frame)
    }

    /// Reads until it holds everything up to `seq`.
    pub(crate) async fn hold(&mut self, seq: Seq) -> Result<(), String> {
        while self.cursor < seq {
            self.next().await?;
        }
        Ok(())
    }
}

async fn say(socket: &mut Socket, frame: &ClientFrame) -> Result<(), String> {
    let text = raw(frame).get().to_owned();
    timeout(SILENT, socket.send(Message::text(text)))
        .await
        .map_err(|_| "the server takes no bytes".to_owned())?
        .map_err(|error| error.to_string())
}

async fn next(socket: &mut Socket) -> Result<ServerFrame, String> {
    loop {
        let message = timeout(SILENT, socket.next())
            .await
            .map_err(|_| "the server is silent".to_owned())?;
        match message {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(text.as_str()).map_err(|error| error.to_string());
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| frame.code.into());
                return Err(format!("closed with {code}"));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.to_string()),
            None => return Err("the stream ended".into()),
        }
    }
}

/// Resident memory of a process in bytes.
///
/// # Errors
/// Where the system does not say.
pub(crate) fn memory(process: u32) -> Result<u64, String> {
    let path = format!("/proc/{process}/statm");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    let page = rustix::param::page_size() as u64;
    pages
        .map(|pages| pages * page)
        .ok_or_else(|| format!("{path} cannot be read"))
}

/// Forgets what was the most memory of a process: from here on [`peak`] counts anew.
///
/// # Errors
/// Where the system does not do it.
pub(crate) fn forget_peak(process: u32) -> Result<(), String> {
    let path = format!("/proc/{process}/clear_refs");
    std::fs::write(&path, "5").map_err(|error| format!("{path}: {error}"))
}

/// The most resident memory of a process in bytes, since it started or [`forget_peak`].
///
/// # Errors
/// Where the system does not say.
pub(crate) fn peak(process: u32) -> Result<u64, String> {
    let path = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| format!("{path} cannot be read"))
}

/// Publishes so many bytes into a room; the seq of the last post. Every post must be acked.
///
/// # Errors
/// Where one is refused, or the connection ends.
pub(crate) async fn publish(
    stage: &Arc<Stage>,
    person: &Person,
    room: RoomId,
    bytes: usize,
    name: &str,
) -> Result<Seq, String> {
    /// Below the limit of 16 KiB of text.
    const TEXT: usize = 16_000;
    /// Posts under way at once.
    const DEPTH: usize = 16;
    let (mut writer, _) = Member::connect(stage, person, room, None, false).await?;
    let (mut sent, mut acked, mut last) = (0, 0, Seq::ZERO);
    let posts = bytes.div_ceil(TEXT);
    while acked < posts {
        while sent < posts && sent - acked < DEPTH {
            let text = format!("{sent} {}", "x".repeat(TEXT));
            writer
                .post(sent as u64, &format!("{name}-{sent}"), text)
                .await?;
            sent += 1;
        }
        match writer.next().await? {
            ServerFrame::Ack { seq, .. } => {
                acked += 1;
                last = last.max(seq);
            }
            ServerFrame::Refuse { code, .. } => return Err(format!("a post is refused: {code:?}")),
            _ => {}
        }
    }
    Ok(last)
}
