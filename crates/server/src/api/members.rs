//! Who is in a room: joining, leaving, adding, removing, roles.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use parlor_protocol::{Code, Command, RoomId, UserId, http as wire, limits};
use serde::Deserialize;

use super::{nothing, ok};
use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::Problem;
use crate::extract::{InRoom, MaybeJson, Path, Query, Who, clamp};
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::get("/rooms/{room}/members", "Who is in a room.")
                .query(&[
                    ("after", "string", "The id after which the page begins."),
                    ("limit", "integer", "How many: 100, at most 500."),
                ])
                .gives::<wire::Page<wire::Member>>(200)
                .refuses(&[Code::NotFound]),
            list,
        )
        .add(
            Call::put(
                "/rooms/{room}/members/{user}",
                "Join (`me`), add, or give a role.",
            )
            .may_take::<wire::PutMember>()
            .gives_nothing()
            .refuses(&[
                Code::NotFound,
                Code::Forbidden,
                Code::RoomArchived,
                Code::TooManyRooms,
            ]),
            put,
        )
        .add(
            Call::delete("/rooms/{room}/members/{user}", "Leave (`me`), or remove.")
                .gives_nothing()
                .refuses(&[Code::NotFound, Code::Forbidden, Code::RoomArchived]),
            remove,
        )
}

#[derive(Deserialize)]
struct Asked {
    after: Option<UserId>,
    limit: Option<u64>,
}

async fn list(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(InRoom { room }): Path<InRoom>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (reader, after) = (me.actor.user, asked.after);
    let limit = clamp(asked.limit, limits::MEMBERS_PAGE);
    let part = app
        .live
        .read(move |read| read.members(reader, room, after, limit))
        .await?;
    let part = part.ok_or(Code::NotFound)?;
    let items = part
        .items
        .into_iter()
        .map(|(user, role)| wire::Member { user, role });
    ok(&wire::Page {
        items: items.collect(),
        has_more: part.has_more,
    })
}

#[derive(Deserialize)]
struct Named {
    room: RoomId,
    user: Who,
}

async fn put(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { room, user }): Path<Named>,
    MaybeJson(body): MaybeJson<wire::PutMember>,
) -> Result<Response, Problem> {
    let user = user.id(me.actor.user);
    let command = Command::PutMember {
        room,
        user,
        role: body.role,
    };
    app.live.submit_command(me.actor, command).await?;
    Ok(nothing())
}

async fn remove(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { room, user }): Path<Named>,
) -> Result<Response, Problem> {
    let user = user.id(me.actor.user);
    let command = Command::RemoveMember { room, user };
    app.live.submit_command(me.actor, command).await?;
    Ok(nothing())
}
