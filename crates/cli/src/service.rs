//! What a service manager is told (sd_notify(3)): ready, stopping, and that we live. Without one, nothing.

use std::time::Duration;

use parlor_live::Live;
use sd_notify::NotifyState;

/// The port is open, and people can come.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The end has begun.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells of life as often as is asked for, for ever; at once at an end where nobody asks.
/// It is told only while the database gives an answer, whatever it is.
pub(crate) async fn watchdog(live: Live) {
    let Some(within) = sd_notify::watchdog_enabled() else {
        return;
    };
    let pause = (within / 3).max(Duration::from_millis(10));
    loop {
        let answer = live.read(|read| read.commit());
        if tokio::time::timeout(pause, answer).await.is_ok() {
            tell(&[NotifyState::Watchdog]);
        }
        tokio::time::sleep(pause).await;
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
