//! Where a server is.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::wire::{Bytes, dial};
use http::Uri;

/// A server's address: `https://host`, `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    tls: bool,
    host: String,
    port: u16,
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why: &str| Err(Error::Address(format!("the address {text:?} {why}")));
        let Ok(uri) = text.trim().parse::<Uri>() else {
            return bad("is none: give one such as http://localhost:8080");
        };
        let tls = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return bad("is none: give one such as http://localhost:8080"),
        };
        let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
            return bad("names no host");
        };
        if uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'))
        {
            return bad("holds credentials: give them in PARLOR_TOKEN or by login");
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return bad("has a path: give it without one");
        }
        Ok(Self {
            tls,
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(default_port(tls)),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

const fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

impl Address {
    /// Host and port, as in the `Host` header.
    pub fn authority(&self) -> String {
        if self.port == default_port(self.tls) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// A connection to it.
    pub(crate) async fn dial(&self) -> std::io::Result<Box<dyn Bytes>> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        dial(host, self.port, self.tls).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_a_host_and_perhaps_a_port() {
        let shown = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        for (text, is) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://Chat.example.org/", "http://chat.example.org"),
            ("ws://[::1]:80", "http://[::1]"),
            ("https://x:443", "https://x"),
            ("wss://x:80", "https://x:80"),
        ] {
            assert_eq!(shown(text).unwrap(), is);
        }
        for bad in [
            "",
            "localhost",
            "localhost:8080",
            "ftp://x",
            "http://",
            "http://a:b@x",
            "http://x/y",
            "http://x/?q=1",
            "http://x y",
        ] {
            assert!(shown(bad).is_err(), "{bad}");
        }
    }
}
