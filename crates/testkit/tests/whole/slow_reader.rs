//! Who reads slowly is sent everything, late, and holds nobody up.

use std::time::Duration;

use parlor_testkit::until::until;
use parlor_testkit::{ExactlyOnce, Phone, TestServer};
use serde_json::{Value, json};

/// Together far more than a narrow socket and what is before it take.
const POSTS: usize = 200;

fn texts() -> impl Iterator<Item = String> {
    (0..POSTS).map(|n| format!("{n} {}", "x".repeat(16_000)))
}

/// A server that waits for slow readers longer than this machine may take to publish it all.
async fn patient() -> TestServer {
    TestServer::with()
        .live(|live| live.heartbeat_timeout = Duration::from_secs(120))
        .start()
        .await
}

/// The number that a text of [`texts`] begins with.
fn number_of(event: &Value) -> Option<usize> {
    event["text"].as_str()?.split(' ').next()?.parse().ok()
}

#[tokio::test]
async fn who_never_reads_while_megabytes_are_published_then_gets_all_of_it_in_order() {
    let server = patient().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut slow = ben.connect_narrow(ExactlyOnce::default()).await;
    let last = ada
        .connect()
        .await
        .post_many(&server.general, texts())
        .await;
    slow.hold(&server.general, last).await;
    let events = slow.held.events(&server.general);
    assert_eq!(events.len(), POSTS);
    assert!(
        events
            .iter()
            .enumerate()
            .all(|(n, event)| number_of(event) == Some(n))
    );
    slow.post(&server.general, "and is live again").await;
    slow.hold(&server.general, last + 1).await;
}

#[tokio::test]
async fn a_slow_reader_that_is_alive_is_not_dropped() {
    let short = |live: &mut parlor_live::Config| {
        live.heartbeat_timeout = Duration::from_secs(1);
        live.sweep = Duration::from_millis(10);
    };
    let server = TestServer::with().live(short).start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut slow = ben.connect_narrow(ExactlyOnce::default()).await;
    let general = server.general.clone();
    let posting = tokio::spawn(async move {
        for (n, text) in texts().enumerate() {
            ada.post(&general, &text, &format!("{n}")).await.expect(201);
        }
    });
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    let mut ticked = 0;
    while !posting.is_finished() || ticked < 50 {
        ticks.tick().await;
        ticked += 1;
        slow.send(json!({"type": "ping"})).await;
    }
    posting.await.unwrap();
    // Reading it all may take this machine longer than it is waited for.
    for seq in (3..=3 + POSTS as u64).step_by(40) {
        slow.hold(&server.general, seq).await;
        slow.send(json!({"type": "ping"})).await;
    }
}

#[tokio::test]
async fn a_slow_reader_holds_up_neither_others_nor_its_other_devices() {
    let server = patient().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let _slow = ben.connect_narrow(ExactlyOnce::default()).await;
    let mut quick: Phone = ben.connect().await;
    let mut hers = ada.connect().await;
    for text in texts() {
        hers.post(&server.general, &text).await;
        assert_eq!(quick.event(&server.general).await["text"], text);
    }
}

#[tokio::test]
async fn a_slow_reader_learns_of_rooms_and_markers_when_it_reads() {
    let server = patient().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (kept, lost) = (
        ada.closed_room("kept", &[]).await,
        ada.closed_room("lost", &[&ben]).await,
    );
    let mut slow = ben.connect_narrow(ExactlyOnce::default()).await;
    let mut other = ben.connect().await;
    let last = ada
        .connect()
        .await
        .post_many(&server.general, texts())
        .await;
    ada.post(&lost, "not for ben any more", "1")
        .await
        .expect(201);
    ada.remove(&lost, &ben).await;
    ada.add(&kept, &ben).await;
    ada.post(&kept, "welcome", "1").await.expect(201);
    other
        .request(json!({"type": "read", "room": server.general, "seq": last}))
        .await;

    slow.wait("room_removed").await;
    // As it stands when it is sent: what was posted before is in it.
    assert_eq!(slow.wait("room_added").await["room"]["head"], 4);
    ada.post(&kept, "live", "2").await.expect(201);
    assert_eq!(slow.event(&kept).await["text"], "live");
    slow.hold(&server.general, last).await;
    slow.find("the newest marker", |frame| {
        frame["kind"] == "read" && frame["seq"] == last
    })
    .await;
}

#[tokio::test]
async fn who_asks_on_and_on_and_takes_no_answer_is_let_go() {
    let short = |live: &mut parlor_live::Config| {
        live.flooding_after = Duration::from_millis(200);
        live.bye_wait = Duration::from_millis(200);
        live.sweep = Duration::from_millis(10);
    };
    let server = TestServer::with().live(short).start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut flood = ben.connect_narrow(ExactlyOnce::default()).await;
    ada.connect()
        .await
        .post_many(&server.general, texts())
        .await;
    // What the socket could take is full: from here on answers stand.
    for n in 0..200 {
        let room = "nowhere";
        flood
            .ask(json!({"type": "post", "room": room, "nonce": format!("{n}"), "text": "x"}))
            .await;
    }
    until("the end of the flood", async || {
        (server.live().status().connections == 0).then_some(())
    })
    .await;
    let closed = flood.closed().await;
    assert!(matches!(closed.code, 4008 | 1006), "{closed:?}");
}
