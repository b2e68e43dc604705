//! What a server is told at its start. Parsed at the door: a value of these types is a good one.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use http::uri::Scheme;
use secrecy::SecretString;

pub use crate::address::IpNet;
use crate::backups::Backups;

/// The settings of the HTTP side.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address people use, where it is not simply the one listened on.
    pub public_url: Option<PublicUrl>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Rates, throttles and socket limits are kept. Off for benches only.
    pub rate_limits: bool,
    /// What opens `/metrics` where a public URL or proxies are set.
    pub metrics_token: Option<SecretString>,
    /// How scheduled backups go, where there are any.
    pub backups: Option<Arc<Backups>>,
}

impl Config {
    /// Listening on an address, with everything else as it is by default.
    pub fn listening_on(listen: SocketAddr) -> Self {
        Self {
            listen,
            public_url: None,
            trusted_proxies: Vec::new(),
            rate_limits: true,
            metrics_token: None,
            backups: None,
        }
    }

    /// Whether this server is a demo while nobody owns it: on loopback, and not known by another address.
    pub fn may_be_demo(&self) -> bool {
        self.listen.ip().is_loopback() && self.public_url.is_none()
    }
}

/// The address to open in a browser, without a path: the public URL, else where the server
/// listens, by a name that works on this machine.
pub fn url_for_people(public_url: Option<&PublicUrl>, listen: SocketAddr) -> String {
    let here = listen.ip().is_loopback() || listen.ip().is_unspecified();
    match public_url {
        Some(url) => url.to_string(),
        None if here => format!("http://localhost:{}", listen.port()),
        None => format!("http://{listen}"),
    }
}

/// `http://` or `https://`, a host, and a port where it is not the usual one; nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    /// In lower case, an IPv6 address in brackets.
    host: String,
    port: u16,
}

/// Why a public URL is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a public URL is http:// or https:// and a host, like https://chat.example.org, without a path"
)]
pub struct BadPublicUrl;

impl PublicUrl {
    /// The cookie of such a server is Secure.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host, in lower case, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the usual one where none was given.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let uri: Uri = text.trim().parse().map_err(|_| BadPublicUrl)?;
        let https = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(BadPublicUrl),
        };
        let authority = uri.authority().ok_or(BadPublicUrl)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if !bare || text.contains('#') || authority.as_str().contains('@') {
            return Err(BadPublicUrl);
        }
        let host = authority.host().to_ascii_lowercase();
        let spelled_port = authority.as_str().len() > authority.host().len();
        let usual = if https { 443 } else { 80 };
        let port = match authority.port_u16() {
            Some(port) => port,
            None if spelled_port => return Err(BadPublicUrl),
            None => usual,
        };
        if host.is_empty() || port == 0 {
            return Err(BadPublicUrl);
        }
        Ok(Self { https, host, port })
    }
}

/// As an `Origin` header has it.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == usual {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_kept_as_browsers_write_an_origin() {
        let written = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(
            written("https://Chat.Example.org/"),
            Ok("https://chat.example.org".into())
        );
        assert_eq!(
            written("https://chat.example.org:443"),
            Ok("https://chat.example.org".into())
        );
        assert_eq!(written("http://[::1]:8080"), Ok("http://[::1]:8080".into()));
        for bad in [
            "",
            "chat.example.org",
            "ftp://a",
            "https://",
            "https://a/chat",
            "https://a?b",
            "https://a/#b",
            "https://me@a",
            "https://a:0",
            "https://a:x",
            "https://a:",
        ] {
            assert_eq!(written(bad), Err(BadPublicUrl), "{bad}");
        }
    }
}
