//! What a server does while its disk takes no writes: it serves reads, and refuses the rest in
//! the words of the contract.

use std::time::Duration;

use parlor_protocol::http::{NewInvite, Problem};
use tokio::time::timeout;

use super::World;
use crate::history::raw;
use crate::http;

/// An answer comes within this time, whatever it is.
const ANSWER: Duration = Duration::from_secs(10);
/// Statuses of what was done.
const DONE: std::ops::Range<u16> = 200..300;

/// Reads and writes over HTTP while nothing can be written. With the codes of which one is to
/// come; `done` among them: it may succeed, too.
pub(super) async fn refusing(world: &World, codes: &[&str]) {
    let (Some(server), Some(stage)) = (&world.server, &world.stage) else {
        return;
    };
    let Some(person) = stage.people.iter().find(|person| person.staff) else {
        return;
    };
    let listen = server.launch.listen;
    let ask = async |call: &str, body| {
        let asked = http::ask(listen, &stage.host, Some(&person.token), call, body);
        match timeout(ANSWER, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) => Err(why),
            Err(_) => Err("no answer within 10 s".to_owned()),
        }
    };
    let rooms = ask("GET rooms", None).await;
    let read = match rooms {
        Ok(answer) => answer.status.to_string(),
        Err(why) => why,
    };
    world.found(
        "where nothing can be written, reads go on",
        read == "200",
        read,
    );
    // Something that is in no log: whether it is done is for nobody to judge but this.
    let invite = NewInvite {
        max_uses: None,
        expires_in: None,
    };
    let told = match ask("POST invites", Some(&raw(&invite))).await {
        Ok(answer) if DONE.contains(&answer.status) => "done".to_owned(),
        Ok(answer) => serde_json::from_str::<Problem>(answer.body.get()).map_or_else(
            |_| format!("status {}", answer.status),
            |problem| raw(&problem.code).get().trim_matches('"').to_owned(),
        ),
        Err(why) => why,
    };
    world.found(
        "where nothing can be written, a command is refused with that reason",
        codes.contains(&told.as_str()),
        format!("{told}, and not {codes:?}"),
    );
}
