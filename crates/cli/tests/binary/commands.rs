//! Account and link commands: beside a running server they take effect at once,
//! without one they are there when it starts.

use parlor_testkit::Person;
use parlor_testkit::person::text;
use serde_json::json;

use crate::support::{Home, PASSWORD, Serving};

const OTHER: &str = "another long password";

/// What all commands do, beside a server or before it starts.
async fn add_people(home: &Home) {
    home.say(
        &["user", "add", "olga", "--password-stdin", "--admin"],
        PASSWORD,
    )
    .await;
    home.say(
        &["user", "add", "max", "--password-stdin", "--admin"],
        &format!("{PASSWORD}\n"),
    )
    .await;
    home.say(&["user", "add", "ada", "--password-stdin"], PASSWORD)
        .await;
}

async fn role(server: &Serving, username: &str) -> String {
    let person = server.sign_in(username, PASSWORD).await;
    let me = person.http().get("me").await.expect(200);
    text(&me["user"]["role"])
}

#[tokio::test]
async fn accounts_made_without_a_server_are_there_when_it_starts() {
    let home = Home::new();
    add_people(&home).await;
    let server = home.serve().await;
    assert_eq!(
        server.http().get("server").await.expect(200)["claimed"],
        true
    );
    assert_eq!(role(&server, "olga").await, "owner");
    assert_eq!(role(&server, "max").await, "admin");
    assert_eq!(role(&server, "ada").await, "member");
    server.stop().await;
}

#[tokio::test]
async fn beside_a_server_commands_take_effect_at_once() {
    let home = Home::new();
    let server = home.serve().await;
    let demo = server.sign_in("prathmesh", "123").await;
    let mut demo_phone = demo.connect().await;
    add_people(&home).await;
    demo_phone.closed().await;
    demo.http().get("me").await.refused(401, "not_signed_in");
    assert_eq!(role(&server, "olga").await, "owner");

    let ada = server.sign_in("ada", PASSWORD).await;
    let mut phone = ada.connect().await;
    home.say(&["user", "disable", "ada"], "").await;
    phone.expect_close(4503).await;
    let body = json!({"username": "ada", "password": PASSWORD});
    server
        .http()
        .post("sessions", body.clone())
        .await
        .refused(401, "invalid_credentials");
    home.say(&["user", "enable", "ada"], "").await;
    let ada = server.sign_in("ada", PASSWORD).await;
    let mut phone = ada.connect().await;
    home.say(&["user", "password", "ada", "--password-stdin"], OTHER)
        .await;
    phone.expect_close(4504).await;
    server
        .http()
        .post("sessions", body)
        .await
        .refused(401, "invalid_credentials");
    server.sign_in("ada", OTHER).await;
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_a_session_that_lives_until_it_is_revoked() {
    let home = Home::new();
    home.say(&["user", "add", "bot", "--password-stdin"], PASSWORD)
        .await;
    let before = home.say(&["token", "create", "bot"], "").await;
    let mut server = home.serve().await;
    let beside = home
        .say(&["token", "create", "bot", "--label", "weather"], "")
        .await;
    assert!(before.len() >= 43 && before != beside, "256 bits each");
    for token in [&before, &beside] {
        assert!(
            !token.contains(char::is_whitespace),
            "alone on standard output"
        );
        let answer = server.http().bearer(token).get("me").await.expect(200);
        assert_eq!(answer["user"]["username"], "bot");
    }
    let listed = server
        .http()
        .bearer(&before)
        .get("sessions")
        .await
        .expect(200);
    let labels: Vec<&serde_json::Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["label"])
        .collect();
    assert!(labels.contains(&&json!("weather")), "{labels:?}");
    server
        .http()
        .bearer(&before)
        .delete("sessions/current")
        .await
        .expect(204);
    server
        .http()
        .bearer(&before)
        .get("me")
        .await
        .refused(401, "not_signed_in");
    server.kill().await;
    let server = home.serve().await;
    server.http().bearer(&beside).get("me").await.expect(200);
    server.stop().await;
}

#[tokio::test]
async fn links_are_printed_alone_and_are_good() {
    let home = Home::new();
    let server = home.serve().await;
    let link = home.say(&["claim-link"], "").await;
    let (page, token) = link.split_once("/claim#").unwrap();
    assert_eq!(page, format!("http://localhost:{}", server.address.port()));
    let body = json!({"token": token, "username": "olga", "password": PASSWORD});
    server.http().post("claim", body).await.expect(201);
    let why = home.fail(&["claim-link"]).await;
    assert!(why.contains("owner"), "{why}");

    let link = home
        .say(&["invite", "--uses", "1", "--expires", "2h"], "")
        .await;
    let (_, code) = link.split_once("/invite#").unwrap();
    let body = |username: &str| json!({"username": username, "password": PASSWORD, "invite": code});
    let ada = server.http().post("users", body("ada")).await;
    Person::signed_in(server.address, &ada).connect().await;
    server
        .http()
        .post("users", body("ben"))
        .await
        .refused(403, "invite_needed");
    server.stop().await;
    let link = home.say(&["invite"], "").await;
    assert!(link.contains("/invite#"), "{link}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_one_sentence() {
    let home = Home::new();
    add_people(&home).await;
    for beside in [false, true] {
        let server = if beside {
            Some(home.serve().await)
        } else {
            None
        };
        for args in [
            &["user", "disable", "nobody"][..],
            &["user", "disable", "olga"],
            &["user", "disable", "parlor"],
            &["token", "create", "nobody"],
            &["invite", "--uses", "0"],
            &["claim-link"],
        ] {
            home.fail(args).await;
        }
        for (name, password) in [
            ("ada", PASSWORD),
            ("a b", PASSWORD),
            ("prathmesh", PASSWORD),
            ("new", "short"),
        ] {
            let command = home.command(&["user", "add", name, "--password-stdin"]);
            crate::support::sentence(&home.run_with(command, password).await, 1);
        }
        if let Some(server) = server {
            server.stop().await;
        }
    }
}
