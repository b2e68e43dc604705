//! Whether the end of a database is there, before its write-ahead log is emptied into it.
//!
//! After a kill the file may be shorter than the database: what it has grown by stands in the log.
//! Emptied into a file that has lost its end, the log would make it as long as it says again, with
//! nothing where something was. So what the file lacks has to be in the log.

use std::collections::HashSet;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;

use crate::connection::leave_log;
use crate::open::Reason;
use crate::scratch::with_suffix;

/// The log's own header, and what stands before each page in it
/// (<https://sqlite.org/fileformat.html#the_write_ahead_log>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// That every page of the database is in its file or in its log.
///
/// # Errors
/// [`Reason::Damaged`] where one is in neither; nothing is changed then, also not when the
/// connection is closed.
pub(crate) fn check(conn: &Connection, file: &Path) -> Result<(), Reason> {
    leave_log(conn, true)?;
    is_there(conn, file)?;
    Ok(leave_log(conn, false)?)
}

fn is_there(conn: &Connection, file: &Path) -> Result<(), Reason> {
    let pragma = |name: &str| {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| {
            crate::rows::Columns::count(row, 0)
        })
    };
    let (pages, size) = (pragma("page_count")?, pragma("page_size")?);
    let whole = std::fs::metadata(file)?.len() / size.max(1);
    if whole >= pages {
        return Ok(());
    }
    let in_log = pages_in_log(&with_suffix(file, "-wal"), size)?;
    if (whole + 1..=pages).all(|page| in_log.contains(&page)) {
        return Ok(());
    }
    // A page that was free before it was ever written is nowhere; any other is lost.
    let sound = pragma("freelist_count")? > 0
        && conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))? == "ok";
    if sound {
        Ok(())
    } else {
        Err(Reason::Damaged("its end is missing".into()))
    }
}

/// The numbers of the pages that stand in a log, from its beginning on.
fn pages_in_log(log: &Path, size: u64) -> Result<HashSet<u64>, Reason> {
    let mut pages = HashSet::new();
    let file = match File::open(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(pages),
        opened => opened?,
    };
    let mut header = [0; LOG_HEADER];
    if !reads(&file, &mut header, 0)? {
        return Ok(pages);
    }
    let mut at = LOG_HEADER as u64;
    let mut frame = [0; FRAME_HEADER];
    // What an older life of the log has left behind its end has other salts.
    while reads(&file, &mut frame, at)? && frame[8..16] == header[16..24] {
        let page = [frame[0], frame[1], frame[2], frame[3]];
        pages.insert(u32::from_be_bytes(page).into());
        at += FRAME_HEADER as u64 + size;
    }
    Ok(pages)
}

/// Whether so many bytes stand there; then they are read.
fn reads(file: &File, bytes: &mut [u8], at: u64) -> Result<bool, Reason> {
    match file.read_exact_at(bytes, at) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => Ok(read.map(|()| true)?),
    }
}
