//! Waiting for what has to come, without guessing how long it takes.

use std::future::Future;
use std::time::Duration;

/// What has not come by then never comes: long, for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that has to happen.
///
/// # Panics
/// Where it does not within [`PATIENCE`].
pub async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happens).await {
        Ok(it) => it,
        Err(_) => panic!("never came: {what}"),
    }
}

/// Asks again and again until the answer is one.
///
/// # Panics
/// Where it is none within [`PATIENCE`].
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(it) = ask().await {
                return it;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}
