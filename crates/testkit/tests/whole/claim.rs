//! The demo, where it answers, and how claiming ends it for good.

use parlor_testkit::http::Http;
use parlor_testkit::server::password_of;
use parlor_testkit::{Person, TestServer};
use serde_json::{Value, json};

fn demo() -> Value {
    json!({"username": "prathmesh", "password": "123"})
}

#[tokio::test]
async fn the_demo_lets_in_on_loopback_whoever_asks() {
    let server = TestServer::start().await;
    let about = server.http().get("server").await.expect(200);
    assert_eq!(
        (&about["claimed"], &about["demo"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&about["sign_up"], &about["epoch"]),
        (&json!("open"), &json!(server.epoch))
    );
    let body = server.http().post("sessions", demo()).await.expect(201);
    assert_eq!(
        (&body["user"]["username"], &body["user"]["role"]),
        (&json!("prathmesh"), &json!("member"))
    );
    server.sign_up("ada", None).await.connect().await;
    let wrong = json!({"username": "prathmesh", "password": "1234"});
    server
        .http()
        .post("sessions", wrong)
        .await
        .refused(401, "invalid_credentials");
}

#[tokio::test]
async fn the_demo_is_deaf_to_other_hosts_and_to_what_was_passed_on() {
    let server = TestServer::start().await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let passed_on = server.http().with(header, "127.0.0.1");
        passed_on
            .post("sessions", demo())
            .await
            .refused(403, "unclaimed");
        passed_on.get("rooms").await.refused(403, "unclaimed");
        assert_eq!(
            passed_on.get("server").await.expect(200)["demo"],
            false,
            "{header}"
        );
    }
    server
        .http()
        .with("host", "evil.example")
        .post("sessions", demo())
        .await
        .refused(421, "foreign_host");
}

#[tokio::test]
async fn off_loopback_an_unclaimed_server_shows_only_its_porch() {
    let server = TestServer::with().listen("0.0.0.0:0").start().await;
    let about = server.http().get("server").await.expect(200);
    assert_eq!(
        (&about["claimed"], &about["demo"]),
        (&json!(false), &json!(false))
    );
    server
        .http()
        .post("sessions", demo())
        .await
        .refused(403, "unclaimed");
    let new = json!({"username": "ada", "password": password_of("ada")});
    server
        .http()
        .post("users", new)
        .await
        .refused(403, "unclaimed");
    for path in ["rooms", "me", "users", "/metrics", "/api/v1/nothing"] {
        server.http().get(path).await.refused(403, "unclaimed");
    }
    for path in ["/livez", "/readyz"] {
        server.http().get(path).await.expect(200);
    }
    let claim = json!({"token": "made up", "username": "olga", "password": password_of("olga")});
    server
        .http()
        .post("claim", claim)
        .await
        .refused(403, "bad_claim_token");
}

#[tokio::test]
async fn with_a_public_url_there_is_no_demo() {
    let server = TestServer::with()
        .public_url("http://chat.lan")
        .start()
        .await;
    let http = server.http().with("host", "chat.lan");
    assert_eq!(http.get("server").await.expect(200)["demo"], false);
    http.post("sessions", demo())
        .await
        .refused(403, "unclaimed");
}

async fn claim(http: &Http, token: &str, server_name: &str) -> Value {
    let body = json!({"token": token, "username": "olga", "password": password_of("olga"),
                      "name": "Olga", "server_name": server_name});
    http.post("claim", body).await.expect(201)
}

#[tokio::test]
async fn claiming_ends_the_demo_for_good() {
    let mut server = TestServer::start().await;
    let general = server.general.clone();
    let guest = server.sign_up("guest", None).await;
    let demo_answer = server.http().post("sessions", demo()).await;
    let prathmesh = server.signed_in(&demo_answer);
    let kept = server.person("kept").await;
    guest.post(&general, "from the demo", "1").await.expect(201);
    let mut phones = [guest.connect().await, prathmesh.connect().await];
    let mut stays = kept.connect().await;

    let token = server.claim_token().await;
    let body = claim(&server.http(), &token, "The Lab").await;
    assert_eq!(
        (&body["user"]["role"], &body["user"]["name"]),
        (&json!("owner"), &json!("Olga"))
    );
    for phone in &mut phones {
        let closed = phone.closed().await;
        assert!(matches!(closed.code, 4503 | 4504), "{closed:?}");
    }
    stays.post(&general, "still in").await;

    let about = server.http().get("server").await.expect(200);
    assert_eq!(
        (&about["claimed"], &about["demo"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&about["sign_up"], &about["name"]),
        (&json!("invite"), &json!("The Lab"))
    );
    let is_out = async |person: &Person| {
        person.http().get("me").await.refused(401, "not_signed_in");
    };
    is_out(&guest).await;
    is_out(&prathmesh).await;
    server
        .http()
        .post("sessions", demo())
        .await
        .refused(401, "invalid_credentials");
    let old = json!({"username": "guest", "password": password_of("guest")});
    server
        .http()
        .post("sessions", old.clone())
        .await
        .refused(401, "invalid_credentials");
    let new = json!({"username": "new", "password": password_of("new")});
    server
        .http()
        .post("users", new)
        .await
        .refused(403, "invite_needed");

    server.restart().await;
    server
        .http()
        .post("sessions", demo())
        .await
        .refused(401, "invalid_credentials");
    let olga = server.sign_in("olga", &password_of("olga")).await;
    let history = olga.history(&general).await;
    assert_eq!(history["items"][0]["text"], "from the demo");

    olga.http()
        .patch(&format!("users/{}", guest.id), json!({"disabled": false}))
        .await
        .expect(200);
    server.http().post("sessions", old).await.expect(201);
    olga.http()
        .patch(
            &format!("users/{}", prathmesh.id),
            json!({"disabled": false}),
        )
        .await
        .expect(200);
    server
        .http()
        .post("sessions", demo())
        .await
        .refused(401, "invalid_credentials");
}

#[tokio::test]
async fn the_owner_link_is_good_once_an_hour_and_survives_mistakes() {
    let server = TestServer::start().await;
    let http = server.http();
    let ended = server.claim_token().await;
    let token = server.claim_token().await;
    let with = |token: &str, username: &str, password: &str| json!({"token": token, "username": username, "password": password});
    let good = password_of("olga");
    http.post("claim", with(&ended, "olga", &good))
        .await
        .refused(403, "bad_claim_token");
    http.post("claim", with(&token, "o", &good))
        .await
        .refused(422, "bad_username");
    http.post("claim", with(&token, "olga", "short"))
        .await
        .refused(422, "bad_password");
    server.sign_up("ada", None).await;
    http.post("claim", with(&token, "ada", &good))
        .await
        .refused(409, "username_taken");
    claim(&http, &token, "The Lab").await;
    http.post("claim", with(&token, "else", &good))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_owner_link_ends_after_an_hour() {
    let server = TestServer::start().await;
    let token = server.claim_token().await;
    server.clock.advance(std::time::Duration::from_secs(3601));
    let body = json!({"token": token, "username": "olga", "password": password_of("olga")});
    server
        .http()
        .post("claim", body)
        .await
        .refused(403, "bad_claim_token");
}

#[tokio::test]
async fn two_claims_at_once_make_one_owner() {
    let server = TestServer::start().await;
    let token = server.claim_token().await;
    let claims = ["olga", "mallory"].map(|username| {
        let http = server.http();
        let body = json!({"token": token, "username": username, "password": password_of(username)});
        tokio::spawn(async move { http.post("claim", body).await.status })
    });
    let mut statuses = Vec::new();
    for claim in claims {
        statuses.push(claim.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(matches!(statuses[1], 403 | 404), "{statuses:?}");
}
