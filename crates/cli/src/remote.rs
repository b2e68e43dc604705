//! The commands that are clients of a server near or far: `login`, `send`, `tail`.
//! They need no setting of a server's, and read none.

mod credentials;
mod login;
mod send;
mod tail;
mod terminal;

use parlor_client::{Address, Ambient, Error};
use parlor_live::ambient::{Clock as _, Random as _};
use parlor_protocol::error::Code;
use parlor_protocol::{Room, RoomId};

use crate::ambient::{SystemClock, SystemRandom};
use crate::args::RemoteCommand;
use crate::failure::{Exit, Failure};

/// Where a server is that nobody named.
const DEFAULT_URL: &str = "http://localhost:8080";

/// Carries a command out.
pub(crate) fn run(command: RemoteCommand) -> Result<(), Failure> {
    // A thread besides this one: whoever does not read our output must not stop the client's pings.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed.because(format!("no runtime: {error}")))?;
    let outcome = match command {
        RemoteCommand::Login(args) => login::login(&runtime, args),
        RemoteCommand::Send(args) => send::send(&runtime, args),
        RemoteCommand::Tail(args) => runtime.block_on(tail::tail(args)),
    };
    runtime.shutdown_background();
    outcome
}

fn address(url: &str) -> Result<Address, Failure> {
    url.parse()
        .map_err(|error: Error| Exit::Usage.because(error))
}

/// The clock and the chance of the operating system, for a client.
fn ambient() -> Ambient {
    Ambient::new(|| SystemClock.now(), |bytes| SystemRandom.fill(bytes))
}

/// The room that a name or an id stands for, among those I am in.
fn find_room(named: &str, rooms: &[Room]) -> Result<RoomId, Failure> {
    let id = RoomId::parse(named);
    if rooms.iter().any(|room| room.id == id) {
        return Ok(id);
    }
    let name_of = |room: &Room| {
        room.name
            .as_ref()
            .map_or(String::new(), |n| n.as_str().to_owned())
    };
    let exact: Vec<&Room> = rooms.iter().filter(|room| name_of(room) == named).collect();
    let found = if exact.is_empty() {
        let lower = named.to_lowercase();
        let alike = |room: &&Room| name_of(room).to_lowercase() == lower;
        rooms.iter().filter(alike).collect()
    } else {
        exact
    };
    match found[..] {
        [room] if !named.is_empty() => Ok(room.id),
        [] | [_] => Err(Exit::NoRoom.because(format!("you are in no room {named:?}"))),
        _ => {
            let ids: Vec<String> = found.iter().map(|room| room.id.to_string()).collect();
            Err(Exit::NoRoom.because(format!(
                "you are in {} rooms called {named:?}: name one by its id, {}",
                found.len(),
                ids.join(" or ")
            )))
        }
    }
}

/// An error of the client's as this program's, with its exit code.
fn failure(error: &Error, address: &Address) -> Failure {
    match error {
        Error::Refused {
            code: Code::NotSignedIn,
            ..
        } => Exit::NotSignedIn.because(format!(
            "the token for {address} is not good (any more): sign in with parlor login {address}"
        )),
        Error::Refused {
            code: Code::InvalidCredentials,
            ..
        } => Exit::NotSignedIn.because(error),
        Error::Unreachable { .. } => Exit::Unreachable.because(error),
        Error::Foreign { .. } => Exit::OtherVersion.because(error),
        _ => Exit::Failed.because(error),
    }
}
