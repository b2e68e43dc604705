//! Rooms: making and finding them, getting in and out, and what outsiders cannot tell.

use parlor_testkit::person::{items, text};
use parlor_testkit::{Person, TestServer};
use serde_json::{Value, json};

const NOWHERE: &str = "00000000000000000000000000000001";

#[tokio::test]
async fn a_closed_room_and_no_room_are_answered_with_the_same_bytes() {
    let server = TestServer::start().await;
    let (olga, ada) = (server.owner("olga").await, server.person("ada").await);
    let ben = server.person("ben").await;
    let closed = ada.closed_room("plans", &[]).await;
    let direct = ada.direct_room(&[&ben]).await;
    for outsider in [&server.person("cleo").await, &olga] {
        let asked = async |room: &str| -> Vec<(u16, Vec<u8>)> {
            let http = outsider.http();
            let path = format!("rooms/{room}");
            let answers = [
                http.get(&format!("{path}/messages")).await,
                http.get(&format!("{path}/events")).await,
                http.get(&format!("{path}/members")).await,
                http.patch(&path, json!({"topic": "x"})).await,
                http.put(&format!("{path}/members/me"), json!({})).await,
                http.delete(&format!("{path}/members/me")).await,
                http.put(
                    &format!("{path}/members/{}", ada.id),
                    json!({"role": "owner"}),
                )
                .await,
                http.delete(&format!("{path}/members/{}", ada.id)).await,
                http.post(
                    &format!("{path}/messages"),
                    json!({"text": "x", "nonce": "n"}),
                )
                .await,
            ];
            answers
                .iter()
                .map(|answer| (answer.status, answer.bytes.to_vec()))
                .collect()
        };
        let nowhere = asked(NOWHERE).await;
        assert!(nowhere.iter().all(|(status, _)| *status == 404));
        for room in [closed.as_str(), &direct, "not-even-an-id"] {
            assert_eq!(asked(room).await, nowhere);
        }
        let mut phone = outsider.connect().await;
        for room in [closed.as_str(), NOWHERE] {
            let refused = phone.try_post(room, "x", "n").await;
            assert_eq!(refused["code"], "not_found");
        }
        let mine = items(&outsider.http().get("rooms").await.expect(200));
        let open = items(&outsider.http().get("rooms?scope=open").await.expect(200));
        assert!(
            mine.iter()
                .chain(&open)
                .all(|room| room["id"] != json!(closed))
        );
    }
}

#[tokio::test]
async fn a_room_s_log_begins_with_who_made_it() {
    let server = TestServer::start().await;
    let (ada, ben, cleo) = (
        server.person("ada").await,
        server.person("ben").await,
        server.person("cleo").await,
    );
    let room = ada.closed_room("plans", &[&cleo, &ben]).await;
    let log = ada.log(&room).await;
    assert_eq!(
        (&log[0]["kind"], &log[0]["room_kind"]),
        (&json!("room_created"), &json!("closed"))
    );
    let joined: Vec<(&Value, &Value)> = log[1..]
        .iter()
        .map(|event| (&event["user"]["username"], &event["role"]))
        .collect();
    let (owner, member) = (json!("owner"), json!("member"));
    let names = [json!("ada"), json!("cleo"), json!("ben")];
    assert_eq!(
        joined,
        [
            (&names[0], &owner),
            (&names[1], &member),
            (&names[2], &member)
        ]
    );
    let general = ada.log(&server.general).await;
    assert_eq!(
        (&general[0]["by"]["username"], &general[0]["name"]),
        (&json!("parlor"), &json!("general"))
    );
}

#[tokio::test]
async fn an_open_room_is_found_and_joined() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let design = ada.room("Design talk").await;
    ada.room("code").await;
    let open = |query: &str| {
        let (http, path) = (ben.http(), format!("rooms?scope=open&q={query}"));
        async move { items(&http.get(&path).await.expect(200)) }
    };
    assert_eq!(open("").await.len(), 2);
    let found = open("DESIGN").await;
    assert_eq!(
        (found.len(), &found[0]["id"], found[0].get("read")),
        (1, &json!(design), None)
    );
    assert_eq!(
        (&found[0]["member_count"], &found[0]["head"]),
        (&json!(1), &json!(2))
    );
    ben.join(&design).await;
    ben.join(&design).await;
    assert_eq!(open("").await.len(), 1);
    assert_eq!(ben.place_in(&design).await["member_count"], 2);
    assert_eq!(
        ben.log(&design).await.len(),
        3,
        "joining twice is joining once"
    );
    ben.leave(&design).await;
    ben.leave(&design).await;
    assert_eq!(ben.place_in(&design).await, Value::Null);
}

#[tokio::test]
async fn look_alike_names_are_one_name_and_the_answer_says_whose() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let first = ada.room("Straße").await;
    let make = async |name: &str, kind: &str| {
        ada.http()
            .post("rooms", json!({"name": name, "kind": kind}))
            .await
    };
    for name in ["STRASSE", " straße ", "strasse"] {
        assert_eq!(
            make(name, "open").await.refused(409, "room_exists")["room"],
            json!(first),
            "{name}"
        );
    }
    make("Straße", "closed").await.expect(201);
    make("ＧＥＮＥＲＡＬ", "open")
        .await
        .refused(409, "room_exists");
    let file = ada.room("ﬁle").await;
    let renamed = ada
        .http()
        .patch(&format!("rooms/{first}"), json!({"name": "FILE"}))
        .await;
    assert_eq!(renamed.refused(409, "room_exists")["room"], json!(file));
    ada.http()
        .patch(&format!("rooms/{file}"), json!({"archived": true}))
        .await
        .expect(200);
    make("file", "open").await.refused(409, "room_exists");
    ada.http()
        .patch(&format!("rooms/{first}"), json!({"name": "strasse"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_room_name_has_its_form() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    for bad in [
        "",
        "   ",
        "a\nb",
        "\u{202e}abc",
        "a\u{0}b",
        &"x".repeat(81),
        &"x".repeat(10_000),
    ] {
        let body = json!({"name": bad, "kind": "open"});
        ada.http()
            .post("rooms", body)
            .await
            .refused(422, "bad_room_name");
    }
    let topic = json!({"name": "x", "kind": "open", "topic": "x".repeat(251)});
    ada.http()
        .post("rooms", topic)
        .await
        .refused(422, "bad_topic");
    let body = json!({"name": "  Two  Words é ", "kind": "open", "topic": "x".repeat(250)});
    let room = ada.http().post("rooms", body).await.expect(201);
    assert_eq!(room["room"]["name"], "Two  Words é");
    let strange = json!({"name": "x", "kind": "secret"});
    assert!(matches!(
        ada.http().post("rooms", strange).await.status,
        400 | 422
    ));
}

async fn put(by: &Person, room: &str, who: &Person, role: &str) -> u16 {
    let path = format!("rooms/{room}/members/{}", who.id);
    by.http().put(&path, json!({"role": role})).await.status
}

#[tokio::test]
async fn a_room_s_owner_gives_roles_and_the_longest_member_inherits() {
    let server = TestServer::start().await;
    let (ada, ben, cleo) = (
        server.person("ada").await,
        server.person("ben").await,
        server.person("cleo").await,
    );
    let room = ada.closed_room("plans", &[&ben, &cleo]).await;
    assert_eq!(put(&ben, &room, &ben, "owner").await, 403);
    ben.http()
        .patch(&format!("rooms/{room}"), json!({"topic": "x"}))
        .await
        .refused(403, "forbidden");
    assert_eq!(put(&ada, &room, &cleo, "owner").await, 204);
    assert_eq!(put(&ada, &room, &cleo, "member").await, 204);
    ada.leave(&room).await;
    let log = ben.log(&room).await;
    let [left, inherits] = &log[log.len() - 2..] else {
        panic!("{log:?}")
    };
    assert_eq!(
        (&left["kind"], &inherits["kind"]),
        (&json!("member_left"), &json!("role_changed"))
    );
    assert_eq!(
        (&inherits["user"]["username"], &inherits["by"]["username"]),
        (&json!("ben"), &json!("parlor"))
    );
    assert_eq!(ben.place_in(&room).await["role"], "owner");
    let members = items(
        &ben.http()
            .get(&format!("rooms/{room}/members"))
            .await
            .expect(200),
    );
    assert_eq!(members.len(), 2);
}

#[tokio::test]
async fn a_server_s_admin_looks_after_open_rooms_only() {
    let server = TestServer::start().await;
    let (olga, ada) = (server.owner("olga").await, server.person("ada").await);
    let (open, closed) = (
        ada.room("open").await,
        ada.closed_room("closed", &[&olga]).await,
    );
    let ack = ada.post(&open, "rude", "n").await.expect(201);
    olga.http()
        .patch(&format!("rooms/{open}"), json!({"topic": "kind words"}))
        .await
        .expect(200);
    let mut phone = olga.connect().await;
    let deleted = phone.act("delete", &open, &ack["seq"], json!({})).await;
    assert_eq!(deleted["type"], "ack", "{deleted}");
    olga.http()
        .patch(&format!("rooms/{closed}"), json!({"topic": "x"}))
        .await
        .refused(403, "forbidden");
    assert_eq!(put(&olga, &closed, &olga, "owner").await, 403);
    let ben = server.person("ben").await;
    ben.http()
        .patch(&format!("rooms/{open}"), json!({"topic": "x"}))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn a_direct_room_is_for_ever() {
    let server = TestServer::start().await;
    let (ada, ben, cleo) = (
        server.person("ada").await,
        server.person("ben").await,
        server.person("cleo").await,
    );
    let direct = ada.direct_room(&[&ben]).await;
    assert_eq!(ben.direct_room(&[&ada]).await, direct);
    assert_ne!(ada.direct_room(&[&ben, &cleo]).await, direct);
    let place = ben.place_in(&direct).await;
    assert_eq!(
        (&place["name"], &place["role"]),
        (&Value::Null, &json!("member"))
    );
    assert_eq!(
        (
            &place["with"][0]["id"],
            place["with"].as_array().unwrap().len()
        ),
        (&json!(ada.id), 1)
    );
    let path = format!("rooms/{direct}");
    let http = ada.http();
    http.patch(&path, json!({"name": "x"}))
        .await
        .refused(403, "forbidden");
    http.patch(&path, json!({"archived": true}))
        .await
        .refused(403, "forbidden");
    http.delete(&format!("{path}/members/me"))
        .await
        .refused(403, "forbidden");
    http.put(&format!("{path}/members/{}", cleo.id), json!({}))
        .await
        .refused(403, "forbidden");
    http.delete(&format!("{path}/members/{}", ben.id))
        .await
        .refused(403, "forbidden");
    for alone in [json!([]), json!([ada.id])] {
        let body = json!({"kind": "direct", "members": alone});
        http.post("rooms", body).await.refused(422, "bad_members");
    }
    for nobody in [json!(["nobody"]), json!([&ben.id, NOWHERE])] {
        let body = json!({"kind": "direct", "members": nobody});
        http.post("rooms", body).await.refused(404, "not_found");
    }
    http.post(
        "rooms",
        json!({"kind": "direct", "name": "x", "members": [ben.id]}),
    )
    .await
    .refused(422, "bad_kind");
}

#[tokio::test]
async fn an_archived_room_is_read_and_not_changed() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let room = ada.room("old").await;
    ben.join(&room).await;
    let ack = ben.post(&room, "kept", "1").await.expect(201);
    let path = format!("rooms/{room}");
    ada.http()
        .patch(&path, json!({"archived": true}))
        .await
        .expect(200);
    ben.post(&room, "more", "2")
        .await
        .refused(409, "room_archived");
    let mut phone = ben.connect().await;
    let react = phone
        .act("react", &room, &ack["seq"], json!({"emoji": "👍"}))
        .await;
    assert_eq!(react["code"], "room_archived");
    assert_eq!(ben.history(&room).await["items"][0]["text"], "kept");
    let cleo = server.person("cleo").await;
    let open = items(&cleo.http().get("rooms?scope=open").await.expect(200));
    assert!(
        open.iter().all(|found| found["id"] != json!(room)),
        "nobody could join it"
    );
    let back = ada
        .http()
        .patch(&path, json!({"archived": false}))
        .await
        .expect(200);
    assert_eq!(back["room"]["archived"], false);
    ben.post(&room, "more", "2").await.expect(201);
}

#[tokio::test]
async fn members_of_an_open_room_add_people_and_only_owners_remove_them() {
    let server = TestServer::start().await;
    let (ada, ben, cleo) = (
        server.person("ada").await,
        server.person("ben").await,
        server.person("cleo").await,
    );
    let (open, closed) = (
        ada.room("open").await,
        ada.closed_room("closed", &[&ben]).await,
    );
    ben.join(&open).await;
    ben.add(&open, &cleo).await;
    assert_eq!(put(&ben, &closed, &cleo, "member").await, 403);
    let path = format!("rooms/{open}/members/{}", cleo.id);
    ben.http().delete(&path).await.refused(403, "forbidden");
    ada.http().delete(&path).await.expect(204);
    let nobody = format!("rooms/{open}/members/{NOWHERE}");
    ada.http()
        .put(&nobody, json!({}))
        .await
        .refused(404, "not_found");
    let parlor = format!(
        "rooms/{open}/members/{}",
        text(&ada.log(&server.general).await[0]["by"]["id"])
    );
    ada.http()
        .put(&parlor, json!({}))
        .await
        .refused(404, "not_found");
}
