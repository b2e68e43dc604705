//! One connection, from `hello` to its end.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlor_protocol::frame::{ClientFrame, CloseCode, RequestId};
use parlor_protocol::{RoomId, Seq};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::backoff::{Backoff, Ending};
use crate::decode::LogPage;
use crate::dialogue::Act;
use crate::error::Error;
use crate::http::Http;
use crate::liveness::{self, Liveness};
use crate::socket::Socket;
use crate::update::Ended;
use crate::worker::{Lost, Over, Worker, lost as failed};

/// `ready` follows `hello` by then, or the server is as good as gone.
const READY_MS: u64 = 12_000;
/// A socket that does not take a frame for so long is dead.
const WRITE: Duration = Duration::from_secs(12);
/// Pages are read one after the other; these wait for their turn, a room once.
type Pages = std::collections::VecDeque<(RoomId, Seq)>;

type Fetched = (RoomId, Seq, Result<LogPage, Error>);

/// What a connection knows, besides what outlives it.
struct Connection {
    socket: Socket,
    liveness: Option<Liveness>,
    /// `bye` as it was said.
    bye: Option<(u16, String, Option<u64>)>,
    pages: Pages,
    fetching: Option<tokio::task::JoinHandle<Fetched>>,
    pings: u64,
    opened: u64,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(fetching) = &self.fetching {
            fetching.abort();
        }
    }
}

impl Worker {
    /// Serves a connection to its end. It worked once `ready` was there.
    pub(crate) async fn serve(&mut self, socket: Socket, backoff: &mut Backoff) -> Over {
        let mut connection = Connection {
            socket,
            liveness: None,
            bye: None,
            pages: Pages::new(),
            fetching: None,
            pings: 0,
            opened: self.now(),
        };
        let hello = self.dialogue.hello();
        let over = match self.send(&mut connection, &hello).await {
            Ok(()) => loop {
                if let Err(over) = self.step(&mut connection).await {
                    break over;
                }
            },
            Err(over) => over,
        };
        if connection.liveness.is_some() {
            backoff.worked();
        }
        if let Over::Ended(_) = over {
            let closing = connection.socket.close(None);
            let _ = tokio::time::timeout(Duration::from_millis(500), closing).await;
        }
        over
    }

    /// Sends what is due, and then takes one thing that comes.
    async fn step(&mut self, connection: &mut Connection) -> Result<(), Over> {
        if connection.liveness.is_some() {
            self.flush(connection).await?;
            self.fetch(connection)?;
        }
        let reading = self.has_room();
        let now = self.now();
        let wake = match &connection.liveness {
            Some(liveness) => {
                let later = self.dialogue.next_due().filter(|due| *due > now);
                liveness.due().min(later.unwrap_or(u64::MAX))
            }
            None => connection.opened + READY_MS,
        };
        let wake = self.instant(wake);
        let fetching = connection.fetching.is_some();
        tokio::select! {
            message = connection.socket.next(), if reading => self.take(connection, message).await,
            fetched = async {
                match &mut connection.fetching {
                    Some(task) => task.await,
                    None => std::future::pending().await,
                }
            }, if fetching && reading => {
                connection.fetching = None;
                match fetched {
                    Ok(fetched) => self.fetched(connection, fetched).await,
                    Err(_) => Err(lost("reading the log was broken off")),
                }
            }
            () = tokio::time::sleep_until(wake) => self.tick(connection, reading).await,
            turn = self.turn() => Ok(turn?),
        }
    }

    async fn tick(&mut self, connection: &mut Connection, reading: bool) -> Result<(), Over> {
        let now = self.now();
        let Some(liveness) = &mut connection.liveness else {
            return if now >= connection.opened + READY_MS {
                Err(lost("the server did not answer hello"))
            } else {
                Ok(())
            };
        };
        match liveness.tick(now, reading) {
            None => Ok(()),
            Some(liveness::Act::Drop) => Err(lost("the server fell silent")),
            Some(liveness::Act::Ping) => {
                connection.pings += 1;
                let id = RequestId::parse(&format!("ping-{}", connection.pings));
                self.send(connection, &ClientFrame::Ping { id }).await
            }
        }
    }

    /// Sends what waits in the outbox, once the file says that it may have been sent.
    async fn flush(&mut self, connection: &mut Connection) -> Result<(), Over> {
        let now = self.now();
        let frames = self.dialogue.due(now);
        if !frames.is_empty() {
            self.keep_all()?;
        }
        for frame in frames {
            self.send(connection, &frame).await?;
        }
        for hint in self.dialogue.hints().due(now) {
            self.send(connection, &hint).await?;
        }
        Ok(())
    }

    /// Begins to read the next page, if one is due and none is under way.
    fn fetch(&self, connection: &mut Connection) -> Result<(), Over> {
        if connection.fetching.is_some() {
            return Ok(());
        }
        let Some((room, after)) = connection.pages.pop_front() else {
            return Ok(());
        };
        let Some(http) = self.http() else {
            let why = "a ticket does not let this client read over HTTP what it missed";
            return Err(Over::Ended(Ended::Refused(why.into())));
        };
        connection.fetching = Some(tokio::spawn(page(http, room, after)));
        Ok(())
    }

    async fn fetched(&mut self, connection: &mut Connection, fetched: Fetched) -> Result<(), Over> {
        match fetched {
            (room, after, Ok(page)) => {
                let acts = self.dialogue.page(room, after, page);
                self.follow(connection, acts).await
            }
            // Not mine any more: `room_removed` says so itself.
            (_, _, Err(Error::Refused { status: 404, .. })) => Ok(()),
            // Read on over the next connection, no sooner than the server asks for.
            (_, _, Err(error @ Error::Refused { .. })) => Err(failed(&error)),
            (_, _, Err(error)) => Err(lost(&format!("the log cannot be read: {error}"))),
        }
    }

    async fn take(
        &mut self,
        connection: &mut Connection,
        message: Option<Result<Message, WsError>>,
    ) -> Result<(), Over> {
        if let Some(liveness) = &mut connection.liveness {
            liveness.heard();
        }
        match message {
            Some(Ok(Message::Text(text))) => {
                let now = self.now();
                let acts = self.dialogue.frame(&text, now);
                self.follow(connection, acts).await
            }
            Some(Ok(Message::Close(close))) => {
                let (code, reason) = close.map_or((1005, String::new()), |close| {
                    (close.code.into(), close.reason.to_string())
                });
                Err(closed(connection, code, reason))
            }
            Some(Ok(Message::Binary(_))) => Err(lost("the server sent a binary message")),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(error)) => Err(match &connection.bye {
                Some((code, reason, _)) => closed(connection, *code, reason.clone()),
                None => lost(&format!("the connection broke: {error}")),
            }),
            None => Err(match &connection.bye {
                Some((code, reason, _)) => closed(connection, *code, reason.clone()),
                None => lost("the connection ended"),
            }),
        }
    }

    async fn follow(&mut self, connection: &mut Connection, acts: Vec<Act>) -> Result<(), Over> {
        for act in acts {
            match act {
                Act::Watch(heartbeat) => {
                    connection.liveness = Some(Liveness::new(heartbeat, self.now()));
                }
                Act::Tell(update) => self.tell(update),
                Act::Send(frame) => self.send(connection, &frame).await?,
                Act::Page(room, after) => connection.pages.push_back((room, after)),
                Act::Keep => self.keep_all()?,
                Act::Bye {
                    code,
                    reason,
                    after_ms,
                } => connection.bye = Some((code, reason, after_ms)),
                Act::Drop(why) => return Err(lost(&why)),
            }
        }
        Ok(())
    }

    async fn send(&mut self, connection: &mut Connection, frame: &ClientFrame) -> Result<(), Over> {
        let text = serde_json::to_string(frame).map_err(|error| lost(&error.to_string()))?;
        let sending = connection.socket.send(Message::text(text));
        match self.meanwhile(tokio::time::timeout(WRITE, sending)).await? {
            // What the server said before it closed is still to be read.
            Ok(Ok(()) | Err(_)) => Ok(()),
            Err(_) => Err(lost("the server takes nothing any more")),
        }
    }
}

async fn page(http: Http, room: RoomId, after: Seq) -> Fetched {
    (room, after, http.events(room, after).await)
}

fn lost(why: &str) -> Over {
    Over::Lost(Lost {
        ending: Ending::Lost,
        why: why.to_owned(),
    })
}

fn closed(connection: &Connection, code: u16, reason: String) -> Over {
    let bye = connection.bye.as_ref();
    let why = match bye.map(|(_, reason, _)| reason.clone()).unwrap_or(reason) {
        reason if reason.is_empty() => format!("the server closed with {code}"),
        reason => format!("the server closed: {reason}"),
    };
    let after_ms = bye.and_then(|(_, _, after_ms)| *after_ms);
    Over::Lost(Lost {
        ending: Ending::Closed { code, after_ms },
        why: if code == CloseCode::SessionEnded.code() {
            "the session ended".into()
        } else {
            why
        },
    })
}
