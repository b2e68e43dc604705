//! What comes: one text message, and what it does. Nothing here waits.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::command::MessageVerb;
use parlor_protocol::frame::{ClientFrame, CloseCode, RequestId};
use parlor_protocol::{Code, Command, Emoji, MessageText, Nonce, PROTOCOL, Refusal, RoomId};
use parlor_store::write::Op;
use parlor_websocket::Incoming;
use tokio::time::Instant;

use super::{Closing, Connection, Phase};
use crate::Shared;
use crate::config::BAD_FRAMES;
use crate::encode;
use crate::hello::Hello;
use crate::rates::Verdict;
use crate::signals;
use crate::submit::{Reply, SocketReply};

/// The longest name of a room in `hello`: twice an id's. What is longer is no id, and would be said
/// back in a `room_removed` of any length.
const ROOM_NAME_BYTES: usize = 64;
/// The span in which malformed frames are counted.
const BAD_SPAN: Duration = Duration::from_secs(60);

/// Takes one message in. `Break`: no more may be read now.
pub(super) fn take(
    shared: &Shared,
    connection: &Arc<Connection>,
    incoming: Incoming<'_>,
    now: Instant,
) -> ControlFlow<()> {
    match incoming {
        Incoming::Text(text) => take_text(shared, connection, &text, now),
        Incoming::Ping(payload) => {
            let payload = payload.into_owned().into_boxed_slice();
            connection.lock().machine.replies.bare_pong = Some(payload);
        }
        Incoming::Pong => {}
        Incoming::Close { code, .. } => connection.lock().peer_closed = Some(code),
    }
    if connection.lock().may_read(now) {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}

fn take_text(shared: &Shared, connection: &Arc<Connection>, text: &str, now: Instant) {
    let frame = match ClientFrame::decode(text) {
        Ok(frame) => frame,
        Err(unreadable) => {
            shared.metrics.frames_in.add("other", 1);
            refuse(connection, unreadable.id, unreadable.code);
            if unreadable.code == Code::BadFrame {
                count_bad_frame(connection, now);
            }
            return;
        }
    };
    let phase = connection.lock().machine.phase();
    let early = phase != Phase::Live;
    let count = |name| shared.metrics.frames_in.add(name, 1);
    match frame {
        ClientFrame::Hello {
            protocol,
            epoch,
            rooms,
        } => {
            count("hello");
            say_hello(connection, protocol, Hello { epoch, rooms }, now);
        }
        ClientFrame::Ping { id } => {
            count("ping");
            connection.lock().machine.replies.pong = Some(id);
        }
        ClientFrame::Typing { room } => {
            count("typing");
            signals::typing(shared, connection, room, now);
        }
        ClientFrame::Read { id, .. } | ClientFrame::Resume { id, .. } if early => {
            count("other");
            refuse(connection, id, Code::HelloFirst);
        }
        ClientFrame::Read { id, room, seq } => {
            count("read");
            let actor = connection.actor;
            match id {
                Some(id) => submit(
                    shared,
                    connection,
                    id,
                    room,
                    Op::Mark(actor, room, seq),
                    now,
                ),
                None => {
                    let at = shared.ambient.now();
                    shared.queue.mark(at, actor, room, seq, now);
                }
            }
        }
        ClientFrame::Resume { id, room, after } => {
            count("resume");
            let resumed = connection.lock().machine.resume(room, after, id.clone());
            match resumed {
                Ok(None) => {}
                Ok(Some(older)) => refuse(connection, Some(older), Code::Superseded),
                Err(code) => refuse(connection, id, code),
            }
        }
        ClientFrame::Post { .. }
        | ClientFrame::Edit { .. }
        | ClientFrame::Delete { .. }
        | ClientFrame::React { .. }
        | ClientFrame::Unreact { .. } => {
            let asked = Asked::from(frame);
            count(asked.name);
            if early {
                refuse(connection, Some(asked.id), Code::HelloFirst);
            } else {
                ask(shared, connection, asked, now);
            }
        }
    }
}

/// A message command, its form not judged yet.
struct Asked {
    name: &'static str,
    id: RequestId,
    room: RoomId,
    nonce: Nonce,
    verb: Result<MessageVerb, Code>,
}

impl From<ClientFrame> for Asked {
    fn from(frame: ClientFrame) -> Self {
        let (name, id, room, nonce, verb) = match frame {
            ClientFrame::Post {
                id,
                room,
                nonce,
                text,
                reply_to,
            } => {
                let text = MessageText::parse(text);
                let verb = text.map(|text| MessageVerb::Post { text, reply_to });
                ("post", id, room, nonce, verb)
            }
            ClientFrame::Edit {
                id,
                room,
                seq: target,
                nonce,
                text,
            } => {
                let text = MessageText::parse(text);
                let verb = text.map(|text| MessageVerb::Edit { target, text });
                ("edit", id, room, nonce, verb)
            }
            ClientFrame::Delete {
                id,
                room,
                seq: target,
                nonce,
            } => {
                let verb = Ok(MessageVerb::Delete { target });
                ("delete", id, room, nonce, verb)
            }
            ClientFrame::React {
                id,
                room,
                seq: target,
                nonce,
                emoji,
            } => {
                let emoji = Emoji::parse(&emoji);
                let verb = emoji.map(|emoji| MessageVerb::React { target, emoji });
                ("react", id, room, nonce, verb)
            }
            ClientFrame::Unreact {
                id,
                room,
                seq: target,
                nonce,
                emoji,
            } => {
                let emoji = Emoji::parse(&emoji);
                let verb = emoji.map(|emoji| MessageVerb::Unreact { target, emoji });
                ("unreact", id, room, nonce, verb)
            }
            _ => unreachable!("only message commands are asked for here"),
        };
        Self {
            name,
            id,
            room,
            nonce,
            verb,
        }
    }
}

/// Form first, then rate, then the writer.
fn ask(shared: &Shared, connection: &Arc<Connection>, asked: Asked, now: Instant) {
    let verb = match asked.verb {
        Ok(verb) => verb,
        Err(code) => return refuse(connection, Some(asked.id), code),
    };
    let actor = connection.actor;
    let command = Command::Message {
        room: asked.room,
        nonce: asked.nonce,
        verb,
    };
    if shared.config.rate_limits {
        match shared.rates.command(actor.user, &command, now) {
            Verdict::Go => {}
            Verdict::Slow(wait) => {
                shared.metrics.rate_limited.add("message", 1);
                connection.lock().pause = Some(now + wait);
            }
            Verdict::Refuse(wait) => {
                shared.metrics.rate_limited.add("message", 1);
                let wait = wait.as_millis() as u64 + 1;
                let refusal = Refusal::retry(Code::RateLimited, wait);
                return refuse(connection, Some(asked.id), refusal);
            }
        }
    }
    let op = Op::Command(actor, command);
    submit(shared, connection, asked.id, asked.room, op, now);
}

fn submit(
    shared: &Shared,
    connection: &Arc<Connection>,
    id: RequestId,
    room: RoomId,
    op: Op,
    now: Instant,
) {
    connection.lock().machine.replies.begin();
    let reply = SocketReply {
        connection: Arc::clone(connection),
        id: id.clone(),
        room,
        taken: now,
        message: matches!(op, Op::Command(..)),
    };
    let at = shared.ambient.now();
    let pushed = shared.queue.push(at, op, Reply::Socket(Box::new(reply)));
    if let Err(refusal) = pushed {
        let frame = encode::refuse(Some(id), refusal);
        connection.lock().machine.replies.answer(frame);
        shared.metrics.frames_out.add("refuse", 1);
    }
}

fn say_hello(connection: &Arc<Connection>, protocol: u32, hello: Hello, now: Instant) {
    if protocol != PROTOCOL {
        return connection.close(Closing::now(CloseCode::ProtocolNotSpoken));
    }
    let mut names = hello.rooms.keys();
    let fits = names.all(|name| name.len() <= ROOM_NAME_BYTES);
    let mut state = connection.lock();
    if fits && state.machine.hold() {
        state.hello = Some(Box::new(hello));
    } else {
        drop(state);
        refuse(connection, None, Code::BadFrame);
        count_bad_frame(connection, now);
    }
}

fn refuse(connection: &Connection, id: Option<RequestId>, refusal: impl Into<Refusal>) {
    let frame = encode::refuse(id, refusal);
    connection.lock().machine.replies.push(frame);
    connection.metrics.frames_out.add("refuse", 1);
}

fn count_bad_frame(connection: &Connection, now: Instant) {
    let mut state = connection.lock();
    state.bad.retain(|at| now.duration_since(*at) < BAD_SPAN);
    state.bad.push(now);
    if state.bad.len() >= BAD_FRAMES {
        drop(state);
        connection.close(Closing::now(CloseCode::Malformed));
    }
}
