//! A bot: answers "ping" with "pong" in every room it is in, once each, whatever the network does.
//!
//! `PARLOR_TOKEN=… cargo run -p parlor-client --example bot http://localhost:8080`

use parlor_client::{Ambient, Client, Credentials, Options, Start, Update};
use parlor_protocol::{EventKind, Timestamp};
use rand::TryRng as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or("http://localhost:8080".into());
    let (client, mut updates) = Client::start(Options {
        address: address.parse()?,
        credentials: Credentials::Token(std::env::var("PARLOR_TOKEN")?),
        start: Start::Head,
        state: Some("bot.json".into()),
        // The time goes into nonces alone, for the order of an index: none is as good.
        ambient: Ambient::new(Timestamp::default, |bytes| {
            rand::rngs::SysRng
                .try_fill_bytes(bytes)
                .expect("random bytes");
        }),
    })?;
    while let Some(update) = updates.next().await {
        let Update::Event { room, event } = update else {
            continue;
        };
        let Some(event) = event.known else { continue };
        if let EventKind::MessagePosted {
            text: Some(text), ..
        } = event.kind
            && text.as_str().trim() == "ping"
        {
            client.reply(room, Some(event.seq), "pong").await?;
        }
    }
    Err(updates.ended().await.to_string().into())
}
