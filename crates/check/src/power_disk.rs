//! A disk whose power can be cut: ext4 in a file, on a loop device.
//!
//! The cut is the file system's own shutdown, without writing its journal: what was synced before
//! is there after the next mount, and nothing else has to be. Only root can make one, and only
//! where there are loop devices.
//!
//! In one thing it is no power cut: a sync that the shutdown overtakes may be answered with success
//! though the disk does not hold it (5 of 200 cuts did so to a program that does nothing but append
//! and `fdatasync`). So whoever writes is stopped first, between two calls: [`PowerDisk::cut_from`].

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::process::send;

/// Room for some minutes of load; made in a moment, for the file is sparse.
const BYTES: u64 = 256 << 20;
/// How long whoever still holds a file of it may take to let go.
const LET_GO: Duration = Duration::from_secs(20);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`, by an interpreter that every Debian has: a
/// request of its own would be this program's only unsafe code.
const CUT: &str = r#"open(F, "<", $ARGV[0]) or die "$!"; $how = pack("L", 2); ioctl(F, 0x8004587d, $how) or die "$!";"#;

/// See the file's head. Unmounted when it is dropped.
#[derive(Debug)]
pub struct PowerDisk {
    image: PathBuf,
    mount: PathBuf,
}

impl PowerDisk {
    /// Makes one, its image and its mount in a folder.
    ///
    /// # Errors
    /// What this machine does not allow, in a sentence.
    pub fn make(folder: &Path) -> Result<Self, String> {
        let disk = Self {
            image: folder.join("disk.img"),
            mount: folder.join("disk"),
        };
        let failed = |error: std::io::Error| format!("{}: {error}", disk.image.display());
        File::create(&disk.image)
            .and_then(|file| file.set_len(BYTES))
            .map_err(failed)?;
        std::fs::create_dir_all(&disk.mount).map_err(failed)?;
        run(Command::new("mkfs.ext4")
            .args(["-q", "-F"])
            .arg(&disk.image))?;
        disk.mount()?;
        Ok(disk)
    }

    /// Its root folder.
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Cuts the power while a process writes. It stays stopped: all it may meet now is `kill -9`.
    ///
    /// # Errors
    /// Where the system does not do it.
    pub async fn cut_from(&self, writer: u32) -> Result<(), String> {
        stop(writer).await?;
        self.cut()
    }

    /// Cuts the power: from now on nothing is read or written. Nobody may be in the middle of a
    /// sync: see the file's head.
    ///
    /// # Errors
    /// Where the system does not do it.
    fn cut(&self) -> Result<(), String> {
        run(Command::new("perl").args(["-e", CUT]).arg(&self.mount))
    }

    /// It meets an error and becomes read-only, as file systems do: whoever has its files open
    /// reads on, and every write is answered EROFS. [`PowerDisk::restore`] mounts it anew.
    ///
    /// # Errors
    /// Where the system does not do it.
    pub async fn go_read_only_from(&self, writer: u32) -> Result<(), String> {
        stop(writer).await?;
        self.go_read_only()?;
        send(writer, Signal::CONT)
    }

    fn go_read_only(&self) -> Result<(), String> {
        run(Command::new("mount")
            .args(["-o", "remount,errors=remount-ro"])
            .arg(&self.mount))?;
        let found = Command::new("findmnt")
            .args(["--noheadings", "--output", "SOURCE"])
            .arg(&self.mount)
            .output()
            .map_err(|error| format!("findmnt cannot be run: {error}"))?;
        let device = String::from_utf8_lossy(&found.stdout);
        let device = device.trim().trim_start_matches("/dev/");
        let trigger = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        std::fs::write(&trigger, "on purpose").map_err(|error| format!("{trigger}: {error}"))
    }

    /// The power is back: what is on the disk is mounted. Whoever held files of it has to be gone.
    ///
    /// # Errors
    /// Where somebody still holds files of it, or it cannot be mounted.
    pub async fn restore(&self) -> Result<(), String> {
        let began = Instant::now();
        while let Err(error) = run(Command::new("umount").arg(&self.mount)) {
            if began.elapsed() > LET_GO {
                return Err(error);
            }
            sleep(LOOK).await;
        }
        self.mount()
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .args([&self.image, &self.mount]))
    }
}

impl Drop for PowerDisk {
    fn drop(&mut self) {
        // Whoever still holds it keeps it until they end; its loop device goes with it.
        let _ = run(Command::new("umount").arg("-l").arg(&self.mount));
    }
}

/// Stops a process, and waits until it stands between two calls.
async fn stop(writer: u32) -> Result<(), String> {
    // One that has ended meanwhile is in no call either.
    let _ = send(writer, Signal::STOP);
    let began = Instant::now();
    while !has_stopped(writer) {
        if began.elapsed() > LET_GO {
            return Err(format!("process {writer} does not stop"));
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// Whether every thread of a process is stopped or gone, and so in no call of the system.
fn has_stopped(id: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else {
        return true;
    };
    threads.flatten().all(|thread| {
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else {
            return true;
        };
        // The name before the state stands in brackets, and may hold some.
        let state = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        matches!(state, Some('T' | 't' | 'Z' | 'X'))
    })
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}", said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_became_read_only_is_written_again_once_it_is_mounted_anew() {
        use std::io::Write as _;
        if !rustix::process::geteuid().is_root() {
            println!("only root can mount a disk of its own");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let disk = PowerDisk::make(folder.path()).unwrap();
        let path = disk.path().join("file");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"before").unwrap();
        file.sync_all().unwrap();
        disk.go_read_only().unwrap();
        let refused = file.write_all(b"later").unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
        assert_eq!(std::fs::read(&path).unwrap(), b"before");
        drop(file);
        disk.restore().await.unwrap();
        std::fs::write(&path, "after").unwrap();
    }

    #[tokio::test]
    async fn a_process_is_stopped_when_all_of_its_threads_are() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!has_stopped(child.id()));
        send(child.id(), Signal::STOP).unwrap();
        let began = Instant::now();
        while !has_stopped(child.id()) {
            assert!(began.elapsed() < LET_GO);
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(has_stopped(child.id()));
    }

    #[tokio::test]
    async fn a_cut_keeps_what_was_synced_and_nothing_else() {
        if !rustix::process::geteuid().is_root() {
            println!("only root can mount a disk to cut");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let disk = PowerDisk::make(folder.path()).unwrap();
        let write = |name: &str, sync: bool| {
            use std::io::Write as _;
            let mut file = File::create(disk.path().join(name)).unwrap();
            file.write_all(name.as_bytes()).unwrap();
            if sync {
                file.sync_all().unwrap();
            }
        };
        write("synced", true);
        write("unsynced", false);
        disk.cut().unwrap();
        assert!(std::fs::write(disk.path().join("later"), "x").is_err());
        disk.restore().await.unwrap();
        let there = |name: &str| std::fs::read(disk.path().join(name)).unwrap_or_default();
        assert_eq!(there("synced"), b"synced");
        assert_eq!(there("unsynced"), b"");
    }
}
