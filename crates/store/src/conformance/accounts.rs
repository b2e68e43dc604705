//! Accounts: what lets one in, roles, disabling, claiming, passwords.

use parlor_protocol::{Code, DisplayName, ServerRole, User, UserId};

use super::Backend;
use super::world::{World, post, refused, secret};
use crate::accounts::demo_username;
use crate::read::Denied;
use crate::write::{Actor, Authority, Grant, NewInvite, Proof, SessionLife};
use crate::{Answer, Done, Op, Published};

fn account(answer: Answer) -> User {
    match answer {
        Ok(Done::Account(user)) => user,
        other => panic!("{other:?}"),
    }
}

fn update(
    world: &mut World,
    by: Authority,
    user: UserId,
    role: Option<ServerRole>,
    disabled: Option<bool>,
) -> Answer {
    world.write(Op::UpdateUser {
        by,
        user,
        role,
        disabled,
    })
}

fn user(world: &World, user: UserId) -> User {
    world.read.user(user).unwrap().unwrap()
}

fn link(world: &mut World, token: u128) {
    let expires = world.now.plus_millis(3_600_000);
    world
        .write(Op::SetClaimLink(secret(token), expires))
        .unwrap();
}

fn invite(world: &mut World, by: Authority, code: u128, max_uses: u32) -> Answer {
    let expires_at = world.now.plus_millis(60_000);
    let id = parlor_protocol::InviteId::from_u128(code);
    let code = secret(code);
    world.write(Op::AddInvite(
        by,
        NewInvite {
            id,
            code,
            max_uses,
            expires_at,
        },
    ))
}

pub fn a_new_account_is_in_general(backend: &dyn Backend) {
    let (mut world, [ada]) = World::with(backend, ["ada"]);
    let ben = world.account("ben", Grant::Console { admin: false });
    let made = account(world.write(Op::AddAccount(ben.clone())));
    assert_eq!(
        (made.id, made.role, made.disabled),
        (ben.id, ServerRole::Member, false)
    );
    assert!(matches!(world.last.published.as_slice(),
        [Published::Event { room, event, .. }] if *room == world.general && event.by.id == ben.id));
    assert_eq!(world.log(ada, world.general).len(), 3);
    let found = world.read.credentials(&ben.username).unwrap().unwrap();
    assert_eq!((found.user, found.disabled), (ben.id, false));
    assert_eq!(found.password, Some(ben.password.clone()));
    assert_eq!(world.read.password(ben.id).unwrap(), Some(ben.password));
    let again = world.account("ben", Grant::Console { admin: false });
    assert_eq!(
        refused(&world.write(Op::AddAccount(again))),
        Code::UsernameTaken
    );
    assert_eq!(
        user(&world, ada.user).role,
        ServerRole::Owner,
        "admin on an unclaimed server"
    );
    let cy = world.account("cy", Grant::Console { admin: true });
    assert_eq!(
        account(world.write(Op::AddAccount(cy))).role,
        ServerRole::Admin
    );
}

pub fn an_invite_is_counted_with_the_account_it_lets_in(backend: &dyn Backend) {
    let (mut world, [boss]) = World::with(backend, ["boss"]);
    invite(&mut world, Authority::Account(boss), 9, 2).unwrap();
    let uses = |world: &World| world.read.invites(world.now).unwrap()[0].uses;
    let taken = world.account("boss", Grant::Invite(secret(9)));
    assert_eq!(
        refused(&world.write(Op::AddAccount(taken))),
        Code::UsernameTaken
    );
    assert_eq!(uses(&world), 0, "a refusal is not counted");
    let ada = world.account("ada", Grant::Invite(secret(9)));
    assert_eq!(
        account(world.write(Op::AddAccount(ada))).role,
        ServerRole::Member
    );
    assert_eq!(uses(&world), 1);
    assert!(world.read.invite_is_good(&secret(9), world.now).unwrap());
    let pair = ["ben", "cy"].map(|it| Op::AddAccount(world.account(it, Grant::Invite(secret(9)))));
    let answers = world.batch(pair);
    assert!(answers[0].is_ok());
    assert_eq!(
        refused(&answers[1]),
        Code::InviteNeeded,
        "within one batch, too"
    );
    assert!(!world.read.invite_is_good(&secret(9), world.now).unwrap());
    assert!(world.read.invites(world.now).unwrap().is_empty());

    invite(&mut world, Authority::Console, 10, 25).unwrap();
    assert_eq!(
        world.read.invites(world.now).unwrap()[0].by.id,
        UserId::PARLOR
    );
    world.now = world.now.plus_millis(60_000);
    let late = world.account("dee", Grant::Invite(secret(10)));
    assert_eq!(
        refused(&world.write(Op::AddAccount(late))),
        Code::InviteNeeded
    );
    let unknown = world.account("boss", Grant::Invite(secret(404)));
    let answer = world.write(Op::AddAccount(unknown));
    assert_eq!(
        refused(&answer),
        Code::InviteNeeded,
        "judged before the name"
    );
    let demo = world.account("dee", Grant::Demo);
    assert_eq!(
        refused(&world.write(Op::AddAccount(demo))),
        Code::InviteNeeded
    );
}

pub fn owners_and_admins_invite(backend: &dyn Backend) {
    let (mut world, [boss, ada]) = World::with(backend, ["boss", "ada"]);
    let by = Authority::Account(ada);
    assert_eq!(refused(&invite(&mut world, by, 1, 1)), Code::Forbidden);
    let admin = Some(ServerRole::Admin);
    update(&mut world, Authority::Account(boss), ada.user, admin, None).unwrap();
    invite(&mut world, by, 1, 1).unwrap();
    invite(&mut world, by, 2, 1).unwrap();
    let invites = world.read.invites(world.now).unwrap();
    let ids: Vec<u128> = invites.iter().map(|it| it.id.as_u128()).collect();
    assert_eq!(ids, [2, 1], "the newest first");
    assert_eq!(invites[0].by.id, ada.user);
    let one = parlor_protocol::InviteId::from_u128(1);
    world
        .write(Op::RemoveInvite(Authority::Account(boss), one))
        .unwrap();
    let again = world.write(Op::RemoveInvite(Authority::Account(boss), one));
    assert_eq!(refused(&again), Code::NotFound);
    assert!(!world.read.invite_is_good(&secret(1), world.now).unwrap());
}

pub fn claiming_happens_once_by_the_newest_link(backend: &dyn Backend) {
    let mut world = World::open(backend);
    assert!(!world.read.server().unwrap().claimed);
    link(&mut world, 1);
    link(&mut world, 2);
    let good = |world: &World, token| world.read.claim_link_is_good(&secret(token), world.now);
    assert!(!good(&world, 1).unwrap() && good(&world, 2).unwrap());
    let name = Some(DisplayName::parse("Home").unwrap());
    let old = world.account("ada", Grant::Claim(secret(1), None));
    assert_eq!(
        refused(&world.write(Op::AddAccount(old))),
        Code::BadClaimToken
    );
    world.person("ben", false);
    let taken = world.account("ben", Grant::Claim(secret(2), None));
    assert_eq!(
        refused(&world.write(Op::AddAccount(taken))),
        Code::UsernameTaken
    );
    assert!(good(&world, 2).unwrap(), "and the link stays good");
    let ada = world.account("ada", Grant::Claim(secret(2), name.clone()));
    assert_eq!(
        account(world.write(Op::AddAccount(ada))).role,
        ServerRole::Owner
    );
    assert!(
        world
            .last
            .published
            .iter()
            .any(|it| matches!(it, Published::Server))
    );
    let server = world.read.server().unwrap();
    assert!(server.claimed);
    assert_eq!(Some(server.name), name);
    assert!(!good(&world, 2).unwrap());
    let late = world.account("cy", Grant::Claim(secret(2), None));
    assert_eq!(refused(&world.write(Op::AddAccount(late))), Code::NotFound);
    let expires = world.now.plus_millis(1000);
    let link = world.write(Op::SetClaimLink(secret(3), expires));
    assert_eq!(refused(&link), Code::NotFound);
}

pub fn a_claim_link_runs_out(backend: &dyn Backend) {
    let mut world = World::open(backend);
    link(&mut world, 1);
    world.now = world.now.plus_millis(3_600_000);
    assert!(
        !world
            .read
            .claim_link_is_good(&secret(1), world.now)
            .unwrap()
    );
    let late = world.account("ada", Grant::Claim(secret(1), None));
    assert_eq!(
        refused(&world.write(Op::AddAccount(late))),
        Code::BadClaimToken
    );
}

/// `prathmesh` signs in.
fn demo(world: &mut World) -> (Answer, Actor) {
    let session = world.session(SessionLife::Browser);
    let id = session.id;
    let user = UserId::from_u128(world.fresh());
    let answer = world.write(Op::StartDemoSession(user, session));
    let user = match &answer {
        Ok(Done::Account(user)) => user.id,
        _ => user,
    };
    (answer, Actor { user, session: id })
}

pub fn the_demo_signs_in_one_member(backend: &dyn Backend) {
    let mut world = World::open(backend);
    let (first, prathmesh) = demo(&mut world);
    let first = account(first);
    assert_eq!(first.username, demo_username());
    assert_eq!(first.role, ServerRole::Member);
    let (second, _) = demo(&mut world);
    assert_eq!(account(second).id, first.id);
    assert_eq!(world.read.password(first.id).unwrap(), None);
    world.post(prathmesh, world.general, "hello");
    assert_eq!(world.kinds(prathmesh, world.general).len(), 3);
}

pub fn claiming_ends_the_demo_for_good(backend: &dyn Backend) {
    let mut world = World::open(backend);
    let (_, prathmesh) = demo(&mut world);
    let token = world.sign_in(prathmesh.user, Proof::Console, SessionLife::Token);
    let mut guest = world.account("guest", Grant::Demo);
    let session = world.session(SessionLife::Browser);
    let guest_actor = Actor {
        user: guest.id,
        session: session.id,
    };
    guest.session = Some(session);
    world.write(Op::AddAccount(guest.clone())).unwrap();
    let said = world.post(guest_actor, world.general, "I was here");
    let ada = world.person("ada", false);
    link(&mut world, 1);
    let owner = world.account("boss", Grant::Claim(secret(1), None));
    world.write(Op::AddAccount(owner)).unwrap();

    let published = world.last.published.clone();
    for ended in [prathmesh, guest_actor] {
        assert!(published.iter().any(|it| matches!(it,
            Published::SessionEnded { user, session } if *user == ended.user && *session == ended.session)));
        let answer = world.say(ended, world.general, post("still here"));
        assert_eq!(refused(&answer), Code::NotSignedIn);
    }
    assert!(user(&world, guest.id).disabled);
    assert!(!user(&world, ada.user).disabled);
    world.post(ada, world.general, "accounts of the console stay");
    world.post(token, world.general, "and so do its tokens");
    assert_eq!(world.message(ada, world.general, said).by.id, guest.id);
    let (again, _) = demo(&mut world);
    assert_eq!(refused(&again), Code::InvalidCredentials);
    let session = world.session(SessionLife::Browser);
    let proof = Proof::Password(guest.password.clone());
    let start = |session| Op::StartSession(guest.id, proof.clone(), session);
    assert_eq!(
        refused(&world.write(start(session))),
        Code::InvalidCredentials
    );
    world.disable(guest.id, false);
    let session = world.session(SessionLife::Browser);
    world.write(start(session)).unwrap();
}

pub fn accounts_are_ruled_by_admins_and_owners(backend: &dyn Backend) {
    let (mut world, [boss, ada, ben, cy]) = World::with(backend, ["boss", "ada", "ben", "cy"]);
    let by = |actor| Authority::Account(actor);
    let admin = Some(ServerRole::Admin);
    let owner = Some(ServerRole::Owner);
    assert_eq!(
        refused(&update(&mut world, by(ben), cy.user, None, Some(true))),
        Code::Forbidden
    );
    assert_eq!(
        refused(&update(&mut world, by(ben), ben.user, admin, None)),
        Code::Forbidden
    );
    let made = account(update(&mut world, by(boss), ada.user, admin, None));
    assert_eq!(made.role, ServerRole::Admin);
    assert!(matches!(world.last.published.as_slice(), [Published::User(user)] if *user == made));
    update(&mut world, by(boss), ada.user, admin, None).unwrap();
    assert!(world.last.published.is_empty(), "it is so already");

    update(&mut world, by(ada), ben.user, None, Some(true)).unwrap();
    update(&mut world, by(ada), ben.user, None, Some(false)).unwrap();
    for (user, role, disabled) in [
        (boss.user, None, Some(true)),
        (ada.user, None, Some(true)),
        (cy.user, admin, None),
        (cy.user, admin, Some(true)),
    ] {
        let answer = update(&mut world, by(ada), user, role, disabled);
        assert_eq!(refused(&answer), Code::Forbidden);
    }
    assert!(!user(&world, cy.user).disabled, "all or nothing");
    let reset = |by, user| Op::ResetPassword(by, user, "hash of new".into());
    assert_eq!(
        refused(&world.write(reset(by(ada), boss.user))),
        Code::Forbidden
    );
    assert_eq!(
        refused(&world.write(reset(by(ben), cy.user))),
        Code::NotSignedIn
    );
    for nobody in [UserId::from_u128(404), UserId::PARLOR] {
        let answer = update(&mut world, by(boss), nobody, None, Some(true));
        assert_eq!(refused(&answer), Code::NotFound);
        assert_eq!(
            refused(&world.write(reset(by(boss), nobody))),
            Code::NotFound
        );
    }
    for (role, disabled) in [(admin, None), (None, Some(true)), (owner, Some(true))] {
        for by in [by(boss), Authority::Console] {
            let answer = update(&mut world, by, boss.user, role, disabled);
            assert_eq!(refused(&answer), Code::LastOwner);
        }
    }
    update(&mut world, by(boss), cy.user, owner, None).unwrap();
    update(&mut world, by(boss), boss.user, admin, None).unwrap();
    let answer = update(&mut world, by(cy), cy.user, None, Some(true));
    assert_eq!(refused(&answer), Code::LastOwner);
}

pub fn a_disabled_account_can_do_nothing_until_it_is_enabled(backend: &dyn Backend) {
    let (mut world, [_, ada]) = World::with(backend, ["boss", "ada"]);
    let token = world.sign_in(ada.user, Proof::Console, SessionLife::Token);
    world.disable(ada.user, true);
    let published = &world.last.published;
    assert!(matches!(&published[0], Published::User(user) if user.id == ada.user && user.disabled));
    assert!(
        matches!(&published[1..], [Published::SessionEnded { session, .. }] if *session == ada.session)
    );
    for actor in [ada, token] {
        let answer = world.say(actor, world.general, post("hello"));
        assert_eq!(refused(&answer), Code::NotSignedIn);
    }
    let token_secret = secret(token.session.as_u128());
    let authenticate = |world: &World| world.read.authenticate(&token_secret, world.now).unwrap();
    assert_eq!(authenticate(&world), Err(Denied::Disabled));
    let snapshot = world.read.snapshot(ada.user, token.session, world.now);
    assert_eq!(snapshot.unwrap(), Err(Denied::Disabled));
    let snapshot = world.read.snapshot(ada.user, ada.session, world.now);
    assert_eq!(snapshot.unwrap(), Err(Denied::SessionEnded));
    for proof in [Proof::Password("hash of ada".into()), Proof::Console] {
        let session = world.session(SessionLife::Browser);
        let answer = world.write(Op::StartSession(ada.user, proof, session));
        assert_eq!(refused(&answer), Code::InvalidCredentials);
    }
    world.disable(ada.user, false);
    assert!(authenticate(&world).is_ok(), "a token sleeps");
    world.post(token, world.general, "awake");
    let answer = world.say(ada, world.general, post("hello"));
    assert_eq!(
        refused(&answer),
        Code::NotSignedIn,
        "a browser signs in anew"
    );
}

pub fn people_and_the_server_are_renamed(backend: &dyn Backend) {
    let (mut world, [boss, ada]) = World::with(backend, ["boss", "ada"]);
    let name = DisplayName::parse("Ada Lovelace").unwrap();
    let renamed = account(world.write(Op::RenameUser(ada, name.clone())));
    assert_eq!(renamed.name, name);
    assert!(matches!(world.last.published.as_slice(), [Published::User(user)] if *user == renamed));
    world.write(Op::RenameUser(ada, name.clone())).unwrap();
    assert!(world.last.published.is_empty());
    let home = DisplayName::parse("Home").unwrap();
    let answer = world.write(Op::RenameServer(ada, home.clone()));
    assert_eq!(refused(&answer), Code::Forbidden);
    world.write(Op::RenameServer(boss, home.clone())).unwrap();
    assert!(matches!(
        world.last.published.as_slice(),
        [Published::Server]
    ));
    assert_eq!(world.read.server().unwrap().name, home);
}
