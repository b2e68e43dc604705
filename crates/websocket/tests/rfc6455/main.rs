//! RFC 6455 as a table. Cases are numbered like those of the Autobahn test suite, so that a failure
//! can be looked up there; where that suite allows several behaviours, the table says ours.
//!
//! Each case is heard three times: in one slice, in pieces of seven bytes, byte by byte. The answer
//! is the same, and afterwards the decoder holds nothing.

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod framing;
mod limits;
mod utf8;

use parlor_websocket::Decoder;
use support::{Heard, feed_in_pieces};

/// A number, what the peer sends, and what is heard.
struct Case(&'static str, Vec<u8>, Vec<Heard>);

fn check(cases: &[Case]) {
    for Case(number, bytes, expected) in cases {
        for size in [bytes.len().max(1), 7, 1] {
            let mut decoder = Decoder::default();
            let heard = feed_in_pieces(&mut decoder, bytes, size);
            assert_eq!(&heard, expected, "case {number} in pieces of {size}");
            assert_eq!(decoder.held_bytes(), 0, "case {number} in pieces of {size}");
        }
    }
}

fn broken(violation: parlor_websocket::Violation) -> Vec<Heard> {
    vec![Heard::Broken(violation)]
}
