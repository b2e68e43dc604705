//! What a program holds: a handle to say things, and the updates.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use parlor_protocol::error::Code;
use parlor_protocol::{MessageText, Nonce, RoomId, Seq};
use tokio::sync::{mpsc, oneshot};

use crate::address::Address;
use crate::ambient::Ambient;
use crate::error::Error;
use crate::kept::{Handled, Keeper, Note};
use crate::logs::Start;
use crate::outbox::{NotTaken, Outcome, Said, Target};
use crate::update::{Ended, Update};
use crate::worker::Worker;

/// Commands on their way to the outbox. Whoever gives more waits a moment.
const COMMANDS: usize = 64;
/// Updates that the program has not taken yet. At that many, the socket is read no further.
const UPDATES: usize = 256;

/// How the server knows me.
#[derive(Clone)]
pub enum Credentials {
    /// A token: of `parlor token create`, or of a session.
    Token(String),
    /// Signs in when it first connects.
    Password {
        /// The account.
        username: String,
        /// Its password.
        password: String,
    },
    /// Good for one socket: the client ends with its first connection, and where it
    /// would have to read over HTTP.
    Ticket(String),
}

/// What a client is started with.
#[derive(Clone)]
pub struct Options {
    /// Where the server is.
    pub address: Address,
    /// How it knows me.
    pub credentials: Credentials,
    /// Where a room begins that nothing is known of.
    pub start: Start,
    /// The file in which cursors and outbox are kept; `None`: in memory. One client a file. It is
    /// written whole and put in place of the old one, synced, for each command, on the thread that
    /// runs the client: with what waits, [`WAITING_BYTES`](crate::outbox::WAITING_BYTES) at most, and
    /// a few dozen bytes a room.
    pub state: Option<PathBuf>,
    /// Time and chance.
    pub ambient: Ambient,
}

impl Options {
    /// From what is said after the start, with the state in memory.
    pub fn new(address: Address, credentials: Credentials, ambient: Ambient) -> Self {
        Self {
            address,
            credentials,
            start: Start::Head,
            state: None,
            ambient,
        }
    }

    /// The same, with the state in a file: see [`Options::state`].
    #[must_use]
    pub fn kept_in(self, file: impl Into<PathBuf>) -> Self {
        Self {
            state: Some(file.into()),
            ..self
        }
    }
}

/// A handle to a client. All clones are one.
#[derive(Clone)]
pub struct Client {
    orders: mpsc::Sender<Order>,
    ambient: Ambient,
}

/// What a handle asks of the worker.
pub(crate) enum Order {
    Say {
        room: RoomId,
        nonce: Nonce,
        said: Said,
        taken: oneshot::Sender<Result<(), NotTaken>>,
        outcome: oneshot::Sender<Outcome>,
    },
    Read(RoomId, Seq),
    Typing(RoomId),
    Stop,
}

/// Why nothing was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSaid {
    /// No server would take this text.
    #[error("{}", .0.message())]
    Text(Code),
    /// The outbox does not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The client has ended.
    #[error("the client has ended")]
    Ended,
}

/// A command that is in the outbox.
#[derive(Debug)]
pub struct Pending {
    /// Its nonce: what names the message until its seq is known.
    pub nonce: Nonce,
    outcome: oneshot::Receiver<Outcome>,
}

impl Pending {
    /// Waits for how it ends; `None` where the client ended before. With a state file it is
    /// sent when the next one starts.
    ///
    /// Take the updates meanwhile, from another task, or hear of it as [`Update::Settled`] among
    /// them: where too many wait, no more is read from the server, its answer included.
    pub async fn outcome(self) -> Option<Outcome> {
        self.outcome.await.ok()
    }
}

impl Client {
    /// Starts a client in the current tokio runtime. It runs until its updates are
    /// dropped, it is stopped, or the server does not let it in any more.
    ///
    /// # Errors
    /// [`Error::State`] where the file cannot be read.
    pub fn start(options: Options) -> Result<(Self, Updates), Error> {
        let (keeper, handled, outbox) = Keeper::open(options.state.clone())?;
        let (orders, taken) = mpsc::channel(COMMANDS);
        let (updates, inbox) = mpsc::channel(UPDATES);
        let shared = Arc::new(Mutex::new(handled));
        let (ambient, start) = (options.ambient.clone(), options.start);
        let worker = Worker::new(options, keeper, outbox, Arc::clone(&shared), taken, updates);
        let task = tokio::spawn(worker.run());
        let updates = Updates {
            inbox,
            shared,
            note: Note::Nothing,
            start,
            task: Some(task),
        };
        Ok((Self { orders, ambient }, updates))
    }

    /// Writes a message.
    ///
    /// # Errors
    /// [`NotSaid`]; once this returns, the message is in the outbox, and kept.
    pub async fn post(&self, room: RoomId, text: impl Into<String>) -> Result<Pending, NotSaid> {
        self.reply(room, None, text).await
    }

    /// Writes a message that answers another.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn reply(
        &self,
        room: RoomId,
        reply_to: Option<Seq>,
        text: impl Into<String>,
    ) -> Result<Pending, NotSaid> {
        let text = judged(text)?;
        self.say(room, Said::Post { text, reply_to }).await
    }

    /// Changes what a message says.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn edit(
        &self,
        room: RoomId,
        target: Target,
        text: impl Into<String>,
    ) -> Result<Pending, NotSaid> {
        let text = judged(text)?;
        self.say(room, Said::Edit { target, text }).await
    }

    /// Anything else, such as a deletion or a reaction.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn say(&self, room: RoomId, said: Said) -> Result<Pending, NotSaid> {
        self.say_as(room, self.ambient.nonce(), said).await
    }

    /// As [`Client::say`], under a nonce of the program's own: one that was used
    /// before gives the first answer again.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn say_as(&self, room: RoomId, nonce: Nonce, said: Said) -> Result<Pending, NotSaid> {
        let (taken, is_taken) = oneshot::channel();
        let (settled, outcome) = oneshot::channel();
        let order = Order::Say {
            room,
            nonce: nonce.clone(),
            said,
            taken,
            outcome: settled,
        };
        self.order(order).await?;
        is_taken.await.map_err(|_| NotSaid::Ended)??;
        Ok(Pending { nonce, outcome })
    }

    /// Moves my marker. The server hears of it every 2 s at most, and forgets it with this process.
    ///
    /// # Errors
    /// [`NotSaid::Ended`].
    pub async fn read(&self, room: RoomId, seq: Seq) -> Result<(), NotSaid> {
        self.order(Order::Read(room, seq)).await
    }

    /// Says that I am writing, as far as a connection is up. Every 3 s at most.
    ///
    /// # Errors
    /// [`NotSaid::Ended`].
    pub async fn typing(&self, room: RoomId) -> Result<(), NotSaid> {
        self.order(Order::Typing(room)).await
    }

    /// Ends the client. What waits stays in its file.
    pub async fn stop(&self) {
        let _ = self.orders.send(Order::Stop).await;
    }

    async fn order(&self, order: Order) -> Result<(), NotSaid> {
        self.orders.send(order).await.map_err(|_| NotSaid::Ended)
    }
}

/// CR LF becomes LF, and what no server takes is refused here.
fn judged(text: impl Into<String>) -> Result<String, NotSaid> {
    let text = text.into().replace("\r\n", "\n");
    MessageText::parse(text.clone()).map_err(NotSaid::Text)?;
    Ok(text)
}

/// All that happens, in order. Dropping it ends the client.
#[derive(Debug)]
pub struct Updates {
    inbox: mpsc::Receiver<Update>,
    shared: Arc<Mutex<Handled>>,
    note: Note,
    start: Start,
    task: Option<tokio::task::JoinHandle<Ended>>,
}

impl Updates {
    /// The next update; `None` once the client has ended. Asking for it says that the
    /// program is done with the one before: only then is an event behind the cursor
    /// that the state file keeps. Cancel-safe.
    pub async fn next(&mut self) -> Option<Update> {
        self.done();
        let update = self.inbox.recv().await?;
        self.note = Note::of(&update, self.start);
        Some(update)
    }

    /// Why the client ended; waits for it.
    pub async fn ended(&mut self) -> Ended {
        self.done();
        self.inbox.close();
        match self.task.take() {
            Some(task) => task.await.unwrap_or(Ended::Stopped),
            None => Ended::Stopped,
        }
    }

    fn done(&mut self) {
        let note = std::mem::replace(&mut self.note, Note::Nothing);
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .note(note);
    }
}
