//! The stories by name: what each is about is told in one sentence and in its steps.

use parlor_client::{Said, Target};
use parlor_protocol::RoomKind;
use parlor_protocol::command::NewRoom;
use parlor_protocol::{Command, RoomId};
use parlor_store::Op;
use parlor_store::conformance::world::{at, delete, edit, new_room, post, react, reply, unreact};
use serde_json::json;

use crate::golden::Tale;
use crate::own::{ack_first, cut_before_ack, event_first, offline, refused};
use crate::town::{ADA, BEN, CY};

type Story = fn(&mut Tale);

/// Name, what it is about, what happens.
pub(crate) const STORIES: [(&str, &str, Story); 16] = [
    (
        "talk",
        "Posts, replies, edits, reactions and deletions as they happen.",
        talk,
    ),
    (
        "own-event-before-its-ack",
        "My message comes as an event before the server's answer to me.",
        event_first,
    ),
    (
        "own-ack-before-its-event",
        "The server's answer comes first: sent, and not in the log yet.",
        ack_first,
    ),
    (
        "cut-before-the-ack",
        "What was sent and not answered is sent again, and is one message.",
        cut_before_ack,
    ),
    (
        "offline",
        "What was never sent takes edits and deletions in; what may have been sent waits for its seq.",
        offline,
    ),
    (
        "refused",
        "A refusal that is final takes with it what depends on it; one with a time does not.",
        refused,
    ),
    (
        "deletion-of-an-unread-message",
        "A message that nobody read is deleted: it is not unread any more.",
        deletion,
    ),
    (
        "redacted-before-its-deletion",
        "A post without its text is unread until its deletion comes.",
        redacted,
    ),
    (
        "joins-and-leaves",
        "Others come and go; I am taken out, and come back to a new marker.",
        joins,
    ),
    (
        "marker-on-another-device",
        "My marker moves elsewhere, counted up to a head that is ahead of what has come.",
        marker,
    ),
    (
        "cap-of-counts",
        "At a hundred counts stop, and let deletions pass until the server counts again.",
        cap,
    ),
    (
        "another-epoch",
        "A backup took the database's place: nothing held means anything, plain posts go on.",
        epoch,
    ),
    (
        "another-epoch-cut-short",
        "The connection ends between ready and reset: no two pasts are spliced.",
        epoch_cut,
    ),
    (
        "ahead",
        "What is held is ahead of the log: it is dropped.",
        ahead,
    ),
    (
        "far-behind",
        "Too far behind for a resume: the log is read, and what came live meanwhile comes once.",
        far_behind,
    ),
    (
        "history",
        "Pages of history are newer than the events around them.",
        history,
    ),
];

pub(crate) fn plain(text: &str) -> Said {
    Said::Post {
        text: text.into(),
        reply_to: None,
    }
}

pub(crate) fn room(tale: &mut Tale, by: usize, kind: RoomKind, others: &[usize]) -> RoomId {
    let id = tale.scene.town.world.fresh();
    let members = others.iter().map(|it| tale.scene.town.people[*it].user);
    let new = NewRoom {
        members: members.collect(),
        ..new_room(id, kind)
    };
    let by = tale.scene.town.people[by];
    tale.scene
        .write(Op::Command(by, Command::CreateRoom(new)))
        .expect("it can be made");
    RoomId::from_u128(id)
}

fn talk(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    let first = tale.scene.verb(BEN, general, post("hello @ada"));
    tale.scene.verb(CY, general, reply("hello too", first));
    tale.scene.verb(CY, general, react(first, "👍"));
    tale.scene.verb(ADA, general, react(first, "👍"));
    tale.rest();
    tale.scene.verb(BEN, general, edit(first, "hello, @cy"));
    tale.scene.verb(CY, general, unreact(first, "👍"));
    let second = tale.scene.verb(CY, general, post("never mind"));
    tale.scene.verb(CY, general, delete(second));
    tale.rest();
    tale.read(general);
    tale.believe(general, json!({"unread": 0, "mentions": 0, "read": 13}));
    // My own posts are read, wherever I write them.
    tale.scene.verb(ADA, general, post("from elsewhere"));
    tale.scene.verb(BEN, general, post("@ada again"));
}

fn deletion(tale: &mut Tale) {
    let general = tale.general();
    let first = tale.scene.verb(BEN, general, post("@ada, unread"));
    let second = tale.scene.verb(BEN, general, post("read"));
    tale.hear();
    tale.believe(general, json!({"unread": 2, "mentions": 1}));
    tale.scene.verb(BEN, general, delete(first));
    tale.hear();
    tale.believe(general, json!({"unread": 1, "mentions": 0}));
    tale.read(general);
    tale.hear();
    tale.scene.verb(CY, general, post("@ada, unread too"));
    // What was read is not unread, deleted or not; mine never was.
    let mine = tale.scene.verb(ADA, general, post("mine"));
    tale.scene.verb(BEN, general, delete(second));
    tale.scene.verb(ADA, general, delete(mine));
    tale.hear();
    tale.believe(general, json!({"unread": 1, "mentions": 1}));
    tale.open(general);
}

fn redacted(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    tale.scene.cut(0);
    let first = tale.scene.verb(BEN, general, post("@ada, secret"));
    tale.scene
        .verb(BEN, general, edit(first, "@ada, still secret"));
    tale.scene.connect();
    tale.scene.deliver();
    tale.believe(general, json!({"unread": 1, "mentions": 1, "cursor": 5}));
    tale.scene.verb(BEN, general, delete(first));
    let mut heard = 0;
    // Event by event: the post, its edit, its deletion.
    while tale.scene.pump() {
        tale.scene.deliver();
        heard = tale.scene.device.cursor(general).get();
        if heard < first.get() + 2 {
            let shown = json!({"unread": 1, "mentions": 1, "cursor": heard});
            tale.believe(general, shown);
        }
    }
    assert_eq!(heard, first.get() + 2);
    tale.believe(general, json!({"unread": 0, "mentions": 0}));
}

fn joins(tale: &mut Tale) {
    let plans = room(tale, BEN, RoomKind::Closed, &[ADA]);
    tale.hear();
    tale.open(plans);
    let people: Vec<_> = tale.scene.town.people.iter().map(|it| it.user).collect();
    let (put, remove) = (
        tale.scene.town.put(BEN, plans, people[CY], None),
        tale.scene.town.remove(BEN, plans, people[CY]),
    );
    tale.scene.verb(BEN, plans, post("@ada, now"));
    tale.scene.write(put.clone()).expect("his room");
    tale.rest();
    tale.scene.write(remove).expect("his room");
    let out = tale.scene.town.remove(BEN, plans, people[ADA]);
    tale.scene.write(out).expect("his room");
    tale.scene.verb(BEN, plans, post("behind her back"));
    tale.rest();
    let back = tale.scene.town.put(BEN, plans, people[ADA], None);
    tale.scene.write(back).expect("his room");
    tale.scene.verb(BEN, plans, post("@ada, welcome back"));
    tale.rest();
    // Out and in again while nobody listens: it goes on from where it was.
    tale.scene.cut(0);
    let general = tale.general();
    for op in [
        tale.scene.town.remove(ADA, general, people[ADA]),
        tale.scene.town.put(ADA, general, people[ADA], None),
        tale.scene.town.remove(BEN, plans, people[ADA]),
    ] {
        tale.scene.write(op).expect("it may be");
    }
    tale.scene.verb(CY, general, post("@ada?"));
}

fn marker(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    for n in 0..6 {
        let who = if n % 2 == 0 { BEN } else { CY };
        tale.scene.verb(who, general, post(&format!("@ada {n}")));
    }
    tale.hear();
    tale.believe(general, json!({"unread": 6, "mentions": 6}));
    let me = tale.scene.town.me();
    tale.scene
        .write(Op::Mark(me, general, at(8)))
        .expect("mine");
    tale.hear();
    tale.believe(general, json!({"read": 8, "unread": 3, "mentions": 3}));
    // The count is ahead of the events it holds up to.
    tale.scene.verb(BEN, general, post("one more"));
    tale.scene.verb(BEN, general, post("@ada, and another"));
    tale.scene.verb(BEN, general, delete(at(10)));
    tale.scene
        .write(Op::Mark(me, general, at(9)))
        .expect("mine");
    let line = tale.scene.line.as_mut().unwrap();
    while !line
        .out
        .iter()
        .any(|it| matches!(it, parlor_protocol::frame::ServerFrame::Signal(_)))
    {
        line.pump(&tale.scene.town, &tale.scene.chance);
    }
    let signal = line.out.pop_back().unwrap();
    line.out.push_front(signal);
    tale.scene.deliver();
    tale.believe(general, json!({"read": 9, "unread": 3, "mentions": 2}));
    tale.hear();
    tale.believe(general, json!({"read": 9, "unread": 3, "mentions": 2}));
    tale.read(general);
}

fn cap(tale: &mut Tale) {
    let general = tale.general();
    tale.scene.cut(0);
    let mut posts = Vec::new();
    for n in 0..98 {
        posts.push(tale.scene.verb(BEN, general, post(&format!("{n}"))));
    }
    tale.scene.connect();
    tale.hear();
    tale.believe(general, json!({"unread": 98, "mentions": 0}));
    for n in 98..103 {
        posts.push(tale.scene.verb(BEN, general, post(&format!("@ada {n}"))));
    }
    tale.hear();
    tale.believe(general, json!({"unread": 100, "mentions": 5}));
    for target in &posts[..5] {
        tale.scene.verb(BEN, general, delete(*target));
    }
    tale.hear();
    // 98 by the store; who counts along cannot know, and lets them pass.
    tale.believe(general, json!({"unread": 100, "mentions": 5}));
    let me = tale.scene.town.me();
    tale.scene
        .write(Op::Mark(me, general, at(6)))
        .expect("mine");
    tale.hear();
    tale.believe(general, json!({"unread": 98, "mentions": 5}));
}

fn epoch(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    tale.scene.verb(BEN, general, post("in the backup"));
    let moment = tale.scene.town.moment();
    let lost = tale.scene.verb(BEN, general, post("not in the backup"));
    tale.hear();
    tale.read(general);
    tale.rest();
    tale.scene.cut(0);
    tale.scene.say(general, plain("goes on"));
    tale.scene.say(
        general,
        Said::Post {
            text: "answers what is gone".into(),
            reply_to: Some(lost),
        },
    );
    tale.scene.say(
        general,
        Said::React {
            target: Target::Seq(lost),
            emoji: "👍".into(),
        },
    );
    tale.scene.town.restore(moment, "epoch-2");
    tale.scene.verb(CY, general, post("in the new life"));
    tale.scene.connect();
    tale.hear();
}

fn epoch_cut(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    let moment = tale.scene.town.moment();
    tale.scene.verb(BEN, general, post("in the old life"));
    tale.rest();
    tale.scene.cut(0);
    tale.scene.town.restore(moment, "epoch-2");
    tale.scene.verb(CY, general, post("in the new life"));
    tale.scene.verb(CY, general, post("and another"));
    tale.scene.connect();
    tale.scene.deliver();
    tale.scene.cut(0);
    tale.scene.verb(CY, general, post("and one more"));
    tale.scene.connect();
    tale.hear();
    // What was dropped is read anew, and what happened since `ready` is counted by the server.
    tale.rest();
    tale.scene.verb(CY, general, post("@ada, welcome"));
}

fn ahead(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    let moment = tale.scene.town.moment();
    for n in 0..4 {
        tale.scene.verb(BEN, general, post(&format!("lost {n}")));
    }
    tale.hear();
    tale.read(general);
    tale.rest();
    tale.scene.cut(0);
    // The files of the database were put back by hand, epoch and all.
    tale.scene.town.restore(moment, "epoch-1");
    tale.scene.verb(CY, general, post("instead"));
    tale.scene.connect();
    tale.hear();
    tale.rest();
    tale.scene.verb(CY, general, post("@ada, and on"));
}

fn far_behind(tale: &mut Tale) {
    let general = tale.general();
    tale.scene.catch_up = 10;
    tale.scene.cut(0);
    tale.scene.connect();
    tale.hear();
    tale.open(general);
    tale.scene.cut(0);
    for n in 0..24 {
        let who = if n % 3 == 0 { BEN } else { CY };
        tale.scene.verb(who, general, post(&format!("missed {n}")));
    }
    tale.scene.connect();
    tale.hear();
    tale.scene.read_log(10);
    tale.scene
        .verb(BEN, general, post("@ada, live while it reads"));
    tale.hear();
    tale.scene.read_log(10);
    tale.scene.read_log(10);
    // The resume is on its way; these are not above a hole, and come again by it.
    tale.scene
        .verb(BEN, general, post("live before the resume"));
    tale.hear();
    tale.scene.arrive();
    tale.hear();
    tale.believe(general, json!({"unread": 26, "mentions": 1}));
}

fn history(tale: &mut Tale) {
    let general = tale.general();
    let mut posts = Vec::new();
    for n in 0..20 {
        posts.push(tale.scene.verb(BEN, general, post(&format!("{n}"))));
    }
    tale.hear();
    tale.scene.verb(CY, general, react(posts[19], "👍"));
    tale.scene.verb(BEN, general, edit(posts[18], "18, rather"));
    tale.scene.verb(BEN, general, delete(posts[15]));
    // The page is read before these come as events. What is read begins at the newest.
    tale.read(general);
    tale.open(general);
    tale.hear();
    tale.older(posts[14]);
    tale.scene.verb(CY, general, react(posts[9], "🎉"));
    tale.scene.verb(BEN, general, edit(posts[13], "13, rather"));
    tale.older(posts[8]);
    tale.hear();
    tale.scene.verb(CY, general, post("the end"));
}
