//! A device on `parlor-client`, as bots and the command line are: what it is told
//! must come once and in order whatever happens to its connection. Now and then it
//! is started again from its file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parlor_client::{
    Ambient, Client, Credentials, Ended, Options, Outcome, Said, Start, Target, Update, Updates,
};
use parlor_protocol::{Nonce, RoomId};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use crate::acts::MARK;
use crate::chance::Chance;
use crate::held::Rooms;
use crate::history::{Change, DeviceKind, FOLDED, What, raw};
use crate::stage::{Person, Phase, Stage, Standing};

/// Commands that wait in its outbox at once.
const DEPTH: usize = 4;
/// How long it waits before it knocks again where its account was disabled.
const KNOCKS: Duration = Duration::from_millis(300);

/// A device.
pub(crate) struct Fellow {
    number: u32,
    me: Person,
    stage: Arc<Stage>,
    chance: Chance,
    rooms: Rooms,
    given: u64,
    waiting: usize,
    connected: bool,
    options: Options,
}

impl Fellow {
    /// One that keeps its state in a file.
    ///
    /// # Errors
    /// Where the server's address is none.
    pub(crate) fn new(
        number: u32,
        me: Person,
        stage: Arc<Stage>,
        state: PathBuf,
        ambient: Ambient,
    ) -> Result<Self, String> {
        let address = format!("http://{}", stage.host);
        let options = Options {
            address: address.parse().map_err(|error| format!("{error}"))?,
            credentials: Credentials::Token(me.token.clone()),
            start: Start::Head,
            state: Some(state),
            ambient,
        };
        let chance = Chance::of(stage.seed, number.into());
        Ok(Self {
            number,
            me,
            stage,
            chance,
            rooms: Rooms::default(),
            given: 0,
            waiting: 0,
            connected: false,
            options,
        })
    }

    /// Lives until the run ends.
    ///
    /// # Errors
    /// Where the client cannot keep its file.
    pub(crate) async fn run(mut self) -> Result<(), String> {
        self.record(What::Device {
            user: self.me.id.to_string(),
            username: self.me.username.clone(),
            kind: DeviceKind::Client,
            staff: self.me.staff,
        });
        loop {
            let started = Client::start(self.options.clone());
            let (client, mut updates) = started.map_err(|error| error.to_string())?;
            let again = self.live(&client, &mut updates).await?;
            client.stop().await;
            // What it still has to tell is taken: how commands ended is told once.
            while let Some(update) = updates.next().await {
                self.take(update);
            }
            self.connected = false;
            if !again {
                break;
            }
            self.record(What::Again);
        }
        for (room, cursor) in self.rooms.cursors() {
            let (room, cursor) = (room.to_string(), cursor.get());
            self.record(What::Held { room, cursor });
        }
        if self.waiting > 0 {
            self.record(What::Found {
                rule: "every command is answered once all is at rest".into(),
                good: false,
                detail: format!("device {}: {} are not", self.number, self.waiting),
            });
        }
        Ok(())
    }

    /// One life of the client; true where another follows.
    async fn live(&mut self, client: &Client, updates: &mut Updates) -> Result<bool, String> {
        let mut phase = self.stage.phase.clone();
        let mut act = Instant::now();
        loop {
            let now = *phase.borrow_and_update();
            if now == Phase::End {
                return Ok(false);
            }
            tokio::select! {
                update = updates.next() => match update {
                    Some(update) => self.take(update),
                    None => return self.sent_away(updates.ended().await).await,
                },
                () = sleep_until(act) => {
                    let pace = u64::try_from(self.stage.pace.as_millis()).unwrap_or(1000);
                    act = Instant::now() + Duration::from_millis(self.chance.between(pace, pace * 3));
                    if now == Phase::Work && self.connected && self.waiting < DEPTH {
                        if self.chance.percent(1) {
                            return Ok(true);
                        }
                        self.act(client).await;
                    }
                }
                _ = phase.changed() => {}
            }
            self.stand();
        }
    }

    /// The client gave up: right where the account was disabled, and then it is tried
    /// again, as a person would.
    async fn sent_away(&self, why: Ended) -> Result<bool, String> {
        if !matches!(why, Ended::NotLetIn(_)) || !self.stage.was_disabled(self.me.id) {
            return Err(format!("a client ended: {why}"));
        }
        self.stage.pause(KNOCKS).await;
        Ok(true)
    }

    async fn act(&mut self, client: &Client) {
        let Some(room) = self.chance.pick(&self.rooms.ids()).copied() else {
            return;
        };
        let me = self.me.id;
        let known = self
            .rooms
            .get(room)
            .map_or(Vec::new(), |held| held.messages.iter().copied().collect());
        let mine: Vec<_> = known
            .iter()
            .filter(|known| known.by == me)
            .copied()
            .collect();
        let some = self.chance.pick(&known).copied();
        let own = self.chance.pick(&mine).copied();
        self.given += 1;
        let nonce = format!("f{:x}-{}-{}", self.stage.seed, self.number, self.given);
        let nonce = Nonce::parse(&nonce).expect("letters, digits and hyphens");
        let text = format!("{MARK}{nonce};");
        let said = match (self.chance.below(10), some, own) {
            (6, _, Some(own)) => Said::Edit {
                target: Target::Seq(own.seq),
                text,
            },
            (7, _, Some(own)) => Said::Delete {
                target: Target::Seq(own.seq),
            },
            (8, Some(some), _) => Said::React {
                target: Target::Seq(some.seq),
                emoji: "👍".into(),
            },
            (9, Some(some), _) => Said::Unreact {
                target: Target::Seq(some.seq),
                emoji: "👍".into(),
            },
            (5, Some(some), _) => Said::Post {
                text,
                reply_to: Some(some.seq),
            },
            _ => Said::Post {
                text,
                reply_to: None,
            },
        };
        self.record(What::Said {
            room: room.to_string(),
            nonce: nonce.to_string(),
            said: raw(&said),
        });
        self.waiting += 1;
        if let Err(why) = client.say_as(room, nonce.clone(), said).await {
            self.settled(room, &nonce, None, Some(why.to_string()));
        }
        if self.chance.percent(10)
            && let Some(cursor) = self.rooms.get(room).map(|held| held.cursor)
        {
            let _ = client.read(room, cursor).await;
        }
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Connected(ready) => {
                self.connected = true;
                let ours = |id| self.stage.rooms.iter().any(|room| room.id == id);
                for room in ready.rooms.iter().filter(|room| ours(room.id)) {
                    if self.rooms.get(room.id).is_none() {
                        let (id, after) = (room.id.to_string(), room.head.get());
                        self.record(What::Holds { room: id, after });
                    }
                }
                self.rooms.ready(&ready, ours);
            }
            Update::Disconnected { why, .. } => {
                self.connected = false;
                self.record(What::Lost(why));
            }
            Update::Event { room, event } => {
                if !self.stage.rooms.iter().any(|ours| ours.id == room) {
                    return;
                }
                let json = RawValue::from_string(event.json).unwrap_or_else(|_| raw(&()));
                self.record(What::Told {
                    room: room.to_string(),
                    event: json,
                });
                if let Some(event) = event.known {
                    let _ = self.rooms.events(room, &[event], true);
                }
            }
            Update::Forgotten { room, after, .. } => {
                self.rooms.added(room, after);
                self.place(room, Change::Forgotten, Some(after.get()));
            }
            Update::RoomAdded(room) if self.stage.rooms.iter().any(|ours| ours.id == room.id) => {
                self.rooms.added(room.id, room.head);
                self.place(room.id, Change::Added, Some(room.head.get()));
            }
            Update::RoomRemoved { room, seq } => {
                self.rooms.removed(room);
                self.place(room, Change::Removed, seq.map(parlor_protocol::Seq::get));
            }
            Update::Settled {
                room,
                nonce,
                outcome,
            } => {
                let (seq, refused) = match outcome {
                    Outcome::Done(seq) => (Some(seq.get()), None),
                    Outcome::Refused(code, _) => (None, Some(format!("{code:?}"))),
                    Outcome::Folded => (None, Some(FOLDED.into())),
                    Outcome::OtherEpoch => (None, Some("of another epoch".into())),
                };
                self.settled(room, &nonce, seq, refused);
            }
            _ => {}
        }
    }

    fn settled(&mut self, room: RoomId, nonce: &Nonce, seq: Option<u64>, refused: Option<String>) {
        self.waiting = self.waiting.saturating_sub(1);
        let (room, nonce) = (room.to_string(), nonce.to_string());
        self.record(What::Settled {
            room,
            nonce,
            seq,
            refused,
        });
    }

    fn place(&self, room: RoomId, change: Change, after: Option<u64>) {
        let room = room.to_string();
        self.record(What::Place {
            room,
            change,
            after,
        });
    }

    fn stand(&self) {
        let held = self.connected.then(|| self.rooms.cursors());
        let waiting = self.waiting;
        self.stage.stand(self.number, Standing { waiting, held });
    }

    fn record(&self, what: What) {
        self.stage.recorder.record(self.number, what);
    }
}
