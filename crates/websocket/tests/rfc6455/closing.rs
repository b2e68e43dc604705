//! Section 7: closing.

use parlor_websocket::{Decoder, Violation as V, close::may_be_sent};

use crate::support::*;
use crate::{Case, broken, check};

fn closed(code: u16, reason: &str) -> Vec<Heard> {
    vec![Heard::Close(Some(code), reason.to_owned())]
}

#[test]
fn case_7_1_nothing_is_heard_behind_a_close() {
    let bye = || close(1000, "");
    check(&[
        Case(
            "7.1.1",
            [text("hi"), bye()].concat(),
            [vec![heard("hi")], closed(1000, "")].concat(),
        ),
        Case("7.1.2", [bye(), bye()].concat(), closed(1000, "")),
        Case("7.1.3", [bye(), ping(b"x")].concat(), closed(1000, "")),
        Case("7.1.4", [bye(), text("late")].concat(), closed(1000, "")),
        Case(
            "7.1.5",
            [frame(TEXT, "a"), bye(), text("b")].concat(),
            closed(1000, ""),
        ),
        Case(
            "7.1.6",
            [bye(), vec![0xff; 4096]].concat(),
            closed(1000, ""),
        ),
    ]);
}

#[test]
fn what_comes_behind_a_close_is_still_counted() {
    let mut decoder = Decoder::default();
    let bytes = [close(1000, ""), vec![0; 100]].concat();
    feed(&mut decoder, &bytes);
    assert_eq!(decoder.counts().bytes, 108);
    assert!(decoder.is_finished());
}

#[test]
fn case_7_3_payloads_of_close_frames() {
    let longest = "*".repeat(123);
    check(&[
        Case(
            "7.3.1",
            frame(FIN | CLOSE, ""),
            vec![Heard::Close(None, String::new())],
        ),
        Case("7.3.2", frame(FIN | CLOSE, "a"), broken(V::CutCloseCode)),
        Case("7.3.3", close(1000, ""), closed(1000, "")),
        Case(
            "7.3.4",
            close(1000, "Hello World!"),
            closed(1000, "Hello World!"),
        ),
        Case("7.3.5", close(1000, &longest), closed(1000, &longest)),
        Case(
            "7.3.6",
            close(1000, &"*".repeat(124)),
            broken(V::OversizedControl),
        ),
    ]);
}

#[test]
fn case_7_5_a_reason_is_utf_8() {
    let bytes = [&1000_u16.to_be_bytes()[..], b"\xce\xba\xed\xa0\x80"].concat();
    check(&[Case(
        "7.5.1",
        frame(FIN | CLOSE, bytes),
        broken(V::InvalidUtf8),
    )]);
}

#[test]
fn case_7_7_codes_that_may_be_sent_are_heard() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        check(&[Case("7.7", close(code, ""), closed(code, ""))]);
    }
}

#[test]
fn case_7_9_codes_that_may_not_be_sent_break_the_connection() {
    let bad = [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ];
    for code in bad {
        check(&[Case("7.9", close(code, ""), broken(V::CloseCode(code)))]);
        assert!(!may_be_sent(code));
    }
    assert_eq!(V::CloseCode(5).code(), 1002);
}
