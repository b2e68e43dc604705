//! What is taken away is gone at once: no frame, no answer, no event numbered after it.

use std::time::Duration;

use parlor_testkit::person::{items, text};
use parlor_testkit::server::password_of;
use parlor_testkit::until::until;
use parlor_testkit::{Person, Phone, TestServer};
use serde_json::json;

/// The connection closes with this code within a second, and its session is refused.
async fn ends(phone: &mut Phone, code: u16) {
    let ended = tokio::time::timeout(Duration::from_secs(1), phone.expect_close(code)).await;
    let closed = ended.expect("within a second");
    assert_eq!(closed.bye["reconnect"], false);
}

async fn is_out(person: &Person) {
    person.http().get("me").await.refused(401, "not_signed_in");
    person
        .http()
        .get("rooms")
        .await
        .refused(401, "not_signed_in");
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_only() {
    let server = TestServer::start().await;
    let here = server.sign_up("ada", None).await;
    let there = server.sign_in("ada", &password_of("ada")).await;
    let (mut a, mut b, mut other) = (
        here.connect().await,
        here.connect().await,
        there.connect().await,
    );
    here.http().delete("sessions/current").await.expect(204);
    ends(&mut a, 4504).await;
    ends(&mut b, 4504).await;
    is_out(&here).await;
    other.post(&server.general, "still in").await;
}

#[tokio::test]
async fn a_session_is_ended_from_another_device() {
    let server = TestServer::start().await;
    let here = server.sign_up("ada", None).await;
    let lost = server.sign_in("ada", &password_of("ada")).await;
    let mut phone = lost.connect().await;
    let session = text(&phone.ready["session"]);
    let listed = items(&here.http().get("sessions").await.expect(200));
    assert_eq!(listed.len(), 2);
    assert_eq!(
        listed
            .iter()
            .filter(|session| session["current"] == true)
            .count(),
        1
    );
    here.http()
        .delete(&format!("sessions/{session}"))
        .await
        .expect(204);
    ends(&mut phone, 4504).await;
    is_out(&lost).await;
    here.http()
        .delete(&format!("sessions/{session}"))
        .await
        .refused(404, "not_found");
    let ben = server.person("ben").await;
    let mine = text(&here.connect().await.ready["session"]);
    ben.http()
        .delete(&format!("sessions/{mine}"))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let server = TestServer::start().await;
    let here = server.sign_up("ada", None).await;
    let there = server.sign_in("ada", &password_of("ada")).await;
    let (mut mine, mut other) = (here.connect().await, there.connect().await);
    let wrong = json!({"old": "not it at all", "new": "a new password of ada's"});
    here.http()
        .post("me/password", wrong)
        .await
        .refused(422, "wrong_password");
    let right = json!({"old": password_of("ada"), "new": "a new password of ada's"});
    here.http().post("me/password", right).await.expect(200);
    ends(&mut other, 4504).await;
    is_out(&there).await;
    mine.post(&server.general, "still in").await;
    let old = json!({"username": "ada", "password": password_of("ada")});
    server
        .http()
        .post("sessions", old)
        .await
        .refused(401, "invalid_credentials");
    server.sign_in("ada", "a new password of ada's").await;
}

#[tokio::test]
async fn a_disabled_account_is_out_and_back_when_enabled() {
    let server = TestServer::start().await;
    let (olga, ada) = (server.owner("olga").await, server.person("ada").await);
    let mut phone = ada.connect().await;
    let path = format!("users/{}", ada.id);
    let body = olga
        .http()
        .patch(&path, json!({"disabled": true}))
        .await
        .expect(200);
    assert_eq!(body["user"]["disabled"], true);
    ends(&mut phone, 4503).await;
    is_out(&ada).await;
    olga.http()
        .patch(&path, json!({"disabled": false}))
        .await
        .expect(200);
    olga.http()
        .post(
            &format!("{path}/password"),
            json!({"new": password_of("ada")}),
        )
        .await
        .expect(204);
    server
        .sign_in("ada", &password_of("ada"))
        .await
        .connect()
        .await;
}

#[tokio::test]
async fn nothing_numbered_after_a_removal_is_received() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.closed_room("plans", &[&ben]).await;
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    for round in 0..10 {
        for n in 0..5 {
            let post = json!({"type": "post", "room": room, "nonce": format!("{round}-{n}"), "text": "secret"});
            hers.ask(post).await;
        }
        ada.remove(&room, &ben).await;
        hers.post(&room, &format!("after removal {round}")).await;
        // The follower fails where an event above the removal's came, and where one below came later.
        his.wait("room_removed").await;
        ada.add(&room, &ben).await;
        his.wait("room_added").await;
    }
    let texts: Vec<&serde_json::Value> = his
        .held
        .events(&room)
        .iter()
        .map(|event| &event["text"])
        .collect();
    assert!(texts.is_empty(), "{texts:?}");
}

#[tokio::test]
async fn a_removed_member_can_do_nothing_any_more() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.closed_room("plans", &[&ben]).await;
    let mut his = ben.connect().await;
    let ack = his.post_as(&room, "mine", "first").await;
    ada.remove(&room, &ben).await;
    assert_eq!(
        his.try_post(&room, "more", "second").await["code"],
        "not_found"
    );
    for verb in ["edit", "delete", "react"] {
        let more = json!({"text": "x", "emoji": "👍"});
        assert_eq!(
            his.act(verb, &room, &ack["seq"], more).await["code"],
            "not_found",
            "{verb}"
        );
    }
    let read = his
        .request(json!({"type": "read", "room": room, "seq": 1}))
        .await;
    assert_eq!(read["code"], "not_found");
    for path in ["messages", "events", "members"] {
        ben.http()
            .get(&format!("rooms/{room}/{path}"))
            .await
            .refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_session_ends_after_180_days_whatever_happens() {
    let options = TestServer::with().live(|live| live.sweep = Duration::from_millis(10));
    let server = options.start().await;
    let ada = server.person("ada").await;
    let seen = async || {
        let sessions = ada.http().get("sessions").await.expect(200);
        text(&items(&sessions)[0]["last_seen_at"])
    };
    let mut phone = ada.connect().await;
    for _ in 0..8 {
        let before = seen().await;
        server.clock.advance(Duration::from_secs(20 * 86_400));
        until("its use to be written", async || {
            (seen().await != before).then_some(())
        })
        .await;
    }
    phone.settle().await;
    server.clock.advance(Duration::from_secs(20 * 86_400));
    phone.expect_close(4504).await;
    is_out(&ada).await;
}
