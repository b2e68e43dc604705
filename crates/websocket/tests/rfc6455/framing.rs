//! Sections 1 to 5: framing, pings, reserved bits, opcodes, fragmentation.

use parlor_websocket::Violation as V;

use crate::support::*;
use crate::{Case, broken, check};

#[test]
fn case_1_texts_of_every_length_encoding_are_heard() {
    let sizes = [0, 1, 7, 124, 125, 126, 127, 128, 1_000, 65_535, 65_536];
    let cases: Vec<Case> = sizes
        .iter()
        .map(|&size| {
            let payload = "*".repeat(size);
            Case("1.1", text(&payload), vec![Heard::Text(payload)])
        })
        .collect();
    check(&cases);
}

#[test]
fn case_1_2_binary_is_not_taken_whatever_its_length() {
    check(&[
        Case("1.2.1", frame(FIN | BINARY, ""), broken(V::Binary)),
        Case("1.2.3", frame(FIN | BINARY, [0xfe; 125]), broken(V::Binary)),
        Case(
            "1.2.6",
            frame(BINARY, vec![0xfe; 65_535]),
            broken(V::Binary),
        ),
    ]);
    assert_eq!(V::Binary.code(), 1003);
}

#[test]
fn case_2_pings_are_heard_and_pongs_are_borne() {
    let ten: Vec<u8> = (0..10).flat_map(|n| ping(&[n])).collect();
    let ten_heard = (0..10).map(|n| Heard::Ping(vec![n])).collect();
    let pong = |payload: &str| frame(FIN | PONG, payload);
    check(&[
        Case("2.1", ping(b""), vec![Heard::Ping(vec![])]),
        Case(
            "2.2",
            ping(b"Hello, world!"),
            vec![Heard::Ping(b"Hello, world!".to_vec())],
        ),
        Case(
            "2.3",
            ping(&[0, 0xff, 0xfe]),
            vec![Heard::Ping(vec![0, 0xff, 0xfe])],
        ),
        Case(
            "2.4",
            ping(&[0xfe; 125]),
            vec![Heard::Ping(vec![0xfe; 125])],
        ),
        Case("2.5", head(FIN | PING, 126), broken(V::OversizedControl)),
        Case("2.7", pong(""), vec![Heard::Pong]),
        Case("2.8", pong("unsolicited"), vec![Heard::Pong]),
        Case(
            "2.9",
            [pong("unsolicited"), ping(b"a")].concat(),
            vec![Heard::Pong, Heard::Ping(b"a".to_vec())],
        ),
        Case("2.10", ten, ten_heard),
    ]);
}

#[test]
fn case_3_reserved_bits_break_the_connection() {
    let hello = || vec![heard("Hello")];
    let with = |bits: u8| [text("Hello"), frame(FIN | TEXT | bits, "x")].concat();
    let then = |violation| [hello(), broken(violation)].concat();
    check(&[
        Case(
            "3.1",
            frame(FIN | TEXT | 0x10, "x"),
            broken(V::ReservedBits),
        ),
        Case("3.2", with(0x20), then(V::ReservedBits)),
        Case("3.3", with(0x30), then(V::ReservedBits)),
        Case("3.4", with(0x40), then(V::ReservedBits)),
        Case(
            "3.5",
            frame(FIN | BINARY | 0x50, "x"),
            broken(V::ReservedBits),
        ),
        Case(
            "3.6",
            frame(FIN | PING | 0x60, "x"),
            broken(V::ReservedBits),
        ),
        Case(
            "3.7",
            frame(FIN | CLOSE | 0x70, ""),
            broken(V::ReservedBits),
        ),
    ]);
    assert_eq!(V::ReservedBits.code(), 1002);
}

#[test]
fn case_4_unknown_opcodes_break_the_connection() {
    for opcode in (3..8).chain(11..16) {
        let bytes = [text("Hello"), frame(FIN | opcode, "x"), ping(b"")].concat();
        let expected = vec![heard("Hello"), Heard::Broken(V::UnknownOpcode(opcode))];
        check(&[Case("4.x", bytes, expected)]);
    }
    assert_eq!(V::UnknownOpcode(3).code(), 1002);
}

#[test]
fn case_5_fragments_make_one_message_and_control_frames_may_stand_between() {
    let first = || frame(TEXT, "fragment1");
    let last = || frame(FIN | CONTINUATION, "fragment2");
    let both = || heard("fragment1fragment2");
    let pinged = || Heard::Ping(b"ping".to_vec());
    check(&[
        Case("5.3", [first(), last()].concat(), vec![both()]),
        Case(
            "5.6",
            [first(), ping(b"ping"), last()].concat(),
            vec![pinged(), both()],
        ),
        Case(
            "5.19",
            [
                first(),
                ping(b"ping"),
                frame(CONTINUATION, "-"),
                frame(FIN | PONG, "pong"),
                ping(b"ping"),
                last(),
            ]
            .concat(),
            vec![
                pinged(),
                Heard::Pong,
                pinged(),
                heard("fragment1-fragment2"),
            ],
        ),
        Case("6.1.2", fragments(&[b"", b"", b""]), vec![heard("")]),
        Case(
            "6.1.3",
            fragments(&[b"", b"middle", b""]),
            vec![heard("middle")],
        ),
        Case(
            "5.close",
            [first(), close(1000, ""), last()].concat(),
            vec![Heard::Close(Some(1000), String::new())],
        ),
    ]);
}

#[test]
fn case_5_fragments_out_of_place_break_the_connection() {
    let stray = || frame(FIN | CONTINUATION, "x");
    check(&[
        Case("5.1", frame(PING, "x"), broken(V::FragmentedControl)),
        Case("5.2", frame(PONG, "x"), broken(V::FragmentedControl)),
        Case(
            "5.9",
            [stray(), text("Hello")].concat(),
            broken(V::StrayContinuation),
        ),
        Case(
            "5.12",
            frame(CONTINUATION, "x"),
            broken(V::StrayContinuation),
        ),
        Case(
            "5.15",
            [fragments(&[b"a", b"b"]), stray()].concat(),
            vec![heard("ab"), Heard::Broken(V::StrayContinuation)],
        ),
        Case(
            "5.18",
            [frame(TEXT, "a"), text("b")].concat(),
            broken(V::InterruptedMessage),
        ),
        Case("5.close", frame(CLOSE, ""), broken(V::FragmentedControl)),
    ]);
}

#[test]
fn frames_that_no_client_may_send_break_the_connection() {
    let unmasked = vec![FIN | TEXT, 2, b'h', b'i'];
    let long = |n: u64| [vec![FIN | TEXT, 0x80 | 127], n.to_be_bytes().to_vec()].concat();
    check(&[
        Case("unmasked", unmasked, broken(V::Unmasked)),
        Case(
            "125 in 16 bits",
            vec![FIN | TEXT, 0x80 | 126, 0, 125],
            broken(V::LengthEncoding),
        ),
        Case("65535 in 64 bits", long(65_535), broken(V::LengthEncoding)),
        Case("highest bit", long(1 << 63), broken(V::LengthEncoding)),
    ]);
}
