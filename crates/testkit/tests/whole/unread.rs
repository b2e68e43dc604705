//! What is unread, and how all devices of a person come to agree on it.

use parlor_testkit::{Person, TestServer};
use serde_json::{Value, json};

async fn counts(person: &Person, room: &str) -> (Value, Value, Value) {
    let place = person.place_in(room).await;
    (
        place["read"].clone(),
        place["unread"].clone(),
        place["mentions"].clone(),
    )
}

fn are(read: u64, unread: u64, mentions: u64) -> (Value, Value, Value) {
    (json!(read), json!(unread), json!(mentions))
}

#[tokio::test]
async fn others_posts_after_joining_are_unread_until_read() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.room("design").await;
    ada.post(&room, "before he came", "1").await.expect(201);
    ben.join(&room).await;
    assert_eq!(counts(&ben, &room).await, are(4, 0, 0));
    ada.post(&room, "one", "2").await.expect(201);
    ada.post(&room, "two, @ben", "3").await.expect(201);
    assert_eq!(counts(&ben, &room).await, are(4, 2, 1));
    ben.post(&room, "my own", "4").await.expect(201);
    assert_eq!(
        counts(&ben, &room).await,
        are(4, 2, 1),
        "posting does not move the marker"
    );
    assert_eq!(counts(&ada, &room).await, are(2, 1, 0));

    let mut phone = ben.connect().await;
    assert_eq!(phone.ready["rooms"].as_array().unwrap().len(), 2);
    let ack = phone
        .request(json!({"type": "read", "room": room, "seq": 5}))
        .await;
    assert_eq!((&ack["type"], &ack["seq"]), (&json!("ack"), &json!(5)));
    assert_eq!(counts(&ben, &room).await, are(5, 1, 1));
}

#[tokio::test]
async fn the_marker_only_grows_and_stops_at_the_head() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    ada.post(&server.general, "one", "1").await.expect(201);
    let mut phone = ben.connect().await;
    for (asked, stands) in [(9999, 4), (3, 4), (0, 4)] {
        let ack = phone
            .request(json!({"type": "read", "room": server.general, "seq": asked}))
            .await;
        assert_eq!(ack["seq"], stands);
    }
    assert_eq!(counts(&ben, &server.general).await, are(4, 0, 0));
}

#[tokio::test]
async fn a_deletion_takes_a_post_off_the_count() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut hers = ada.connect().await;
    hers.post(&server.general, "@ben one").await;
    let second = hers.post(&server.general, "two").await;
    assert_eq!(counts(&ben, &server.general).await, are(3, 2, 1));
    hers.act("delete", &server.general, &json!(4), json!({}))
        .await;
    assert_eq!(counts(&ben, &server.general).await, are(3, 1, 0));
    hers.act(
        "edit",
        &server.general,
        &second["seq"],
        json!({"text": "@ben now"}),
    )
    .await;
    assert_eq!(
        counts(&ben, &server.general).await,
        are(3, 1, 0),
        "an edit changes no mention"
    );
}

#[tokio::test]
async fn counts_stop_at_a_hundred() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let last = ada
        .connect()
        .await
        .post_many(&server.general, (0..120).map(|_| "@ben".into()))
        .await;
    assert_eq!(counts(&ben, &server.general).await, are(3, 100, 100));
    let mut phone = ben.connect().await;
    phone
        .request(json!({"type": "read", "room": server.general, "seq": last - 99}))
        .await;
    assert_eq!(counts(&ben, &server.general).await, are(last - 99, 99, 99));
}

#[tokio::test]
async fn a_marker_moved_on_one_device_is_told_to_the_others() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut phone, mut tablet) = (ben.connect().await, ben.connect().await);
    let mut hers = ada.connect().await;
    hers.post(&server.general, "one").await;
    hers.post(&server.general, "@ben two").await;
    phone
        .send(json!({"type": "read", "room": server.general, "seq": 4}))
        .await;
    let signal = tablet
        .find("the marker", |frame| {
            frame["kind"] == "read" && frame["seq"] == 4
        })
        .await;
    assert_eq!(signal["room"], json!(server.general));
    assert_eq!(
        (&signal["head"], &signal["unread"], &signal["mentions"]),
        (&json!(5), &json!(1), &json!(1))
    );
    phone
        .find("the marker", |frame| frame["kind"] == "read")
        .await;
    hers.settle().await;
    assert!(
        hers.unread().all(|frame| frame["kind"] != "read"),
        "it is nobody else's business"
    );
}

#[tokio::test]
async fn a_marker_sent_without_an_id_is_on_disk_after_a_stop() {
    let mut server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    ada.post(&server.general, "one", "1").await.expect(201);
    let mut phone = ben.connect().await;
    phone
        .send(json!({"type": "read", "room": server.general, "seq": 4}))
        .await;
    phone.settle().await;
    server.restart().await;
    assert_eq!(counts(&ben, &server.general).await, are(4, 0, 0));
}

#[tokio::test]
async fn many_markers_in_a_row_end_with_the_newest() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let last = ada
        .connect()
        .await
        .post_many(&server.general, (0..60).map(|n| n.to_string()))
        .await;
    let (mut phone, mut tablet) = (ben.connect().await, ben.connect().await);
    for seq in 4..=last {
        phone
            .send(json!({"type": "read", "room": server.general, "seq": seq}))
            .await;
    }
    let newest = tablet
        .find("the newest marker", |frame| {
            frame["kind"] == "read" && frame["seq"] == last
        })
        .await;
    assert_eq!(newest["unread"], 0);
    assert_eq!(counts(&ben, &server.general).await, are(last, 0, 0));
}

#[tokio::test]
async fn who_is_mentioned_is_a_member_named_by_a_handle() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben.b").await);
    let cleo = server.person("cleo").await;
    let room = ada.closed_room("plans", &[&ben]).await;
    let mut phone = ada.connect().await;
    for (text, mentioned) in [
        ("@ben.b", vec![&ben.id]),
        ("(@BEN.B.)", vec![&ben.id]),
        ("@ben.b, @ben.b and @ada", vec![&ben.id, &ada.id]),
        ("me@ben.b", vec![]),
        ("@ben.bx", vec![]),
        ("@cleo", vec![]),
        ("@here @room", vec![]),
    ] {
        phone.post(&room, text).await;
        let event = phone.event(&room).await;
        let named = event.get("mentions").cloned().unwrap_or(json!([]));
        assert_eq!(named, json!(mentioned), "{text}");
    }
    assert_eq!(counts(&cleo, &room).await.1, Value::Null);
}
