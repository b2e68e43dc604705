//! A room's log itself, as it is stored.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use parlor_protocol::{Code, Seq, http as wire, limits};
use parlor_store::read::EventsPage;
use serde::Deserialize;

use crate::auth::session::SignedIn;
use crate::calls::{BASE, Call, Calls};
use crate::error::Problem;
use crate::extract::{InRoom, Path, Query, clamp};
use crate::state::App;

pub(super) fn calls() -> Calls {
    Calls::under(BASE).add(
        Call::get("/rooms/{room}/events", "The room's log, ascending.")
            .query(&[
                (
                    "after",
                    "integer",
                    "The seq after which it begins; 0 for the whole log.",
                ),
                ("limit", "integer", "How many: 200, at most 1000."),
            ])
            .gives::<wire::Events>(200)
            .refuses(&[Code::NotFound]),
        list,
    )
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    after: Seq,
    limit: Option<u64>,
}

async fn list(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Path(InRoom { room }): Path<InRoom>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (reader, after) = (me.actor.user, asked.after);
    let limit = clamp(asked.limit, limits::EVENTS_PAGE);
    let page = app
        .live
        .read(move |read| read.events(reader, room, after, limit, limits::PAGE_BYTES));
    let page = page.await?.ok_or(Code::NotFound)?;
    let kind = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, kind)], body(&page, after, &app.epoch)).into_response())
}

/// [`wire::Events`], from events that are JSON already.
fn body(page: &EventsPage, after: Seq, epoch: &str) -> String {
    let events: Vec<&str> = page.events.iter().map(|event| &*event.json).collect();
    let (head, has_more) = (page.head, page.has_more(after));
    let epoch = serde_json::Value::from(epoch);
    let events = events.join(",");
    format!(r#"{{"events":[{events}],"head":{head},"has_more":{has_more},"epoch":{epoch}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_protocol::event::EncodedEvent;
    use parlor_protocol::{Event, EventKind, Timestamp};

    #[test]
    fn a_page_of_the_log_is_put_together_from_stored_json() {
        let event = |n| Event {
            seq: Seq::new(n).unwrap(),
            at: Timestamp::from_millis(0),
            by: parlor_rules::facts::parlor(),
            kind: EventKind::MemberLeft {
                user: parlor_rules::facts::parlor(),
            },
        };
        let events = vec![event(1), event(2)];
        let page = EventsPage {
            events: events.iter().map(EncodedEvent::new).collect(),
            head: Seq::new(3).unwrap(),
        };
        let read: wire::Events = serde_json::from_str(&body(&page, Seq::ZERO, "a\"b")).unwrap();
        let expected = wire::Events {
            events,
            head: Seq::new(3).unwrap(),
            has_more: true,
            epoch: "a\"b".into(),
        };
        assert_eq!(read, expected);
    }
}
