//! A backup every day, kept for a week, where `PARLOR_BACKUP_DIR` names a folder.
//!
//! Each is named after its day (UTC). Today's is made at the start, or once the day begins; one that
//! fails is logged, counted, shown by `/readyz`, and tried again. Older ones go only after a newer one is whole.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parlor_live::ambient::Ambient;
use parlor_server::backups::Backups;
use parlor_store_sqlite::Place;

use crate::backup::patience;

/// How many are kept.
const KEPT: usize = 7;
/// How often it looks whether today's is there: a failed one is tried again after this.
const LOOK: Duration = Duration::from_secs(600);

/// What a backup's name begins and ends with; the day is between.
const PREFIX: &str = "parlor-";
const SUFFIX: &str = ".db";
/// And what one that is not whole yet ends with.
const PART: &str = ".part";

/// Makes backups until it is dropped.
pub(crate) async fn run(data_dir: PathBuf, to: PathBuf, ambient: Ambient, backups: Arc<Backups>) {
    loop {
        let now = ambient.now().to_string();
        let day = now.get(..10).unwrap_or(&now).to_owned();
        let (from, folder) = (data_dir.clone(), to.clone());
        let made = tokio::task::spawn_blocking(move || daily(&from, &folder, &day)).await;
        match made {
            Ok(Ok(None)) => backups.stands(),
            Ok(Ok(Some(file))) => {
                tracing::info!(file = %file.display(), "a backup is made");
                backups.made(ambient.now());
            }
            Ok(Err(why)) => {
                tracing::error!(
                    why,
                    "the backup of today has failed; it is tried again in 10 minutes"
                );
                backups.failed();
            }
            Err(error) => {
                tracing::error!(%error, "the backup of today has panicked");
                backups.failed();
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Makes the backup of a day where it is not there; its file, if it was made.
fn daily(data_dir: &Path, folder: &Path, day: &str) -> Result<Option<PathBuf>, String> {
    let unusable = |error: io::Error| format!("{}: {error}", folder.display());
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(_) if folder.is_dir() => {}
        made => made.map_err(unusable)?,
    }
    let file = folder.join(format!("{PREFIX}{day}{SUFFIX}"));
    if file.exists() {
        return Ok(None);
    }
    parlor_store_sqlite::backup(data_dir, &file, Place::Free, patience())
        .map_err(|error| error.to_string())?;
    for old in superfluous(folder).map_err(unusable)? {
        fs::remove_file(&old).map_err(|error| format!("{}: {error}", old.display()))?;
    }
    Ok(Some(file))
}

/// Those of our backups that are not among the newest, and what was begun on other days and cut off.
fn superfluous(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut ours, mut begun) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        match name {
            Some(name) if is_ours(name) => ours.push(path),
            Some(name) if name.strip_suffix(PART).is_some_and(is_ours) => begun.push(path),
            _ => {}
        }
    }
    ours.sort();
    ours.truncate(ours.len().saturating_sub(KEPT));
    ours.append(&mut begun);
    Ok(ours)
}

/// Whether a name is exactly what a backup of a day is called: nobody else's file is removed.
fn is_ours(name: &str) -> bool {
    let day = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(SUFFIX));
    day.is_some_and(|day| {
        day.len() == 10
            && day.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    })
}

#[cfg(test)]
mod tests {
    use parlor_live::ambient::Clock;
    use parlor_protocol::Timestamp;
    use parlor_store::Setup;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::ambient::SystemRandom;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A wall clock that goes as tokio's does, from 2026-02-25T23:00Z on.
    struct Turned(Instant);

    impl Clock for Turned {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_772_060_400_000 + self.0.elapsed().as_millis() as i64)
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test(start_paused = true)]
    async fn ten_days_leave_the_newest_seven_and_a_failure_is_made_good() {
        let home = tempfile::tempdir().unwrap();
        let (data, to) = (home.path().join("data"), home.path().join("backups"));
        let ambient = Ambient {
            clock: Arc::new(Turned(Instant::now())),
            random: Arc::new(SystemRandom),
        };
        let setup = Setup::new(ambient.now(), ambient.uuid_v7(), &ambient.secret::<16>());
        drop(parlor_store_sqlite::open(&data, setup, Default::default()).unwrap());
        fs::write(&to, "a file where the folder was to be").unwrap();

        let backups = Arc::<Backups>::default();
        let running = tokio::spawn(run(data, to.clone(), ambient, Arc::clone(&backups)));
        sleep(15 * MINUTE).await;
        fs::remove_file(&to).unwrap();
        sleep(10 * MINUTE).await;
        assert_eq!(names(&to), ["parlor-2026-02-25.db"], "tried again");
        sleep(30 * MINUTE).await;
        assert_eq!(names(&to).len(), 1, "the day is not over");
        sleep(15 * MINUTE).await;
        assert_eq!(names(&to).len(), 2, "a new one begins at midnight, UTC");
        sleep(8 * DAY).await;
        running.abort();
        let expected: Vec<String> = [
            "02-28", "03-01", "03-02", "03-03", "03-04", "03-05", "03-06",
        ]
        .iter()
        .map(|day| format!("parlor-2026-{day}.db"))
        .collect();
        assert_eq!(names(&to), expected);
        let newest = to.join("parlor-2026-03-06.db");
        assert!(parlor_store_sqlite::verify(&newest).unwrap().agrees());
    }

    #[test]
    fn only_the_oldest_of_ours_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let there: Vec<String> = (1..=9)
            .map(|day| format!("parlor-2026-11-0{day}.db"))
            .chain(
                [
                    "parlor-2026.db",
                    "parlor-2026-11-01.db.part",
                    "parlor-old.db",
                    "notes",
                ]
                .map(Into::into),
            )
            .collect();
        for name in &there {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let gone = superfluous(folder.path()).unwrap();
        let names: Vec<_> = gone.iter().filter_map(|path| path.file_name()).collect();
        let expected = [
            "parlor-2026-11-01.db",
            "parlor-2026-11-02.db",
            "parlor-2026-11-01.db.part",
        ];
        assert_eq!(names, expected);
    }
}
