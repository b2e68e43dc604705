//! Reading with lent buffers, on streams in memory.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::ops::ControlFlow;

use parlor_websocket::receive::LENT_BYTES;
use parlor_websocket::{Received, Receiver, Violation};
use support::*;
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

async fn stream_with(bytes: &[u8]) -> (DuplexStream, DuplexStream) {
    let (server, mut client) = duplex(1 << 20);
    client.write_all(bytes).await.unwrap();
    (server, client)
}

/// One call, stopping after `most` messages.
async fn receive(
    receiver: &mut Receiver,
    stream: &mut DuplexStream,
    most: usize,
) -> (Received, Vec<Heard>) {
    let mut all = Vec::new();
    let received = receiver
        .receive(stream, |incoming| {
            all.push(incoming.into());
            if all.len() == most {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .await;
    (received, all)
}

#[tokio::test]
async fn what_is_behind_a_pause_is_kept_and_comes_next() {
    let bytes: Vec<u8> = ["a", "b", "c"].iter().flat_map(|word| text(word)).collect();
    let (mut stream, _client) = stream_with(&bytes).await;
    let mut receiver = Receiver::default();
    for word in ["a", "b", "c"] {
        let (received, all) = receive(&mut receiver, &mut stream, 1).await;
        assert!(matches!(received, Received::Paused));
        assert_eq!(all, [heard(word)]);
    }
    assert_eq!(receiver.held_bytes(), 0);
    assert_eq!(receiver.counts().frames, 3);
}

#[tokio::test]
async fn a_flood_is_read_a_buffer_at_a_time() {
    let flood: Vec<u8> = (0..LENT_BYTES).flat_map(|_| ping(b"")).collect();
    let (mut stream, _client) = stream_with(&flood).await;
    let mut receiver = Receiver::default();
    let (received, _) = receive(&mut receiver, &mut stream, usize::MAX).await;
    assert!(matches!(received, Received::Read));
    assert_eq!(receiver.counts().bytes, LENT_BYTES as u64);
    assert_eq!(receiver.counts().frames, LENT_BYTES as u64 / 6);
}

#[tokio::test]
async fn what_was_read_behind_the_handshake_comes_first() {
    let (mut stream, client) = stream_with(&text("second")[3..]).await;
    let leftover = [text("first"), text("second")[..3].to_vec()].concat();
    let mut receiver = Receiver::default().with_leftover(&leftover);
    let (_, all) = receive(&mut receiver, &mut stream, 9).await;
    assert_eq!(all, [heard("first")]);
    let (_, all) = receive(&mut receiver, &mut stream, 9).await;
    assert_eq!(all, [heard("second")]);
    drop(client);
    assert!(matches!(
        receive(&mut receiver, &mut stream, 9).await.0,
        Received::Ended
    ));
}

#[tokio::test]
async fn messages_before_a_violation_are_handed_over() {
    let (mut stream, _client) = stream_with(&[text("good"), vec![0xff, 0xff]].concat()).await;
    let (received, all) = receive(&mut Receiver::default(), &mut stream, 9).await;
    assert_eq!(all, [heard("good")]);
    assert!(matches!(
        received,
        Received::Refused(Violation::ReservedBits)
    ));
}

#[test]
fn a_connection_that_waits_is_small() {
    assert!(size_of::<Receiver>() <= 56);
    let mut receiver = Receiver::default();
    let (mut stream, _client) = duplex(1);
    let waiting = receiver.receive(&mut stream, |_| ControlFlow::Continue(()));
    assert!(size_of_val(&waiting) <= 80, "{}", size_of_val(&waiting));
}
