//! `parlor audit`: who did what to accounts and rights, beside a server or alone, read-only.

use std::collections::HashMap;

use parlor_protocol::UserId;
use parlor_store::audit::Entry;
use parlor_store::{Read, ReadError};

use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::text::{print, say};

/// Entries that are read at a time.
const PAGE: u32 = 1000;

/// Prints the whole audit log, oldest first.
pub(crate) fn audit(settings: &Settings, json: bool) -> Result<(), Failure> {
    let read = parlor_store_sqlite::open_for_reading(&settings.data_dir)?;
    let mut names = Names::default();
    let mut after = 0;
    loop {
        let page = read.audit(after, PAGE).map_err(unreadable)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        for (number, entry) in &page {
            let by = names.of(&read, entry.by)?;
            let about = names.of(&read, entry.about)?;
            if json {
                print(&object(*number, entry, by.as_deref(), about.as_deref()))?;
            } else {
                say(&line(entry, by.as_deref(), about.as_deref()))?;
            }
        }
    }
}

fn unreadable(error: ReadError) -> Failure {
    Exit::Damaged.because(error)
}

/// As people are called, by id.
#[derive(Default)]
struct Names(HashMap<UserId, String>);

impl Names {
    fn of(&mut self, read: &impl Read, user: Option<UserId>) -> Result<Option<String>, Failure> {
        let Some(id) = user else {
            return Ok(None);
        };
        if let Some(name) = self.0.get(&id) {
            return Ok(Some(name.clone()));
        }
        let user = read.user(id).map_err(unreadable)?;
        let name = user.map_or_else(|| id.to_string(), |user| user.username.as_str().to_owned());
        self.0.insert(id, name.clone());
        Ok(Some(name))
    }
}

fn line(entry: &Entry, by: Option<&str>, about: Option<&str>) -> String {
    let mut line = format!(
        "{} {} {}",
        entry.at,
        by.unwrap_or("the console"),
        entry.what
    );
    if let Some(about) = about.filter(|about| Some(*about) != by) {
        line += &format!(": {about}");
    }
    if let Some(room) = entry.room {
        line += &format!(", in room {room}");
    }
    if let Some(session) = entry.session {
        line += &format!(", session {session}");
    }
    line
}

fn object(number: u64, entry: &Entry, by: Option<&str>, about: Option<&str>) -> String {
    let object = serde_json::json!({
        "n": number,
        "at": entry.at,
        "by": by,
        "session": entry.session,
        "what": entry.what,
        "about": about,
        "room": entry.room,
    });
    format!("{object}\n")
}
