//! A bot: answers "hi" in every room it is in, once each, whatever the network or its own end does.
//!
//! `PARLOR_TOKEN=… cargo run -p parlor-client --example bot http://localhost:8080`

use std::path::Path;

use parlor_client::{Ambient, Client, Credentials, Options, Said, Start, Update};
use parlor_protocol::{EventKind, Nonce, Timestamp};
use rand::TryRng as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local = "http://localhost:8080".to_owned();
    let address = std::env::args().nth(1).unwrap_or(local);
    run(&address, std::env::var("PARLOR_TOKEN")?, "bot.json").await
}

/// Answers until the server does not let it in any more.
pub(crate) async fn run(
    address: &str,
    token: String,
    state: impl AsRef<Path>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (client, mut updates) = Client::start(Options {
        address: address.parse()?,
        credentials: Credentials::Token(token),
        start: Start::Head,
        state: Some(state.as_ref().into()),
        // The time goes into nonces alone, for the order of an index: none is as good.
        ambient: Ambient::new(Timestamp::default, |bytes| {
            let filled = rand::rngs::SysRng.try_fill_bytes(bytes);
            filled.expect("the system has random bytes");
        }),
    })?;
    while let Some(update) = updates.next().await {
        let Update::Event { room, event } = update else {
            continue;
        };
        let Some(event) = event.known else { continue };
        let EventKind::MessagePosted {
            text: Some(text), ..
        } = event.kind
        else {
            continue;
        };
        if text.as_str().trim() == "hi" {
            let text = format!("Hi, {}!", event.by.name.as_str());
            let reply_to = Some(event.seq);
            // After a kill the same event may come again: under the same nonce it is the same answer.
            let nonce = Nonce::parse(&format!("hi-{}", event.seq)).expect("it is short");
            client
                .say_as(room, nonce, Said::Post { text, reply_to })
                .await?;
        }
    }
    Err(updates.ended().await.to_string().into())
}
