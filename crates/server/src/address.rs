//! Whose address a request comes from: the socket's, or the one that trusted proxies vouch for.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;

/// A network in CIDR notation, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNet {
    address: IpAddr,
    prefix: u8,
}

/// Why a network is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address, or one with a prefix like 10.0.0.0/8")]
pub struct BadIpNet;

impl IpNet {
    /// The address lies in it. IPv4 addresses written as IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (width, own, other) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (32, u128::from(own.to_bits()), u128::from(other.to_bits()))
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (128, own.to_bits(), other.to_bits()),
            _ => return false,
        };
        let shift = width - u32::from(self.prefix);
        own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

impl FromStr for IpNet {
    type Err = BadIpNet;

    fn from_str(text: &str) -> Result<Self, BadIpNet> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadIpNet)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| BadIpNet)?,
            None => widest,
        };
        if prefix > widest {
            return Err(BadIpNet);
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// What one peer counts as in limits: an IPv4 address, or the /64 that one home or host has of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AddressKey(IpAddr);

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(long) => {
                let network = long.to_bits() & (u128::MAX << 64);
                Self(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            short => Self(short),
        }
    }
}

/// The address a request counts as coming from: that of the socket, or, where that is a trusted
/// proxy, the rightmost untrusted one of `X-Forwarded-For`. Where an entry cannot be read, the
/// proxy that wrote it is as far as can be seen.
pub(crate) fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut seen = peer.ip().to_canonical();
    let forwarded: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|&b| b == b','))
        .collect();
    for entry in forwarded.into_iter().rev() {
        if !is_trusted(seen) {
            break;
        }
        match std::str::from_utf8(entry).ok().and_then(|e| hop(e.trim())) {
            Some(address) => seen = address,
            None => break,
        }
    }
    seen
}

/// One entry: an address, some proxies add a port.
fn hop(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    address.or_else(with_port).map(|a| a.to_canonical())
}

/// Headers by which a proxy shows that it passed a request on. A demo answers none of those.
const FORWARDING: [&str; 9] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
    "via",
    "true-client-ip",
    "cf-connecting-ip",
];

/// The request was passed on by somebody who says so.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    FORWARDING.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<IpNet> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("127.0.0.1", "127.0.0.2", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/0", "2001:db8::1", true),
            ("::1", "::1", true),
        ];
        for (net, address, inside) in cases {
            let net: IpNet = net.parse().unwrap();
            assert_eq!(
                net.contains(address.parse().unwrap()),
                inside,
                "{net} {address}"
            );
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/"] {
            assert_eq!(bad.parse::<IpNet>(), Err(BadIpNet), "{bad}");
        }
    }

    #[test]
    fn the_rightmost_untrusted_address_is_the_clients() {
        let trusted = nets(&["127.0.0.1", "10.0.0.0/8", "::1"]);
        let cases: [(&str, &[&str], &str); 9] = [
            ("203.0.113.1:9", &["198.51.100.7"], "203.0.113.1"),
            ("127.0.0.1:9", &[], "127.0.0.1"),
            ("127.0.0.1:9", &["198.51.100.7"], "198.51.100.7"),
            (
                "127.0.0.1:9",
                &["1.1.1.1, 198.51.100.7, 10.0.0.3"],
                "198.51.100.7",
            ),
            ("127.0.0.1:9", &["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1:9", &["1.1.1.1, nonsense"], "127.0.0.1"),
            ("127.0.0.1:9", &["1.1.1.1, nonsense, 10.0.0.4"], "10.0.0.4"),
            ("[::1]:9", &["[2001:db8::5]:4711"], "2001:db8::5"),
            ("127.0.0.1:9", &["198.51.100.7:4711"], "198.51.100.7"),
        ];
        for (peer, forwarded, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let address = client(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(address.to_string(), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn ipv6_counts_by_its_64() {
        let key = |text: &str| AddressKey::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:0:0:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
