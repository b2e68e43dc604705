//! Accounts: who may do what to whom, invites, names, and the list of people.

use std::time::Duration;

use parlor_testkit::person::{items, text};
use parlor_testkit::server::password_of;
use parlor_testkit::{Person, TestServer};
use serde_json::{Value, json};

/// A claimed server with an owner, an admin, a member.
async fn staffed() -> (TestServer, Person, Person, Person) {
    let server = TestServer::start().await;
    let (olga, max) = (server.owner("olga").await, server.owner("max").await);
    let ada = server.person("ada").await;
    (server, olga, max, ada)
}

async fn patch(by: &Person, whom: &Person, body: Value) -> (u16, Value) {
    let answer = by.http().patch(&format!("users/{}", whom.id), body).await;
    let body = answer.json();
    (
        answer.status,
        if answer.status == 200 {
            body["user"].clone()
        } else {
            body["code"].clone()
        },
    )
}

#[tokio::test]
async fn an_owner_gives_roles_and_an_admin_rules_over_members_only() {
    let (server, olga, max, ada) = staffed().await;
    let me = |person: &Person| person.http();
    assert_eq!(
        me(&olga).get("me").await.expect(200)["user"]["role"],
        "owner"
    );
    assert_eq!(
        me(&max).get("me").await.expect(200)["user"]["role"],
        "admin"
    );
    let forbidden = (403, json!("forbidden"));
    assert_eq!(
        patch(&ada, &max, json!({"disabled": true})).await,
        forbidden
    );
    assert_eq!(patch(&ada, &ada, json!({"role": "owner"})).await, forbidden);
    assert_eq!(
        patch(&max, &olga, json!({"disabled": true})).await,
        forbidden
    );
    assert_eq!(patch(&max, &ada, json!({"role": "admin"})).await, forbidden);
    assert_eq!(
        patch(&max, &ada, json!({"disabled": true})).await.1["disabled"],
        true
    );
    assert_eq!(patch(&max, &ada, json!({"disabled": false})).await.0, 200);
    assert_eq!(
        patch(&olga, &ada, json!({"role": "admin"})).await.1["role"],
        "admin"
    );
    assert_eq!(
        patch(&max, &ada, json!({"disabled": true})).await,
        forbidden
    );
    let password = json!({"new": password_of("ada")});
    let path = format!("users/{}/password", ada.id);
    me(&max)
        .post(&path, password.clone())
        .await
        .refused(403, "forbidden");
    me(&olga)
        .post(&path, json!({"new": "short"}))
        .await
        .refused(422, "bad_password");
    me(&olga).post(&path, password).await.expect(204);
    server.sign_in("ada", &password_of("ada")).await;
    me(&olga)
        .patch("users/nobody", json!({"role": "admin"}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn the_last_owner_can_be_neither_demoted_nor_disabled() {
    let (_server, olga, max, _ada) = staffed().await;
    let last = (409, json!("last_owner"));
    assert_eq!(patch(&olga, &olga, json!({"role": "member"})).await, last);
    assert_eq!(patch(&olga, &olga, json!({"disabled": true})).await, last);
    assert_eq!(patch(&olga, &max, json!({"role": "owner"})).await.0, 200);
    assert_eq!(patch(&olga, &olga, json!({"role": "member"})).await.0, 200);
    assert_eq!(patch(&max, &max, json!({"role": "admin"})).await, last);
}

#[tokio::test]
async fn an_invite_lets_in_as_many_as_it_says_for_as_long_as_it_says() {
    let (server, olga, max, ada) = staffed().await;
    ada.http()
        .post("invites", json!({}))
        .await
        .refused(403, "forbidden");
    let made = max
        .http()
        .post("invites", json!({"max_uses": 2, "expires_in": 60}))
        .await
        .expect(201);
    let code = text(&made["code"]);
    assert!(
        text(&made["url"]).ends_with(&format!("/invite#{code}")),
        "{made}"
    );
    for bad in [json!({"max_uses": 0}), json!({"max_uses": 10_001})] {
        max.http()
            .post("invites", bad)
            .await
            .refused(422, "bad_uses");
    }
    max.http()
        .post("invites", json!({"expires_in": 0}))
        .await
        .refused(422, "bad_expiry");

    server.sign_up("ben", Some(&code)).await.connect().await;
    let listed = items(&olga.http().get("invites").await.expect(200));
    assert_eq!(
        (&listed[0]["uses"], &listed[0]["max_uses"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&listed[0]["by"]["username"], listed[0].get("code")),
        (&json!("max"), None)
    );
    server.sign_up("cleo", Some(&code)).await;
    let third = json!({"username": "dan", "password": password_of("dan"), "invite": code});
    server
        .http()
        .post("users", third)
        .await
        .refused(403, "invite_needed");

    let made = max
        .http()
        .post("invites", json!({"expires_in": 60}))
        .await
        .expect(201);
    server.clock.advance(Duration::from_secs(61));
    let late = json!({"username": "dan", "password": password_of("dan"), "invite": made["code"]});
    server
        .http()
        .post("users", late)
        .await
        .refused(403, "invite_needed");

    let made = max.http().post("invites", json!({})).await.expect(201);
    max.http()
        .delete(&format!("invites/{}", text(&made["id"])))
        .await
        .expect(204);
    let gone = json!({"username": "dan", "password": password_of("dan"), "invite": made["code"]});
    server
        .http()
        .post("users", gone)
        .await
        .refused(403, "invite_needed");
    max.http()
        .delete("invites/nothing")
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_sign_up_is_judged_by_its_invite_first_and_then_by_every_field() {
    let (server, olga, _max, _ada) = staffed().await;
    let asked = |body: Value| {
        let http = server.http();
        async move { http.post("users", body).await }
    };
    asked(json!({"username": "x", "password": "x"}))
        .await
        .refused(403, "invite_needed");
    let code = text(&olga.http().post("invites", json!({})).await.expect(201)["code"]);
    let bad = json!({"username": "a b", "password": "short", "name": "", "invite": code});
    let problem = asked(bad).await.refused(422, "bad_username");
    let fields: Vec<&Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["field"])
        .collect();
    assert!(
        fields.contains(&&json!("username")) && fields.contains(&&json!("password")),
        "{problem}"
    );
    for username in [
        "me",
        "Parlor",
        "prathmesh",
        "-x",
        "x-",
        "x",
        "adа",
        &"x".repeat(33),
        &"x".repeat(10_000),
    ] {
        let body = json!({"username": username, "password": password_of("x"), "invite": code});
        asked(body).await.refused(422, "bad_username");
    }
    for password in ["", "1234567", "password", "12345678", &"x".repeat(257)] {
        let body = json!({"username": "dan", "password": password, "invite": code});
        asked(body).await.refused(422, "bad_password");
    }
    let taken = json!({"username": "ADA", "password": password_of("x"), "invite": code});
    asked(taken).await.refused(409, "username_taken");
    let good = json!({"username": "Dan.1", "password": password_of("dan"), "name": " Dan ", "invite": code});
    let body = asked(good).await.expect(201);
    assert_eq!(
        (&body["user"]["username"], &body["user"]["name"]),
        (&json!("dan.1"), &json!("Dan"))
    );
    let uses = &items(&olga.http().get("invites").await.expect(200))[0]["uses"];
    assert_eq!(uses, 1, "refusals are not counted");
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike() {
    let (server, ..) = staffed().await;
    let mut answers = Vec::new();
    for (username, password) in [
        ("olga", "not it"),
        ("nobody", "not it"),
        ("a b", "not it"),
        ("prathmesh", "123"),
        ("parlor", "123"),
    ] {
        let body = json!({"username": username, "password": password});
        let answer = server.http().post("sessions", body).await;
        answer.refused(401, "invalid_credentials");
        answers.push(answer.bytes);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let server = TestServer::with().rate_limits().start().await;
    server.owner("olga").await;
    let guess = async |from: &str| {
        let body = json!({"username": "olga", "password": "not her password"});
        server.http().from(from).post("sessions", body).await
    };
    for _ in 0..5 {
        guess("127.0.0.1").await.refused(401, "invalid_credentials");
    }
    let stopped = guess("127.0.0.1").await;
    stopped.refused(429, "too_many_attempts");
    let wait: u64 = stopped.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    guess("127.0.0.2").await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_name_is_changed_five_times_an_hour_at_most() {
    let server = TestServer::with().rate_limits().start().await;
    let ada = server.person("ada").await;
    for bad in ["", " ", "a\nb", &"x".repeat(81), &"x".repeat(10_000)] {
        ada.http()
            .patch("me", json!({"name": bad}))
            .await
            .refused(422, "bad_name");
    }
    for n in 0..5 {
        let name = format!("Ada {n}");
        let body = ada
            .http()
            .patch("me", json!({"name": name}))
            .await
            .expect(200);
        assert_eq!(body["user"]["name"], json!(name));
    }
    let stopped = ada.http().patch("me", json!({"name": "Ada 5"})).await;
    stopped.refused(429, "rate_limited");
    assert_ne!(stopped.header("retry-after"), "");
}

#[tokio::test]
async fn people_are_listed_fifty_a_page_and_found() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for n in 0..60 {
        server.person(&format!("user{n}")).await;
    }
    let first = ada.http().get("users").await.expect(200);
    assert_eq!(
        (items(&first).len(), &first["has_more"]),
        (50, &json!(true))
    );
    let after = text(&items(&first)[49]["id"]);
    let second = ada
        .http()
        .get(&format!("users?after={after}"))
        .await
        .expect(200);
    assert_eq!(
        (items(&second).len(), &second["has_more"]),
        (11, &json!(false))
    );
    let all: Vec<Value> = items(&first).into_iter().chain(items(&second)).collect();
    assert!(all.iter().all(|user| user["username"] != "parlor"));
    let found = items(&ada.http().get("users?q=user59").await.expect(200));
    assert_eq!((found.len(), &found[0]["username"]), (1, &json!("user59")));
    let path = format!("users?ids={},nobody,{}", ada.id, text(&found[0]["id"]));
    assert_eq!(items(&ada.http().get(&path).await.expect(200)).len(), 2);
}

#[tokio::test]
async fn the_server_is_renamed_by_its_owner() {
    let (server, olga, max, ada) = staffed().await;
    for person in [&max, &ada] {
        person
            .http()
            .patch("server", json!({"name": "Mine"}))
            .await
            .refused(403, "forbidden");
    }
    olga.http()
        .patch("server", json!({"name": "a\u{0}b"}))
        .await
        .refused(422, "bad_name");
    let answer = olga
        .http()
        .patch("server", json!({"name": "The Lab"}))
        .await;
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    assert_eq!(
        server.http().get("server").await.expect(200)["name"],
        "The Lab"
    );
    assert_eq!(ada.connect().await.ready["server"]["name"], "The Lab");
}
