//! Account and link commands: through the control socket of a running server,
//! else on the database itself, under the same lock and by the same code.

use std::io::Read;
use std::path::Path;

use parlor_server::config::url_for_people;
use parlor_server::control::{self, Reply, Request};

use crate::args::{Command, TokenCommand, UserCommand};
use crate::failure::{Exit, Failure};
use crate::folder::{Folder, NotHeld, control_socket};
use crate::serve::Opened;
use crate::settings::Settings;
use crate::text::say;

/// The longest password is 256 characters of 4 bytes, and a line break.
const PASSWORD_BYTES: u64 = 2048;

/// Carries one command out, and prints its one thing alone on standard output.
pub(crate) fn run(settings: &Settings, command: Command) -> Result<(), Failure> {
    let request = request(command)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed.because(format!("no runtime: {error}")))?;
    let reply = match Folder::try_hold(&settings.data_dir) {
        Ok(folder) => runtime.block_on(alone(settings, folder, request))?,
        Err(NotHeld::Busy) => runtime.block_on(beside(&settings.data_dir, request))?,
        Err(NotHeld::Unusable(failure)) => return Err(failure),
    };
    match reply {
        Reply::Done(None) => Ok(()),
        Reply::Done(Some(line)) => say(&line),
        Reply::Refused(why) => Err(Exit::Failed.because(why)),
        Reply::OtherVersion(why) => Err(Exit::OtherVersion.because(why)),
        Reply::NotAllowed(why) => Err(Exit::NotAllowed.because(why)),
    }
}

fn request(command: Command) -> Result<Request, Failure> {
    Ok(match command {
        Command::User(UserCommand::Add { name, admin, .. }) => Request::AddUser {
            username: name,
            password: password()?,
            admin,
        },
        Command::User(UserCommand::Password { name, .. }) => Request::SetPassword {
            username: name,
            password: password()?,
        },
        Command::User(UserCommand::Disable { name }) => Request::SetDisabled {
            username: name,
            disabled: true,
        },
        Command::User(UserCommand::Enable { name }) => Request::SetDisabled {
            username: name,
            disabled: false,
        },
        Command::Token(TokenCommand::Create { name, label }) => Request::CreateToken {
            username: name,
            label,
        },
        Command::ClaimLink => Request::ClaimLink,
        Command::Invite { uses, expires } => Request::Invite {
            uses,
            expires_in_ms: span(&expires)?,
        },
        Command::Serve
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Verify
        | Command::Audit { .. }
        | Command::Check(_)
        | Command::Config(_)
        | Command::Health
        | Command::Man
        | Command::Completions { .. }
        | Command::Remote(_) => unreachable!("main carries these out itself"),
    })
}

/// The password on standard input, less one final newline.
pub(crate) fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(PASSWORD_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Exit::Input.because(format!("no password on standard input: {error}")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// A time such as `90s`, `15m`, `12h`, `7d`, in milliseconds.
fn span(text: &str) -> Result<i64, Failure> {
    let unit = match text.chars().last() {
        Some('s') => 1000,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => 86_400_000,
        _ => 0,
    };
    let count = text
        .get(..text.len().saturating_sub(1))
        .and_then(|digits| digits.parse::<u32>().ok());
    match count {
        Some(count) if unit > 0 => Ok(i64::from(count) * unit),
        _ => Err(Exit::Usage.because(format!(
            "{text:?} is no time: give a number and s, m, h or d, such as 7d"
        ))),
    }
}

async fn alone(settings: &Settings, folder: Folder, request: Request) -> Result<Reply, Failure> {
    let opened = Opened::open(settings, folder, false)?;
    let console = opened.console(url_for_people(
        settings.public_url.as_ref(),
        settings.listen,
    ));
    let reply = match control::execute(request, &console, &opened.live).await {
        Ok(line) => Reply::Done(line),
        Err(why) => Reply::Refused(why),
    };
    opened
        .live
        .stop()
        .await
        .map_err(|error| Exit::Failed.because(error))?;
    Ok(reply)
}

async fn beside(data_dir: &Path, request: Request) -> Result<Reply, Failure> {
    let socket = control_socket(data_dir);
    control::call(&socket, request).await.map_err(|error| {
        Exit::Unreachable.because(format!(
            "the data folder {} is in use, and what uses it does not answer at {}: {error}",
            data_dir.display(),
            socket.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        let ms = |text: &str| span(text).ok();
        assert_eq!(ms("90s"), Some(90_000));
        assert_eq!(ms("7d"), Some(604_800_000));
        for bad in ["", "7", "d", "-1d", "1.5h", "7 d", "1w", "é"] {
            assert_eq!(ms(bad), None, "{bad}");
        }
    }
}
