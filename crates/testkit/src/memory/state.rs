//! Everything that is there.

use std::collections::{BTreeMap, HashMap};

use parlor_protocol::{
    Code, Event, InviteId, Nonce, Person, Refusal, RoomId, Seq, ServerRole, SessionId, Timestamp,
    User, UserId,
};
use parlor_rules::{Projection, facts, general_made};
use parlor_store::Setup;
use parlor_store::audit::Entry;
use parlor_store::read::{Denied, ServerState};
use parlor_store::source::Remembered;
use parlor_store::write::{Actor, SecretHash, SessionLife};

/// A whole database.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) commit: u64,
    pub(super) server: ServerState,
    pub(super) claim_link: Option<(SecretHash, Timestamp)>,
    pub(super) accounts: BTreeMap<UserId, Account>,
    /// In the order they were made.
    pub(super) sessions: Vec<Session>,
    /// In the order they were made.
    pub(super) invites: Vec<Invite>,
    pub(super) audit: Vec<Entry>,
    pub(super) rooms: BTreeMap<RoomId, RoomState>,
    pub(super) nonces: HashMap<(RoomId, UserId, Nonce), Remembered>,
    /// Which room an account made with a nonce.
    pub(super) made: HashMap<(UserId, Nonce), RoomId>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Account {
    pub(super) user: User,
    pub(super) password: Option<String>,
    /// Signed up in the demo.
    pub(super) demo: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) user: UserId,
    pub(super) token: SecretHash,
    pub(super) label: String,
    pub(super) life: SessionLife,
    pub(super) created_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Invite {
    pub(super) id: InviteId,
    pub(super) code: SecretHash,
    pub(super) by: Person,
    pub(super) uses: u32,
    pub(super) max_uses: u32,
    pub(super) expires_at: Timestamp,
}

/// A room: its log, what is folded from it, and its members' markers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RoomState {
    pub(super) log: Vec<Event>,
    pub(super) rows: Projection,
    pub(super) markers: BTreeMap<UserId, Seq>,
}

impl State {
    pub(super) fn new(setup: Setup) -> Self {
        let parlor = facts::parlor();
        let made = general_made();
        let first = Event {
            seq: Seq::ZERO.next(),
            at: setup.at,
            by: made.by,
            kind: made.kind,
        };
        let account = Account {
            user: User {
                id: parlor.id,
                username: parlor.username,
                name: parlor.name,
                role: ServerRole::Member,
                disabled: false,
            },
            password: None,
            demo: false,
        };
        Self {
            commit: 0,
            server: ServerState {
                name: setup.server_name,
                epoch: setup.epoch,
                claimed: false,
                general: setup.general,
            },
            claim_link: None,
            accounts: BTreeMap::from([(UserId::PARLOR, account)]),
            sessions: Vec::new(),
            invites: Vec::new(),
            audit: Vec::new(),
            rooms: BTreeMap::from([(setup.general, RoomState::begin(first))]),
            nonces: HashMap::new(),
            made: HashMap::new(),
        }
    }

    /// The account over a session, where both are good at `now`.
    pub(super) fn admitted(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<&Account, Denied> {
        self.sessions
            .iter()
            .find(|it| it.id == session && it.user == user && it.stands(now))
            .ok_or(Denied::SessionEnded)?;
        let account = self.accounts.get(&user).ok_or(Denied::SessionEnded)?;
        if account.user.disabled {
            Err(Denied::Disabled)
        } else {
            Ok(account)
        }
    }

    /// The account that acts, or `not_signed_in`.
    pub(super) fn actor(&self, actor: Actor, now: Timestamp) -> Result<User, Refusal> {
        self.admitted(actor.user, actor.session, now)
            .map(|account| account.user.clone())
            .map_err(|_| Code::NotSignedIn.into())
    }
}

impl Session {
    pub(super) fn stands(&self, now: Timestamp) -> bool {
        self.life.stands(self.created_at, self.last_seen_at, now)
    }
}

impl Invite {
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.uses < self.max_uses && now < self.expires_at
    }
}

impl RoomState {
    pub(super) fn begin(first: Event) -> Self {
        Self {
            rows: Projection::begin(&first).expect("rules begin a room with room_created"),
            log: vec![first],
            markers: BTreeMap::new(),
        }
    }

    pub(super) fn event(&self, seq: Seq) -> Option<&Event> {
        let at = usize::try_from(seq.get().checked_sub(1)?).ok()?;
        self.log.get(at)
    }
}
