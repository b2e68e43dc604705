//! Rooms: mine, those I could join, new ones, and their names and topics.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlor_protocol::command::NewRoom;
use parlor_protocol::{
    Code, Command, Nonce, Room, RoomId, RoomKind, RoomName, Topic, UserId, http as wire, limits,
};
use parlor_store::write::{Actor, Done};
use serde::Deserialize;

use super::{json, ok, unexpected};
use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::{InRoom, Json, Path, Query};
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::get(
                "/rooms",
                "The rooms I am in; with `scope=open` those I could join.",
            )
            .query(&[
                ("after", "string", "The id after which the page begins."),
                ("scope", "string", "`open`: open rooms that I am not in."),
                ("q", "string", "With `scope=open`: a part of the name."),
            ])
            .gives::<wire::Page<Room>>(200),
            list,
        )
        .add(
            Call::post("/rooms", "Make a room; 200 where it is there already.")
                .takes::<wire::CreateRoom>()
                .gives::<wire::RoomBody>(201)
                .gives::<wire::RoomBody>(200)
                .refuses(&[
                    Code::RoomExists,
                    Code::BadRoomName,
                    Code::BadKind,
                    Code::BadTopic,
                    Code::BadMembers,
                    Code::BadNonce,
                    Code::TooManyRooms,
                ]),
            make,
        )
        .add(
            Call::patch(
                "/rooms/{room}",
                "Rename, describe, archive or bring back a room.",
            )
            .takes::<wire::PatchRoom>()
            .gives::<wire::RoomBody>(200)
            .refuses(&[
                Code::NotFound,
                Code::Forbidden,
                Code::RoomArchived,
                Code::RoomExists,
                Code::BadRoomName,
                Code::BadTopic,
            ]),
            update,
        )
}

#[derive(Deserialize)]
struct Asked {
    after: Option<RoomId>,
    scope: Option<Scope>,
    #[serde(default)]
    q: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Open,
}

async fn list(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (reader, page) = (me.actor.user, limits::ROOMS_PAGE);
    let Asked { after, scope, q } = asked;
    let part = app.live.read(move |read| match scope {
        Some(Scope::Open) => read.open_rooms(reader, &q, after, page),
        None => read.rooms(reader, after, page),
    });
    let part = part.await?;
    ok(&wire::Page {
        items: part.items,
        has_more: part.has_more,
    })
}

async fn make(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(body): Json<wire::CreateRoom>,
) -> Result<Response, Problem> {
    let id = RoomId::from_u128(app.ambient().uuid_v7());
    let new = judge(body, id, me.actor.user)?;
    let command = Command::CreateRoom(new);
    match app.live.submit_command(me.actor, command).await? {
        Done::Room { room, existing } => {
            let status = if existing {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            answer(&app, me.actor, room, status).await
        }
        other => Err(unexpected(&other)),
    }
}

fn judge(body: wire::CreateRoom, id: RoomId, maker: UserId) -> Result<NewRoom, Problem> {
    let mut fields = Fields::default();
    let name = match (body.kind, body.name) {
        (RoomKind::Direct, None) => Some(None),
        (RoomKind::Direct, Some(_)) => {
            fields.fault("name", Code::BadKind);
            None
        }
        (_, name) => {
            let name = RoomName::parse(&name.unwrap_or_default());
            fields.judge("name", name).map(Some)
        }
    };
    let topic = fields.judge(
        "topic",
        Topic::parse(body.topic.as_deref().unwrap_or_default()),
    );
    let members = fields.judge("members", members(body.kind, body.members, maker));
    let parse = |nonce: String| Nonce::parse(&nonce).ok_or(Code::BadNonce);
    let nonce = fields.judge_opt("nonce", body.nonce, parse);
    let parsed = name.zip(topic).zip(members);
    let ((name, topic), members) = fields.finish(parsed)?;
    Ok(NewRoom {
        id,
        kind: body.kind,
        name,
        topic,
        members,
        nonce,
    })
}

/// The others, in the order given, no one twice. Whether they are there is judged when it is written.
fn members(kind: RoomKind, named: Vec<UserId>, maker: UserId) -> Result<Vec<UserId>, Code> {
    let mut seen = BTreeSet::from([maker]);
    let others: Vec<UserId> = named
        .into_iter()
        .filter(|user| seen.insert(*user))
        .collect();
    let allowed = match kind {
        RoomKind::Direct => 1..=limits::DIRECT_OTHERS,
        RoomKind::Open | RoomKind::Closed => 0..=limits::ROOM_FIRST_MEMBERS,
    };
    if allowed.contains(&others.len()) {
        Ok(others)
    } else {
        Err(Code::BadMembers)
    }
}

async fn update(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(InRoom { room }): Path<InRoom>,
    Json(body): Json<wire::PatchRoom>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let name = fields.judge_opt("name", body.name, |name| RoomName::parse(&name));
    let topic = fields.judge_opt("topic", body.topic, |topic| Topic::parse(&topic));
    let (name, topic) = fields.finish(Some((name, topic)))?;
    let command = Command::UpdateRoom {
        room,
        name,
        topic,
        archived: body.archived,
    };
    app.live.submit_command(me.actor, command).await?;
    answer(&app, me.actor, room, StatusCode::OK).await
}

/// A room as somebody sees it.
async fn seen(app: &App, reader: Actor, room: RoomId) -> Result<Room, Problem> {
    let found = app
        .live
        .read(move |read| read.room(reader.user, room))
        .await?;
    Ok(found.ok_or(Code::NotFound)?)
}

async fn answer(
    app: &App,
    reader: Actor,
    room: RoomId,
    status: StatusCode,
) -> Result<Response, Problem> {
    let room = seen(app, reader, room).await?;
    json(status, &wire::RoomBody { room })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: UserId = UserId::from_u128(10);

    fn judged(body: serde_json::Value) -> Result<NewRoom, Code> {
        let body: wire::CreateRoom = serde_json::from_value(body).unwrap();
        judge(body, RoomId::from_u128(9), ME).map_err(|problem| problem.code())
    }

    #[test]
    fn only_a_direct_room_has_no_name() {
        let other = UserId::from_u128(11);
        let room = judged(serde_json::json!({"kind": "open", "name": " Design "})).unwrap();
        assert_eq!(room.name.unwrap().as_str(), "Design");
        let direct = serde_json::json!({"kind": "direct", "members": [other, ME, other]});
        let room = judged(direct).unwrap();
        assert_eq!((room.name, room.members), (None, vec![other]));
        for (body, code) in [
            (serde_json::json!({"kind": "open"}), Code::BadRoomName),
            (
                serde_json::json!({"kind": "closed", "name": "a\nb"}),
                Code::BadRoomName,
            ),
            (
                serde_json::json!({"kind": "direct", "name": "x", "members": [other]}),
                Code::BadKind,
            ),
            (serde_json::json!({"kind": "direct"}), Code::BadMembers),
            (
                serde_json::json!({"kind": "direct", "members": [ME]}),
                Code::BadMembers,
            ),
            (
                serde_json::json!({"kind": "open", "name": "x", "nonce": "a b"}),
                Code::BadNonce,
            ),
            (
                serde_json::json!({"kind": "open", "name": "x", "topic": "a\nb"}),
                Code::BadTopic,
            ),
        ] {
            assert_eq!(judged(body.clone()).err(), Some(code), "{body}");
        }
    }

    #[test]
    fn a_direct_room_has_one_to_eight_others() {
        let people = |n: u128| (100..100 + n).map(UserId::from_u128).collect::<Vec<_>>();
        assert!(members(RoomKind::Direct, people(8), ME).is_ok());
        assert_eq!(
            members(RoomKind::Direct, people(9), ME),
            Err(Code::BadMembers)
        );
        assert!(members(RoomKind::Closed, people(100), ME).is_ok());
        assert_eq!(
            members(RoomKind::Open, people(101), ME),
            Err(Code::BadMembers)
        );
    }
}
