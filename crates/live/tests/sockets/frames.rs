//! What is not well formed, not in order, or not spoken.

use std::time::Duration;

use parlor_live::Config;
use serde_json::{Value, json};

use crate::house::{house, house_with};

#[test]
fn what_comes_before_hello_is_refused_and_a_second_hello_is_a_bad_frame() {
    let house = house();
    let ada = house.person("ada");
    let mut phone = house.phone(ada);
    let room = house.general;
    phone.say(json!({"type": "post", "id": "1", "room": room, "nonce": "n", "text": "hi"}));
    let refusal = phone.hear();
    assert_eq!(
        (&refusal["id"], &refusal["code"]),
        (&json!("1"), &json!("hello_first"))
    );
    phone.say(json!({"type": "resume", "room": room, "after": 0}));
    let refusal = phone.hear();
    assert_eq!(
        (&refusal["id"], &refusal["code"]),
        (&Value::Null, &json!("hello_first"))
    );
    phone.hear_nothing();
    phone.say(json!({"type": "hello", "protocol": 1}));
    let ready = phone.hear();
    assert_eq!(ready["type"], "ready");
    assert_eq!(
        ready["heartbeat"],
        json!({"interval_ms": 5000, "max_missed": 2})
    );
    assert_eq!(ready["rooms"][0]["id"], json!(room));
    phone.say(json!({"type": "hello", "protocol": 1}));
    assert_eq!(phone.hear()["code"], "bad_frame");
    phone.say(json!({"type": "dance", "id": "d"}));
    assert_eq!(phone.hear()["code"], "unknown_type");
    for (text, code) in [("", "text_empty"), ("a\u{1b}", "bad_text")] {
        phone.say(json!({"type": "post", "id": "t", "room": room, "nonce": "n", "text": text}));
        assert_eq!(phone.hear()["code"], code);
    }
    phone.say(json!({"type": "post", "id": "x", "room": "nowhere", "nonce": "n", "text": "hi"}));
    assert_eq!(phone.hear()["code"], "not_found");
    phone.hear_nothing();
}

#[test]
fn what_is_said_back_of_a_hello_is_never_long() {
    let house = house();
    let mut phone = house.phone(house.person("ada"));
    let hello = |name: String| json!({"type": "hello", "protocol": 1, "rooms": {name: 1}});
    phone.say(hello("x".repeat(65)));
    assert_eq!(phone.hear()["code"], "bad_frame");
    phone.say(hello("x".repeat(64)));
    assert_eq!(phone.hear()["type"], "ready");
    assert_eq!(phone.hear()["room"], "x".repeat(64));
}

#[test]
fn ten_malformed_frames_end_a_connection() {
    let house = house();
    let mut phone = house.live_phone(house.person("ada"));
    for _ in 0..10 {
        phone.say_text("{");
    }
    let (frames, code) = phone.hear_close();
    assert_eq!(code, 4500);
    let refused = frames.iter().filter(|f| f["code"] == "bad_frame").count();
    assert_eq!(refused, 10);
    let bye = frames.last().unwrap();
    assert_eq!(
        (&bye["type"], &bye["reconnect"]),
        (&json!("bye"), &json!(false))
    );
}

#[test]
fn another_protocol_is_not_spoken() {
    let house = house();
    let mut phone = house.phone(house.person("ada"));
    phone.say(json!({"type": "hello", "protocol": 2}));
    assert_eq!(phone.hear_close().1, 4505);
}

#[test]
fn a_connection_that_says_nothing_is_closed_in_time() {
    let config = Config {
        hello_wait: Duration::from_millis(50),
        heartbeat_timeout: Duration::from_millis(300),
        sweep: Duration::from_millis(10),
        linger: Duration::from_millis(10),
        ..Config::default()
    };
    let house = house_with(config);
    let ada = house.person("ada");
    assert_eq!(house.phone(ada).hear_close().1, 4002);
    let (frames, code) = house.live_phone(ada).hear_close();
    assert_eq!(code, 4001);
    assert_eq!(frames.last().unwrap()["reconnect"], true);
}

#[test]
fn too_many_messages_are_read_more_slowly_and_refused_only_beyond_that() {
    let house = house_with(Config::default());
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let room = house.general;
    // The burst, and a little more: slower, but all of it is taken.
    for n in 0..53 {
        phone.say(
            json!({"type": "post", "id": "p", "room": room, "nonce": format!("n{n}"), "text": "x"}),
        );
    }
    for _ in 0..53 {
        phone.hear_type("ack");
    }
    let slowed = |name| {
        house
            .live
            .metrics()
            .rate_limited
            .iter()
            .any(|(n, c)| n == name && c > 0)
    };
    assert!(slowed("message"));
    // Over HTTP there is no slower: refused, with a time.
    let verb = crate::house::post("y");
    let nonce = parlor_protocol::Nonce::parse("http").unwrap();
    let answer = house.runtime.block_on(async {
        let mut last = None;
        for _ in 0..5 {
            let (nonce, verb) = (nonce.clone(), verb.clone());
            last = Some(house.live.submit_message(ada, room, nonce, verb).await);
        }
        last.unwrap()
    });
    let refusal = answer.expect_err("the bucket is empty");
    assert_eq!(refusal.code, parlor_protocol::Code::RateLimited);
    assert!(refusal.retry_after_ms.is_some());
}

#[test]
fn a_user_has_twenty_seats() {
    let house = house_with(Config::default());
    let ada = house.person("ada");
    let mut seats: Vec<_> = (0..20).map(|_| house.live.seat(ada.user)).collect();
    assert!(seats.iter().all(Option::is_some));
    assert!(house.live.seat(ada.user).is_none());
    seats.pop();
    assert!(house.live.seat(ada.user).is_some());
}
