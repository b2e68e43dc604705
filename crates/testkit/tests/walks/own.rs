//! The stories about what I say: pending, sent, in the log, or refused.

use parlor_client::{Said, Target};
use parlor_protocol::{Command, RoomKind};
use parlor_store::Op;
use parlor_store::conformance::world::{at, post, react};
use serde_json::json;

use crate::golden::Tale;
use crate::named::{plain, room};
use crate::town::{ADA, BEN};

pub(crate) fn event_first(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    tale.scene.say(general, plain("one"));
    tale.scene.say(general, plain("two"));
    tale.believe(general, json!({"cursor": 5}));
    tale.scene.arrive();
    // The answer is first on its way; the event overtakes it.
    let answer = tale.scene.line.as_mut().unwrap().out.pop_back().unwrap();
    tale.hear();
    tale.believe(general, json!({"cursor": 6}));
    tale.scene.arrive();
    tale.scene.line.as_mut().unwrap().out.push_back(answer);
    tale.hear();
}

pub(crate) fn ack_first(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    tale.scene.say(general, plain("one"));
    tale.scene.arrive();
    tale.scene.deliver();
    tale.believe(general, json!({"cursor": 5}));
    tale.hear();
    tale.believe(general, json!({"cursor": 6}));
    // An edit that changes nothing makes no event: its answer is all there is.
    let (target, text) = (Target::Seq(at(6)), "one".into());
    tale.scene.say(general, Said::Edit { target, text });
}

pub(crate) fn cut_before_ack(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    for text in ["arrives", "does not", "was never sent"] {
        tale.scene.say(general, plain(text));
    }
    tale.scene.cut(1);
    tale.scene.wait(3000);
    tale.believe(general, json!({"cursor": 5}));
    tale.scene.connect();
    tale.scene.deliver();
    // `ready` is there, its events are not: it is sent again.
    tale.scene.arrive();
    tale.rest();
    // And once more, with the answer lost and the event seen.
    tale.scene.say(general, plain("seen"));
    tale.scene.arrive();
    let answer = tale.scene.line.as_mut().unwrap().out.pop_back().unwrap();
    drop(answer);
    tale.hear();
    tale.scene.cut(0);
    tale.believe(general, json!({"cursor": 9}));
}

pub(crate) fn offline(tale: &mut Tale) {
    let general = tale.general();
    tale.open(general);
    let theirs = tale.scene.verb(BEN, general, post("there"));
    tale.rest();
    tale.scene.say(general, plain("may have arrived"));
    tale.scene.cut(0);
    let say = |tale: &mut Tale, said: Said| tale.scene.say(general, said);
    let of = |nonce| Target::Nonce(nonce);
    let tried = tale.scene.said[0].0.clone();
    let edited = say(tale, plain("befor"));
    let gone = say(tale, plain("oops"));
    say(
        tale,
        Said::Edit {
            target: of(edited.clone()),
            text: "before".into(),
        },
    );
    say(
        tale,
        Said::React {
            target: of(gone.clone()),
            emoji: "👍".into(),
        },
    );
    say(tale, Said::Delete { target: of(gone) });
    say(
        tale,
        Said::Edit {
            target: of(tried.clone()),
            text: "did it?".into(),
        },
    );
    say(
        tale,
        Said::Edit {
            target: of(tried),
            text: "did it!".into(),
        },
    );
    say(
        tale,
        Said::React {
            target: of(edited),
            emoji: "🎉".into(),
        },
    );
    say(
        tale,
        Said::React {
            target: Target::Seq(theirs),
            emoji: "👍".into(),
        },
    );
    tale.scene.verb(BEN, general, react(theirs, "👍"));
    tale.believe(general, json!({"cursor": 6}));
    tale.rest();
    // What was acked is known by its nonce still.
    tale.scene.say(
        general,
        Said::Delete {
            target: Target::Seq(theirs),
        },
    );
}

pub(crate) fn refused(tale: &mut Tale) {
    let plans = room(tale, BEN, RoomKind::Open, &[ADA]);
    let general = tale.general();
    tale.rest();
    tale.open(plans);
    let archive = Command::UpdateRoom {
        room: plans,
        name: None,
        topic: None,
        archived: Some(true),
    };
    let ben = tale.scene.town.people[BEN];
    let late = tale.scene.say(plans, plain("too late"));
    tale.scene
        .write(Op::Command(ben, archive))
        .expect("it is his");
    tale.scene.say(
        plans,
        Said::Edit {
            target: Target::Nonce(late),
            text: "later".into(),
        },
    );
    tale.scene.say(
        general,
        Said::Delete {
            target: Target::Seq(at(3)),
        },
    );
    tale.rest();
    tale.scene.say(general, plain("patience"));
    tale.scene.say(general, plain("and order"));
    tale.scene.hold_off(700);
    tale.hear();
    tale.believe(general, json!({"cursor": 5}));
    tale.scene.wait(500);
    tale.scene.wait(200);
}
