//! `parlor tail`: a room's events as they happen, each once, alone on standard output.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use parlor_client::{Client, Credentials, Ended, LogEvent, Options, Start, Update};
use parlor_protocol::RoomId;
use rustix::event::{PollFd, PollFlags, poll};

use super::credentials::remote;
use super::terminal::{json, line};
use super::{ambient, find_room};
use crate::args::TailArgs;
use crate::failure::{Exit, Failure};
use crate::text::complain;

/// How often it looks whether anybody still reads what it prints.
const LOOK: Duration = Duration::from_secs(1);

/// How events are printed.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Plain,
    Colour,
}

/// Follows a room until nobody reads the output any more, or the server says that it is over.
pub(super) async fn tail(args: TailArgs) -> Result<(), Failure> {
    let remote = remote(args.remote.url.as_deref())?;
    let form = if args.json {
        Form::Json
    } else if std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
    {
        Form::Colour
    } else {
        Form::Plain
    };
    let (_client, mut updates) = Client::start(Options {
        address: remote.address.clone(),
        credentials: Credentials::Token(remote.token),
        start: Start::Head,
        state: None,
        ambient: ambient(),
    })
    .map_err(|error| Exit::Failed.because(error))?;
    let mut followed: Option<RoomId> = None;
    let mut look = tokio::time::interval(LOOK);
    loop {
        let update = tokio::select! {
            update = updates.next() => update,
            _ = look.tick() => {
                if nobody_reads() {
                    return Ok(());
                }
                continue;
            }
        };
        let Some(update) = update else {
            let ended = updates.ended().await;
            return Err(match ended {
                Ended::NotLetIn(why) => Exit::NotSignedIn
                    .because(format!("{} does not let you in: {why}", remote.address)),
                Ended::Refused(why) => Exit::OtherVersion.because(why),
                other => Exit::Failed.because(other),
            });
        };
        match update {
            Update::Connected(ready) => {
                if followed.is_none() {
                    followed = Some(find_room(&args.room, &ready.rooms)?);
                }
                let username = ready.user.username.as_str();
                complain(&format!("connected to {} as {username}", remote.address));
            }
            Update::Disconnected { why, after } => {
                let seconds = after.as_secs_f32();
                complain(&format!("not connected: {why}; next try in {seconds:.1} s"));
            }
            Update::Event { room, event }
                if Some(room) == followed && print(&event, form).is_err() =>
            {
                return Ok(());
            }
            Update::Forgotten { room, after, .. } if Some(room) == followed => {
                complain(&format!(
                    "the server was restored from a backup; going on after {after}"
                ));
            }
            Update::RoomRemoved { room, .. } if Some(room) == followed => {
                return Err(
                    Exit::Failed.because(format!("you are no member of {:?} any more", args.room))
                );
            }
            _ => {}
        }
    }
}

/// One event, flushed. An error where nobody reads.
fn print(event: &LogEvent, form: Form) -> std::io::Result<()> {
    let mut text = match (form, &event.known) {
        (Form::Json, _) => json(&event.json),
        (Form::Colour, Some(known)) => line(known, true),
        (Form::Plain, Some(known)) => line(known, false),
        (_, None) => json(&event.json),
    };
    text.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether the other end of a pipe on standard output is closed.
fn nobody_reads() -> bool {
    let out = std::io::stdout();
    let mut fds = [PollFd::new(&out, PollFlags::empty())];
    let polled = poll(&mut fds, Some(&rustix::event::Timespec::default()));
    polled.is_ok() && fds[0].revents().contains(PollFlags::ERR)
}
