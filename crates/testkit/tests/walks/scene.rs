//! The town, one device in it, and the network between them: what is done and what
//! arrives, one step at a time. Where it is asked to, it writes each step down.

use std::collections::{BTreeMap, VecDeque};

use parlor_client::{Outcome, Said, Start};
use parlor_protocol::command::MessageVerb;
use parlor_protocol::error::Refusal;
use parlor_protocol::frame::ClientFrame;
use parlor_protocol::{Code, Nonce, RoomId, Seq};
use parlor_store::{Answer, Op};
use parlor_testkit::ambient::SeededRandom;

use crate::device::Device;
use crate::line::{Line, execute, refuse};
use crate::record::Record;
use crate::town::Town;

/// See the file's head.
pub(crate) struct Scene {
    pub(crate) town: Town,
    pub(crate) device: Device,
    pub(crate) chance: SeededRandom,
    pub(crate) line: Option<Line>,
    /// On their way to the server.
    pub(crate) inbound: VecDeque<ClientFrame>,
    /// What I said on the device, in order: in which room, and whether it was a post.
    pub(crate) said: Vec<(Nonce, RoomId, bool)>,
    pub(crate) record: Option<Record>,
    /// How many events a resume may be behind.
    pub(crate) catch_up: u64,
}

impl Scene {
    pub(crate) fn new(start: Start, seed: u64) -> Self {
        Self {
            town: Town::new(),
            device: Device::new(start),
            chance: SeededRandom::new(seed),
            line: None,
            inbound: VecDeque::new(),
            said: Vec::new(),
            record: None,
            catch_up: 1000,
        }
    }

    /// A number below a bound.
    pub(crate) fn below(&self, bound: usize) -> usize {
        self.chance.below(bound)
    }

    // ── what people do ──────────────────────────────────────────────────────────────

    pub(crate) fn write(&mut self, op: Op) -> Answer {
        let answer = self.town.write(op);
        if let Some(line) = &mut self.line {
            line.published(&self.town);
        }
        answer
    }

    /// A message verb of somebody, which has to be taken; where it stands.
    pub(crate) fn verb(&mut self, who: usize, room: RoomId, verb: MessageVerb) -> Seq {
        let op = self.town.verb(who, room, verb);
        parlor_store::conformance::world::seq_of(&self.write(op))
    }

    // ── what the device does ────────────────────────────────────────────────────────

    pub(crate) fn connect(&mut self) {
        assert!(self.line.is_none(), "one connection at a time");
        let hello = self.device.connect();
        let line = Line::hello(&self.town, &hello, self.catch_up);
        self.note(|record| record.connect(&hello));
        self.line = Some(line);
    }

    /// The connection is lost. Of what the device sent, the first `arrive` frames still did.
    pub(crate) fn cut(&mut self, arrive: usize) {
        for _ in 0..arrive.min(self.inbound.len()) {
            self.arrive();
        }
        self.inbound.clear();
        self.line = None;
        self.device.cut();
        self.note(Record::cut);
    }

    pub(crate) fn say(&mut self, room: RoomId, said: Said) -> Nonce {
        let nonce = Nonce::parse(&format!("mine-{}", self.said.len() + 1)).unwrap();
        let is_post = matches!(said, Said::Post { .. });
        self.said.push((nonce.clone(), room, is_post));
        self.note(|record| record.say(room, &nonce, &said));
        self.device.say(room, &nonce, said);
        self.sent();
        nonce
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, ms: u64) {
        let millis = i64::try_from(ms).unwrap();
        self.town.world.now = self.town.world.now.plus_millis(millis);
        self.device.now += ms;
        self.note(|record| record.wait(ms));
        self.device.flush();
        self.sent();
    }

    // ── the network ─────────────────────────────────────────────────────────────────

    /// The oldest frame of the server arrives at the device.
    pub(crate) fn deliver(&mut self) -> bool {
        let frame = self.line.as_mut().and_then(|line| line.out.pop_front());
        let Some(frame) = frame else { return false };
        self.note(|record| record.frame(&frame));
        self.device.frame(&frame);
        self.sent();
        if let Some(why) = self.device.dropped.take() {
            panic!("a correct server was given up: {why}");
        }
        true
    }

    /// The oldest frame of the device arrives at the server, and is executed.
    pub(crate) fn arrive(&mut self) -> bool {
        let Some(frame) = self.inbound.pop_front() else {
            return false;
        };
        match &frame {
            ClientFrame::Resume { room, after, id } => {
                if let Some(line) = &mut self.line {
                    line.resume(*room, *after, id.clone());
                }
            }
            frame => {
                let answer = execute(&mut self.town, frame);
                if let (Some(line), Some(answer)) = (&mut self.line, answer) {
                    line.published(&self.town);
                    line.out.push_back(answer);
                }
            }
        }
        true
    }

    /// The oldest frame of the device arrives, and the server asks for patience.
    pub(crate) fn hold_off(&mut self, after_ms: u64) {
        let asks = |frame: &ClientFrame| !matches!(frame, ClientFrame::Resume { .. });
        if !self.inbound.front().is_some_and(asks) {
            return;
        }
        let frame = self.inbound.pop_front().expect("there is one");
        let refusal = Refusal::retry(Code::Overloaded, after_ms);
        if let (Some(line), Some(id)) = (&mut self.line, crate::record::id_of(&frame)) {
            line.out.push_back(refuse(Some(id.clone()), refusal));
        }
    }

    /// One thing of what is due is said by the server.
    pub(crate) fn pump(&mut self) -> bool {
        match &mut self.line {
            Some(line) => line.pump(&self.town, &self.chance),
            None => false,
        }
    }

    /// A page of the log that the device asked for is read and arrives.
    pub(crate) fn read_log(&mut self, limit: u32) -> bool {
        if self.device.pages.is_empty() {
            return false;
        }
        let (room, after) = self.device.pages.remove(0);
        if let Some(page) = self.town.log(room, after, limit) {
            self.note(|record| record.log(room, after, &page));
            self.device.page(room, after, &page);
            self.sent();
        }
        true
    }

    /// Everything that is under way arrives, however long the server asked to wait.
    pub(crate) fn settle(&mut self) {
        if self.line.is_none() {
            self.connect();
        }
        for _ in 0..10_000 {
            let moved = self.pump() | self.deliver() | self.arrive() | self.read_log(40);
            if moved {
                continue;
            }
            match self.device.dialogue.next_due() {
                Some(due) if due > self.device.now => self.wait(due - self.device.now),
                _ => return,
            }
        }
        panic!("it never comes to rest");
    }

    fn sent(&mut self) {
        let sends = std::mem::take(&mut self.device.sends);
        if !sends.is_empty() {
            self.note(|record| record.sends(&sends));
        }
        self.inbound.extend(sends);
    }

    pub(crate) fn note(&mut self, note: impl FnOnce(&mut Record)) {
        if let Some(record) = &mut self.record {
            note(record);
        }
    }

    // ── what must be so once all is quiet ───────────────────────────────────────────

    /// That the device holds what the town holds, and nothing I said is lost, doubled or out of order.
    pub(crate) fn judge(&self) {
        self.device.agrees(&self.town);
        assert!(self.device.dialogue.outbox().is_empty(), "nothing waits");
        let mut last: BTreeMap<RoomId, Seq> = BTreeMap::new();
        for (nonce, room, is_post) in &self.said {
            let outcome = &self.device.settled[nonce];
            let Some(log) = self.log_of(*room) else {
                continue;
            };
            let mine = log.iter().filter(|(_, of)| of.as_ref() == Some(nonce));
            let seqs: Vec<Seq> = mine.map(|(seq, _)| *seq).collect();
            assert!(seqs.len() <= 1, "{nonce} happened once: {seqs:?}");
            match outcome {
                // It changed nothing, or happened in another life, or here.
                Outcome::Done(_) | Outcome::OtherEpoch => {}
                Outcome::Refused(..) | Outcome::Folded => assert_eq!(seqs, [], "{nonce}"),
            }
            if let (true, Outcome::Done(seq), [stands]) = (is_post, outcome, &seqs[..]) {
                assert_eq!(seq, stands, "{nonce}");
                let before = last.insert(*room, *seq);
                assert!(before < Some(*seq), "in the order said");
            }
        }
    }

    /// The seqs of a room's log, with the nonces of what is mine; `None` where I am no member.
    fn log_of(&self, room: RoomId) -> Option<Vec<(Seq, Option<Nonce>)>> {
        self.town.mine(room)?;
        let (log, me) = (self.town.world.log(self.town.me(), room), self.town.me());
        let of = |event: &parlor_protocol::Event| {
            let value = serde_json::to_value(event).unwrap();
            let nonce = value["nonce"].as_str().and_then(Nonce::parse);
            nonce.filter(|_| event.by.id == me.user)
        };
        Some(log.iter().map(|event| (event.seq, of(event))).collect())
    }
}
