//! The demo: while nobody owns a server on loopback, it signs `prathmesh` in with the password
//! `123` and lets anyone sign up. A rule of that state, not a stored hash, so the claim ends it.

use subtle::ConstantTimeEq as _;

use crate::config::Config;
use crate::guard::Client;

/// The account of the demo.
pub(crate) const USERNAME: &str = "prathmesh";
const PASSWORD: &str = "123";

/// Whether the demo answers this client, as long as the server is unclaimed: a peer on loopback
/// that names a host on loopback, with nobody in between.
pub(crate) fn answers(config: &Config, client: &Client) -> bool {
    config.may_be_demo()
        && client.peer.ip().to_canonical().is_loopback()
        && client.host_is_loopback
        && !client.forwarded
}

/// Whether it is the demo's password.
pub(crate) fn knows(password: &str) -> bool {
    password.as_bytes().ct_eq(PASSWORD.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_answers_only_loopback_by_a_loopback_name_with_nobody_between() {
        let config = |listen: &str, public: Option<&str>| {
            let mut config = Config::listening_on(listen.parse().unwrap());
            config.public_url = public.map(|url| url.parse().unwrap());
            config
        };
        let client = |peer: &str, host_is_loopback, forwarded| {
            let mut client = Client::of(peer.parse().unwrap());
            client.host_is_loopback = host_is_loopback;
            client.forwarded = forwarded;
            client
        };
        let local = config("127.0.0.1:8080", None);
        assert!(answers(&local, &client("127.0.0.1:9", true, false)));
        assert!(answers(
            &local,
            &client("[::ffff:127.0.0.1]:9", true, false)
        ));
        assert!(!answers(&local, &client("192.0.2.1:9", true, false)));
        assert!(!answers(&local, &client("127.0.0.1:9", false, false)));
        assert!(!answers(&local, &client("127.0.0.1:9", true, true)));

        let near = client("127.0.0.1:9", true, false);
        assert!(!answers(&config("0.0.0.0:8080", None), &near));
        assert!(!answers(
            &config("127.0.0.1:8080", Some("http://localhost:8080")),
            &near
        ));
    }
}
