//! A device on the wire: connects, does things, follows its rooms, comes back.
//!
//! What it does is drawn in `acts`. Everything it sends is written down before,
//! everything it is sent after; whether that was right, it does not ask.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlor_client::liveness::{Act, Liveness};
use parlor_protocol::frame::{ClientFrame, ServerFrame};
use parlor_protocol::http::Events;
use parlor_protocol::{RoomId, Seq};
use serde_json::value::RawValue;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::chance::Chance;
use crate::faults::Cut;
use crate::held::{Do, Rooms};
use crate::history::{DeviceKind, What, raw};
use crate::outbox::{Ended, Outbox};
use crate::stage::{Person, Phase, Socket, Stage, Standing};

/// A server that takes no bytes for so long is given up.
const SEND: Duration = Duration::from_secs(15);
/// Commands under way at once.
const DEPTH: usize = 6;
/// Of its acked commands, so many are sent once more when the work is over.
const RECALLED: u64 = 40;

/// A device.
pub(crate) struct Device {
    pub(crate) number: u32,
    pub(crate) kind: DeviceKind,
    pub(crate) me: Person,
    pub(crate) stage: Arc<Stage>,
    pub(crate) chance: Chance,
    pub(crate) rooms: Rooms,
    pub(crate) outbox: Outbox,
    /// Commands given, for their nonces.
    pub(crate) given: u64,
    recalled: bool,
    born: Instant,
}

/// How a connection is left.
enum Left {
    /// It ended, with these words.
    Lost(String),
    /// The device goes away for a while.
    Away(Duration),
    /// The run is over.
    Over,
}

impl Device {
    pub(crate) fn new(number: u32, kind: DeviceKind, me: Person, stage: Arc<Stage>) -> Self {
        let chance = Chance::of(stage.seed, number.into());
        Self {
            number,
            kind,
            me,
            stage,
            chance,
            rooms: Rooms::default(),
            outbox: Outbox::default(),
            given: 0,
            recalled: false,
            born: Instant::now(),
        }
    }

    /// Lives until the run ends.
    pub(crate) async fn run(mut self) {
        let mut cuts = self.stage.cuts.watch();
        while self.stage.phase() != Phase::End {
            let narrow = self.kind == DeviceKind::Slow;
            let left = match self.stage.connect(&self.me.token, narrow).await {
                Ok(socket) => {
                    self.record(What::Connected);
                    self.serve(socket, &mut cuts).await
                }
                Err(why) => Left::Lost(why),
            };
            self.outbox.interrupted(&mut self.chance);
            self.stand(false);
            match left {
                Left::Over => break,
                Left::Away(time) => {
                    self.record(What::Lost("goes away".into()));
                    self.stage.pause(time).await;
                }
                Left::Lost(why) => {
                    self.record(What::Lost(why));
                    let ms = self.chance.between(50, 400);
                    self.stage.pause(Duration::from_millis(ms)).await;
                }
            }
        }
        for (room, cursor) in self.rooms.cursors() {
            let (room, cursor) = (room.to_string(), cursor.get());
            self.record(What::Held { room, cursor });
        }
        if self.outbox.waiting() > 0 {
            self.record(What::Found {
                rule: "every command is answered once all is at rest".into(),
                good: false,
                detail: format!("device {}: {} are not", self.number, self.outbox.waiting()),
            });
        }
    }

    /// One connection, from `hello` on.
    async fn serve(&mut self, mut socket: Socket, cuts: &mut watch::Receiver<Cut>) -> Left {
        cuts.mark_unchanged();
        let mut phase = self.stage.phase.clone();
        let hello = self.rooms.hello();
        if let Err(why) = self.send(&mut socket, &hello).await {
            return Left::Lost(why);
        }
        let mut liveness: Option<Liveness> = None;
        let mut ready = false;
        let mut act_at = Instant::now();
        let mut read_at = Instant::now();
        loop {
            if *phase.borrow_and_update() == Phase::End {
                let _ = timeout(Duration::from_millis(200), socket.close(None)).await;
                return Left::Over;
            }
            let watch = match &liveness {
                Some(liveness) => self.born + Duration::from_millis(liveness.due()),
                None => Instant::now() + Duration::from_secs(12),
            };
            let act = match self.outbox.due() {
                Some(due) => act_at.min(due),
                None => act_at,
            };
            let reading = read_at <= Instant::now();
            let step = tokio::select! {
                frame = socket.next(), if reading => Step::Came(frame),
                () = sleep_until(read_at), if !reading => Step::Nothing,
                () = sleep_until(act), if ready => Step::Act,
                () = sleep_until(watch) => Step::Watch,
                _ = cuts.changed() => Step::Cut,
                _ = phase.changed() => Step::Nothing,
            };
            let done = match step {
                Step::Nothing => Ok(()),
                Step::Cut => {
                    let cut = *cuts.borrow_and_update();
                    if cut.of > 0 && self.number % cut.of == cut.rest {
                        return Left::Lost(sever(socket, cut.reset).await);
                    }
                    Ok(())
                }
                Step::Watch => match &mut liveness {
                    None => Err("no ready within 12 s".into()),
                    Some(liveness) => {
                        let now =
                            u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
                        match liveness.tick(now, reading) {
                            Some(Act::Drop) => Err("the server is silent".into()),
                            Some(Act::Ping) => {
                                self.send(&mut socket, &ClientFrame::Ping { id: None })
                                    .await
                            }
                            None => Ok(()),
                        }
                    }
                },
                Step::Act => {
                    act_at = Instant::now() + self.next_pause();
                    if let Some(away) = self.goes_away() {
                        let _ = timeout(Duration::from_millis(200), socket.close(None)).await;
                        return Left::Away(away);
                    }
                    self.work(&mut socket).await
                }
                Step::Came(Some(Ok(Message::Text(text)))) => {
                    if let Some(liveness) = &mut liveness {
                        liveness.heard();
                    }
                    if self.kind == DeviceKind::Slow && self.stage.phase() == Phase::Work {
                        read_at = Instant::now() + Duration::from_millis(self.chance.below(120));
                    }
                    let frame = self.came(text.as_str());
                    if let Some(ServerFrame::Ready(it)) = &frame {
                        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(0);
                        liveness = Some(Liveness::new(it.heartbeat, now));
                        ready = true;
                    }
                    match frame {
                        Some(frame) => self.follow(frame, &mut socket).await,
                        None => Err("a frame that cannot be read".into()),
                    }
                }
                Step::Came(Some(Ok(Message::Close(frame)))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    Err(format!("closed with {code}"))
                }
                Step::Came(Some(Ok(_))) => Ok(()),
                Step::Came(Some(Err(error))) => Err(error.to_string()),
                Step::Came(None) => Err("the stream ended".into()),
            };
            if let Err(why) = done {
                return Left::Lost(why);
            }
            self.stand(ready);
        }
    }

    /// Writes a frame down and reads it.
    fn came(&self, text: &str) -> Option<ServerFrame> {
        let frame: Box<RawValue> = serde_json::from_str(text).ok()?;
        let read = serde_json::from_str(text).ok();
        self.record(What::Got(frame));
        read
    }

    async fn follow(&mut self, frame: ServerFrame, socket: &mut Socket) -> Result<(), String> {
        let todo = match frame {
            ServerFrame::Ready(ready) => {
                let stage = Arc::clone(&self.stage);
                let ours = |id| stage.rooms.iter().any(|room| room.id == id);
                self.rooms.ready(&ready, ours);
                return self.flush(socket).await;
            }
            ServerFrame::Events { room, events } => self.rooms.events(room, &events, false),
            ServerFrame::CaughtUp { room, id, .. } => {
                self.rooms.caught_up(room, id.as_ref());
                None
            }
            ServerFrame::Reset {
                room,
                head,
                reason,
                id,
            } => self.rooms.reset(room, head, reason, id.as_ref()),
            ServerFrame::RoomAdded { room } => {
                if self.stage.rooms.iter().any(|ours| ours.id == room.id) {
                    self.rooms.added(room.id, room.head);
                }
                None
            }
            ServerFrame::RoomRemoved { room, .. } => {
                self.rooms.removed(RoomId::parse(&room));
                None
            }
            ServerFrame::Ack { id, .. } => {
                let ended = self.outbox.ack(id.as_str(), &mut self.chance);
                if let Ended::Acked(frame) = ended
                    && let Some(more) = self.after(&frame)
                {
                    self.send(socket, &more).await?;
                }
                return self.flush(socket).await;
            }
            ServerFrame::Refuse {
                id: Some(id),
                retry_after_ms,
                ..
            } => {
                self.rooms.refused(id.as_str());
                let retry = retry_after_ms.map(Duration::from_millis);
                self.outbox.refuse(id.as_str(), retry, Instant::now());
                None
            }
            _ => None,
        };
        match todo {
            None => Ok(()),
            Some(Do::Send(frame)) => self.send(socket, &frame).await,
            Some(Do::Page(room, after)) => self.page(socket, room, after).await,
        }
    }

    /// Reads a room's log that is too far ahead in pages, and resumes.
    async fn page(
        &mut self,
        socket: &mut Socket,
        room: RoomId,
        mut after: Seq,
    ) -> Result<(), String> {
        while self.rooms.is_paging(room) {
            let call = format!("GET rooms/{room}/events?after={after}&limit=1000");
            let answer = self
                .stage
                .ask(self.number, &self.me.token, &call, None)
                .await?;
            if answer.status != 200 {
                // No member any more: `room_removed` is under way.
                return Ok(());
            }
            let page: Events =
                serde_json::from_str(answer.body.get()).map_err(|e| e.to_string())?;
            self.rooms.events(room, &page.events, true);
            after = page.events.last().map_or(after, |event| event.seq);
            if !page.has_more {
                let resume = self.rooms.resume(room, after);
                return match resume {
                    Some(frame) => self.send(socket, &frame).await,
                    None => Ok(()),
                };
            }
        }
        Ok(())
    }

    /// Does what there is to do now.
    async fn work(&mut self, socket: &mut Socket) -> Result<(), String> {
        match self.stage.phase() {
            Phase::Work if self.outbox.waiting() < DEPTH => {
                for frame in self.act() {
                    self.send(socket, &frame).await?;
                }
            }
            Phase::Settle if !self.recalled => {
                self.recalled = true;
                for _ in 0..RECALLED {
                    let again = self.chance.pick(self.outbox.acked()).cloned();
                    again
                        .into_iter()
                        .for_each(|frame| self.outbox.give_again(frame));
                }
            }
            _ => {}
        }
        self.flush(socket).await
    }

    /// Sends what is in the outbox, as far as it may be under way.
    async fn flush(&mut self, socket: &mut Socket) -> Result<(), String> {
        while let Some(frame) = self.outbox.next(Instant::now()) {
            self.send(socket, &frame).await?;
        }
        Ok(())
    }

    pub(crate) async fn send(
        &self,
        socket: &mut Socket,
        frame: &ClientFrame,
    ) -> Result<(), String> {
        let frame = raw(frame);
        let text = frame.get().to_owned();
        self.record(What::Sent(frame));
        timeout(SEND, socket.send(Message::text(text)))
            .await
            .map_err(|_| "the server takes no bytes".to_owned())?
            .map_err(|error| error.to_string())
    }

    pub(crate) fn record(&self, what: What) {
        self.stage.recorder.record(self.number, what);
    }

    fn stand(&self, connected: bool) {
        let standing = Standing {
            waiting: self.outbox.waiting() + usize::from(!self.recalled),
            held: connected.then(|| self.rooms.cursors()),
        };
        self.stage.stand(self.number, standing);
    }
}

/// What a connection does next.
enum Step {
    Came(Option<Result<Message, tokio_tungstenite::tungstenite::Error>>),
    Act,
    Watch,
    Cut,
    Nothing,
}

/// Ends a socket without a goodbye; says how.
async fn sever(socket: Socket, reset: bool) -> String {
    if reset {
        // Without lingering, closing sends RST and throws away what is under way.
        let _ = socket2::SockRef::from(socket.get_ref()).set_linger(Some(Duration::ZERO));
    }
    drop(socket);
    if reset { "cut by a reset" } else { "cut" }.into()
}
