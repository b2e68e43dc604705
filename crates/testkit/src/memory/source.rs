//! The look-ups that decisions rest on.

use std::convert::Infallible;

use parlor_protocol::{
    Emoji, Event, Nonce, Person, RoomId, RoomKind, RoomRole, Seq, User, UserId, Username,
};
use parlor_rules::facts::{MessageFacts, ReactionFacts};
use parlor_store::Source;
use parlor_store::source::{Remembered, RoomRow};

use super::state::State;

impl Source for State {
    type Error = Infallible;

    fn account(&self, user: UserId) -> Result<Option<User>, Infallible> {
        Ok(self.accounts.get(&user).map(|it| it.user.clone()))
    }

    fn rooms_of(&self, user: UserId) -> Result<u64, Infallible> {
        let rooms = self.rooms.values();
        Ok(rooms
            .filter(|room| room.rows.members.contains_key(&user))
            .count() as u64)
    }

    fn room(&self, room: RoomId) -> Result<Option<RoomRow>, Infallible> {
        Ok(self.rooms.get(&room).map(|room| RoomRow {
            kind: room.rows.kind,
            name: room.rows.name.clone(),
            topic: room.rows.topic.clone(),
            archived: room.rows.archived,
            head: room.rows.head,
        }))
    }

    fn member(&self, room: RoomId, user: UserId) -> Result<Option<RoomRole>, Infallible> {
        let room = self.rooms.get(&room);
        Ok(room.and_then(|room| Some(room.rows.members.get(&user)?.role)))
    }

    fn member_named(
        &self,
        room: RoomId,
        username: &Username,
    ) -> Result<Option<UserId>, Infallible> {
        let members = self.rooms.get(&room).map(|room| room.rows.members.keys());
        Ok(members
            .into_iter()
            .flatten()
            .find(|user| self.accounts[*user].user.username == *username)
            .copied())
    }

    fn owners(&self, room: RoomId) -> Result<u64, Infallible> {
        let members = self.rooms.get(&room).map(|room| room.rows.members.values());
        let roles = members.into_iter().flatten().map(|member| member.role);
        Ok(roles.filter(|role| *role == RoomRole::Owner).count() as u64)
    }

    fn longest_member(&self, room: RoomId, besides: UserId) -> Result<Option<Person>, Infallible> {
        let members = self.rooms.get(&room).map(|room| room.rows.members.iter());
        Ok(members
            .into_iter()
            .flatten()
            .filter(|(user, _)| **user != besides)
            .min_by_key(|(_, member)| member.joined)
            .map(|(user, _)| self.accounts[user].user.person()))
    }

    fn message(&self, room: RoomId, seq: Seq) -> Result<Option<MessageFacts>, Infallible> {
        Ok(self.rooms.get(&room).and_then(|room| {
            let message = room.rows.messages.get(&seq)?;
            Some(message.facts(seq, room.event(message.rev)?.at))
        }))
    }

    fn reactions(
        &self,
        room: RoomId,
        seq: Seq,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<ReactionFacts, Infallible> {
        let room = self.rooms.get(&room);
        let message = room.and_then(|room| room.rows.messages.get(&seq));
        Ok(message
            .map(|message| message.reaction_facts(user, emoji))
            .unwrap_or_default())
    }

    fn open_room_named(&self, key: &str) -> Result<Option<RoomId>, Infallible> {
        let mut rooms = self.rooms.iter();
        let open = rooms.find(|(_, room)| {
            room.rows.kind == RoomKind::Open
                && room
                    .rows
                    .name
                    .as_ref()
                    .is_some_and(|name| name.key() == key)
        });
        Ok(open.map(|(id, _)| *id))
    }

    fn direct_room(&self, people: &[UserId]) -> Result<Option<RoomId>, Infallible> {
        let mut rooms = self.rooms.iter();
        let direct = rooms.find(|(_, room)| {
            room.rows.kind == RoomKind::Direct
                && room.rows.members.len() == people.len()
                && people
                    .iter()
                    .all(|user| room.rows.members.contains_key(user))
        });
        Ok(direct.map(|(id, _)| *id))
    }

    fn room_made(&self, author: UserId, nonce: &Nonce) -> Result<Option<RoomId>, Infallible> {
        Ok(self.made.get(&(author, nonce.clone())).copied())
    }

    fn remembered(
        &self,
        room: RoomId,
        author: UserId,
        nonce: &Nonce,
    ) -> Result<Option<Remembered>, Infallible> {
        Ok(self.nonces.get(&(room, author, nonce.clone())).cloned())
    }

    fn event(&self, room: RoomId, seq: Seq) -> Result<Option<Event>, Infallible> {
        let room = self.rooms.get(&room);
        Ok(room.and_then(|room| room.event(seq)).cloned())
    }
}
