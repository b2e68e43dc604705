//! What whoever runs a server sees of it, and that errors are all of one form.

use http::Method;
use parlor_testkit::TestServer;
use serde_json::{Value, json};

/// Every call of the contract: method, path, and whether strangers get in.
const CALLS: [(&str, &str, bool); 35] = [
    ("get", "/api/v1/server", true),
    ("patch", "/api/v1/server", false),
    ("post", "/api/v1/claim", true),
    ("post", "/api/v1/sessions", true),
    ("get", "/api/v1/sessions", false),
    ("delete", "/api/v1/sessions/{id}", false),
    ("delete", "/api/v1/sessions/current", false),
    ("post", "/api/v1/tickets", false),
    ("post", "/api/v1/users", true),
    ("get", "/api/v1/users", false),
    ("patch", "/api/v1/users/{user}", false),
    ("post", "/api/v1/users/{user}/password", false),
    ("post", "/api/v1/invites", false),
    ("get", "/api/v1/invites", false),
    ("delete", "/api/v1/invites/{id}", false),
    ("get", "/api/v1/me", false),
    ("patch", "/api/v1/me", false),
    ("post", "/api/v1/me/password", false),
    ("get", "/api/v1/rooms", false),
    ("post", "/api/v1/rooms", false),
    ("patch", "/api/v1/rooms/{room}", false),
    ("get", "/api/v1/rooms/{room}/members", false),
    ("put", "/api/v1/rooms/{room}/members/{user}", false),
    ("delete", "/api/v1/rooms/{room}/members/{user}", false),
    ("get", "/api/v1/rooms/{room}/messages", false),
    ("post", "/api/v1/rooms/{room}/messages", false),
    ("get", "/api/v1/rooms/{room}/events", false),
    ("get", "/livez", true),
    ("get", "/readyz", true),
    ("get", "/metrics", true),
    ("get", "/api/openapi.json", true),
    ("get", "/api/asyncapi.json", true),
    ("head", "/livez", true),
    ("head", "/api/v1/server", true),
    ("head", "/api/v1/me", false),
];

#[tokio::test]
async fn every_call_but_the_public_ones_wants_a_session() {
    let server = TestServer::start().await;
    server.owner("olga").await;
    for (method, path, public) in CALLS {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let path = path
            .replace("{room}", "r")
            .replace("{user}", "u")
            .replace("{id}", "i");
        let answer = server.http().json(method.clone(), &path, &json!({})).await;
        assert_eq!(answer.status == 401, !public, "{method} {path}: {answer:?}");
        assert!(
            !matches!(answer.status, 405 | 500..),
            "{method} {path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn the_contract_lists_every_call() {
    let server = TestServer::start().await;
    let openapi = server.http().get("/api/openapi.json").await.expect(200);
    let base = openapi["servers"][0]["url"]
        .as_str()
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_owned();
    let paths = openapi["paths"].as_object().unwrap();
    for (method, path, _) in CALLS.into_iter().filter(|(method, ..)| *method != "head") {
        let listed = paths.iter().any(|(listed, item)| {
            // `current` is one of the ids that the contract's one path takes.
            let same = |listed: &str| shape(listed) == shape(&path.replace("current", "{id}"));
            (same(listed) || same(&format!("{base}{listed}"))) && item.get(method).is_some()
        });
        assert!(listed, "{method} {path} is not in {:?}", paths.keys());
    }
    let asyncapi = server.http().get("/api/asyncapi.json").await.expect(200);
    let text = asyncapi.to_string();
    for frame in [
        "hello",
        "unreact",
        "superseded",
        "room_removed",
        "user_updated",
        "caught_up",
    ] {
        assert!(text.contains(frame), "{frame}");
    }
}

/// A path without the names of its parameters.
fn shape(path: &str) -> Vec<&str> {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect()
}

#[tokio::test]
async fn every_error_is_a_problem_with_a_code() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let is_problem = |answer: &parlor_testkit::http::Reply, status: u16| {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{answer:?}"
        );
        let body = answer.json();
        for field in ["type", "title", "code", "detail"] {
            assert!(body[field].is_string(), "{body}");
        }
        assert_eq!(body["status"], status);
    };
    for path in [
        "nothing",
        "rooms/x/nothing",
        "/api/nothing",
        "/api/v1",
        "/api/v2/server",
    ] {
        is_problem(&ada.http().get(path).await, 404);
    }
    for (method, path) in [
        (Method::DELETE, "server"),
        (Method::PUT, "rooms"),
        (Method::POST, "/livez"),
        (Method::GET, "claim"),
    ] {
        let answer = ada.http().send(method, path, "".into()).await;
        is_problem(&answer, 405);
        assert_ne!(answer.header("allow"), "", "{path}");
    }
    is_problem(&ada.http().get("rooms/%ff/messages").await, 404);
    is_problem(&ada.http().get("rooms/../me/x").await, 404);
}

#[tokio::test]
async fn every_answer_holds_browsers_to_our_rules() {
    let server = TestServer::start().await;
    for path in [
        "server",
        "me",
        "/livez",
        "/nothing/like/it",
        "/api/openapi.json",
    ] {
        let answer = server.http().get(path).await;
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_ne!(answer.header("x-request-id"), "");
    }
}

#[tokio::test]
async fn a_server_says_that_it_lives_and_is_ready() {
    let server = TestServer::start().await;
    server.http().get("/livez").await.expect(200);
    let ready = server.http().get("/readyz").await.expect(200);
    assert!(
        ready["checks"]
            .as_object()
            .unwrap()
            .values()
            .all(|check| *check == "ok"),
        "{ready}"
    );
}

#[tokio::test]
async fn metrics_are_for_loopback_unless_somebody_may_stand_before_us() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    phone.post(&server.general, "counted").await;
    let answer = server.http().get("/metrics").await;
    assert_eq!(answer.status, 200);
    let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
    assert!(
        text.contains("# TYPE") && text.contains("parlor_"),
        "{text}"
    );
    assert!(
        !text.contains(&ada.id) && !text.contains("counted"),
        "no content, no people"
    );
    server
        .http()
        .with("x-forwarded-for", "127.0.0.1")
        .get("/metrics")
        .await
        .refused(403, "unclaimed");

    let token = "a token of the metrics' own";
    let options = TestServer::with()
        .public_url("http://chat.lan")
        .metrics_token(token);
    let server = options.start().await;
    server.owner("olga").await;
    let http = server.http().with("host", "chat.lan");
    assert!(matches!(http.get("/metrics").await.status, 401 | 404));
    assert!(matches!(
        http.clone().bearer("another").get("/metrics").await.status,
        401 | 404
    ));
    assert_eq!(http.bearer(token).get("/metrics").await.status, 200);
}

#[tokio::test]
async fn an_owner_claimed_server_shows_no_metrics_to_who_was_passed_on() {
    let server = TestServer::start().await;
    server.owner("olga").await;
    let passed_on = server.http().with("x-forwarded-for", "192.0.2.1");
    passed_on.get("/metrics").await.refused(404, "not_found");
    let known: Value = passed_on.get("server").await.expect(200);
    assert_eq!(known["claimed"], true);
}

#[tokio::test]
async fn no_garbage_makes_any_call_fail_on_our_side() {
    let server = TestServer::start().await;
    let olga = server.owner("olga").await;
    let long = "x".repeat(10_000);
    let garbage = [
        String::new(),
        "{".into(),
        "[[[[".repeat(5000),
        "null".into(),
        json!({"name": 1, "role": [], "members": {}, "text": {}, "nonce": -1}).to_string(),
        json!({"name": long, "username": long, "password": long, "text": "x", "nonce": long})
            .to_string(),
        json!({"role": "king", "kind": "secret", "disabled": "yes", "max_uses": -1}).to_string(),
        json!({"expires_in": u64::MAX, "max_uses": u32::MAX, "reply_to": u64::MAX}).to_string(),
    ];
    for (method, path, _) in CALLS {
        // What this person is signed in by is not to be ended.
        if method == "delete" && path.contains("sessions") {
            continue;
        }
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        for id in ["%00", "me", "..%2f..", &long, &olga.id] {
            let path = path
                .replace("{room}", id)
                .replace("{user}", id)
                .replace("{id}", id);
            for body in &garbage {
                let asked = olga.http().with("content-type", "application/json");
                let answer = asked.send(method.clone(), &path, body.clone().into()).await;
                assert!(
                    answer.status < 500,
                    "{method} {path:.60} {body:.60}: {answer:?}"
                );
            }
        }
        for query in [
            "after=%ff",
            "limit=-1",
            "q=%25_%27",
            "ids=,,,",
            "before=1&before=2",
            "ticket=%00",
        ] {
            let answer = olga
                .http()
                .get(&format!(
                    "{}?{query}",
                    path.replace("{room}", &server.general)
                ))
                .await;
            assert!(answer.status < 500, "{path} {query}: {answer:?}");
        }
    }
    olga.http().get("me").await.expect(200);
}
