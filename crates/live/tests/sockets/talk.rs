//! Two people talk, mark what they read, and say that they are writing.

use serde_json::json;

use crate::house::house;

#[test]
fn what_ada_writes_bob_sees_and_ada_gets_her_ack_and_her_own_event() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let (mut a, mut b) = (house.live_phone(ada), house.live_phone(bob));
    let room = house.general.to_string();
    a.say(json!({"type": "post", "id": "1", "room": room, "nonce": "n1", "text": "hi"}));
    let (first, second) = (a.hear(), a.hear());
    let (ack, event) = if first["type"] == "ack" {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(ack["id"], "1");
    assert_eq!(ack["seq"], event["events"][0]["seq"]);
    let heard = b.hear();
    assert_eq!(heard["events"], event["events"]);
    assert_eq!(heard["events"][0]["text"], "hi");
    a.say(json!({"type": "post", "id": "2", "room": room, "nonce": "n1", "text": "hi"}));
    let again = a.hear_type("ack");
    assert_eq!(
        (&again["seq"], &again["duplicate"]),
        (&ack["seq"], &json!(true))
    );
    a.say(json!({"type": "post", "id": "3", "room": room, "nonce": "n1", "text": "ho"}));
    assert_eq!(a.hear_type("refuse")["code"], "nonce_reused");
    b.hear_nothing();
}

#[test]
fn commands_of_one_connection_to_one_room_keep_their_order() {
    let house = house();
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let room = house.general.to_string();
    for n in 0..200 {
        let id = n.to_string();
        phone.say(json!({"type": "post", "id": id, "room": room, "nonce": id, "text": id}));
    }
    let (mut acked, mut said) = (Vec::new(), Vec::new());
    while acked.len() < 200 || said.len() < 200 {
        let frame = phone.hear();
        match frame["type"].as_str().unwrap() {
            "ack" => acked.push(frame["id"].as_str().unwrap().to_owned()),
            "events" => {
                let events = frame["events"].as_array().unwrap();
                said.extend(
                    events
                        .iter()
                        .map(|e| e["text"].as_str().unwrap().to_owned()),
                );
            }
            other => panic!("{other}"),
        }
    }
    let order: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    assert_eq!((&acked, &said), (&order, &order));
}

#[test]
fn a_marker_is_on_disk_when_acked_and_told_to_every_device() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let mut phone = house.live_phone(ada);
    let mut tablet = house.live_phone(ada);
    let room = house.general;
    let last = house.post(bob, room, "one");
    phone.say(json!({"type": "read", "id": "r", "room": room, "seq": 9_999}));
    let (mut ack, mut signal) = (None, None);
    while ack.is_none() || signal.is_none() {
        let frame = phone.hear();
        match frame["type"].as_str().unwrap() {
            "ack" => {
                let counts = house.live.reader().counts(ada.user, room);
                assert_eq!(counts.unwrap().unwrap().read, last);
                ack = Some(frame);
            }
            "signal" => signal = Some(frame),
            "events" => {}
            other => panic!("{other}"),
        }
    }
    let expected = json!({"type": "ack", "id": "r", "room": room, "seq": last});
    assert_eq!(ack, Some(expected));
    for signal in [signal.unwrap(), tablet.hear_type("signal")] {
        assert_eq!(
            signal,
            json!({"type": "signal", "kind": "read", "room": room, "seq": last,
                "head": last, "unread": 0, "mentions": 0})
        );
    }
    // One that nobody waits for is written soon, too.
    let next = house.post(bob, room, "two");
    tablet.say(json!({"type": "read", "room": room, "seq": next}));
    assert_eq!(phone.hear_type("signal")["seq"], json!(next));
}

#[test]
fn who_is_writing_is_said_to_others_in_the_room_alone() {
    let house = house();
    let (ada, bob, eve) = (
        house.person("ada"),
        house.person("bob"),
        house.person("eve"),
    );
    let kitchen = house.room(ada, &[bob]);
    let (mut a, mut b, mut e) = (
        house.live_phone(ada),
        house.live_phone(bob),
        house.live_phone(eve),
    );
    e.say(json!({"type": "typing", "room": kitchen}));
    e.hear_nothing();
    a.say(json!({"type": "typing", "room": kitchen}));
    a.hear_nothing();
    let signal = b.hear();
    assert_eq!(
        signal,
        json!({"type": "signal", "kind": "typing", "room": kitchen, "user": ada.user})
    );
    b.hear_nothing();
    e.hear_nothing();
}
