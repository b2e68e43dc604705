//! How things of ours stand in columns, and how they are read back.
//!
//! A value that cannot be read back is a damaged row: an error of the column, never a panic.

use parlor_protocol::{
    DisplayName, Event, MessageText, Person, RoomId, RoomKind, RoomRole, Seq, ServerRole,
    Timestamp, User, UserId, Username,
};
use parlor_store::write::SessionLife;
use rusqlite::Row;
use rusqlite::types::Type;
use sha2::{Digest, Sha256};

/// A word that stands for one of ours in a column.
pub(crate) trait Word: Sized + Copy + 'static {
    const ALL: &'static [(Self, &'static str)];
    fn word(self) -> &'static str;
}

macro_rules! words {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl Word for $type {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $word)),+];
            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

words!(RoomKind { Open = "open", Closed = "closed", Direct = "direct" });
words!(RoomRole { Member = "member", Owner = "owner" });
words!(ServerRole { Member = "member", Admin = "admin", Owner = "owner" });
words!(SessionLife { Browser = "browser", Token = "token" });

/// Columns as things of ours.
pub(crate) trait Columns {
    fn word<W: Word>(&self, at: usize) -> rusqlite::Result<W>;
    fn seq(&self, at: usize) -> rusqlite::Result<Seq>;
    fn maybe_seq(&self, at: usize) -> rusqlite::Result<Option<Seq>>;
    fn moment(&self, at: usize) -> rusqlite::Result<Timestamp>;
    fn count(&self, at: usize) -> rusqlite::Result<u64>;
    fn user_id(&self, at: usize) -> rusqlite::Result<UserId>;
    fn room_id(&self, at: usize) -> rusqlite::Result<RoomId>;
    /// `id, username, name`, from this column on.
    fn person(&self, at: usize) -> rusqlite::Result<Person>;
    /// `id, username, name, role, disabled`, from this column on.
    fn user(&self, at: usize) -> rusqlite::Result<User>;
    /// Ids between commas, as [`ids_text`] writes them.
    fn ids(&self, at: usize) -> rusqlite::Result<Vec<UserId>>;
}

impl Columns for Row<'_> {
    fn word<W: Word>(&self, at: usize) -> rusqlite::Result<W> {
        let text = self.get_ref(at)?.as_str()?;
        W::ALL
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(value, _)| *value)
            .ok_or_else(|| damaged(at, format!("no such word: {text}")))
    }

    fn seq(&self, at: usize) -> rusqlite::Result<Seq> {
        let number = self.count(at)?;
        Seq::new(number).ok_or_else(|| damaged(at, format!("no seq: {number}")))
    }

    fn maybe_seq(&self, at: usize) -> rusqlite::Result<Option<Seq>> {
        match self.get_ref(at)? {
            rusqlite::types::ValueRef::Null => Ok(None),
            _ => self.seq(at).map(Some),
        }
    }

    fn moment(&self, at: usize) -> rusqlite::Result<Timestamp> {
        self.get(at).map(Timestamp::from_millis)
    }

    fn count(&self, at: usize) -> rusqlite::Result<u64> {
        let number: i64 = self.get(at)?;
        u64::try_from(number).map_err(|_| damaged(at, format!("no count: {number}")))
    }

    fn user_id(&self, at: usize) -> rusqlite::Result<UserId> {
        self.get(at).map(UserId::from_bytes)
    }

    fn room_id(&self, at: usize) -> rusqlite::Result<RoomId> {
        self.get(at).map(RoomId::from_bytes)
    }

    fn person(&self, at: usize) -> rusqlite::Result<Person> {
        Ok(Person {
            id: self.user_id(at)?,
            username: Username::from_store(self.get(at + 1)?),
            name: DisplayName::from_store(self.get(at + 2)?),
        })
    }

    fn user(&self, at: usize) -> rusqlite::Result<User> {
        Ok(User {
            id: self.user_id(at)?,
            username: Username::from_store(self.get(at + 1)?),
            name: DisplayName::from_store(self.get(at + 2)?),
            role: self.word(at + 3)?,
            disabled: self.get(at + 4)?,
        })
    }

    fn ids(&self, at: usize) -> rusqlite::Result<Vec<UserId>> {
        let text: Option<&str> = self.get_ref(at)?.as_str_or_null()?;
        Ok(text.map_or_else(Vec::new, |text| {
            text.split(',').map(UserId::parse).collect()
        }))
    }
}

/// Ids between commas; `None` where there are none.
pub(crate) fn ids_text(ids: &[UserId]) -> Option<String> {
    let text: Vec<String> = ids.iter().map(ToString::to_string).collect();
    (!text.is_empty()).then(|| text.join(","))
}

/// The ids of a direct room's people, sorted, one after the other.
pub(crate) fn people_key(people: &[UserId]) -> Vec<u8> {
    let mut people = people.to_vec();
    people.sort_unstable();
    people.iter().flat_map(|id| id.to_bytes()).collect()
}

/// A seq as a column. Lossless: a seq is below 2^53.
pub(crate) fn column(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

/// An event's checksum: the first 16 bytes of SHA-256 over its room's id, its
/// seq and its whole JSON (which holds seq, time, author and payload).
pub(crate) fn checksum(room: RoomId, seq: Seq, json: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(room.to_bytes());
    hash.update(seq.get().to_be_bytes());
    hash.update(json.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut sum = [0; 16];
    sum.copy_from_slice(&digest[..16]);
    sum
}

/// What a text's member of an event begins with. Nowhere else does it stand in
/// one: inside of a string there is a `\` before each `"`.
const MEMBER: &str = "\"text\":";

/// An event's JSON without its text, and where that belongs.
///
/// # Errors
/// Where it is not to be found: then nothing may be written.
pub(crate) fn without_text(json: &str, text: &MessageText) -> rusqlite::Result<(String, i64)> {
    let (before, _) = json.split_once(MEMBER).unwrap_or_default();
    let after = json[before.len()..].strip_prefix(&member(text.as_str()));
    match (after, i64::try_from(before.len())) {
        (Some(after), Ok(at)) => Ok(([before, after].concat(), at)),
        _ => Err(damaged(0, "an event's text is not where it belongs".into())),
    }
}

/// The member with the comma after it: never is it an event's last.
fn member(text: &str) -> String {
    format!("{MEMBER}{},", serde_json::Value::from(text))
}

/// An event's JSON as it is published, from `json, text_at, body` in the columns
/// from `at` on; the body is that of its text.
pub(crate) fn whole_json(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    let json = row.get_ref(at)?.as_str()?;
    let place: Option<i64> = row.get(at + 1)?;
    let Some(place) = place else {
        return Ok(json.to_owned());
    };
    let place = usize::try_from(place).unwrap_or(usize::MAX);
    let text = text(row, at + 2)?.ok_or_else(|| damaged(at + 2, "its text is missing".into()))?;
    match (json.get(..place), json.get(place..)) {
        (Some(before), Some(after)) => Ok([before, &member(text), after].concat()),
        _ => Err(damaged(at + 1, format!("no place for a text: {place}"))),
    }
}

/// A text's body in column `at`; `None` where there is no row of it.
pub(crate) fn text<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Option<&'r str>> {
    let body = row.get_ref(at)?.as_blob_or_null()?;
    body.map(std::str::from_utf8)
        .transpose()
        .map_err(|error| damaged(at, error.to_string()))
}

/// An event from its JSON in column `at`, as it stands there: without its text.
pub(crate) fn bare_event(row: &Row<'_>, at: usize) -> rusqlite::Result<Event> {
    let json = row.get_ref(at)?.as_str()?;
    serde_json::from_str(json).map_err(|error| damaged(at, error.to_string()))
}

/// A column that holds what nothing of ours writes.
pub(crate) fn damaged(at: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Null, why.into())
}
