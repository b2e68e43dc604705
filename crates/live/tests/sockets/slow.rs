//! A slow reader costs only itself and misses nothing; a deletion reaches what
//! it has not been sent.

use std::collections::HashSet;

use parlor_protocol::command::MessageVerb;
use serde_json::json;

use crate::house::{House, Phone, house};

/// A live phone that takes very little before its socket is full.
fn slow_phone(house: &House, who: parlor_store::write::Actor) -> Phone {
    let mut phone = house.phone_with(who, Some(4096), None);
    phone.say(json!({"type": "hello", "protocol": 1}));
    assert_eq!(phone.hear()["type"], "ready");
    phone
}

/// Posts until a phone that does not read is behind, and then a good deal more.
fn outrun(house: &House, by: parlor_store::write::Actor) {
    let text = |n: usize| format!("{n} {}", "x".repeat(8000));
    for round in 0..100 {
        house.post_many(by, house.general, (0..100).map(text));
        if house.live.status().behind > 0 && round > 1 {
            return;
        }
    }
    panic!("nobody fell behind");
}

#[test]
fn a_slow_reader_is_sent_everything_late_and_others_at_once() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let (mut slow, mut quick) = (slow_phone(&house, bob), house.live_phone(bob));
    let start = house.live.reader().room(bob.user, house.general);
    let start = start.unwrap().unwrap().head;
    let listener = std::thread::spawn(move || {
        // Reads on, so that it never falls behind for long.
        loop {
            let frame = quick.hear();
            if frame["events"][0]["text"] == "the end" {
                return quick;
            }
            assert_eq!(frame["type"], "events");
        }
    });
    outrun(&house, ada);
    let end = house.post(ada, house.general, "the end");
    listener.join().unwrap();
    let seqs = slow.hear_seqs(house.general, end);
    let all: Vec<u64> = (start.get() + 1..=end.get()).collect();
    assert_eq!(seqs, all);
    house.until("it is not behind any more", || {
        house.live.status().behind == 0
    });
    let live = house.post(ada, house.general, "now");
    assert_eq!(slow.hear_seqs(house.general, live), [live.get()]);
}

#[test]
fn a_text_that_was_deleted_reaches_no_frame_that_is_begun_later() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let mut slow = slow_phone(&house, bob);
    outrun(&house, ada);
    let secret = house.post(ada, house.general, "the secret");
    house.post_many(ada, house.general, (0..20).map(|n| n.to_string()));
    let delete = MessageVerb::Delete { target: secret };
    house
        .submit(house.message(ada, house.general, delete))
        .unwrap();
    let end = house.post(ada, house.general, "the end");
    let mut seen = HashSet::new();
    while !seen.contains(&end.get()) {
        let frame = slow.hear();
        assert!(!frame.to_string().contains("the secret"));
        for event in frame["events"].as_array().into_iter().flatten() {
            assert!(seen.insert(event["seq"].as_u64().unwrap()), "sent twice");
            if event["seq"] == json!(secret) {
                assert_eq!(event["redacted"], true);
            }
        }
    }
}

#[test]
fn a_slow_reader_keeps_its_other_rooms_in_order() {
    let house = house();
    let (ada, bob) = (house.person("ada"), house.person("bob"));
    let kitchen = house.room(ada, &[bob]);
    let mut slow = slow_phone(&house, bob);
    outrun(&house, ada);
    let first = house.post(ada, kitchen, "one");
    let second = house.post(ada, kitchen, "two");
    assert_eq!(slow.hear_seqs(kitchen, second), [first.get(), second.get()]);
}

#[test]
fn acks_that_are_not_taken_stop_the_reading_and_then_the_connection() {
    let config = parlor_live::Config {
        rate_limits: false,
        flooding_after: std::time::Duration::from_millis(300),
        sweep: std::time::Duration::from_millis(10),
        heartbeat_timeout: std::time::Duration::from_secs(600),
        ..parlor_live::Config::default()
    };
    let house = crate::house::house_with(config);
    let ada = house.person("ada");
    let phone = slow_phone(&house, ada);
    // Its own events fill its socket; then its acks stand.
    let room = house.general;
    let text = "x".repeat(8000);
    let mut writer = phone;
    writer
        .socket
        .get_ref()
        .set_write_timeout(Some(std::time::Duration::from_millis(200)))
        .unwrap();
    for n in 0..5000 {
        let post =
            json!({"type": "post", "id": "p", "room": room, "nonce": n.to_string(), "text": text});
        let sent = writer
            .socket
            .send(tungstenite::Message::text(post.to_string()));
        if sent.is_err() || house.live.status().connections == 0 {
            break;
        }
    }
    let flooded = || {
        let closes = house.live.metrics().closes();
        closes
            .into_iter()
            .any(|(code, n)| code.code() == 4008 && n == 1)
    };
    house.until("it is closed", flooded);
}
