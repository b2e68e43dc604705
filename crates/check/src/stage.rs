//! What all devices of a run share: where the server is, who there is, which phase
//! it is, and the history.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use parlor_client::Ambient;
use parlor_protocol::{RoomId, RoomKind, Seq, UserId};
use serde_json::value::RawValue;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, IntoClientRequest as _};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::faults::Cuts;
use crate::history::{Recorder, What};
use crate::http::{self, Answer};

/// For the TCP connection and the upgrade together.
const PATIENCE: Duration = Duration::from_secs(10);
/// `ready` is the largest frame: 4 MiB.
const MESSAGE_BYTES: usize = 8 * 1024 * 1024;
/// What the kernel keeps for a slow reader: little, so that the server feels it.
const NARROW_BYTES: u32 = 4 * 1024;

/// Somebody who takes part.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) token: String,
    /// An owner or admin of the server: in open rooms they may what a room's owner may.
    pub(crate) staff: bool,
}

/// A room of the run, and who keeps it: its maker, who never leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunRoom {
    pub(crate) id: RoomId,
    /// Who can get in.
    pub(crate) kind: RoomKind,
    /// Its maker, by the place in [`Stage::people`].
    pub(crate) keeper: usize,
}

/// What devices do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everything they can.
    Work,
    /// Nothing new: what is under way is brought to its end, who was away comes back.
    Settle,
    /// They write down what they hold, and end.
    End,
}

/// Where a device stands, for whoever waits until all is at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Commands that are not answered yet.
    pub(crate) waiting: usize,
    /// Up to where it holds each of its rooms; `None` while it is not connected.
    pub(crate) held: Option<BTreeMap<RoomId, Seq>>,
}

/// The shared part of a run.
pub(crate) struct Stage {
    pub(crate) recorder: Recorder,
    pub(crate) dial: SocketAddr,
    pub(crate) host: String,
    pub(crate) people: Vec<Person>,
    pub(crate) rooms: Vec<RunRoom>,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) cuts: Cuts,
    pub(crate) seed: u64,
    /// Time and chance for `parlor-client`.
    pub(crate) ambient: Ambient,
    /// A device does something about that often.
    pub(crate) pace: Duration,
    pub(crate) standing: Mutex<BTreeMap<u32, Standing>>,
    /// Whose account was disabled at least once: a client of theirs may have been sent away.
    pub(crate) disabled: Mutex<BTreeSet<UserId>>,
    /// Numbers calls over HTTP.
    pub(crate) calls: AtomicU64,
}

/// A connection.
pub(crate) type Socket = WebSocketStream<TcpStream>;

impl Stage {
    /// Upgrades a connection; `narrow`: for a slow reader.
    pub(crate) async fn connect(&self, token: &str, narrow: bool) -> Result<Socket, String> {
        tokio::time::timeout(PATIENCE, self.upgrade(token, narrow))
            .await
            .map_err(|_| "no answer within 10 s".to_owned())?
            .map_err(|error| match error {
                WsError::Http(response) => format!("status {}", response.status().as_u16()),
                other => other.to_string(),
            })
    }

    async fn upgrade(&self, token: &str, narrow: bool) -> Result<Socket, WsError> {
        let socket = match self.dial {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if narrow {
            socket.set_recv_buffer_size(NARROW_BYTES)?;
        }
        let stream = socket.connect(self.dial).await?;
        stream.set_nodelay(true)?;
        let uri = format!("ws://{}/ws", self.host);
        let uri = uri.parse().map_err(|_| {
            WsError::Url(tokio_tungstenite::tungstenite::error::UrlError::NoPathOrQuery)
        })?;
        let request = ClientRequestBuilder::new(uri)
            .with_header("Authorization", format!("Bearer {token}"))
            .with_sub_protocol(parlor_protocol::SUBPROTOCOL)
            .into_client_request()?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES))
            .read_buffer_size(if narrow { 1024 } else { 16 * 1024 });
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(socket)
    }

    /// Asks over HTTP as a device, and writes down what was asked and answered.
    pub(crate) async fn ask(
        &self,
        device: u32,
        token: &str,
        call: &str,
        body: Option<&RawValue>,
    ) -> Result<Answer, String> {
        let n = self.calls.fetch_add(1, Ordering::Relaxed);
        self.recorder.record(
            device,
            What::Asked {
                n,
                call: call.to_owned(),
                body: body.map(ToOwned::to_owned),
            },
        );
        let answer = http::ask(self.dial, &self.host, Some(token), call, body).await;
        let what = match &answer {
            Ok(Answer { status, body }) => What::Answered {
                n,
                status: *status,
                body: body.clone(),
            },
            Err(why) => What::Unanswered {
                n,
                why: why.clone(),
            },
        };
        self.recorder.record(device, what);
        answer
    }

    /// Says where a device stands.
    pub(crate) fn stand(&self, device: u32, standing: Standing) {
        self.standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(device, standing);
    }

    /// An account is about to be disabled.
    pub(crate) fn disables(&self, user: UserId) {
        let mut disabled = self.disabled.lock().unwrap_or_else(PoisonError::into_inner);
        disabled.insert(user);
    }

    /// Whether an account was ever disabled.
    pub(crate) fn was_disabled(&self, user: UserId) -> bool {
        let disabled = self.disabled.lock().unwrap_or_else(PoisonError::into_inner);
        disabled.contains(&user)
    }

    /// The phase as it is now.
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Sleeps, but not beyond a change of the phase.
    pub(crate) async fn pause(&self, time: Duration) {
        let mut phase = self.phase.clone();
        phase.mark_unchanged();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = phase.changed() => {}
        }
    }
}
