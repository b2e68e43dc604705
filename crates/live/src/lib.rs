//! Who is connected, and what they have yet to see.
//!
//! A command's way: [`connection`] decodes it → [`submit`] queues it → [`writer`]
//! appends a batch → [`publish`] moves heads and tails → whoever asked is
//! answered → [`hub`] writes the room's new frames to every live member's socket
//! itself. Nothing is queued for a connection: one whose socket takes no more
//! keeps a cursor per room, and its own task catches up when it can.
//!
//! | module | holds |
//! |---|---|
//! | [`ambient`], [`config`], [`metrics`] | time and chance, every bound, what is counted |
//! | [`submit`], [`markers`], [`writer`] | what waits to be written, and the thread that writes it |
//! | [`publish`] | from a commit to those whom it concerns |
//! | [`hub`], [`room`], [`tail`], [`registry`] | rooms and who is in them; who is connected |
//! | [`connection`] | one socket: its state machine and its task |
//! | [`hello`], [`signals`] | from `hello` to `ready`; who is writing |
//! | [`rates`], [`reads`], [`sweep`], [`stop`] | how fast, how many reads at once, clocks, the end |
//!
//! What must never happen here: an event that anyone sees before it is on disk;
//! one numbered after a removal sent to who was removed; a queue without a bound;
//! a lock held across an await.

pub mod ambient;
pub mod config;
mod connection;
mod encode;
mod hello;
mod hub;
mod markers;
pub mod metrics;
mod publish;
mod rates;
mod reads;
mod registry;
mod room;
mod sabotage;
mod signals;
mod stop;
mod submit;
mod sweep;
mod tail;
mod writer;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use parlor_protocol::command::MessageVerb;
use parlor_protocol::frame::CloseCode;
use parlor_protocol::{Code, Command, Nonce, Refusal, RoomId, Timestamp, UserId};
use parlor_store::read::{Read, ReadError};
use parlor_store::write::{Actor, Answer, Append, Op};
use parlor_websocket::tcp;
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

pub use ambient::{Ambient, Clock, Random};
pub use config::Config;
pub use metrics::Metrics;
pub use reads::ReadFailed;
pub use registry::Seat;
pub use stop::StopError;

use connection::{Closing, Connection, Way};
use hub::Hub;
use rates::{Rates, Verdict};
use reads::Reads;
use registry::Registry;
use submit::{Queue, Reply};
use writer::Ending;

/// Called once when the process has to end: what went wrong.
pub type OnFatal = Box<dyn Fn(&str) + Send + Sync>;

/// Everything live of one server. Cheap to clone; all clones are one. When the
/// last is dropped without a stop, everything is left as by a crash.
#[derive(Clone)]
pub struct Live {
    handle: Arc<Handle>,
}

/// What ends the threads when nobody holds it any more.
struct Handle {
    shared: Arc<Shared>,
}

/// What all parts share.
pub(crate) struct Shared {
    config: Config,
    ambient: Ambient,
    metrics: Arc<Metrics>,
    queue: Queue,
    hub: Hub,
    registry: Arc<Registry>,
    rates: Rates,
    /// Reads for whoever calls.
    caller_reads: Reads,
    /// Reads for connections, one each at most.
    connection_reads: Reads,
    /// The newest commit of which everything is published.
    published: watch::Sender<u64>,
    ending: watch::Sender<Ending>,
    on_fatal: OnFatal,
    failed: AtomicBool,
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether writes go through, and if not, why.
    pub writable: Result<(), Code>,
    /// A stop has begun.
    pub stopping: bool,
    /// Connections there are.
    pub connections: u64,
    /// Those of them whose socket takes nothing now.
    pub behind: u64,
    /// Writes that wait.
    pub queue_depth: u64,
}

/// Whose connection it is.
#[derive(Debug)]
pub struct Connecting {
    /// Its seat.
    pub seat: Seat,
    /// The account and the session that was let in.
    pub actor: Actor,
    /// When the session ends whatever happens.
    pub session_expires: Option<Timestamp>,
    /// Where it comes from.
    pub address: IpAddr,
}

impl Live {
    /// Starts the writer's thread, the hub's threads and the sweep; needs a tokio
    /// runtime around it.
    ///
    /// `on_fatal` is called once, when the database cannot go on or a thread of
    /// ours panicked: whoever waits for an answer then gets none, and the process should exit 1.
    ///
    /// # Errors
    /// A thread could not be started, or the newest commit could not be read.
    pub fn start(
        config: Config,
        ambient: Ambient,
        append: Box<dyn Append>,
        read: Arc<dyn Read>,
        on_fatal: OnFatal,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(config, ambient, read, on_fatal)?);
        let live = Self {
            handle: Arc::new(Handle {
                shared: Arc::clone(&shared),
            }),
        };
        for n in 0..shared.hub.threads() {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("hub-{n}"))
                .spawn(move || Hub::run(&shared, n))?;
        }
        tokio::spawn(sweep::run(Arc::downgrade(&shared)));
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer::run(&shared, append))?;
        Ok(live)
    }

    /// Writes something, and answers once it is on disk (or refused). Dropping the future loses nothing.
    ///
    /// # Errors
    /// The refusal; `overloaded`, `storage_full` and `storage_failed` with a time.
    pub async fn submit(&self, op: Op) -> Answer {
        let shared = &self.handle.shared;
        let (sender, receiver) = oneshot::channel();
        let at = shared.ambient.now();
        shared.queue.push(at, op, Reply::Future(sender))?;
        match receiver.await {
            Ok(answer) => answer,
            // The process is about to end, and nobody is told anything.
            Err(_) => std::future::pending().await,
        }
    }

    /// As [`Live::submit`], for what people do with messages over HTTP, at their rate.
    ///
    /// # Errors
    /// As [`Live::submit_command`].
    pub async fn submit_message(
        &self,
        actor: Actor,
        room: RoomId,
        nonce: Nonce,
        verb: MessageVerb,
    ) -> Answer {
        let command = Command::Message { room, nonce, verb };
        let answer = self.submit_command(actor, command).await;
        if answer.is_ok() {
            self.handle.shared.metrics.posted.add("http", 1);
        }
        answer
    }

    /// As [`Live::submit`], for what people do in rooms over HTTP: joining and leaving a room
    /// fills its log as writing in it does, so all of it is at the same rate.
    ///
    /// # Errors
    /// As [`Live::submit`], and `rate_limited` with a time.
    pub async fn submit_command(&self, actor: Actor, command: Command) -> Answer {
        let shared = &self.handle.shared;
        if shared.config.rate_limits
            && let Verdict::Refuse(wait) =
                shared.rates.over_http(actor.user, &command, Instant::now())
        {
            shared.metrics.rate_limited.add("message", 1);
            let wait = wait.as_millis() as u64 + 1;
            return Err(Refusal::retry(Code::RateLimited, wait));
        }
        self.submit(Op::Command(actor, command)).await
    }

    /// Reads on a thread that may block.
    ///
    /// # Errors
    /// [`ReadFailed`].
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&dyn Read) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadFailed> {
        self.handle.shared.caller_reads.run_bounded(f).await
    }

    /// The readers themselves, for threads that may block.
    pub fn reader(&self) -> &Arc<dyn Read> {
        self.handle.shared.caller_reads.reader()
    }

    /// A place for one more socket of a user; `None` where they have 20.
    pub fn seat(&self, user: UserId) -> Option<Seat> {
        let shared = &self.handle.shared;
        let seat = Seat::take(&shared.registry, user, shared.config.rate_limits);
        if seat.is_none() {
            shared.metrics.rate_limited.add("sockets", 1);
        }
        seat
    }

    /// Takes over a socket whose upgrade was answered, with what was read behind
    /// the request, and owns it to its end. To be called within a tokio runtime, whose
    /// sockets are those of `stream`.
    pub fn connect(&self, stream: TcpStream, read_ahead: Bytes, who: Connecting) {
        let shared = &self.handle.shared;
        if let Err(error) = tcp::tune(&stream, tcp::UNSENT_BYTES) {
            tracing::debug!(%error, address = %who.address, "a socket was not tuned");
        }
        let (read, write) = stream.into_split();
        let connection = Arc::new(Connection::new(
            who.actor,
            who.session_expires,
            Way::Socket(write),
            Arc::clone(&shared.metrics),
            Instant::now(),
        ));
        shared.metrics.connections.up();
        shared.registry.add(Arc::clone(&connection));
        if !shared.queue.is_open() {
            connection.close(Closing::now(CloseCode::Restarting));
        }
        let shared = Arc::clone(shared);
        tokio::spawn(connection::task::run(
            shared, connection, read, read_ahead, who.seat,
        ));
    }

    /// Time and chance.
    pub fn ambient(&self) -> &Ambient {
        &self.handle.shared.ambient
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        let shared = &self.handle.shared;
        Status {
            writable: shared.queue.failing().map_or(Ok(()), Err),
            stopping: !shared.queue.is_open(),
            connections: shared.metrics.connections.get(),
            behind: shared.metrics.behind.get(),
            queue_depth: shared.queue.depth() as u64,
        }
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.handle.shared.metrics
    }

    /// Stops: new commands are refused `overloaded` with a time; what waits is
    /// written, markers too, and answered; then everyone gets `bye` with a time
    /// of their own and 1012, and the database is closed. At most 10 s.
    ///
    /// # Errors
    /// [`StopError`]: then nobody was told, and the process should exit 1.
    pub async fn stop(&self) -> Result<(), StopError> {
        stop::stop(&self.handle.shared).await
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queue.abandon();
        self.shared.hub.stop();
    }
}

impl Shared {
    /// Everything, without a thread or a task.
    fn new(
        config: Config,
        ambient: Ambient,
        read: Arc<dyn Read>,
        on_fatal: OnFatal,
    ) -> std::io::Result<Self> {
        let commit = read.commit().map_err(std::io::Error::other)?;
        Ok(Self {
            queue: Queue::new(config.marker_wait),
            hub: Hub::new(config.hub_threads),
            caller_reads: Reads::new(Arc::clone(&read), config.read_threads),
            connection_reads: Reads::new(read, config.read_threads),
            config,
            ambient,
            metrics: Arc::new(Metrics::new()),
            registry: Arc::new(Registry::default()),
            rates: Rates::default(),
            published: watch::Sender::new(commit),
            ending: watch::Sender::new(Ending::Running),
            on_fatal,
            failed: AtomicBool::new(false),
        })
    }

    /// Waits until everything up to a commit that was read is published. The writer is at
    /// most a moment behind, for it publishes right after committing.
    async fn wait_published(&self, commit: u64) {
        let mut published = self.published.subscribe();
        // An error means that the sender, which we hold, is gone.
        let _ = published.wait_for(|published| *published >= commit).await;
    }

    /// Ends the process, as far as that is ours to do: nothing is answered any more.
    fn fatal(&self, error: &str) {
        self.queue.abandon();
        if !self.failed.swap(true, Ordering::AcqRel) {
            (self.on_fatal)(error);
        }
    }
}

/// Locks a mutex; a panic while it was held ends the process by another way, where it must.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
