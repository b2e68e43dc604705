//! `kill -9` of the server, and a start over what it left.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{Fault, World};

/// How long an ack is waited for at most, to kill right behind it.
const PATIENCE: Duration = Duration::from_secs(2);

/// `kill -9`.
pub(super) struct Kill;

impl Fault for Kill {
    fn name(&self) -> &'static str {
        "kill"
    }

    fn about(&self) -> &'static str {
        "kill -9 of the server"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P2", "P3", "P4", "P5", "P11"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            // Half of them the moment somebody was told that something is done: a server
            // that says so before it is true has not had the time to make it true.
            let behind_an_ack = world.chance.percent(50);
            let wait = world.chance.below(300);
            if behind_an_ack {
                let _ = timeout(PATIENCE, world.recorder.next_ack()).await;
            } else {
                sleep(Duration::from_millis(wait)).await;
            }
            world.server()?.signal(Signal::KILL)?;
            world.note("kill", if behind_an_ack { "behind an ack" } else { "" });
            world.server()?.wait().await?;
            // Now and then the server stays away for a while.
            let away = world.chance.below(200);
            if world.chance.percent(25) {
                sleep(Duration::from_millis(away)).await;
            }
            world.restart().await
        }
        .boxed()
    }
}
