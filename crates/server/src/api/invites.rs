//! Invite links, made and taken back by owners and admins.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use parlor_protocol::{Code, InviteId, ServerRole, http as wire, limits};
use parlor_store::write::{Authority, NewInvite, Op};
use serde::Deserialize;

use super::{base_url, json, nothing, ok};
use crate::auth::secret;
use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::{MaybeJson, Path};
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::post(
                "/invites",
                "Make an invite link; its code is shown this once.",
            )
            .may_take::<wire::NewInvite>()
            .gives::<wire::InviteMade>(201)
            .refuses(&[Code::Forbidden, Code::BadUses, Code::BadExpiry]),
            make,
        )
        .add(
            Call::get("/invites", "The invites that are good.")
                .gives::<wire::Items<wire::Invite>>(200)
                .refuses(&[Code::Forbidden]),
            list,
        )
        .add(
            Call::delete("/invites/{id}", "Take an invite back.")
                .gives_nothing()
                .refuses(&[Code::Forbidden, Code::NotFound]),
            remove,
        )
}

async fn make(
    State(app): State<Arc<App>>,
    me: SignedIn,
    headers: HeaderMap,
    MaybeJson(body): MaybeJson<wire::NewInvite>,
) -> Result<Response, Problem> {
    may_invite(&me)?;
    let mut fields = Fields::default();
    let max_uses = fields.judge("max_uses", uses(body.max_uses));
    let life = fields.judge("expires_in", life(body.expires_in));
    let (max_uses, life) = fields.finish(max_uses.zip(life))?;
    let code = secret::invite_code(app.ambient());
    let id = InviteId::from_u128(app.ambient().uuid_v7());
    let expires_at = app.ambient().now().plus_millis(life);
    let hash = secret::hash(&code);
    let invite = NewInvite {
        id,
        code: hash,
        max_uses,
        expires_at,
    };
    app.submit(Op::AddInvite(Authority::Account(me.actor), invite))
        .await?;
    // In the fragment, which browsers send to nobody.
    let url = format!("{}/invite#{code}", base_url(&app, &headers));
    json(
        StatusCode::CREATED,
        &wire::InviteMade {
            id,
            code,
            url,
            expires_at,
        },
    )
}

fn uses(asked: Option<u32>) -> Result<u32, Code> {
    let (usual, most) = limits::INVITE_USES;
    let uses = asked.unwrap_or(usual);
    if (1..=most).contains(&uses) {
        Ok(uses)
    } else {
        Err(Code::BadUses)
    }
}

/// In milliseconds; asked for in seconds.
fn life(asked: Option<u64>) -> Result<i64, Code> {
    let (usual, most) = limits::INVITE_MS;
    let Some(seconds) = asked else {
        return Ok(usual);
    };
    let life = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1000));
    life.filter(|life| (1..=most).contains(life))
        .ok_or(Code::BadExpiry)
}

async fn list(State(app): State<Arc<App>>, me: SignedIn) -> Result<Response, Problem> {
    may_invite(&me)?;
    let now = app.ambient().now();
    let invites = app.live.read(move |read| read.invites(now)).await?;
    let items = invites.into_iter().map(|invite| wire::Invite {
        id: invite.id,
        by: invite.by,
        uses: invite.uses,
        max_uses: invite.max_uses,
        expires_at: invite.expires_at,
    });
    ok(&wire::Items {
        items: items.collect(),
    })
}

#[derive(Deserialize)]
struct Named {
    id: InviteId,
}

async fn remove(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(Named { id }): Path<Named>,
) -> Result<Response, Problem> {
    app.submit(Op::RemoveInvite(Authority::Account(me.actor), id))
        .await?;
    Ok(nothing())
}

fn may_invite(me: &SignedIn) -> Result<(), Code> {
    match me.user.role {
        ServerRole::Owner | ServerRole::Admin => Ok(()),
        ServerRole::Member => Err(Code::Forbidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_is_good_for_some_uses_and_some_time() {
        assert_eq!(uses(None), Ok(25));
        assert_eq!(uses(Some(10_000)), Ok(10_000));
        assert_eq!(
            (uses(Some(0)), uses(Some(10_001))),
            (Err(Code::BadUses), Err(Code::BadUses))
        );
        assert_eq!(life(None), Ok(7 * 86_400_000));
        assert_eq!(life(Some(1)), Ok(1000));
        for bad in [0, 365 * 86_400 + 1, u64::MAX] {
            assert_eq!(life(Some(bad)), Err(Code::BadExpiry), "{bad}");
        }
    }
}
