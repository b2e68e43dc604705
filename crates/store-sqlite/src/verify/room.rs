//! One room: its log from the first event on, then its row, its members, its reactions.

use std::collections::{BTreeMap, HashMap};

use parlor_protocol::{
    Emoji, Event, EventKind, RoomId, RoomKind, RoomName, RoomRole, Seq, Timestamp, Topic, UserId,
};
use parlor_rules::{Change, changes};
use rusqlite::Row;

use super::{Report, Texts, Users, messages};
use crate::rows::{Columns, checksum, column, people_key, whole_json};
use crate::source::Tx;

/// What a log says of its room, folded.
#[derive(Default)]
pub(super) struct Folded {
    room: Option<RoomFold>,
    members: BTreeMap<UserId, (RoomRole, Seq)>,
    pub(super) touched: HashMap<Seq, Touched>,
    reactions: BTreeMap<(Seq, Emoji, UserId), Seq>,
    head: Seq,
}

struct RoomFold {
    name: Option<RoomName>,
    kind: RoomKind,
    topic: Topic,
    archived: bool,
}

/// What came after a post.
#[derive(Default)]
pub(super) struct Touched {
    /// The newest edit's moment, and its text's number.
    pub(super) edited: Option<(Timestamp, Option<i64>)>,
    pub(super) gone: bool,
    pub(super) rev: Seq,
}

/// Where a difference is, and where it goes.
pub(super) struct Finding<'r> {
    pub(super) room: RoomId,
    pub(super) report: &'r mut Report,
}

impl Finding<'_> {
    pub(super) fn differs(&mut self, what: impl std::fmt::Display) {
        self.report.differs(format!("room {}: {what}", self.room));
    }

    pub(super) fn event(&mut self, seq: Seq, what: impl std::fmt::Display) {
        self.differs(format_args!("event {seq}: {what}"));
    }
}

pub(super) fn verify(
    tx: Tx<'_>,
    (users, texts): (&Users, &mut Texts),
    (n, room): (i64, RoomId),
    report: &mut Report,
) -> rusqlite::Result<()> {
    let mut finding = Finding { room, report };
    let folded = fold(tx, n, texts, &mut finding)?;
    messages::verify(tx, users, n, &folded, &mut finding)?;
    room_row(tx, n, &folded, &mut finding)?;
    members(tx, n, &folded, &mut finding)?;
    reactions(tx, users, n, folded, &mut finding)
}

/// Reads the whole log, checks each event, and folds it.
fn fold(
    tx: Tx<'_>,
    n: i64,
    texts: &mut Texts,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<Folded> {
    let mut folded = Folded::default();
    let mut statement = tx.0.prepare_cached(
        "SELECT e.seq, e.sum, e.json, e.text_at, t.body, e.text, e.text_at, t.body
             FROM events e LEFT JOIN texts t ON t.n = e.text WHERE e.room = ?1 ORDER BY e.seq",
    )?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        finding.report.events += 1;
        let seq = row.seq(0)?;
        let expected = folded.head.next();
        if seq > expected {
            let missing = match seq.get() - expected.get() {
                1 => format!("event {expected} is missing"),
                count => format!("{count} events from {expected} on are missing"),
            };
            finding.differs(missing);
        }
        folded.head = seq;
        if let Some(event) = checked(row, seq, finding)? {
            let text: Option<i64> = row.get(5)?;
            let written = matches!(
                event.kind,
                EventKind::MessagePosted { .. } | EventKind::MessageEdited { .. }
            );
            texts.check(row, 5, (seq, written), finding)?;
            folded.apply(&event, text);
        }
    }
    if folded.room.is_none() {
        finding.differs("its log does not begin with room_created");
    }
    Ok(folded)
}

/// An event as it stands, its checksum and number compared.
fn checked(row: &Row<'_>, seq: Seq, finding: &mut Finding<'_>) -> rusqlite::Result<Option<Event>> {
    let json = match whole_json(row, 2) {
        Ok(json) => json,
        Err(error) => {
            finding.event(seq, format_args!("it cannot be read: {error}"));
            return Ok(None);
        }
    };
    if row.get_ref(1)?.as_blob() != Ok(&checksum(finding.room, seq, &json)[..]) {
        finding.event(seq, "its checksum differs");
    }
    match serde_json::from_str::<Event>(&json) {
        Ok(event) => {
            if event.seq != seq {
                finding.event(seq, format_args!("it says that it is {}", event.seq));
            }
            if (seq.get() == 1) != matches!(event.kind, EventKind::RoomCreated { .. }) {
                finding.event(seq, format_args!("{} stands there", event.kind.name()));
            }
            Ok(Some(Event { seq, ..event }))
        }
        Err(error) => {
            finding.event(seq, format_args!("it cannot be read: {error}"));
            Ok(None)
        }
    }
}

impl Folded {
    fn apply(&mut self, event: &Event, text: Option<i64>) {
        for change in changes(event) {
            self.change(change, text);
        }
    }

    fn change(&mut self, change: Change, text: Option<i64>) {
        match change {
            Change::RoomMade { name, kind, topic } => {
                self.room = Some(RoomFold {
                    name,
                    kind,
                    topic,
                    archived: false,
                });
            }
            Change::RoomSet {
                name,
                topic,
                archived,
            } => {
                if let Some(room) = &mut self.room {
                    room.name = name.or_else(|| room.name.take());
                    room.topic = topic.unwrap_or_else(|| room.topic.clone());
                    room.archived = archived.unwrap_or(room.archived);
                }
            }
            Change::MemberMade { user, role, joined } => {
                self.members.insert(user, (role, joined));
            }
            Change::MemberSet { user, role } => {
                if let Some(member) = self.members.get_mut(&user) {
                    member.0 = role;
                }
            }
            Change::MemberGone { user } => {
                self.members.remove(&user);
            }
            // Compared with its row when the log is read a second time.
            Change::MessageMade { .. } => {}
            Change::MessageSet {
                target,
                text: _,
                edited_at,
            } => {
                self.touched.entry(target).or_default().edited = Some((edited_at, text));
            }
            Change::MessageGone { target } => {
                self.touched.entry(target).or_default().gone = true;
                let first = |seq| (seq, Emoji::from_store(""), UserId::NOWHERE);
                let of_it = self.reactions.range(first(target)..first(target.next()));
                let of_it: Vec<_> = of_it.map(|(key, _)| key.clone()).collect();
                for key in of_it {
                    self.reactions.remove(&key);
                }
            }
            Change::ReactionMade {
                target,
                emoji,
                by,
                seq,
            } => {
                self.reactions.insert((target, emoji, by), seq);
            }
            Change::ReactionGone { target, emoji, by } => {
                self.reactions.remove(&(target, emoji, by));
            }
            Change::Touched { target, rev } => {
                self.touched.entry(target).or_default().rev = rev;
            }
        }
    }

    /// The newest event of the log.
    pub(super) fn head(&self) -> Seq {
        self.head
    }
}

fn room_row(
    tx: Tx<'_>,
    n: i64,
    folded: &Folded,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let Some(room) = &folded.room else {
        return Ok(());
    };
    let name = room.name.as_ref();
    let people: Vec<UserId> = folded.members.keys().copied().collect();
    let people = (room.kind == RoomKind::Direct).then(|| people_key(&people));
    let sql = "SELECT head, member_count, kind, archived, name, name_key, topic, people
               FROM rooms WHERE n = ?1";
    let columns = tx.row(sql, [n], |row| {
        Ok([
            ("head", row.seq(0)? == folded.head),
            ("member_count", row.count(1)? == folded.members.len() as u64),
            ("kind", row.word::<RoomKind>(2)? == room.kind),
            ("archived", row.get::<_, bool>(3)? == room.archived),
            (
                "name",
                same_text(row, 4, name.map(|it| it.as_str().into()))?,
            ),
            ("name_key", same_text(row, 5, name.map(RoomName::key))?),
            (
                "topic",
                same_text(row, 6, Some(room.topic.as_str().into()))?,
            ),
            ("people", row.get::<_, Option<Vec<u8>>>(7)? == people),
        ])
    })?;
    for (column, _) in columns.into_iter().flatten().filter(|(_, same)| !same) {
        finding.differs(format_args!("its row has another {column} than its log"));
    }
    Ok(())
}

fn same_text(row: &Row<'_>, at: usize, expected: Option<String>) -> rusqlite::Result<bool> {
    Ok(row.get_ref(at)?.as_str_or_null()? == expected.as_deref())
}

fn members(tx: Tx<'_>, n: i64, folded: &Folded, finding: &mut Finding<'_>) -> rusqlite::Result<()> {
    let mut expected = folded.members.clone();
    let rows = tx.rows(
        "SELECT u.id, m.role, m.joined, m.read
         FROM members m JOIN users u ON u.n = m.user WHERE m.room = ?1 ORDER BY u.id",
        [n],
        |row| {
            let member = (row.word::<RoomRole>(1)?, row.seq(2)?);
            Ok((row.user_id(0)?, member, row.seq(3)?))
        },
    )?;
    for (user, member, read) in rows {
        match expected.remove(&user) {
            None => finding.differs(format_args!("{user} is a member by a row, not by the log")),
            Some(logged) if logged != member => {
                finding.differs(format_args!("{user} is another member than in the log"));
            }
            Some(_) if read < member.1 || read > folded.head => {
                finding.differs(format_args!("{user}: the marker {read} is out of bounds"));
            }
            Some(_) => {}
        }
    }
    for user in expected.keys() {
        finding.differs(format_args!("{user} is a member by the log, not by a row"));
    }
    Ok(())
}

fn reactions(
    tx: Tx<'_>,
    users: &Users,
    n: i64,
    folded: Folded,
    finding: &mut Finding<'_>,
) -> rusqlite::Result<()> {
    let mut expected = folded.reactions;
    let mut statement =
        tx.0.prepare_cached("SELECT target, emoji, by, seq FROM reactions WHERE room = ?1")?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        let target = row.seq(0)?;
        let emoji = Emoji::from_store(row.get_ref(1)?.as_str()?);
        let by = users.ids.get(&row.get::<_, i64>(2)?).copied();
        let key = (target, emoji, by.unwrap_or(UserId::NOWHERE));
        if expected.remove(&key) != Some(row.seq(3)?) {
            finding.differs(format_args!(
                "message {target}: a reaction {} differs from the log",
                key.1.as_str()
            ));
        }
    }
    for ((target, emoji, _), seq) in expected {
        let emoji = emoji.as_str();
        finding.differs(format_args!(
            "message {target}: the reaction {emoji} of event {} has no row",
            column(seq)
        ));
    }
    Ok(())
}
