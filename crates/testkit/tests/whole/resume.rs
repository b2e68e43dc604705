//! Coming back: from any number, after any cut, nothing missing and nothing twice.

use std::time::Duration;

use parlor_testkit::ambient::SeededRandom;
use parlor_testkit::person::number;
use parlor_testkit::{ExactlyOnce, TestServer};
use serde_json::{Value, json};

#[tokio::test]
async fn a_cut_connection_misses_nothing_of_what_was_posted_meanwhile() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = server.general.clone();
    let last = 3 + 300;
    let posting = tokio::spawn({
        let general = general.clone();
        async move {
            let mut phone = ada.connect().await;
            for n in 0..300 {
                phone.post(&general, &format!("{n}")).await;
            }
        }
    });
    let chance = SeededRandom::new(7);
    let mut held = ExactlyOnce::default().from_the_start(&server.epoch, &general);
    while held.cursor(&general) < Some(last) {
        let until = held.cursor(&general).unwrap_or_default() + chance.below(40) as u64;
        let mut phone = ben.connect_from(held).await;
        phone.hold(&general, until.min(last)).await;
        held = phone.cut();
    }
    posting.await.unwrap();
    assert_eq!(held.events(&general), ben.log(&general).await);
}

#[tokio::test]
async fn hello_brings_what_was_missed_and_then_says_so() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let held = ben.connect().await.cut();
    for n in 0..10 {
        ada.post(&server.general, "x", &format!("{n}"))
            .await
            .expect(201);
    }
    let mut phone = ben.connect_from(held).await;
    let caught_up = phone.wait("caught_up").await;
    assert_eq!(
        (&caught_up["room"], &caught_up["seq"]),
        (&json!(server.general), &json!(13))
    );
    assert_eq!(phone.held.events(&server.general).len(), 10);
    ada.post(&server.general, "live", "live").await.expect(201);
    phone.hold(&server.general, 14).await;
}

#[tokio::test]
async fn a_room_not_named_in_hello_starts_at_its_head() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    ada.post(&server.general, "before", "1").await.expect(201);
    let mut phone = ben.connect().await;
    ada.post(&server.general, "after", "2").await.expect(201);
    assert_eq!(phone.event(&server.general).await["text"], "after");
}

#[tokio::test]
async fn an_epoch_of_another_life_resets() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for hello in [
        json!({"type": "hello", "protocol": 1, "epoch": "another", "rooms": {&server.general: 1}}),
        json!({"type": "hello", "protocol": 1, "rooms": {&server.general: 1}}),
    ] {
        let mut phone = ada.dial().await;
        phone.held = ExactlyOnce::default().from_the_start("another", &server.general);
        phone.held.hello();
        phone.send(hello).await;
        phone.wait("ready").await;
        let reset = phone.wait("reset").await;
        assert_eq!(
            (&reset["reason"], &reset["head"]),
            (&json!("epoch"), &json!(2))
        );
    }
}

#[tokio::test]
async fn a_cursor_ahead_of_the_head_resets() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.dial().await;
    phone.held = ExactlyOnce::default().from_the_start(&server.epoch, &server.general);
    let mut hello = phone.held.hello();
    hello["rooms"][&server.general] = json!(3);
    phone.send(hello).await;
    phone.wait("ready").await;
    let reset = phone.wait("reset").await;
    assert_eq!(
        (&reset["reason"], &reset["head"]),
        (&json!("ahead"), &json!(2))
    );
    phone.post(&server.general, "goes on").await;
    phone.hold(&server.general, 3).await;
}

#[tokio::test]
async fn who_is_far_behind_pages_the_log_and_resumes_from_there() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    let last = ada
        .connect()
        .await
        .post_many(general, (0..1000).map(|n| n.to_string()))
        .await;

    let nothing = ExactlyOnce::default().from_the_start(&server.epoch, general);
    let mut phone = ben.connect_from(nothing).await;
    assert_eq!(phone.wait("reset").await["reason"], "far_behind");
    let events = ben.log(general).await;
    phone.held.paged(general, events);
    let after = phone.held.cursor(general).unwrap();
    let answer = phone
        .request(json!({"type": "resume", "room": general, "after": after}))
        .await;
    assert_eq!(
        (&answer["type"], &answer["seq"]),
        (&json!("caught_up"), &json!(last))
    );

    let answer = phone
        .request(json!({"type": "resume", "room": general, "after": last - 1000}))
        .await;
    assert_eq!(answer["type"], "caught_up");
    let answer = phone
        .request(json!({"type": "resume", "room": general, "after": last - 1001}))
        .await;
    assert_eq!(
        (&answer["type"], &answer["reason"]),
        (&json!("reset"), &json!("far_behind"))
    );
}

#[tokio::test]
async fn a_resume_sets_the_place_and_brings_all_after_it_again() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let ack = phone.post(&server.general, "one").await;
    phone.hold(&server.general, number(&ack["seq"])).await;
    let answer = phone
        .request(json!({"type": "resume", "room": server.general, "after": 2}))
        .await;
    assert_eq!(
        (&answer["type"], &answer["seq"]),
        (&json!("caught_up"), &json!(3))
    );
    phone.post(&server.general, "two").await;
    phone.hold(&server.general, 4).await;
    for nowhere in ["no room", "00000000000000000000000000000001"] {
        let answer = phone
            .request(json!({"type": "resume", "room": nowhere, "after": 0}))
            .await;
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("refuse"), &json!("not_found"))
        );
    }
}

#[tokio::test]
async fn a_newer_resume_takes_over_from_a_running_one() {
    let patient =
        |live: &mut parlor_live::Config| live.heartbeat_timeout = Duration::from_secs(120);
    let server = TestServer::with().live(patient).start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    // More than the buffers take, so that nothing reaches its end before ben reads.
    let texts = (0..200).map(|_| "x".repeat(16_000));
    let last = ada.connect().await.post_many(general, texts).await;
    let nothing = ExactlyOnce::default().from_the_start(&server.epoch, general);
    let mut phone = ben.connect_narrow(nothing).await;
    let resume = json!({"type": "resume", "room": general, "after": 0});
    let first = phone.ask(resume.clone()).await;
    let second = phone.ask(resume).await;
    let over = phone.answer(&first).await;
    assert_eq!(
        (&over["type"], &over["code"]),
        (&json!("refuse"), &json!("superseded"))
    );
    let done = phone.answer(&second).await;
    assert_eq!(
        (&done["type"], &done["seq"]),
        (&json!("caught_up"), &json!(last))
    );
    assert_eq!(phone.held.cursor(general), Some(last));
}

#[tokio::test]
async fn joining_and_leaving_elsewhere_reach_every_connection() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let design = ada.room("design").await;
    let mut phone = ben.connect().await;
    ben.join(&design).await;
    let added = phone.wait("room_added").await;
    assert_eq!(
        (&added["room"]["id"], &added["room"]["role"]),
        (&json!(design), &json!("member"))
    );
    assert_eq!(
        (&added["room"]["head"], &added["room"]["joined"]),
        (&json!(3), &json!(3))
    );
    ada.post(&design, "welcome", "1").await.expect(201);
    assert_eq!(phone.event(&design).await["seq"], 4);

    ada.remove(&design, &ben).await;
    let removed = phone.wait("room_removed").await;
    assert_eq!(
        removed,
        json!({"type": "room_removed", "room": design, "seq": 5})
    );
    let answer = phone
        .request(json!({"type": "resume", "room": design, "after": 0}))
        .await;
    assert_eq!(answer["code"], "not_found");
}

#[tokio::test]
async fn hello_names_the_rooms_that_are_not_mine_any_more() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let design = ada.room("design").await;
    ben.join(&design).await;
    let held = ben.connect().await.cut();
    ben.leave(&design).await;
    let mut phone = ben.connect_from(held).await;
    let removed = phone.wait("room_removed").await;
    assert_eq!(removed["room"], json!(design));
    assert_eq!(phone.wait("caught_up").await["room"], json!(server.general));
}

#[tokio::test]
async fn an_own_log_of_leaving_and_coming_back_is_only_history() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let design = ada.room("design").await;
    ben.join(&design).await;
    ben.leave(&design).await;
    ben.join(&design).await;
    let held = ExactlyOnce::default().from_the_start(&server.epoch, &design);
    let mut phone = ben.connect_from(held).await;
    phone.hold(&design, 5).await;
    let kinds: Vec<&Value> = phone
        .held
        .events(&design)
        .iter()
        .map(|event| &event["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            "room_created",
            "member_joined",
            "member_joined",
            "member_left",
            "member_joined"
        ]
    );
    phone.settle().await;
    assert!(phone.unread().all(|frame| frame["type"] == "caught_up"));
}

#[tokio::test]
async fn everything_is_there_after_a_restart_with_the_same_epoch() {
    let mut server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    phone.post(&server.general, "kept").await;
    phone.hold(&server.general, 3).await;
    let (epoch, mut held) = (server.epoch.clone(), phone.cut());
    server.restart().await;
    assert_eq!(server.epoch, epoch);
    held = held.from_the_start(&epoch, &server.general);
    let mut phone = ada.connect_from(held).await;
    phone.hold(&server.general, 3).await;
    assert_eq!(phone.held.events(&server.general)[2]["text"], "kept");
}
