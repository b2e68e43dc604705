//! The server's HTTP: a connection for each request, with an end to every wait.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use parlor_protocol::error::Code;
use parlor_protocol::http::{Page, PostMessage, Posted, Problem, SignIn, SignedIn, UserBody};
use parlor_protocol::limits::EVENTS_PAGE;
use parlor_protocol::{Nonce, Room, RoomId, Seq, User};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::decode::LogPage;
use crate::error::Error;

/// A server that has not answered by then is half dead: whoever asked decides what next.
const PATIENCE: Duration = Duration::from_secs(10);
/// A page ends at 1 MiB by itself; its JSON may escape what it holds.
const BODY_BYTES: usize = 8 * 1024 * 1024;

/// A server, and who asks it.
#[derive(Clone, Debug)]
pub struct Http {
    address: Address,
    token: Option<HeaderValue>,
}

impl Http {
    /// Asks as nobody.
    pub const fn new(address: Address) -> Self {
        Self {
            address,
            token: None,
        }
    }

    /// Asks with a bearer token. One that no header can hold is left out: the
    /// server answers 401 then, as to any wrong one.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        self.token = bearer(token);
        self
    }

    /// Where the server is.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// `POST /sessions`: a new session and its token.
    ///
    /// # Errors
    /// `invalid_credentials`, `too_many_attempts`, and what any request can meet.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<SignedIn, Error> {
        let body = SignIn {
            username: username.to_owned(),
            password: password.to_owned(),
        };
        self.ask(Method::POST, "sessions", Some(&body)).await
    }

    /// `GET /me`.
    ///
    /// # Errors
    /// `not_signed_in`, and what any request can meet.
    pub async fn me(&self) -> Result<User, Error> {
        let body: UserBody = self.ask(Method::GET, "me", None::<&()>).await?;
        Ok(body.user)
    }

    /// `GET /rooms`, all pages: the rooms I am in.
    ///
    /// # Errors
    /// `not_signed_in`, and what any request can meet.
    pub async fn rooms(&self) -> Result<Vec<Room>, Error> {
        let mut rooms: Vec<Room> = Vec::new();
        loop {
            let path = match rooms.last() {
                Some(last) => format!("rooms?after={}", last.id),
                None => "rooms".to_owned(),
            };
            let page: Page<Room> = self.ask(Method::GET, &path, None::<&()>).await?;
            let end = !page.has_more || page.items.is_empty();
            rooms.extend(page.items);
            if end {
                return Ok(rooms);
            }
        }
    }

    /// `GET /rooms/{room}/events?after=`: one page of the log.
    ///
    /// # Errors
    /// `not_found` where I am no member, and what any request can meet.
    pub async fn events(&self, room: RoomId, after: Seq) -> Result<LogPage, Error> {
        let limit = EVENTS_PAGE.1;
        let path = format!("rooms/{room}/events?after={after}&limit={limit}");
        self.ask(Method::GET, &path, None::<&()>).await
    }

    /// `POST /rooms/{room}/messages`. The same nonce again gives the first answer again.
    ///
    /// # Errors
    /// A refusal, and what any request can meet.
    pub async fn post(
        &self,
        room: RoomId,
        nonce: &Nonce,
        text: &str,
        reply_to: Option<Seq>,
    ) -> Result<Posted, Error> {
        let body = PostMessage {
            text: text.to_owned(),
            nonce: nonce.as_str().to_owned(),
            reply_to,
        };
        let path = format!("rooms/{room}/messages");
        self.ask(Method::POST, &path, Some(&body)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Error> {
        let asked = tokio::time::timeout(PATIENCE, self.exchange(method, path, body));
        let (status, headers, bytes) = match asked.await {
            Ok(answer) => answer?,
            Err(_) => return Err(self.unreachable("it did not answer within 10 s")),
        };
        let foreign = |what: String| Error::Foreign {
            address: self.address.authority(),
            what,
        };
        if (200..300).contains(&status) {
            return serde_json::from_slice(&bytes).map_err(|error| foreign(error.to_string()));
        }
        let retry_after_ms = retry_after(&headers);
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(Error::Refused {
                status,
                code: problem.code,
                message: problem.detail,
                retry_after_ms,
            }),
            // A proxy's own page, say: what stands before a server that is away.
            Err(_) if status == 429 || status >= 500 => Err(Error::Refused {
                status,
                code: Code::Overloaded,
                message: format!("{} answers {status}.", self.address.authority()),
                retry_after_ms,
            }),
            Err(_) => Err(match newer(&bytes) {
                Some(message) => Error::Refused {
                    status,
                    code: Code::Internal,
                    message,
                    retry_after_ms,
                },
                None => foreign(format!("status {status}")),
            }),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<(u16, HeaderMap, Bytes), Error> {
        let unreachable = |error: &dyn std::fmt::Display| self.unreachable(&error.to_string());
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/{path}"))
            .header(HOST, self.address.authority());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        let bytes = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                serde_json::to_vec(body).map_err(|error| unreachable(&error))?
            }
            None => Vec::new(),
        };
        let request = request
            .body(Full::new(Bytes::from(bytes)))
            .map_err(|error| unreachable(&error))?;
        let stream = self.address.dial().await.map_err(|e| unreachable(&e))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreachable(&error))?;
        // The connection is driven beside the request, and dropped with it.
        let answer = async {
            let response = sender.send_request(request).await?;
            let (head, body) = response.into_parts();
            Ok::<_, hyper::Error>((head, Limited::new(body, BODY_BYTES).collect().await))
        };
        let (mut connection, mut answer) = (std::pin::pin!(connection), std::pin::pin!(answer));
        let answered = tokio::select! {
            answered = &mut answer => answered,
            ended = &mut connection => match ended {
                Ok(()) => answer.await,
                Err(error) => Err(error),
            }
        };
        let (head, body) = answered.map_err(|error| unreachable(&error))?;
        let body = body.map_err(|error| self.unreachable(&error.to_string()))?;
        Ok((head.status.as_u16(), head.headers, body.to_bytes()))
    }

    fn unreachable(&self, why: &str) -> Error {
        Error::Unreachable {
            address: self.address.authority(),
            why: why.to_owned(),
        }
    }
}

/// The sentence of a problem whose code is newer than this client.
fn newer(bytes: &[u8]) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    problem.get("code")?.as_str()?;
    Some(problem.get("detail")?.as_str()?.to_owned())
}

/// The header's value; none where the token holds what no header can.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Retry-After` in seconds, as milliseconds.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.saturating_mul(1000))
}
