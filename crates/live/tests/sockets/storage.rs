//! A disk that is full, hangs, or cannot be trusted any more.

use std::time::Duration;

use parlor_live::{Config, StopError};
use parlor_protocol::Code;
use serde_json::json;

use crate::house::{Disk, house, house_with};

#[test]
fn a_full_disk_refuses_with_a_time_and_goes_on_by_itself() {
    let house = house_with(Config {
        rate_limits: false,
        probe: Duration::from_millis(10),
        ..Config::default()
    });
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let room = house.general;
    house.set_disk(Disk::Full);
    let post = json!({"type": "post", "id": "1", "room": room, "nonce": "n", "text": "x"});
    for _ in 0..3 {
        phone.say(post.clone());
        let refusal = phone.hear();
        assert_eq!(refusal["code"], "storage_full");
        assert!(refusal["retry_after_ms"].is_u64());
    }
    assert_eq!(house.live.status().writable, Err(Code::StorageFull));
    house.set_disk(Disk::Good);
    house.until("it goes on", || house.live.status().writable == Ok(()));
    phone.say(post);
    assert!(phone.hear_type("ack")["duplicate"].is_null());
}

#[test]
fn what_is_not_known_to_be_on_disk_is_answered_to_nobody() {
    let house = house();
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let room = house.general;
    house.set_disk(Disk::Broken);
    phone.say(json!({"type": "post", "id": "1", "room": room, "nonce": "n", "text": "x"}));
    house.until("it is fatal", || !house.fatal.lock().unwrap().is_empty());
    assert_eq!(*house.fatal.lock().unwrap(), ["test"]);
    phone.hear_nothing();
    let stopped = house.runtime.block_on(house.live.stop());
    assert_eq!(stopped, Err(StopError::Failed("test".into())));
    phone.hear_nothing();
}

#[test]
fn a_stop_does_not_wait_for_ever_for_a_disk_that_hangs() {
    let house = house_with(Config {
        rate_limits: false,
        stop_wait: Duration::from_millis(100),
        ..Config::default()
    });
    let ada = house.person("ada");
    let mut phone = house.live_phone(ada);
    let room = house.general;
    house.set_disk(Disk::Held);
    phone.say(json!({"type": "post", "id": "1", "room": room, "nonce": "n", "text": "x"}));
    house.until("it waits", || {
        house
            .live
            .metrics()
            .frames_in
            .iter()
            .any(|f| f == ("post", 1))
    });
    let stopped = house.runtime.block_on(house.live.stop());
    assert_eq!(stopped, Err(StopError::Hung));
    phone.hear_nothing();
    house.set_disk(Disk::Good);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let house = house();
    let ada = house.person("ada");
    house.set_disk(Disk::Held);
    house.runtime.block_on(async {
        let mut waiting = Vec::new();
        // One batch is in the writer's hands, the rest fills the queue.
        let refusal = loop {
            let op = house.message(ada, house.general, crate::house::post("x"));
            let live = house.live.clone();
            let mut answer = Box::pin(async move { live.submit(op).await });
            match futures_now(&mut answer) {
                Some(answer) => break answer.expect_err("nothing is written"),
                None => waiting.push(answer),
            }
            assert!(waiting.len() <= 4096 + 256);
        };
        assert_eq!(refusal.code, Code::Overloaded);
        assert!(refusal.retry_after_ms.is_some());
        assert!(waiting.len() >= 4096);
        house.set_disk(Disk::Good);
        for answer in waiting {
            answer.await.unwrap();
        }
    });
}

/// What a future has to say right now.
fn futures_now<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
