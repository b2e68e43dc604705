//! Sessions: what they rest on, how long they stand, what ends them.

use parlor_protocol::{Code, SessionId, UserId, limits};

use super::Backend;
use super::world::{World, post, refused, secret};
use crate::read::Denied;
use crate::write::{Actor, Authority, Proof, SessionLife};
use crate::{Done, Op, Published};

const HOUR: i64 = 3_600_000;

fn stands(world: &World, actor: Actor) -> bool {
    let token = secret(actor.session.as_u128());
    let found = world.read.authenticate(&token, world.now).unwrap();
    let snapshot = world.read.snapshot(actor.user, actor.session, world.now);
    assert_eq!(snapshot.unwrap().is_ok(), found.is_ok());
    found.is_ok()
}

fn ended(world: &World) -> Vec<SessionId> {
    let published = world.last.published.iter();
    let ended = published.filter_map(|it| match it {
        Published::SessionEnded { session, .. } => Some(*session),
        _ => None,
    });
    ended.collect()
}

pub fn a_token_is_found_by_its_hash(backend: &dyn Backend) {
    let (world, [ada]) = World::with(backend, ["ada"]);
    let token = secret(ada.session.as_u128());
    let found = world.read.authenticate(&token, world.now).unwrap().unwrap();
    assert_eq!((found.user.id, found.session), (ada.user, ada.session));
    assert_eq!(found.life, SessionLife::Browser);
    assert_eq!(
        (found.created_at, found.last_seen_at),
        (world.now, world.now)
    );
    let unknown = world.read.authenticate(&secret(404), world.now).unwrap();
    assert_eq!(unknown, Err(Denied::SessionEnded));
}

pub fn signing_in_rests_on_the_stored_password(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let right = Proof::Password("hash of ada".into());
    let second = world.sign_in(ada.user, right.clone(), SessionLife::Browser);
    assert!(stands(&world, second));
    let (old, new) = ("hash of ada".into(), "hash of new".into());
    world
        .write(Op::ChangePassword {
            actor: ada,
            old,
            new,
        })
        .unwrap();
    for (user, proof) in [
        (ada.user, right),
        (UserId::from_u128(404), Proof::Console),
        (UserId::PARLOR, Proof::Console),
    ] {
        let session = world.session(SessionLife::Browser);
        let answer = world.write(Op::StartSession(user, proof, session));
        assert_eq!(refused(&answer), Code::InvalidCredentials);
    }
}

pub fn a_browsers_session_ends_idle_or_old_a_token_never(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let token = world.sign_in(ada.user, Proof::Console, SessionLife::Token);
    let idle = world.sign_in(ada.user, Proof::Console, SessionLife::Browser);
    let used = world.sign_in(ada.user, Proof::Console, SessionLife::Browser);
    let began = world.now;
    let (most_idle, most) = limits::SESSION_MS;
    world.now = began.plus_millis(most_idle - 2 * HOUR);
    assert!(stands(&world, idle));
    world.write(Op::SessionSeen(used.session)).unwrap();
    assert_eq!(world.last.number, world.read.commit().unwrap());
    world.now = began.plus_millis(most_idle);
    assert!(!stands(&world, idle));
    assert!(stands(&world, used));
    let answer = world.say(idle, world.general, post("hello"));
    assert_eq!(refused(&answer), Code::NotSignedIn);
    assert!(stands(&world, used));
    let listed = world.read.sessions(ada.user, world.now).unwrap();
    let listed: Vec<SessionId> = listed.iter().map(|it| it.id).collect();
    assert_eq!(listed, [used.session, token.session]);

    world.write(Op::SessionSeen(idle.session)).unwrap();
    assert!(!stands(&world, idle), "what has run out is not revived");
    while world.now < began.plus_millis(most - 20 * 24 * HOUR) {
        world.now = world.now.plus_millis(20 * 24 * HOUR);
        world.write(Op::SessionSeen(used.session)).unwrap();
    }
    world.now = began.plus_millis(most - 1);
    assert!(stands(&world, used));
    world.now = began.plus_millis(most);
    assert!(!stands(&world, used), "however busy");
    world.post(token, world.general, "still here");
}

pub fn one_lists_and_ends_ones_own_sessions(backend: &dyn Backend) {
    let (mut world, [ada, ben]) = World::with(backend, ["ada", "ben"]);
    let second = world.sign_in(ada.user, Proof::Console, SessionLife::Token);
    let listed = world.read.sessions(ada.user, world.now).unwrap();
    let ids: Vec<SessionId> = listed.iter().map(|it| it.id).collect();
    assert_eq!(ids, [second.session, ada.session], "the newest first");
    assert_eq!(
        listed[0].label,
        format!("device {}", second.session.as_u128())
    );
    let not_his = world.write(Op::EndSession(ben, ada.session));
    assert_eq!(refused(&not_his), Code::NotFound);
    world.write(Op::EndSession(ada, second.session)).unwrap();
    assert_eq!(ended(&world), [second.session]);
    assert!(!stands(&world, second) && stands(&world, ada));
    let again = world.write(Op::EndSession(ada, second.session));
    assert_eq!(refused(&again), Code::NotFound);
}

pub fn what_follows_an_end_in_its_batch_is_refused(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let room = world.general;
    let n = world.nonce();
    let late = super::world::message(ada, room, &n, post("too late"));
    let answers = world.batch([Op::EndSession(ada, ada.session), late]);
    assert_eq!(answers[0], Ok(Done::Nothing));
    assert_eq!(refused(&answers[1]), Code::NotSignedIn);
    let borrowed = Actor {
        user: UserId::from_u128(404),
        ..ada
    };
    let answer = world.say(borrowed, room, post("hello"));
    assert_eq!(refused(&answer), Code::NotSignedIn);
}

pub fn a_new_password_ends_all_other_sessions(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let browser = world.sign_in(ada.user, Proof::Console, SessionLife::Browser);
    let token = world.sign_in(ada.user, Proof::Console, SessionLife::Token);
    let change = |old: &str| Op::ChangePassword {
        actor: ada,
        old: old.into(),
        new: "hash of new".into(),
    };
    assert_eq!(
        refused(&world.write(change("hash of wrong"))),
        Code::WrongPassword
    );
    world.write(change("hash of ada")).unwrap();
    let mut gone = ended(&world);
    gone.sort_unstable();
    assert_eq!(gone, [browser.session, token.session]);
    assert!(stands(&world, ada) && !stands(&world, browser) && !stands(&world, token));
    let stored = world.read.password(ada.user).unwrap();
    assert_eq!(stored.as_deref(), Some("hash of new"));
}

pub fn a_reset_password_ends_every_session(backend: &dyn Backend) {
    let (mut world, [boss, ada]) = World::with(backend, ["boss", "ada"]);
    let token = world.sign_in(ada.user, Proof::Console, SessionLife::Token);
    let by = Authority::Account(boss);
    world
        .write(Op::ResetPassword(by, ada.user, "hash of new".into()))
        .unwrap();
    let mut gone = ended(&world);
    gone.sort_unstable();
    assert_eq!(gone, [ada.session, token.session]);
    assert!(!stands(&world, ada) && !stands(&world, token));
    let proof = Proof::Password("hash of new".into());
    let new = world.sign_in(ada.user, proof, SessionLife::Browser);
    assert!(stands(&world, new));
}

pub fn a_hash_is_renewed_only_in_place_of_the_one_it_was_made_from(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let rehash = |old: &str, new: &str| Op::Rehash {
        user: ada.user,
        old: old.into(),
        new: new.into(),
    };
    world
        .write(rehash("hash of ada", "better hash of ada"))
        .unwrap();
    world
        .write(rehash("hash of ada", "late hash of ada"))
        .unwrap();
    let stored = world.read.password(ada.user).unwrap();
    assert_eq!(stored.as_deref(), Some("better hash of ada"));
    assert!(stands(&world, ada), "nobody is signed out by it");
}
