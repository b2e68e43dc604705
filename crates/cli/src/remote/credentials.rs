//! What `login` remembers: a token for each server, in a file of the user's own (0600).

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use parlor_client::Address;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_URL, address};
use crate::failure::{Exit, Failure};

/// The file. A token is only ever sent to the server that gave it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Credentials {
    /// The server of the last `login`.
    default: Option<String>,
    servers: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    username: String,
    token: String,
}

/// A server, and what lets me in there.
pub(super) struct Remote {
    pub(super) address: Address,
    pub(super) token: String,
}

/// Where to go and as whom: `--url` or `PARLOR_URL`, else the last `login`; `PARLOR_TOKEN`, else the
/// token that `login` keeps for that server.
pub(super) fn remote(url: Option<&str>) -> Result<Remote, Failure> {
    let kept = Credentials::read()?;
    let url = url.or(kept.default.as_deref()).unwrap_or(DEFAULT_URL);
    let address = address(url)?;
    if let Ok(token) = std::env::var("PARLOR_TOKEN")
        && !token.trim().is_empty()
    {
        let token = token.trim().to_owned();
        return Ok(Remote { address, token });
    }
    match kept.servers.get(&address.to_string()) {
        Some(entry) => Ok(Remote {
            address,
            token: entry.token.clone(),
        }),
        None => Err(Exit::NotSignedIn.because(format!(
            "not signed in at {address}: run parlor login {address}, or set PARLOR_TOKEN"
        ))),
    }
}

impl Credentials {
    /// Reads the file; empty where there is none.
    pub(super) fn read() -> Result<Self, Failure> {
        let Some(path) = path() else {
            return Ok(Self::default());
        };
        let failed = |why: &dyn std::fmt::Display| {
            Exit::Failed.because(format!("{} cannot be read: {why}", path.display()))
        };
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Remembers a token.
    pub(super) fn add(&mut self, address: &Address, username: &str, token: &str) {
        let entry = Entry {
            username: username.to_owned(),
            token: token.to_owned(),
        };
        self.servers.insert(address.to_string(), entry);
        self.default = Some(address.to_string());
    }

    /// Writes the file as a whole, readable by its owner alone.
    pub(super) fn write(&self) -> Result<PathBuf, Failure> {
        let path = path().ok_or_else(|| {
            Exit::Failed.because("no place for the token: set HOME or XDG_CONFIG_HOME")
        })?;
        let written = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|bytes| replace(&path, &bytes));
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                Err(Exit::Failed.because(format!("{} cannot be written: {error}", path.display())))
            }
        }
    }
}

/// `$XDG_CONFIG_HOME/parlor/credentials.json`, `~/.config` where that is not set.
fn path() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(config.join("parlor").join("credentials.json"))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let beside = path.with_extension("json.new");
    // One that somebody else left there keeps its rights: make it anew.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
