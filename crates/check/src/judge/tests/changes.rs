//! Roles, topics, archives, direct rooms, disabled accounts; and who might do what.

use serde_json::{Value, json};

use super::{ADA, BEN, ROOM, Story, event, is_broken, is_good, joined, left, post};
use crate::history::{DeviceKind, What};
use crate::judge::verdict::Rule;

fn role(seq: u64, by: &str, user: &str, role: &str) -> Value {
    let user = json!({"id": user, "username": "ben", "name": "ben"});
    event(
        seq,
        by,
        "role_changed",
        &json!({"user": user, "role": role}),
    )
}

fn archived(seq: u64, by: &str, archived: bool) -> Value {
    event(seq, by, "room_updated", &json!({"archived": archived}))
}

impl Story {
    fn gives(&mut self, d: u32, role: &str, status: u16) -> &mut Self {
        let call = format!("PUT rooms/{ROOM}/members/{BEN}");
        self.asks(d, &call, Some(&json!({"role": role})), status)
    }

    fn archives(&mut self, d: u32, archived: bool, status: u16) -> &mut Self {
        let call = format!("PATCH rooms/{ROOM}");
        self.asks(d, &call, Some(&json!({"archived": archived})), status)
    }

    fn disables(&mut self, disabled: bool) -> &mut Self {
        let call = format!("PATCH users/{BEN}");
        self.asks(1, &call, Some(&json!({"disabled": disabled})), 200)
    }

    /// So much later.
    fn later(&mut self, micros: u64) -> &mut Self {
        self.line(0, What::Rest);
        if let Some(last) = self.0.last_mut() {
            last.t += micros;
        }
        self
    }
}

#[test]
fn a_role_that_was_given_is_in_the_log_and_no_other() {
    let mut story = Story::new();
    story.gives(1, "owner", 204).gives(1, "owner", 204);
    is_good(&story.with_log(&[role(4, ADA, BEN, "owner")]));
    is_broken(
        &story.with_log(&[]),
        Rule::AckedMissing,
        &["should be In(Some(Owner))"],
    );
    let twice = [role(4, ADA, BEN, "owner"), role(5, ADA, BEN, "member")];
    is_broken(&story.with_log(&twice), Rule::NobodySent, &["event 5"]);
    // Somebody who comes back comes back as a member.
    story.moves(2, "DELETE", BEN, 204).moves(2, "PUT", BEN, 204);
    story.gives(1, "owner", 204);
    is_good(&story.with_log(&[
        role(4, ADA, BEN, "owner"),
        left(5, BEN, BEN),
        joined(6, BEN, BEN),
        role(7, ADA, BEN, "owner"),
    ]));
}

#[test]
fn what_was_refused_is_not_done() {
    let mut story = Story::new();
    story.gives(1, "owner", 403);
    is_good(&story.with_log(&[]));
    is_broken(
        &story.with_log(&[role(4, ADA, BEN, "owner")]),
        Rule::NobodySent,
        &["role_changed"],
    );
    let mut story = Story::new();
    story.archives(1, true, 409);
    is_broken(
        &story.with_log(&[archived(4, ADA, true)]),
        Rule::NobodySent,
        &["archived"],
    );
}

#[test]
fn a_command_behind_a_lost_refusal_claims_no_order() {
    let tell = |archives: bool| {
        let mut story = Story::new();
        if archives {
            story.archives(1, true, 200).archives(1, false, 200);
        }
        // Its refusal, if any, is lost with the connection.
        story.posts(2, "a").posts(2, "b").connects(2, &json!({}), 3);
        story
            .posts(2, "a")
            .posts(2, "b")
            .acks(2, "a", 7)
            .acks(2, "b", 6);
        story
    };
    let updates = [archived(4, ADA, true), archived(5, ADA, false)];
    let posts = [post(6, BEN, "b"), post(7, BEN, "a")];
    is_good(&tell(true).with_log(&[updates, posts].concat()));
    let plain = [
        post(4, BEN, "x"),
        post(5, BEN, "y"),
        post(6, BEN, "b"),
        post(7, BEN, "a"),
    ];
    let mut story = tell(false);
    story.posts(2, "x").posts(2, "y");
    let verdict = story.with_log(&plain);
    assert!(verdict.broken.contains_key(&Rule::DeviceOrder));
}

#[test]
fn a_refusal_claims_no_event() {
    // Refused as one who is disabled; then the keeper puts them in, and out.
    let mut story = Story::new();
    story.moves(2, "DELETE", BEN, 204).moves(2, "PUT", BEN, 401);
    story.moves(2, "PUT", BEN, 204).moves(1, "DELETE", BEN, 204);
    let log = [left(4, BEN, BEN), joined(5, BEN, BEN), left(6, ADA, BEN)];
    is_good(&story.with_log(&log));
}

#[test]
fn an_archive_is_as_it_was_asked_for_and_holds_still() {
    let mut story = Story::new();
    story.archives(1, true, 200).archives(1, false, 200);
    story.posts(2, "b").acks(2, "b", 6);
    let log = [
        archived(4, ADA, true),
        archived(5, ADA, false),
        post(6, BEN, "b"),
    ];
    is_good(&story.with_log(&log));
    assert_eq!(story.with_log(&log).counts.updates, 2);
    let mut story = Story::new();
    story.archives(1, true, 200).posts(2, "b").acks(2, "b", 5);
    let log = [archived(4, ADA, true), post(5, BEN, "b")];
    is_broken(&story.with_log(&log), Rule::NotAllowed, &["event 5"]);
    let mut story = Story::new();
    story.archives(1, true, 200);
    is_broken(&story.with_log(&[]), Rule::AckedMissing, &["Some(true)"]);
    let mut story = Story::new();
    let by_nobody = story
        .line(0, What::Rest)
        .with_log(&[archived(4, ADA, true)]);
    is_broken(&by_nobody, Rule::NobodySent, &["event 4"]);
}

#[test]
fn nobody_does_what_they_have_no_right_to() {
    let delete = json!({"type": "delete", "id": "d", "room": ROOM, "nonce": "d", "seq": 4});
    let deleted = |by: &str| {
        let gone = json!({"target": 4, "author": ADA, "nonce": "d"});
        let mut post = post(4, ADA, "a");
        post.as_object_mut().unwrap().remove("text");
        post["redacted"] = json!(true);
        [post, event(5, by, "message_deleted", &gone)]
    };
    let mut story = Story::new();
    story
        .posts(1, "a")
        .acks(1, "a", 4)
        .sends(2, &delete)
        .acks(2, "d", 5);
    is_broken(
        &story.with_log(&deleted(BEN)),
        Rule::NotAllowed,
        &["event 5"],
    );
    // The server's staff may in an open room, also where they are not in it.
    let user = BEN.into();
    story.line(
        2,
        What::Device {
            user,
            username: "x".into(),
            kind: DeviceKind::Wire,
            staff: true,
        },
    );
    is_good(&story.with_log(&deleted(BEN)));
    // One who is not in the room any more.
    let mut story = Story::new();
    story
        .moves(2, "DELETE", BEN, 204)
        .posts(2, "b")
        .acks(2, "b", 5);
    let verdict = story.with_log(&[left(4, BEN, BEN), post(5, BEN, "b")]);
    is_broken(&verdict, Rule::NotAllowed, &["event 5"]);
    let mut story = Story::new();
    story.gives(2, "owner", 204);
    let verdict = story.with_log(&[role(4, BEN, BEN, "owner")]);
    is_broken(&verdict, Rule::NotAllowed, &["event 4"]);
    story.archives(2, true, 200);
    let verdict = story.with_log(&[role(4, BEN, BEN, "owner"), archived(5, BEN, true)]);
    is_broken(&verdict, Rule::NotAllowed, &["event 4"]);
}

#[test]
fn a_room_is_shown_as_its_log_makes_it() {
    let mut story = Story::new();
    story.archives(1, true, 200).connects(2, &json!({}), 3);
    is_good(&story.with_log(&[archived(4, ADA, true)]));
    // At 4 it is archived, and this says that it is not.
    story.connects(2, &json!({}), 4);
    is_broken(
        &story.with_log(&[archived(4, ADA, true)]),
        Rule::RoomDiffers,
        &["archived true"],
    );
}

#[test]
fn nothing_is_done_for_a_disabled_account() {
    let mut story = Story::new();
    story.posts(2, "a").disables(true);
    // Sent before, and answered after it; sent after it, and refused.
    story.acks(2, "a", 4).posts(2, "b");
    story.refuses(2, "b", &json!({"code": "not_signed_in"}));
    is_good(&story.with_log(&[post(4, BEN, "a")]));

    story.posts(2, "c").acks(2, "c", 5);
    let log = [post(4, BEN, "a"), post(5, BEN, "c")];
    is_broken(&story.with_log(&log), Rule::Disabled, &["a command of"]);

    let mut story = Story::new();
    story.disables(true).connects(2, &json!({}), 3);
    is_broken(&story.with_log(&[]), Rule::Disabled, &["a connection of"]);
    let mut story = Story::new();
    story.disables(true).asks(2, "GET me", None, 200);
    is_broken(&story.with_log(&[]), Rule::Disabled, &["a request of"]);
    let mut story = Story::new();
    story.disables(true).asks(2, "GET me", None, 401);
    story.disables(false).connects(2, &json!({}), 3);
    is_good(&story.with_log(&[]));
}

#[test]
fn the_sockets_of_a_disabled_account_close() {
    let pong = json!({"type": "pong"});
    let mut story = Story::new();
    story.disables(true).later(900_000).gets(2, &pong);
    is_good(&story.with_log(&[]));
    story.later(9_000_000);
    let after = story.0.last().unwrap().t;
    story.gets(2, &pong);
    story.0.last_mut().unwrap().t = after;
    is_broken(&story.with_log(&[]), Rule::Disabled, &["a socket of"]);
    // A fault in between: who was held up cannot close anything.
    let mut story = Story::new();
    story.disables(true);
    let (name, detail) = ("stop".to_owned(), String::new());
    story.line(0, What::Fault { name, detail }).later(9_000_000);
    let after = story.0.last().unwrap().t;
    story.gets(2, &pong);
    story.0.last_mut().unwrap().t = after;
    is_good(&story.with_log(&[]));
}
