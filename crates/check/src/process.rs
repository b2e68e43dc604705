//! The server as a process of its own: started, killed, stopped, held up.
//!
//! It is the same binary that runs the check, with `serve`. It gets no setting
//! of the surroundings but `PARLOR_SABOTAGE`, which builds for release do not know.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::http;

/// A start takes milliseconds; on a machine that is loaded by others, seconds.
const START: Duration = Duration::from_secs(60);
/// The contract gives a stop 10 s; what is waited for besides is for a loaded machine.
pub const STOP: Duration = Duration::from_secs(30);
/// How often a server that starts is asked whether it serves.
const LOOK: Duration = Duration::from_millis(5);

/// How the server is started. Faults change it before the first start.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The binary.
    pub program: PathBuf,
    /// What stands before it on the command line, such as a wrapper that changes its clock.
    pub wrapper: Vec<OsString>,
    /// Its environment, besides what every process needs.
    pub env: Vec<(OsString, OsString)>,
    /// Its data folder.
    pub data: PathBuf,
    /// Where it listens. Every start has the same port.
    pub listen: SocketAddr,
    /// A folder for its log, `server.log`.
    pub folder: PathBuf,
}

impl Launch {
    /// A server with its data and its log in a folder, on a free port of loopback.
    ///
    /// # Errors
    /// Where no port is free.
    pub fn new(program: PathBuf, folder: &Path) -> std::io::Result<Self> {
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self {
            program,
            wrapper: Vec::new(),
            env: vec![("PARLOR_RATE_LIMITS".into(), "off".into())],
            data: folder.join("data"),
            listen,
            folder: folder.to_owned(),
        })
    }

    /// The program with these arguments, its data folder and nothing of the surroundings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut words = self.wrapper.clone();
        words.push(self.program.clone().into());
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("PARLOR_") && !shown.starts_with("PARLOR_SABOTAGE") {
                command.env_remove(&name);
            }
        }
        command
            .args(words)
            .args(args)
            .env("PARLOR_LOG", "warn")
            .env("PARLOR_DATA_DIR", &self.data)
            .env("PARLOR_LISTEN", self.listen.to_string())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command of the program's to its end, with something on its standard input.
    ///
    /// # Errors
    /// What it said on standard error, where it failed.
    pub async fn run(&self, args: &[&str], input: &str) -> Result<String, String> {
        use tokio::io::AsyncWriteExt as _;
        let named = || format!("parlor {}", args.join(" "));
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", named()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends without reading closes its end.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child
            .wait_with_output()
            .await
            .map_err(|error| format!("{} cannot be waited for: {error}", named()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", named(), said.trim()))
    }
}

/// A server that is started, or was.
pub struct Process {
    /// How.
    pub launch: Launch,
    child: Option<Child>,
}

impl Process {
    /// One that is not started yet.
    pub const fn new(launch: Launch) -> Self {
        Self {
            launch,
            child: None,
        }
    }

    /// Starts it and waits until it serves; how long that took.
    ///
    /// # Errors
    /// Where it ends at once, or does not serve within a minute.
    pub async fn start(&mut self) -> Result<Duration, String> {
        let log = self.log().map_err(|error| format!("no log: {error}"))?;
        let began = Instant::now();
        let child = self
            .launch
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the server cannot be started: {error}"))?;
        self.child = Some(child);
        let listen = self.launch.listen;
        let host = listen.to_string();
        loop {
            if let Some(status) = self.ended()? {
                let log = self.launch.folder.join("server.log");
                let said = std::fs::read_to_string(log).unwrap_or_default();
                let last = said.lines().last().unwrap_or_default().to_owned();
                return Err(format!(
                    "the server ended instead of serving ({status}): {last}"
                ));
            }
            let ready = http::ask(listen, &host, None, "GET /readyz", None);
            if matches!(timeout(Duration::from_secs(5), ready).await, Ok(Ok(answer)) if answer.status == 200)
            {
                return Ok(began.elapsed());
            }
            if began.elapsed() > START {
                return Err(format!(
                    "the server does not serve after {} s",
                    START.as_secs()
                ));
            }
            sleep(LOOK).await;
        }
    }

    fn log(&self) -> std::io::Result<File> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.launch.folder.join("server.log"))
    }

    /// How it ended, where it has.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, String> {
        match &mut self.child {
            None => Ok(None),
            Some(child) => child
                .try_wait()
                .map_err(|error| format!("the server cannot be looked at: {error}")),
        }
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Sends it a signal, at once.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn signal(&self, signal: Signal) -> Result<(), String> {
        let id = self.id().ok_or("the server does not run")?;
        send(id, signal)
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Errors
    /// Where it does not run.
    pub async fn kill(&mut self) -> Result<(), String> {
        self.signal(Signal::KILL)?;
        self.wait().await.map(drop)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where it does not end in time.
    pub async fn wait(&mut self) -> Result<ExitStatus, String> {
        let Some(child) = &mut self.child else {
            return Err("the server does not run".into());
        };
        let status = timeout(STOP, child.wait())
            .await
            .map_err(|_| format!("the server has not ended after {} s", STOP.as_secs()))?
            .map_err(|error| format!("the server cannot be waited for: {error}"))?;
        self.child = None;
        Ok(status)
    }

    /// SIGTERM, and waits for the end; how long it took, and with which status.
    ///
    /// # Errors
    /// Where it does not run, or does not end in time.
    pub async fn terminate(&mut self) -> Result<(ExitStatus, Duration), String> {
        let began = Instant::now();
        self.signal(Signal::TERM)?;
        let status = self.wait().await?;
        Ok((status, began.elapsed()))
    }
}

/// Sends a signal to a process that this program started.
///
/// # Errors
/// Where there is no such process.
pub fn send(id: u32, signal: Signal) -> Result<(), String> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or("no process")?;
    kill_process(pid, signal).map_err(|error| format!("process {id} takes no signal: {error}"))
}
