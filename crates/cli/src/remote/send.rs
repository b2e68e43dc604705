//! `parlor send`: all of standard input as one message, sent until it is acked or
//! the time is over.

use std::io::Read as _;
use std::time::Duration;

use parlor_client::backoff::{Backoff, Ending};
use parlor_client::{Error, Http};
use parlor_protocol::error::Code;
use parlor_protocol::{MessageText, Nonce, RoomId, limits};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::credentials::remote;
use super::{ambient, failure, find_room};
use crate::args::SendArgs;
use crate::failure::{Exit, Failure};

/// Sends a message. Trying again is harmless: one nonce is one message.
pub(super) fn send(runtime: &Runtime, args: SendArgs) -> Result<(), Failure> {
    let nonce = match &args.nonce {
        Some(text) => Nonce::parse(text)
            .ok_or_else(|| Exit::Usage.because(format!("--nonce: {}", Code::BadNonce.message())))?,
        None => ambient().nonce(),
    };
    let remote = remote(args.remote.url.as_deref())?;
    let text = message()?;
    let http = Http::new(remote.address.clone()).bearer(&remote.token);
    runtime.block_on(async {
        let mut patience = Patience {
            until: Instant::now() + Duration::from_secs(args.wait),
            backoff: Backoff::default(),
        };
        let room: RoomId = loop {
            match http.rooms().await {
                Ok(rooms) => break find_room(&args.room, &rooms)?,
                Err(error) => patience.after(&error).await.ok_or_else(|| failure(&error, &remote.address))?,
            }
        };
        let mut unknown = false;
        loop {
            let error = match http.post(room, &nonce, &text, None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            unknown |= matches!(error, Error::Unreachable { .. });
            if patience.after(&error).await.is_none() {
                let mut failed = failure(&error, &remote.address);
                if unknown {
                    failed.why += &format!(
                        "; it may have arrived: send it again with --nonce {nonce}, which cannot double it"
                    );
                }
                return Err(failed);
            }
        }
    })
}

/// Standard input, less one final newline, as the server would take it.
fn message() -> Result<String, Failure> {
    // One more byte than fits, and the newline that is taken off.
    let most = limits::TEXT_BYTES as u64 * 2 + 2;
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| Exit::Failed.because(format!("standard input cannot be read: {error}")))?;
    // Whether it ends within a character does not matter where it is too long anyway.
    if bytes.len() as u64 == most {
        return Err(Exit::Input.because(Code::TextTooLong.message()));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Exit::Input.because("standard input is no text: it is not UTF-8"))?;
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    match MessageText::parse(text.clone()) {
        Ok(_) => Ok(text),
        Err(code) => Err(Exit::Input.because(code.message())),
    }
}

/// How long it is tried.
struct Patience {
    until: Instant,
    backoff: Backoff,
}

impl Patience {
    /// Waits for the next try; `None` where there is none.
    async fn after(&mut self, error: &Error) -> Option<()> {
        if !error.may_pass() {
            return None;
        }
        let ending = match error {
            Error::Refused {
                status,
                retry_after_ms,
                ..
            } => Ending::Status {
                status: *status,
                after_ms: *retry_after_ms,
            },
            _ => Ending::Lost,
        };
        let wait = self.backoff.after(ending, ambient().chance())?;
        let next = Instant::now() + wait;
        if next > self.until {
            return None;
        }
        tokio::time::sleep_until(next).await;
        Some(())
    }
}
