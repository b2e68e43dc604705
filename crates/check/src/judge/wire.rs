//! Frames as they went over the wire, for the devices that record them.

use parlor_protocol::RoomId;
use parlor_protocol::Seq;
use parlor_protocol::frame::{ClientFrame, ServerFrame, Signal};

use super::commands::{Given, Verb};
use super::verdict::{Cite, Rule};
use super::{Judge, Waiting};
use crate::history::Raw;

impl Judge {
    pub(super) fn sent(&mut self, d: u32, frame: &Raw, line: u64) {
        let Some(frame) = self.read::<ClientFrame>(frame, line) else {
            return;
        };
        if let Some((room, nonce, verb)) = Verb::of_frame(&frame) {
            let Some(user) = self.device(d).stream.user else {
                return;
            };
            let given = self
                .commands
                .sent(d, (user, room, nonce), verb, line, &mut self.verdict);
            if let Some(id) = id_of(&frame) {
                self.device(d).waiting.insert(id, Waiting::Command(given));
            }
            return;
        }
        let device = self.device(d);
        match frame {
            ClientFrame::Hello { rooms, .. } => {
                let named = rooms
                    .into_iter()
                    .map(|(room, seq)| (RoomId::parse(&room), seq));
                device.stream.hello(named, line);
            }
            ClientFrame::Resume { id, room, after } => {
                let id = id.map_or(String::new(), |id| id.as_str().to_owned());
                device.stream.resume(room, after, id, line);
            }
            ClientFrame::Read {
                id: Some(id),
                room,
                seq,
            } => {
                device
                    .waiting
                    .insert(id.as_str().to_owned(), Waiting::Read(room, seq));
            }
            _ => {}
        }
    }

    pub(super) fn got(&mut self, d: u32, frame: &Raw, line: u64) {
        let Some(frame) = self.read::<ServerFrame>(frame, line) else {
            return;
        };
        let early = !self.device(d).stream.is_greeted();
        let rooms = matches!(
            frame,
            ServerFrame::Events { .. }
                | ServerFrame::CaughtUp { .. }
                | ServerFrame::Reset { .. }
                | ServerFrame::RoomAdded { .. }
                | ServerFrame::Signal(_)
        );
        if early && rooms {
            let what = "what came before ready";
            self.verdict
                .broken(Rule::BadFrame, what, vec![Cite::Line(line)]);
        }
        match frame {
            ServerFrame::Ready(ready) => {
                if !self.device(d).stream.ready(&ready, line) {
                    self.verdict
                        .broken(Rule::BadFrame, "a second ready", vec![Cite::Line(line)]);
                }
                self.epoch(&ready.epoch, line);
                let asked = self.device(d).stream.hello_line();
                let user = ready.user.id;
                self.accounts
                    .taken(user, "a connection", asked, line, &mut self.verdict);
                for room in &ready.rooms {
                    self.commands.known(room.id, room.head, line);
                    self.marker_shown(ready.user.id, room, asked, line);
                }
                ready
                    .rooms
                    .iter()
                    .for_each(|room| self.counts(ready.user.id, room, line));
            }
            ServerFrame::Events { room, events } => self.events(d, room, &events, line),
            ServerFrame::CaughtUp { room, seq, id } => {
                let id = id.as_ref().map(|id| id.as_str());
                let (device, mut with) = self.with(d);
                device.stream.caught_up(room, seq, id, line, &mut with);
            }
            ServerFrame::Reset {
                room,
                head,
                reason,
                id,
            } => {
                let id = id.as_ref().map(|id| id.as_str());
                let (device, mut with) = self.with(d);
                device
                    .stream
                    .reset(room, (head, reason), id, line, &mut with);
            }
            ServerFrame::Ack {
                id, seq, duplicate, ..
            } => {
                self.acked(d, id.as_str(), seq, duplicate, line);
            }
            ServerFrame::Refuse {
                id: Some(id),
                code,
                retry_after_ms,
                ..
            } => {
                let device = self.device(d);
                device.stream.refused(id.as_str());
                if let Some(Waiting::Command(given)) = device.waiting.remove(id.as_str()) {
                    self.commands
                        .refused(&given, code, retry_after_ms.is_some(), line);
                }
            }
            ServerFrame::RoomAdded { room } => {
                self.commands.known(room.id, room.head, line);
                let stream = &mut self.device(d).stream;
                stream.begin(room.id, Some(room.head), line);
                if let Some(user) = stream.user {
                    self.counts(user, &room, line);
                }
            }
            ServerFrame::RoomRemoved { room, seq } => {
                let (device, mut with) = self.with(d);
                device
                    .stream
                    .removed(RoomId::parse(&room), seq, line, &mut with);
            }
            ServerFrame::Signal(Signal::Read {
                room,
                seq,
                head,
                unread,
                mentions,
            }) => {
                if let Some(user) = self.device(d).stream.user {
                    self.count(user, room, (seq, head), (unread, mentions), line);
                }
            }
            _ => {}
        }
    }

    pub(super) fn acked(&mut self, d: u32, id: &str, seq: Seq, duplicate: bool, line: u64) {
        match self.device(d).waiting.remove(id) {
            Some(Waiting::Command(given)) => self.done(&given, seq, duplicate, line),
            Some(Waiting::Read(room, asked)) => {
                if seq < asked {
                    let what = format!("room {room}");
                    self.verdict
                        .broken(Rule::MarkerBack, what, vec![Cite::Line(line)]);
                }
                if let Some(user) = self.device(d).stream.user {
                    self.marker(user, room, seq, line);
                }
            }
            None => {
                let what = "an ack that nobody waits for";
                self.verdict
                    .broken(Rule::BadFrame, what, vec![Cite::Line(line)]);
            }
        }
    }

    pub(super) fn done(&mut self, given: &Given, seq: Seq, duplicate: bool, line: u64) {
        self.accounts.taken(
            given.key.0,
            "a command",
            given.line,
            line,
            &mut self.verdict,
        );
        let target = self
            .commands
            .acked(given, seq, duplicate, line, &mut self.verdict);
        if let Some(target) = target {
            self.verdict.counts.deletions += 1;
            self.texts.deleted(given.key.1, target, line, &self.logs);
        }
    }
}

fn id_of(frame: &ClientFrame) -> Option<String> {
    match frame {
        ClientFrame::Post { id, .. }
        | ClientFrame::Edit { id, .. }
        | ClientFrame::Delete { id, .. }
        | ClientFrame::React { id, .. }
        | ClientFrame::Unreact { id, .. } => Some(id.as_str().to_owned()),
        _ => None,
    }
}
