//! Signs of life: who gives none is dropped, who gives any stays.

use std::time::Duration;

use parlor_testkit::TestServer;
use parlor_testkit::raw::{FIN, PING, RawSocket, TEXT};
use serde_json::json;

const TIMEOUT: Duration = Duration::from_millis(800);

async fn impatient() -> TestServer {
    let short = |live: &mut parlor_live::Config| {
        live.heartbeat_timeout = TIMEOUT;
        live.sweep = Duration::from_millis(10);
    };
    TestServer::with().live(short).start().await
}

#[tokio::test]
async fn a_silent_connection_is_dropped() {
    let server = impatient().await;
    let mut phone = server.person("ada").await.connect().await;
    let closed = phone.expect_close(4001).await;
    assert_eq!(closed.bye["reconnect"], true);
}

#[tokio::test]
async fn pings_keep_a_connection() {
    let server = impatient().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let mut raw = RawSocket::open(server.address(), &ada.token).await;
    raw.frame(FIN | TEXT, br#"{"type":"hello","protocol":1}"#)
        .await;
    let mut ticks = tokio::time::interval(TIMEOUT / 8);
    for _ in 0..24 {
        ticks.tick().await;
        phone.settle().await;
        raw.frame(FIN | PING, b"").await;
    }
    phone.post(&server.general, "still here").await;
    raw.frame(FIN | TEXT, br#"{"type":"ping","id":"last"}"#)
        .await;
    while raw.next().await.unwrap().1 != br#"{"type":"pong","id":"last"}"# {}
}

#[tokio::test]
async fn of_many_pings_the_newest_is_answered() {
    let server = TestServer::start().await;
    let mut phone = server.person("ada").await.connect().await;
    for n in 0..200 {
        phone
            .send(json!({"type": "ping", "id": format!("{n}")}))
            .await;
    }
    assert_eq!(phone.answer("199").await["type"], "pong");
    phone.send(json!({"type": "ping"})).await;
    phone
        .find("a bare pong", |frame| *frame == json!({"type": "pong"}))
        .await;
}
