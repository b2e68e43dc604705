//! History as it stands, and posting for those without a socket.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use parlor_protocol::command::MessageVerb;
use parlor_protocol::{Code, MessageText, Nonce, Seq, http as wire, limits};
use parlor_store::read::{MessagesPage, Window};
use parlor_store::write::Done;
use serde::Deserialize;

use super::{json, ok, unexpected};
use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::{Fields, Problem};
use crate::extract::{InRoom, Json, Path, Query, clamp};
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE)
        .add(
            Call::get(
                "/rooms/{room}/messages",
                "History as it stands now, ascending.",
            )
            .query(&[
                ("before", "integer", "Those just before this seq."),
                ("after", "integer", "Those just after this seq."),
                (
                    "around",
                    "integer",
                    "Those around this seq. At most one of the three.",
                ),
                ("limit", "integer", "How many: 50, at most 200."),
            ])
            .gives::<wire::Messages>(200)
            .refuses(&[Code::NotFound]),
            list,
        )
        .add(
            Call::post(
                "/rooms/{room}/messages",
                "Post; 200 where it was posted before.",
            )
            .takes::<wire::PostMessage>()
            .gives::<wire::Posted>(201)
            .gives::<wire::Posted>(200)
            .refuses(&[
                Code::TextEmpty,
                Code::TextTooLong,
                Code::BadText,
                Code::BadNonce,
                Code::NonceReused,
                Code::NotFound,
                Code::RoomArchived,
                Code::RateLimited,
            ]),
            post,
        )
}

#[derive(Deserialize)]
struct Asked {
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    limit: Option<u64>,
}

impl Asked {
    fn window(&self) -> Result<Window, Code> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(Window::Newest),
            (Some(seq), None, None) => Ok(Window::Before(seq)),
            (None, Some(seq), None) => Ok(Window::After(seq)),
            (None, None, Some(seq)) => Ok(Window::Around(seq)),
            _ => Err(Code::BadRequest),
        }
    }
}

async fn list(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(InRoom { room }): Path<InRoom>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let window = asked.window()?;
    let reader = me.actor.user;
    let limit = clamp(asked.limit, limits::MESSAGES_PAGE);
    let page = app
        .live
        .read(move |read| read.messages(reader, room, window, limit, limits::PAGE_BYTES));
    let page = page.await?.ok_or(Code::NotFound)?;
    ok(&body(page, window, app.epoch.clone()))
}

/// `has_more` is about the direction of paging; around a seq there are two.
fn body(page: MessagesPage, window: Window, epoch: String) -> wire::Messages {
    let MessagesPage {
        items,
        as_of,
        more_before,
        more_after,
    } = page;
    let around = matches!(window, Window::Around(_));
    let more = if matches!(window, Window::After(_)) {
        more_after
    } else {
        more_before
    };
    wire::Messages {
        items,
        as_of,
        has_more: (!around).then_some(more),
        has_more_before: around.then_some(more_before),
        has_more_after: around.then_some(more_after),
        epoch,
    }
}

async fn post(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(InRoom { room }): Path<InRoom>,
    Json(body): Json<wire::PostMessage>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let text = fields.judge("text", MessageText::parse(body.text));
    let nonce = fields.judge("nonce", Nonce::parse(&body.nonce).ok_or(Code::BadNonce));
    let (text, nonce) = fields.finish(text.zip(nonce))?;
    let verb = MessageVerb::Post {
        text,
        reply_to: body.reply_to,
    };
    match app.live.submit_message(me.actor, room, nonce, verb).await? {
        Done::Acked { seq, at, duplicate } => {
            let status = if duplicate {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            json(status, &wire::Posted { seq, at })
        }
        other => Err(unexpected(&other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    #[test]
    fn at_most_one_of_before_after_and_around() {
        let window = |before, after, around| {
            Asked {
                before,
                after,
                around,
                limit: None,
            }
            .window()
        };
        assert_eq!(window(None, None, None), Ok(Window::Newest));
        assert_eq!(window(None, Some(seq(7)), None), Ok(Window::After(seq(7))));
        assert_eq!(
            window(Some(seq(1)), Some(seq(7)), None),
            Err(Code::BadRequest)
        );
    }

    #[test]
    fn has_more_is_about_the_direction_of_paging() {
        let more = |window| {
            let page = MessagesPage {
                items: Vec::new(),
                as_of: seq(9),
                more_before: true,
                more_after: false,
            };
            let body = body(page, window, "e".into());
            (body.has_more, body.has_more_before, body.has_more_after)
        };
        assert_eq!(more(Window::Newest), (Some(true), None, None));
        assert_eq!(more(Window::Before(seq(9))), (Some(true), None, None));
        assert_eq!(more(Window::After(seq(9))), (Some(false), None, None));
        assert_eq!(
            more(Window::Around(seq(9))),
            (None, Some(true), Some(false))
        );
    }
}
