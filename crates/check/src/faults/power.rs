//! A power cut: the disk keeps what was synced, and forgets the rest.
//!
//! Half of them come right behind a `kill -9`, a start and a read: what a start found in the page
//! cache and has shown to somebody has to be on the disk by then.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{Fault, Plan, World, data_on};
use crate::power_disk::PowerDisk;

/// How long an ack is waited for at most, to cut right behind it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A power cut.
#[derive(Default)]
pub(super) struct Power {
    disk: Option<PowerDisk>,
}

impl Fault for Power {
    fn name(&self) -> &'static str {
        "power"
    }

    fn about(&self) -> &'static str {
        "a power cut, also right after a kill, a start and a read"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P2", "P3", "P4"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let disk = PowerDisk::make(&plan.folder).map_err(|error| {
            format!("no disk whose power can be cut (only root has one): {error}")
        })?;
        data_on(plan, disk.path())?;
        self.disk = Some(disk);
        Ok(())
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let disk = self.disk.as_ref().ok_or("there is no disk to cut")?;
            let behind_a_kill = world.chance.percent(50);
            let wait = world.chance.below(300);
            if world.chance.percent(50) {
                let _ = timeout(PATIENCE, world.recorder.next_ack()).await;
            } else {
                sleep(Duration::from_millis(wait)).await;
            }
            if behind_a_kill {
                world.server()?.kill().await?;
                world.restart().await?;
                // The first who come back read what the start found.
                let read = world.chance.below(100);
                sleep(Duration::from_millis(read)).await;
            }
            let server = world.server()?.id().ok_or("the server does not run")?;
            disk.cut_from(server).await?;
            let how = if behind_a_kill {
                "behind a kill and a start"
            } else {
                ""
            };
            world.note("power", how);
            // It may have ended by itself: its disk is gone.
            let _ = world.server()?.signal(Signal::KILL);
            world.server()?.wait().await?;
            disk.restore().await?;
            world.restart().await
        }
        .boxed()
    }

    fn clean_up(&mut self) {
        self.disk = None;
    }
}
