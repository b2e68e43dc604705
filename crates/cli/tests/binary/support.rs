//! A folder with the program run in it, and what a run said.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};

use parlor_testkit::folder::temporary;
use parlor_testkit::until::soon;
use parlor_testkit::{Http, Person};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A place to run the program in; its data is in `data`.
pub(crate) struct Home {
    folder: TempDir,
}

/// A server that runs.
pub(crate) struct Serving {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    pub(crate) address: SocketAddr,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: temporary(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("parlor.db")
    }

    /// The program with arguments, and no settings but these.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        for (name, _) in std::env::vars().filter(|(name, _)| is_setting(name)) {
            command.env_remove(name);
        }
        command
            .args(args)
            .current_dir(self.path())
            .env("PARLOR_LOG", "error");
        command.kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        self.run_with(self.command(args), "").await
    }

    /// Runs a command of the program's to its end, with something on its standard input.
    pub(crate) async fn run_with(&self, mut command: Command, input: &str) -> Output {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("a standard input");
        // A program that ends without reading it closes its end.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        soon("the program's end", child.wait_with_output())
            .await
            .expect("an output")
    }

    /// Runs a command that has to succeed; what it printed, less the final newline.
    pub(crate) async fn say(&self, args: &[&str], input: &str) -> String {
        let output = self.run_with(self.command(args), input).await;
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        said.trim_end_matches('\n').to_owned()
    }

    /// Runs a command that has to fail with one sentence and exit code 1; the sentence.
    pub(crate) async fn fail(&self, args: &[&str]) -> String {
        self.fail_with(1, args).await
    }

    /// The same, with another exit code.
    pub(crate) async fn fail_with(&self, code: i32, args: &[&str]) -> String {
        sentence(&self.run(args).await, code)
    }

    /// A server on a free port.
    pub(crate) async fn serve(&self) -> Serving {
        Serving::of(self.command(&["serve", "--listen", "127.0.0.1:0"])).await
    }
}

/// Whether a variable is a setting of the program's; `PARLOR_SABOTAGE` is for it to see.
fn is_setting(name: &str) -> bool {
    name.starts_with("PARLOR_") && name != "PARLOR_SABOTAGE"
}

/// The one line a failed run said, on standard error alone.
#[track_caller]
pub(crate) fn sentence(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 1, "one sentence: {said}");
    let sentence = lines[0]
        .strip_prefix("parlor: ")
        .expect("it says who speaks");
    assert!(!sentence.contains("panicked"), "{sentence}");
    sentence.to_owned()
}

impl Serving {
    /// A server that says which port it was given.
    pub(crate) async fn of(command: Command) -> Self {
        Self::logging(command, Stdio::inherit()).await
    }

    /// As [`Serving::of`], with its log there.
    pub(crate) async fn logging(command: Command, log: impl Into<Stdio>) -> Self {
        let (mut serving, line) = Self::begun(command, log).await;
        let port = line
            .rsplit(':')
            .next()
            .and_then(|port| port.trim_end_matches('/').parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {line:?}"));
        serving.address.set_port(port);
        serving
    }

    /// A server that was told this address, and speaks of another one to people.
    pub(crate) async fn at(address: SocketAddr, command: Command) -> Self {
        let (serving, _) = Self::begun(command, Stdio::inherit()).await;
        Self { address, ..serving }
    }

    /// A server, and the first line it said.
    async fn begun(mut command: Command, log: impl Into<Stdio>) -> (Self, String) {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("a standard output");
        let mut said = BufReader::new(stdout).lines();
        let line = soon("where the server is", said.next_line())
            .await
            .expect("UTF-8");
        let line = line.unwrap_or_else(|| panic!("the server ended at once"));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let serving = Self {
            child,
            said,
            address,
        };
        (serving, line)
    }

    /// The next line on standard output with this in it.
    pub(crate) async fn line_with(&mut self, part: &str) -> String {
        soon(part, async {
            while let Some(line) = self.said.next_line().await.expect("UTF-8") {
                if line.contains(part) {
                    return line;
                }
            }
            panic!("the server ended before it said {part:?}");
        })
        .await
    }

    /// What is still to come on standard output, once the server has ended.
    pub(crate) async fn rest(mut self) -> String {
        let mut rest = String::new();
        while let Some(line) = self.said.next_line().await.expect("UTF-8") {
            rest += &line;
            rest.push('\n');
        }
        rest
    }

    pub(crate) fn http(&self) -> Http {
        Http::to(self.address)
    }

    /// Somebody who signs in with a password.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Person {
        let body = json!({"username": username, "password": password});
        let answer = self.http().post("sessions", body).await;
        Person::signed_in(self.address, &answer)
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("a process that runs");
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("a process that runs")
    }

    /// Sends a signal by name.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await;
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        soon("the server's end", self.child.wait())
            .await
            .expect("an exit status")
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        self.signal("TERM").await;
        assert_eq!(self.ended().await.code(), Some(0));
    }
}
