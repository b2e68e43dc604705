//! Everything that changes the database, and what comes of it.

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::{
    Command, DisplayName, Event, InviteId, Refusal, RoomId, Seq, ServerRole, SessionId, Timestamp,
    User, UserId, Username,
};

/// One thing to write, and when it was asked.
#[derive(Clone, Debug)]
pub struct Write {
    /// The moment it is stamped with; ordering never rests on it.
    pub at: Timestamp,
    /// What.
    pub op: Op,
}

/// What can be written.
#[derive(Clone, Debug)]
pub enum Op {
    /// Something in a room. Answered by [`Done::Acked`] (message verbs),
    /// [`Done::Room`] (a new room) or [`Done::Nothing`].
    Command(Actor, Command),
    /// Move the actor's marker up to `seq`, at most to the head. [`Done::Marked`];
    /// `not_found` where they are no member.
    Mark(Actor, RoomId, Seq),
    /// Make an account, in `general`, and a first session where one is given.
    /// [`Done::Account`]. Refusals, in this order: what lets it in does not hold
    /// (`invite_needed`, `bad_claim_token`, `not_found` for a claim of a claimed server), `username_taken`.
    AddAccount(NewAccount),
    /// Sign in. [`Done::Account`]; `invalid_credentials` where the proof does not
    /// hold any more or the account is disabled, not there or `parlor`.
    StartSession(UserId, Proof, NewSession),
    /// The demo signs in: `prathmesh`, made on the spot where missing, while
    /// nobody owns the server. [`Done::Account`]; `invalid_credentials` once claimed.
    /// The id is used where the account is made.
    StartDemoSession(UserId, NewSession),
    /// End one of the actor's own sessions. [`Done::Nothing`]; `not_found`.
    EndSession(Actor, SessionId),
    /// The session was used at the write's moment. [`Done::Nothing`], also where it is gone
    /// or ran out, which this does not undo.
    SessionSeen(SessionId),
    /// A new password for the actor, whose stored hash still must be `old`
    /// (else `wrong_password`); all their other sessions end. [`Done::Nothing`].
    ChangePassword {
        /// Who.
        actor: Actor,
        /// The stored hash that was verified.
        old: String,
        /// The new hash.
        new: String,
    },
    /// A new hash of the same password, because its parameters rose; nothing
    /// where the stored one is not `old` any more. [`Done::Nothing`].
    Rehash {
        /// Whose.
        user: UserId,
        /// The stored hash.
        old: String,
        /// The new one.
        new: String,
    },
    /// Somebody else's password; all their sessions end, tokens too. [`Done::Nothing`].
    ResetPassword(Authority, UserId, String),
    /// Give a role, disable or enable. [`Done::Account`].
    UpdateUser {
        /// On whose word.
        by: Authority,
        /// Whom.
        user: UserId,
        /// Their new role.
        role: Option<ServerRole>,
        /// Whether they are to be disabled. Ends the sessions of browsers; tokens of the
        /// command line sleep until the account is enabled.
        disabled: Option<bool>,
    },
    /// The actor's own name. [`Done::Account`].
    RenameUser(Actor, DisplayName),
    /// The server's name. [`Done::Nothing`].
    RenameServer(Actor, DisplayName),
    /// An invite link. [`Done::Nothing`].
    AddInvite(Authority, NewInvite),
    /// Take an invite link back. [`Done::Nothing`]; `not_found`.
    RemoveInvite(Authority, InviteId),
    /// A new owner link, which ends the older. [`Done::Nothing`]; `not_found` once claimed.
    SetClaimLink(SecretHash, Timestamp),
}

/// Who acts, over which session. In the transaction the account must not be
/// disabled and the session must stand, or the answer is `not_signed_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
}

/// On whose word something is done to the server's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// An account, which must have the right in the transaction (else `forbidden`).
    Account(Actor),
    /// Whoever holds the data folder. May everything but `last_owner`.
    Console,
}

/// SHA-256 of a secret of 128 bits or more: a token, an invite's code, an owner link.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretHash(pub [u8; 32]);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub id: UserId,
    /// Its handle.
    pub username: Username,
    /// What its owner is called.
    pub name: DisplayName,
    /// The hash of its password, in PHC form.
    pub password: String,
    /// What lets it in.
    pub grant: Grant,
    /// Its first session.
    pub session: Option<NewSession>,
}

/// What lets an account in. Judged in the transaction that writes it.
#[derive(Clone, Debug)]
pub enum Grant {
    /// Nobody owns the server (else `invite_needed`), and it is a demo. The account and its sessions are the demo's.
    Demo,
    /// An invite's code, counted in the same transaction.
    Invite(SecretHash),
    /// The owner link: the account becomes the owner, the server is claimed and named.
    /// Claiming, this way or from the console, ends the demo: accounts signed up in it are disabled,
    /// `prathmesh` has no password, the browsers' sessions of both end; tokens stay.
    Claim(SecretHash, Option<DisplayName>),
    /// Whoever holds the data folder. `admin`: the owner of an unclaimed server (which
    /// claims it), an admin of a claimed one.
    Console {
        /// More than a member.
        admin: bool,
    },
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Hash of its token.
    pub token: SecretHash,
    /// What it is called in the list of sessions.
    pub label: String,
    /// How long it lives.
    pub life: SessionLife,
}

/// How long a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionLife {
    /// 30 days idle, 180 days at most (`limits::SESSION_MS`).
    Browser,
    /// Until revoked: a token of the command line.
    Token,
}

/// What a sign-in rests on.
#[derive(Clone, Debug)]
pub enum Proof {
    /// This stored hash was verified; it must still be the stored one.
    Password(String),
    /// Whoever holds the data folder.
    Console,
}

/// An invite to be made.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// Its id.
    pub id: InviteId,
    /// Hash of its code.
    pub code: SecretHash,
    /// How often it is good.
    pub max_uses: u32,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What came of a write.
pub type Answer = Result<Done, Refusal>;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It stands in the log (or changed nothing: then this is the message's `rev`).
    Acked {
        /// The event's number.
        seq: Seq,
        /// Its moment.
        at: Timestamp,
        /// The nonce was known: this is the first answer again.
        duplicate: bool,
    },
    /// The room is there.
    Room {
        /// Which.
        room: RoomId,
        /// It was there before.
        existing: bool,
    },
    /// The marker stands here.
    Marked(Seq),
    /// The account as it is now.
    Account(User),
    /// It is so, and there is nothing to add.
    Nothing,
}

/// A transaction that is on disk.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Its number: one more than that of the last one, or the same where nothing changed. What a
    /// [`Snapshot`](crate::read::Snapshot) of at least this number was read from holds all of it.
    pub number: u64,
    /// An answer for each write, in order.
    pub answers: Vec<Answer>,
    /// What others have to hear, in order.
    pub published: Vec<Published>,
}

/// Something others have to hear.
#[derive(Clone, Debug)]
pub enum Published {
    /// An event. Those of one room come in the order of their seqs, without gaps. Where a later one of the
    /// same batch deletes its text, this one is redacted already.
    Event {
        /// The room.
        room: RoomId,
        /// The event.
        event: Event,
        /// The same, encoded.
        encoded: EncodedEvent,
    },
    /// A deletion (published as an event too) took the text out of stored events:
    /// whatever holds events of the room up to `newest` encoded must drop them. Comes
    /// right after the deletion.
    Redacted {
        /// The room.
        room: RoomId,
        /// The newest event that lost its text.
        newest: Seq,
    },
    /// A marker moved.
    Marked {
        /// Whose.
        user: UserId,
        /// Where.
        room: RoomId,
        /// To where.
        seq: Seq,
    },
    /// An account has another name, role or state (not: is new). Its sockets close where
    /// it is disabled. Comes before the ends of its sessions.
    User(User),
    /// A session ended.
    SessionEnded {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// The server has another name, or an owner now.
    Server,
}

/// Why a batch was not written. Nothing of it is in the database.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The disk is full. [`Append::probe`] tells when there is room again.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The disk refused a write. [`Append::probe`] tells when it takes them again.
    #[error("the disk refused a write: {0}")]
    Failed(String),
    /// What is on disk is not known any more: answer nobody, exit.
    #[error("the database cannot go on: {0}")]
    Fatal(String),
}

/// The one writer of a database.
pub trait Append: Send {
    /// Writes a batch, 1 to 256 writes, in one transaction that is on stable storage
    /// when this returns. A write that fails by a bug of ours is answered
    /// `internal` alone; the others are written without it.
    ///
    /// # Errors
    /// [`AppendError`]: all or nothing.
    fn append(&mut self, batch: &[Write]) -> Result<Committed, AppendError>;

    /// Tries to write after [`AppendError::Full`] or [`AppendError::Failed`].
    ///
    /// # Errors
    /// As long as it cannot.
    fn probe(&mut self) -> Result<(), AppendError>;

    /// Ends cleanly: everything is in the main file, deleted text in none.
    ///
    /// # Errors
    /// Where that could not be done; the database is whole all the same.
    fn close(self: Box<Self>) -> Result<(), AppendError>;
}
