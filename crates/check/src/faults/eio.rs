//! A disk that answers EIO: to writes, after which the server goes on by itself, and to syncs, after which it must
//! not: what a failed sync left on the disk nobody knows, so the process ends and the next start looks.
//!
//! A small library before the C library makes the calls fail; it is compiled on the spot, with `cc`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::refusing::refusing;
use super::{Fault, Plan, World, preload, until_ready};

const SOURCE: &str = include_str!("eio.c");
/// How long writes fail.
const LASTS_MS: (u64, u64) = (300, 2500);
/// A probing write a second, and a loaded machine.
const RECOVERS: Duration = Duration::from_secs(10);

/// The library, before the server's own.
#[derive(Default)]
pub(super) struct Shim {
    file: PathBuf,
}

impl Shim {
    /// Compiles it and puts it before the server's libraries.
    pub(super) fn prepare(&mut self, plan: &mut Plan, fault: &str) -> Result<(), String> {
        let (source, library) = (plan.folder.join("eio.c"), plan.folder.join("eio.so"));
        self.file = plan.folder.join("eio");
        std::fs::write(&source, SOURCE).map_err(|error| error.to_string())?;
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        if !compiled.is_ok_and(|status| status.success()) {
            return Err(format!(
                "the fault {fault:?} compiles a small library and needs a C compiler, cc"
            ));
        }
        self.say("-")?;
        let file = self.file.clone();
        let launch = preload(plan, &library.to_string_lossy())?;
        launch.env.push(("PARLOR_CHECK_EIO".into(), file.into()));
        Ok(())
    }

    /// What fails from here on: see `eio.c`.
    pub(super) fn say(&self, letter: &str) -> Result<(), String> {
        std::fs::write(&self.file, letter)
            .map_err(|error| format!("the disk cannot be told to fail: {error}"))
    }
}

/// EIO.
#[derive(Default)]
pub(super) struct Eio(Shim);

impl Fault for Eio {
    fn name(&self) -> &'static str {
        "eio"
    }

    fn about(&self) -> &'static str {
        "writes and syncs that fail with EIO"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P3", "P4", "P5", "P14"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        self.0.prepare(plan, "eio")
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            if world.chance.percent(50) {
                world.note("eio", "syncs");
                self.0.say("s")?;
                let status = world.server()?.wait().await;
                self.0.say("-")?;
                let status = status?;
                world.found(
                    "a server whose sync failed ends with exit code 1",
                    status.code() == Some(1),
                    status.to_string(),
                );
                return world.restart().await;
            }
            let lasts = world.chance.between(LASTS_MS.0, LASTS_MS.1);
            world.note("eio", format!("writes for {lasts} ms"));
            self.0.say("w")?;
            sleep(Duration::from_millis(lasts)).await;
            refusing(world, &["storage_failed"]).await;
            self.0.say("-")?;
            let ended = world.server()?.ended()?;
            world.found(
                "a failed write ends no server",
                ended.is_none(),
                format!("{ended:?}"),
            );
            let took = until_ready(world, RECOVERS).await;
            world.found(
                "a server goes on by itself when the disk takes writes again",
                took.is_some(),
                format!("{took:?}"),
            );
            if let Some(took) = took {
                world.took("writing again after failed writes", took);
            }
            Ok(())
        }
        .boxed()
    }
}
