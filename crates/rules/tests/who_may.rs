//! "Who may" as one table, role × verb × kind of room, made by asking the rules.
//!
//! It is checked in beside this file; `PARLOR_WRITE=1 cargo test -p parlor-rules`
//! writes it anew.

mod facts;

use facts::*;
use parlor_protocol::{Command, RoomKind, RoomRole, ServerRole};
use parlor_rules::{Detail, Facts, Plan, ReactionFacts, plan};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/who-may.md");
const OWNER: Option<RoomRole> = Some(RoomRole::Owner);
const MEMBER: Option<RoomRole> = Some(RoomRole::Member);

/// A verb: what is asked, and what it is about, given the actor's own role in the room.
type Verb = (&'static str, fn(Option<RoomRole>) -> (Command, Detail));

const VERBS: [Verb; 22] = [
    ("post", |_| (post(), post_detail())),
    ("reply", |_| {
        let detail = Detail::Post {
            reply_to: Some(message(&ben())),
            mentioned: Vec::new(),
        };
        (reply(), detail)
    }),
    ("edit what is mine", |_| {
        (edit("new"), Detail::Message(Some(message(&ada()))))
    }),
    ("edit what is another's", |_| {
        (edit("new"), Detail::Message(Some(message(&ben()))))
    }),
    ("delete what is mine", |_| {
        (delete(), Detail::Message(Some(message(&ada()))))
    }),
    ("delete what is another's", |_| {
        (delete(), Detail::Message(Some(message(&ben()))))
    }),
    ("react", |_| {
        let none = ReactionFacts::default();
        (react(), reaction(Some(message(&ben())), none))
    }),
    ("take a reaction back", |_| {
        let mine = ReactionFacts {
            mine: true,
            there: true,
            kinds: 1,
        };
        (unreact(), reaction(Some(message(&ben())), mine))
    }),
    ("rename", |_| {
        (
            update(Some("coffee"), None, None),
            Detail::Update { named: None },
        )
    }),
    ("set the topic", |_| {
        (
            update(None, Some("Beans"), None),
            Detail::Update { named: None },
        )
    }),
    ("archive", |_| {
        (
            update(None, None, Some(true)),
            Detail::Update { named: None },
        )
    }),
    ("bring back", |_| {
        (
            update(None, None, Some(false)),
            Detail::Update { named: None },
        )
    }),
    ("join", |role| {
        (put(&ada(), None), member(subject(ada(), role)))
    }),
    ("join as owner", |role| {
        (put(&ada(), OWNER), member(subject(ada(), role)))
    }),
    ("be a plain member", |role| {
        (put(&ada(), MEMBER), member(subject(ada(), role)))
    }),
    ("add somebody", |_| {
        (put(&ben(), None), member(subject(ben(), None)))
    }),
    ("add somebody as owner", |_| {
        (put(&ben(), OWNER), member(subject(ben(), None)))
    }),
    ("add who is there", |_| {
        (put(&ben(), None), member(subject(ben(), MEMBER)))
    }),
    ("make a member owner", |_| {
        (put(&ben(), OWNER), member(subject(ben(), MEMBER)))
    }),
    ("make an owner member", |_| {
        (put(&ben(), MEMBER), member(subject(ben(), OWNER)))
    }),
    ("leave", |role| {
        (remove(&ada()), member(subject(ada(), role)))
    }),
    ("remove somebody", |_| {
        (remove(&ben()), member(subject(ben(), MEMBER)))
    }),
];

#[test]
fn who_may_is_what_the_table_says() {
    let table = table();
    if std::env::var_os("PARLOR_WRITE").is_some() {
        std::fs::write(FILE, &table).unwrap();
    }
    let checked_in = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        checked_in == table,
        "tests/who-may.md is not what the rules say; they say:\n{table}"
    );
}

fn table() -> String {
    let mut table = String::from(
        "# Who may\n\nMade from the rules by `tests/who_may.rs`: do not edit. *no change*: accepted, and nothing happens.\n\
         The server's owners may in rooms what its admins may.\n",
    );
    let rooms = [
        (RoomKind::Open, false, "an open room"),
        (RoomKind::Open, true, "an archived open room"),
        (RoomKind::Closed, false, "a closed room"),
        (RoomKind::Direct, false, "a direct room"),
    ];
    for (kind, archived, called) in rooms {
        let roles: &[(Option<RoomRole>, &str)] = match kind {
            RoomKind::Direct => &[(None, "not in it"), (MEMBER, "member")],
            _ => &[(None, "not in it"), (MEMBER, "member"), (OWNER, "owner")],
        };
        let mut head = format!("\n## In {called}\n\n|");
        let mut rule = String::from("|---|");
        for server in ["", "admin, "] {
            for (_, role) in roles {
                head += &format!(" | {server}{role}");
                rule.push_str("---|");
            }
        }
        table += &format!("{head} |\n{rule}\n");
        for (verb, ask) in VERBS {
            table += &format!("| {verb} |");
            for server in [ServerRole::Member, ServerRole::Admin] {
                for (role, _) in roles {
                    let (command, detail) = ask(*role);
                    let ask = |actor_role| {
                        let mut facts = Facts {
                            actor_role,
                            room: Some(room(kind, *role)),
                            ..facts::facts(detail.clone())
                        };
                        facts.room.as_mut().expect("a room").archived = archived;
                        cell(&command, &facts)
                    };
                    let answer = ask(server);
                    if server == ServerRole::Admin {
                        assert_eq!(answer, ask(ServerRole::Owner), "{verb} in {called}");
                    }
                    table += &format!(" {answer} |");
                }
            }
            table.push('\n');
        }
    }
    table
}

fn cell(command: &Command, facts: &Facts) -> String {
    match plan(command, facts) {
        Ok(Plan::Events(_)) => "yes".into(),
        Ok(_) => "*no change*".into(),
        Err(refusal) => code(refusal.code),
    }
}
