//! A room's messages, edits and nonces, compared with its log read a second time.

use parlor_protocol::{Event, EventKind, Nonce, Seq, Timestamp, UserId};
use parlor_rules::{Change, changes};

use super::Users;
use super::room::{Finding, Folded};
use crate::rows::{self, Columns, column, ids_text};
use crate::source::Tx;

/// How many rows a log calls for.
#[derive(Default)]
struct Expected {
    messages: u64,
    edits: u64,
    nonces: u64,
}

pub(super) fn verify(
    tx: Tx<'_>,
    users: &Users,
    n: i64,
    folded: &Folded,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let mut expected = Expected::default();
    let mut statement = tx.0.prepare_cached(
        "SELECT json, text, text_at IS NOT NULL FROM events WHERE room = ?1 ORDER BY seq",
    )?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        // What cannot be read was named before.
        let Ok(event) = rows::bare_event(row, 0) else {
            continue;
        };
        let (text, shown): (Option<i64>, bool) = (row.get(1)?, row.get(2)?);
        if event.kind.text().is_some() {
            finding.event(
                event.seq,
                "its JSON holds the text, which belongs beside it",
            );
        }
        redaction(&event, shown, folded, finding);
        for change in changes(&event) {
            match change {
                Change::MessageMade { .. } => {
                    expected.messages += 1;
                    message(tx, users, n, (change, text), folded, finding)?;
                }
                Change::MessageSet { target, .. } => {
                    expected.edits += 1;
                    let sql = "SELECT 1 FROM edits WHERE room = ?1 AND target = ?2 AND seq = ?3";
                    let key = (n, column(target), column(event.seq));
                    if tx.row(sql, key, |_| Ok(()))?.is_none() {
                        finding.event(event.seq, "this edit has no row");
                    }
                }
                _ => {}
            }
        }
        if let Some((nonce, target)) = nonce_of(&event) {
            expected.nonces += 1;
            remembered(tx, users, n, &event, (nonce, target), finding)?;
        }
    }
    counts(tx, n, &expected, folded, finding)
}

/// What is deleted has no text in the log, and only that.
fn redaction(event: &Event, shown: bool, folded: &Folded, finding: &mut Finding<'_>) {
    let (message, redacted) = match &event.kind {
        EventKind::MessagePosted { redacted, .. } => (event.seq, *redacted),
        EventKind::MessageEdited {
            target, redacted, ..
        } => (*target, *redacted),
        _ => return,
    };
    let gone = folded.touched.get(&message).is_some_and(|it| it.gone);
    if gone && (!redacted || shown) {
        finding.event(event.seq, "its message is deleted, and it is not redacted");
    } else if !gone && (redacted || !shown) {
        finding.event(event.seq, "it is redacted, and its message is not deleted");
    }
}

/// A message's row, field by field.
fn message(
    tx: Tx<'_>,
    users: &Users,
    n: i64,
    (made, text): (Change, Option<i64>),
    folded: &Folded,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let Change::MessageMade {
        seq,
        at,
        by,
        nonce,
        text: _,
        mentions,
        reply_to,
    } = made
    else {
        return Ok(());
    };
    let after = folded.touched.get(&seq);
    let gone = after.is_some_and(|it| it.gone);
    let edited = after.and_then(|it| it.edited).filter(|_| !gone);
    let text = match edited {
        Some((_, text)) => text,
        None => text,
    };
    let mentions = ids_text(&mentions).filter(|_| !gone);
    let reply_to = reply_to.filter(|_| !gone);
    let rev = after.map_or(seq, |it| it.rev.max(seq));
    let columns = tx.row(
        "SELECT at, by, rev, reply_to, edited_at, nonce, mentions, text
         FROM messages WHERE room = ?1 AND seq = ?2",
        (n, column(seq)),
        |row| {
            let edited_at: Option<i64> = row.get(4)?;
            Ok([
                ("at", row.moment(0)? == at),
                ("by", users.ids.get(&row.get::<_, i64>(1)?) == Some(&by)),
                ("rev", row.seq(2)? == rev),
                ("reply_to", row.maybe_seq(3)? == reply_to),
                (
                    "edited_at",
                    edited_at == edited.map(|(at, _)| at.as_millis()),
                ),
                ("nonce", row.get_ref(5)?.as_str()? == nonce.as_str()),
                (
                    "mentions",
                    row.get_ref(6)?.as_str_or_null()? == mentions.as_deref(),
                ),
                (
                    "text",
                    row.get::<_, Option<i64>>(7)? == text.filter(|_| !gone),
                ),
            ])
        },
    )?;
    match columns {
        None => finding.differs(format_args!("message {seq} has no row")),
        Some(columns) => {
            for (column, _) in columns.into_iter().filter(|(_, same)| !same) {
                finding.differs(format_args!(
                    "message {seq}: its row has another {column} than the log"
                ));
            }
        }
    }
    Ok(())
}

/// The nonce of an event that a message command made, and the message it was about.
fn nonce_of(event: &Event) -> Option<(&Nonce, Option<Seq>)> {
    match &event.kind {
        EventKind::MessagePosted { nonce, .. } => Some((nonce, None)),
        EventKind::MessageEdited { nonce, target, .. }
        | EventKind::MessageDeleted { nonce, target, .. }
        | EventKind::ReactionAdded { nonce, target, .. }
        | EventKind::ReactionRemoved { nonce, target, .. } => Some((nonce, Some(*target))),
        _ => None,
    }
}

fn remembered(
    tx: Tx<'_>,
    users: &Users,
    n: i64,
    event: &Event,
    (nonce, target): (&Nonce, Option<Seq>),
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let author = |id: &UserId| users.numbers.get(id).copied().unwrap_or(0);
    let row = tx.row(
        "SELECT seq, at, target, made_event, kind FROM nonces
         WHERE room = ?1 AND author = ?2 AND nonce = ?3",
        (n, author(&event.by.id), nonce.as_str()),
        |row| {
            let made: bool = row.get(3)?;
            let at: Timestamp = row.moment(1)?;
            Ok(made
                && row.seq(0)? == event.seq
                && at == event.at
                && row.maybe_seq(2)? == target
                && row.get_ref(4)?.as_str()? == event.kind.name())
        },
    )?;
    match row {
        Some(true) => {}
        Some(false) => finding.event(event.seq, "what is remembered of its nonce differs"),
        None => finding.event(event.seq, "its nonce is forgotten"),
    }
    Ok(())
}

/// Rows that no event calls for.
fn counts(
    tx: Tx<'_>,
    n: i64,
    expected: &Expected,
    folded: &Folded,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let tables = [
        ("messages", "1", expected.messages),
        ("edits", "1", expected.edits),
        ("nonces", "made_event", expected.nonces),
    ];
    for (table, which, expected) in tables {
        let sql = format!("SELECT count(*) FROM {table} WHERE room = ?1 AND {which}");
        let found = tx.row(&sql, [n], |row| row.count(0))?.unwrap_or(0);
        if found > expected {
            let extra = found - expected;
            finding.differs(format_args!(
                "{table}: {extra} rows more than its log calls for"
            ));
        }
    }
    let sql = "SELECT count(*) FROM nonces o WHERE room = ?1 AND NOT made_event AND (
                seq > ?2 OR target IS NULL OR NOT EXISTS (
                    SELECT 1 FROM messages m WHERE m.room = o.room AND m.seq = o.target))";
    let odd = tx.row(sql, (n, column(folded.head())), |row| row.count(0))?;
    if let Some(odd @ 1..) = odd {
        finding.differs(format_args!(
            "nonces: {odd} rows are about nothing that is there"
        ));
    }
    Ok(())
}
