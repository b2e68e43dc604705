//! A file that is built beside the place it is meant for, and moved there whole.
//!
//! Whoever dies on the way leaves the old file as it was, and a scratch that the next
//! one takes over. Two that build for the same place see each other by a lock.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, OFlags};
use rustix::io::Errno;

/// What SQLite may have left beside a scratch of somebody who died.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A scratch file of ours alone (0600), empty at first. It goes when it is dropped before it is [placed](Self::place).
pub(crate) struct Scratch {
    path: PathBuf,
    pub(crate) file: File,
    placed: bool,
}

impl Scratch {
    /// Begins a file that is to stand at `place`, under that name and `suffix` until then.
    ///
    /// # Errors
    /// `WouldBlock` where another process builds for the same place; else what the system says.
    pub(crate) fn begin(place: &Path, suffix: &str) -> Result<Self, Error> {
        let path = with_suffix(place, suffix);
        loop {
            // In a folder that others write, too, a link of theirs would have us empty a file of ours.
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
                .open(&path)?;
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => Error::from(ErrorKind::WouldBlock),
                TryLockError::Error(error) => error,
            })?;
            let ours = file.metadata()?;
            match fs::symlink_metadata(&path) {
                // Between opening and locking, the one before us has placed or removed it.
                Ok(there) if there.ino() != ours.ino() || there.dev() != ours.dev() => continue,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            if ours.uid() != rustix::process::geteuid().as_raw() || ours.nlink() != 1 {
                // Whoever made it, or gave it a second name, may have it open: it is made anew.
                fs::remove_file(&path)?;
                continue;
            }
            for side in SIDE_FILES {
                remove(&with_suffix(&path, side))?;
            }
            file.set_len(0)?;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            return Ok(Self {
                path,
                file,
                placed: false,
            });
        }
    }

    /// Gives it to the owner of its folder: where root builds it, the server that runs as somebody else may open it.
    pub(crate) fn give_to_owner_of_folder(&self) -> Result<(), Error> {
        let (folder, own) = (fs::metadata(folder_of(&self.path))?, self.file.metadata()?);
        if folder.uid() == own.uid() {
            return Ok(());
        }
        std::os::unix::fs::fchown(&self.file, Some(folder.uid()), Some(folder.gid()))
    }

    /// Where it is for now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can hold so many bytes; if not, what the system says.
    pub(crate) fn room(&self, bytes: u64) -> Result<(), Error> {
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, bytes) {
            Err(Errno::OPNOTSUPP) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Brings its content to stable storage.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all()
    }

    /// Moves it to its place, over what is there, and makes that durable.
    pub(crate) fn place(mut self, place: &Path) -> Result<(), Error> {
        self.sync()?;
        fs::rename(&self.path, place)?;
        self.placed = true;
        sync_folder_of(place)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed now is taken over by the next one.
            let _ = fs::remove_file(&self.path);
            for side in SIDE_FILES {
                let _ = fs::remove_file(with_suffix(&self.path, side));
            }
        }
    }
}

/// A path with more at its end.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The folder a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name is durable once its folder is synced.
pub(crate) fn sync_folder_of(file: &Path) -> Result<(), Error> {
    File::open(folder_of(file))?.sync_all()
}

/// Removes a file that may not be there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
