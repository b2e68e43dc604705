//! What the calls answer, and how they refuse.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::body::Body;
use parlor_protocol::limits;
use serde_json::json;

use super::{Asking, House};
use crate::config::Config;
use crate::router;

#[tokio::test]
async fn every_described_call_is_there_and_asks_who_one_is() {
    let (house, _) = House::claimed().await;
    for (path, call) in router::calls().described {
        let path = path
            .replace("{room}", "r")
            .replace("{user}", "u")
            .replace("{id}", "i");
        let what = format!("{} {path}", call.method);
        let reply = house.ask(&Asking::nobody(), &what, json!({})).await;
        let open = !call.signed_in && path != "/ws" && path != "/api/v1/claim";
        if open {
            assert!(
                !matches!(reply.status, 401 | 404 | 405),
                "{what}: {reply:?}"
            );
        } else if path == "/api/v1/claim" {
            assert_eq!(reply.refusal(), (400, "bad_request"), "{what}");
        } else {
            assert_eq!(reply.refusal(), (401, "not_signed_in"), "{what}");
        }
        let id = reply.headers["x-request-id"].to_str().unwrap();
        assert_eq!(id.len(), 16);
    }
}

#[tokio::test]
async fn whatever_cannot_be_read_is_a_problem() {
    let (house, ada) = House::claimed().await;
    let json_type = ada.clone().with("content-type", "application/json");
    let text_type = ada.clone().with("content-type", "text/plain");
    let large = "x".repeat(limits::BODY_BYTES + 1);
    for (asking, call, body, expected) in [
        (&json_type, "POST rooms", "{", (400, "bad_request")),
        (&json_type, "POST rooms", "[]", (400, "bad_request")),
        (
            &json_type,
            "POST rooms",
            r#"{"kind":"secret"}"#,
            (400, "bad_request"),
        ),
        (
            &json_type,
            "PATCH me",
            r#"{"name":7}"#,
            (400, "bad_request"),
        ),
        (&json_type, "POST rooms", large.as_str(), (413, "too_large")),
        (&text_type, "POST rooms", "{}", (415, "not_json")),
        (&ada, "POST rooms", "{}", (415, "not_json")),
        (&ada, "GET nothing", "", (404, "not_found")),
        (&ada, "GET /nothing", "", (404, "not_found")),
        (&ada, "GET /api", "", (404, "not_found")),
        (&ada, "PUT me", "", (405, "bad_request")),
        (&ada, "DELETE /livez", "", (405, "bad_request")),
        (&ada, "POST /", "", (405, "bad_request")),
        (&ada, "GET rooms/%FF/messages", "", (404, "not_found")),
        (&ada, "GET users?ids=a&ids=b", "", (400, "bad_request")),
        (&ada, "GET rooms?scope=closed", "", (400, "bad_request")),
    ] {
        let reply = house.send(asking, call, Body::from(body.to_owned())).await;
        assert_eq!(reply.refusal(), expected, "{call}");
        assert!(reply.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn browsers_are_held_to_our_own_scripts_and_nothing_else() {
    let house = House::demo().await;
    for path in ["GET /", "GET server", "GET /nothing"] {
        let headers = house.ask(&Asking::nobody(), path, None).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; "),
            "{policy}"
        );
        assert!(policy.ends_with("trusted-types parlor svelte-trusted-html"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    }
    let headers = house
        .ask(&Asking::nobody(), "GET server", None)
        .await
        .headers;
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("strict-transport-security"));
    let mut config = Config::listening_on(SocketAddr::from(([127, 0, 0, 1], 8080)));
    config.public_url = Some("https://chat.example.org".parse().unwrap());
    let house = House::with(config).await;
    let asking = Asking::nobody().with("host", "chat.example.org");
    let headers = house.ask(&asking, "GET server", None).await.headers;
    assert_eq!(headers["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn who_comes_and_goes_too_fast_is_told_when_to_come_back() {
    let (house, ada) = House::claimed().await;
    let rooms = house.ask(&ada, "GET rooms", None).await.ok(200);
    let general = rooms["items"][0]["id"].as_str().unwrap().to_owned();
    let mut refused = None;
    for n in 0..200 {
        let method = if n % 2 == 0 { "DELETE" } else { "PUT" };
        let call = format!("{method} rooms/{general}/members/me");
        let reply = house.ask(&ada, &call, None).await;
        if reply.status != 204 {
            refused = Some((n, reply));
            break;
        }
    }
    let (passed, reply) = refused.expect("it ends");
    assert!(passed >= 50, "a burst of 50 passes: {passed}");
    assert_eq!(reply.refusal(), (429, "rate_limited"));
    assert!(reply.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_room_is_made_once_for_a_nonce_and_once_for_a_name() {
    let (house, ada) = House::claimed().await;
    let new = json!({ "kind": "open", "name": "Design", "nonce": "n1" });
    let room = house.ask(&ada, "POST rooms", new.clone()).await.ok(201);
    assert_eq!(room["room"]["role"], "owner");
    assert_eq!(house.ask(&ada, "POST rooms", new).await.ok(200), room);
    let alike = json!({ "kind": "open", "name": " DESIGN " });
    let reply = house.ask(&ada, "POST rooms", alike).await;
    assert_eq!(reply.refusal(), (409, "room_exists"));
    assert_eq!(reply.body["room"], room["room"]["id"]);

    let id = room["room"]["id"].as_str().unwrap();
    let patch = json!({ "topic": "Looks", "name": "x".repeat(81) });
    let reply = house.ask(&ada, &format!("PATCH rooms/{id}"), patch).await;
    assert_eq!(reply.refusal(), (422, "bad_room_name"));
    let patch = json!({ "topic": "Looks" });
    let room = house
        .ask(&ada, &format!("PATCH rooms/{id}"), patch)
        .await
        .ok(200);
    assert_eq!(room["room"]["topic"], "Looks");

    let bo = house.account("bo", false).await;
    let open = house
        .ask(&bo, "GET rooms?scope=open&q=des", None)
        .await
        .ok(200);
    assert_eq!(open["items"][0]["id"], id);
    house
        .ask(&bo, &format!("PUT rooms/{id}/members/me"), None)
        .await
        .ok(204);
    house
        .ask(&bo, &format!("PUT rooms/{id}/members/me"), None)
        .await
        .ok(204);
    let members = house
        .ask(&bo, &format!("GET rooms/{id}/members?limit=1"), None)
        .await
        .ok(200);
    assert_eq!(
        (&members["items"][0]["role"], &members["has_more"]),
        (&json!("owner"), &json!(true))
    );
    house
        .ask(&bo, &format!("DELETE rooms/{id}/members/me"), None)
        .await
        .ok(204);
}

#[tokio::test]
async fn a_room_one_may_not_see_answers_as_one_that_is_not_there() {
    let (house, ada) = House::claimed().await;
    let new = json!({ "kind": "closed", "name": "Secret" });
    let room = house.ask(&ada, "POST rooms", new).await.ok(201);
    let closed = room["room"]["id"].as_str().unwrap();
    let bo = house.account("bo", false).await;
    let post = json!({ "text": "hello", "nonce": "n" });
    for (call, body) in [
        ("PATCH rooms/{}", json!({ "topic": "x" })),
        ("GET rooms/{}/members", json!(null)),
        ("PUT rooms/{}/members/me", json!({})),
        ("DELETE rooms/{}/members/me", json!(null)),
        ("GET rooms/{}/messages", json!(null)),
        ("GET rooms/{}/events", json!(null)),
        ("POST rooms/{}/messages", post),
    ] {
        let mut answers = BTreeSet::new();
        for room in [closed, "no id at all", "0192800000007000800000000000abcd"] {
            let call = call.replace("{}", &room.replace(' ', "%20"));
            let body = (!body.is_null()).then(|| body.clone());
            let reply = house.ask(&bo, &call, body).await;
            assert_eq!(reply.refusal(), (404, "not_found"), "{call}");
            answers.insert(reply.body.to_string());
        }
        assert_eq!(answers.len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_message_is_posted_once_and_read_in_pages() {
    let (house, ada) = House::claimed().await;
    let rooms = house.ask(&ada, "GET rooms", None).await.ok(200);
    let general = rooms["items"][0]["id"].as_str().unwrap().to_owned();
    let messages = format!("POST rooms/{general}/messages");
    let post = |text: &str, nonce: &str| json!({ "text": text, "nonce": nonce });
    let first = house.ask(&ada, &messages, post("one", "n1")).await.ok(201);
    assert_eq!(
        house.ask(&ada, &messages, post("one", "n1")).await.ok(200),
        first
    );
    let reply = house.ask(&ada, &messages, post("two", "n1")).await;
    assert_eq!(reply.refusal(), (409, "nonce_reused"));
    let reply = house.ask(&ada, &messages, post(" ", "a b")).await;
    assert_eq!(reply.refusal(), (422, "text_empty"));
    assert_eq!(
        reply.body["errors"][1],
        json!({ "field": "nonce", "code": "bad_nonce" })
    );
    for n in 2..=5 {
        house
            .ask(&ada, &messages, post("more", &format!("n{n}")))
            .await
            .ok(201);
    }

    let page = async |query: &str| {
        house
            .ask(&ada, &format!("GET rooms/{general}/messages{query}"), None)
            .await
    };
    let newest = page("?limit=2").await.ok(200);
    assert_eq!(
        (
            newest["items"].as_array().unwrap().len(),
            &newest["has_more"]
        ),
        (2, &json!(true))
    );
    assert_eq!(newest["epoch"], house.app.epoch);
    let seq = &first["seq"];
    let around = page(&format!("?around={seq}&limit=2")).await.ok(200);
    assert_eq!(around["has_more"], json!(null));
    assert_eq!(around["has_more_after"], json!(true));
    for bad in [
        "?before=1&after=1",
        "?limit=many",
        "?before=x",
        "?after=-1",
        "?around=1&before=2",
    ] {
        assert_eq!(page(bad).await.refusal(), (400, "bad_request"), "{bad}");
    }

    let events = format!("GET rooms/{general}/events");
    let log = house
        .ask(&ada, &format!("{events}?limit=3"), None)
        .await
        .ok(200);
    let seqs: Vec<_> = log["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["seq"])
        .collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_eq!(log["has_more"], true);
    let end = house
        .ask(&ada, &format!("{events}?after={}", log["head"]), None)
        .await
        .ok(200);
    assert_eq!(
        (&end["events"], &end["has_more"]),
        (&json!([]), &json!(false))
    );
}

#[tokio::test]
async fn people_are_found_by_name_and_by_id() {
    let (house, ada) = House::claimed().await;
    house.account("bo", false).await;
    let found = house.ask(&ada, "GET users?q=bo", None).await.ok(200);
    let bo = found["items"][0]["id"].as_str().unwrap();
    let found = house
        .ask(&ada, &format!("GET users?ids={bo},nobody"), None)
        .await
        .ok(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let many = vec![bo; 51].join(",");
    let reply = house
        .ask(&ada, &format!("GET users?ids={many}"), None)
        .await;
    assert_eq!(reply.refusal(), (400, "bad_request"));
}

#[tokio::test]
async fn owners_look_after_accounts() {
    let (house, ada) = House::claimed().await;
    let bo = house.account("bo", false).await;
    let me = house.ask(&bo, "GET me", None).await.ok(200);
    let id = me["user"]["id"].as_str().unwrap();
    let other = format!("PATCH users/{id}");
    assert_eq!(
        house
            .ask(&bo, &other, json!({ "role": "owner" }))
            .await
            .refusal()
            .0,
        403
    );
    let user = house
        .ask(&ada, &other, json!({ "role": "admin" }))
        .await
        .ok(200);
    assert_eq!(user["user"]["role"], "admin");
    let reply = house
        .ask(&ada, "PATCH users/me", json!({ "disabled": true }))
        .await;
    assert_eq!(reply.refusal(), (409, "last_owner"));

    let password = format!("POST users/{id}/password");
    let reply = house.ask(&ada, &password, json!({ "new": "short" })).await;
    assert_eq!(reply.refusal(), (422, "bad_password"));
    house
        .ask(&ada, &password, json!({ "new": "battery staple" }))
        .await
        .ok(204);
    assert_eq!(
        house.ask(&bo, "GET me", None).await.status,
        401,
        "all their sessions end"
    );
    house
        .ask(&ada, &other, json!({ "disabled": true }))
        .await
        .ok(200);
    let sign_in = json!({ "username": "bo", "password": "battery staple" });
    let reply = house.ask(&Asking::nobody(), "POST sessions", sign_in).await;
    assert_eq!(reply.refusal(), (401, "invalid_credentials"));
}

#[tokio::test]
async fn a_name_changes_five_times_an_hour() {
    let (house, ada) = House::claimed().await;
    for n in 0..5 {
        let name = json!({ "name": format!("Ada {n}") });
        house.ask(&ada, "PATCH me", name.clone()).await.ok(200);
        house.ask(&ada, "PATCH me", name).await.ok(200);
    }
    let reply = house
        .ask(&ada, "PATCH me", json!({ "name": "Ada 6" }))
        .await;
    assert_eq!(reply.refusal(), (429, "rate_limited"));
    assert!(reply.headers.contains_key("retry-after"));
    let reply = house.ask(&ada, "PATCH me", json!({ "name": "" })).await;
    assert_eq!(reply.refusal(), (422, "bad_name"));
    house
        .ask(&ada, "PATCH server", json!({ "name": "Tea House" }))
        .await
        .ok(200);
}

#[tokio::test]
async fn the_state_of_things_is_told_to_who_may_know() {
    let (house, _) = House::claimed().await;
    let near = Asking::nobody();
    house.ask(&near, "GET /livez", None).await.ok(200);
    let ready = house
        .ask(&near.clone().with("host", "probe"), "GET /readyz", None)
        .await
        .ok(200);
    assert_eq!(
        ready["checks"],
        json!({ "read": "ok", "write": "ok", "run": "ok" })
    );
    let metrics = house.ask(&near, "GET /metrics", None).await.ok(200);
    let text = metrics.as_str().unwrap();
    for name in [
        "parlor_build_info{version=",
        "parlor_ws_connections ",
        "parlor_ws_frames_total{direction=\"in\",type=\"post\"} 0",
        "parlor_ws_closes_total{code=\"4504\"}",
        "parlor_ws_behind ",
        "parlor_messages_posted_total{source=\"http\"}",
        "parlor_message_ack_seconds_count ",
        "parlor_db_commit_seconds_bucket{le=",
        "parlor_db_batch_operations_sum ",
        "parlor_db_queue_depth ",
        "parlor_http_requests_total{method=\"GET\",route=\"/livez\",status=\"200\"} 1",
        "parlor_http_request_duration_seconds_count ",
        "parlor_rate_limited_total{bucket=\"attempts\"} 0",
        "process_resident_memory_bytes ",
        "# EOF",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    let far = near.from("192.0.2.1");
    assert_eq!(
        house.ask(&far, "GET /metrics", None).await.refusal(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn behind_a_public_url_metrics_want_a_token_of_their_own() {
    let mut config = Config::listening_on("127.0.0.1:8080".parse().unwrap());
    config.public_url = Some("https://chat.example.org".parse().unwrap());
    config.metrics_token = Some("let me see".to_owned().into());
    let house = House::with(config).await;
    house.account("ada", true).await;
    let near = Asking::nobody().with("host", "chat.example.org");
    assert_eq!(
        house.ask(&near, "GET /metrics", None).await.refusal(),
        (401, "not_signed_in")
    );
    house
        .ask(&near.bearer("let me see"), "GET /metrics", None)
        .await
        .ok(200);
}
