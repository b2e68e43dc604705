//! Writes what is generated from the code: the page's types, and the documents of
//! the contract. With `--check` it writes nothing and exits 1 where a file is not what the code says.
//!
//! Run as `cargo xtask generate [--check]`.

use std::process::ExitCode;

use parlor_protocol::frame::{ClientFrame, ServerFrame};
use parlor_protocol::http;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::json;
use xtask::generated::{self, Document};
use xtask::repository;
use xtask::typescript::{self, Style};

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match run(check) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run(check: bool) -> Result<ExitCode, String> {
    let root = repository::root();
    let documents = documents()?;
    if !check {
        for path in generated::write(&root, &documents)? {
            println!("wrote {path}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let findings = generated::compare(&root, &documents);
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("generate: {} files are what the code says", documents.len());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Every generated file of the repository.
fn documents() -> Result<Vec<Document>, String> {
    Ok(vec![
        Document {
            path: "web/src/protocol.gen.ts",
            text: page_types()?,
        },
        Document::json("docs/protocol/openapi.json", &parlor_server::openapi()),
        Document::json("docs/protocol/asyncapi.json", &parlor_server::asyncapi()),
    ])
}

const PRELUDE: &str = "\
// Generated from crates/protocol by `make generate`; not edited by hand.
// Clients ignore fields, frame types and event kinds that they do not know.

/** The number of an event in its room's log; below 2^53. */
export type Seq = number;

/** A moment: RFC 3339 in UTC with milliseconds. */
export type Time = string;

/** A page of a list; the next begins after the last item's id. */
export interface Page<T> {
  items: T[];
  has_more: boolean;
}

/** A whole list. */
export interface Items<T> {
  items: T[];
}
";

fn page_types() -> Result<String, String> {
    let style = Style {
        prelude: PRELUDE,
        aliases: &[
            ("maximum", json!(9_007_199_254_740_991_u64), "Seq"),
            ("format", json!("date-time"), "Time"),
        ],
        silent: &[
            "The number of an event in its room. 0 stands for \"before the first\".\n\
             Below 2^53, so that every language's JSON numbers can hold it.",
            "A client's own id of a request: a string of at most 64 bytes.",
        ],
        renamed: &[
            ("Events", "EventPage"),
            ("Messages", "MessagePage"),
            ("Ready", "ReadyBody"),
            ("ReadyLimits", "Limits"),
            ("Signal", "SignalBody"),
        ],
        variants: &[
            ("Message", &["LiveMessage", "DeletedMessage"]),
            ("SignalBody", &["{}Signal"]),
        ],
    };
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    describe(&mut generator);
    typescript::emit(&generator.take_definitions(true), &style)
}

/// Every body and frame, in the order in which they are read best. What they are
/// made of comes by itself.
fn describe(generator: &mut SchemaGenerator) {
    macro_rules! describe {
        ($($type:ty),* $(,)?) => { $( generator.subschema_for::<$type>(); )* };
    }
    describe![
        ClientFrame,
        ServerFrame,
        http::Server,
        http::PatchServer,
        http::Claim,
        http::SignIn,
        http::SignedIn,
        http::Session,
        http::Ticket,
        http::NewUser,
        http::NewInvite,
        http::InviteMade,
        http::Invite,
        http::PatchUser,
        http::ResetPassword,
        http::PatchMe,
        http::ChangePassword,
        http::UserBody,
        http::CreateRoom,
        http::RoomBody,
        http::PatchRoom,
        http::PutMember,
        http::Member,
        http::Messages,
        http::Events,
        http::PostMessage,
        http::Posted,
        http::Problem,
    ];
}
