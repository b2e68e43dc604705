//! What handlers take out of a request: bodies, queries, ids. Whatever cannot be read is a problem
//! of ours, never a text of the framework's.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use parlor_protocol::{Code, RoomId, UserId, limits};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Problem;
use crate::guard::Client;
use crate::state::App;

/// How long a body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(15);
/// What is read and thrown away behind a body that is refused, so that the answer is not lost in a
/// reset: for so long, and so much.
const DISCARD_WAIT: Duration = Duration::from_secs(2);
const DISCARD_BYTES: usize = 16 * 1024 * 1024;

/// A JSON body. 415 without a JSON content type, 413 above 128 KiB, 400 where it is not JSON or not
/// the JSON that is expected.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let is_json = is_json(&parts.headers);
        let bytes = read(&parts.headers, body).await?;
        if is_json {
            parse(&bytes)
        } else {
            Err(Code::NotJson.into())
        }
    }
}

/// As [`Json`], where no body at all stands for one without any field.
pub(crate) struct MaybeJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for MaybeJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        if bytes.is_empty() {
            return parse(b"{}").map(|Json(body)| Self(body));
        }
        if is_json(&parts.headers) {
            parse(&bytes).map(|Json(body)| Self(body))
        } else {
            Err(Code::NotJson.into())
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Json<T>, Problem> {
    // What serde says would repeat parts of the body; our own sentence does not.
    serde_json::from_slice(bytes)
        .map(Json)
        .map_err(|_| Code::BadRequest.into())
}

/// `application/json`, or any `application/…+json`, whatever its parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|v| v.split(';').next())
        .unwrap_or_default()
        .trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn read(headers: &HeaderMap, mut body: Body) -> Result<Bytes, Problem> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse().ok());
    let mut fits = declared.is_none_or(|length: u64| length <= limits::BODY_BYTES as u64);
    let mut bytes = Vec::new();
    let arrived = tokio::time::timeout(BODY_WAIT, async {
        while fits && !body.is_end_stream() {
            let Some(frame) = body.frame().await else {
                break;
            };
            if let Ok(data) = frame.map_err(|_| Code::BadRequest)?.into_data() {
                fits = bytes.len() + data.len() <= limits::BODY_BYTES;
                if fits {
                    bytes.extend_from_slice(&data);
                }
            }
        }
        Ok::<(), Code>(())
    });
    match arrived.await {
        Ok(Ok(())) if fits => Ok(bytes.into()),
        Ok(Ok(())) => {
            discard(body).await;
            Err(Code::TooLarge.into())
        }
        Ok(Err(code)) => Err(code.into()),
        Err(_) => Err(Problem::from(Code::BadRequest)
            .with_status(StatusCode::REQUEST_TIMEOUT)
            .detail("The request's body took too long.")),
    }
}

async fn discard(mut body: Body) {
    let reading = async {
        let mut left = DISCARD_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            left = left.saturating_sub(length);
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_WAIT, reading).await;
}

/// The query string. 400 where a number is none, or a name comes twice.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        let query = query.map_err(|_: QueryRejection| Code::BadRequest)?;
        Ok(Self(query.0))
    }
}

/// What is in the path. What is no id of ours names nothing: 404, like all that is not there.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        Ok(Self(path.map_err(|_| Code::NotFound)?.0))
    }
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let client = parts.extensions.get::<Self>().cloned();
        client.ok_or_else(|| Code::Internal.into())
    }
}

/// Somebody named in a path: `me`, or an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whoever asks.
    Me,
    /// This account.
    User(UserId),
}

impl Who {
    /// The account.
    pub(crate) fn id(self, me: UserId) -> UserId {
        match self {
            Self::Me => me,
            Self::User(user) => user,
        }
    }
}

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(if text == "me" {
            Self::Me
        } else {
            Self::User(UserId::parse(&text))
        })
    }
}

/// `/rooms/{room}`.
#[derive(Deserialize)]
pub(crate) struct InRoom {
    pub(crate) room: RoomId,
}

/// How many are asked for: a page's usual number, or what was asked, within 1 and the most.
pub(crate) fn clamp(asked: Option<u64>, (usual, most): (u32, u32)) -> u32 {
    asked.map_or(usual, |asked| {
        u32::try_from(asked).unwrap_or(most).clamp(1, most)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_by_its_type_alone() {
        let judged = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        assert!(judged("application/json"));
        assert!(judged("Application/JSON; charset=utf-8"));
        assert!(judged("application/merge-patch+json"));
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/json",
            "json",
            "",
        ] {
            assert!(!judged(other), "{other}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_limit_is_brought_within_its_bounds() {
        let page = limits::MESSAGES_PAGE;
        assert_eq!(clamp(None, page), 50);
        assert_eq!(clamp(Some(0), page), 1);
        assert_eq!(clamp(Some(7), page), 7);
        assert_eq!(clamp(Some(u64::MAX), page), 200);
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_limit_and_refused_beyond() {
        let read = async |length: usize| {
            let body = Body::from(vec![b'1'; length]);
            read(&HeaderMap::new(), body)
                .await
                .map(|b| b.len())
                .map_err(|p| p.code())
        };
        assert_eq!(read(limits::BODY_BYTES).await, Ok(limits::BODY_BYTES));
        assert_eq!(read(limits::BODY_BYTES + 1).await, Err(Code::TooLarge));
        assert_eq!(read(0).await, Ok(0));
    }
}
