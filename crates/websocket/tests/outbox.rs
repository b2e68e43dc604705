//! What an outbox says and keeps, case by case.

use std::cell::{Cell, RefCell};
use std::io;

use bytes::Bytes;
use parlor_websocket::{Batch, Flushed, Frame, Outbox, Sent, TryWrite};

/// A socket with room for so many bytes; then it blocks. It may also be lost.
#[derive(Default)]
struct Room {
    room: Cell<usize>,
    lost: Cell<bool>,
    calls: Cell<usize>,
    taken: RefCell<Vec<u8>>,
}

impl Room {
    fn of(room: usize) -> Self {
        Self {
            room: Cell::new(room),
            ..Self::default()
        }
    }
}

impl TryWrite for Room {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.set(self.calls.get() + 1);
        if self.lost.get() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let take = self.room.get().min(bytes.len());
        if take == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.room.set(self.room.get() - take);
        self.taken.borrow_mut().extend_from_slice(&bytes[..take]);
        Ok(take)
    }
}

/// Frames of ten bytes on the wire.
fn tens(count: usize) -> Vec<Frame> {
    (0..count)
        .map(|i| Frame::text(&format!("frame {i:02}")))
        .collect()
}

#[test]
fn what_the_socket_takes_at_once_costs_one_call_and_keeps_nothing() {
    let socket = Room::of(1_000);
    let mut outbox = Outbox::new();
    assert_eq!(outbox.try_send(&socket, &tens(1)[0]).unwrap(), Sent::All);
    assert_eq!(
        outbox
            .try_send_batch(&socket, &Batch::of(&tens(5)))
            .unwrap(),
        Sent::All
    );
    assert_eq!(socket.calls.get(), 2);
    assert_eq!(outbox.rest_bytes(), 0);
}

#[test]
fn a_frame_that_was_not_begun_is_not_kept() {
    let socket = Room::of(20);
    let mut outbox = Outbox::new();
    let sent = outbox.try_send_all(&socket, &tens(3)).unwrap();
    assert_eq!(sent, Sent::Blocked { begun: 2 });
    assert_eq!(outbox.rest_bytes(), 0);
    assert_eq!(
        outbox.try_send(&socket, &tens(1)[0]).unwrap(),
        Sent::Blocked { begun: 0 }
    );
}

#[test]
fn the_rest_of_a_begun_frame_is_kept_and_goes_first() {
    let frames = tens(4);
    for batched in [false, true] {
        let socket = Room::of(14);
        let mut outbox = Outbox::new();
        let sent = if batched {
            outbox
                .try_send_batch(&socket, &Batch::of(&frames[..3]))
                .unwrap()
        } else {
            outbox.try_send_all(&socket, &frames[..3]).unwrap()
        };
        assert_eq!(sent, Sent::Blocked { begun: 2 });
        assert_eq!(
            outbox.rest_bytes(),
            6,
            "of the second frame only, not the third"
        );

        let sent = outbox.try_send(&socket, &frames[3]).unwrap();
        assert_eq!(sent, Sent::Blocked { begun: 0 }, "a second is not begun");
        socket.room.set(3);
        assert_eq!(outbox.flush(&socket).unwrap(), Flushed::Blocked);
        socket.room.set(100);
        assert_eq!(outbox.try_send(&socket, &frames[3]).unwrap(), Sent::All);
        let expected = [frames[0].bytes(), frames[1].bytes(), frames[3].bytes()];
        let expected = expected.map(|bytes| bytes.to_vec()).concat();
        assert_eq!(*socket.taken.borrow(), expected);
    }
}

#[test]
fn nothing_follows_a_close() {
    let close = Frame::close(1000, "bye");
    let socket = Room::of(1_000);
    let mut outbox = Outbox::new();
    let frames = [tens(1).remove(0), close.clone(), tens(1).remove(0)];
    assert_eq!(outbox.try_send_all(&socket, &frames).unwrap(), Sent::All);
    assert!(outbox.is_ended());
    assert_eq!(outbox.try_send(&socket, &frames[0]).unwrap(), Sent::Closed);
    assert_eq!(socket.taken.borrow().len(), 10 + close.len());
    assert_eq!(Batch::of(&frames).len(), 2);

    let socket = Room::of(1);
    let mut outbox = Outbox::new();
    assert_eq!(
        outbox.try_send(&socket, &close).unwrap(),
        Sent::Blocked { begun: 1 }
    );
    assert_eq!(outbox.try_send(&socket, &frames[0]).unwrap(), Sent::Closed);
    assert_eq!(
        outbox.try_send_all(&socket, &[]).unwrap(),
        Sent::Blocked { begun: 0 },
        "who offers nothing more is not told that it is over while a rest is to go"
    );
    socket.room.set(100);
    assert_eq!(
        outbox.flush(&socket).unwrap(),
        Flushed::Clear,
        "the close itself goes out"
    );
    assert_eq!(socket.taken.borrow()[..], close.bytes()[..]);
}

#[test]
fn a_lost_connection_keeps_nothing_and_takes_nothing() {
    let socket = Room::of(5);
    let mut outbox = Outbox::new();
    assert_eq!(
        outbox.try_send(&socket, &tens(1)[0]).unwrap(),
        Sent::Blocked { begun: 1 }
    );
    socket.lost.set(true);
    assert!(outbox.flush(&socket).is_err());
    assert_eq!(outbox.rest_bytes(), 0);
    assert_eq!(outbox.try_send(&socket, &tens(1)[0]).unwrap(), Sent::Closed);
}

#[test]
fn an_outbox_is_a_shared_slice_and_a_flag() {
    assert_eq!(size_of::<Outbox>(), size_of::<Bytes>() + 8);
}
