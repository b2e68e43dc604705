//! A disk that is full: the data folder on a small file system in memory, filled up under load and emptied again.
//!
//! It needs root, for the mount.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::refusing::refusing;
use super::{Fault, Plan, World, data_on, until_ready};

/// Room for a run's database, and quick to fill.
const SIZE: &str = "size=256m,mode=0700";
/// How long the disk stays full, at least: the server notices at the next write that needs a new page.
const LASTS_MS: (u64, u64) = (1500, 4000);
/// A probing write a second, and a loaded machine.
const RECOVERS: Duration = Duration::from_secs(10);

/// A full disk.
#[derive(Default)]
pub(super) struct Full {
    mount: Option<PathBuf>,
}

impl Full {
    /// Fills the file system to the last byte.
    fn fill(mount: &std::path::Path) -> std::io::Result<PathBuf> {
        let path = mount.join("ballast");
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        for size in [1 << 20, 1 << 12, 1] {
            let chunk = vec![0; size];
            loop {
                match File::write(&mut file, &chunk) {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(path)
    }
}

impl Fault for Full {
    fn name(&self) -> &'static str {
        "full"
    }

    fn about(&self) -> &'static str {
        "a full disk"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P1", "P3", "P4", "P5", "P14"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let mount = plan.folder.join("small-disk");
        std::fs::create_dir_all(&mount).map_err(|error| error.to_string())?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "parlor-check"])
            .arg(&mount)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(
                "the fault \"full\" mounts a small file system, which only root may".into(),
            );
        }
        // From here on it is unmounted in the end, whatever comes.
        let mount = self.mount.insert(mount);
        data_on(plan, mount)
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let mount = self.mount.as_ref().ok_or("nothing is mounted")?;
            let lasts = world.chance.between(LASTS_MS.0, LASTS_MS.1);
            world.note("full", format!("for {lasts} ms"));
            let ballast =
                Self::fill(mount).map_err(|error| format!("the disk cannot be filled: {error}"))?;
            sleep(Duration::from_millis(lasts)).await;
            // What the log has given free may be written still.
            refusing(world, &["storage_full", "done"]).await;
            std::fs::remove_file(ballast).map_err(|error| error.to_string())?;
            let ended = world.server()?.ended()?;
            world.found(
                "a full disk ends no server",
                ended.is_none(),
                format!("{ended:?}"),
            );
            let took = until_ready(world, RECOVERS).await;
            world.found(
                "a server goes on by itself when there is room again",
                took.is_some(),
                format!("{took:?}"),
            );
            if let Some(took) = took {
                world.took("writing again after a full disk", took);
            }
            Ok(())
        }
        .boxed()
    }

    fn clean_up(&mut self) {
        if let Some(mount) = self.mount.take() {
            let _ = Command::new("umount").arg("--lazy").arg(mount).status();
        }
    }
}
