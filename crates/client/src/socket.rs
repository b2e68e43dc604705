//! The upgrade, and the WebSocket after it.

use std::time::Duration;

use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderValue, Uri};
use parlor_protocol::SUBPROTOCOL;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::address::Address;
use crate::backoff::Ending;
use crate::http::{bearer, retry_after};
use crate::wire::Bytes;

/// For the TCP connection and the upgrade together.
const PATIENCE: Duration = Duration::from_secs(10);
/// `ready` is the largest frame: 4 MiB.
const MESSAGE_BYTES: usize = 8 * 1024 * 1024;
/// What is written and not taken by the server yet; a frame of ours is at most 128 KiB.
const WRITE_BYTES: usize = 1024 * 1024;
/// A buffer for reading; tungstenite's own default is 128 KiB.
const READ_BYTES: usize = 16 * 1024;

pub(crate) type Socket = WebSocketStream<Box<dyn Bytes>>;

/// What lets a socket in.
#[derive(Clone, Debug)]
pub(crate) enum Pass {
    Token(String),
    Ticket(String),
}

/// Why there is no socket, for the back-off and for a person.
pub(crate) struct NoSocket {
    pub(crate) ending: Ending,
    pub(crate) why: String,
}

pub(crate) async fn connect(address: Address, pass: Pass) -> Result<Socket, NoSocket> {
    let lost = |why: String| NoSocket {
        ending: Ending::Lost,
        why: format!("{} cannot be reached: {why}", address.authority()),
    };
    match tokio::time::timeout(PATIENCE, upgrade(&address, pass)).await {
        Err(_) => Err(lost("it did not answer within 10 s".into())),
        Ok(Err(WsError::Http(response))) => {
            let status = response.status().as_u16();
            let after_ms = retry_after(response.headers());
            let detail = response
                .body()
                .as_deref()
                .and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok())
                .and_then(|problem| Some(problem.get("detail")?.as_str()?.to_owned()));
            Err(NoSocket {
                ending: Ending::Status { status, after_ms },
                why: detail.unwrap_or_else(|| {
                    format!("{} answers {status} to the upgrade", address.authority())
                }),
            })
        }
        Ok(Err(error)) => Err(lost(error.to_string())),
        Ok(Ok(socket)) => Ok(socket),
    }
}

async fn upgrade(address: &Address, pass: Pass) -> Result<Socket, WsError> {
    let stream = address.dial().await?;
    let query = match &pass {
        Pass::Token(_) => String::new(),
        Pass::Ticket(ticket) => format!("?ticket={ticket}"),
    };
    let uri: Uri = format!("ws://{}/ws{query}", address.authority())
        .parse()
        .map_err(|_| {
            WsError::Url(tokio_tungstenite::tungstenite::error::UrlError::NoPathOrQuery)
        })?;
    let mut request = ClientRequestBuilder::new(uri).into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    if let Pass::Token(token) = &pass
        && let Some(value) = bearer(token)
    {
        headers.insert(AUTHORIZATION, value);
    }
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES))
        .max_frame_size(Some(MESSAGE_BYTES))
        .max_write_buffer_size(WRITE_BYTES)
        .read_buffer_size(READ_BYTES);
    let (socket, _) =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}
