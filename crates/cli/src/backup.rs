//! `parlor backup` and `parlor restore`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor_live::ambient::Ambient;
use parlor_protocol::ServerRole;
use parlor_store_sqlite::{Place, Restore};

use crate::ambient::{SystemClock, SystemRandom};
use crate::failure::Failure;
use crate::folder::Folder;
use crate::settings::Settings;
use crate::text::say;

/// While it reads, a running server cannot empty its write-ahead log: after this long it gives up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Copies the database into one file, beside a server or alone.
pub(crate) fn backup(settings: &Settings, to: &Path, replace: bool) -> Result<(), Failure> {
    let place = if replace {
        Place::Replaced
    } else {
        Place::Free
    };
    let report = parlor_store_sqlite::backup(&settings.data_dir, to, place, patience())?;
    say(&format!(
        "{}: {} rooms, {} events",
        to.display(),
        report.rooms,
        report.events
    ))
}

/// Whether the time that a reader may take is not over yet.
#[expect(
    clippy::disallowed_methods,
    reason = "how long it has taken is for this program to say"
)]
pub(crate) fn patience() -> impl Fn() -> bool + Send + Sync + 'static {
    let begun = Instant::now();
    move || begun.elapsed() < PATIENCE
}

/// Makes a backup the database of the data folder, and says who owns it.
pub(crate) fn restore(settings: &Settings, backup: &Path, replace: bool) -> Result<(), Failure> {
    let shown = settings.data_dir.display();
    let folder = Folder::hold(&settings.data_dir)?;
    let ambient = Ambient {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    // Colons are no part of a file's name where it is to be copied to other systems.
    let now = ambient.now().to_string().replace(':', "");
    let keep_as = format!("replaced-{now}");
    let asked = Restore {
        backup,
        folder: folder.path(),
        epoch: &parlor_store::Setup::epoch(&ambient.secret::<16>()),
        keep_as: replace.then_some(keep_as.as_str()),
    };
    let restored = parlor_store_sqlite::restore(&asked, |_| ())?;
    say(&format!(
        "{} is restored into {shown}: {} rooms, {} events",
        backup.display(),
        restored.rooms,
        restored.events
    ))?;
    if let Some(kept) = restored.kept {
        say(&format!("the old database is kept as {}", kept.display()))?;
    }
    say("all sessions, tokens, invites and links have ended; passwords are as they were then")?;
    for (username, role) in &restored.staff {
        let role = match role {
            ServerRole::Owner => "owner",
            ServerRole::Admin => "admin",
            ServerRole::Member => "member",
        };
        say(&format!("{role} {}", username.as_str()))?;
    }
    if restored.staff.is_empty() {
        say("nobody owns this server: its next start prints an owner link")?;
    }
    Ok(())
}
