//! SIGSTOP and SIGCONT: of the server, or of a client process.
//!
//! A process that is held up is the worst kind of dead: its kernel answers for
//! it, connections are taken, bytes are acknowledged, and nothing happens.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustix::process::Signal;
use tokio::time::sleep;

use super::{Fault, World};
use crate::process::send;

/// Longer than the 12 s after which a client has to give a silent server up.
const LONG_MS: (u64, u64) = (12_500, 14_500);
/// Mostly it is short.
const SHORT_MS: (u64, u64) = (50, 1500);

/// SIGSTOP, and SIGCONT after a while.
pub(super) struct Stop;

impl Fault for Stop {
    fn name(&self) -> &'static str {
        "stop"
    }

    fn about(&self) -> &'static str {
        "SIGSTOP and SIGCONT of the server or a client"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P2", "P3", "P4", "P5", "P8"]
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let (low, high) = if world.chance.percent(5) {
                LONG_MS
            } else {
                SHORT_MS
            };
            let ms = world.chance.between(low, high);
            let fellow = world.chance.pick(&world.fellows).copied();
            let (who, id) = match fellow {
                Some(id) if world.chance.percent(40) => ("a client", id),
                _ => {
                    let id = world.server()?.id();
                    ("the server", id.ok_or("the server does not run")?)
                }
            };
            world.note("stop", format!("{who} for {ms} ms"));
            send(id, Signal::STOP)?;
            sleep(Duration::from_millis(ms)).await;
            send(id, Signal::CONT)
        }
        .boxed()
    }
}
