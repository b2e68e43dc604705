//! Section 6: UTF-8, across fragments and as early as can be.

use parlor_websocket::{Decoder, Violation as V};

use crate::support::*;
use crate::{Case, broken, check};

#[test]
fn case_6_valid_text_is_heard_however_it_is_cut() {
    let word = "Hello-µ@ßöäüàá-UTF-8!!";
    let greek = "κόσμε";
    let edges =
        "\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10000}\u{10ffff}";
    for sample in [word, greek, edges, "\u{feff}bom", "👩‍👩‍👧"] {
        let bytes: Vec<&[u8]> = sample.as_bytes().chunks(1).collect();
        check(&[
            Case("6.2.1", text(sample), vec![heard(sample)]),
            Case("6.2.3", fragments(&bytes), vec![heard(sample)]),
        ]);
        for cut in 0..=sample.len() {
            let (front, back) = sample.as_bytes().split_at(cut);
            check(&[Case(
                "6.2.2",
                fragments(&[front, back]),
                vec![heard(sample)],
            )]);
        }
    }
}

#[test]
fn case_6_invalid_text_is_refused_whole_and_cut() {
    let samples: &[(&str, &[u8])] = &[
        (
            "6.3.1",
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        ),
        ("6.6.1", b"\xce"),
        ("6.6.3", b"\xce\xba\xe1"),
        ("6.8.1", b"\xf8\x88\x80\x80\x80"),
        ("6.8.2", b"\xfc\x84\x80\x80\x80\x80"),
        ("6.10.1", b"\xf7\xbf\xbf\xbf"),
        ("6.11.5", b"\xf4\x90\x80\x80"),
        ("6.12.1", b"\x80"),
        ("6.12.2", b"\xbf"),
        ("6.13.1", b"\xc0 \xc1 "),
        ("6.14.1", b"\xc0"),
        ("6.14.6", b"\xdf"),
        ("6.15.1", b"\xc0\xe0\x80\xf0\x80\x80"),
        ("6.16.1", b"\xfe"),
        ("6.17.1", b"\xc0\xaf"),
        ("6.18.1", b"\xc1\xbf"),
        ("6.18.3", b"\xf0\x8f\xbf\xbf"),
        ("6.19.5", b"\xf0\x80\x80\x80"),
        ("6.20.1", b"\xed\xa0\x80"),
        ("6.21.1", b"\xed\xa0\x80\xed\xb0\x80"),
    ];
    for (number, bytes) in samples {
        let cut: Vec<&[u8]> = bytes.chunks(1).collect();
        check(&[
            Case(number, frame(FIN | TEXT, bytes), broken(V::InvalidUtf8)),
            Case(number, fragments(&cut), broken(V::InvalidUtf8)),
        ]);
    }
    assert_eq!(V::InvalidUtf8.code(), 1007);
}

/// The bytes that make it invalid are enough: the rest of the frame or message need not come.
#[test]
fn case_6_4_invalid_text_is_refused_at_its_first_bad_byte() {
    let valid = "κόσμε".as_bytes();
    let bad = b"\xf4\x90";
    let one_frame = frame(FIN | TEXT, [valid, bad, b"\x80\x80edited"].concat());
    let head = 6 + valid.len();
    let mut decoder = Decoder::default();
    assert_eq!(feed(&mut decoder, &one_frame[..=head]), vec![]);
    assert_eq!(
        feed(&mut decoder, &one_frame[head + 1..head + 2]),
        broken(V::InvalidUtf8)
    );

    let mut decoder = Decoder::default();
    assert_eq!(feed(&mut decoder, &frame(TEXT, valid)), vec![]);
    assert_eq!(
        feed(&mut decoder, &frame(CONTINUATION, bad)),
        broken(V::InvalidUtf8)
    );
    assert_eq!(decoder.held_bytes(), 0);
}

#[test]
fn a_character_cut_by_the_end_of_its_message_is_invalid() {
    let cut = fragments(&[b"a", b"\xe1\xbd", b""]);
    let next = [cut, text("after")].concat();
    check(&[Case("6.6", next, broken(V::InvalidUtf8))]);
}
