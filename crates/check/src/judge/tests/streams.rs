//! What one device was sent, and what it holds in the end.

use serde_json::{Value, json};

use super::{ADA, BEN, ROOM, Story, is_broken, is_good, left, post};
use crate::history::{Change, DeviceKind, What, raw};
use crate::judge::verdict::Rule;

/// Ada posted a to e: events 4 to 8.
fn log() -> Vec<Value> {
    (4..)
        .zip(["a", "b", "c", "d", "e"])
        .map(|(seq, nonce)| post(seq, ADA, nonce))
        .collect()
}

fn posted() -> Story {
    let mut story = Story::new();
    for nonce in ["a", "b", "c", "d", "e"] {
        story.posts(1, nonce);
    }
    story
}

fn part(from: usize, to: usize) -> Vec<Value> {
    log()[from - 4..=to - 4].to_vec()
}

#[test]
fn an_event_left_out_is_told_at_the_next() {
    let mut story = posted();
    story.sees(2, &part(4, 5)).sees(2, &part(7, 7));
    is_broken(
        &story.with_log(&log()),
        Rule::NotContiguous,
        &["event 7", "Line(16)", "Line(17)"],
    );
    let mut story = posted();
    story.sees(2, &[part(4, 4), part(6, 6)].concat());
    is_broken(&story.with_log(&log()), Rule::NotContiguous, &["event 5"]);
}

#[test]
fn an_event_left_out_at_the_end_is_told_at_rest() {
    let mut story = posted();
    story.sees(2, &part(4, 7)).line(
        2,
        What::Held {
            room: ROOM.into(),
            cursor: 7,
        },
    );
    is_broken(&story.with_log(&log()), Rule::NotCaughtUp, &["event 8"]);
}

#[test]
fn an_event_twice_or_two_swapped_are_told() {
    let mut story = posted();
    story.sees(2, &part(4, 5)).sees(2, &part(5, 5));
    is_broken(&story.with_log(&log()), Rule::NotContiguous, &["event 5"]);
    let mut story = posted();
    story.sees(2, &part(5, 5)).sees(2, &part(4, 4));
    let verdict = story.with_log(&log());
    assert_eq!(verdict.broken[&Rule::NotContiguous], 2);
}

#[test]
fn a_resume_brings_again_what_is_held_and_all_of_it() {
    let resume = json!({"type": "resume", "id": "r", "room": ROOM, "after": 3});
    let caught_up = json!({"type": "caught_up", "room": ROOM, "seq": 6, "id": "r"});
    let mut story = posted();
    story
        .sees(2, &part(4, 5))
        .sends(2, &resume)
        .sees(2, &part(6, 6));
    story
        .sees(2, &part(4, 6))
        .gets(2, &caught_up)
        .sees(2, &part(7, 8));
    is_good(&story.with_log(&log()));
    let mut story = posted();
    story
        .sees(2, &part(4, 6))
        .sends(2, &resume)
        .sees(2, &part(4, 4))
        .gets(2, &caught_up);
    is_broken(
        &story.with_log(&log()),
        Rule::NotContiguous,
        &["event 5", "caught_up at 6"],
    );
}

#[test]
fn a_hello_goes_on_where_it_says() {
    let caught_up = json!({"type": "caught_up", "room": ROOM, "seq": 8});
    let back = |from: usize| {
        let mut story = posted();
        story.sees(2, &part(4, 5)).connects(2, &json!({ROOM: 5}), 3);
        story.sees(2, &part(from, 8)).gets(2, &caught_up);
        story.with_log(&log())
    };
    is_good(&back(6));
    is_broken(&back(7), Rule::NotContiguous, &["event 7"]);
    let mut short = posted();
    short
        .connects(2, &json!({ROOM: 5}), 3)
        .sees(2, &part(6, 7))
        .gets(2, &caught_up);
    is_broken(
        &short.with_log(&log()),
        Rule::NotContiguous,
        &["caught_up at 8"],
    );
}

#[test]
fn after_far_behind_the_pages_go_on_and_then_the_socket() {
    let reset = json!({"type": "reset", "room": ROOM, "head": 6, "reason": "far_behind"});
    let page =
        |events: Vec<Value>| json!({"events": events, "head": 6, "has_more": false, "epoch": "e"});
    let resume = json!({"type": "resume", "id": "r", "room": ROOM, "after": 6});
    let caught_up = json!({"type": "caught_up", "room": ROOM, "seq": 7, "id": "r"});
    let mut story = posted();
    story
        .connects(2, &json!({ROOM: 3}), 3)
        .gets(2, &reset)
        .sees(2, &part(7, 7));
    story
        .pages(2, "events?after=3", &page(part(4, 6)))
        .sends(2, &resume);
    story
        .sees(2, &part(7, 7))
        .gets(2, &caught_up)
        .sees(2, &part(8, 8));
    is_good(&story.with_log(&log()));
    let mut story = posted();
    story.pages(
        2,
        "events?after=3",
        &page([part(4, 4), part(6, 6)].concat()),
    );
    is_broken(&story.with_log(&log()), Rule::Hole, &["event 5"]);
}

#[test]
fn nothing_comes_before_ready_or_unasked() {
    let mut story = posted();
    let hello = json!({"type": "hello", "protocol": 1});
    story
        .line(2, What::Connected)
        .sends(2, &hello)
        .sees(2, &part(4, 4));
    assert!(story.with_log(&log()).broken.contains_key(&Rule::BadFrame));
    let mut story = posted();
    story.acks(2, "nothing", 4);
    is_broken(&story.with_log(&log()), Rule::BadFrame, &["nobody waits"]);
    let mut story = posted();
    story.gets(
        2,
        &json!({"type": "events", "room": ROOM, "events": [{"seq": 4}]}),
    );
    is_broken(&story.with_log(&log()), Rule::BadFrame, &["missing field"]);
}

#[test]
fn nothing_numbered_after_a_removal_is_received() {
    let removed = |seq: u64| json!({"type": "room_removed", "room": ROOM, "seq": seq});
    let gone = [log(), vec![left(9, ADA, BEN)], vec![post(10, ADA, "f")]].concat();
    let mut story = posted();
    story.moves(1, "DELETE", BEN, 204).posts(1, "f");
    story.sees(2, &gone[..6]).gets(2, &removed(9));
    is_good(&story.with_log(&gone));

    let mut story = posted();
    story
        .moves(1, "DELETE", BEN, 204)
        .posts(1, "f")
        .sees(2, &gone);
    is_broken(
        &story.with_log(&gone),
        Rule::PastRemoval,
        &["event 10", "member_left"],
    );

    let mut story = posted();
    story
        .moves(1, "DELETE", BEN, 204)
        .sees(2, &gone[..6])
        .gets(2, &removed(8));
    is_broken(&story.with_log(&gone[..6]), Rule::PastRemoval, &["event 9"]);
}

#[test]
fn who_comes_back_may_read_what_was_said_meanwhile_but_not_before() {
    let all = [
        log(),
        vec![
            left(9, ADA, BEN),
            post(10, ADA, "f"),
            super::joined(11, ADA, BEN),
        ],
    ]
    .concat();
    let page = json!({"events": all[6..], "head": 11, "has_more": false, "epoch": "e"});
    let mut story = posted();
    story
        .moves(1, "DELETE", BEN, 204)
        .posts(1, "f")
        .moves(1, "PUT", BEN, 204);
    story.pages(2, "events?after=9", &page);
    is_good(&story.with_log(&all));
    let mut story = posted();
    story.moves(1, "DELETE", BEN, 204).posts(1, "f");
    story
        .pages(2, "events?after=9", &page)
        .moves(1, "PUT", BEN, 204);
    let verdict = story.with_log(&all);
    assert_eq!(
        verdict.broken.keys().copied().collect::<Vec<_>>(),
        [Rule::PastRemoval]
    );
}

#[test]
fn a_resume_that_crosses_a_removal_and_a_return_counts_from_the_return() {
    let resume = json!({"type": "resume", "id": "r", "room": ROOM, "after": 3});
    let removed = json!({"type": "room_removed", "room": ROOM, "seq": 9});
    let added = json!({"type": "room_added", "room": {"id": ROOM, "name": "x", "kind": "open", "topic": "",
        "archived": false, "head": 10, "member_count": 2}});
    let all = [log(), vec![left(9, ADA, BEN), super::joined(10, ADA, BEN)]].concat();
    let caught_up = json!({"type": "caught_up", "room": ROOM, "seq": 10, "id": "r"});
    let crossing = |resumes: bool| {
        let mut story = posted();
        story.sees(2, &part(4, 6));
        if resumes {
            story.sends(2, &resume);
        }
        story.moves(1, "DELETE", BEN, 204).moves(1, "PUT", BEN, 204);
        story.gets(2, &removed).gets(2, &added).sees(2, &all);
        if resumes {
            story.gets(2, &caught_up);
        }
        story.with_log(&all)
    };
    is_good(&crossing(true));
    assert!(crossing(false).broken.contains_key(&Rule::NotContiguous));
}

#[test]
fn a_program_on_the_client_is_told_each_event_once_whatever_happens() {
    let told = |seqs: &[usize], again_before: Option<usize>| {
        let mut story = posted();
        let (user, username) = (BEN.to_owned(), "ben".to_owned());
        story.line(
            3,
            What::Device {
                user,
                username,
                kind: DeviceKind::Client,
                staff: false,
            },
        );
        story.line(
            3,
            What::Holds {
                room: ROOM.into(),
                after: 3,
            },
        );
        for seq in seqs {
            if again_before == Some(*seq) {
                story.line(3, What::Again);
            }
            let event = raw(&log()[seq - 4]);
            story.line(
                3,
                What::Told {
                    room: ROOM.into(),
                    event,
                },
            );
        }
        story.with_log(&log())
    };
    is_good(&told(&[4, 5, 6], None));
    is_broken(&told(&[4, 6], None), Rule::NotContiguous, &["event 6"]);
    is_broken(&told(&[4, 5, 5], None), Rule::NotContiguous, &["event 5"]);
    let mut story = posted();
    story.line(
        3,
        What::Place {
            room: ROOM.into(),
            change: Change::Added,
            after: None,
        },
    );
    story.line(
        3,
        What::Told {
            room: ROOM.into(),
            event: raw(&log()[2]),
        },
    );
    is_good(&story.with_log(&log()));
    // Started again from its file, it may be told once more what it was at.
    is_good(&told(&[4, 5, 6], Some(6)));
    is_broken(&told(&[4, 6], Some(6)), Rule::NotContiguous, &["event 6"]);
}
