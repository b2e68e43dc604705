//! A deleted text is nowhere: in no page, no log, no frame, and in no file.

use std::time::Duration;

use parlor_testkit::person::number;
use parlor_testkit::{ExactlyOnce, TestServer};
use serde_json::json;

const SECRET: &str = "the-launch-code-is-00000000";
const EDITED: &str = "the-new-launch-code-is-12345678";

#[tokio::test]
async fn a_deleted_text_is_in_no_page_and_no_log() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    let mut phone = ada.connect().await;
    let seq = phone.post(general, SECRET).await["seq"].clone();
    phone
        .act("edit", general, &seq, json!({"text": EDITED}))
        .await;
    phone
        .act("react", general, &seq, json!({"emoji": "👍"}))
        .await;
    let deleted = phone.act("delete", general, &seq, json!({})).await;

    for path in ["messages", "messages?around=3", "events", "events?after=2"] {
        let page = ben.http().get(&format!("rooms/{general}/{path}")).await;
        page.expect(200);
        let page = String::from_utf8_lossy(&page.bytes);
        assert!(!page.contains("launch-code"), "{page}");
    }
    let log = ben.log(general).await;
    assert_eq!(
        (&log[3]["redacted"], log[3].get("text")),
        (&json!(true), None)
    );
    assert_eq!(
        (&log[4]["redacted"], &log[4]["target"]),
        (&json!(true), &json!(4))
    );
    let last = log.last().unwrap();
    assert_eq!(
        (&last["kind"], &last["author"]),
        (&json!("message_deleted"), &json!(ada.id))
    );
    let page = &ben.history(general).await["items"][0];
    assert_eq!(
        (&page["deleted"], &page["rev"]),
        (&json!(true), &deleted["seq"])
    );
    assert_eq!((page.get("text"), page.get("reactions")), (None, None));
}

#[tokio::test]
async fn a_deleted_text_is_in_no_resume_and_no_frame_that_is_begun() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    let from_before = ben.connect().await.cut();
    let mut hers = ada.connect().await;
    let seq = hers.post(general, SECRET).await["seq"].clone();
    hers.act("delete", general, &seq, json!({})).await;

    // From the store, and from the room's tail, which begins right after what was held before.
    let from_the_start = ExactlyOnce::default().from_the_start(&server.epoch, general);
    for held in [from_the_start, from_before] {
        let mut his = ben.connect_from(held).await;
        his.hold(general, 5).await;
        let answer = his
            .request(json!({"type": "resume", "room": general, "after": 2}))
            .await;
        assert_eq!(answer["type"], "caught_up");
        for event in his.held.events(general) {
            assert!(!event.to_string().contains(SECRET), "{event}");
        }
    }
}

#[tokio::test]
async fn who_reads_slowly_never_sees_what_was_deleted_meanwhile() {
    let patient =
        |live: &mut parlor_live::Config| live.heartbeat_timeout = Duration::from_secs(120);
    let server = TestServer::with().live(patient).start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    let mut his = ben.connect_narrow(ExactlyOnce::default()).await;
    let mut hers = ada.connect().await;
    // More than any buffer between the two takes, so that the rest is still to be begun.
    let before = hers
        .post_many(general, (0..200).map(|_| "x".repeat(16_000)))
        .await;
    let seq = hers.post(general, SECRET).await["seq"].clone();
    assert_eq!(number(&seq), before + 1);
    hers.act("delete", general, &seq, json!({})).await;
    his.hold(general, before + 2).await;
    let events = his.held.events(general);
    assert!(
        events
            .iter()
            .all(|event| !event.to_string().contains(SECRET))
    );
    assert_eq!(events[events.len() - 2]["redacted"], true);
}

#[tokio::test]
async fn a_deleted_text_is_in_no_file_after_a_clean_stop() {
    let mut server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    for n in 0..50 {
        phone.post(&server.general, &format!("{SECRET} {n}")).await;
    }
    for n in 3..53 {
        phone
            .act("edit", &server.general, &json!(n), json!({"text": EDITED}))
            .await;
        phone
            .act("delete", &server.general, &json!(n), json!({}))
            .await;
    }
    phone.post(&server.general, "what stays is found").await;
    server.stop().await;
    let mut stays = false;
    for file in server.files() {
        let bytes = std::fs::read(&file).unwrap();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };
        assert!(!holds("launch-code"), "{}", file.display());
        stays |= holds("what stays is found");
    }
    assert!(stays, "the text that stays is in a file");
}

#[tokio::test]
async fn a_room_s_owner_deletes_another_s_message_and_a_member_does_not() {
    let server = TestServer::start().await;
    let people = (
        server.person("ada").await,
        server.person("ben").await,
        server.person("cleo").await,
    );
    let (ada, ben, cleo) = people;
    let room = ada.closed_room("plans", &[&ben, &cleo]).await;
    let ack = ben.post(&room, "rude", "n").await.expect(201);
    let refused = cleo
        .connect()
        .await
        .act("delete", &room, &ack["seq"], json!({}))
        .await;
    assert_eq!(refused["code"], "forbidden");
    let mut hers = ada.connect().await;
    assert_eq!(
        hers.act("delete", &room, &ack["seq"], json!({})).await["type"],
        "ack"
    );
    let event = hers.event(&room).await;
    assert_eq!(
        (&event["author"], &event["by"]["id"]),
        (&json!(ben.id), &json!(ada.id))
    );
}
