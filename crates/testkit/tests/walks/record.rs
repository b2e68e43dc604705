//! A walk, written down: what happened to the device, what it sent, and what had to
//! be believed then. `docs/protocol/walks/README.md` says what the steps mean.

use std::collections::BTreeMap;

use parlor_client::{Outcome, Said, Target};
use parlor_protocol::frame::{ClientFrame, RequestId, ServerFrame};
use parlor_protocol::http::{Events, Messages};
use parlor_protocol::message::MessageBody;
use parlor_protocol::{Message, Nonce, Room, RoomId, Seq};
use serde::Serialize;
use serde_json::{Value, json};

use crate::scene::Scene;

/// Of each room, so many of its newest messages are written down.
const MESSAGES: usize = 25;

/// The steps so far.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) steps: Vec<Value>,
    /// How requests are called here: every client has ids of its own.
    labels: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn connect(&mut self, hello: &ClientFrame) {
        self.push(json!({"step": "connect", "hello": hello}));
    }

    pub(crate) fn cut(&mut self) {
        self.push(json!({"step": "cut"}));
    }

    pub(crate) fn wait(&mut self, ms: u64) {
        self.push(json!({"step": "wait", "ms": ms}));
    }

    pub(crate) fn frame(&mut self, frame: &ServerFrame) {
        let mut frame = value(frame);
        if let Some(label) = frame["id"].as_str().and_then(|id| self.labels.get(id)) {
            frame["id"] = json!(label);
        }
        self.push(json!({"step": "frame", "frame": frame}));
    }

    pub(crate) fn sends(&mut self, frames: &[ClientFrame]) {
        let labelled = |frame: &ClientFrame| {
            let mut frame = value(frame);
            if let Some(id) = frame["id"].as_str() {
                let label = format!("#{}", self.labels.len() + 1);
                self.labels.insert(id.to_owned(), label.clone());
                frame["id"] = json!(label);
            }
            frame
        };
        let frames: Vec<Value> = frames.iter().map(labelled).collect();
        self.push(json!({"step": "sends", "frames": frames}));
    }

    pub(crate) fn say(&mut self, room: RoomId, nonce: &Nonce, said: &Said) {
        let target = |target: &Target| match target {
            Target::Seq(seq) => json!(seq),
            Target::Nonce(nonce) => json!(nonce),
        };
        let mut step = match said {
            Said::Post { text, reply_to } => {
                json!({"kind": "post", "text": text, "reply_to": reply_to})
            }
            Said::Edit { target: of, text } => {
                json!({"kind": "edit", "target": target(of), "text": text})
            }
            Said::Delete { target: of } => json!({"kind": "delete", "target": target(of)}),
            Said::React { target: of, emoji } => {
                json!({"kind": "react", "target": target(of), "emoji": emoji})
            }
            Said::Unreact { target: of, emoji } => {
                json!({"kind": "unreact", "target": target(of), "emoji": emoji})
            }
        };
        step["step"] = json!("say");
        step["room"] = json!(room);
        step["nonce"] = json!(nonce);
        self.push(step);
    }

    pub(crate) fn log(&mut self, room: RoomId, after: Seq, page: &Events) {
        self.push(json!({"step": "log", "room": room, "after": after, "page": page}));
    }

    pub(crate) fn rooms(&mut self, rooms: &[Room]) {
        self.push(json!({"step": "rooms", "rooms": rooms}));
    }

    pub(crate) fn open(&mut self, room: RoomId) {
        self.push(json!({"step": "open", "room": room}));
    }

    pub(crate) fn older(&mut self) {
        self.push(json!({"step": "older"}));
    }

    pub(crate) fn read(&mut self, room: RoomId) {
        self.push(json!({"step": "read", "room": room}));
    }

    /// The newest messages, for who asks for those; all, for who asks around its marker.
    pub(crate) fn newest(&mut self, room: RoomId, newest: &Messages, all: &Messages) {
        let mut step = json!({"step": "history", "room": room, "where": "newest", "page": newest});
        if newest.has_more == Some(true) {
            step["around"] = json!(all);
        }
        self.push(step);
    }

    pub(crate) fn older_page(&mut self, room: RoomId, before: Seq, page: &Messages) {
        self.push(json!({
            "step": "history", "room": room, "where": "older", "before": before, "page": page,
        }));
    }

    /// The page just written down was read when it was first asked for.
    pub(crate) fn late(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step["late"] = json!(true);
        }
    }

    pub(crate) fn believe(&mut self, belief: Value) {
        let mut step = json!({"step": "believe"});
        for (key, what) in belief.as_object().expect("an object") {
            step[key] = what.clone();
        }
        self.push(step);
    }

    fn push(&mut self, step: Value) {
        self.steps.push(step);
    }
}

/// All that is believed once the device has everything: as the store has it.
pub(crate) fn belief(scene: &Scene) -> Value {
    let rooms = scene.town.my_rooms().into_iter().map(|room| {
        let messages = scene.town.messages(room.id);
        let newest = messages.len().saturating_sub(MESSAGES);
        let messages: Vec<Value> = messages[newest..].iter().map(shown).collect();
        let mine = room.mine.expect("I am in it");
        let belief = json!({
            "cursor": room.head, "read": mine.read, "unread": mine.unread, "mentions": mine.mentions,
            "role": mine.role, "name": room.name, "topic": room.topic, "archived": room.archived,
            "members": room.member_count, "messages": messages,
        });
        (room.id.to_string(), belief)
    });
    json!({"rooms": rooms.collect::<serde_json::Map<_, _>>(), "own": own(scene)})
}

/// What of mine stands below the log, by nonce: `pending`, `sent` (and its event has not come),
/// or the code of its refusal.
pub(crate) fn own(scene: &Scene) -> Value {
    let device = &scene.device;
    let states = scene.said.iter().filter_map(|(nonce, room, _)| {
        let state = match device.settled.get(nonce) {
            None => json!("pending"),
            Some(Outcome::Done(seq)) => {
                let known = device.dialogue.logs().cursor(*room);
                known.filter(|cursor| cursor < seq)?;
                json!("sent")
            }
            Some(Outcome::Refused(code, _)) => json!(code),
            Some(Outcome::OtherEpoch) => json!("other_epoch"),
            Some(Outcome::Folded) => return None,
        };
        Some((nonce.to_string(), state))
    });
    states.collect::<serde_json::Map<_, _>>().into()
}

/// A message as one sees it.
pub(crate) fn shown(message: &Message) -> Value {
    let mut shown = json!({"seq": message.seq, "by": message.by.id});
    match &message.body {
        MessageBody::Deleted { .. } => shown["deleted"] = json!(true),
        MessageBody::Standing {
            text,
            reply_to,
            edited_at,
            reactions,
            ..
        } => {
            shown["text"] = json!(text);
            if edited_at.is_some() {
                shown["edited"] = json!(true);
            }
            if let Some(seq) = reply_to {
                shown["reply_to"] = json!(seq);
            }
            let reactions = reactions
                .iter()
                .map(|it| json!([it.emoji, it.count, it.mine]));
            let reactions: Vec<Value> = reactions.collect();
            if !reactions.is_empty() {
                shown["reactions"] = json!(reactions);
            }
        }
    }
    shown
}

/// The id of a request.
pub(crate) fn id_of(frame: &ClientFrame) -> Option<&RequestId> {
    match frame {
        ClientFrame::Post { id, .. }
        | ClientFrame::Edit { id, .. }
        | ClientFrame::Delete { id, .. }
        | ClientFrame::React { id, .. }
        | ClientFrame::Unreact { id, .. } => Some(id),
        ClientFrame::Ping { id }
        | ClientFrame::Read { id, .. }
        | ClientFrame::Resume { id, .. } => id.as_ref(),
        ClientFrame::Hello { .. } | ClientFrame::Typing { .. } => None,
    }
}

fn value(it: &impl Serialize) -> Value {
    serde_json::to_value(it).expect("it has string keys")
}
