//! How a server ends: nothing new is taken, what waits is written and answered,
//! everyone is told when to come back, and the database is closed.

use std::time::Duration;

use parlor_protocol::frame::CloseCode;
use tokio::time::{Instant, timeout_at};

use crate::Shared;
use crate::config::RETURNS_PER_SECOND;
use crate::connection::Closing;
use crate::writer::Ending;

/// The shortest advice when to come back: a start takes no longer.
const BACK_AFTER_MS: u64 = 500;
/// How long the hub may take to write what was committed last.
const HUB_WAIT: Duration = Duration::from_secs(1);
/// How often it is looked whether everyone is gone.
const LOOK: Duration = Duration::from_millis(5);

/// Why a stop was not clean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    /// The database gave up. Nobody was told.
    #[error("the database failed: {0}")]
    Failed(String),
    /// The database does not answer. Nobody was told.
    #[error("the database does not answer")]
    Hung,
}

/// See [`Live::stop`](crate::Live::stop).
pub(crate) async fn stop(shared: &Shared) -> Result<(), StopError> {
    let until = Instant::now() + shared.config.stop_wait;
    shared.queue.stop();
    wait_for(shared, until, |ending| *ending != Ending::Running).await?;
    wait_while(Instant::now() + HUB_WAIT, || !shared.hub.is_idle()).await;
    say_goodbye(shared);
    let gone = || shared.metrics.connections.get() > 0;
    let leave = shared.config.bye_wait + shared.config.linger + HUB_WAIT;
    wait_while(until.min(Instant::now() + leave), gone).await;
    shared.hub.stop();
    wait_for(shared, until, |ending| *ending == Ending::Closed).await
}

fn say_goodbye(shared: &Shared) {
    let connections = shared.registry.all();
    let spread = 1000 + connections.len() as u64 * 1000 / RETURNS_PER_SECOND;
    for connection in connections {
        connection.close(Closing {
            code: CloseCode::Restarting,
            after_ms: Some(BACK_AFTER_MS + shared.ambient.below(spread)),
        });
    }
}

async fn wait_for(
    shared: &Shared,
    until: Instant,
    reached: impl Fn(&Ending) -> bool,
) -> Result<(), StopError> {
    let mut ending = shared.ending.subscribe();
    let failed = |ending: &Ending| matches!(ending, Ending::Failed(_));
    let wait = ending.wait_for(|ending| reached(ending) || failed(ending));
    match timeout_at(until, wait).await {
        Ok(Ok(ending)) => match &*ending {
            Ending::Failed(error) => Err(StopError::Failed(error.clone())),
            _ => Ok(()),
        },
        Ok(Err(_)) | Err(_) => Err(StopError::Hung),
    }
}

async fn wait_while(until: Instant, busy: impl Fn() -> bool) {
    while busy() && Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}
