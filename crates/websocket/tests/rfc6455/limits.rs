//! Section 9: limits and what is held while a message is incomplete.

use parlor_websocket::decode::{MAX_FRAGMENTS, MAX_MESSAGE_BYTES, OVERHEAD_BYTES};
use parlor_websocket::{Counts, Decoder, Limits, Violation as V};

use crate::support::*;
use crate::{Case, broken, check};

#[test]
fn case_9_1_a_message_of_the_limit_is_heard_in_any_pieces() {
    let payload = "x".repeat(MAX_MESSAGE_BYTES as usize);
    let bytes = text(&payload);
    for size in [bytes.len(), 16_384, 1_000, 1] {
        let mut decoder = Decoder::default();
        let mut heard = Vec::new();
        for piece in bytes.chunks(size) {
            heard.extend(feed(&mut decoder, piece));
            assert!(decoder.held_bytes() <= MAX_MESSAGE_BYTES as usize + OVERHEAD_BYTES);
        }
        assert_eq!(heard, vec![Heard::Text(payload.clone())]);
        assert_eq!(decoder.held_bytes(), 0);
    }
}

#[test]
fn case_9_2_a_message_over_the_limit_is_refused_by_its_declared_length() {
    let limit = u64::from(MAX_MESSAGE_BYTES);
    let almost = frame(TEXT, vec![b'x'; limit as usize - 1]);
    check(&[
        Case("9.1.6", head(FIN | TEXT, limit + 1), broken(V::TooBig)),
        Case("9.1.6", head(FIN | TEXT, 16 << 20), broken(V::TooBig)),
        Case("9.1.6", head(FIN | TEXT, (1 << 63) - 1), broken(V::TooBig)),
        Case(
            "9.3.9",
            [almost, head(CONTINUATION, 2)].concat(),
            broken(V::TooBig),
        ),
    ]);
    // Ten bytes of head suffice: not even the mask is waited for.
    let mut decoder = Decoder::default();
    assert_eq!(
        feed(&mut decoder, &head(FIN | TEXT, limit + 1)[..10]),
        broken(V::TooBig)
    );
    assert_eq!(V::TooBig.code(), 1009);
}

#[test]
fn case_9_3_a_message_may_have_64_fragments_and_no_more() {
    let parts = |n: u32| vec![&b"x"[..]; n as usize];
    let whole = "x".repeat(MAX_FRAGMENTS as usize);
    let over = fragments(&parts(MAX_FRAGMENTS + 1));
    check(&[
        Case(
            "9.3.1",
            fragments(&parts(MAX_FRAGMENTS)),
            vec![heard(&whole)],
        ),
        Case("9.3.2", over, broken(V::TooManyFragments)),
    ]);
    assert_eq!(V::TooManyFragments.code(), 1008);
}

#[test]
fn pings_between_fragments_are_no_fragments() {
    let mut bytes = frame(TEXT, "a");
    for _ in 0..100 {
        bytes.extend(ping(b"still here"));
    }
    bytes.extend(frame(FIN | CONTINUATION, "b"));
    let mut decoder = Decoder::default();
    let heard_all = feed(&mut decoder, &bytes);
    assert_eq!(heard_all.len(), 101);
    assert_eq!(heard_all[100], heard("ab"));
    assert_eq!(
        decoder.counts(),
        Counts {
            bytes: bytes.len() as u64,
            frames: 102
        }
    );
}

#[test]
fn a_flood_that_yields_nothing_is_counted() {
    let mut decoder = Decoder::new(Limits {
        fragments: u32::MAX,
        ..Limits::default()
    });
    let mut flood = frame(TEXT, "");
    for _ in 1..10_000 {
        flood.extend(frame(CONTINUATION, ""));
    }
    assert_eq!(feed(&mut decoder, &flood), vec![]);
    assert_eq!(
        decoder.counts(),
        Counts {
            bytes: 60_000,
            frames: 10_000
        }
    );
    assert!(decoder.held_bytes() <= OVERHEAD_BYTES);
}

#[test]
fn a_declared_length_reserves_nothing() {
    let mut decoder = Decoder::default();
    feed(
        &mut decoder,
        &head(FIN | TEXT, u64::from(MAX_MESSAGE_BYTES)),
    );
    assert!(decoder.held_bytes() <= OVERHEAD_BYTES);
    feed(&mut decoder, &[0; 1000]);
    assert!(decoder.held_bytes() <= 2_000 + OVERHEAD_BYTES);
}

#[test]
fn limits_can_be_set() {
    let mut decoder = Decoder::new(Limits {
        message_bytes: 3,
        fragments: 1,
    });
    assert_eq!(feed(&mut decoder, &text("abc")), vec![heard("abc")]);
    assert_eq!(feed(&mut decoder, &text("abcd")), broken(V::TooBig));
    assert_eq!(
        feed(&mut decoder, &text("abc")),
        vec![],
        "nothing is read any more"
    );
}

#[test]
fn a_decoder_is_small() {
    assert!(size_of::<Decoder>() <= 48, "{}", size_of::<Decoder>());
}
