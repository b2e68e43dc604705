//! Every error over HTTP: `application/problem+json` (RFC 9457), made in one place.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use parlor_live::ReadFailed;
use parlor_protocol::http::{FieldError, Problem as Body};
use parlor_protocol::{Code, Refusal, RoomId};

use crate::auth::password::Busy;

/// When to come back where nobody knows better, in milliseconds.
const RETRY_MS: u64 = 1000;

/// An error on its way to a client.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    /// Where it is not the code's own.
    status: Option<StatusCode>,
    detail: Option<&'static str>,
    errors: Vec<FieldError>,
    /// Boxed, so that a result with a problem is not much larger than one without.
    room: Option<Box<RoomId>>,
    retry_after_ms: Option<u64>,
    headers: &'static [(HeaderName, HeaderValue)],
}

impl Problem {
    /// A code under another status than its own.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// More exact words.
    pub(crate) fn detail(mut self, words: &'static str) -> Self {
        self.detail = Some(words);
        self
    }

    /// Headers that the status asks for.
    pub(crate) fn headers(mut self, headers: &'static [(HeaderName, HeaderValue)]) -> Self {
        self.headers = headers;
        self
    }

    /// Too soon: come back after this.
    pub(crate) fn wait(code: Code, wait: std::time::Duration) -> Self {
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Refusal::retry(code, ms.max(1)).into()
    }

    /// A method that the path does not have; axum has said in `Allow` which it does.
    pub(crate) fn wrong_method() -> Self {
        Self::from(Code::BadRequest)
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .detail("This path does not take that method.")
    }

    /// The code it carries.
    pub(crate) fn code(&self) -> Code {
        self.code
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Refusal::from(code).into()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code;
        let errors = field_of(code).map(|field| FieldError {
            field: field.into(),
            code,
        });
        Self {
            code,
            status: None,
            detail: None,
            errors: errors.into_iter().collect(),
            room: refusal.room.map(Box::new),
            retry_after_ms: refusal.retry_after_ms,
            headers: &[],
        }
    }
}

impl From<ReadFailed> for Problem {
    fn from(failed: ReadFailed) -> Self {
        match failed {
            ReadFailed::Overloaded => Code::Overloaded.into(),
            ReadFailed::Failed(error) => {
                tracing::error!(%error, "a read failed");
                Code::Internal.into()
            }
        }
    }
}

impl From<Busy> for Problem {
    fn from(_: Busy) -> Self {
        Code::Overloaded.into()
    }
}

impl IntoResponse for Problem {
    /// The one place where an error becomes a response.
    fn into_response(self) -> Response {
        let own = StatusCode::from_u16(self.code.status());
        let status = self
            .status
            .or(own.ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Body {
            r#type: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            code: self.code,
            detail: self.detail.unwrap_or(self.code.message()).into(),
            errors: self.errors,
            room: self.room.map(|room| *room),
        };
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(axum::body::Body::from(Bytes::from(json)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if matches!(status.as_u16(), 429 | 503 | 507) {
            let seconds = self
                .retry_after_ms
                .unwrap_or(RETRY_MS)
                .div_ceil(1000)
                .max(1);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        for (name, value) in self.headers {
            headers.insert(name.clone(), value.clone());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED && !headers.contains_key(ALLOW) {
            headers.insert(ALLOW, HeaderValue::from_static("GET,HEAD"));
        }
        response
    }
}

/// The field that a refusal of the database is about, where it is about one.
fn field_of(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::BadUsername => "username",
        Code::BadPassword => "password",
        Code::WrongPassword => "old",
        Code::BadName | Code::BadRoomName => "name",
        Code::BadTopic => "topic",
        Code::BadKind => "kind",
        Code::BadMembers => "members",
        Code::BadRole => "role",
        Code::BadNonce => "nonce",
        Code::BadUses => "max_uses",
        Code::BadExpiry => "expires_in",
        Code::TextEmpty | Code::TextTooLong | Code::BadText => "text",
        Code::BadEmoji => "emoji",
        _ => return None,
    })
}

/// Judges fields one by one and keeps every fault, in the order judged.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// The parsed value; its fault is kept.
    pub(crate) fn judge<T>(&mut self, field: &str, parsed: Result<T, Code>) -> Option<T> {
        parsed.map_err(|code| self.fault(field, code)).ok()
    }

    /// As [`Fields::judge`], where the field may be absent.
    pub(crate) fn judge_opt<T, V>(
        &mut self,
        field: &str,
        value: Option<V>,
        parse: impl FnOnce(V) -> Result<T, Code>,
    ) -> Option<T> {
        value.and_then(|value| self.judge(field, parse(value)))
    }

    /// Keeps a fault.
    pub(crate) fn fault(&mut self, field: &str, code: Code) {
        let field = field.to_owned();
        self.errors.push(FieldError { field, code });
    }

    /// What was parsed, if there was no fault.
    ///
    /// # Errors
    /// 422 with the code of the first field at fault and `errors` for all.
    pub(crate) fn finish<T>(self, parsed: Option<T>) -> Result<T, Problem> {
        match (self.errors.first(), parsed) {
            (None, Some(parsed)) => Ok(parsed),
            (first, _) => {
                let code = first.map_or(Code::BadRequest, |error| error.code);
                let mut problem = Problem::from(code);
                problem.errors = self.errors;
                Err(problem)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    async fn sent(problem: Problem) -> (StatusCode, http::HeaderMap, Body) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (
            parts.status,
            parts.headers,
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[tokio::test]
    async fn a_problem_tells_its_code_and_when_to_come_back() {
        let (status, headers, body) = sent(Refusal::retry(Code::StorageFull, 1500).into()).await;
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(headers[RETRY_AFTER], "2");
        assert_eq!((body.code, body.status), (Code::StorageFull, 507));

        let (status, headers, _) = sent(Code::NotSignedIn.into()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(headers[WWW_AUTHENTICATE], "Bearer");
        assert!(!headers.contains_key(RETRY_AFTER));
    }

    #[tokio::test]
    async fn all_fields_at_fault_are_told_and_the_first_gives_the_code() {
        let mut fields = Fields::default();
        let name: Option<()> = fields.judge("username", Err(Code::BadUsername));
        fields.judge("password", Err::<(), _>(Code::BadPassword));
        let (status, _, body) = sent(fields.finish(name).unwrap_err()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(body.code, Code::BadUsername);
        let fields: Vec<&str> = body.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["username", "password"]);
    }

    #[test]
    fn every_code_of_a_field_names_its_field() {
        for code in [Code::BadMembers, Code::WrongPassword, Code::TextTooLong] {
            assert_eq!(code.status(), 422);
            assert!(field_of(code).is_some());
        }
        assert_eq!(field_of(Code::RoomArchived), None);
    }
}
