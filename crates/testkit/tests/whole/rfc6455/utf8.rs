//! Section 6: UTF-8, across fragments and as early as can be.

use super::bytes::{fragments, heard, request};
use super::*;

/// Sequences that are not UTF-8, by the number of the case they are of.
const INVALID: &[(&str, &[u8])] = &[
    (
        "6.3.1",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    ),
    ("6.6.1", b"\xce"),
    ("6.6.3", b"\xce\xba\xe1"),
    ("6.6.4", b"\xce\xba\xe1\xbd"),
    ("6.8.1", b"\xf8\x88\x80\x80\x80"),
    ("6.8.2", b"\xfc\x84\x80\x80\x80\x80"),
    ("6.10.1", b"\xf7\xbf\xbf\xbf"),
    ("6.10.2", b"\xfb\xbf\xbf\xbf\xbf"),
    ("6.10.3", b"\xfd\xbf\xbf\xbf\xbf\xbf"),
    ("6.11.5", b"\xf4\x90\x80\x80"),
    ("6.12.1", b"\x80"),
    ("6.12.2", b"\xbf"),
    ("6.12.3", b"\x80\xbf"),
    (
        "6.12.8",
        b"\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f",
    ),
    ("6.13.1", b"\xc0 \xc1 \xc2 \xc3 "),
    ("6.13.2", b"\xe0 \xe1 \xe2 \xe3 "),
    ("6.13.3", b"\xf0 \xf1 \xf2 \xf3 "),
    ("6.13.4", b"\xf8 \xf9 \xfa \xfb "),
    ("6.13.5", b"\xfc \xfd "),
    ("6.14.1", b"\xc0"),
    ("6.14.2", b"\xe0\x80"),
    ("6.14.3", b"\xf0\x80\x80"),
    ("6.14.6", b"\xdf"),
    ("6.14.7", b"\xef\xbf"),
    ("6.14.8", b"\xf7\xbf\xbf"),
    (
        "6.15.1",
        b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\xdf\xef\xbf",
    ),
    ("6.16.1", b"\xfe"),
    ("6.16.2", b"\xff"),
    ("6.16.3", b"\xfe\xfe\xff\xff"),
    ("6.17.1", b"\xc0\xaf"),
    ("6.17.2", b"\xe0\x80\xaf"),
    ("6.17.3", b"\xf0\x80\x80\xaf"),
    ("6.17.4", b"\xf8\x80\x80\x80\xaf"),
    ("6.17.5", b"\xfc\x80\x80\x80\x80\xaf"),
    ("6.18.1", b"\xc1\xbf"),
    ("6.18.2", b"\xe0\x9f\xbf"),
    ("6.18.3", b"\xf0\x8f\xbf\xbf"),
    ("6.18.4", b"\xf8\x87\xbf\xbf\xbf"),
    ("6.18.5", b"\xfc\x83\xbf\xbf\xbf\xbf"),
    ("6.19.1", b"\xc0\x80"),
    ("6.19.2", b"\xe0\x80\x80"),
    ("6.19.3", b"\xf0\x80\x80\x80"),
    ("6.20.1", b"\xed\xa0\x80"),
    ("6.20.2", b"\xed\xad\xbf"),
    ("6.20.3", b"\xed\xae\x80"),
    ("6.20.7", b"\xed\xbf\xbf"),
    ("6.21.1", b"\xed\xa0\x80\xed\xb0\x80"),
    ("6.21.8", b"\xed\xaf\xbf\xed\xbf\xbf"),
];

/// Edges of what is UTF-8.
const VALID: &[(&str, &str)] = &[
    ("6.2.1", "Hello-µ@ßöäüàá-UTF-8!!"),
    ("6.5.1", "κόσμε"),
    ("6.7.1", "\u{80}"),
    ("6.7.3", "\u{800}"),
    ("6.7.4", "\u{10000}"),
    ("6.9.1", "\u{7f}"),
    ("6.9.2", "\u{7ff}"),
    ("6.9.3", "\u{ffff}"),
    ("6.9.4", "\u{10ffff}"),
    ("6.11.1", "\u{d7ff}"),
    ("6.11.2", "\u{e000}"),
    ("6.11.3", "\u{fffd}"),
    ("6.22.1", "\u{fffe}"),
    ("6.23.1", "\u{fff9}\u{fffa}\u{fffb}\u{fffc}\u{fffd}\u{feff}"),
];

#[tokio::test]
async fn case_6_valid_text_arrives_however_it_is_cut() {
    let mut cases = Vec::new();
    for (number, id) in VALID {
        let whole = request(id, 0);
        cases.push(case(number, frame(FIN | TEXT, &whole), vec![heard(id)]));
        // 63 fragments at most: the limit is 64.
        let size = whole.len().div_ceil(60).max(1);
        let cut = fragments(whole.as_bytes(), size);
        cases.push(case(number, cut, vec![heard(id)]));
    }
    check(cases).await;
}

#[tokio::test]
async fn case_6_invalid_text_closes_with_1007_whole_and_cut() {
    let mut cases = Vec::new();
    for (number, bytes) in INVALID {
        let closed = || vec![Heard::Closed(1007)];
        cases.push(case(number, frame(FIN | TEXT, bytes), closed()));
        cases.push(case(number, fragments(bytes, 1), closed()));
    }
    check(cases).await;
}

/// The bytes that make it invalid are enough: the rest of the frame or the message need not come.
#[tokio::test]
async fn case_6_4_invalid_text_closes_at_its_first_bad_byte() {
    let valid = "κόσμε".as_bytes();
    let bad = b"\xf4\x90\x80\x80";
    let whole = [valid, bad, b"edited"].concat();
    let one = frame(FIN | TEXT, &whole);
    let cut = one.len() - b"\x80\x80edited".len();
    let closed = || vec![Heard::Closed(1007)];
    check(vec![
        case(
            "6.4.1",
            [frame(TEXT, valid), frame(0, bad)].concat(),
            closed(),
        ),
        case(
            "6.4.2",
            [frame(TEXT, valid), frame(0, &bad[..2])].concat(),
            closed(),
        ),
        case("6.4.3", one[..cut].to_vec(), closed()),
    ])
    .await;
}
