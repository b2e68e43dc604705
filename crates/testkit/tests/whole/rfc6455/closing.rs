//! Section 7: closing.

use super::bytes::{heard, ping, text};
use super::*;

#[tokio::test]
async fn case_7_1_nothing_is_answered_behind_a_close() {
    let bye = || close(1000, "");
    let closed = || vec![Heard::Closed(1000)];
    let too_big = head(FIN | TEXT, 256 * 1024);
    check(vec![
        case(
            "7.1.1",
            [text("hi"), bye()].concat(),
            vec![heard("hi"), Heard::Closed(1000)],
        ),
        case("7.1.2", [bye(), bye()].concat(), closed()),
        case("7.1.3", [bye(), ping(b"late")].concat(), closed()),
        case("7.1.4", [bye(), text("late")].concat(), closed()),
        case(
            "7.1.5",
            [frame(TEXT, "{"), bye(), frame(FIN, "}")].concat(),
            closed(),
        ),
        case(
            "7.1.6",
            [too_big, bye(), ping(b"late")].concat(),
            vec![Heard::Closed(1009)],
        )
        .ours("256 KiB are over the limit: 1009, by the declared length"),
    ])
    .await;
}

#[tokio::test]
async fn case_7_3_and_7_5_payloads_of_close_frames() {
    let closed = |code| vec![Heard::Closed(code)];
    let not_utf8 = [&1000_u16.to_be_bytes()[..], b"\xce\xba\xed\xa0\x80"].concat();
    check(vec![
        case("7.3.1", frame(FIN | CLOSE, ""), closed(1005))
            .ours("a close without a code is answered by one without"),
        case("7.3.2", frame(FIN | CLOSE, "a"), closed(1002)),
        case("7.3.3", close(1000, ""), closed(1000)),
        case("7.3.4", close(1000, "Hello World!"), closed(1000)),
        case("7.3.5", close(1000, &"*".repeat(123)), closed(1000)),
        case("7.3.6", close(1000, &"*".repeat(124)), closed(1002)),
        case("7.5.1", frame(FIN | CLOSE, not_utf8), closed(1007)),
    ])
    .await;
}

#[tokio::test]
async fn case_7_7_codes_that_may_be_sent_are_answered_in_kind() {
    let good = [
        ("7.7.1", 1000),
        ("7.7.2", 1001),
        ("7.7.3", 1002),
        ("7.7.4", 1003),
        ("7.7.5", 1007),
        ("7.7.6", 1008),
        ("7.7.7", 1009),
        ("7.7.8", 1010),
        ("7.7.9", 1011),
        ("7.7.10", 3000),
        ("7.7.11", 3999),
        ("7.7.12", 4000),
        ("7.7.13", 4999),
    ];
    let cases = good.map(|(number, code)| case(number, close(code, ""), vec![Heard::Closed(code)]));
    check(cases.into()).await;
}

#[tokio::test]
async fn case_7_9_codes_that_may_not_be_sent_close_with_1002() {
    let bad = [
        ("7.9.1", 0),
        ("7.9.2", 999),
        ("7.9.3", 1004),
        ("7.9.4", 1005),
        ("7.9.5", 1006),
        ("7.9.6", 1016),
        ("7.9.7", 1100),
        ("7.9.8", 2000),
        ("7.9.9", 2999),
        ("7.13.1", 5000),
        ("7.13.2", 65_535),
    ];
    let cases = bad.map(|(number, code)| case(number, close(code, ""), vec![Heard::Closed(1002)]));
    check(cases.into()).await;
}
