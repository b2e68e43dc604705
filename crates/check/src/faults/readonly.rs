//! A file system that becomes read-only under the server's hands.
//!
//! Half of the time it is a real one: ext4, mounted with `errors=remount-ro`, meets an error. No
//! one can remount a file system while files of it are open for writing, so that is how it
//! happens to a server; and what an error has made read-only stays so until it is mounted anew.
//! The other half is the same for a while only, by the library of `eio`: writes are answered
//! EROFS, and then not any more; from that a server recovers by itself.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rustix::process::Signal;
use tokio::time::sleep;

use super::eio::Shim;
use super::refusing::refusing;
use super::{Fault, Plan, World, data_on, until_ready};
use crate::power_disk::PowerDisk;

/// How long nothing can be written.
const LASTS_MS: (u64, u64) = (300, 2500);
/// A probing write a second, and a loaded machine.
const RECOVERS: Duration = Duration::from_secs(10);

/// A read-only file system.
#[derive(Default)]
pub(super) struct ReadOnly {
    disk: Option<PowerDisk>,
    shim: Shim,
}

impl ReadOnly {
    async fn for_a_while(&self, world: &mut World, lasts: Duration) -> Result<(), String> {
        world.note("readonly", format!("EROFS for {} ms", lasts.as_millis()));
        self.shim.say("r")?;
        sleep(lasts).await;
        refusing(world, &["storage_failed"]).await;
        self.shim.say("-")?;
        let ended = world.server()?.ended()?;
        world.found(
            "a disk that takes no writes ends no server",
            ended.is_none(),
            format!("{ended:?}"),
        );
        let took = until_ready(world, RECOVERS).await;
        world.found(
            "a server goes on by itself when the disk can be written again",
            took.is_some(),
            format!("{took:?}"),
        );
        if let Some(took) = took {
            world.took("writing again after a read-only disk", took);
        }
        Ok(())
    }

    async fn for_good(&self, world: &mut World, lasts: Duration) -> Result<(), String> {
        let disk = self.disk.as_ref().ok_or("there is no disk")?;
        world.note("readonly", "the file system");
        let server = world.server()?.id().ok_or("the server does not run")?;
        disk.go_read_only_from(server).await?;
        sleep(lasts).await;
        match world.server()?.ended()? {
            None => {
                refusing(world, &["storage_failed"]).await;
                world.server()?.signal(Signal::KILL)?;
                world.server()?.wait().await?;
            }
            // A sync was under way: that it failed is no reason to go on.
            Some(status) => world.found(
                "a server whose sync failed ends with exit code 1",
                status.code() == Some(1),
                status.to_string(),
            ),
        }
        disk.restore().await?;
        world.restart().await
    }
}

impl Fault for ReadOnly {
    fn name(&self) -> &'static str {
        "readonly"
    }

    fn about(&self) -> &'static str {
        "a file system that becomes read-only"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P3", "P4", "P5", "P14"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let disk = PowerDisk::make(&plan.folder).map_err(|error| {
            format!("no file system that can become read-only (only root has one): {error}")
        })?;
        data_on(plan, disk.path())?;
        self.disk = Some(disk);
        self.shim.prepare(plan, "readonly")
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let lasts = world.chance.between(LASTS_MS.0, LASTS_MS.1);
            let lasts = Duration::from_millis(lasts);
            if world.chance.percent(50) {
                self.for_good(world, lasts).await
            } else {
                self.for_a_while(world, lasts).await
            }
        }
        .boxed()
    }

    fn clean_up(&mut self) {
        self.disk = None;
    }
}
