//! Many in one room: what one gets, all get.

use parlor_testkit::person::number;
use parlor_testkit::{ExactlyOnce, TestServer};

/// Connections in the room.
const PHONES: usize = 40;
/// Posts to each of them, so that one delivery lost in ten thousand is lost here.
const POSTS: usize = 300;

#[tokio::test]
async fn everybody_gets_everything_that_everybody_gets() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.person("ada").await, server.person("ben").await);
    let general = &server.general;
    let mut phones = Vec::new();
    for _ in 0..PHONES {
        phones.push(ben.connect_from(ExactlyOnce::default()).await);
    }
    let mut hers = ada.connect().await;
    let mut last = 0;
    // One after the other, so that each is a delivery of its own.
    for n in 0..POSTS {
        last = number(&hers.post(general, &format!("{n}")).await["seq"]);
    }
    let log = ben.log(general).await;
    for phone in &mut phones {
        phone.hold(general, last).await;
        assert_eq!(phone.held.events(general).len(), POSTS);
        phone.held.agrees_with(general, &log);
    }
}
