//! The data folder: made 0700 where it is missing, held by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use parlor_server::control::SOCKET_PATH_BYTES;

use crate::failure::{Exit, Failure};

/// A data folder that this process holds. Let go when dropped.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Why a folder could not be held.
pub(crate) enum NotHeld {
    /// Another process holds it: a server, or a command at work.
    Busy,
    /// It cannot be used.
    Unusable(Failure),
}

impl Folder {
    /// Holds a folder, or says in whose hands it is.
    pub(crate) fn hold(path: &Path) -> Result<Self, Failure> {
        Self::try_hold(path).map_err(|why| match why {
            NotHeld::Busy => Exit::InUse.because(format!(
                "the data folder {} is in use by another parlor: stop it, or name another folder with --data-dir",
                path.display()
            )),
            NotHeld::Unusable(failure) => failure,
        })
    }

    /// Holds a folder, unless another process does.
    pub(crate) fn try_hold(path: &Path) -> Result<Self, NotHeld> {
        let shown = path.display();
        let unusable =
            |kind: ErrorKind, why: String| NotHeld::Unusable(Exit::from(kind).because(why));
        let socket = control_socket(path);
        if socket.as_os_str().len() > SOCKET_PATH_BYTES {
            let why = format!(
                "PARLOR_DATA_DIR is too long: {} would have more than the {SOCKET_PATH_BYTES} bytes that a socket's name may have; name a shorter path, or a relative one",
                socket.display()
            );
            return Err(NotHeld::Unusable(Exit::Usage.because(why)));
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| {
                unusable(error.kind(), format!(
                    "the data folder {shown} cannot be made: {error}; name another with --data-dir"
                ))
            })?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(|error| {
                let hint = match error.kind() {
                    ErrorKind::PermissionDenied => {
                        "; run as its owner, or name another with --data-dir"
                    }
                    ErrorKind::ReadOnlyFilesystem => {
                        "; mount it writable, or name another with --data-dir"
                    }
                    _ => "",
                };
                unusable(
                    error.kind(),
                    format!("the data folder {shown} cannot be written: {error}{hint}"),
                )
            })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(NotHeld::Busy),
            Err(TryLockError::Error(error)) => Err(unusable(
                error.kind(),
                format!("the data folder {shown} cannot be locked: {error}"),
            )),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Where a running server listens for commands.
pub(crate) fn control_socket(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}
