//! Posts, replies, edits, deletions, reactions, mentions.

use std::collections::BTreeSet;

use parlor_protocol::message::{MessageBody, Reaction, True};
use parlor_protocol::{Code, EventKind, Message, RoomKind, Seq, limits};

use super::Backend;
use super::world::{World, at, delete, edit, post, react, refused, reply, seq_of, text, unreact};
use crate::Done;

fn says(message: &Message) -> &str {
    match &message.body {
        MessageBody::Standing { text, .. } => text.as_str(),
        MessageBody::Deleted { .. } => panic!("{message:?}"),
    }
}

fn reactions(message: &Message) -> &[Reaction] {
    match &message.body {
        MessageBody::Standing { reactions, .. } => reactions,
        MessageBody::Deleted { .. } => panic!("{message:?}"),
    }
}

pub fn a_post_is_kept_verbatim_in_log_and_history(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let says = " \tone\n\"two\" \u{202e}👩‍🚀 \u{7f51}\\n";
    let nonce = world.nonce();
    let answer = world.write(super::world::message(ada, room, &nonce, post(says)));
    let seq = seq_of(&answer);
    let moment = world.now;
    let acked = Done::Acked {
        seq,
        at: moment,
        duplicate: false,
    };
    assert_eq!(answer, Ok(acked));
    let event = world.log(ada, room).pop().unwrap();
    assert_eq!((event.seq, event.at, event.by.id), (seq, moment, ada.user));
    let kind = EventKind::MessagePosted {
        text: Some(text(says)),
        nonce: nonce.clone(),
        reply_to: None,
        mentions: Vec::new(),
        redacted: false,
    };
    assert_eq!(event.kind, kind);
    let expected = Message {
        seq,
        at: moment,
        by: event.by,
        nonce,
        body: MessageBody::Standing {
            text: text(says),
            mentions: Vec::new(),
            reply_to: None,
            edited_at: None,
            reactions: Vec::new(),
        },
        rev: seq,
    };
    assert_eq!(world.history(ada, room), [expected]);
}

pub fn a_reply_names_a_message_that_is_there(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let first = world.post(ada, room, "question");
    let answer = world.done(ben, room, reply("answer", first));
    assert!(matches!(
        world.message(ada, room, answer).body,
        MessageBody::Standing { reply_to: Some(seq), .. } if seq == first
    ));
    for nothing in [at(1), at(2), at(999), Seq::ZERO] {
        let reply = world.say(ben, room, reply("to what?", nothing));
        assert_eq!(refused(&reply), Code::NotFound);
    }
    world.done(ada, room, delete(first));
    let reply = world.say(ben, room, reply("too late", first));
    assert_eq!(refused(&reply), Code::NotFound);
}

pub fn authors_edit_what_is_theirs(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let room = world.general;
    let seq = world.post(ada, room, "helo");
    for other in [ben, boss] {
        assert_eq!(
            refused(&world.say(other, room, edit(seq, "hi"))),
            Code::Forbidden
        );
    }
    let edited = world.done(ada, room, edit(seq, "hello"));
    let message = world.message(ben, room, seq);
    assert_eq!((says(&message), message.rev), ("hello", edited));
    assert!(matches!(
        message.body,
        MessageBody::Standing { edited_at: Some(moment), .. } if moment == world.now
    ));
    let moment = world.now;
    let same = world.say(ada, room, edit(seq, "hello"));
    let unchanged = Done::Acked {
        seq: edited,
        at: moment,
        duplicate: false,
    };
    assert_eq!(same, Ok(unchanged), "the rev, and that event's time");
    assert_eq!(world.log(ada, room).last().unwrap().seq, edited);
    for nothing in [at(1), edited, at(999)] {
        let answer = world.say(ada, room, edit(nothing, "hello"));
        assert_eq!(refused(&answer), Code::NotFound);
    }
}

pub fn a_deletion_takes_the_text_out_of_everything(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let room = world.general;
    let before = world.post(ben, room, "before");
    let seq = world.done(ada, room, reply("secret one @ben", before));
    let first_edit = world.done(ada, room, edit(seq, "secret two"));
    world.done(ben, room, react(seq, "👍"));
    let last_edit = world.done(ada, room, edit(seq, "secret three"));
    assert_eq!(refused(&world.say(ben, room, delete(seq))), Code::Forbidden);
    let gone = world.done(ada, room, delete(seq));
    let moment = world.now;

    let log = world.log(ben, room);
    let whole = serde_json::to_string(&log).unwrap();
    assert!(!whole.contains("secret"), "{whole}");
    let event = |seq: Seq| &log[usize::try_from(seq.get() - 1).unwrap()].kind;
    assert!(
        matches!(event(seq), EventKind::MessagePosted { text: None, redacted: true, reply_to: Some(to), .. } if *to == before)
    );
    for edit in [first_edit, last_edit] {
        assert!(
            matches!(event(edit), EventKind::MessageEdited { text: None, redacted: true, target, .. } if *target == seq)
        );
    }
    assert!(
        matches!(event(gone), EventKind::MessageDeleted { target, author, mentions, .. }
        if *target == seq && *author == ada.user && *mentions == [ben.user])
    );

    let message = world.message(ben, room, seq);
    assert_eq!(message.body, MessageBody::Deleted { deleted: True });
    assert_eq!(message.rev, gone);
    assert_eq!(says(&world.message(ben, room, before)), "before");

    for verb in [edit(seq, "back"), react(seq, "👍"), unreact(seq, "👍")] {
        assert_eq!(refused(&world.say(ada, room, verb)), Code::NotFound);
    }
    let second = world.say(boss, room, delete(seq));
    let unchanged = Done::Acked {
        seq: gone,
        at: moment,
        duplicate: false,
    };
    assert_eq!(second, Ok(unchanged));
    assert_eq!(world.log(ada, room).len(), log.len());
    assert_eq!(
        refused(&world.say(ada, room, delete(at(1)))),
        Code::NotFound
    );
}

pub fn a_rooms_owner_deletes_any_message(backend: &dyn Backend) {
    let (mut world, [_, ada, ben]) = World::with(backend, ["boss", "ada", "ben"]);
    let room = world.room(ada, RoomKind::Closed, &[ben]);
    let his = world.post(ben, room, "spam");
    let hers = world.post(ada, room, "mine");
    assert_eq!(
        refused(&world.say(ben, room, delete(hers))),
        Code::Forbidden
    );
    world.done(ada, room, delete(his));
    let direct = world.room(ada, RoomKind::Direct, &[ben]);
    let his = world.post(ben, direct, "spam");
    assert_eq!(
        refused(&world.say(ada, direct, delete(his))),
        Code::Forbidden
    );
}

pub fn reactions_stand_in_the_order_they_came(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    let room = world.general;
    let seq = world.post(ada, room, "lunch?");
    world.done(ben, room, react(seq, "🎉"));
    world.done(ada, room, react(seq, "👍"));
    world.done(cy, room, react(seq, "👍"));
    let last = world.done(ben, room, react(seq, "👍"));
    let found = world.message(cy, room, seq);
    assert_eq!(found.rev, last);
    let [party, thumb] = reactions(&found) else {
        panic!("{found:?}");
    };
    assert_eq!(
        (party.emoji.as_str(), party.count, party.mine),
        ("🎉", 1, false)
    );
    assert_eq!(thumb.by, [ada.user, cy.user, ben.user]);
    assert!(thumb.mine);

    let again = world.say(ben, room, react(seq, "👍"));
    assert_eq!(seq_of(&again), last, "already there");
    assert!(world.last.published.is_empty());
    let not_there = world.say(ben, room, unreact(seq, "❤"));
    assert_eq!(seq_of(&not_there), last);
    let off = world.done(ada, room, unreact(seq, "👍"));
    let log = world.log(ada, room);
    assert!(
        matches!(&log.last().unwrap().kind, EventKind::ReactionRemoved { target, .. } if *target == seq)
    );
    assert_eq!(log.last().unwrap().seq, off);
    let found = world.message(ada, room, seq);
    let thumb = &reactions(&found)[1];
    assert_eq!((thumb.count, thumb.mine), (2, false));
    assert_eq!(thumb.by, [cy.user, ben.user]);
    world.done(ben, room, unreact(seq, "🎉"));
    assert_eq!(reactions(&world.message(ada, room, seq)).len(), 1);
}

pub fn a_reaction_lists_twenty_and_counts_all(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let seq = world.post(ada, room, "lunch?");
    let crowd: Vec<_> = (0..22)
        .map(|n| world.person(&format!("p{n}"), false))
        .collect();
    for person in &crowd {
        world.done(*person, room, react(seq, "👍"));
    }
    let found = world.message(crowd[21], room, seq);
    let thumb = &reactions(&found)[0];
    assert_eq!((thumb.count, thumb.mine), (22, true));
    let first: Vec<_> = crowd.iter().take(20).map(|it| it.user).collect();
    assert_eq!(thumb.by, first);
    assert!(!reactions(&world.message(ada, room, seq))[0].mine);
}

pub fn a_message_takes_fifty_kinds_of_reaction(backend: &dyn Backend) {
    const KINDS: &str = "😀 😃 😄 😁 😆 😅 🤣 😂 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😗 😚 😙 😋 😛 😜 🤪 😝 🤑 🤗 🤭 🤫 🤔 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 🤥 😌 😔 😪 🤤 😴 😷 🤒 🤕 🤢 🤮 🤧";
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let room = world.general;
    let seq = world.post(ada, room, "everything at once");
    let kinds: Vec<&str> = KINDS.split(' ').collect();
    assert_eq!(kinds.len(), limits::REACTION_KINDS + 1);
    let (last, kinds) = kinds.split_last().unwrap();
    for kind in kinds {
        world.done(ada, room, react(seq, kind));
    }
    assert_eq!(
        refused(&world.say(ben, room, react(seq, last))),
        Code::TooManyReactions
    );
    world.done(ben, room, react(seq, kinds[7]));
    world.done(ada, room, unreact(seq, kinds[0]));
    world.done(ben, room, react(seq, last));
}

pub fn mentions_are_members_at_the_time_of_posting(backend: &dyn Backend) {
    let (mut world, [ada, ben, cy]) = World::with(backend, ["ada", "ben", "cy"]);
    let room = world.room(ada, RoomKind::Open, &[ben]);
    let says = "@Ben. @cy @ada,@ben x@cy @nobody";
    let seq = world.post(ada, room, says);
    let mentions = |world: &World, seq| match world.message(ada, room, seq).body {
        MessageBody::Standing { mentions, .. } => mentions,
        MessageBody::Deleted { .. } => panic!("deleted"),
    };
    assert_eq!(mentions(&world, seq), [ben.user, ada.user]);
    world.put(cy, room, cy.user, None).unwrap();
    world.done(ada, room, edit(seq, "@cy only"));
    assert_eq!(
        mentions(&world, seq),
        [ben.user, ada.user],
        "an edit changes none"
    );
    let seq = world.post(ada, room, says);
    assert_eq!(mentions(&world, seq), [ben.user, cy.user, ada.user]);
}

pub fn a_post_mentions_fifty_at_most(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let names: Vec<String> = (0..55).map(|n| format!("p{n}")).collect();
    let crowd: Vec<_> = names
        .iter()
        .map(|it| world.person(it, false).user)
        .collect();
    let seq = world.post(ada, room, &format!("@nobody @{}", names.join(" @")));
    let MessageBody::Standing { mentions, .. } = world.message(ada, room, seq).body else {
        panic!("deleted");
    };
    assert_eq!(mentions, crowd[..limits::MENTIONS]);
    let unique: BTreeSet<_> = mentions.iter().collect();
    assert_eq!(unique.len(), limits::MENTIONS);
}

pub fn authors_are_called_as_now_in_history_and_as_then_in_the_log(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let seq = world.post(ada, room, "hello");
    let name = parlor_protocol::DisplayName::parse("Ada Lovelace").unwrap();
    world
        .write(crate::Op::RenameUser(ada, name.clone()))
        .unwrap();
    assert_eq!(world.message(ada, room, seq).by.name, name);
    assert_eq!(world.log(ada, room).last().unwrap().by.name.as_str(), "ada");
    world.post(ada, room, "it is me");
    assert_eq!(world.log(ada, room).last().unwrap().by.name, name);
}
