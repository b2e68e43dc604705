//! What the socket refuses, and that the peer hears why.

use std::time::Duration;

use parlor_testkit::raw::{BINARY, CLOSE, FIN, PING, PONG, RawSocket, TEXT, head};
use parlor_testkit::{Phone, TestServer};
use serde_json::{Value, json};

const HELLO: &str = r#"{"type":"hello","protocol":1}"#;

/// A server, and a socket that has said hello.
async fn raw() -> (TestServer, RawSocket) {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut socket = RawSocket::open(server.address(), &ada.token).await;
    socket.frame(FIN | TEXT, HELLO.as_bytes()).await;
    let ready = socket.next().await.expect("a ready");
    assert!(ready.1.starts_with(br#"{"type":"ready""#));
    (server, socket)
}

async fn phone() -> (TestServer, Phone) {
    let server = TestServer::start().await;
    let phone = server.person("ada").await.connect().await;
    (server, phone)
}

/// The close code that bytes are answered with.
async fn closes(bytes: &[u8]) -> u16 {
    let (_server, mut socket) = raw().await;
    socket.send(bytes).await;
    socket.close_code().await
}

#[tokio::test]
async fn what_is_not_rfc_6455_closes_with_its_own_code() {
    assert_eq!(closes(&[FIN | TEXT, 2, b'{', b'}']).await, 1002, "unmasked");
    assert_eq!(
        closes(&head(FIN | 0x40 | TEXT, 2)).await,
        1002,
        "a reserved bit"
    );
    assert_eq!(closes(&head(FIN | 3, 2)).await, 1002, "a reserved opcode");
    assert_eq!(closes(&head(PING, 0)).await, 1002, "a fragmented ping");
    assert_eq!(closes(&head(FIN | PING, 126)).await, 1002, "a long ping");
    assert_eq!(
        closes(&head(FIN, 1)).await,
        1002,
        "a continuation of nothing"
    );
    assert_eq!(closes(&head(FIN | BINARY, 2)).await, 1003, "binary");
}

#[tokio::test]
async fn a_message_too_big_is_refused_by_its_declared_length() {
    assert_eq!(closes(&head(FIN | TEXT, 128 * 1024 + 1)).await, 1009);
    assert_eq!(closes(&head(FIN | TEXT, 1 << 40)).await, 1009);
    let (_server, mut socket) = raw().await;
    let padded = format!(
        "{}{}",
        r#"{"type":"ping","id":"big"}"#,
        " ".repeat(128 * 1024 - 26)
    );
    socket.frame(FIN | TEXT, padded.as_bytes()).await;
    assert_eq!(
        socket.next().await.unwrap().1,
        br#"{"type":"pong","id":"big"}"#
    );
}

#[tokio::test]
async fn what_was_sent_behind_a_refused_frame_does_not_swallow_the_close() {
    let (_server, mut socket) = raw().await;
    socket.send(&head(FIN | TEXT, 10 << 20)).await;
    for _ in 0..64 {
        socket.send(&[b'x'; 16 * 1024]).await;
    }
    assert_eq!(socket.close_code().await, 1009);
}

#[tokio::test]
async fn a_message_has_at_most_64_fragments() {
    let (_server, mut socket) = raw().await;
    let text = br#"{"type":"ping","id":"in pieces"}"#;
    socket.frame(TEXT, &text[..1]).await;
    for _ in 0..62 {
        socket.frame(0, b"").await;
    }
    socket.frame(FIN, &text[1..]).await;
    assert_eq!(
        socket.next().await.unwrap().1,
        br#"{"type":"pong","id":"in pieces"}"#
    );

    socket.frame(TEXT, &text[..1]).await;
    for _ in 0..64 {
        socket.frame(0, b"").await;
    }
    assert_eq!(socket.close_code().await, 1008);
}

#[tokio::test]
async fn a_text_that_is_not_utf8_closes_with_1007() {
    for bad in [
        &b"\xff"[..],
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"ab\xe2\x82",
    ] {
        let (_server, mut socket) = raw().await;
        socket.frame(FIN | TEXT, bad).await;
        assert_eq!(socket.close_code().await, 1007, "{bad:?}");
    }
}

#[tokio::test]
async fn pings_of_rfc_6455_and_closes_are_answered_in_kind() {
    let (_server, mut socket) = raw().await;
    socket.frame(FIN | PING, b"are you there").await;
    assert_eq!(
        socket.next().await.unwrap(),
        (PONG, b"are you there".to_vec())
    );
    socket.frame(FIN | CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(socket.close_code().await, 1000);
    assert_eq!(socket.next().await, None);
}

#[tokio::test]
async fn a_malformed_frame_is_refused_and_the_connection_lives() {
    let (server, mut phone) = phone().await;
    let general = &server.general;
    for (text, code, id) in [
        ("{".to_owned(), "bad_frame", Value::Null),
        ("[]".to_owned(), "bad_frame", Value::Null),
        (r#"{"id":"7"}"#.to_owned(), "bad_frame", json!("7")),
        (
            r#"{"type":"dance","id":"8"}"#.to_owned(),
            "unknown_type",
            json!("8"),
        ),
        (
            format!(r#"{{"type":"post","id":"9","room":"{general}","text":"hi"}}"#),
            "bad_frame",
            json!("9"),
        ),
        (
            format!(r#"{{"type":"read","id":"10","room":"{general}","seq":"1"}}"#),
            "bad_frame",
            json!("10"),
        ),
        (
            format!(r#"{{"type":"read","id":"11","room":"{general}","seq":9007199254740992}}"#),
            "bad_frame",
            json!("11"),
        ),
        (r#"{"type":"typing"}"#.to_owned(), "bad_frame", Value::Null),
        (HELLO.to_owned(), "bad_frame", Value::Null),
        (
            format!(r#"{{"type":"post","id":"12","room":"{general}","nonce":"a b","text":"hi"}}"#),
            "bad_frame",
            json!("12"),
        ),
    ] {
        phone.send_text(&text).await;
        let refused = phone.wait("refuse").await;
        assert_eq!(
            (&refused["code"], &refused["id"]),
            (&json!(code), &id),
            "{text}"
        );
        assert!(
            refused["message"].is_string() && refused.get("retry_after_ms").is_none(),
            "{refused}"
        );
    }
    phone.post(general, "still here").await;
}

#[tokio::test]
async fn a_nonce_and_an_id_have_their_bounds() {
    let (server, mut phone) = phone().await;
    let long = "x".repeat(65);
    for nonce in ["", "a b", "é", &long] {
        let refused = phone.try_post(&server.general, "hi", nonce).await;
        assert_eq!(refused["code"], "bad_frame", "{nonce}");
    }
    phone.send(json!({"type": "ping", "id": long})).await;
    let refused = phone.wait("refuse").await;
    assert_eq!(
        (&refused["code"], &refused["id"]),
        (&json!("bad_frame"), &Value::Null)
    );
    phone.post_as(&server.general, "hi", &"x".repeat(64)).await;
}

#[tokio::test]
async fn a_text_is_refused_by_the_name_of_what_is_wrong() {
    let (server, mut phone) = phone().await;
    for (text, code) in [
        ("", "text_empty"),
        (" \n\u{2003}", "text_empty"),
        (&"é".repeat(8 * 1024 + 1), "text_too_long"),
        ("a\r\nb", "bad_text"),
        ("\u{1b}[31m", "bad_text"),
        ("a\u{85}b", "bad_text"),
    ] {
        let refused = phone.try_post(&server.general, text, "n").await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&json!("refuse"), &json!(code)),
            "{text:.9}"
        );
    }
    let verbatim = format!(" \t{}\n", "é".repeat(8 * 1024 - 2));
    phone.post_as(&server.general, &verbatim, "n").await;
    assert_eq!(phone.event(&server.general).await["text"], verbatim);
}

#[tokio::test]
async fn commands_wait_for_hello() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut phone = ada.dial().await;
    for frame in [
        json!({"type": "post", "room": server.general, "nonce": "1", "text": "hi"}),
        json!({"type": "resume", "room": server.general, "after": 0}),
        json!({"type": "read", "room": server.general, "seq": 1}),
    ] {
        assert_eq!(phone.request(frame).await["code"], "hello_first");
    }
    phone.say_hello(Default::default()).await;
    phone.post(&server.general, "hi").await;
    assert_eq!(
        ada.history(&server.general).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn ten_malformed_frames_within_a_minute_end_the_connection() {
    let (_server, mut phone) = phone().await;
    for _ in 0..10 {
        phone.send_text("nonsense").await;
    }
    assert_eq!(phone.expect_close(4500).await.bye["reconnect"], false);
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let server = TestServer::start().await;
    let mut phone = server.person("ada").await.dial().await;
    phone.send(json!({"type": "hello", "protocol": 2})).await;
    phone.expect_close(4505).await;
}

#[tokio::test]
async fn who_says_no_hello_is_let_go() {
    let short = |live: &mut parlor_live::Config| {
        live.hello_wait = Duration::from_millis(50);
        live.sweep = Duration::from_millis(10);
    };
    let server = TestServer::with().live(short).start().await;
    let mut phone = server.person("ada").await.dial().await;
    assert_eq!(phone.expect_close(4002).await.bye["reconnect"], true);
}

#[tokio::test]
async fn a_hello_names_at_most_500_rooms() {
    let server = TestServer::start().await;
    let mut phone = server.person("ada").await.dial().await;
    let rooms = |n: usize| -> Value { (0..n).map(|i| (format!("{i:032x}"), json!(1))).collect() };
    phone
        .send(json!({"type": "hello", "protocol": 1, "rooms": rooms(501)}))
        .await;
    assert_eq!(phone.wait("refuse").await["code"], "bad_frame");
    phone
        .send(json!({"type": "hello", "protocol": 1, "rooms": rooms(500)}))
        .await;
    phone.wait("ready").await;
    for _ in 0..500 {
        assert_eq!(phone.wait("room_removed").await.get("seq"), None);
    }
}

/// Every frame with an id, whole.
fn whole_frames(room: &str) -> Vec<Value> {
    vec![
        json!({"type": "post", "room": room, "nonce": "n", "text": "x", "reply_to": 3}),
        json!({"type": "edit", "room": room, "nonce": "n", "seq": 3, "text": "x"}),
        json!({"type": "delete", "room": room, "nonce": "n", "seq": 3}),
        json!({"type": "react", "room": room, "nonce": "n", "seq": 3, "emoji": "👍"}),
        json!({"type": "unreact", "room": room, "nonce": "n", "seq": 3, "emoji": "👍"}),
        json!({"type": "read", "room": room, "seq": 3}),
        json!({"type": "resume", "room": room, "after": 3}),
    ]
}

#[tokio::test]
async fn each_field_that_is_missing_or_ill_typed_makes_a_frame_bad() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let mut bad = Vec::new();
    for frame in whole_frames(&server.general) {
        let fields: Vec<String> = frame.as_object().unwrap().keys().cloned().collect();
        for field in fields.iter().filter(|field| *field != "type") {
            let mut without = frame.clone();
            without.as_object_mut().unwrap().remove(field);
            if field != "reply_to" {
                bad.push(without);
            }
            let is_text = frame[field].is_string();
            let wrong = [
                json!({}),
                json!([]),
                json!(true),
                if is_text { json!(7) } else { json!("7") },
            ];
            for wrong in wrong.into_iter().chain((!is_text).then(|| json!(-1))) {
                let mut frame = frame.clone();
                frame[field] = wrong;
                bad.push(frame);
            }
        }
    }
    // Nine a connection: the tenth would end it.
    for nine in bad.chunks(9) {
        let mut phone = ada.connect().await;
        for frame in nine {
            let answer = phone.request(frame.clone()).await;
            assert_eq!(
                (&answer["type"], &answer["code"]),
                (&json!("refuse"), &json!("bad_frame")),
                "{frame}"
            );
        }
        phone.settle().await;
    }
    assert_eq!(ada.log(&server.general).await.len(), 2);
}
