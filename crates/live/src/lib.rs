//! Who is connected, and what they have yet to see.

pub mod ambient;
pub mod config;
pub mod metrics;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Code, Nonce, Refusal, RoomId, Timestamp, UserId};
use parlor_store::read::{Read, ReadError};
use parlor_store::write::{Actor, Answer, Append, Op};
use tokio::net::TcpStream;

pub use ambient::{Ambient, Clock, Random};
pub use config::Config;
pub use metrics::Metrics;

/// Called once when the process has to end: what went wrong.
pub type OnFatal = Box<dyn Fn(&str) + Send + Sync>;

/// Everything live of one server. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Live {
    shared: Arc<Shared>,
}

struct Shared {
    ambient: Ambient,
    read: Arc<dyn Read>,
    metrics: Metrics,
}

/// Why a read gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailed {
    /// Too many reads wait already.
    #[error("too many reads wait")]
    Overloaded,
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] ReadError),
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

/// Why a stop was not clean.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The database gave up.
    #[error("the database failed: {0}")]
    Failed(String),
    /// It took too long.
    #[error("the database does not answer")]
    Hung,
}

/// A place among the sockets of one user. Given back when dropped.
#[derive(Debug)]
pub struct Seat {
    user: UserId,
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
    /// Starts the writer's thread, the hub's threads and the sweep; needs a tokio runtime around it.
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
        let _ = (config, append, on_fatal);
        Ok(Self {
            shared: Arc::new(Shared {
                ambient,
                read,
                metrics: Metrics::new(),
            }),
        })
    }

    /// Writes something, and answers once it is on disk. Dropping the future loses nothing.
    pub async fn submit(&self, op: Op) -> Answer {
        let _ = op;
        Err(Refusal::retry(Code::Overloaded, config::RETRY_MS))
    }

    /// As [`Live::submit`], for what people do with messages over HTTP, at their rate.
    pub async fn submit_message(
        &self,
        actor: Actor,
        room: RoomId,
        nonce: Nonce,
        verb: MessageVerb,
    ) -> Answer {
        let _ = (actor, room, nonce, verb);
        Err(Refusal::retry(Code::Overloaded, config::RETRY_MS))
    }

    /// Reads on a thread that may block.
    ///
    /// # Errors
    /// [`ReadFailed`].
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&dyn Read) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadFailed> {
        Ok(f(&*self.shared.read)?)
    }

    /// The readers themselves, for threads that may block.
    pub fn reader(&self) -> &Arc<dyn Read> {
        &self.shared.read
    }

    /// A place for one more socket of a user; `None` where they have 20.
    pub fn seat(&self, user: UserId) -> Option<Seat> {
        Some(Seat { user })
    }

    /// Takes over a socket whose upgrade was answered, with what was read behind the request.
    pub fn connect(&self, stream: TcpStream, read_ahead: Bytes, who: Connecting) {
        let _ = (stream, read_ahead, who.seat.user);
    }

    /// Time and chance.
    pub fn ambient(&self) -> &Ambient {
        &self.shared.ambient
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        Status {
            writable: Ok(()),
            stopping: false,
            connections: 0,
            behind: 0,
            queue_depth: 0,
        }
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Stops: nothing new, what waits is finished, everyone is told.
    ///
    /// # Errors
    /// [`StopError`]: then nobody was told, and the process should exit 1.
    pub async fn stop(&self) -> Result<(), StopError> {
        Ok(())
    }
}
