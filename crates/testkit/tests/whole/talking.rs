//! People in rooms: what one does, all see, in the same order, and history agrees.

use parlor_testkit::TestServer;
use parlor_testkit::person::items;
use serde_json::{Value, json};

#[tokio::test]
async fn ready_says_who_i_am_and_where() {
    let server = TestServer::start().await;
    let phone = server.person("ada").await.connect().await;
    let ready = &phone.ready;
    assert_eq!(ready["protocol"], 1);
    assert_eq!(
        ready["heartbeat"],
        json!({"interval_ms": 5000, "max_missed": 2})
    );
    assert_eq!(
        ready["limits"],
        json!({"text_bytes": 16384, "frame_bytes": 131_072, "catch_up_events": 1000,
               "hello_rooms": 500, "user_rooms": 1000})
    );
    assert_eq!(ready["epoch"], server.epoch);
    assert_eq!(ready["user"]["username"], "ada");
    let room = &ready["rooms"][0];
    assert_eq!(
        (&room["id"], &room["name"]),
        (&json!(server.general), &json!("general"))
    );
    assert_eq!(
        (&room["kind"], &room["role"]),
        (&json!("open"), &json!("member"))
    );
    assert_eq!(
        (&room["head"], &room["joined"], &room["read"]),
        (&json!(2), &json!(2), &json!(2))
    );
}

#[tokio::test]
async fn what_ada_writes_ben_sees_and_both_agree_with_history() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    let general = &server.general;

    let ack = hers.post(general, "hello @ben").await;
    let event = his.event(general).await;
    assert_eq!(event, hers.event(general).await);
    assert_eq!((&event["seq"], &event["at"]), (&ack["seq"], &ack["at"]));
    assert_eq!(
        (&event["kind"], &event["text"]),
        (&json!("message_posted"), &json!("hello @ben"))
    );
    assert_eq!(
        event["by"],
        json!({"id": ada.id, "username": "ada", "name": "ada"})
    );
    assert_eq!(event["mentions"], json!([ben.id]));
    assert!(ack.get("duplicate").is_none(), "{ack}");

    let reply = json!({"type": "post", "room": general, "nonce": "r", "text": "hi", "reply_to": ack["seq"]});
    assert_eq!(his.request(reply).await["type"], "ack");
    assert_eq!(hers.event(general).await["reply_to"], ack["seq"]);
    let edited = hers
        .act("edit", general, &ack["seq"], json!({"text": "hello, Ben"}))
        .await;
    let reacted = his
        .act("react", general, &ack["seq"], json!({"emoji": "❤"}))
        .await;
    assert_eq!(
        (&edited["type"], &reacted["type"]),
        (&json!("ack"), &json!("ack"))
    );
    let seen: Vec<Value> = [
        his.event(general).await,
        his.event(general).await,
        his.event(general).await,
    ]
    .into();
    assert_eq!(seen[1]["kind"], "message_edited");
    assert_eq!(
        (&seen[2]["emoji"], &seen[2]["target"]),
        (&json!("❤\u{fe0f}"), &ack["seq"])
    );

    let page = ben.history(general).await;
    assert_eq!(
        (&page["as_of"], &page["epoch"]),
        (&reacted["seq"], &json!(server.epoch))
    );
    let message = &page["items"][0];
    assert_eq!(
        (&message["text"], &message["rev"]),
        (&json!("hello, Ben"), &reacted["seq"])
    );
    assert_eq!(message["edited_at"], edited["at"]);
    let heart = json!([{"emoji": "❤\u{fe0f}", "count": 1, "by": [ben.id], "mine": true}]);
    assert_eq!(message["reactions"], heart);
    assert_eq!(page["items"][1]["reply_to"], ack["seq"]);
    assert_eq!(
        ada.history(general).await["items"][0]["reactions"][0]["mine"],
        false
    );

    his.act("unreact", general, &ack["seq"], json!({"emoji": "❤"}))
        .await;
    hers.act("delete", general, &ack["seq"], json!({})).await;
    let gone = &ada.history(general).await["items"][0];
    assert_eq!((&gone["deleted"], gone.get("text")), (&json!(true), None));
}

#[tokio::test]
async fn rooms_are_numbered_each_for_itself() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (design, code) = (ada.room("design").await, ada.room("code").await);
    ben.join(&design).await;
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    for n in 0..5 {
        hers.post(&design, &format!("d{n}")).await;
        hers.post(&code, &format!("c{n}")).await;
    }
    for n in 0..5 {
        let event = his.event(&design).await;
        assert_eq!(
            (&event["seq"], &event["text"]),
            (&json!(4 + n), &json!(format!("d{n}")))
        );
    }
    hers.hold(&code, 7).await;
    assert_eq!(hers.held.events(&code).len(), 5);
    assert_eq!(his.held.cursor(&code), None);
    assert_eq!(ada.log(&design).await.len(), 8);
}

#[tokio::test]
async fn requests_to_one_room_take_effect_in_the_order_sent() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let mut ids = Vec::new();
    for n in 0..100 {
        let text = format!("{n}");
        let post =
            json!({"type": "post", "room": server.general, "nonce": format!("n{n}"), "text": text});
        ids.push(phone.ask(post).await);
    }
    let mut seqs = Vec::new();
    for id in &ids {
        let answer = phone.answer(id).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        seqs.push(answer["seq"].as_u64());
    }
    assert!(seqs.windows(2).all(|two| two[0] < two[1]), "{seqs:?}");
    let page = items(&ada.history(&server.general).await);
    let texts: Vec<String> = page.iter().map(|item| item["text"].to_string()).collect();
    assert_eq!(
        texts,
        (0..100).map(|n| format!("\"{n}\"")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_is_not_there_or_deleted_or_another_s_is_refused() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    let general = &server.general;
    let ack = hers.post(general, "mine").await;
    let seq = &ack["seq"];
    let code = |answer: Value| answer["code"].as_str().unwrap_or_default().to_owned();

    assert_eq!(
        code(his.act("edit", general, seq, json!({"text": "his"})).await),
        "forbidden"
    );
    assert_eq!(
        code(his.act("delete", general, seq, json!({})).await),
        "forbidden"
    );
    for missing in [json!(1), json!(9999)] {
        for verb in ["react", "unreact"] {
            assert_eq!(
                code(
                    his.act(verb, general, &missing, json!({"emoji": "👍"}))
                        .await
                ),
                "not_found"
            );
        }
        assert_eq!(
            code(
                hers.act("edit", general, &missing, json!({"text": "x"}))
                    .await
            ),
            "not_found"
        );
        let reply = json!({"type": "post", "room": general, "nonce": format!("r{missing}"), "text": "x", "reply_to": missing});
        assert_eq!(code(hers.request(reply).await), "not_found");
    }
    assert_eq!(
        code(
            hers.act("react", general, seq, json!({"emoji": "no emoji"}))
                .await
        ),
        "bad_emoji"
    );

    let deleted = hers.act("delete", general, seq, json!({})).await;
    assert_eq!(
        code(hers.act("edit", general, seq, json!({"text": "x"})).await),
        "not_found"
    );
    assert_eq!(
        code(his.act("react", general, seq, json!({"emoji": "👍"})).await),
        "not_found"
    );
    let again = hers.act("delete", general, seq, json!({})).await;
    assert_eq!(
        (&again["type"], &again["seq"]),
        (&json!("ack"), &deleted["seq"])
    );
}

#[tokio::test]
async fn what_changes_nothing_makes_no_event() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let general = &server.general;
    let ack = phone.post(general, "same").await;
    let seq = &ack["seq"];
    let same = phone
        .act("edit", general, seq, json!({"text": "same"}))
        .await;
    assert_eq!((&same["seq"], &same["at"]), (seq, &ack["at"]));
    let first = phone
        .act("react", general, seq, json!({"emoji": "👍"}))
        .await;
    let second = phone
        .act("react", general, seq, json!({"emoji": "👍"}))
        .await;
    assert_eq!(
        (&second["type"], &second["seq"]),
        (&json!("ack"), &first["seq"])
    );
    let none = phone
        .act("unreact", general, seq, json!({"emoji": "👎"}))
        .await;
    assert_eq!(
        (&none["type"], &none["seq"]),
        (&json!("ack"), &first["seq"])
    );
    let path = format!("rooms/{general}");
    server
        .owner("olga")
        .await
        .http()
        .patch(&path, json!({"topic": ""}))
        .await
        .expect(200);
    assert_eq!(
        ada.log(general).await.len(),
        5,
        "made, two joins, a post, a reaction"
    );
}

#[tokio::test]
async fn a_message_has_at_most_fifty_kinds_of_reaction() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.connect().await;
    let seq = phone.post(&server.general, "react!").await["seq"].clone();
    let emoji = ('🍇'..='🎓').map(|c| c.to_string());
    let mut kinds = 0;
    for emoji in emoji {
        let answer = phone
            .act("react", &server.general, &seq, json!({"emoji": emoji}))
            .await;
        match (answer["type"].as_str(), answer["code"].as_str()) {
            (Some("ack"), _) => kinds += 1,
            (_, Some("bad_emoji")) => {}
            (_, Some("too_many_reactions")) => break,
            _ => panic!("{answer}"),
        }
    }
    assert_eq!(kinds, 50);
}

#[tokio::test]
async fn who_is_typing_is_seen_by_the_others_and_stored_nowhere() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    hers.send(json!({"type": "typing", "room": "no room of mine"}))
        .await;
    hers.send(json!({"type": "typing", "room": server.general}))
        .await;
    let signal = his.wait("signal").await;
    assert_eq!(
        signal,
        json!({"type": "signal", "kind": "typing", "room": server.general, "user": ada.id})
    );
    hers.settle().await;
    assert_eq!(hers.unread().count(), 0, "it is no news to who writes");
    assert_eq!(ada.log(&server.general).await.len(), 3);
}

#[tokio::test]
async fn a_new_name_is_told_and_events_keep_the_old_one() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let (mut hers, mut his) = (ada.connect().await, ben.connect().await);
    hers.post(&server.general, "before").await;
    ada.http()
        .patch("me", json!({"name": "Ada Lovelace"}))
        .await
        .expect(200);
    assert_eq!(
        his.wait("user_updated").await["user"]["name"],
        "Ada Lovelace"
    );
    hers.post(&server.general, "after").await;
    assert_eq!(his.event(&server.general).await["by"]["name"], "ada");
    assert_eq!(
        his.event(&server.general).await["by"]["name"],
        "Ada Lovelace"
    );
    assert_eq!(ben.log(&server.general).await[3]["by"]["name"], "ada");
    assert_eq!(
        ben.history(&server.general).await["items"][0]["by"]["name"],
        "Ada Lovelace"
    );
}

#[tokio::test]
async fn posting_over_http_is_seen_on_the_socket() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let mut his = ben.connect().await;
    let posted = ada.post(&server.general, "by curl", "n").await.expect(201);
    let event = his.event(&server.general).await;
    assert_eq!(
        (&event["seq"], &event["nonce"]),
        (&posted["seq"], &json!("n"))
    );
}
