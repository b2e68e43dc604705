//! One write of a batch: who asks, what is decided, and the rows that come of it.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{
    Code, Command, Event, Refusal, RoomId, RoomKind, RoomName, Seq, Timestamp, User, UserId,
};
use parlor_rules::{Change, Planned, changes};
use parlor_store::source::Source;
use parlor_store::write::{Actor, Op, SessionLife};
use parlor_store::{Answer, Decision, Done, Published, Write, decide};

use crate::rows::{self, Columns, checksum, column, ids_text, people_key};
use crate::source::Tx;

/// A batch under way: the transaction, and what others will have to hear of it.
#[derive(Clone)]
pub(crate) struct Batch<'c> {
    pub(crate) tx: Tx<'c>,
    pub(crate) published: Vec<Published>,
}

/// Why a write ends early. Either way it has written nothing that stays.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It is refused, before anything was written.
    Refused(Refusal),
    /// A statement failed: what it wrote is to be rolled back.
    Statement(rusqlite::Error),
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(error)
    }
}

impl<'c> Batch<'c> {
    pub(crate) fn new(tx: Tx<'c>) -> Self {
        Self {
            tx,
            published: Vec::new(),
        }
    }

    /// Does one write. A refusal has written nothing.
    pub(crate) fn write(&mut self, write: &Write) -> rusqlite::Result<Answer> {
        let done = match &write.op {
            Op::Command(actor, command) => self.command(*actor, command, write.at),
            Op::Mark(actor, room, seq) => self.mark(*actor, *room, *seq, write.at),
            _ => self.account_op(&write.op, write.at),
        };
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Statement(error)) => Err(error),
        }
    }

    /// The account of an actor whose session stands and who is not disabled.
    pub(crate) fn let_in(&self, actor: Actor, at: Timestamp) -> Result<User, Stop> {
        let found = self.tx.row(
            "SELECT u.id, u.username, u.name, u.role, u.disabled,
                s.life, s.created_at, s.last_seen_at
             FROM sessions s JOIN users u ON u.n = s.user
             WHERE s.id = ?1 AND u.id = ?2",
            [actor.session.to_bytes(), actor.user.to_bytes()],
            |row| {
                let life: SessionLife = row.word(5)?;
                Ok((
                    row.user(0)?,
                    life.stands(row.moment(6)?, row.moment(7)?, at),
                ))
            },
        )?;
        match found {
            Some((user, true)) if !user.disabled => Ok(user),
            _ => Err(Code::NotSignedIn.into()),
        }
    }

    fn command(&mut self, actor: Actor, command: &Command, at: Timestamp) -> Result<Done, Stop> {
        let user = self.let_in(actor, at)?;
        Ok(match decide(&self.tx, &user, command)?? {
            Decision::Events(events) => {
                let first = self.append_events(command.room(), events, at)?;
                self.accepted(user.id, command, first, at)?
            }
            Decision::Remember { seq, at } => {
                self.remember(user.id, command, seq, at, false)?;
                acked(seq, at, false)
            }
            Decision::Again { seq, at } => acked(seq, at, true),
            Decision::Existing(room) => Done::Room {
                room,
                existing: true,
            },
            Decision::Nothing => Done::Nothing,
        })
    }

    /// What is kept of an accepted command besides its events, and its answer.
    fn accepted(
        &self,
        author: UserId,
        command: &Command,
        first: Seq,
        at: Timestamp,
    ) -> rusqlite::Result<Done> {
        match command {
            Command::Message { .. } => {
                self.remember(author, command, first, at, true)?;
                Ok(acked(first, at, false))
            }
            Command::CreateRoom(new) => {
                let people = (new.kind == RoomKind::Direct).then(|| {
                    let mut people = new.members.clone();
                    people.retain(|id| *id != author);
                    people.push(author);
                    people_key(&people)
                });
                let nonce = new.nonce.as_ref().map(|nonce| nonce.as_str());
                self.tx.run_one(
                    "UPDATE rooms SET people = ?2, made_nonce = ?3,
                        made_by = (SELECT n FROM users WHERE id = ?4) WHERE id = ?1",
                    (new.id.to_bytes(), people, nonce, author.to_bytes()),
                )?;
                Ok(Done::Room {
                    room: new.id,
                    existing: false,
                })
            }
            _ => Ok(Done::Nothing),
        }
    }

    fn remember(
        &self,
        author: UserId,
        command: &Command,
        seq: Seq,
        at: Timestamp,
        made_event: bool,
    ) -> rusqlite::Result<()> {
        let Command::Message { room, nonce, verb } = command else {
            return Ok(());
        };
        self.tx.run_one(
            "INSERT INTO nonces (room, author, nonce, seq, at, target, made_event, kind)
             VALUES ((SELECT n FROM rooms WHERE id = ?1), (SELECT n FROM users WHERE id = ?2),
                ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                room.to_bytes(),
                author.to_bytes(),
                nonce.as_str(),
                column(seq),
                at.as_millis(),
                verb.target().map(column),
                made_event,
                verb.event_kind(),
            ),
        )
    }

    fn mark(&mut self, actor: Actor, room: RoomId, seq: Seq, at: Timestamp) -> Result<Done, Stop> {
        let user = self.let_in(actor, at)?.id;
        let place = self.tx.row(
            "SELECT m.room, m.user, m.read, r.head
             FROM rooms r JOIN members m ON m.room = r.n JOIN users u ON u.n = m.user
             WHERE r.id = ?1 AND u.id = ?2",
            [room.to_bytes(), user.to_bytes()],
            |row| {
                let key: (i64, i64) = (row.get(0)?, row.get(1)?);
                Ok((key, row.seq(2)?, row.seq(3)?))
            },
        )?;
        let Some(((room_n, user_n), read, head)) = place else {
            return Err(Code::NotFound.into());
        };
        let seq = seq.min(head);
        if seq <= read {
            return Ok(Done::Marked(read));
        }
        self.tx.run_one(
            "UPDATE members SET read = ?3 WHERE room = ?1 AND user = ?2",
            (room_n, user_n, column(seq)),
        )?;
        self.published.push(Published::Marked { user, room, seq });
        Ok(Done::Marked(seq))
    }

    /// Gives events the room's next numbers and writes them, their rows and the
    /// room's head. The first one's number.
    pub(crate) fn append_events(
        &mut self,
        room: RoomId,
        events: Vec<Planned>,
        at: Timestamp,
    ) -> rusqlite::Result<Seq> {
        let head = self.tx.room(room)?.map_or(Seq::ZERO, |row| row.head);
        let mut seq = head;
        for Planned { by, kind } in events {
            seq = seq.next();
            self.append_event(room, Event { seq, at, by, kind })?;
        }
        self.tx.run_one(
            "UPDATE rooms SET head = ?2 WHERE id = ?1",
            (room.to_bytes(), column(seq)),
        )?;
        Ok(head.next())
    }

    fn append_event(&mut self, room: RoomId, event: Event) -> rusqlite::Result<()> {
        let mut newest_redacted = None;
        for change in changes(&event) {
            newest_redacted = newest_redacted.max(self.change(room, event.seq, change)?);
        }
        let encoded = EncodedEvent::new(&event);
        self.tx.run_one(
            "INSERT INTO events (room, seq, sum, json)
             VALUES ((SELECT n FROM rooms WHERE id = ?1), ?2, ?3, ?4)",
            (
                room.to_bytes(),
                column(event.seq),
                checksum(room, event.seq, &encoded.json),
                &*encoded.json,
            ),
        )?;
        self.published.push(Published::Event {
            room,
            event,
            encoded,
        });
        if let Some(newest) = newest_redacted {
            self.published.push(Published::Redacted { room, newest });
        }
        Ok(())
    }

    /// Makes one change of a room's rows; of a deletion, the newest event that lost its text.
    fn change(&mut self, room: RoomId, seq: Seq, change: Change) -> rusqlite::Result<Option<Seq>> {
        let tx = self.tx;
        if let Change::RoomMade { name, kind, topic } = &change {
            tx.run_one(
                "INSERT INTO rooms (id, kind, head, member_count, archived, name, name_key, topic)
                 VALUES (?1, ?2, 0, 0, 0, ?3, ?4, ?5)",
                (
                    room.to_bytes(),
                    rows::Word::word(*kind),
                    name.as_ref().map(RoomName::as_str),
                    name.as_ref().map(RoomName::key),
                    topic.as_str(),
                ),
            )?;
            return Ok(None);
        }
        let n = tx
            .room_n(room)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        match change {
            Change::RoomMade { .. } => {}
            Change::RoomSet {
                name,
                topic,
                archived,
            } => tx.run_one(
                "UPDATE rooms SET name = ifnull(?2, name), name_key = ifnull(?3, name_key),
                    topic = ifnull(?4, topic), archived = ifnull(?5, archived) WHERE n = ?1",
                (
                    n,
                    name.as_ref().map(RoomName::as_str),
                    name.as_ref().map(RoomName::key),
                    topic.as_ref().map(|topic| topic.as_str()),
                    archived,
                ),
            )?,
            Change::MemberMade { user, role, joined } => {
                let user = tx.known_user_n(user)?;
                tx.run_one(
                    "INSERT INTO members (room, user, role, joined, read)
                     VALUES (?1, ?2, ?3, ?4, ?4)",
                    (n, user, rows::Word::word(role), column(joined)),
                )?;
                count_members(tx, n, 1)?;
            }
            Change::MemberSet { user, role } => tx.run_one(
                "UPDATE members SET role = ?3 WHERE room = ?1 AND user = ?2",
                (n, tx.known_user_n(user)?, rows::Word::word(role)),
            )?,
            Change::MemberGone { user } => {
                tx.run_one(
                    "DELETE FROM members WHERE room = ?1 AND user = ?2",
                    (n, tx.known_user_n(user)?),
                )?;
                count_members(tx, n, -1)?;
            }
            Change::MessageMade {
                seq,
                at,
                by,
                nonce,
                text,
                mentions,
                reply_to,
            } => tx.run_one(
                "INSERT INTO messages (room, seq, at, by, rev, reply_to, nonce, mentions, text)
                 VALUES (?1, ?2, ?3, ?4, ?2, ?5, ?6, ?7, ?8)",
                (
                    n,
                    column(seq),
                    at.as_millis(),
                    tx.known_user_n(by)?,
                    reply_to.map(column),
                    nonce.as_str(),
                    ids_text(&mentions),
                    text.as_ref().map(|text| text.as_str()),
                ),
            )?,
            Change::MessageSet {
                target,
                text,
                edited_at,
            } => {
                tx.run_one(
                    "UPDATE messages SET text = ?3, edited_at = ?4 WHERE room = ?1 AND seq = ?2",
                    (
                        n,
                        column(target),
                        text.as_ref().map(|text| text.as_str()),
                        edited_at.as_millis(),
                    ),
                )?;
                tx.run_one(
                    "INSERT INTO edits (room, target, seq) VALUES (?1, ?2, ?3)",
                    (n, column(target), column(seq)),
                )?;
            }
            Change::MessageGone { target } => {
                tx.run_one(
                    "UPDATE messages SET text = NULL, mentions = NULL, edited_at = NULL,
                        reply_to = NULL WHERE room = ?1 AND seq = ?2",
                    (n, column(target)),
                )?;
                tx.run(
                    "DELETE FROM reactions WHERE room = ?1 AND target = ?2",
                    (n, column(target)),
                )?;
                return self.redact(room, n, target).map(Some);
            }
            Change::ReactionMade {
                target,
                emoji,
                by,
                seq,
            } => tx.run_one(
                "INSERT INTO reactions (room, target, emoji, by, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    n,
                    column(target),
                    emoji.as_str(),
                    tx.known_user_n(by)?,
                    column(seq),
                ),
            )?,
            Change::ReactionGone { target, emoji, by } => tx.run_one(
                "DELETE FROM reactions
                 WHERE room = ?1 AND target = ?2 AND emoji = ?3 AND by = ?4",
                (n, column(target), emoji.as_str(), tx.known_user_n(by)?),
            )?,
            Change::Touched { target, rev } => tx.run_one(
                "UPDATE messages SET rev = ?3 WHERE room = ?1 AND seq = ?2",
                (n, column(target), column(rev)),
            )?,
        }
        Ok(None)
    }

    /// Turns the stored post and its edits into tombstones, and those of this
    /// batch that nobody has heard of yet. The newest of them.
    fn redact(&mut self, room: RoomId, n: i64, target: Seq) -> rusqlite::Result<Seq> {
        let mut events = self.tx.rows(
            "SELECT seq FROM edits WHERE room = ?1 AND target = ?2 ORDER BY seq",
            (n, column(target)),
            |row| row.seq(0),
        )?;
        events.insert(0, target);
        for &seq in &events {
            let event = self.tx.row(
                "SELECT json FROM events WHERE room = ?1 AND seq = ?2",
                (n, column(seq)),
                |row| rows::event(row, 0),
            )?;
            let mut event = event.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            event.kind.redact();
            let encoded = EncodedEvent::new(&event);
            self.tx.run_one(
                "UPDATE events SET json = ?3, sum = ?4 WHERE room = ?1 AND seq = ?2",
                (
                    n,
                    column(seq),
                    &*encoded.json,
                    checksum(room, seq, &encoded.json),
                ),
            )?;
            self.redact_published(room, &event, &encoded);
        }
        Ok(events.last().copied().unwrap_or(target))
    }

    fn redact_published(&mut self, room: RoomId, redacted: &Event, json: &EncodedEvent) {
        for published in &mut self.published {
            if let Published::Event {
                room: of,
                event,
                encoded,
            } = published
                && *of == room
                && event.seq == redacted.seq
            {
                event.clone_from(redacted);
                encoded.clone_from(json);
            }
        }
    }
}

fn acked(seq: Seq, at: Timestamp, duplicate: bool) -> Done {
    Done::Acked { seq, at, duplicate }
}

fn count_members(tx: Tx<'_>, room: i64, by: i64) -> rusqlite::Result<()> {
    tx.run_one(
        "UPDATE rooms SET member_count = member_count + ?2 WHERE n = ?1",
        (room, by),
    )
}
