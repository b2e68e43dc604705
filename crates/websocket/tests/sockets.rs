//! Real sockets on loopback, with tungstenite as the peer: what we write is read by somebody else's
//! code, and what somebody else writes is read by ours.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::net::TcpStream as Blocking;
use std::ops::ControlFlow;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlor_websocket::close::MESSAGE_TOO_BIG;
use parlor_websocket::tcp::{UNSENT_BYTES, linger, tune};
use parlor_websocket::{
    Batch, Flushed, Frame, Incoming, Limits, Outbox, Received, Receiver, Sent, Violation,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Error, Message};

type Peer = WebSocket<Blocking>;

/// A server's stream, and a client of another make that does its part in a thread.
async fn meet<T: Send + 'static>(
    client: impl FnOnce(Peer) -> T + Send + 'static,
) -> (TcpStream, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = thread::spawn(move || {
        let stream = Blocking::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        client(WebSocket::from_raw_socket(stream, Role::Client, None))
    });
    let (stream, _) = listener.accept().await.unwrap();
    tune(&stream, UNSENT_BYTES).unwrap();
    stream.writable().await.unwrap();
    (stream, client)
}

/// Sends frames as a connection's own task does: a cursor, and a wait where the socket blocks.
async fn send(stream: &TcpStream, outbox: &mut Outbox, frames: &[Frame]) {
    let mut cursor = 0;
    while cursor < frames.len() {
        match outbox.try_send_all(stream, &frames[cursor..]).unwrap() {
            Sent::All => cursor = frames.len(),
            Sent::Blocked { begun } => {
                cursor += begun;
                stream.writable().await.unwrap();
            }
            Sent::Closed => panic!("closed"),
        }
    }
    while outbox.flush(stream).unwrap() == Flushed::Blocked {
        stream.writable().await.unwrap();
    }
}

#[tokio::test]
async fn another_client_reads_our_frames() {
    let sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
    let texts: Vec<String> = sizes.iter().map(|size| "é".repeat(size / 2)).collect();
    let expected: Vec<Message> = texts.iter().map(Message::text).collect();
    let count = expected.len() + 2;
    let (stream, client) = meet(move |mut peer| {
        let read = (0..count).map(|_| peer.read().unwrap()).collect::<Vec<_>>();
        let Message::Close(Some(close)) = peer.read().unwrap() else {
            panic!("no close")
        };
        (read, u16::from(close.code), close.reason.to_string())
    })
    .await;
    let mut frames: Vec<Frame> = texts.iter().map(|text| Frame::text(text)).collect();
    frames.extend([
        Frame::ping(b"there?"),
        Frame::pong(b"here"),
        Frame::close(4001, "gone"),
    ]);
    send(&stream, &mut Outbox::new(), &frames).await;
    linger(&stream, Duration::from_secs(10)).await;
    let (read, code, reason) = client.join().unwrap();
    assert_eq!(read[..expected.len()], expected[..]);
    assert_eq!(
        read[expected.len()..],
        [Message::Ping("there?".into()), Message::Pong("here".into())]
    );
    assert_eq!((code, &reason[..]), (4001, "gone"));
}

#[tokio::test]
async fn another_client_reads_a_batch() {
    let (stream, client) = meet(|mut peer| [(); 3].map(|()| peer.read().unwrap())).await;
    let batch = Batch::of(&["a", "b", "c"].map(Frame::text));
    assert_eq!(
        Outbox::new().try_send_batch(&stream, &batch).unwrap(),
        Sent::All
    );
    assert_eq!(client.join().unwrap(), ["a", "b", "c"].map(Message::text));
}

#[tokio::test]
async fn we_read_another_clients_frames() {
    let big = "x".repeat(100_000);
    let sent = big.clone();
    let (mut stream, client) = meet(move |mut peer| {
        peer.send(Message::text("hi")).unwrap();
        peer.send(Message::Ping("?".into())).unwrap();
        peer.send(Message::text(sent)).unwrap();
        peer.close(None).unwrap();
        while peer.read().is_ok() {}
    })
    .await;
    let mut receiver = Receiver::new(Limits::default());
    let mut texts = Vec::new();
    let (mut pings, mut closed) = (0, false);
    while !closed {
        let received = receiver.receive(&mut stream, |incoming| {
            match incoming {
                Incoming::Text(text) => texts.push(text.into_owned()),
                Incoming::Ping(_) => pings += 1,
                Incoming::Pong => {}
                Incoming::Close { .. } => closed = true,
            }
            ControlFlow::Continue(())
        });
        assert!(matches!(received.await, Received::Read));
    }
    assert_eq!((texts, pings), (vec!["hi".to_owned(), big], 1));
    assert_eq!(receiver.held_bytes(), 0);
    drop(stream);
    client.join().unwrap();
}

/// The close must reach a client that goes on sending what was refused.
#[tokio::test]
async fn a_close_after_refused_input_reaches_the_client() {
    let (mut stream, client) = meet(|mut peer| {
        // A reset would fail the writing, or throw away the close that waits to be read.
        peer.send(Message::text("x".repeat(4 << 20)))?;
        loop {
            match peer.read() {
                Ok(Message::Close(Some(close))) => return Ok(u16::from(close.code)),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    })
    .await;
    let mut receiver = Receiver::default();
    let received = receiver
        .receive(&mut stream, |_| ControlFlow::Continue(()))
        .await;
    let Received::Refused(violation) = received else {
        panic!("{received:?}")
    };
    assert_eq!(violation, Violation::TooBig);
    let close = Frame::close(violation.code(), &violation.to_string());
    send(&stream, &mut Outbox::new(), &[close]).await;
    linger(&stream, Duration::from_secs(2)).await;
    drop(stream);
    let code: Result<u16, Error> = client.join().unwrap();
    assert_eq!(code.unwrap(), MESSAGE_TOO_BIG);
}

#[tokio::test(start_paused = true)]
async fn lingering_ends_when_patience_does() {
    let (stream, client) = meet(|peer| {
        // It says nothing and stays.
        let mut byte = [0];
        while std::io::Read::read(&mut peer.get_ref(), &mut byte).is_ok_and(|read| read > 0) {}
        peer
    })
    .await;
    linger(&stream, Duration::from_secs(2)).await;
    drop(stream);
    drop(client.join().unwrap());
}

#[tokio::test]
async fn a_reader_that_stops_costs_the_rest_of_one_frame() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (stream, client) = meet(move |mut peer| {
        wait.recv().unwrap();
        let mut numbers = Vec::new();
        while let Ok(Message::Text(text)) = peer.read() {
            numbers.push(text.split(':').next().unwrap().parse::<usize>().unwrap());
        }
        numbers
    })
    .await;
    let frame = |n: usize| Frame::text(&format!("{n}:{}", "x".repeat(50_000)));
    let mut outbox = Outbox::new();
    let mut cursor = 0;
    while outbox.try_send(&stream, &frame(cursor)).unwrap() == Sent::All {
        cursor += 1;
    }
    assert!(outbox.rest_bytes() <= frame(cursor).len());
    if outbox.rest_bytes() > 0 {
        cursor += 1;
    }
    go.send(()).unwrap();
    let rest: Vec<Frame> = (cursor..cursor + 20).map(frame).collect();
    send(&stream, &mut outbox, &rest).await;
    drop((outbox, stream.into_split().1.shutdown().await));
    let expected: Vec<usize> = (0..cursor + 20).collect();
    assert_eq!(client.join().unwrap(), expected);
}
