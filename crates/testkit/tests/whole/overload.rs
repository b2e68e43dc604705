//! More than can be done, and a disk that fails: refused with a time, and never a lie.

use std::time::Duration;

use parlor_live::config::QUEUE;
use parlor_protocol::SessionId;
use parlor_store::write::Op;
use parlor_testkit::TestServer;
use parlor_testkit::faults::Fault;
use parlor_testkit::until::until;
use serde_json::json;

#[tokio::test]
async fn a_full_queue_refuses_with_a_time_and_what_waits_is_done() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    server.faults.hold();
    let mut waiting = tokio::task::JoinSet::new();
    let submit = |live: parlor_live::Live| async move {
        live.submit(Op::SessionSeen(SessionId::NOWHERE)).await
    };
    waiting.spawn(submit(server.live().clone()));
    until("a batch at the disk", async || {
        server.faults.is_waiting().then_some(())
    })
    .await;
    for _ in 0..QUEUE {
        waiting.spawn(submit(server.live().clone()));
    }
    until("a full queue", async || {
        (server.live().status().queue_depth == QUEUE as u64).then_some(())
    })
    .await;
    let refused = ada.post(&server.general, "x", "n").await;
    refused.refused(503, "overloaded");
    assert_ne!(refused.header("retry-after"), "");
    let answer = phone.try_post(&server.general, "x", "m").await;
    assert_eq!(answer["code"], "overloaded");
    assert!(answer["retry_after_ms"].as_u64().unwrap() > 0);
    ada.http().get("rooms").await.expect(200);

    server.faults.release();
    while let Some(answer) = waiting.join_next().await {
        answer.unwrap().expect("what waits is done");
    }
    phone.post_as(&server.general, "x", "m").await;
    ada.post(&server.general, "x", "n").await.expect(201);
}

#[tokio::test]
async fn a_full_disk_takes_nothing_serves_reads_and_goes_on_by_itself() {
    for (fault, status, code) in [
        (Fault::Full, 507, "storage_full"),
        (Fault::Failed, 503, "storage_failed"),
    ] {
        let quick = |live: &mut parlor_live::Config| live.probe = Duration::from_millis(10);
        let server = TestServer::with().live(quick).start().await;
        let (ada, ben) = (server.person("ada").await, server.person("ben").await);
        let mut phone = ada.connect().await;
        phone.post(&server.general, "before").await;

        server.faults.fail(fault);
        let answer = phone.try_post(&server.general, "while", "n").await;
        assert_eq!(answer["code"], code);
        assert!(answer["retry_after_ms"].as_u64().unwrap() > 0);
        let refused = ben.post(&server.general, "while", "n").await;
        refused.refused(status, code);
        assert_ne!(refused.header("retry-after"), "");
        assert_eq!(
            ben.history(&server.general).await["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        let ready = server.http().get("/readyz").await.expect(503);
        assert_eq!(ready["checks"]["write"], code);
        server.http().get("/livez").await.expect(200);

        server.faults.heal();
        until("readiness", async || {
            (server.http().get("/readyz").await.status == 200).then_some(())
        })
        .await;
        let ack = phone.post_as(&server.general, "while", "n").await;
        assert_eq!(ack.get("duplicate"), None, "what was refused is not there");
        assert_eq!(ada.log(&server.general).await.len(), 5);
        assert_eq!(server.fatal(), None);
    }
}

#[tokio::test]
async fn after_a_commit_that_went_nobody_knows_where_nobody_is_answered() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    server.faults.fail(Fault::Fatal);
    let post = json!({"type": "post", "room": server.general, "nonce": "n", "text": "lost?"});
    hers.ask(post).await;
    until("the end", async || server.fatal()).await;
    for phone in [&mut hers, &mut his] {
        phone.send(json!({"type": "ping", "id": "there?"})).await;
        assert!(
            phone
                .unread()
                .all(|frame| frame["type"] != "ack" && frame["type"] != "refuse")
        );
    }
}
