//! How much, how big, how fast: each bound answers by its own name.

use http::Method;
use parlor_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_body_is_json_of_at_most_128_kib() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let path = format!("rooms/{}/messages", server.general);
    let big = json!({"text": "x".repeat(128 * 1024), "nonce": "n"});
    ada.http().post(&path, big).await.refused(413, "too_large");
    let long = json!({"text": "x".repeat(16 * 1024 + 1), "nonce": "n"});
    ada.http()
        .post(&path, long)
        .await
        .refused(422, "text_too_long");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let asked = ada.http().with("content-type", kind);
        asked
            .post(&path, json!({"text": "x", "nonce": "n"}))
            .await
            .refused(415, "not_json");
    }
    let bare = ada
        .http()
        .send(
            Method::POST,
            &path,
            "{\"text\":\"x\",\"nonce\":\"n\"}".into(),
        )
        .await;
    bare.refused(415, "not_json");
    let asked = ada
        .http()
        .with("content-type", "application/json; charset=utf-8");
    for bad in [
        "",
        "{",
        "[]",
        "null",
        "{\"text\":1,\"nonce\":\"n\"}",
        "{\"text\":\"x\"}",
    ] {
        let answer = asked.send(Method::POST, &path, bad.into()).await;
        answer.refused(400, "bad_request");
    }
    asked
        .post(&path, json!({"text": "x", "nonce": "n", "unknown": true}))
        .await
        .expect(201);
}

#[tokio::test]
async fn fields_at_fault_are_all_named() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let path = format!("rooms/{}/messages", server.general);
    let problem = ada
        .http()
        .post(&path, json!({"text": " ", "nonce": "a b"}))
        .await
        .refused(422, "text_empty");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors[0], json!({"field": "text", "code": "text_empty"}));
    assert_eq!(errors[1], json!({"field": "nonce", "code": "bad_nonce"}));
    let reply = json!({"text": "x", "nonce": "n", "reply_to": 999});
    ada.http()
        .post(&path, reply)
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn who_posts_too_fast_over_http_is_told_when_to_come_back() {
    let server = TestServer::with().rate_limits().start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut posted = 0;
    let refused = loop {
        let answer = ada
            .post(&server.general, "again", &format!("{posted}"))
            .await;
        if answer.status != 201 {
            break answer;
        }
        posted += 1;
        assert!(posted < 1000, "it never ends");
    };
    assert!(posted >= 50, "a burst of 50 passes: {posted}");
    refused.refused(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    ben.post(&server.general, "not me", "1").await.expect(201);
    assert_eq!(
        ada.log(&server.general).await.len(),
        4 + posted,
        "what was refused left no trace"
    );
}

#[tokio::test]
async fn who_posts_too_fast_on_the_socket_is_slowed_or_told_and_loses_nothing() {
    let server = TestServer::with().rate_limits().start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let mut ids = Vec::new();
    for n in 0..80 {
        let post =
            json!({"type": "post", "room": server.general, "nonce": format!("{n}"), "text": "x"});
        ids.push(phone.ask(post).await);
    }
    let mut acked = 0;
    for id in &ids {
        let answer = phone.answer(id).await;
        if answer["type"] == "ack" {
            acked += 1;
        } else {
            assert_eq!(answer["code"], "rate_limited", "{answer}");
            assert!(answer["retry_after_ms"].as_u64().unwrap() > 0, "{answer}");
        }
    }
    assert!(acked >= 50, "{acked}");
    assert_eq!(ada.log(&server.general).await.len(), 2 + acked);
}

#[tokio::test]
async fn a_direct_room_has_at_most_nine_people() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut others = Vec::new();
    for n in 0..9 {
        others.push(server.person(&format!("user{n}")).await.id);
    }
    let with = |others: &[String]| json!({"kind": "direct", "members": others});
    ada.http()
        .post("rooms", with(&others))
        .await
        .refused(422, "bad_members");
    ada.http()
        .post("rooms", with(&others[..8]))
        .await
        .expect(201);
}
