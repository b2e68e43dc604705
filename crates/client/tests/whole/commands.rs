//! What is said reaches the server once, or is known not to have.

use parlor_client::{Outcome, Said, Start, Target, Update};
use parlor_protocol::error::Code;
use parlor_testkit::TestServer;
use parlor_testkit::until::until;
use serde_json::json;

use crate::support::{Follower, room};

#[tokio::test]
async fn a_message_goes_through_its_whole_life() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let general = room(&server.general);
    let mut follower = Follower::start(server.address(), &ada, Start::Head, None);
    let client = follower.client.clone();
    let posted = client.post(general, "one\r\ntwo").await.expect("taken in");
    let target = Target::Nonce(posted.nonce.clone());
    let emoji = "👍".to_owned();
    let reacted = client
        .say(
            general,
            Said::React {
                target: target.clone(),
                emoji,
            },
        )
        .await
        .expect("taken in");
    let Some(Outcome::Done(seq)) = posted.outcome().await else {
        panic!("it was posted")
    };
    assert!(matches!(reacted.outcome().await, Some(Outcome::Done(_))));
    let edited = client
        .edit(general, target.clone(), "three")
        .await
        .expect("taken in");
    assert!(matches!(edited.outcome().await, Some(Outcome::Done(_))));
    let page = ada.history(&server.general).await;
    let message = &page["items"][0];
    assert_eq!(
        (&message["text"], &message["seq"]),
        (&json!("three"), &json!(seq))
    );
    assert_eq!(message["reactions"][0]["count"], 1);
    let deleted = client
        .say(general, Said::Delete { target })
        .await
        .expect("taken in");
    assert!(matches!(deleted.outcome().await, Some(Outcome::Done(_))));
    let nowhere = room("00000000000000000000000000000009");
    let refused = client.post(nowhere, "hello?").await.expect("taken in");
    assert!(matches!(
        refused.outcome().await,
        Some(Outcome::Refused(Code::NotFound, _))
    ));
    assert!(
        client.post(general, " ").await.is_err(),
        "no server takes it"
    );
    follower.stop().await;
}

#[tokio::test]
async fn what_was_under_way_when_the_program_ended_is_sent_again_and_is_one_message() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let general = room(&server.general);
    let folder = parlor_testkit::folder::temporary();
    let state = folder.path().join("state.json");
    let mut first = Follower::start(server.address(), &ada, Start::Head, Some(&state));
    first.connected().await;
    server.faults.hold();
    let pending = first.client.post(general, "once").await.expect("taken in");
    let nonce = pending.nonce.clone();
    until("the write", async || {
        server.faults.is_waiting().then_some(())
    })
    .await;
    first.stop().await;
    server.faults.release();

    let mut again = Follower::start(server.address(), &ada, Start::Head, Some(&state));
    again
        .until("the answer", |update| {
            matches!(update, Update::Settled { .. })
        })
        .await;
    assert!(matches!(again.settled[&nonce], Outcome::Done(_)));
    let log = ada.log(&server.general).await;
    let times = log.iter().filter(|event| event["text"] == "once").count();
    assert_eq!(times, 1);
    again.stop().await;
    let mut idle = Follower::start(server.address(), &ada, Start::Head, Some(&state));
    idle.connected().await;
    assert!(idle.settled.is_empty(), "nothing waits any more");
}

#[tokio::test]
async fn a_disk_that_is_full_for_a_while_delays_and_loses_nothing() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let general = room(&server.general);
    let mut follower = Follower::start(server.address(), &ada, Start::Head, None);
    follower.connected().await;
    server.faults.fail(parlor_testkit::faults::Fault::Full);
    let pending = follower
        .client
        .post(general, "patience")
        .await
        .expect("taken in");
    until("a refused write", async || {
        let answer = ada.post(&server.general, "now", "now").await;
        (answer.status == 507).then_some(())
    })
    .await;
    server.faults.heal();
    assert!(matches!(pending.outcome().await, Some(Outcome::Done(_))));
}
