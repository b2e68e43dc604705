//! Somebody with an account and a session, who does things over HTTP and opens
//! connections.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::follower::ExactlyOnce;
use crate::http::{Http, Reply};
use crate::phone::Phone;
use crate::server::Place;

/// Somebody who acts.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their account's id.
    pub id: String,
    /// Their handle.
    pub username: String,
    /// Their session's token.
    pub token: String,
    pub(crate) place: Place,
}

impl Person {
    /// Who an answer with a new session lets in.
    #[track_caller]
    pub fn signed_in(server: SocketAddr, answer: &Reply) -> Self {
        Self::at(Place::at(server), answer)
    }

    /// As [`Person::signed_in`], of a server that may move.
    #[track_caller]
    pub(crate) fn at(place: Place, answer: &Reply) -> Self {
        let body = answer.expect(201);
        Self {
            id: text(&body["user"]["id"]),
            username: text(&body["user"]["username"]),
            token: text(&body["token"]),
            place,
        }
    }

    /// The same person, of a server that started again elsewhere.
    #[must_use]
    pub fn moved_to(self, server: SocketAddr) -> Self {
        Self {
            place: Place::at(server),
            ..self
        }
    }

    /// Asks the server as them.
    pub fn http(&self) -> Http {
        Http::to(self.place.address()).bearer(&self.token)
    }

    /// A connection that has said `hello` and is live in all their rooms.
    pub async fn connect(&self) -> Phone {
        self.connect_from(ExactlyOnce::default()).await
    }

    /// A connection that resumes from what is held.
    pub async fn connect_from(&self, held: ExactlyOnce) -> Phone {
        let mut phone = self.dial().await;
        phone.say_hello(held).await;
        phone
    }

    /// A connection whose socket is full as soon as a few frames are not read.
    pub async fn connect_narrow(&self, held: ExactlyOnce) -> Phone {
        let mut phone = Phone::dial_narrow(self.place.address(), &self.token).await;
        phone.say_hello(held).await;
        phone
    }

    /// A connection that has not said anything yet.
    pub async fn dial(&self) -> Phone {
        Phone::dial(self.place.address(), &self.token).await
    }

    /// Makes an open room, and is its owner. Its id.
    pub async fn room(&self, name: &str) -> String {
        self.make_room(json!({"name": name, "kind": "open"})).await
    }

    /// Makes a closed room with these people. Its id.
    pub async fn closed_room(&self, name: &str, members: &[&Self]) -> String {
        let members: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        self.make_room(json!({"name": name, "kind": "closed", "members": members}))
            .await
    }

    /// Opens the direct room with these people. Its id.
    pub async fn direct_room(&self, others: &[&Self]) -> String {
        let members: Vec<&str> = others.iter().map(|other| other.id.as_str()).collect();
        self.make_room(json!({"kind": "direct", "members": members}))
            .await
    }

    async fn make_room(&self, body: Value) -> String {
        let made = self.http().post("rooms", body).await;
        assert!(matches!(made.status, 200 | 201), "{made:?}");
        text(&made.json()["room"]["id"])
    }

    /// Joins a room.
    pub async fn join(&self, room: &str) {
        self.http()
            .put(&format!("rooms/{room}/members/me"), json!({}))
            .await
            .expect(204);
    }

    /// Leaves a room.
    pub async fn leave(&self, room: &str) {
        self.http()
            .delete(&format!("rooms/{room}/members/me"))
            .await
            .expect(204);
    }

    /// Adds somebody to a room.
    pub async fn add(&self, room: &str, who: &Self) {
        let path = format!("rooms/{room}/members/{}", who.id);
        self.http().put(&path, json!({})).await.expect(204);
    }

    /// Removes somebody from a room.
    pub async fn remove(&self, room: &str, who: &Self) {
        self.http()
            .delete(&format!("rooms/{room}/members/{}", who.id))
            .await
            .expect(204);
    }

    /// Posts over HTTP.
    pub async fn post(&self, room: &str, text: &str, nonce: &str) -> Reply {
        let body = json!({"text": text, "nonce": nonce});
        self.http()
            .post(&format!("rooms/{room}/messages"), body)
            .await
    }

    /// How a room stands for them; null where they are not in it.
    pub async fn place_in(&self, room: &str) -> Value {
        let rooms = self.http().get("rooms").await.expect(200);
        items(&rooms)
            .into_iter()
            .find(|item| item["id"] == room)
            .unwrap_or_default()
    }

    /// The newest page of a room's history.
    pub async fn history(&self, room: &str) -> Value {
        self.http()
            .get(&format!("rooms/{room}/messages?limit=200"))
            .await
            .expect(200)
    }

    /// A room's whole log.
    pub async fn log(&self, room: &str) -> Vec<Value> {
        let mut log = Vec::new();
        loop {
            let path = format!("rooms/{room}/events?limit=1000&after={}", log.len());
            let page = self.http().get(&path).await.expect(200);
            log.extend(page["events"].as_array().expect("events").iter().cloned());
            if page["has_more"] == false {
                assert_eq!(page["head"], log.len());
                return log;
            }
        }
    }
}

/// The items of a page.
pub fn items(page: &Value) -> Vec<Value> {
    page["items"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| panic!("no items: {page}"))
}

/// A string of JSON.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no string: {value}"))
        .to_owned()
}

/// A seq of JSON.
pub fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}
