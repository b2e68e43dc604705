//! The outbox by its cases, and at random against a server that forgets answers.

use std::collections::BTreeMap;

use super::*;

const ROOM: RoomId = RoomId::from_u128(7);
const ADA: UserId = UserId::from_u128(1);

fn nonce(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}

fn of(text: &str) -> Target {
    Target::Nonce(nonce(text))
}

fn post(text: &str) -> Said {
    Said::Post {
        text: text.into(),
        reply_to: None,
    }
}

fn edit(target: Target, text: &str) -> Said {
    let text = text.into();
    Said::Edit { target, text }
}

fn react(target: Target) -> Said {
    let emoji = "👍".into();
    Said::React { target, emoji }
}

fn signed_in() -> Outbox {
    let mut outbox = Outbox::default();
    outbox.ready("one", ADA);
    outbox
}

fn id(frame: &ClientFrame) -> RequestId {
    match frame {
        ClientFrame::Post { id, .. }
        | ClientFrame::Edit { id, .. }
        | ClientFrame::Delete { id, .. }
        | ClientFrame::React { id, .. }
        | ClientFrame::Unreact { id, .. } => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

#[test]
fn one_command_of_a_room_is_under_way_at_a_time() {
    let mut outbox = signed_in();
    for name in ["a", "b"] {
        outbox.take(ROOM, nonce(name), post(name)).unwrap();
    }
    outbox
        .take(RoomId::from_u128(8), nonce("c"), post("c"))
        .unwrap();
    let sent = outbox.due(0);
    assert_eq!(sent.len(), 2, "the first of each room");
    assert_eq!(outbox.due(0), []);
    outbox.acked(&id(&sent[0]), seq(5));
    assert!(matches!(&outbox.due(0)[..], [ClientFrame::Post { text, .. }] if text == "b"));
}

#[test]
fn what_was_never_sent_takes_edits_and_deletions_in() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    outbox.take(ROOM, nonce("b"), post("b")).unwrap();
    outbox
        .take(ROOM, nonce("e"), edit(of("b"), "better"))
        .unwrap();
    outbox.take(ROOM, nonce("r"), react(of("a"))).unwrap();
    let target = of("a");
    let gone = outbox
        .take(ROOM, nonce("d"), Said::Delete { target })
        .unwrap();
    let gone: Vec<&str> = gone.iter().map(|(_, nonce, _)| nonce.as_str()).collect();
    assert_eq!(gone, ["a", "r", "d"]);
    assert!(matches!(&outbox.due(0)[..], [ClientFrame::Post { text, .. }] if text == "better"));
}

#[test]
fn what_may_have_arrived_never_changes_and_what_depends_on_it_takes_its_seq() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    outbox.due(0);
    outbox.interrupted();
    outbox
        .take(ROOM, nonce("e"), edit(of("a"), "better"))
        .unwrap();
    let sent = outbox.due(0);
    assert!(matches!(&sent[..], [ClientFrame::Post { text, .. }] if text == "a"));
    outbox.acked(&id(&sent[0]), seq(5));
    let sent = outbox.due(0);
    assert!(matches!(&sent[..], [ClientFrame::Edit { seq: s, .. }] if *s == seq(5)));
    outbox.take(ROOM, nonce("r"), react(of("a"))).unwrap();
    assert_eq!(
        outbox.take(ROOM, nonce("x"), react(of("nobody"))),
        Err(NotTaken::UnknownTarget)
    );
}

#[test]
fn a_refusal_with_a_time_waits_and_one_without_is_final_with_what_depends_on_it() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    let sent = outbox.due(0);
    let patience = outbox.refused(&id(&sent[0]), Code::RateLimited, "", Some(500), 100);
    assert_eq!(patience, Some(vec![]));
    assert_eq!((outbox.due(599), outbox.next_due()), (vec![], Some(600)));
    outbox.take(ROOM, nonce("r"), react(of("a"))).unwrap();
    let sent = outbox.due(600);
    let settled = outbox.refused(&id(&sent[0]), Code::RoomArchived, "", None, 600);
    assert_eq!(settled.unwrap().len(), 2);
    assert!(outbox.is_empty());
    let foreign = RequestId::parse("resume-1").unwrap();
    assert_eq!(outbox.refused(&foreign, Code::NotFound, "", None, 0), None);
}

#[test]
fn another_life_gets_plain_posts_only_and_another_person_nothing() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    let reply_to = Some(seq(3));
    let text = "yes".into();
    outbox
        .take(ROOM, nonce("b"), Said::Post { text, reply_to })
        .unwrap();
    outbox
        .take(ROOM, nonce("e"), edit(Target::Seq(seq(3)), "x"))
        .unwrap();
    let kept = serde_json::to_string(&outbox).unwrap();
    let mut outbox: Outbox = serde_json::from_str(&kept).unwrap();
    // Said after a restart, before the server was heard again: of the life that was known then.
    outbox
        .take(ROOM, nonce("f"), edit(Target::Seq(seq(4)), "x"))
        .unwrap();
    outbox.ready("one", UserId::from_u128(2));
    assert_eq!((outbox.due(0), outbox.len()), (vec![], 4));
    let settled = outbox.ready("two", ADA);
    assert_eq!(settled.len(), 3);
    assert!(
        settled
            .iter()
            .all(|(_, _, outcome)| *outcome == Outcome::OtherEpoch)
    );
    assert!(matches!(&outbox.due(0)[..], [ClientFrame::Post { text, .. }] if text == "a"));
}

#[test]
fn of_reactions_that_were_never_sent_the_last_is() {
    let mut outbox = signed_in();
    let target = Target::Seq(seq(3));
    for name in ["a", "b"] {
        outbox
            .take(ROOM, nonce(name), react(target.clone()))
            .unwrap();
    }
    let emoji = "👍".into();
    // It may be there from another device: then both would not be neither.
    let settled = outbox
        .take(ROOM, nonce("c"), Said::Unreact { target, emoji })
        .unwrap();
    assert_eq!(settled, [(ROOM, nonce("c"), Outcome::Folded)]);
    assert!(matches!(&outbox.due(0)[..], [ClientFrame::Unreact { .. }]));
    assert_eq!(outbox.len(), 1);
}

#[test]
fn a_nonce_is_of_one_room_and_one_author() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    outbox.due(0);
    let elsewhere = RoomId::from_u128(8);
    assert_eq!(outbox.seen(elsewhere, ADA, &nonce("a"), seq(1)), []);
    let ben = UserId::from_u128(2);
    assert_eq!(outbox.seen(ROOM, ben, &nonce("a"), seq(1)), []);
    let done = (ROOM, nonce("a"), Outcome::Done(seq(2)));
    assert_eq!(outbox.seen(ROOM, ADA, &nonce("a"), seq(2)), [done]);
}

#[test]
fn the_same_again_is_the_one_that_waits_and_other_content_is_not() {
    let mut outbox = signed_in();
    for _ in 0..2 {
        assert_eq!(outbox.take(ROOM, nonce("a"), post("a")), Ok(vec![]));
        assert_eq!(outbox.len(), 1);
        outbox.due(0);
    }
    let other = outbox.take(ROOM, nonce("a"), post("b"));
    assert_eq!(other, Err(NotTaken::SameNonce));
    let elsewhere = RoomId::from_u128(8);
    let other = outbox.take(elsewhere, nonce("a"), post("a"));
    assert_eq!(other, Err(NotTaken::SameNonce));
}

#[test]
fn what_nobody_judged_waits_a_moment() {
    let mut outbox = signed_in();
    outbox.take(ROOM, nonce("a"), post("a")).unwrap();
    let sent = outbox.due(0);
    let settled = outbox.refused(&id(&sent[0]), Code::NotSignedIn, "", None, 0);
    assert_eq!((settled, outbox.due(0)), (Some(vec![]), vec![]));
    assert_eq!(outbox.due(1000).len(), 1);
}

#[test]
fn what_waits_has_a_bound_in_bytes() {
    let mut outbox = signed_in();
    let long = "x".repeat(16 * 1024);
    let mut taken = 0;
    while outbox
        .take(ROOM, nonce(&format!("n{taken}")), post(&long))
        .is_ok()
    {
        taken += 1;
    }
    assert_eq!(taken * long.len(), WAITING_BYTES);
    assert_eq!(
        outbox.take(ROOM, nonce("one-more"), post(&long)),
        Err(NotTaken::Full)
    );
}

/// The server executes each nonce once; answers get lost, connections drop.
#[test]
fn at_random_everything_said_is_settled_once_in_order_and_as_it_was_last_said() {
    for seed in 0..200_u64 {
        let mut chance = seed;
        let mut below = |bound: u64| {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % bound
        };
        let mut outbox = signed_in();
        let (mut log, mut answers): (Vec<(Nonce, String)>, BTreeMap<Nonce, Seq>) =
            Default::default();
        let (mut said, mut settled) = (Vec::new(), Vec::new());
        for step in 0..300 {
            match below(10) {
                0..4 if said.len() < 40 => {
                    let name = nonce(&format!("n{step}"));
                    outbox
                        .take(ROOM, name.clone(), post(name.as_str()))
                        .unwrap();
                    said.push(name);
                }
                4 if !said.is_empty() => {
                    let which = usize::try_from(below(said.len() as u64)).unwrap();
                    let target = Target::Nonce(said[which].clone());
                    let edit = edit(target, &format!("edited {step}"));
                    settled.extend(outbox.take(ROOM, nonce(&format!("n{step}")), edit).unwrap());
                }
                5 => outbox.interrupted(),
                _ => {
                    let frames = outbox.due(0);
                    assert!(frames.len() <= 1);
                    for frame in frames {
                        let (name, what) = match &frame {
                            ClientFrame::Post { nonce, text, .. } => {
                                (nonce.clone(), format!("post {text}"))
                            }
                            ClientFrame::Edit {
                                nonce, seq, text, ..
                            } => (nonce.clone(), format!("edit {seq} {text}")),
                            other => panic!("{other:?}"),
                        };
                        let next = seq(log.len() as u64 + 1);
                        let first = *answers.entry(name.clone()).or_insert(next);
                        if first == next {
                            log.push((name, what));
                        } else {
                            assert_eq!(
                                log[usize::try_from(first.get()).unwrap() - 1].1,
                                what,
                                "never changes"
                            );
                        }
                        match below(3) {
                            0 => outbox.interrupted(),
                            _ => settled.extend(outbox.acked(&id(&frame), first)),
                        }
                    }
                }
            }
        }
        while let [frame] = &outbox.due(0)[..] {
            let next = seq(log.len() as u64 + 1);
            let (ClientFrame::Post { nonce, .. } | ClientFrame::Edit { nonce, .. }) = frame else {
                panic!("{frame:?}")
            };
            let first = *answers.entry(nonce.clone()).or_insert(next);
            if first == next {
                log.push((nonce.clone(), String::new()));
            }
            settled.extend(outbox.acked(&id(frame), first));
            outbox.interrupted();
        }
        assert!(outbox.is_empty(), "seed {seed}");
        let order: Vec<&Nonce> = log
            .iter()
            .map(|(name, _)| name)
            .filter(|name| said.contains(name))
            .collect();
        assert_eq!(order, said.iter().collect::<Vec<_>>(), "seed {seed}");
        let mut names: Vec<_> = settled.iter().map(|(_, name, _)| name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "settled once");
    }
}
