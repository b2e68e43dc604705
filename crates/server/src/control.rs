//! The control socket: how the commands of whoever holds the data folder reach
//! a running server, so that they take effect at once.
//!
//! One connection carries one call: a line of JSON each way. Only the same user
//! or root may speak, and only the same version of the program.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlor_live::Live;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

mod execute;

pub use execute::{Console, execute};

/// A call and its answer, each: a password of 256 characters fits many times over.
const LINE_BYTES: u64 = 16 * 1024;
/// Calls at once; more wait in the kernel's queue.
const CALLS: usize = 4;
/// A call takes as long as a password hash and a commit; who has not answered by then is half dead.
const CALL_TIME: Duration = Duration::from_secs(10);
/// The longest path a Unix socket can have on Linux, its final NUL left out.
pub const SOCKET_PATH_BYTES: usize = 107;

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Make an account.
    AddUser {
        /// Its handle.
        username: String,
        /// Its password.
        password: String,
        /// An admin; the owner of an unclaimed server.
        admin: bool,
    },
    /// Give an account a new password.
    SetPassword {
        /// Its handle.
        username: String,
        /// Its new password.
        password: String,
    },
    /// Disable or enable an account.
    SetDisabled {
        /// Its handle.
        username: String,
        /// Which of the two.
        disabled: bool,
    },
    /// Make a token. Answered with it.
    CreateToken {
        /// The account's handle.
        username: String,
        /// What it is called in the list of sessions.
        label: String,
    },
    /// Make an owner link. Answered with it.
    ClaimLink,
    /// Make an invite link. Answered with it.
    Invite {
        /// How often it is good.
        uses: u32,
        /// How long it is good, in milliseconds.
        expires_in_ms: i64,
    },
}

/// A request, and the version of the program that makes it.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    version: String,
    request: Request,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done; the one thing asked for, if there is one.
    Done(Option<String>),
    /// Not done; a sentence.
    Refused(String),
    /// Not done, because the program that asks is not of the server's version; a sentence.
    OtherVersion(String),
    /// Not done, because of who asks; a sentence.
    NotAllowed(String),
}

/// Listens in a data folder that is held by this process, in place of whatever
/// socket a killed server left there.
///
/// # Errors
/// A path longer than [`SOCKET_PATH_BYTES`], or what binding fails with.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    if path.as_os_str().len() > SOCKET_PATH_BYTES {
        let why = format!(
            "{} is longer than {SOCKET_PATH_BYTES} bytes",
            path.display()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    UnixListener::bind(path)
}

/// Answers calls until it is dropped.
pub async fn serve(listener: UnixListener, console: Arc<Console>, live: Live, our_uid: u32) {
    let calls = Arc::new(Semaphore::new(CALLS));
    loop {
        let Ok(permit) = Arc::clone(&calls).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: pause, or this would spin.
                tracing::warn!(%error, "the control socket could not accept");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let (console, live) = (Arc::clone(&console), live.clone());
        tokio::spawn(async move {
            let _permit = permit;
            let answered =
                tokio::time::timeout(CALL_TIME, answer(stream, &console, &live, our_uid)).await;
            if let Ok(Err(error)) = answered {
                tracing::debug!(%error, "a control call broke off");
            }
        });
    }
}

async fn answer(
    mut stream: UnixStream,
    console: &Console,
    live: &Live,
    our_uid: u32,
) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_BYTES))
        .read_line(&mut line)
        .await?;
    let reply = if peer != our_uid && peer != 0 {
        Reply::NotAllowed("only the user who runs the server, or root, may do this".into())
    } else {
        match serde_json::from_str::<Call>(&line) {
            Ok(call) if call.version == env!("CARGO_PKG_VERSION") => {
                match execute(call.request, console, live).await {
                    Ok(line) => Reply::Done(line),
                    Err(why) => Reply::Refused(why),
                }
            }
            Ok(call) => Reply::OtherVersion(format!(
                "the running server is version {}, this program {}: use the server's own",
                env!("CARGO_PKG_VERSION"),
                call.version
            )),
            Err(_) => Reply::OtherVersion(format!(
                "the running server, version {}, did not understand: use its own program",
                env!("CARGO_PKG_VERSION")
            )),
        }
    };
    let mut text = serde_json::to_string(&reply)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await?;
    write.shutdown().await
}

/// Asks a running server.
///
/// # Errors
/// Where no server listens, or it goes away before it answers.
pub async fn call(path: &Path, request: Request) -> io::Result<Reply> {
    let mut stream = UnixStream::connect(path).await?;
    let call = Call {
        version: env!("CARGO_PKG_VERSION").into(),
        request,
    };
    let mut text = serde_json::to_string(&call)?;
    text.push('\n');
    let (read, mut write) = stream.split();
    write.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LINE_BYTES));
    tokio::time::timeout(CALL_TIME, read.read_line(&mut line))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"))??;
    Ok(serde_json::from_str(&line)?)
}
