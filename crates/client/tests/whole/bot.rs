//! The bot of the examples, as it stands there.

use parlor_client::{Address, Credentials, Options};
use parlor_testkit::Person;
use parlor_testkit::until::until;
use serde_json::Value;

use crate::support::{Proxy, ambient};

#[path = "../../examples/bot.rs"]
#[allow(dead_code, reason = "main is for the command line")]
mod example;

/// Says hi, and waits for the bot's answer to it.
async fn says_hi(person: &Person, room: &str, nonce: &str) {
    let posted = person.post(room, "hi", nonce).await.expect(201);
    until("an answer", async || {
        let log = person.log(room).await;
        answers(&log, &posted["seq"]).next().map(drop)
    })
    .await;
}

fn answers<'a>(log: &'a [Value], to: &'a Value) -> impl Iterator<Item = &'a Value> {
    log.iter()
        .filter(move |event| event["kind"] == "message_posted" && event["reply_to"] == *to)
}

#[tokio::test]
async fn it_answers_each_hi_once_over_restarts_of_the_server_and_its_own() {
    let (proxy, mut server, olga) = Proxy::before_a_server().await;
    let ada = server.person("ada").await.moved_to(proxy.address);
    let folder = parlor_testkit::folder::temporary();
    let state = folder.path().join("bot.json");
    let address: Address = format!("http://{}", proxy.address)
        .parse()
        .expect("an address");
    let begin = || {
        let credentials = Credentials::Token(ada.token.clone());
        let options = Options::new(address.clone(), credentials, ambient(1)).kept_in(&state);
        tokio::spawn(async move {
            let ended = example::run(options).await;
            panic!("{:?}", ended.map_err(|error| error.to_string()));
        })
    };
    let running = begin();
    until("its state", async || state.exists().then_some(())).await;
    says_hi(&olga, &server.general, "one").await;
    server.restart().await;
    proxy.lead_to(Some(server.address()));
    let before = std::fs::read(&state).expect("a file");
    says_hi(&olga, &server.general, "two").await;
    // Killed, with a state from before it answered: what came then comes again.
    running.abort();
    assert!(running.await.is_err_and(|it| it.is_cancelled()));
    std::fs::write(&state, before).expect("a file");
    let running = begin();
    says_hi(&olga, &server.general, "three").await;
    running.abort();
    let log = olga.log(&server.general).await;
    let asked: Vec<&Value> = log.iter().filter(|event| event["text"] == "hi").collect();
    assert_eq!(asked.len(), 3);
    for hi in asked {
        let said: Vec<&Value> = answers(&log, &hi["seq"]).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(
            said[0]["text"],
            format!("Hi, {}!", hi["by"]["name"].as_str().expect("a name"))
        );
    }
}
