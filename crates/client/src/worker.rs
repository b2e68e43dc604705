//! The task of a client: connects, serves the connection, waits, comes back. All
//! decisions are taken by `dialogue`, `liveness` and `backoff`.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parlor_protocol::Nonce;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use crate::backoff::{Backoff, Ending};
use crate::client::{Credentials, Options, Order};
use crate::dialogue::Dialogue;
use crate::error::Error;
use crate::http::Http;
use crate::kept::{Handled, Keeper};
use crate::outbox::{Outbox, Outcome};
use crate::socket::{NoSocket, Pass, Socket, connect};
use crate::update::{Ended, Update};

/// Cursors are kept at most that often. What a `kill -9` loses of them comes again.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// Updates that wait for their consumer's channel. Beyond, nothing is read from the socket.
const WAITING: usize = 1024;

/// A connection's end.
pub(crate) struct Lost {
    pub(crate) ending: Ending,
    pub(crate) why: String,
}

/// How a connection's part ends: in a way that is followed by another, or for good.
pub(crate) enum Over {
    Lost(Lost),
    Ended(Ended),
}

impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

pub(crate) struct Worker {
    options: Options,
    keeper: Keeper,
    handled: Arc<Mutex<Handled>>,
    /// What of it is in the file.
    kept: Handled,
    pub(crate) dialogue: Dialogue,
    waiting: BTreeMap<Nonce, Vec<oneshot::Sender<Outcome>>>,
    orders: mpsc::Receiver<Order>,
    orders_open: bool,
    updates: mpsc::Sender<Update>,
    pub(crate) pending: VecDeque<Update>,
    keep: tokio::time::Interval,
    born: Instant,
    token: Option<String>,
}

impl Worker {
    pub(crate) fn new(
        options: Options,
        keeper: Keeper,
        outbox: Outbox,
        handled: Arc<Mutex<Handled>>,
        orders: mpsc::Receiver<Order>,
        updates: mpsc::Sender<Update>,
    ) -> Self {
        let kept = handled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (epoch, cursors) = (kept.epoch.clone(), kept.cursors.clone());
        let dialogue = Dialogue::new(options.start, epoch, cursors, outbox);
        let mut keep = tokio::time::interval(KEEP_EVERY);
        keep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let token = match &options.credentials {
            Credentials::Token(token) => Some(token.clone()),
            _ => None,
        };
        Self {
            options,
            keeper,
            handled,
            kept,
            dialogue,
            waiting: BTreeMap::new(),
            orders,
            orders_open: true,
            updates,
            pending: VecDeque::new(),
            keep,
            born: Instant::now(),
            token,
        }
    }

    pub(crate) async fn run(mut self) -> Ended {
        let ended = self.live().await;
        // What is pending still goes to a consumer that takes it.
        while let Some(update) = self.pending.pop_front() {
            if self.updates.send(update).await.is_err() {
                break;
            }
        }
        match self.keep_all() {
            Ok(()) => ended,
            Err(failed) => failed,
        }
    }

    async fn live(&mut self) -> Ended {
        let mut backoff = Backoff::default();
        loop {
            let over = match self.connect().await {
                Ok(socket) => self.serve(socket, &mut backoff).await,
                Err(over) => over,
            };
            let lost = match over {
                Over::Ended(ended) => return ended,
                Over::Lost(lost) => lost,
            };
            self.dialogue.interrupted();
            let once = matches!(self.options.credentials, Credentials::Ticket(_));
            let after = backoff.after(lost.ending, self.options.ambient.chance());
            let Some(after) = after.filter(|_| !once) else {
                return gone(lost);
            };
            let why = lost.why;
            self.pending.push_back(Update::Disconnected { why, after });
            if let Err(ended) = self.meanwhile(tokio::time::sleep(after)).await {
                return ended;
            }
        }
    }

    async fn connect(&mut self) -> Result<Socket, Over> {
        let pass = match &self.options.credentials {
            Credentials::Ticket(ticket) => Pass::Ticket(ticket.clone()),
            Credentials::Token(token) => Pass::Token(token.clone()),
            Credentials::Password { username, password } => match &self.token {
                Some(token) => Pass::Token(token.clone()),
                None => {
                    let (username, password) = (username.clone(), password.clone());
                    let http = Http::new(self.options.address.clone());
                    let signing = async move { http.sign_in(&username, &password).await };
                    let signed = self
                        .meanwhile(signing)
                        .await?
                        .map_err(|error| lost(&error))?;
                    self.token = Some(signed.token.clone());
                    Pass::Token(signed.token)
                }
            },
        };
        let connecting = connect(self.options.address.clone(), pass);
        self.meanwhile(connecting)
            .await?
            .map_err(|NoSocket { ending, why }| Over::Lost(Lost { ending, why }))
    }

    /// For reading pages; `None` where a ticket is all there is.
    pub(crate) fn http(&self) -> Option<Http> {
        let http = Http::new(self.options.address.clone());
        self.token.as_ref().map(|token| http.bearer(token))
    }

    /// Milliseconds of a clock that never goes back.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// That moment, for a timer.
    pub(crate) fn instant(&self, now: u64) -> Instant {
        self.born + Duration::from_millis(now)
    }

    /// Whether there is room for what a frame brings.
    pub(crate) fn has_room(&self) -> bool {
        self.pending.len() < WAITING
    }

    /// Does what is to be done besides, until something else is finished.
    pub(crate) async fn meanwhile<T>(
        &mut self,
        until: impl Future<Output = T>,
    ) -> Result<T, Ended> {
        let mut until = pin!(until);
        loop {
            tokio::select! {
                it = &mut until => return Ok(it),
                turn = self.turn() => turn?,
            }
        }
    }

    /// One order, one update handed over, or one look at the cursors. Cancel-safe.
    pub(crate) async fn turn(&mut self) -> Result<(), Ended> {
        enum Turn {
            Order(Option<Order>),
            HandedOver,
            Keep,
        }
        let anything = !self.pending.is_empty();
        let turn = tokio::select! {
            order = self.orders.recv(), if self.orders_open => Turn::Order(order),
            permit = self.updates.reserve(), if anything => {
                let permit = permit.map_err(|_| Ended::Stopped)?;
                if let Some(update) = self.pending.pop_front() {
                    permit.send(update);
                }
                Turn::HandedOver
            }
            () = self.updates.closed() => return Err(Ended::Stopped),
            _ = self.keep.tick() => Turn::Keep,
        };
        match turn {
            Turn::Order(Some(order)) => self.obey(order),
            // Nobody can say anything any more; the updates go on.
            Turn::Order(None) => {
                self.orders_open = false;
                Ok(())
            }
            Turn::HandedOver => Ok(()),
            Turn::Keep => {
                let handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
                let moved = *handled != self.kept;
                drop(handled);
                if moved { self.keep_all() } else { Ok(()) }
            }
        }
    }

    fn obey(&mut self, order: Order) -> Result<(), Ended> {
        match order {
            Order::Stop => Err(Ended::Stopped),
            Order::Read(room, seq) => {
                self.dialogue.hints().read(room, seq);
                Ok(())
            }
            Order::Typing(room) => {
                let now = self.now();
                self.dialogue.hints().typing(room, now);
                Ok(())
            }
            Order::Say {
                room,
                nonce,
                said,
                taken,
                outcome,
            } => {
                match self.dialogue.say(room, nonce.clone(), said) {
                    Err(why) => {
                        let _ = taken.send(Err(why));
                    }
                    Ok(settled) => {
                        self.waiting.entry(nonce).or_default().push(outcome);
                        for (room, nonce, outcome) in settled {
                            self.tell(Update::Settled {
                                room,
                                nonce,
                                outcome,
                            });
                        }
                        self.keep_all()?;
                        let _ = taken.send(Ok(()));
                    }
                }
                Ok(())
            }
        }
    }

    /// Tells the program, and whoever waits for a command's end.
    pub(crate) fn tell(&mut self, update: Update) {
        if let Update::Settled { nonce, outcome, .. } = &update
            && let Some(waiting) = self.waiting.remove(nonce)
        {
            for waiting in waiting {
                let _ = waiting.send(outcome.clone());
            }
        }
        self.pending.push_back(update);
    }

    /// Keeps cursors and outbox.
    pub(crate) fn keep_all(&mut self) -> Result<(), Ended> {
        let handled = self
            .handled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.keeper
            .keep(&handled, self.dialogue.outbox())
            .map_err(|error| Ended::State(error.to_string()))?;
        self.kept = handled;
        Ok(())
    }
}

/// A request that failed, as the end of a connection or of the attempt at one.
pub(crate) fn lost(error: &Error) -> Over {
    let why = error.to_string();
    let ending = match error {
        Error::Refused {
            status,
            retry_after_ms,
            ..
        } => Ending::Status {
            status: *status,
            after_ms: *retry_after_ms,
        },
        Error::Unreachable { .. } => Ending::Lost,
        Error::Foreign { .. } | Error::Address(_) | Error::State { .. } => {
            return Over::Ended(Ended::Refused(why));
        }
    };
    Over::Lost(Lost { ending, why })
}

/// An end that no other connection follows.
fn gone(lost: Lost) -> Ended {
    match lost.ending {
        Ending::Status {
            status: 401 | 403, ..
        }
        | Ending::Closed {
            code: 4503 | 4504, ..
        } => Ended::NotLetIn(lost.why),
        _ => Ended::Refused(lost.why),
    }
}

#[cfg(test)]
mod tests {
    use parlor_protocol::error::Code;

    use super::*;

    #[test]
    fn a_request_that_is_refused_for_a_while_names_when_to_come_back() {
        let refused = |status, after_ms| Error::Refused {
            status,
            code: Code::Overloaded,
            message: "Busy.".into(),
            retry_after_ms: after_ms,
        };
        let Over::Lost(lost_to) = lost(&refused(503, Some(4000))) else {
            panic!("it is not for good")
        };
        let after = Backoff::default().after(lost_to.ending, 0.0);
        assert_eq!(after, Some(Duration::from_secs(4)));
        let Over::Lost(lost_to) = lost(&refused(401, None)) else {
            panic!("the back-off decides")
        };
        assert_eq!(Backoff::default().after(lost_to.ending, 0.0), None);
        assert!(matches!(gone(lost_to), Ended::NotLetIn(_)));
    }
}
