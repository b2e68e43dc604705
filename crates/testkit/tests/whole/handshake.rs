//! Who is let in at the socket's door: a refusal comes before any upgrade.

use std::time::Duration;

use parlor_testkit::http::Http;
use parlor_testkit::person::text;
use parlor_testkit::phone::{Phone, upgrade};
use parlor_testkit::raw::RawSocket;
use parlor_testkit::until::until;
use parlor_testkit::{Person, TestServer};
use serde_json::json;

/// The status and code of a refused upgrade; 101 where it was not refused.
async fn knock(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    match upgrade(server.address(), path, headers).await {
        Ok(_) => (101, String::new()),
        Err(_) => {
            // The library may not have read the whole body: ask again as plain HTTP would.
            let mut http = Http::to(server.address());
            for (name, value) in [
                ("connection", "Upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("sec-websocket-protocol", "parlor.v1"),
            ]
            .iter()
            .chain(headers)
            {
                http = http.with(name, value);
            }
            let answer = http.get(path).await;
            assert_eq!(answer.header("content-type"), "application/problem+json");
            (answer.status, text(&answer.json()["code"]))
        }
    }
}

async fn knock_as(server: &TestServer, person: &Person) -> (u16, String) {
    let bearer = format!("Bearer {}", person.token);
    knock(server, "/ws", &[("authorization", &bearer)]).await
}

fn refused() -> (u16, String) {
    (401, "not_signed_in".into())
}

fn let_in() -> (u16, String) {
    (101, String::new())
}

#[tokio::test]
async fn nobody_is_upgraded_without_credentials_that_stand() {
    let server = TestServer::start().await;
    assert_eq!(knock(&server, "/ws", &[]).await, refused());
    assert_eq!(knock(&server, "/ws?ticket=made-up", &[]).await, refused());
    for (name, value) in [
        ("authorization", "Bearer made-up"),
        ("authorization", "Basic YWRhOjEyMw=="),
        ("authorization", "Bearer "),
        ("cookie", "parlor=made-up"),
    ] {
        assert_eq!(
            knock(&server, "/ws", &[(name, value)]).await,
            refused(),
            "{name}: {value}"
        );
    }
    let ada = server.person("ada").await;
    assert_eq!(knock_as(&server, &ada).await, let_in());
    ada.http().delete("sessions/current").await.expect(204);
    assert_eq!(knock_as(&server, &ada).await, refused());
}

#[tokio::test]
async fn a_session_that_ran_out_or_is_disabled_opens_nothing() {
    let server = TestServer::start().await;
    let (olga, ada) = (server.owner("olga").await, server.person("ada").await);
    let path = format!("users/{}", ada.id);
    olga.http()
        .patch(&path, json!({"disabled": true}))
        .await
        .expect(200);
    assert_eq!(knock_as(&server, &ada).await, refused());
    server.clock.advance(Duration::from_secs(31 * 86_400));
    assert_eq!(knock_as(&server, &olga).await, refused());
}

#[tokio::test]
async fn a_cookie_opens_the_socket_as_a_token_does() {
    let server = TestServer::start().await;
    let demo = json!({"username": "prathmesh", "password": "123"});
    let answer = server.http().post("sessions", demo).await;
    answer.expect(201);
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    assert!(cookie.starts_with("parlor="), "{cookie}");
    assert_eq!(
        knock(&server, "/ws", &[("cookie", &cookie)]).await,
        let_in()
    );
}

#[tokio::test]
async fn a_ticket_is_good_once_and_no_longer_than_its_session() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let made = ada.http().post("tickets", json!({})).await.expect(201);
    assert_eq!(made["expires_in"], 30);
    let path = format!("/ws?ticket={}", text(&made["ticket"]));
    let (socket, _) = upgrade(server.address(), &path, &[])
        .await
        .expect("a good ticket");
    let mut phone = Phone::on(socket);
    phone.say_hello(Default::default()).await;
    assert_eq!(phone.ready["user"]["username"], "ada");
    assert_eq!(knock(&server, &path, &[]).await, refused());

    let made = ada.http().post("tickets", json!({})).await.expect(201);
    ada.http().delete("sessions/current").await.expect(204);
    let path = format!("/ws?ticket={}", text(&made["ticket"]));
    assert_eq!(knock(&server, &path, &[]).await, refused());
}

#[tokio::test]
async fn an_unclaimed_server_off_loopback_upgrades_nobody() {
    let server = TestServer::with().listen("0.0.0.0:0").start().await;
    let ada = server.person("ada").await;
    assert_eq!(knock_as(&server, &ada).await, (403, "unclaimed".into()));
    server.owner("olga").await;
    assert_eq!(knock_as(&server, &ada).await, let_in());
}

#[tokio::test]
async fn the_subprotocol_is_chosen_where_it_is_offered() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let bearer = format!("Bearer {}", ada.token);
    let offering = async |protocols: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("sec-websocket-protocol", protocols),
        ];
        match upgrade(server.address(), "/ws", &headers).await {
            Ok((_, response)) => {
                let chosen = &response.headers()["sec-websocket-protocol"];
                assert_eq!(chosen, "parlor.v1");
                101
            }
            Err(response) => response.status().as_u16(),
        }
    };
    assert_eq!(offering("parlor.v1").await, 101);
    assert_eq!(offering("chat, parlor.v1").await, 101);
    assert_eq!(offering("parlor.v2, chat").await, 400);
    let authorization = format!("Authorization: {bearer}\r\n");
    let (status, _socket) = RawSocket::ask(server.address(), &authorization).await;
    assert_eq!(status, 101);
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_is_told_so() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let plain = ada.http().get("/ws").await;
    assert!(matches!(plain.status, 400 | 426), "{plain:?}");
    assert_eq!(plain.header("content-type"), "application/problem+json");
    let old = format!(
        "Authorization: Bearer {}\r\nSec-WebSocket-Version: 8\r\n",
        ada.token
    );
    let (status, _) = RawSocket::ask(server.address(), &old).await;
    assert!(matches!(status, 400 | 426), "{status}");
}

#[tokio::test]
async fn a_user_has_twenty_sockets_and_gets_another_when_one_goes() {
    let server = TestServer::with().rate_limits().start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut phones = Vec::new();
    for _ in 0..20 {
        phones.push(ada.dial().await);
    }
    assert_eq!(
        knock_as(&server, &ada).await,
        (429, "too_many_sockets".into())
    );
    assert_eq!(knock_as(&server, &ben).await, let_in());
    drop(phones.pop());
    until("a free place", async || {
        (knock_as(&server, &ada).await == let_in()).then_some(())
    })
    .await;
}
