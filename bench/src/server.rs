//! A `parlor` process of the release binary, on a port of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{Outcome, client};

/// How long a start may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts one and waits until it is ready.
    pub(crate) fn start(binary: &Path, folder: &Path, rate_limits: bool) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(binary)
            .env("PARLOR_LISTEN", address.to_string())
            .env("PARLOR_DATA_DIR", folder)
            .env("PARLOR_RATE_LIMITS", if rate_limits { "on" } else { "off" })
            .env("PARLOR_LOG", "error")
            .stdout(Stdio::null())
            .spawn()?;
        let server = Self { child, address };
        let begun = std::time::Instant::now();
        while client::get(address, "/readyz").map(|answer| answer.status) != Ok(200) {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not get ready".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A line of the process's status, in KiB: proc_pid_status(5).
    pub(crate) fn memory(&self, field: &str) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with(field))
            .ok_or("no such field")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
