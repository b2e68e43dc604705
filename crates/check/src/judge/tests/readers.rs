//! What readers agree on: contents, counts, markers, pages, deleted texts.

use serde_json::{Value, json};

use super::{ADA, BEN, ROOM, Story, event, is_broken, is_good, post};
use crate::history::{What, raw};
use crate::judge::verdict::Rule;

fn redacted(seq: u64, by: &str, nonce: &str) -> Value {
    event(
        seq,
        by,
        "message_posted",
        &json!({"nonce": nonce, "redacted": true}),
    )
}

fn deleted(seq: u64, target: u64) -> Value {
    event(
        seq,
        ADA,
        "message_deleted",
        &json!({"target": target, "author": ADA, "nonce": "d"}),
    )
}

/// Ada posts a (4) and deletes it (5).
fn deletes(story: &mut Story) -> &mut Story {
    let delete = json!({"type": "delete", "id": "d", "room": ROOM, "nonce": "d", "seq": 4});
    story
        .posts(1, "a")
        .acks(1, "a", 4)
        .sends(1, &delete)
        .acks(1, "d", 5)
}

fn without() -> [Value; 2] {
    [redacted(4, ADA, "a"), deleted(5, 4)]
}

#[test]
fn two_readers_are_given_the_same_event() {
    let other = event(
        4,
        ADA,
        "message_posted",
        &json!({"nonce": "a", "text": "another"}),
    );
    let mut story = Story::new();
    story.posts(1, "a").sees(2, &[other]);
    is_broken(
        &story.with_log(&[post(4, ADA, "a")]),
        Rule::Disagree,
        &["another", "event 4"],
    );
}

#[test]
fn what_anybody_saw_stays() {
    let mut story = Story::new();
    story.posts(1, "a").sees(2, &[post(4, ADA, "a")]);
    is_broken(
        &story.with_log(&[]),
        Rule::SeenGone,
        &["event 4", "the log ends at 3"],
    );
    // Another took its number.
    story.posts(2, "b");
    let verdict = story.with_log(&[post(4, BEN, "b")]);
    assert!(verdict.broken.contains_key(&Rule::SeenGone));
}

#[test]
fn a_text_may_be_seen_before_its_deletion_and_not_after() {
    let mut story = Story::new();
    story.posts(1, "a").sees(2, &[post(4, ADA, "a")]);
    let delete = json!({"type": "delete", "id": "d", "room": ROOM, "nonce": "d", "seq": 4});
    story
        .sends(1, &delete)
        .sees(2, &[deleted(5, 4)])
        .acks(1, "d", 5);
    story.connects(1, &json!({ROOM: 3}), 3).sees(1, &without());
    is_good(&story.with_log(&without()));

    let mut story = Story::new();
    deletes(&mut story)
        .connects(2, &json!({ROOM: 3}), 3)
        .sees(2, &[post(4, ADA, "a")]);
    is_broken(&story.with_log(&without()), Rule::DeletedText, &["event 4"]);
}

#[test]
fn a_resume_asked_for_after_a_deletion_brings_no_text() {
    let resume = json!({"type": "resume", "id": "r", "room": ROOM, "after": 3});
    let mut story = Story::new();
    deletes(&mut story)
        .sees(1, &[post(4, ADA, "a")])
        .sees(1, &[deleted(5, 4)]);
    story.sends(1, &resume).sees(1, &without());
    is_good(&story.with_log(&without()));
    let mut story = Story::new();
    deletes(&mut story).sees(1, &[post(4, ADA, "a"), deleted(5, 4)]);
    story.sends(1, &resume).sees(1, &[post(4, ADA, "a")]);
    is_broken(&story.with_log(&without()), Rule::DeletedText, &["event 4"]);
}

#[test]
fn the_log_keeps_no_deleted_text() {
    let mut story = Story::new();
    deletes(&mut story);
    let verdict = story.with_log(&[post(4, ADA, "a"), deleted(5, 4)]);
    is_broken(&verdict, Rule::DeletedText, &["event 4"]);
}

#[test]
fn pages_say_what_the_log_said_then() {
    let item = |more: &Value| {
        let mut item = json!({"seq": 4, "at": "2026-01-01T00:00:00.000Z", "nonce": "a", "rev": 4,
            "by": {"id": ADA, "username": "ada", "name": "ada"}});
        item.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"items": [item], "as_of": 4, "has_more": false, "epoch": "e"})
    };
    let read = |page: &Value, log: &[Value]| {
        let mut story = Story::new();
        story.posts(1, "a").pages(2, "messages?limit=30", page);
        story.with_log(log)
    };
    let log = [post(4, ADA, "a")];
    is_good(&read(&item(&json!({"text": "a", "reactions": []})), &log));
    let other = item(&json!({"text": "b", "reactions": []}));
    is_broken(&read(&other, &log), Rule::PageDiffers, &["message 4"]);
    is_broken(
        &read(&item(&json!({"deleted": true})), &log),
        Rule::PageDiffers,
        &["not deleted"],
    );
    let late = item(&json!({"text": "a", "reactions": [], "rev": 3}));
    is_broken(&read(&late, &log), Rule::PageDiffers, &["rev 3"]);
    let liked = item(
        &json!({"text": "a", "reactions": [{"emoji": "👍", "count": 1, "by": [], "mine": false}]}),
    );
    is_broken(&read(&liked, &log), Rule::PageDiffers, &["reactions"]);

    let mut story = Story::new();
    deletes(&mut story).pages(2, "messages", &item(&json!({"text": "a", "reactions": []})));
    is_broken(
        &story.with_log(&without()),
        Rule::DeletedText,
        &["message 4"],
    );
}

#[test]
fn unread_counts_are_those_of_the_log() {
    let counted = |unread: u64| {
        let mut story = Story::new();
        story
            .posts(1, "a")
            .posts(2, "b")
            .acks(1, "a", 4)
            .acks(2, "b", 5);
        let hello = json!({"type": "hello", "protocol": 1});
        story
            .line(2, What::Connected)
            .sends(2, &hello)
            .ready(2, 5, unread);
        story.with_log(&[post(4, ADA, "a"), post(5, BEN, "b")])
    };
    is_good(&counted(1));
    is_broken(&counted(2), Rule::Counts, &["1 unread", "told were 2"]);

    let signal = |head: u64, unread: u64, mentions: u64| {
        let signal = json!({"type": "signal", "kind": "read", "room": ROOM, "seq": 3, "head": head,
            "unread": unread, "mentions": mentions});
        let mut story = Story::new();
        deletes(&mut story).gets(2, &signal);
        let named = event(
            5,
            ADA,
            "message_deleted",
            &json!({"target": 4, "author": ADA, "nonce": "d", "mentions": [BEN]}),
        );
        story.with_log(&[redacted(4, ADA, "a"), named])
    };
    // Until its deletion a post is unread, and named whom its deletion says.
    is_good(&signal(4, 1, 1));
    is_good(&signal(5, 0, 0));
    is_broken(&signal(5, 1, 1), Rule::Counts, &[ROOM]);
}

#[test]
fn a_marker_that_was_acked_does_not_go_back() {
    let read = json!({"type": "read", "id": "r", "room": ROOM, "seq": 4});
    let marked = |seq: u64| {
        let mut story = Story::new();
        story
            .posts(1, "a")
            .acks(1, "a", 4)
            .sends(2, &read)
            .acks(2, "r", seq);
        story
    };
    is_good(&marked(4).with_log(&[post(4, ADA, "a")]));
    is_broken(
        &marked(3).with_log(&[post(4, ADA, "a")]),
        Rule::MarkerBack,
        &[ROOM],
    );
    // `ready` says 3 once more.
    let mut story = marked(4);
    let hello = json!({"type": "hello", "protocol": 1});
    story
        .line(2, What::Connected)
        .sends(2, &hello)
        .ready(2, 4, 1);
    is_broken(
        &story.with_log(&[post(4, ADA, "a")]),
        Rule::MarkerBack,
        &[ROOM],
    );
}

#[test]
fn a_hole_in_the_log_and_another_epoch_are_told() {
    let verdict = Story::new().with_log(&[post(5, ADA, "a")]);
    assert!(verdict.broken.contains_key(&Rule::Hole));
    let mut story = Story::new();
    let mut frame = json!({"type": "ready"});
    for line in &story.0 {
        if let What::Got(it) = &line.what {
            frame = serde_json::from_str(it.get()).unwrap();
        }
    }
    frame["epoch"] = json!("f");
    story
        .line(2, What::Connected)
        .sends(2, &json!({"type": "hello", "protocol": 1}));
    story.gets(2, &frame);
    is_broken(&story.with_log(&[]), Rule::EpochChanged, &["the server"]);
}

#[test]
fn what_a_fault_found_by_itself_counts() {
    let found = |good| {
        let (rule, detail) = ("it stops".to_owned(), "it did not".to_owned());
        let mut story = Story::new();
        story.line(0, What::Found { rule, good, detail });
        story.with_log(&[])
    };
    is_good(&found(true));
    is_broken(&found(false), Rule::Found, &["it stops", "it did not"]);
    assert_eq!(raw(&Rule::Found).get(), "\"found\"");
}

#[test]
fn a_backup_is_a_prefix_with_all_that_was_known_before() {
    let restored = |from: u64, events: &[Value]| {
        let mut story = Story::new();
        story.posts(1, "a").acks(1, "a", 4).posts(2, "b");
        let (name, detail) = ("backup".to_owned(), String::new());
        story.line(0, What::Fault { name, detail }).acks(2, "b", 5);
        let log = [post(4, ADA, "a"), post(5, BEN, "b")];
        let mut page = story.log(&log);
        let all = page["events"].as_array_mut().unwrap();
        all.truncate(usize::try_from(from).unwrap() - 1);
        all.extend(events.iter().cloned());
        let (room, page) = (ROOM.to_owned(), raw(&page));
        story.line(
            0,
            What::Prefix {
                backup: 1,
                room,
                page,
            },
        );
        story.with_log(&log)
    };
    is_good(&restored(6, &[]));
    is_good(&restored(5, &[]));
    is_broken(
        &restored(4, &[]),
        Rule::BackupDiffers,
        &["event 4", "ends at 3"],
    );
    let other = post(4, ADA, "x");
    is_broken(&restored(4, &[other]), Rule::BackupDiffers, &["event 4"]);
    is_broken(
        &restored(4, &[post(5, BEN, "b")]),
        Rule::BackupDiffers,
        &["event 5"],
    );
}
