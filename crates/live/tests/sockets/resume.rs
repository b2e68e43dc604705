//! Coming back with what one holds.

use serde_json::{Value, json};

use crate::house::{House, Phone, house};

fn hello(house: &House, who: parlor_store::write::Actor, hello: Value) -> (Phone, Value) {
    let mut phone = house.phone(who);
    phone.say(hello);
    let ready = phone.hear();
    assert_eq!(ready["type"], "ready");
    (phone, ready)
}

fn seqs(frame: &Value) -> Vec<u64> {
    let events = frame["events"].as_array().unwrap();
    events.iter().map(|e| e["seq"].as_u64().unwrap()).collect()
}

#[test]
fn a_hello_with_what_one_holds_is_answered_with_the_rest() {
    let house = house();
    let (ada, room) = (house.person("ada"), house.general);
    let first = house.post(ada, room, "one");
    let last = house.post(ada, room, "two");
    let held = json!({"type": "hello", "protocol": 1, "epoch": house.epoch,
        "rooms": {(room.to_string()): first.get() - 1, "no room": 3}});
    let (mut phone, ready) = hello(&house, ada, held);
    assert_eq!(ready["rooms"][0]["head"], json!(last));
    let (mut events, mut caught_up, mut removed) = (Vec::new(), None, None);
    for _ in 0..3 {
        let frame = phone.hear();
        match frame["type"].as_str().unwrap() {
            "events" => events.extend(seqs(&frame)),
            "caught_up" => caught_up = frame["seq"].as_u64(),
            "room_removed" => removed = Some(frame["room"].clone()),
            other => panic!("{other}"),
        }
    }
    assert_eq!(events, [first.get(), last.get()]);
    assert_eq!(caught_up, Some(last.get()));
    assert_eq!(removed, Some(json!("no room")));
    phone.hear_nothing();
}

#[test]
fn what_cannot_be_continued_is_reset_by_reason() {
    let house = house();
    let (ada, room) = (house.person("ada"), house.general);
    house.post_many(ada, room, (0..1100).map(|n| n.to_string()));
    let head = house
        .live
        .reader()
        .room(ada.user, room)
        .unwrap()
        .unwrap()
        .head;
    let near = head.get() - 1000;
    let cases = [
        (json!(house.epoch), near - 1, Some("far_behind")),
        (json!(house.epoch), head.get() + 1, Some("ahead")),
        (json!("another"), head.get(), Some("epoch")),
        (json!(null), head.get(), Some("epoch")),
        (json!(house.epoch), near, None),
    ];
    for (epoch, after, reason) in cases {
        let held = json!({"type": "hello", "protocol": 1, "epoch": epoch,
            "rooms": {(room.to_string()): after}});
        let (mut phone, _) = hello(&house, ada, held);
        let Some(reason) = reason else {
            let all: Vec<u64> = (near + 1..=head.get()).collect();
            assert_eq!(phone.hear_seqs(room, head), all);
            assert_eq!(phone.hear()["type"], "caught_up");
            return;
        };
        let reset = json!({"type": "reset", "room": room, "head": head, "reason": reason});
        assert_eq!(phone.hear(), reset);
    }
}

#[test]
fn a_resume_sets_the_place_and_answers_with_its_id() {
    let house = house();
    let (ada, room) = (house.person("ada"), house.general);
    let mut phone = house.live_phone(ada);
    house.post_many(ada, room, (0..50).map(|n| n.to_string()));
    let head = house.post(ada, room, "head");
    phone.hear_seqs(room, head);
    phone.say(json!({"type": "resume", "id": "r", "room": room, "after": 3}));
    let all: Vec<u64> = (4..=head.get()).collect();
    assert_eq!(phone.hear_seqs(room, head), all);
    let done = json!({"type": "caught_up", "room": room, "seq": head, "id": "r"});
    assert_eq!(phone.hear(), done);
    let next = house.post(ada, room, "live");
    assert_eq!(phone.hear_seqs(room, next), [next.get()]);
    phone.say(json!({"type": "resume", "id": "s", "room": room, "after": 100_000}));
    let reset = phone.hear();
    assert_eq!(
        (&reset["reason"], &reset["id"]),
        (&json!("ahead"), &json!("s"))
    );
}

#[test]
fn connections_that_come_and_go_under_load_miss_nothing() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let room = house.general;
    std::thread::scope(|scope| {
        let house = &house;
        scope.spawn(move || {
            for n in 0..40 {
                house.post_many(ada, room, (0..25).map(|m| format!("{n} {m}")));
            }
            house.post(ada, room, "the end");
        });
        for _ in 0..3 {
            scope.spawn(move || {
                let mut cursor = 0;
                let mut ended = false;
                while !ended {
                    let held = json!({"type": "hello", "protocol": 1, "epoch": house.epoch,
                        "rooms": {(room.to_string()): cursor}});
                    let (mut phone, _) = hello(house, bob, held);
                    for _ in 0..5 {
                        let frame = phone.hear();
                        match frame["type"].as_str().unwrap() {
                            "events" => {
                                for event in frame["events"].as_array().unwrap() {
                                    cursor += 1;
                                    assert_eq!(event["seq"].as_u64(), Some(cursor));
                                    ended |= event["text"] == "the end";
                                }
                            }
                            "caught_up" => assert_eq!(frame["seq"].as_u64(), Some(cursor)),
                            other => panic!("{other}"),
                        }
                        if ended {
                            break;
                        }
                    }
                }
            });
        }
    });
    house.until("everyone is gone", || house.live.status().connections == 0);
}
