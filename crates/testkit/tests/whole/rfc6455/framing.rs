//! Sections 1 to 5: framing, pings, reserved bits, opcodes, fragmentation.

use super::bytes::{fragments, heard, ping, request, text};
use super::*;

/// A text that is refused, which is answered before a close that is due in the same moment. (A pong may
/// not be: the suite calls that non-strict.)
const NO_REQUEST: &str = r#"{"type":"dance"}"#;

fn before() -> Vec<u8> {
    frame(FIN | TEXT, NO_REQUEST)
}

#[tokio::test]
async fn case_1_texts_of_every_length_arrive_and_binary_is_refused() {
    let whole = |length| frame(FIN | TEXT, request("x", length));
    let binary = |length| frame(FIN | BINARY, vec![0xfe; length]);
    let no_binary = "the contract is text alone: 1003";
    check(vec![
        case("1.1.1", frame(FIN | TEXT, ""), vec![Heard::Refused])
            .ours("an empty text is no request: refused, and the connection lives"),
        case("1.1.2", whole(125), vec![heard("x")]),
        case("1.1.3", whole(126), vec![heard("x")]),
        case("1.1.4", whole(127), vec![heard("x")]),
        case("1.1.5", whole(128), vec![heard("x")]),
        case("1.1.6", whole(65_535), vec![heard("x")]),
        case("1.1.7", whole(65_536), vec![heard("x")]),
        // In pieces of 997 bytes, as every long case is.
        case("1.1.8", whole(65_536), vec![heard("x")]),
        case("1.2.1", binary(0), vec![Heard::Closed(1003)]).ours(no_binary),
        case("1.2.2", binary(125), vec![Heard::Closed(1003)]).ours(no_binary),
        case("1.2.5", binary(128), vec![Heard::Closed(1003)]).ours(no_binary),
        case("1.2.7", binary(65_536), vec![Heard::Closed(1003)]).ours(no_binary),
    ])
    .await;
}

#[tokio::test]
async fn case_2_pings_are_answered_and_pongs_are_borne() {
    let pong = |payload: &str| frame(FIN | PONG, payload);
    let bytes = [0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    check(vec![
        case("2.1", ping(b""), vec![pong_of(b"")]),
        case(
            "2.2",
            ping(b"Hello, world!"),
            vec![pong_of(b"Hello, world!")],
        ),
        case("2.3", ping(&bytes), vec![pong_of(&bytes)]),
        case("2.4", ping(&[0xfe; 125]), vec![pong_of(&[0xfe; 125])]),
        case(
            "2.5",
            frame(FIN | PING, [0xfe; 126]),
            vec![Heard::Closed(1002)],
        ),
        case("2.6", ping(&[0xfe; 125]), vec![pong_of(&[0xfe; 125])]),
        case("2.7", pong(""), vec![]),
        case("2.8", pong("unsolicited pong payload"), vec![]),
        case(
            "2.9",
            [pong("unsolicited pong payload"), ping(b"ping payload")].concat(),
            vec![pong_of(b"ping payload")],
        ),
    ])
    .await;
}

/// Of several unanswered pings the newest may be the only one that is answered (5.5.3), and here it is.
#[tokio::test]
async fn case_2_10_of_ten_pings_the_last_is_answered() {
    let server = TestServer::start().await;
    let ada = server.person("ada").await;
    let sent: Vec<u8> = (0..10).flat_map(|n| ping(&[n])).collect();
    for (number, piece) in [("2.10", sent.len()), ("2.11", 1)] {
        let case = case(number, sent.clone(), vec![]);
        let heard = hear(&ada, &server, &case, piece).await;
        assert!((1..=10).contains(&heard.len()), "{heard:?}");
        assert_eq!(heard.last(), Some(&pong_of(&[9])), "{heard:?}");
    }
}

#[tokio::test]
async fn case_3_reserved_bits_close_with_1002() {
    let behind = |first: u8| [before(), frame(first, "x"), ping(b"")].concat();
    let then = || vec![Heard::Refused, Heard::Closed(1002)];
    check(vec![
        case(
            "3.1",
            frame(FIN | TEXT | 0x10, "x"),
            vec![Heard::Closed(1002)],
        ),
        case("3.2", behind(FIN | TEXT | 0x20), then()),
        case("3.3", behind(FIN | TEXT | 0x30), then()),
        case("3.4", behind(FIN | TEXT | 0x40), then()),
        case(
            "3.5",
            frame(FIN | BINARY | 0x50, "x"),
            vec![Heard::Closed(1002)],
        ),
        case(
            "3.6",
            frame(FIN | PING | 0x60, "x"),
            vec![Heard::Closed(1002)],
        ),
        case(
            "3.7",
            frame(FIN | CLOSE | 0x70, ""),
            vec![Heard::Closed(1002)],
        ),
    ])
    .await;
}

#[tokio::test]
async fn case_4_unknown_opcodes_close_with_1002() {
    let numbers = [
        ("4.1.1", 3),
        ("4.1.2", 4),
        ("4.1.3", 5),
        ("4.1.4", 6),
        ("4.1.5", 7),
        ("4.2.1", 11),
        ("4.2.2", 12),
        ("4.2.3", 13),
        ("4.2.4", 14),
        ("4.2.5", 15),
    ];
    let cases = numbers.map(|(number, opcode)| {
        let sent = [before(), frame(FIN | opcode, "x"), ping(b"")].concat();
        case(number, sent, vec![Heard::Refused, Heard::Closed(1002)])
    });
    check(cases.into()).await;
}

#[tokio::test]
async fn case_5_fragments_make_one_message_and_control_frames_may_stand_between() {
    let whole = request("in two", 0);
    let (front, back) = whole.as_bytes().split_at(whole.len() / 2);
    let first = || frame(TEXT, front);
    let last = || frame(FIN, back);
    let between = |middle: Vec<u8>| [first(), middle, last()].concat();
    let many = [
        first(),
        ping(b"one"),
        frame(0, ""),
        frame(FIN | PONG, "pong"),
        last(),
    ];
    check(vec![
        case("5.3", between(vec![]), vec![heard("in two")]),
        case(
            "5.6",
            between(ping(b"ping")),
            vec![pong_of(b"ping"), heard("in two")],
        ),
        case(
            "5.19",
            many.concat(),
            vec![pong_of(b"one"), heard("in two")],
        ),
        case(
            "6.1.2",
            fragments(whole.as_bytes(), whole.len()),
            vec![heard("in two")],
        ),
        case(
            "5.20",
            [frame(TEXT, ""), frame(0, ""), frame(FIN, &whole)].concat(),
            vec![heard("in two")],
        ),
        case(
            "5.fragments",
            fragments(whole.as_bytes(), 1),
            vec![heard("in two")],
        ),
    ])
    .await;
}

#[tokio::test]
async fn case_5_fragments_out_of_place_close_with_1002() {
    let stray = |fin: u8| frame(fin, "x");
    let broken = || vec![Heard::Closed(1002)];
    let after = || vec![Heard::Refused, Heard::Closed(1002)];
    check(vec![
        case(
            "5.1",
            [frame(PING, "x"), frame(FIN, "y")].concat(),
            broken(),
        ),
        case(
            "5.2",
            [frame(PONG, "x"), frame(FIN, "y")].concat(),
            broken(),
        ),
        case("5.9", [stray(FIN), text("after")].concat(), broken()),
        case("5.10", [before(), stray(FIN)].concat(), after()),
        case("5.12", [stray(0), text("after")].concat(), broken()),
        case(
            "5.15",
            [fragments(NO_REQUEST.as_bytes(), 9), stray(0)].concat(),
            after(),
        ),
        case(
            "5.18",
            [frame(TEXT, "{"), frame(FIN | TEXT, "}")].concat(),
            broken(),
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_no_client_may_send_closes_with_1002() {
    let long = |n: u64| [vec![FIN | TEXT, 0x80 | 127], n.to_be_bytes().to_vec()].concat();
    let broken = || vec![Heard::Closed(1002)];
    check(vec![
        case("unmasked (5.1)", vec![FIN | TEXT, 2, b'{', b'}'], broken()),
        case(
            "125 in 16 bits (5.2)",
            vec![FIN | TEXT, 0x80 | 126, 0, 125],
            broken(),
        ),
        case("65535 in 64 bits (5.2)", long(65_535), broken()),
        case("the highest bit (5.2)", long(1 << 63), broken()),
    ])
    .await;
}
