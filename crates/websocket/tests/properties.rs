//! Laws of the decoder and the outbox, tried on streams and sockets made by chance.

mod support;

use std::cell::{Cell, RefCell};
use std::io;

use parlor_websocket::decode::{MAX_MESSAGE_BYTES, OVERHEAD_BYTES};
use parlor_websocket::{Batch, Decoder, Flushed, Frame, Outbox, Sent, TryWrite};
use proptest::prelude::*;
use support::*;

/// A frame or fragmented message of a well-behaved client, and what is heard of it.
fn utterance() -> impl Strategy<Value = (Vec<u8>, Vec<Heard>)> {
    let words = || ".{0,40}";
    prop_oneof![
        words().prop_map(|said| (text(&said), vec![heard(&said)])),
        (100_usize..400)
            .prop_map(|n| "é".repeat(n))
            .prop_map(|t| (text(&t), vec![heard(&t)])),
        prop::collection::vec(any::<u8>(), 0..126)
            .prop_map(|payload| (ping(&payload), vec![Heard::Ping(payload)])),
        words().prop_map(|payload| (frame(FIN | PONG, payload), vec![Heard::Pong])),
        (
            words(),
            prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            any::<bool>()
        )
            .prop_map(|(said, cuts, pinged)| fragmented(&said, &cuts, pinged)),
    ]
}

/// A text cut at any bytes, with pings between its fragments or without.
fn fragmented(said: &str, cuts: &[prop::sample::Index], pinged: bool) -> (Vec<u8>, Vec<Heard>) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(said.len() + 1)).collect();
    cuts.extend([0, said.len()]);
    cuts.sort_unstable();
    let (mut bytes, mut all) = (Vec::new(), Vec::new());
    for (i, ends) in cuts.windows(2).enumerate() {
        let opcode = if i == 0 { TEXT } else { CONTINUATION };
        let fin = if i + 2 == cuts.len() { FIN } else { 0 };
        if pinged && i > 0 {
            bytes.extend(ping(b"between"));
            all.push(Heard::Ping(b"between".to_vec()));
        }
        bytes.extend(frame(fin | opcode, &said.as_bytes()[ends[0]..ends[1]]));
    }
    all.push(heard(said));
    (bytes, all)
}

/// Bytes that often look like frames, and often do not.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let likely_head = (
        prop::sample::select(vec![0x81, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x82, 0xc1]),
        prop_oneof![Just(0x80_u8), 0x80_u8..=0xff, any::<u8>()],
        prop::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(|(first, second, rest)| [vec![first, second], rest].concat());
    let piece = prop_oneof![
        2 => likely_head,
        2 => utterance().prop_map(|(bytes, _)| bytes),
        1 => prop::collection::vec(any::<u8>(), 0..50),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_of_a_valid_stream_is_heard_the_same(
        utterances in prop::collection::vec(utterance(), 0..8),
        sizes in prop::collection::vec(1_usize..60, 1..20),
    ) {
        let (bytes, expected): (Vec<_>, Vec<_>) = utterances.into_iter().unzip();
        let (bytes, expected) = (bytes.concat(), expected.concat());
        let mut decoder = Decoder::default();
        let (mut all, mut rest) = (Vec::new(), &bytes[..]);
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() { break }
            let (piece, later) = rest.split_at(size.min(rest.len()));
            all.extend(feed(&mut decoder, piece));
            rest = later;
        }
        prop_assert_eq!(all, expected);
        prop_assert_eq!(decoder.held_bytes(), 0);
        prop_assert_eq!(decoder.counts().bytes, bytes.len() as u64);
    }

    #[test]
    fn no_bytes_make_a_decoder_panic_or_hold_too_much_or_hear_differently(
        bytes in noise(),
        size in 1_usize..50,
    ) {
        let whole = feed(&mut Decoder::default(), &bytes);
        let mut decoder = Decoder::default();
        let mut all = Vec::new();
        for piece in bytes.chunks(size) {
            all.extend(feed(&mut decoder, piece));
            prop_assert!(decoder.held_bytes() <= MAX_MESSAGE_BYTES as usize + OVERHEAD_BYTES);
        }
        prop_assert_eq!(all, whole);
    }

    #[test]
    fn frames_leave_whole_and_in_order_whatever_the_socket_takes(
        lengths in prop::collection::vec(0_usize..400, 1..40),
        takes in prop::collection::vec(prop_oneof![Just(0), 1_usize..500], 1..60),
        way in 0..3,
    ) {
        let frames: Vec<Frame> = lengths.iter().enumerate()
            .map(|(i, length)| Frame::text(&format!("{i}:{}", "x".repeat(*length))))
            .collect();
        let socket = Narrow::new(takes);
        let mut outbox = Outbox::new();
        // As a caller does it: a cursor, and no copy of what was not begun.
        let mut cursor = 0;
        while cursor < frames.len() || outbox.rest_bytes() > 0 {
            let due = &frames[cursor..];
            let sent = match way {
                _ if due.is_empty() => {
                    let _ = outbox.flush(&socket).unwrap();
                    continue;
                }
                0 => outbox.try_send(&socket, &due[0]),
                1 => outbox.try_send_all(&socket, due),
                _ => outbox.try_send_batch(&socket, &Batch::of(&due[..due.len().min(5)])),
            };
            let offered = [1, due.len(), due.len().min(5)][way as usize];
            match sent.unwrap() {
                Sent::All => cursor += offered,
                Sent::Blocked { begun } => {
                    prop_assert!(begun <= offered);
                    cursor += begun;
                    let longest = frames.iter().map(Frame::len).max().unwrap();
                    prop_assert!(outbox.rest_bytes() < longest, "one frame's rest at most");
                }
                Sent::Closed => prop_assert!(false, "nothing was closed"),
            }
        }
        prop_assert_eq!(outbox.flush(&socket).unwrap(), Flushed::Clear);
        let expected: Vec<u8> = frames.iter().flat_map(|f| f.bytes().to_vec()).collect();
        prop_assert_eq!(socket.taken.into_inner(), expected);
    }
}

/// A socket that takes as many bytes a time as it was told, in turn; 0 is `WouldBlock`.
struct Narrow {
    takes: Vec<usize>,
    turn: Cell<usize>,
    taken: RefCell<Vec<u8>>,
}

impl Narrow {
    fn new(mut takes: Vec<usize>) -> Self {
        takes.push(3); // so that it always gets on
        Self {
            takes,
            turn: Cell::new(0),
            taken: RefCell::default(),
        }
    }

    fn take(&self, parts: &[&[u8]]) -> io::Result<usize> {
        let take = self.takes[self.turn.get() % self.takes.len()];
        self.turn.set(self.turn.get() + 1);
        if take == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes: Vec<u8> = parts.concat().into_iter().take(take).collect();
        self.taken.borrow_mut().extend(&bytes);
        Ok(bytes.len())
    }
}

impl TryWrite for Narrow {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.take(&[bytes])
    }

    fn try_write_vectored(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.take(&slices.iter().map(|slice| &**slice).collect::<Vec<_>>())
    }
}
