//! SIGTERM's way: what is under way is finished and said, then everyone is told to come back.

use parlor_testkit::TestServer;
use parlor_testkit::until::{soon, until};
use serde_json::json;

#[tokio::test]
async fn everyone_is_told_to_come_back_and_when() {
    let mut server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut phones = [ada.connect().await, ben.connect().await, ada.dial().await];
    server.stop().await;
    for phone in &mut phones {
        let closed = phone.expect_close(1012).await;
        assert_eq!(closed.bye["reconnect"], true);
        assert!(closed.bye["after_ms"].is_u64(), "{closed:?}");
    }
}

#[tokio::test]
async fn what_is_in_the_commit_is_acked_before_bye_and_new_commands_are_refused() {
    let mut server = TestServer::start().await;
    let ada = server.person("ada").await;
    let (mut phone, mut other) = (ada.connect().await, ada.connect().await);
    server.faults.hold();
    let post = json!({"type": "post", "room": server.general, "nonce": "n", "text": "under way"});
    let id = phone.ask(post).await;
    let http = {
        let (ada, general) = (ada.clone(), server.general.clone());
        tokio::spawn(async move { ada.post(&general, "over http", "m").await })
    };
    until("a held commit", async || {
        server.faults.is_waiting().then_some(())
    })
    .await;
    until("both to wait", async || {
        (server.live().status().queue_depth > 0).then_some(())
    })
    .await;

    let stopping = tokio::spawn({
        let live = server.live().clone();
        async move { live.stop().await }
    });
    until("the stop", async || {
        server.live().status().stopping.then_some(())
    })
    .await;
    server.http().get("/readyz").await.expect(503);
    let refused = other.try_post(&server.general, "too late", "late").await;
    assert_eq!(refused["code"], "overloaded");
    assert!(refused["retry_after_ms"].as_u64().unwrap() > 0);

    server.faults.release();
    assert_eq!(phone.answer(&id).await["type"], "ack");
    phone.expect_close(1012).await;
    assert_eq!(http.await.unwrap().status, 201);
    soon("a clean stop", stopping).await.unwrap().unwrap();
    server.forget();
    server.start_again().await;
    let texts: Vec<String> = ada.log(&server.general).await[2..]
        .iter()
        .map(|event| event["text"].to_string())
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
}

#[tokio::test]
async fn nothing_acked_is_lost_by_a_stop_under_load() {
    let mut server = TestServer::start().await;
    let ada = server.person("ada").await;
    let poster = {
        let (ada, general) = (ada.clone(), server.general.clone());
        tokio::spawn(async move {
            let mut phone = ada.connect().await;
            let mut acked = Vec::new();
            for n in 0.. {
                let post = json!({"type": "post", "room": general, "nonce": format!("{n}"), "text": format!("{n}")});
                let id = phone.ask(post).await;
                let Some(answer) = phone.answer_or_close(&id).await else {
                    break;
                };
                if answer["type"] == "ack" {
                    acked.push((answer["seq"].as_u64().unwrap(), format!("{n}")));
                } else {
                    assert_eq!(answer["code"], "overloaded", "{answer}");
                }
            }
            acked
        })
    };
    until("some posts", async || {
        (ada.log(&server.general).await.len() > 20).then_some(())
    })
    .await;
    server.stop().await;
    let acked = poster.await.unwrap();
    server.start_again().await;
    let log = ada.log(&server.general).await;
    for (seq, text) in acked {
        assert_eq!(log[usize::try_from(seq).unwrap() - 1]["text"], text);
    }
}
