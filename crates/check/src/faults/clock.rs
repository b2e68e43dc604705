//! The wall clock jumps: an hour, a day, ten years, forwards and backwards.
//!
//! libfaketime stands between the server and the clock; the monotonic one is left alone, as a real jump leaves it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::{Fault, Plan, World, preload};

/// Where Debian's package `libfaketime` puts the one for programs with threads.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];
/// As libfaketime reads them.
const JUMPS: [&str; 7] = ["+0", "+1h", "-1h", "+1d", "-1d", "+10y", "-10y"];
/// How long a clock stays wrong.
const LASTS_MS: (u64, u64) = (300, 2000);

/// Jumps of the wall clock.
#[derive(Default)]
pub(super) struct Clock {
    server: PathBuf,
    /// That of the client processes: they are on other machines, and those have clocks of their own.
    clients: PathBuf,
}

fn set(file: &Path, offset: &str) -> Result<(), String> {
    // Renamed into place, so that nobody reads half a line.
    let new = file.with_extension("new");
    std::fs::write(&new, offset)
        .and_then(|()| std::fs::rename(&new, file))
        .map_err(|error| format!("the clock cannot be set: {error}"))
}

/// What libfaketime has to know of a process whose clock stands in a file.
fn variables(file: &Path) -> Vec<(OsString, OsString)> {
    let all = [
        ("FAKETIME_TIMESTAMP_FILE", file.as_os_str()),
        ("FAKETIME_NO_CACHE", "1".as_ref()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".as_ref()),
        ("DONT_FAKE_MONOTONIC", "1".as_ref()),
    ];
    all.map(|(name, value)| (name.into(), value.into())).into()
}

impl Fault for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn about(&self) -> &'static str {
        "jumps of the wall clock, the server's and the clients', up to ten years"
    }

    fn promises(&self) -> &'static [&'static str] {
        &["P2", "P3", "P4", "P9", "P13"]
    }

    fn prepare(&mut self, plan: &mut Plan) -> Result<(), String> {
        let library = LIBRARIES.iter().find(|path| Path::new(path).exists());
        let library =
            library.ok_or("the fault \"clock\" needs libfaketime: apt-get install libfaketime")?;
        self.server = plan.folder.join("clock");
        self.clients = plan.folder.join("clock-of-clients");
        set(&self.server, JUMPS[0])?;
        set(&self.clients, JUMPS[0])?;
        let launch = preload(plan, library)?;
        launch.env.extend(variables(&self.server));
        plan.client_env = variables(&self.clients);
        plan.client_env.push(("LD_PRELOAD".into(), library.into()));
        Ok(())
    }

    fn strike<'a>(&'a mut self, world: &'a mut World) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let jump = *world.chance.pick(&JUMPS[1..]).unwrap_or(&JUMPS[0]);
            let lasts = world.chance.between(LASTS_MS.0, LASTS_MS.1);
            let comes_back = world.chance.percent(70);
            let (file, whose) = if world.chance.percent(70) {
                (&self.server, "the server")
            } else {
                (&self.clients, "the clients")
            };
            world.note("clock", format!("{jump} for {whose}"));
            set(file, jump)?;
            sleep(Duration::from_millis(lasts)).await;
            if comes_back {
                set(file, JUMPS[0])?;
            }
            Ok(())
        }
        .boxed()
    }
}
