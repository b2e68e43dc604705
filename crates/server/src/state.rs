//! What all requests of one server share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlor_live::{Ambient, Live};
use parlor_protocol::SessionId;
use parlor_store::write::{Answer, Op};
use tokio::time::Instant;

use crate::auth::password::Passwords;
use crate::auth::session::Seen;
use crate::auth::throttle::Throttles;
use crate::auth::tickets::Tickets;
use crate::config::Config;
use crate::error::Problem;
use crate::origin::Own;
use crate::telemetry::Telemetry;

/// One server.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) local: SocketAddr,
    pub(crate) live: Live,
    pub(crate) own: Own,
    /// The random name of this life of the database; it does not change while one runs.
    pub(crate) epoch: String,
    pub(crate) passwords: Passwords,
    pub(crate) throttles: Throttles,
    pub(crate) tickets: Tickets,
    pub(crate) seen: Seen,
    pub(crate) telemetry: Telemetry,
    /// The server has an owner. Never unsaid, so once seen it is not asked for again.
    claimed: AtomicBool,
}

impl App {
    /// The state of a server that listens at `local`.
    ///
    /// # Errors
    /// The database could not be read.
    pub(crate) async fn new(
        config: Config,
        local: SocketAddr,
        live: Live,
    ) -> Result<Self, parlor_live::ReadFailed> {
        let server = live.read(|read| read.server()).await?;
        let chance = live.ambient().secret();
        Ok(Self {
            own: Own::of(config.public_url.as_ref(), local),
            epoch: server.epoch,
            passwords: Passwords::new(chance),
            throttles: Throttles::new(config.rate_limits),
            tickets: Tickets::new(config.rate_limits),
            seen: Seen::default(),
            telemetry: Telemetry::new(&live, config.backups.clone()),
            claimed: AtomicBool::new(server.claimed),
            config,
            local,
            live,
        })
    }

    /// Time and chance.
    pub(crate) fn ambient(&self) -> &Ambient {
        self.live.ambient()
    }

    /// The monotonic clock, for throttles and tickets.
    pub(crate) fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// The server has an owner.
    pub(crate) async fn claimed(&self) -> Result<bool, Problem> {
        if self.claimed.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let claimed = self.live.read(|read| Ok(read.server()?.claimed)).await?;
        self.claimed.store(claimed, Ordering::Relaxed);
        Ok(claimed)
    }

    /// Writes, and waits until it is on disk.
    pub(crate) async fn submit(&self, op: Op) -> Answer {
        self.live.submit(op).await
    }

    /// Writes in the background that a session was used: at most once at a time for each.
    pub(crate) fn note_seen(&self, session: SessionId) {
        if !self.seen.begin(session) {
            return;
        }
        let (live, seen) = (self.live.clone(), self.seen.clone());
        tokio::spawn(async move {
            // A marker that could not be written is written by the next request.
            let _ = live.submit(Op::SessionSeen(session)).await;
            seen.end(session);
        });
    }
}

/// A session's use is written this often at most.
pub(crate) const SEEN_EVERY: Duration = Duration::from_secs(3600);
