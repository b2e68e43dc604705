//! Who comes in, and who does not: the demo, the claim, sign-in, invites, sessions.

use serde_json::json;

use super::{Asking, House};
use crate::auth::secret;
use crate::config::Config;
use parlor_store::write::Op;

const PRATHMESH: &str = r#"{"username": "Prathmesh", "password": "123"}"#;

fn prathmesh() -> serde_json::Value {
    serde_json::from_str(PRATHMESH).unwrap()
}

fn new(name: &str) -> serde_json::Value {
    json!({ "username": name, "password": "correct horse" })
}

#[tokio::test]
async fn the_demo_signs_prathmesh_in_and_lets_anyone_sign_up() {
    let house = House::demo().await;
    let near = Asking::nobody();
    let server = house.ask(&near, "GET server", None).await.ok(200);
    assert_eq!(
        (&server["claimed"], &server["demo"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(server["sign_up"], "open");

    let reply = house.ask(&near, "POST sessions", prathmesh()).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("parlor=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let body = reply.ok(201);
    assert_eq!(body["user"]["username"], "prathmesh");
    assert_eq!(body["user"]["role"], "member");
    let by_cookie = near
        .clone()
        .with("cookie", cookie.split(';').next().unwrap());
    let me = house.ask(&by_cookie, "GET me", None).await.ok(200);
    assert_eq!(me["user"]["username"], "prathmesh");

    let wrong = json!({ "username": "prathmesh", "password": "1234" });
    let reply = house.ask(&near, "POST sessions", wrong).await;
    assert_eq!(reply.refusal(), (401, "invalid_credentials"));
    house.ask(&near, "POST users", new("bo")).await.ok(201);
}

#[tokio::test]
async fn the_demo_answers_nobody_from_elsewhere() {
    let house = House::demo().await;
    let far = Asking::nobody().from("192.0.2.1");
    let forwarded = Asking::nobody().with("x-forwarded-for", "127.0.0.1");
    for asking in [far, forwarded] {
        let reply = house.ask(&asking, "POST sessions", prathmesh()).await;
        assert_eq!(reply.refusal(), (403, "unclaimed"));
        let reply = house.ask(&asking, "GET /ws", None).await;
        assert_eq!(reply.refusal(), (403, "unclaimed"));
        let server = house.ask(&asking, "GET server", None).await.ok(200);
        assert_eq!(
            (&server["demo"], &server["sign_up"]),
            (&json!(false), &json!("invite"))
        );
    }
    let rebound = Asking::nobody().with("host", "evil.test:8080");
    let reply = house.ask(&rebound, "POST sessions", prathmesh()).await;
    assert_eq!(reply.refusal(), (421, "foreign_host"));
}

#[tokio::test]
async fn an_unclaimed_server_off_loopback_gives_its_porch_only() {
    let config = Config::listening_on("0.0.0.0:8080".parse().unwrap());
    let house = House::with(config).await;
    let near = Asking::nobody();
    for open in ["GET /", "GET server", "GET /livez", "GET /readyz"] {
        assert_eq!(house.ask(&near, open, None).await.status, 200, "{open}");
    }
    let claim = json!({ "token": "x", "username": "ada", "password": "correct horse" });
    let reply = house.ask(&near, "POST claim", claim).await;
    assert_eq!(reply.refusal(), (403, "bad_claim_token"));
    for closed in [
        "POST sessions",
        "POST users",
        "GET me",
        "GET /metrics",
        "GET /api/openapi.json",
    ] {
        let reply = house.ask(&near, closed, prathmesh()).await;
        assert_eq!(reply.refusal(), (403, "unclaimed"), "{closed}");
    }
}

#[tokio::test]
async fn the_claim_ends_the_demo() {
    let house = House::demo().await;
    let near = Asking::nobody();
    let demo = house.ask(&near, "POST sessions", prathmesh()).await.ok(201);
    let demo = near.clone().bearer(demo["token"].as_str().unwrap());
    let bo = house.ask(&near, "POST users", new("bo")).await.ok(201);
    let bo = near.clone().bearer(bo["token"].as_str().unwrap());

    let until = house.app.ambient().now().plus_millis(3_600_000);
    house
        .app
        .submit(Op::SetClaimLink(secret::hash("link"), until))
        .await
        .unwrap();
    let mut claim = json!({ "token": "link", "username": "a", "password": "short" });
    claim["server_name"] = "Tea House".into();
    let reply = house.ask(&near, "POST claim", claim.clone()).await;
    assert_eq!(reply.refusal(), (422, "bad_username"));
    let fields: Vec<_> = reply.body["errors"].as_array().unwrap().iter().collect();
    assert_eq!(
        fields[1],
        &json!({ "field": "password", "code": "bad_password" })
    );

    claim["username"] = "bo".into();
    claim["password"] = "correct horse".into();
    let reply = house.ask(&near, "POST claim", claim.clone()).await;
    assert_eq!(reply.refusal(), (409, "username_taken"));
    claim["username"] = "ada".into();
    let owner = house.ask(&near, "POST claim", claim.clone()).await.ok(201);
    assert_eq!(owner["user"]["role"], "owner");
    let reply = house.ask(&near, "POST claim", claim).await;
    assert_eq!(reply.refusal(), (404, "not_found"));

    let server = house.ask(&near, "GET server", None).await.ok(200);
    assert_eq!(
        (&server["name"], &server["claimed"]),
        (&json!("Tea House"), &json!(true))
    );
    assert_eq!(server["demo"], false);
    for ended in [demo, bo] {
        assert_eq!(
            house.ask(&ended, "GET me", None).await.refusal(),
            (401, "not_signed_in")
        );
    }
    let reply = house.ask(&near, "POST sessions", prathmesh()).await;
    assert_eq!(reply.refusal(), (401, "invalid_credentials"));
    let reply = house.ask(&near, "POST users", new("eve")).await;
    assert_eq!(reply.refusal(), (403, "invite_needed"));
}

#[tokio::test]
async fn an_invite_lets_in_as_often_as_it_says() {
    let (house, ada) = House::claimed().await;
    let near = Asking::nobody();
    let invite = house
        .ask(&ada, "POST invites", json!({ "max_uses": 1 }))
        .await
        .ok(201);
    let code = invite["code"].as_str().unwrap();
    assert_eq!(
        invite["url"],
        format!("http://localhost:8080/invite#{code}")
    );

    let mut bo = new("bo");
    bo["invite"] = "not it".into();
    let reply = house.ask(&near, "POST users", bo.clone()).await;
    assert_eq!(
        reply.refusal(),
        (403, "invite_needed"),
        "the invite is judged first"
    );
    bo["invite"] = code.into();
    bo["password"] = "password1".into();
    let reply = house.ask(&near, "POST users", bo.clone()).await;
    assert_eq!(reply.refusal(), (422, "bad_password"));
    bo["password"] = "correct horse".into();
    let bo = house.ask(&near, "POST users", bo).await.ok(201);

    let bo = near.clone().bearer(bo["token"].as_str().unwrap());
    assert_eq!(
        house.ask(&bo, "POST invites", None).await.refusal(),
        (403, "forbidden")
    );
    assert_eq!(
        house.ask(&bo, "GET invites", None).await.refusal(),
        (403, "forbidden")
    );
    let mut eve = new("eve");
    eve["invite"] = code.into();
    let reply = house.ask(&near, "POST users", eve).await;
    assert_eq!(reply.refusal(), (403, "invite_needed"), "it is used up");

    let second = house.ask(&ada, "POST invites", None).await.ok(201);
    let listed = house.ask(&ada, "GET invites", None).await.ok(200);
    let item = &listed["items"][0];
    assert_eq!(
        (&item["max_uses"], &item["code"]),
        (&json!(25), &json!(null))
    );
    let call = format!("DELETE invites/{}", second["id"].as_str().unwrap());
    house.ask(&ada, &call, None).await.ok(204);
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike_and_throttled() {
    let (house, _) = House::claimed().await;
    let near = Asking::nobody();
    let sign_in = async |name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        house.ask(&near, "POST sessions", body).await
    };
    let (unknown, wrong) = (
        sign_in("nobody", "correct horse").await,
        sign_in("ada", "x").await,
    );
    assert_eq!(unknown.refusal(), (401, "invalid_credentials"));
    assert_eq!(unknown.body, wrong.body);
    sign_in("Ada", "correct horse").await.ok(201);
    for _ in 0..4 {
        assert_eq!(sign_in("ada", "wrong").await.status, 401);
    }
    let reply = sign_in("ada", "correct horse").await;
    assert_eq!(reply.refusal(), (429, "too_many_attempts"));
    let wait: u64 = reply.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(
        sign_in("bo", "wrong").await.status,
        401,
        "another name is still open"
    );
}

/// Hashes are counted, not time: what is done is the same, so it takes as long.
#[tokio::test]
async fn an_unknown_name_does_the_same_hashing_as_a_wrong_password() {
    let (house, ada) = House::claimed().await;
    house.account("bo", false).await;
    let bo = house.ask(&ada, "GET users?q=bo", None).await.ok(200);
    let id = bo["items"][0]["id"].as_str().unwrap().to_owned();
    let disable = json!({ "disabled": true });
    let call = format!("PATCH users/{id}");
    house.ask(&ada, &call, disable).await.ok(200);
    let far = Asking::nobody();
    for (name, why) in [
        ("ada", "a wrong password"),
        ("nobody-of-this-name", "an unknown name"),
        ("bo", "a disabled account"),
        ("parlor", "who has no password"),
        ("NOT a name!", "what cannot be a name"),
    ] {
        let before = house.app.passwords.hashed();
        let body = json!({ "username": name, "password": "wrong horse" });
        let reply = house.ask(&far, "POST sessions", body).await;
        assert_eq!(reply.refusal(), (401, "invalid_credentials"), "{why}");
        assert_eq!(house.app.passwords.hashed() - before, 1, "{why}");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let (house, ada) = House::claimed().await;
    let body = json!({ "username": "ada", "password": "correct horse" });
    let agent = Asking::nobody().with("user-agent", "curl/8.9");
    let second = house.ask(&agent, "POST sessions", body).await.ok(201);
    let second = Asking::nobody().bearer(second["token"].as_str().unwrap());

    let listed = house.ask(&ada, "GET sessions", None).await.ok(200);
    let items = listed["items"].as_array().unwrap();
    let labels: Vec<_> = items
        .iter()
        .map(|item| (&item["label"], &item["current"]))
        .collect();
    assert_eq!(
        labels,
        [
            (&json!("curl/8.9"), &json!(false)),
            (&json!("a test"), &json!(true))
        ]
    );

    let call = format!("DELETE sessions/{}", items[0]["id"].as_str().unwrap());
    house.ask(&ada, &call, None).await.ok(204);
    assert_eq!(
        house.ask(&second, "GET me", None).await.refusal(),
        (401, "not_signed_in")
    );
    let reply = house.ask(&ada, "DELETE sessions/current", None).await;
    assert!(
        reply.headers["set-cookie"]
            .to_str()
            .unwrap()
            .starts_with("parlor=; ")
    );
    assert_eq!(
        house.ask(&ada, "GET me", None).await.refusal(),
        (401, "not_signed_in")
    );
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let (house, ada) = House::claimed().await;
    let body = json!({ "username": "ada", "password": "correct horse" });
    let other = house
        .ask(&Asking::nobody(), "POST sessions", body)
        .await
        .ok(201);
    let other = Asking::nobody().bearer(other["token"].as_str().unwrap());
    let change = json!({ "old": "wrong", "new": "12345678" });
    let reply = house.ask(&ada, "POST me/password", change).await;
    assert_eq!(reply.refusal(), (422, "wrong_password"));
    assert_eq!(reply.body["errors"].as_array().unwrap().len(), 2);
    let change = json!({ "old": "correct horse", "new": "battery staple" });
    house.ask(&ada, "POST me/password", change).await.ok(200);
    assert_eq!(house.ask(&ada, "GET me", None).await.status, 200);
    assert_eq!(house.ask(&other, "GET me", None).await.status, 401);
    let body = json!({ "username": "ada", "password": "battery staple" });
    house
        .ask(&Asking::nobody(), "POST sessions", body)
        .await
        .ok(201);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_whatever_it_brings() {
    let (house, ada) = House::claimed().await;
    let foreign = ada.clone().with("origin", "https://evil.test");
    for call in ["DELETE sessions/current", "GET /ws"] {
        assert_eq!(
            house.ask(&foreign, call, None).await.refusal(),
            (403, "foreign_origin")
        );
    }
    assert_eq!(house.ask(&foreign, "GET me", None).await.status, 200);
    let ours = ada
        .with("origin", "http://127.0.0.1:8080")
        .with("sec-fetch-site", "same-origin");
    house.ask(&ours, "POST tickets", None).await.ok(201);
}

#[tokio::test]
async fn a_session_is_renewed_hourly_at_most() {
    use std::sync::atomic::Ordering;
    let (house, ada) = House::claimed().await;
    let seen = async || {
        let listed = house.ask(&ada, "GET sessions", None).await.ok(200);
        listed["items"][0]["last_seen_at"].clone()
    };
    let first = seen().await;
    house.clock.0.fetch_add(1_800_000, Ordering::Relaxed);
    assert_eq!(seen().await, first);
    house.clock.0.fetch_add(1_800_000, Ordering::Relaxed);
    let renewed = async {
        while seen().await == first {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), renewed)
        .await
        .unwrap();
}
