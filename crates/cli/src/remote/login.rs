//! `parlor login`: a session for this user's commands.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};

use parlor_client::Http;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::runtime::Runtime;

use super::credentials::Credentials;
use super::{DEFAULT_URL, address, failure};
use crate::args::LoginArgs;
use crate::console;
use crate::failure::{Exit, Failure};
use crate::text::complain;

/// Signs in, and keeps the token where only this user reads it.
pub(super) fn login(runtime: &Runtime, args: LoginArgs) -> Result<(), Failure> {
    let url = args.url.or_else(|| std::env::var("PARLOR_URL").ok());
    let address = address(url.as_deref().unwrap_or(DEFAULT_URL))?;
    let username = match args.username {
        Some(username) => username,
        None => Terminal::open()?.ask(&format!("Username at {address}: "))?,
    };
    let password = if args.password_stdin {
        console::password()?
    } else {
        Terminal::open()?.ask_hidden("Password: ")?
    };
    let mut kept = Credentials::read()?;
    let signing = Http::new(address.clone());
    let signed = runtime
        .block_on(signing.sign_in(username.trim(), &password))
        .map_err(|error| failure(&error, &address))?;
    let username = signed.user.username.as_str();
    kept.add(&address, username, &signed.token);
    let path = kept.write()?;
    complain(&format!(
        "signed in at {address} as {username}; the token is in {}",
        path.display()
    ));
    Ok(())
}

/// The terminal the command was started from, whatever its input and output are.
struct Terminal(BufReader<File>);

impl Terminal {
    fn open() -> Result<Self, Failure> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
        match terminal {
            Ok(file) => Ok(Self(BufReader::new(file))),
            Err(_) => Err(Exit::Usage
                .because("there is no terminal to ask on: give --username and --password-stdin")),
        }
    }

    fn ask(&mut self, question: &str) -> Result<String, Failure> {
        let failed = |error: std::io::Error| Exit::Failed.because(format!("the terminal: {error}"));
        self.0
            .get_mut()
            .write_all(question.as_bytes())
            .map_err(failed)?;
        let mut line = String::new();
        if self.0.read_line(&mut line).map_err(failed)? == 0 {
            return Err(Exit::Failed.because("nothing was entered"));
        }
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    fn ask_hidden(&mut self, question: &str) -> Result<String, Failure> {
        let failed =
            |error: rustix::io::Errno| Exit::Failed.because(format!("the terminal: {error}"));
        let file = self.0.get_ref().try_clone();
        let file = file.map_err(|error| Exit::Failed.because(format!("the terminal: {error}")))?;
        let before = tcgetattr(&file).map_err(failed)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&file, OptionalActions::Flush, &silent).map_err(failed)?;
        let echo = Echo { file, before };
        let answer = self.ask(question);
        drop(echo);
        let _ = self.0.get_mut().write_all(b"\n");
        answer
    }
}

/// Gives the terminal its echo back.
struct Echo {
    file: File,
    before: Termios,
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}
