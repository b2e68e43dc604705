//! Who reads slowly is sent everything, late, and holds nobody up.

use std::time::Duration;

use parlor_testkit::{Phone, TestServer};
use serde_json::json;

/// Together far more than the buffers between two ends of a socket take.
const POSTS: usize = 800;

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

fn number_of(event: &serde_json::Value) -> usize {
    event["text"]
        .as_str()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn who_never_reads_while_megabytes_are_published_then_gets_all_of_it_in_order() {
    let server = patient().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut slow = ben.connect().await;
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
            .all(|(n, event)| number_of(event) == n)
    );
    slow.post(&server.general, "and is live again").await;
    slow.hold(&server.general, last + 1).await;
}

#[tokio::test]
async fn a_slow_reader_that_is_alive_is_not_dropped() {
    let short = |live: &mut parlor_live::Config| {
        live.heartbeat_timeout = Duration::from_millis(500);
        live.sweep = Duration::from_millis(10);
    };
    let server = TestServer::with().live(short).start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut slow = ben.connect().await;
    let mut hers = ada.connect().await;
    let posting = hers.post_many(&server.general, texts());
    tokio::pin!(posting);
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    let mut last = None;
    let mut ticked = 0;
    while last.is_none() || ticked < 30 {
        tokio::select! {
            seq = &mut posting, if last.is_none() => last = Some(seq),
            _ = ticks.tick() => {
                ticked += 1;
                slow.send(json!({"type": "ping"})).await;
            }
        }
    }
    slow.hold(&server.general, last.unwrap()).await;
}

#[tokio::test]
async fn a_slow_reader_holds_up_neither_others_nor_its_other_devices() {
    let server = patient().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let _slow = ben.connect().await;
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
    let mut slow = ben.connect().await;
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
