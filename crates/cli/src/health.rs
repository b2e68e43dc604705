//! `parlor health`: whether a server on this machine can do its work. For containers and scripts.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::text::say;

/// How long the server may take for each part of its answer: its own checks take 2 s at most.
const WAIT: Duration = Duration::from_secs(4);
/// Its answer is some hundred bytes.
const ANSWER_BYTES: u64 = 16 << 10;

/// Asks where the settings say that it listens.
pub(crate) fn health(settings: &Settings) -> Result<(), Failure> {
    let at = near(settings.listen);
    let answer = ask(at).map_err(|error| {
        Exit::Unreachable.because(format!("the server at {at} does not answer: {error}"))
    })?;
    let status = answer.lines().next().unwrap_or_default();
    let body = answer.rsplit("\r\n\r\n").next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        return say(body.trim_end());
    }
    Err(Exit::Failed.because(format!(
        "the server at {at} cannot do its work: {}",
        one_line(if body.is_empty() { status } else { body })
    )))
}

/// Who listens everywhere is asked on loopback.
fn near(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(at: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// What somebody else says is shown without its control characters.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_on_loopback() {
        let near = |text: &str| near(text.parse().unwrap()).to_string();
        assert_eq!(near("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(near("[::]:80"), "[::1]:80");
        assert_eq!(near("10.0.0.7:80"), "10.0.0.7:80");
    }
}
