//! What is read is old by the time it arrives: nothing of it may be said that is
//! not true any more.

use parlor_protocol::command::MessageVerb;
use serde_json::json;

use crate::gate::Held;
use crate::house::house;

#[test]
fn a_chunk_that_was_read_before_a_deletion_is_read_again() {
    let house = house();
    let (ada, room) = (house.person("ada"), house.general);
    let secret = house.post(ada, room, "the secret");
    let mut phone = house.live_phone(ada);
    house.gate.hold(Held::Events);
    phone.say(json!({"type": "resume", "id": "r", "room": room, "after": 0}));
    house.until("it is read", || house.gate.is_waiting(Held::Events));
    let delete = MessageVerb::Delete { target: secret };
    house.submit(house.message(ada, room, delete)).unwrap();
    house.gate.release(Held::Events);
    loop {
        let frame = phone.hear();
        assert!(!frame.to_string().contains("the secret"));
        if frame["type"] == "caught_up" {
            break;
        }
    }
}

#[test]
fn a_chunk_that_was_read_before_a_removal_is_not_sent() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[bob]);
    house.post(ada, kitchen, "one");
    let mut phone = house.live_phone(bob);
    house.gate.hold(Held::Events);
    phone.say(json!({"type": "resume", "id": "r", "room": kitchen, "after": 0}));
    house.until("it is read", || house.gate.is_waiting(Held::Events));
    house.remove_member(ada, kitchen, bob.user);
    let (refusal, removed) = (phone.hear(), phone.hear());
    assert_eq!(
        (&refusal["id"], &refusal["code"]),
        (&json!("r"), &json!("not_found"))
    );
    assert_eq!(removed["type"], "room_removed");
    house.gate.release(Held::Events);
    phone.hear_nothing();
}

#[test]
fn a_room_that_was_left_while_it_was_read_is_never_told_of() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[]);
    let mut phone = house.live_phone(bob);
    house.gate.hold(Held::Room);
    house.put_member(ada, kitchen, bob.user);
    house.until("it is read", || house.gate.is_waiting(Held::Room));
    house.remove_member(ada, kitchen, bob.user);
    house.put_member(ada, kitchen, bob.user);
    let head = house.post(ada, kitchen, "hi");
    house.gate.release(Held::Room);
    let added = phone.hear();
    assert_eq!(added["type"], "room_added");
    assert_eq!(added["room"]["head"], json!(head));
    phone.hear_nothing();
}

#[test]
fn a_snapshot_that_a_membership_changed_under_is_read_again() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[]);
    house.gate.hold(Held::Snapshot);
    let mut phone = house.phone(bob);
    phone.say(json!({"type": "hello", "protocol": 1}));
    house.until("it is read", || house.gate.is_waiting(Held::Snapshot));
    house.put_member(ada, kitchen, bob.user);
    house.gate.release(Held::Snapshot);
    let ready = phone.hear();
    assert_eq!(ready["type"], "ready");
    let rooms = ready["rooms"].as_array().unwrap();
    assert!(rooms.iter().any(|room| room["id"] == json!(kitchen)));
    assert_eq!(house.gate.reads(Held::Snapshot), 2);
    let seq = house.post(ada, kitchen, "hi");
    assert_eq!(phone.hear_seqs(kitchen, seq), [seq.get()]);
}

#[test]
fn a_session_that_ends_while_the_snapshot_is_read_never_gets_ready() {
    let house = house();
    let ada = house.person("ada");
    house.gate.hold(Held::Snapshot);
    let mut phone = house.phone(ada);
    phone.say(json!({"type": "hello", "protocol": 1}));
    house.until("it is read", || house.gate.is_waiting(Held::Snapshot));
    house
        .submit(parlor_store::write::Op::EndSession(ada, ada.session))
        .unwrap();
    house.gate.release(Held::Snapshot);
    let (frames, code) = phone.hear_close();
    assert_eq!(code, 4504);
    assert!(frames.iter().all(|frame| frame["type"] == "bye"));
}

#[test]
fn a_snapshot_that_changes_under_every_read_is_given_up() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[]);
    let mut phone = house.phone(bob);
    house.gate.hold(Held::Snapshot);
    phone.say(json!({"type": "hello", "protocol": 1}));
    for n in 1..=8 {
        house.until("it is read again", || house.gate.reads(Held::Snapshot) == n);
        if n % 2 == 1 {
            house.put_member(ada, kitchen, bob.user);
        } else {
            house.remove_member(ada, kitchen, bob.user);
        }
        house.gate.let_one_go(Held::Snapshot);
    }
    let (frames, code) = phone.hear_close();
    assert_eq!(code, 1013);
    assert!(frames[0]["after_ms"].is_u64());
}

#[test]
fn events_published_while_the_snapshot_is_read_are_sent_after_ready() {
    let house = house();
    let (ada, room) = (house.person("ada"), house.general);
    let held = house.post(ada, room, "held");
    house.gate.hold(Held::Snapshot);
    let mut phone = house.phone(ada);
    phone.say(json!({"type": "hello", "protocol": 1}));
    house.until("it is read", || house.gate.is_waiting(Held::Snapshot));
    let missed = house.post(ada, room, "meanwhile");
    house.gate.release(Held::Snapshot);
    assert_eq!(phone.hear()["rooms"][0]["head"], json!(held));
    let later = house.post(ada, room, "later");
    assert_eq!(phone.hear_seqs(room, later), [missed.get(), later.get()]);
}
