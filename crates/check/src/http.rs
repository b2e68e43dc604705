//! A request over HTTP, thin: no retry, no deadline, the answer as it came.
//!
//! No deadline, because a request that is given up may still be carried out
//! later, and then nobody could say in which order things happened. Whoever asks
//! waits until there is an answer or the connection is gone.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use tokio::net::TcpStream;

use crate::history::{Raw, raw};

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its JSON; null where it was none.
    pub body: Raw,
}

/// Asks `METHOD path`, the path below `/api/v1` or, where it begins with a slash, from the root.
///
/// # Errors
/// Where nobody answers, or not to the end; what of the request was carried out is not known then.
pub async fn ask(
    to: SocketAddr,
    host: &str,
    token: Option<&str>,
    call: &str,
    body: Option<&RawValue>,
) -> Result<Answer, String> {
    let (method, path) = call.split_once(' ').ok_or("no call")?;
    let path = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/api/v1/{path}"),
    };
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).map_err(text)?)
        .uri(path)
        .header(HOST, host);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let bytes = match body {
        Some(body) => {
            request = request.header(CONTENT_TYPE, "application/json");
            Bytes::copy_from_slice(body.get().as_bytes())
        }
        None => Bytes::new(),
    };
    let request = request.body(Full::new(bytes)).map_err(text)?;
    let stream = TcpStream::connect(to).await.map_err(text)?;
    stream.set_nodelay(true).map_err(text)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(text)?;
    // The connection is driven beside the request, and dropped with it.
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok::<_, hyper::Error>((status, response.into_body().collect().await?.to_bytes()))
    };
    let (mut connection, mut answer) = (std::pin::pin!(connection), std::pin::pin!(answer));
    let (status, bytes) = tokio::select! {
        answered = &mut answer => answered,
        ended = &mut connection => match ended {
            Ok(()) => answer.await,
            Err(error) => Err(error),
        }
    }
    .map_err(text)?;
    let json = String::from_utf8_lossy(&bytes).into_owned();
    let body = RawValue::from_string(json).unwrap_or_else(|_| raw(&()));
    Ok(Answer { status, body })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
