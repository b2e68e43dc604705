//! The same nonce is the same command, however late it comes again.

use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Code, Nonce, RoomId, RoomKind, Seq, Timestamp};

use super::Backend;
use super::world::{
    World, delete, edit, message, nonce, post, react, refused, reply, seq_of, unreact,
};
use crate::write::Actor;
use crate::{Answer, Done};

fn again(seq: Seq, at: Timestamp) -> Answer {
    Ok(Done::Acked {
        seq,
        at,
        duplicate: true,
    })
}

fn send(world: &mut World, by: Actor, room: RoomId, nonce: &Nonce, verb: MessageVerb) -> Answer {
    world.write(message(by, room, nonce, verb))
}

pub fn every_verb_sent_again_gives_the_first_answer(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let target = world.post(ada, room, "hello");
    let verbs = [
        post("one"),
        reply("two", target),
        edit(target, "three"),
        react(target, "👍"),
        unreact(target, "👍"),
        delete(target),
    ];
    let mut first = Vec::new();
    for (n, verb) in verbs.iter().enumerate() {
        let answer = send(&mut world, ada, room, &nonce(&format!("{n}")), verb.clone());
        first.push((seq_of(&answer), world.now));
    }
    let head = world.seen(ben, room).unwrap().head;
    for (n, verb) in verbs.iter().enumerate() {
        let answer = send(&mut world, ada, room, &nonce(&format!("{n}")), verb.clone());
        assert_eq!(answer, again(first[n].0, first[n].1), "{verb:?}");
        assert!(world.last.published.is_empty());
    }
    assert_eq!(world.seen(ben, room).unwrap().head, head);
}

pub fn other_content_is_refused(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let target = world.post(ada, room, "hello");
    let other = world.post(ada, room, "another");
    let kinds = [
        reply("one", target),
        edit(target, "one"),
        react(target, "👍"),
        unreact(target, "👍"),
    ];
    for (n, verb) in kinds.iter().enumerate() {
        seq_of(&send(
            &mut world,
            ada,
            room,
            &nonce(&format!("{n}")),
            verb.clone(),
        ));
    }
    let others = [
        vec![
            post("one"),
            reply("two", target),
            reply("one", other),
            edit(target, "one"),
            delete(target),
        ],
        vec![
            edit(target, "two"),
            edit(other, "one"),
            delete(target),
            post("one"),
        ],
        vec![
            react(target, "🎉"),
            react(other, "👍"),
            unreact(target, "👍"),
        ],
        vec![
            unreact(target, "🎉"),
            unreact(other, "👍"),
            react(target, "👍"),
        ],
    ];
    for (n, others) in others.into_iter().enumerate() {
        for verb in others {
            let answer = send(&mut world, ada, room, &nonce(&format!("{n}")), verb);
            assert_eq!(refused(&answer), Code::NonceReused);
        }
    }
}

pub fn once_redacted_kind_and_target_are_compared(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let posted = seq_of(&send(&mut world, ada, room, &nonce("p"), post("secret")));
    let posted_at = world.now;
    let edited = seq_of(&send(
        &mut world,
        ada,
        room,
        &nonce("e"),
        edit(posted, "secret"),
    ));
    assert_eq!(edited, posted, "the same text makes no event");
    let edited = seq_of(&send(
        &mut world,
        ada,
        room,
        &nonce("f"),
        edit(posted, "more"),
    ));
    let edited_at = world.now;
    world.done(ada, room, delete(posted));
    let answer = send(&mut world, ada, room, &nonce("p"), post("anything"));
    assert_eq!(answer, again(posted, posted_at));
    let answer = send(&mut world, ada, room, &nonce("f"), edit(posted, "anything"));
    assert_eq!(answer, again(edited, edited_at));
    let answer = send(&mut world, ada, room, &nonce("f"), post("anything"));
    assert_eq!(refused(&answer), Code::NonceReused);
}

pub fn what_made_no_event_is_remembered_too(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let target = world.post(ada, room, "hello");
    let moment = world.now;
    let first = send(&mut world, ben, room, &nonce("u"), unreact(target, "👍"));
    let unchanged = Done::Acked {
        seq: target,
        at: moment,
        duplicate: false,
    };
    assert_eq!(first, Ok(unchanged));
    world.done(ben, room, react(target, "👍"));
    let answer = send(&mut world, ben, room, &nonce("u"), unreact(target, "👍"));
    assert_eq!(
        answer,
        again(target, moment),
        "though it would change something now"
    );
    let answer = send(&mut world, ben, room, &nonce("u"), unreact(target, "🎉"));
    assert_eq!(
        answer,
        again(target, moment),
        "kind and target are all there is to compare"
    );
    let answer = send(&mut world, ben, room, &nonce("u"), react(target, "👍"));
    assert_eq!(refused(&answer), Code::NonceReused);
}

pub fn it_is_looked_up_before_membership_rights_and_archive(backend: &dyn Backend) {
    let (mut world, [_, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let room = world.room(ada, RoomKind::Closed, &[ben]);
    let seq = seq_of(&send(&mut world, ben, room, &nonce("n"), post("hello")));
    let moment = world.now;
    world.update(ada, room, None, None, Some(true)).unwrap();
    let answer = send(&mut world, ben, room, &nonce("n"), post("hello"));
    assert_eq!(answer, again(seq, moment));
    world.remove(ben, room, ben.user).unwrap();
    let answer = send(&mut world, ben, room, &nonce("n"), post("hello"));
    assert_eq!(answer, again(seq, moment));
    let answer = send(&mut world, ben, room, &nonce("n"), post("other"));
    assert_eq!(refused(&answer), Code::NonceReused);
    let answer = send(&mut world, ben, room, &nonce("new"), post("hello"));
    assert_eq!(refused(&answer), Code::NotFound);
}

pub fn it_belongs_to_one_author_in_one_room(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let general = world.general;
    let room = world.room(ada, RoomKind::Open, &[ben]);
    let n = nonce("n");
    for (by, room) in [(ada, general), (ben, general), (ada, room), (ben, room)] {
        let answer = send(&mut world, by, room, &n, post("hello"));
        assert!(matches!(
            answer,
            Ok(Done::Acked {
                duplicate: false,
                ..
            })
        ));
    }
}

pub fn refusals_are_not_remembered(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.room(ada, RoomKind::Open, &[]);
    let n = nonce("n");
    let answer = send(&mut world, ben, room, &n, post("hello"));
    assert_eq!(refused(&answer), Code::NotFound);
    world.put(ben, room, ben.user, None).unwrap();
    let answer = send(&mut world, ben, room, &n, post("hello, now as a member"));
    assert!(matches!(
        answer,
        Ok(Done::Acked {
            duplicate: false,
            ..
        })
    ));
}

pub fn twice_in_one_batch_is_once(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let n = nonce("n");
    let answers = world.batch([
        message(ada, room, &n, post("hello")),
        message(ada, room, &n, post("hello")),
        message(ada, room, &n, post("other")),
        message(ada, room, &nonce("m"), post("after")),
    ]);
    let seq = seq_of(&answers[0]);
    assert_eq!(answers[1], again(seq, world.now));
    assert_eq!(refused(&answers[2]), Code::NonceReused);
    assert_eq!(seq_of(&answers[3]), seq.next());
    assert_eq!(world.last.published.len(), 2);
    assert_eq!(world.history(ada, room).len(), 2);
}
