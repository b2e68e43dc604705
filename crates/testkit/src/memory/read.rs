//! Everything that is read, from what was committed last.

use std::sync::Arc;

use parlor_protocol::event::EncodedEvent;
use parlor_protocol::room::Place;
use parlor_protocol::{
    Message, Room, RoomId, RoomKind, RoomName, RoomRole, Seq, SessionId, Timestamp, User, UserId,
    Username, limits,
};
use parlor_store::Read;
use parlor_store::audit::Entry;
use parlor_store::read::{
    Authenticated, Counts, Credentials, Denied, EventsPage, InviteRow, MessagesPage, Part,
    ReadError, ServerState, SessionRow, Snapshot, Window,
};
use parlor_store::write::SecretHash;

use super::state::{RoomState, State};
use super::{MemoryRead, committed};

impl MemoryRead {
    fn state(&self) -> Arc<State> {
        committed(&self.shared)
    }
}

impl Read for MemoryRead {
    fn server(&self) -> Result<ServerState, ReadError> {
        Ok(self.state().server.clone())
    }

    fn commit(&self) -> Result<u64, ReadError> {
        Ok(self.state().commit)
    }

    fn authenticate(
        &self,
        token: &SecretHash,
        now: Timestamp,
    ) -> Result<Result<Authenticated, Denied>, ReadError> {
        let state = self.state();
        let Some(session) = state.sessions.iter().find(|it| it.token == *token) else {
            return Ok(Err(Denied::SessionEnded));
        };
        let account = state.admitted(session.user, session.id, now);
        Ok(account.map(|account| Authenticated {
            user: account.user.clone(),
            session: session.id,
            life: session.life,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
        }))
    }

    fn credentials(&self, username: &Username) -> Result<Option<Credentials>, ReadError> {
        let state = self.state();
        let mut accounts = state.accounts.values();
        let account = accounts.find(|it| it.user.username == *username);
        Ok(account.map(|it| Credentials {
            user: it.user.id,
            password: it.password.clone(),
            disabled: it.user.disabled,
        }))
    }

    fn password(&self, user: UserId) -> Result<Option<String>, ReadError> {
        let state = self.state();
        Ok(state.accounts.get(&user).and_then(|it| it.password.clone()))
    }

    fn invite_is_good(&self, code: &SecretHash, now: Timestamp) -> Result<bool, ReadError> {
        let state = self.state();
        let mut invites = state.invites.iter();
        Ok(invites.any(|it| it.code == *code && it.is_good(now)))
    }

    fn claim_link_is_good(&self, token: &SecretHash, now: Timestamp) -> Result<bool, ReadError> {
        let link = self.state().claim_link;
        Ok(link.is_some_and(|(link, expires)| link == *token && now < expires))
    }

    fn snapshot(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Result<Snapshot, Denied>, ReadError> {
        let state = self.state();
        Ok(state.admitted(user, session, now).map(|account| Snapshot {
            commit: state.commit,
            server: state.server.clone(),
            user: account.user.clone(),
            rooms: state.rooms_of(user).collect(),
        }))
    }

    fn events(
        &self,
        reader: UserId,
        room: RoomId,
        after: Seq,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<EventsPage>, ReadError> {
        let state = self.state();
        Ok(state.joined(reader, room).map(|room| {
            let events = room.log.iter().filter(|event| event.seq > after);
            let events = events.take(limit as usize).map(EncodedEvent::new);
            EventsPage {
                events: up_to(events, max_bytes, |event| event.json.len()),
                head: room.rows.head,
            }
        }))
    }

    fn messages(
        &self,
        reader: UserId,
        room: RoomId,
        window: Window,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Option<MessagesPage>, ReadError> {
        let state = self.state();
        Ok(state
            .joined(reader, room)
            .map(|room| state.page(room, reader, window, limit as usize, max_bytes)))
    }

    fn room(&self, reader: UserId, room: RoomId) -> Result<Option<Room>, ReadError> {
        Ok(self.state().shown(reader, room))
    }

    fn rooms(
        &self,
        reader: UserId,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError> {
        let state = self.state();
        let rooms = state.rooms_of(reader);
        Ok(part(rooms.filter(|room| Some(room.id) > after), limit))
    }

    fn open_rooms(
        &self,
        reader: UserId,
        query: &str,
        after: Option<RoomId>,
        limit: u32,
    ) -> Result<Part<Room>, ReadError> {
        let state = self.state();
        let query = RoomName::from_store(query.into()).key();
        let rooms = state.rooms.keys().filter(|id| Some(**id) > after);
        let rooms = rooms.filter_map(|id| state.shown(reader, *id));
        let rooms = rooms.filter(|room| {
            let name = room.name.as_ref();
            room.mine.is_none()
                && !room.archived
                && name.is_some_and(|name| name.key().contains(&query))
        });
        Ok(part(rooms, limit))
    }

    fn counts(&self, reader: UserId, room: RoomId) -> Result<Option<Counts>, ReadError> {
        Ok(self.state().shown(reader, room).and_then(|room| {
            let mine = room.mine?;
            Some(Counts {
                head: room.head,
                read: mine.read,
                unread: mine.unread,
                mentions: mine.mentions,
            })
        }))
    }

    fn members(
        &self,
        reader: UserId,
        room: RoomId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Part<(User, RoomRole)>>, ReadError> {
        let state = self.state();
        Ok(state.seen(reader, room).map(|room| {
            let members = room.rows.members.iter();
            let members = members.filter(|(user, _)| Some(**user) > after);
            part(
                members.map(|(user, member)| (state.user(*user), member.role)),
                limit,
            )
        }))
    }

    fn user(&self, user: UserId) -> Result<Option<User>, ReadError> {
        let state = self.state();
        Ok(state.accounts.get(&user).map(|it| it.user.clone()))
    }

    fn user_named(&self, username: &Username) -> Result<Option<User>, ReadError> {
        let state = self.state();
        let mut users = state.accounts.values().map(|it| &it.user);
        Ok(users.find(|user| user.username == *username).cloned())
    }

    fn users(
        &self,
        query: &str,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Part<User>, ReadError> {
        let state = self.state();
        let query = query.to_lowercase();
        let users = state.accounts.values().map(|it| it.user.clone());
        let users = users.filter(|user| {
            user.id != UserId::PARLOR
                && Some(user.id) > after
                && (user.username.as_str().starts_with(&query)
                    || user.name.as_str().to_lowercase().contains(&query))
        });
        Ok(part(users, limit))
    }

    fn users_by_id(&self, ids: &[UserId]) -> Result<Vec<User>, ReadError> {
        let state = self.state();
        let users = state.accounts.values().map(|it| &it.user);
        Ok(users.filter(|it| ids.contains(&it.id)).cloned().collect())
    }

    fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, ReadError> {
        let state = self.state();
        let sessions = state.sessions.iter().rev();
        Ok(sessions
            .filter(|it| it.user == user && it.stands(now))
            .map(|it| SessionRow {
                id: it.id,
                label: it.label.clone(),
                created_at: it.created_at,
                last_seen_at: it.last_seen_at,
            })
            .collect())
    }

    fn audit(&self, after: u64, limit: u32) -> Result<Vec<(u64, Entry)>, ReadError> {
        let all = (1..).zip(self.state().audit.clone());
        let page = all.filter(|(number, _)| *number > after);
        Ok(page.take(limit as usize).collect())
    }

    fn invites(&self, now: Timestamp) -> Result<Vec<InviteRow>, ReadError> {
        let state = self.state();
        let invites = state.invites.iter().rev().filter(|it| it.is_good(now));
        Ok(invites
            .map(|it| InviteRow {
                id: it.id,
                by: it.by.clone(),
                uses: it.uses,
                max_uses: it.max_uses,
                expires_at: it.expires_at,
            })
            .collect())
    }
}

impl State {
    fn user(&self, user: UserId) -> User {
        self.accounts[&user].user.clone()
    }

    /// A room the reader is in.
    fn joined(&self, reader: UserId, room: RoomId) -> Option<&RoomState> {
        let room = self.rooms.get(&room)?;
        room.rows.members.contains_key(&reader).then_some(room)
    }

    /// A room the reader may see.
    fn seen(&self, reader: UserId, room: RoomId) -> Option<&RoomState> {
        let open = |room: &&RoomState| room.rows.kind == RoomKind::Open;
        self.joined(reader, room)
            .or_else(|| self.rooms.get(&room).filter(open))
    }

    fn rooms_of(&self, reader: UserId) -> impl Iterator<Item = Room> {
        let rooms = self.rooms.keys();
        rooms
            .filter_map(move |id| self.shown(reader, *id))
            .filter(|room| room.mine.is_some())
    }

    fn shown(&self, reader: UserId, id: RoomId) -> Option<Room> {
        let room = self.seen(reader, id)?;
        let rows = &room.rows;
        let others = rows.members.keys().filter(|user| **user != reader);
        Some(Room {
            id,
            name: rows.name.clone(),
            kind: rows.kind,
            topic: rows.topic.clone(),
            archived: rows.archived,
            head: rows.head,
            member_count: rows.members.len() as u64,
            mine: room.place(reader),
            with: (rows.kind == RoomKind::Direct)
                .then(|| others.map(|it| self.user(*it)).collect()),
        })
    }

    fn page(
        &self,
        room: &RoomState,
        reader: UserId,
        window: Window,
        limit: usize,
        max_bytes: usize,
    ) -> MessagesPage {
        let messages = &room.rows.messages;
        let show = |seq: &Seq| {
            let row = &messages[seq];
            row.shown(*seq, self.user(row.by).person(), reader)
        };
        let before = |end: Seq| messages.range(..end).rev().map(|(seq, _)| show(seq));
        let from = |start: Seq| messages.range(start..).map(|(seq, _)| show(seq));
        let (anchor, backward, forward) = match window {
            Window::Newest => (room.rows.head.next(), limit, 0),
            Window::Before(seq) => (seq, limit, 0),
            Window::After(seq) => (seq.next(), 0, limit),
            Window::Around(seq) => (seq, limit / 2, limit - limit / 2),
        };
        // From the anchor outward: what comes from it on has the first claim on the bytes.
        let mut items: Vec<Message> = up_to(from(anchor).take(forward), max_bytes, size);
        let left = max_bytes.saturating_sub(items.iter().map(size).sum());
        let mut older = up_to(before(anchor).take(backward), left, size);
        if !items.is_empty() && older.iter().map(size).sum::<usize>() > left {
            older.clear();
        }
        older.reverse();
        items.splice(0..0, older);
        let first = items.first().map_or(anchor, |it| it.seq);
        let after = items.last().map_or(anchor, |it| it.seq.next());
        MessagesPage {
            as_of: room.rows.head,
            more_before: messages.range(..first).next().is_some(),
            more_after: messages.range(after..).next().is_some(),
            items,
        }
    }
}

impl RoomState {
    fn place(&self, user: UserId) -> Option<Place> {
        let member = self.rows.members.get(&user)?;
        let read = self.markers[&user];
        let after = self.rows.messages.range(read.next()..);
        let unread = after
            .take(limits::COUNT_WINDOW as usize)
            .map(|(_, message)| message)
            .filter(|message| message.by != user && message.text.is_some());
        let mentions = unread.clone().filter(|it| it.mentions.contains(&user));
        Some(Place {
            joined: member.joined,
            role: member.role,
            read,
            unread: (unread.count() as u64).min(limits::COUNT_CAP),
            mentions: (mentions.count() as u64).min(limits::COUNT_CAP),
        })
    }
}

/// As many as fit into so many bytes, one at least.
fn up_to<T>(
    items: impl Iterator<Item = T>,
    max_bytes: usize,
    size: impl Fn(&T) -> usize,
) -> Vec<T> {
    let mut total = 0;
    let mut fitting = Vec::new();
    for item in items {
        total += size(&item);
        if total > max_bytes && !fitting.is_empty() {
            break;
        }
        fitting.push(item);
    }
    fitting
}

fn size(message: &Message) -> usize {
    serde_json::to_string(message).map_or(0, |json| json.len())
}

fn part<T>(items: impl Iterator<Item = T>, limit: u32) -> Part<T> {
    let mut items: Vec<T> = items.take(limit as usize + 1).collect();
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    Part { items, has_more }
}
