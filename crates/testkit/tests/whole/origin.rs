//! Other sites' pages and other names for this server get nowhere, whatever they bring.

use parlor_testkit::phone::upgrade;
use parlor_testkit::server::password_of;
use parlor_testkit::{Person, TestServer};
use serde_json::json;

async fn upgrade_from(server: &TestServer, ada: &Person, name: &str, value: &str) -> u16 {
    let bearer = format!("Bearer {}", ada.token);
    let headers = [("authorization", bearer.as_str()), (name, value)];
    match upgrade(server.address(), "/ws", &headers).await {
        Ok(_) => 101,
        Err(response) => response.status().as_u16(),
    }
}

#[tokio::test]
async fn a_foreign_origin_neither_upgrades_nor_changes_anything() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let port = server.address().port();
    for origin in [
        "https://evil.example",
        "null",
        &format!("https://localhost:{port}"),
        "http://localhost:1",
        &format!("http://localhost:{port}.evil.example"),
    ] {
        assert_eq!(
            upgrade_from(&server, &ada, "origin", origin).await,
            403,
            "{origin}"
        );
        let asked = ada.http().with("origin", origin);
        asked
            .post("rooms", json!({"name": "x", "kind": "open"}))
            .await
            .refused(403, "foreign_origin");
        asked.get("me").await.expect(200);
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(
            upgrade_from(&server, &ada, "sec-fetch-site", site).await,
            403,
            "{site}"
        );
        ada.http()
            .with("sec-fetch-site", site)
            .delete("sessions/current")
            .await
            .refused(403, "foreign_origin");
    }
    for origin in [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
    ] {
        assert_eq!(
            upgrade_from(&server, &ada, "origin", &origin).await,
            101,
            "{origin}"
        );
    }
    for site in ["same-origin", "none"] {
        assert_eq!(
            upgrade_from(&server, &ada, "sec-fetch-site", site).await,
            101,
            "{site}"
        );
    }
}

#[tokio::test]
async fn the_origin_is_judged_before_any_credential() {
    let server = TestServer::start().await;
    let foreign = server.http().with("origin", "https://evil.example");
    let body = json!({"username": "prathmesh", "password": "wrong"});
    foreign
        .post("sessions", body)
        .await
        .refused(403, "foreign_origin");
    let answer = upgrade(
        server.address(),
        "/ws",
        &[("origin", "https://evil.example")],
    )
    .await;
    assert_eq!(answer.unwrap_err().status(), 403);
}

#[tokio::test]
async fn on_loopback_any_other_host_is_foreign() {
    let server = TestServer::start().await;
    let port = server.address().port();
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "localhost:1",
        "localhost.evil.example",
    ] {
        let problem = server
            .http()
            .with("host", host)
            .get("server")
            .await
            .refused(421, "foreign_host");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("PARLOR_PUBLIC_URL"),
            "{problem}"
        );
        server
            .http()
            .with("host", host)
            .get("/livez")
            .await
            .expect(200);
        server
            .http()
            .with("host", host)
            .get("/readyz")
            .await
            .expect(200);
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        server
            .http()
            .with("host", &format!("{host}:{port}"))
            .get("server")
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn with_a_public_url_only_that_is_our_own() {
    let server = TestServer::with()
        .public_url("https://chat.example.org")
        .start()
        .await;
    server.owner("olga").await;
    server
        .http()
        .get("server")
        .await
        .refused(421, "foreign_host");
    let http = server.http().with("host", "chat.example.org");
    assert_eq!(http.get("server").await.expect(200)["demo"], false);
    let body = json!({"username": "ada", "password": password_of("ada")});
    let own = http.clone().with("origin", "https://chat.example.org");
    own.post("sessions", body.clone())
        .await
        .refused(401, "invalid_credentials");
    let plain = http
        .with("origin", "http://chat.example.org")
        .with("x-forwarded-proto", "https");
    plain
        .post("sessions", body)
        .await
        .refused(403, "foreign_origin");
}

#[tokio::test]
async fn the_cookie_is_secure_when_and_only_when_the_public_url_is_https() {
    for (url, host, name, secure) in [
        (
            "https://chat.example.org",
            "chat.example.org",
            "__Host-",
            true,
        ),
        ("http://chat.lan:8080", "chat.lan:8080", "parlor=", false),
    ] {
        let server = TestServer::with().public_url(url).start().await;
        let token = server.claim_token().await;
        let claim = json!({"token": token, "username": "olga", "password": password_of("olga")});
        let asked = server
            .http()
            .with("host", host)
            .with("x-forwarded-proto", "https");
        let answer = asked.post("claim", claim).await;
        answer.expect(201);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with(name), "{cookie}");
        assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_an_address_is_the_one_it_names() {
    let options = TestServer::with()
        .rate_limits()
        .trusted_proxies(&["127.0.0.0/8"]);
    let server = options.start().await;
    server.owner("olga").await;
    let guess = async |from: &str| {
        let asked = server.http().with("x-forwarded-for", from);
        let body = json!({"username": "olga", "password": "not her password"});
        asked.post("sessions", body).await
    };
    for _ in 0..5 {
        guess("6.6.6.6, 192.0.2.1")
            .await
            .refused(401, "invalid_credentials");
    }
    let stopped = guess("7.7.7.7, 192.0.2.1").await;
    stopped.refused(429, "too_many_attempts");
    assert_ne!(stopped.header("retry-after"), "");
    guess("192.0.2.1, 192.0.2.2")
        .await
        .refused(401, "invalid_credentials");
}
