//! One write of a batch: who asks, what is decided, and the rows that come of it.

use parlor_protocol::{Code, Command, Refusal, RoomId, RoomKind, Seq, Timestamp, User, UserId};
use parlor_sabotage::{Switch, is};
use parlor_store::audit::{self, Entry};
use parlor_store::write::{Actor, Op, SessionLife};
use parlor_store::{Answer, Decision, Done, Published, Write, decide};

use crate::rows::{Columns, column, people_key};
use crate::sabotage;
use crate::source::Tx;

mod events;

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
        let published = self.published.len();
        let done = match &write.op {
            Op::Command(actor, command) => self.command(*actor, command, write.at),
            Op::Mark(actor, room, seq) => self.mark(*actor, *room, *seq, write.at),
            _ => self.account_op(&write.op, write.at),
        };
        match done {
            Ok(done) => {
                let changed = self.published.len() > published;
                if let Some(entry) = audit::entry(write, &done, changed) {
                    self.write_down(&entry)?;
                }
                Ok(Ok(done))
            }
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Statement(error)) => Err(error),
        }
    }

    fn write_down(&self, entry: &Entry) -> rusqlite::Result<()> {
        self.tx.run_one(
            "INSERT INTO audit (at, by, session, what, about, room) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                entry.at.as_millis(),
                entry.by.map(|it| it.to_bytes()),
                entry.session.map(|it| it.to_bytes()),
                &entry.what,
                entry.about.map(|it| it.to_bytes()),
                entry.room.map(|it| it.to_bytes()),
            ),
        )
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
        sabotage::forget(self.tx, at)?;
        Ok(match decide(&self.tx, &user, command)?? {
            Decision::Events(events) => {
                let first = self.append_events(command.room(), events, at)?;
                self.accepted(user.id, command, first, at)?
            }
            Decision::Remember { seq, at } => {
                if !is(Switch::ForgetUnchangedNonces) {
                    self.remember(user.id, command, seq, at, false)?;
                }
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
}

fn acked(seq: Seq, at: Timestamp, duplicate: bool) -> Done {
    Done::Acked { seq, at, duplicate }
}
