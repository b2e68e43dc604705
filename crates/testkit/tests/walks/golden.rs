//! The walks that every client of the house replays: each a story by name, and some
//! at random. What has to be believed at its rests is what the store says.

use parlor_client::Start;
use parlor_protocol::http::Messages;
use parlor_protocol::limits::MESSAGES_PAGE;
use parlor_protocol::{RoomId, Seq};
use parlor_store::Op;
use parlor_store::read::Window;
use serde_json::{Value, json};

use crate::record::{Record, belief, own};
use crate::scene::Scene;
use crate::{named, random};

/// Messages of a page of history: few, so that walks need few to have several.
const PAGE: u32 = 6;

/// A walk: its file's name, what it is about, its steps.
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) steps: Vec<Value>,
}

impl Golden {
    /// The file: a step a line, so that a change shows as what it is.
    pub(crate) fn text(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(Value::to_string).collect();
        let (name, about) = (json!(self.name), json!(self.about));
        format!(
            "{{\"name\": {name}, \"about\": {about}, \"steps\": [\n{}\n]}}\n",
            steps.join(",\n")
        )
    }
}

/// All of them.
pub(crate) fn walks() -> Vec<Golden> {
    let mut walks: Vec<Golden> = named::STORIES
        .iter()
        .map(|(name, about, story)| {
            let mut tale = Tale::begin(7);
            story(&mut tale);
            tale.told(name, about)
        })
        .collect();
    for seed in 1..=4 {
        let mut tale = Tale::begin(seed);
        tale.wander();
        let about = "What people, a device and a network did at random.";
        walks.push(tale.told(&format!("random-{seed}"), about));
    }
    walks
}

/// A scene that is written down.
pub(crate) struct Tale {
    pub(crate) scene: Scene,
    /// The room on the screen.
    open: Option<RoomId>,
    /// A page that is on its way.
    late: Option<(RoomId, [Messages; 2])>,
}

impl Tale {
    /// A device that has just connected for the first time.
    fn begin(seed: u64) -> Self {
        let mut scene = Scene::new(Start::Head, seed);
        scene.record = Some(Record::default());
        scene.connect();
        scene.settle();
        Self {
            scene,
            open: None,
            late: None,
        }
    }

    fn told(mut self, name: &str, about: &str) -> Golden {
        self.rest();
        self.scene.judge();
        let record = self.scene.record.take().expect("it was there");
        Golden {
            name: name.to_owned(),
            about: about.to_owned(),
            steps: record.steps,
        }
    }

    pub(crate) fn general(&self) -> RoomId {
        self.scene.town.world.general
    }

    /// A room is opened; its newest messages are read and arrive.
    pub(crate) fn open(&mut self, room: RoomId) {
        self.open = Some(room);
        self.scene.note(|record| record.open(room));
        self.newest();
    }

    /// A room is opened; its newest messages are read, and arrive some time.
    fn open_slowly(&mut self, room: RoomId) {
        self.land();
        self.open = Some(room);
        self.scene.note(|record| record.open(room));
        self.late = self.pages(room).map(|pages| (room, pages));
    }

    /// The page that is on its way arrives.
    fn land(&mut self) {
        if let Some((room, [newest, all])) = self.late.take() {
            self.scene.note(|record| record.newest(room, &newest, &all));
            self.scene.note(Record::late);
        }
    }

    /// The page of the newest messages arrives, if the device asked for it.
    pub(crate) fn newest(&mut self) {
        let room = self.open.expect("a room on the screen");
        if let Some([newest, all]) = self.pages(room) {
            self.scene.note(|record| record.newest(room, &newest, &all));
        }
    }

    /// The newest messages, and all of them: no room here has more than a page around the marker holds.
    fn pages(&self, room: RoomId) -> Option<[Messages; 2]> {
        let town = &self.scene.town;
        let newest = town.page(room, Window::Newest, PAGE)?;
        let mut all = town.page(room, Window::Newest, MESSAGES_PAGE.1)?;
        assert_eq!(all.has_more.take(), Some(false), "all of them");
        (all.has_more_before, all.has_more_after) = (Some(false), Some(false));
        Some([newest, all])
    }

    /// The page before the oldest message held arrives.
    pub(crate) fn older(&mut self, before: Seq) {
        let room = self.open.expect("a room on the screen");
        self.scene.note(Record::older);
        let page = self.scene.town.page(room, Window::Before(before), PAGE);
        let page = page.expect("it is mine");
        self.scene
            .note(|record| record.older_page(room, before, &page));
    }

    /// I read everything that has come of a room.
    pub(crate) fn read(&mut self, room: RoomId) {
        self.scene.note(|record| record.read(room));
        let seq = self.scene.device.cursor(room);
        let me = self.scene.town.me();
        self.scene
            .write(Op::Mark(me, room, seq))
            .expect("it is mine");
    }

    /// Everything arrives, and all has to be believed as the store has it.
    pub(crate) fn rest(&mut self) {
        self.scene.settle();
        self.land();
        if self.open.is_some() {
            self.newest();
        }
        let rooms = self.scene.town.my_rooms();
        self.scene.note(|record| record.rooms(&rooms));
        let mut belief = belief(&self.scene);
        belief["whole"] = json!(true);
        self.scene.note(|record| record.believe(belief));
    }

    /// This has to be believed of a room now, whatever is under way.
    pub(crate) fn believe(&mut self, room: RoomId, what: Value) {
        let belief = json!({"rooms": {room.to_string(): what}, "own": own(&self.scene)});
        self.scene.note(|record| record.believe(belief));
    }

    /// Frames of the server arrive until it has no more to say; nothing of mine does.
    pub(crate) fn hear(&mut self) {
        while self.scene.pump() {}
        while self.scene.deliver() {}
    }

    fn wander(&mut self) {
        for part in 0..3 {
            for _ in 0..60 {
                random::step(&mut self.scene, true);
                self.look();
            }
            if part < 2 {
                self.rest();
            }
        }
    }

    /// Now and then a room is opened, or read.
    fn look(&mut self) {
        let rooms = self.scene.town.my_rooms();
        let known = |room: &RoomId| self.scene.device.told.contains_key(room);
        let rooms: Vec<RoomId> = rooms.iter().map(|room| room.id).filter(known).collect();
        if rooms.is_empty() {
            return;
        }
        let room = rooms[self.scene.below(rooms.len())];
        let head = self.scene.town.mine(room).map(|room| room.head);
        let whole = head == Some(self.scene.device.cursor(room));
        // A page that shows my own settles it for those who read pages, and for no one else.
        let settled = &self.scene.device.settled;
        let quiet = (self.scene.said.iter()).all(|(nonce, ..)| settled.contains_key(nonce));
        match self.scene.below(24) {
            0 | 1 if quiet => self.open_slowly(room),
            3..=6 => self.land(),
            2 if whole && self.scene.device.live => self.read(room),
            _ => {}
        }
    }
}
