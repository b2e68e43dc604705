//! A bot: answers "hi" in every room it is in, once each, whatever the network or its own end does.
//! `PARLOR_TOKEN=… cargo run -p parlor-client --example bot http://localhost:8080`
use parlor_client::{Ambient, Client, Credentials, Options, Said};
use parlor_protocol::{Nonce, Timestamp};
use rand::{TryRng as _, rngs::SysRng};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("the server's address?")?;
    let credentials = Credentials::Token(std::env::var("PARLOR_TOKEN")?);
    let chance = |bytes: &mut [u8]| SysRng.try_fill_bytes(bytes).expect("the system has chance");
    let ambient = Ambient::new(Timestamp::default, chance);
    run(Options::new(address.parse()?, credentials, ambient).kept_in("bot.json")).await
}

/// Answers until the server does not let it in any more.
pub(crate) async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let (client, mut updates) = Client::start(options)?;
    while let Some(update) = updates.next().await {
        if let Some(said) = update.message()
            && said.text.trim() == "hi"
        {
            // After a kill the same event may come again: under the same nonce it is the same answer.
            let nonce = Nonce::parse(&format!("hi-{}", said.seq)).ok_or("too long")?;
            let answer = Said::reply(said.seq, format!("Hi, {}!", said.by.name.as_str()));
            client.say_as(said.room, nonce, answer).await?;
        }
    }
    Err(updates.ended().await.to_string().into())
}
