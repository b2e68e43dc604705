//! What a client makes of what the server says, from the text of a frame to what
//! the program is told and what is sent. Pure: all that decides, in one value.
//!
//! It joins [`Logs`], [`Outbox`] and [`Hints`]: an event of mine settles the command
//! it answers, and what an ack, a refusal or another epoch settles is told once.

use std::collections::BTreeMap;

use parlor_protocol::frame::{ClientFrame, Heartbeat, ServerFrame};
use parlor_protocol::{EventKind, Nonce, RoomId, Seq};

use crate::decode::{Incoming, LogPage, decode};
use crate::hints::Hints;
use crate::logs::{Do, Logs, Start};
use crate::outbox::{NotTaken, Outbox, Said, Settled};
use crate::update::Update;

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Act {
    /// The connection is up and wants to be watched.
    Watch(Heartbeat),
    /// Tell the program.
    Tell(Update),
    /// Send this.
    Send(ClientFrame),
    /// Read a page of the room's log after this seq, and bring it to [`Dialogue::page`].
    Page(RoomId, Seq),
    /// Commands ended: the file must not send them again after a restart, which would be
    /// harmless, or forget how their targets are called, which would not.
    Keep,
    /// The server will close the connection.
    Bye {
        /// With this code.
        code: u16,
        /// For this reason.
        reason: String,
        /// And asks to stay away for so long, in milliseconds.
        after_ms: Option<u64>,
    },
    /// Drop the connection: what follows from here cannot be relied on.
    Drop(String),
}

/// One device's side of the talk.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    logs: Logs,
    outbox: Outbox,
    hints: Hints,
}

impl Dialogue {
    /// What is held from before.
    pub fn new(
        start: Start,
        epoch: Option<String>,
        cursors: BTreeMap<RoomId, Seq>,
        outbox: Outbox,
    ) -> Self {
        Self {
            logs: Logs::new(start, epoch, cursors),
            outbox,
            hints: Hints::default(),
        }
    }

    /// What is held of each room's log.
    pub const fn logs(&self) -> &Logs {
        &self.logs
    }

    /// What waits.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// What to tell the server as far as a connection is up.
    pub const fn hints(&mut self) -> &mut Hints {
        &mut self.hints
    }

    /// Takes a command in; gives what was settled by that.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing has changed then.
    pub fn say(&mut self, room: RoomId, nonce: Nonce, said: Said) -> Result<Settled, NotTaken> {
        self.outbox.take(room, nonce, said)
    }

    /// The first frame of a new connection.
    pub fn hello(&mut self) -> ClientFrame {
        self.logs.hello()
    }

    /// Commands that may be sent now. Keep the outbox before they are: it says that they were.
    pub fn due(&mut self, now: u64) -> Vec<ClientFrame> {
        self.outbox.due(now)
    }

    /// When something will become due that is not yet.
    pub fn next_due(&self) -> Option<u64> {
        let times = [self.outbox.next_due(), self.hints.next_due()];
        times.into_iter().flatten().min()
    }

    /// The connection is gone.
    pub fn interrupted(&mut self) {
        self.outbox.interrupted();
        self.hints.interrupted();
    }

    /// One text message of the server.
    pub fn frame(&mut self, text: &str, now: u64) -> Vec<Act> {
        match decode(text) {
            Incoming::Unknown => Vec::new(),
            Incoming::Broken(why) => vec![Act::Drop(format!("the server sent no frame: {why}"))],
            Incoming::Events(room, events) => {
                let out = self.logs.events(room, events);
                self.follow(out)
            }
            Incoming::Frame(frame) => self.known(frame, now),
        }
    }

    /// A page of a room's log that was asked for by [`Act::Page`].
    pub fn page(&mut self, room: RoomId, after: Seq, page: LogPage) -> Vec<Act> {
        let out = self.logs.page(room, after, page);
        self.follow(out)
    }

    fn known(&mut self, frame: ServerFrame, now: u64) -> Vec<Act> {
        let out = match frame {
            ServerFrame::Ready(ready) => {
                if self.logs.epoch() != Some(ready.epoch.as_str()) {
                    self.hints.other_life();
                }
                let settled = self.outbox.ready(&ready.epoch, ready.user.id);
                let mut acts = vec![Act::Watch(ready.heartbeat)];
                acts.extend(told(settled));
                let out = self.logs.ready(&ready);
                acts.push(Act::Tell(Update::Connected(ready)));
                acts.extend(self.follow(out));
                return acts;
            }
            ServerFrame::CaughtUp { room, seq, id } => self.logs.caught_up(room, seq, id.as_ref()),
            ServerFrame::Reset {
                room, head, reason, ..
            } => self.logs.reset(room, reason, head),
            ServerFrame::RoomAdded { room } => self.logs.added(room),
            ServerFrame::RoomRemoved { room, seq } => self.logs.removed(RoomId::parse(&room), seq),
            ServerFrame::Ack { id, seq, .. } => return answered(self.outbox.acked(&id, seq)),
            ServerFrame::Refuse {
                id: Some(id),
                code,
                message,
                retry_after_ms,
            } => {
                let refused = self
                    .outbox
                    .refused(&id, code, &message, retry_after_ms, now);
                match refused {
                    Some(settled) => return answered(settled),
                    None => self.logs.refused(&id, code),
                }
            }
            ServerFrame::Bye {
                code,
                reason,
                after_ms,
                ..
            } => {
                return vec![Act::Bye {
                    code,
                    reason,
                    after_ms,
                }];
            }
            ServerFrame::UserUpdated { user } => return vec![Act::Tell(Update::UserUpdated(user))],
            ServerFrame::Signal(signal) => return vec![Act::Tell(Update::Signal(signal))],
            ServerFrame::Refuse { id: None, .. }
            | ServerFrame::Pong { .. }
            | ServerFrame::Events { .. } => Vec::new(),
        };
        self.follow(out)
    }

    fn follow(&mut self, out: Vec<Do>) -> Vec<Act> {
        let mut acts = Vec::new();
        for what in out {
            match what {
                Do::Apply(room, events) => {
                    for event in events {
                        let known = event.known.as_ref();
                        let own = known.and_then(|event| {
                            let nonce = nonce_of(&event.kind)?;
                            Some(self.outbox.seen(room, event.by.id, nonce, event.seq))
                        });
                        acts.push(Act::Tell(Update::Event { room, event }));
                        acts.extend(own.into_iter().flat_map(told));
                    }
                }
                Do::Forget(room, reason, after) => acts.push(Act::Tell(Update::Forgotten {
                    room,
                    after,
                    reason,
                })),
                Do::Added(room) => acts.push(Act::Tell(Update::RoomAdded(room))),
                Do::Removed(room, seq) => {
                    acts.push(Act::Tell(Update::RoomRemoved { room, seq }));
                }
                Do::Page(room, after) => acts.push(Act::Page(room, after)),
                Do::Send(frame) => acts.push(Act::Send(frame)),
                Do::Drop(why) => acts.push(Act::Drop(why.to_owned())),
            }
        }
        acts
    }
}

fn told(settled: Settled) -> impl Iterator<Item = Act> {
    settled.into_iter().map(|(room, nonce, outcome)| {
        Act::Tell(Update::Settled {
            room,
            nonce,
            outcome,
        })
    })
}

fn answered(settled: Settled) -> Vec<Act> {
    let keep = (!settled.is_empty()).then_some(Act::Keep);
    told(settled).chain(keep).collect()
}

/// The nonce of an event that answers a command.
const fn nonce_of(kind: &EventKind) -> Option<&Nonce> {
    match kind {
        EventKind::MessagePosted { nonce, .. }
        | EventKind::MessageEdited { nonce, .. }
        | EventKind::MessageDeleted { nonce, .. }
        | EventKind::ReactionAdded { nonce, .. }
        | EventKind::ReactionRemoved { nonce, .. } => Some(nonce),
        _ => None,
    }
}
