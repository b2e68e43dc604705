//! Folders of tests.

use std::path::Path;

use tempfile::TempDir;

/// A folder that goes with the test; in memory where the system has such a place. There an
/// fsync costs nothing, and hundreds of tests do not wait for the disk. What survives a power cut,
/// they could not tell anyway.
pub fn temporary() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = tempfile::Builder::new()
        .prefix("parlor-")
        .tempdir_in(memory);
    folder
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}
