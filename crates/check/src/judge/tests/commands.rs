//! Acked, unknown, refused; both orders.

use serde_json::json;

use super::{ADA, BEN, ROOM, Story, event, is_broken, is_good, post};
use crate::history::{FOLDED, What, raw};
use crate::judge::verdict::Rule;

#[test]
fn what_was_acked_and_is_not_there_is_told() {
    let mut story = Story::new();
    story.posts(1, "a").acks(1, "a", 4);
    let shown = ["a of device 1", "Line(11)", "Line(12)"];
    is_broken(&story.with_log(&[]), Rule::AckedMissing, &shown);

    let mut story = Story::new();
    story
        .posts(1, "a")
        .acks(1, "a", 5)
        .posts(2, "b")
        .acks(2, "b", 4);
    let log = [post(4, ADA, "a"), post(5, BEN, "b")];
    let verdict = story.with_log(&log);
    assert_eq!(
        verdict.broken[&Rule::AckedMissing],
        2,
        "each has the other's number"
    );
}

#[test]
fn what_was_never_answered_may_be_there_once_or_not_but_not_twice() {
    let unanswered = || {
        let mut story = Story::new();
        story.posts(1, "a");
        story
    };
    is_good(&unanswered().with_log(&[]));
    is_good(&unanswered().with_log(&[post(4, ADA, "a")]));
    let twice = unanswered().with_log(&[post(4, ADA, "a"), post(5, ADA, "a")]);
    is_broken(&twice, Rule::Doubled, &["\\\"seq\\\":4", "\\\"seq\\\":5"]);
}

#[test]
fn a_command_sent_again_gets_the_same_answer() {
    let again = |seq: u64| {
        let mut story = Story::new();
        story.posts(1, "a").posts(2, "b").acks(1, "a", 4);
        story.posts(1, "a").acks(1, "a", seq);
        story.with_log(&[post(4, ADA, "a"), post(5, BEN, "b")])
    };
    is_good(&again(4));
    is_broken(&again(5), Rule::TwoAnswers, &["nonce a"]);
}

#[test]
fn a_nonce_is_one_command_only() {
    let mut story = Story::new();
    let react =
        json!({"type": "react", "id": "q", "room": ROOM, "nonce": "a", "seq": 4, "emoji": "👍"});
    story.posts(1, "a").acks(1, "a", 4).sends(1, &react);
    story.refuses(1, "q", &json!({"code": "nonce_reused"}));
    is_good(&story.with_log(&[post(4, ADA, "a")]));
    story.sends(1, &react).acks(1, "q", 5);
    let reacted = event(
        5,
        ADA,
        "reaction_added",
        &json!({"target": 4, "emoji": "👍", "nonce": "b"}),
    );
    let verdict = story.with_log(&[post(4, ADA, "a"), reacted]);
    assert!(verdict.broken.contains_key(&Rule::NonceReused));
}

#[test]
fn what_changed_nothing_is_acked_with_the_messages_last_event() {
    let react = |id: &str| json!({"type": "react", "id": id, "room": ROOM, "nonce": id, "seq": 4, "emoji": "👍"});
    let mut story = Story::new();
    story
        .posts(1, "a")
        .acks(1, "a", 4)
        .sends(1, &react("b"))
        .acks(1, "b", 5);
    story.sends(1, &react("c")).acks(1, "c", 5);
    let reacted = |seq, nonce| {
        event(
            seq,
            ADA,
            "reaction_added",
            &json!({"target": 4, "emoji": "👍", "nonce": nonce}),
        )
    };
    is_good(&story.with_log(&[post(4, ADA, "a"), reacted(5, "b")]));
}

#[test]
fn what_was_refused_for_good_is_not_there() {
    let refused = |more| {
        let mut story = Story::new();
        story.posts(1, "a").refuses(1, "a", &more);
        story
    };
    is_good(&refused(json!({})).with_log(&[]));
    let there = [post(4, ADA, "a")];
    is_broken(
        &refused(json!({})).with_log(&there),
        Rule::RefusedButThere,
        &["a of device 1"],
    );
    // With a time it is only put off, and was sent again.
    let mut later = refused(json!({"code": "overloaded", "retry_after_ms": 1}));
    later.posts(1, "a").acks(1, "a", 4);
    is_good(&later.with_log(&there));
}

#[test]
fn an_event_that_nobody_sent_is_told() {
    is_broken(
        &Story::new().with_log(&[post(4, BEN, "x")]),
        Rule::NobodySent,
        &["event 4", "\\\"x\\\""],
    );
    let mut story = Story::new();
    story.posts(1, "a");
    let other = event(
        4,
        ADA,
        "message_posted",
        &json!({"nonce": "a", "text": "not what she wrote"}),
    );
    is_broken(
        &story.with_log(&[other]),
        Rule::NobodySent,
        &["not what she wrote"],
    );
}

#[test]
fn what_was_sent_after_an_ack_is_numbered_after_it() {
    let mut story = Story::new();
    story
        .posts(1, "a")
        .acks(1, "a", 5)
        .posts(2, "b")
        .acks(2, "b", 4);
    let verdict = story.with_log(&[post(4, BEN, "b"), post(5, ADA, "a")]);
    is_broken(
        &verdict,
        Rule::RealTimeOrder,
        &["b of device 2", "Line(12)", "Line(13)"],
    );
    // At the same time, either may be the first.
    let mut story = Story::new();
    story
        .posts(1, "a")
        .posts(2, "b")
        .acks(1, "a", 5)
        .acks(2, "b", 4);
    is_good(&story.with_log(&[post(4, BEN, "b"), post(5, ADA, "a")]));
}

#[test]
fn what_was_sent_after_somebody_saw_an_event_is_numbered_after_it() {
    let mut story = Story::new();
    story
        .posts(1, "a")
        .sees(2, &[post(4, BEN, "b"), post(5, ADA, "a")])
        .posts(2, "b");
    let verdict = story.with_log(&[post(4, BEN, "b"), post(5, ADA, "a")]);
    is_broken(&verdict, Rule::RealTimeOrder, &["b of device 2"]);
}

#[test]
fn one_device_keeps_its_order() {
    let mut story = Story::new();
    story
        .posts(1, "a")
        .posts(1, "b")
        .acks(1, "a", 5)
        .acks(1, "b", 4);
    let log = [post(4, ADA, "b"), post(5, ADA, "a")];
    is_broken(&story.with_log(&log), Rule::DeviceOrder, &["b of device 1"]);
    // What the server put off was overtaken by its sender's own doing.
    let mut story = Story::new();
    story.posts(1, "a").posts(1, "b").acks(1, "b", 4);
    story.refuses(1, "a", &json!({"code": "overloaded", "retry_after_ms": 1}));
    story.posts(1, "a").acks(1, "a", 5);
    is_good(&story.with_log(&log));
}

#[test]
fn a_membership_that_was_granted_is_in_the_log_and_no_other() {
    let mut story = Story::new();
    story.moves(2, "DELETE", BEN, 204);
    let shown = ["should be Out", "Line(11)"];
    is_broken(&story.with_log(&[]), Rule::AckedMissing, &shown);
    let gone = super::left(4, ADA, BEN);
    is_broken(
        &Story::new().with_log(&[gone]),
        Rule::NobodySent,
        &["event 4"],
    );
    // Twice is harmless.
    let mut story = Story::new();
    story
        .moves(1, "PUT", BEN, 204)
        .moves(1, "DELETE", BEN, 204)
        .moves(1, "DELETE", BEN, 204);
    is_good(&story.with_log(&[super::left(4, ADA, BEN)]));
}

#[test]
fn what_a_program_said_is_judged_as_what_went_over_the_wire() {
    let said = raw(&json!({"kind": "post", "text": "a", "reply_to": null}));
    let mut story = Story::new();
    let (room, nonce) = (ROOM.to_owned(), "a".to_owned());
    story.line(
        1,
        What::Said {
            room: room.clone(),
            nonce: nonce.clone(),
            said,
        },
    );
    let settled = What::Settled {
        room,
        nonce,
        seq: Some(4),
        refused: None,
    };
    story.line(1, settled.clone());
    is_good(&story.with_log(&[post(4, ADA, "a")]));
    story.line(1, settled);
    is_broken(
        &story.with_log(&[post(4, ADA, "a")]),
        Rule::BadFrame,
        &["settled twice"],
    );
}

#[test]
fn an_edit_that_an_outbox_folded_into_an_older_one_is_what_that_one_says() {
    let edit = |text: &str| raw(&json!({"kind": "edit", "target": 4, "text": text}));
    let edited = |nonce: &str, text: &str| {
        let (room, fields) = (
            ROOM.to_owned(),
            json!({"target": 4, "text": text, "nonce": nonce}),
        );
        let mut story = Story::new();
        story.posts(1, "a").acks(1, "a", 4);
        for nonce in ["b", "c"] {
            let (room, nonce) = (room.clone(), nonce.to_owned());
            let said = edit(&nonce);
            story.line(1, What::Said { room, nonce, said });
        }
        let (nonce_c, refused) = ("c".to_owned(), Some(FOLDED.to_owned()));
        story.line(
            1,
            What::Settled {
                room: room.clone(),
                nonce: nonce_c,
                seq: None,
                refused,
            },
        );
        let (nonce_b, seq) = ("b".to_owned(), Some(5));
        story.line(
            1,
            What::Settled {
                room,
                nonce: nonce_b,
                seq,
                refused: None,
            },
        );
        story.with_log(&[post(4, ADA, "a"), event(5, ADA, "message_edited", &fields)])
    };
    is_good(&edited("b", "c"));
    is_good(&edited("b", "b"));
    is_broken(&edited("b", "d"), Rule::NobodySent, &["event 5"]);
}
