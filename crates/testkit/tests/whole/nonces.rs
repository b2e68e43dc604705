//! A nonce is one command, however often, however late and by whatever way it comes.

use std::time::Duration;

use parlor_testkit::TestServer;
use parlor_testkit::person::text;
use serde_json::{Value, json};

/// The answer, less what differs from one request to the next.
fn same(answer: &Value) -> (&Value, &Value) {
    (&answer["seq"], &answer["at"])
}

#[tokio::test]
async fn a_post_sent_again_is_answered_again_by_every_way_and_after_a_restart() {
    let mut server = TestServer::start().await;
    let ada = server.person("ada").await;
    let general = server.general.clone();
    let mut phone = ada.connect().await;
    let first = phone.post_as(&general, "once", "n1").await;
    assert_eq!(first.get("duplicate"), None);

    let again = phone.post_as(&general, "once", "n1").await;
    assert_eq!(
        (same(&again), &again["duplicate"]),
        (same(&first), &json!(true))
    );
    let elsewhere = ada.connect().await.post_as(&general, "once", "n1").await;
    assert_eq!(
        (same(&elsewhere), &elsewhere["duplicate"]),
        (same(&first), &json!(true))
    );
    assert_eq!(
        same(&ada.post(&general, "once", "n1").await.expect(200)),
        same(&first)
    );

    server.restart().await;
    let later = ada.connect().await.post_as(&general, "once", "n1").await;
    assert_eq!(
        (same(&later), &later["duplicate"]),
        (same(&first), &json!(true))
    );
    assert_eq!(
        same(&ada.post(&general, "once", "n1").await.expect(200)),
        same(&first)
    );
    assert_eq!(ada.log(&general).await.len(), 3);
}

#[tokio::test]
async fn the_same_post_sent_many_times_at_once_is_one_event() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (ada, general) = (ada.clone(), server.general.clone());
        posts.spawn(async move { ada.post(&general, "once", "n").await });
    }
    let mut statuses = Vec::new();
    let mut seqs = Vec::new();
    while let Some(answer) = posts.join_next().await {
        let answer = answer.unwrap();
        statuses.push(answer.status);
        seqs.push(answer.json()["seq"].clone());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[19], 201);
    assert!(
        statuses[..19].iter().all(|status| *status == 200),
        "{statuses:?}"
    );
    assert!(seqs.iter().all(|seq| *seq == 3), "{seqs:?}");
}

#[tokio::test]
async fn every_verb_is_answered_again() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let seq = phone.post(&server.general, "a").await["seq"].clone();
    let verbs = [
        json!({"type": "react", "emoji": "👍"}),
        json!({"type": "unreact", "emoji": "👍"}),
        json!({"type": "edit", "text": "b"}),
        json!({"type": "edit", "text": "b"}),
        json!({"type": "delete"}),
    ];
    for (n, verb) in verbs.into_iter().enumerate() {
        let mut frame = verb;
        (frame["room"], frame["seq"]) = (json!(server.general), seq.clone());
        frame["nonce"] = json!(format!("verb-{n}"));
        let first = phone.request(frame.clone()).await;
        assert_eq!(first["type"], "ack", "{first}");
        let again = phone.request(frame).await;
        assert_eq!(
            (same(&again), &again["duplicate"]),
            (same(&first), &json!(true))
        );
    }
    assert_eq!(
        ada.log(&server.general).await.len(),
        7,
        "the second edit made no event"
    );
}

#[tokio::test]
async fn a_nonce_with_other_content_is_refused() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut phone = ada.connect().await;
    let general = &server.general;
    let seq = phone.post_as(general, "one", "n").await["seq"].clone();
    let reused = async |phone: &mut parlor_testkit::Phone, frame: Value| {
        let answer = phone.request(frame).await;
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("refuse"), &json!("nonce_reused")),
            "{answer}"
        );
        assert_eq!(answer.get("retry_after_ms"), None);
    };
    reused(
        &mut phone,
        json!({"type": "post", "room": general, "nonce": "n", "text": "two"}),
    )
    .await;
    reused(
        &mut phone,
        json!({"type": "post", "room": general, "nonce": "n", "text": "one", "reply_to": seq}),
    )
    .await;
    reused(
        &mut phone,
        json!({"type": "edit", "room": general, "nonce": "n", "seq": seq, "text": "one"}),
    )
    .await;
    reused(
        &mut phone,
        json!({"type": "delete", "room": general, "nonce": "n", "seq": seq}),
    )
    .await;
    ada.post(general, "two", "n")
        .await
        .refused(409, "nonce_reused");

    // A nonce is its author's own, in one room.
    ben.post(general, "two", "n").await.expect(201);
    let other = ada.room("other").await;
    ada.post(&other, "two", "n").await.expect(201);
}

#[tokio::test]
async fn a_nonce_is_known_after_leaving_archiving_and_deleting() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.room("design").await;
    ben.join(&room).await;
    let mut his = ben.connect().await;
    let first = his.post_as(&room, "said", "n").await;
    ben.leave(&room).await;
    assert_eq!(same(&his.post_as(&room, "said", "n").await), same(&first));
    assert_eq!(
        his.try_post(&room, "other", "n").await["code"],
        "nonce_reused"
    );
    assert_eq!(his.try_post(&room, "new", "m").await["code"], "not_found");

    ada.http()
        .patch(&format!("rooms/{room}"), json!({"archived": true}))
        .await
        .expect(200);
    assert_eq!(same(&his.post_as(&room, "said", "n").await), same(&first));
    ada.http()
        .patch(&format!("rooms/{room}"), json!({"archived": false}))
        .await
        .expect(200);

    let mut hers = ada.connect().await;
    hers.act("delete", &room, &first["seq"], json!({})).await;
    // Once redacted, kind and target are what is left to compare.
    assert_eq!(
        same(&his.post_as(&room, "said otherwise", "n").await),
        same(&first)
    );
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.room("design").await;
    let mut his = ben.connect().await;
    assert_eq!(his.try_post(&room, "hi", "n").await["code"], "not_found");
    ben.join(&room).await;
    his.wait("room_added").await;
    his.post_as(&room, "hi", "n").await;
}

#[tokio::test]
async fn a_room_asked_for_again_is_the_same_room() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let body = json!({"name": "plans", "kind": "closed", "nonce": "n"});
    let first = ada.http().post("rooms", body.clone()).await.expect(201);
    let again = ada.http().post("rooms", body.clone()).await.expect(200);
    assert_eq!(first["room"]["id"], again["room"]["id"]);
    // Who has left it may not see it any more, and makes no second one.
    ada.add(&text(&first["room"]["id"]), &ben).await;
    ada.leave(&text(&first["room"]["id"])).await;
    ada.http()
        .post("rooms", body)
        .await
        .refused(404, "not_found");
    assert_eq!(
        ben.http().get("rooms").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let direct = ada.direct_room(&[&ben]).await;
    assert_eq!(ben.direct_room(&[&ada]).await, direct);
}

#[tokio::test]
async fn a_nonce_is_known_however_late_and_whatever_the_clock_says() {
    const DAY: Duration = Duration::from_secs(86_400);
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let first = phone.post_as(&server.general, "said", "n").await;
    let mut said_again = async || {
        let again = phone.post_as(&server.general, "said", "n").await;
        assert_eq!(
            (same(&again), &again["duplicate"]),
            (same(&first), &json!(true))
        );
    };
    for late in [Duration::from_secs(61), Duration::from_secs(3600), 20 * DAY] {
        server.clock.advance(late);
        said_again().await;
    }
    server.clock.turn_back(3650 * DAY);
    said_again().await;
    assert_eq!(ada.log(&server.general).await.len(), 3);
}
