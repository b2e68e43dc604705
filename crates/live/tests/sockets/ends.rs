//! How connections end: revoked, expired, stopped, or by their own wish.

use std::time::Duration;

use parlor_live::Config;
use parlor_protocol::{Code, SessionId, Timestamp};
use parlor_store::write::{Actor, Authority, Done, Op, Proof};
use serde_json::json;
use tungstenite::Message;

use crate::house::{Disk, house, house_with};

#[test]
fn an_ended_session_closes_its_own_sockets_and_no_other() {
    let house = house();
    let ada = house.person("ada");
    let second = SessionId::from_u128(house.number().into());
    let start = Op::StartSession(ada.user, Proof::Console, house.session(second));
    assert!(matches!(house.submit(start), Ok(Done::Account(_))));
    let elsewhere = Actor {
        session: second,
        ..ada
    };
    let (mut here, mut there) = (house.live_phone(ada), house.live_phone(elsewhere));
    house.submit(Op::EndSession(ada, second)).unwrap();
    let (frames, code) = there.hear_close();
    assert_eq!(code, 4504);
    let bye = json!({"type": "bye", "code": 4504, "reason": "session ended", "reconnect": false});
    assert_eq!(frames, [bye]);
    here.hear_nothing();
    // Its session is looked at again where one comes back.
    let mut late = house.phone(elsewhere);
    late.say(json!({"type": "hello", "protocol": 1}));
    assert_eq!(late.hear_close().1, 4504);
}

#[test]
fn a_disabled_account_is_closed_with_its_own_code() {
    let house = house();
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let mut silent = house.phone(ada);
    house
        .submit(Op::UpdateUser {
            by: Authority::Console,
            user: ada.user,
            role: None,
            disabled: Some(true),
        })
        .unwrap();
    assert_eq!(phone.hear_close().1, 4503);
    assert_eq!(silent.hear_close().1, 4503, "it had not said hello");
}

#[test]
fn a_session_ends_at_its_time() {
    let config = Config {
        sweep: Duration::from_millis(10),
        ..Config::default()
    };
    let house = house_with(config);
    let ada = house.person("ada");
    let past = Timestamp::from_millis(1);
    let mut phone = house.phone_with(ada, None, Some(past));
    assert_eq!(phone.hear_close().1, 4504);
}

#[test]
fn a_peer_that_closes_is_answered_and_its_seat_is_free() {
    let house = house();
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    phone.socket.close(None).unwrap();
    while phone.socket.read().is_ok() {}
    house.until("it is gone", || house.live.status().connections == 0);
}

#[test]
fn binary_is_closed_and_the_close_arrives() {
    let house = house();
    let mut phone = house.live_phone(house.person("ada"));
    let binary = Message::binary(vec![0; 1000]);
    phone.socket.send(binary).unwrap();
    let (frames, code) = phone.hear_close();
    assert_eq!((frames.len(), code), (0, 1003));
}

#[test]
fn a_stop_finishes_what_waits_and_tells_everyone_when_to_come_back() {
    let house = house();
    let ada = house.person("ada");
    let (mut a, mut b) = (house.live_phone(ada), house.phone(ada));
    let room = house.general;
    house.set_disk(Disk::Held);
    a.say(json!({"type": "post", "id": "1", "room": room, "nonce": "n", "text": "last"}));
    a.say(json!({"type": "read", "room": room, "seq": 9_999}));
    house.until("it waits", || {
        house
            .live
            .metrics()
            .frames_in
            .iter()
            .any(|f| f == ("read", 1))
    });
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| house.runtime.block_on(house.live.stop()));
        house.until("it stops", || house.live.status().stopping);
        a.say(json!({"type": "post", "id": "2", "room": room, "nonce": "m", "text": "late"}));
        let late = a.hear();
        assert_eq!(
            (&late["id"], &late["code"]),
            (&json!("2"), &json!("overloaded"))
        );
        assert!(late["retry_after_ms"].is_u64());
        house.set_disk(Disk::Good);
        let (frames, code) = a.hear_close();
        assert_eq!(code, 1012);
        assert!(frames.iter().any(|f| f["type"] == "ack" && f["id"] == "1"));
        assert!(frames.iter().any(|f| f["events"][0]["text"] == "last"));
        let bye = frames.last().unwrap();
        assert_eq!(
            (&bye["type"], &bye["reconnect"]),
            (&json!("bye"), &json!(true))
        );
        assert!(bye["after_ms"].is_u64());
        assert_eq!(b.hear_close().1, 1012);
        drop((a, b));
        assert_eq!(stopped.join().unwrap(), Ok(()));
    });
    let counts = house.live.reader().counts(ada.user, room).unwrap().unwrap();
    assert_eq!(
        counts.read, counts.head,
        "the marker was written before the end"
    );
    let refusal = house.submit(house.message(ada, room, crate::house::post("x")));
    assert_eq!(refusal.map_err(|r| r.code), Err(Code::Overloaded));
}
