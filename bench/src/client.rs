//! Just enough of a client: HTTP by hand, the socket by tungstenite.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, client::IntoClientRequest};

use crate::Outcome;

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: String,
}

fn request(address: SocketAddr, head: &str, body: &str) -> Result<Answer, std::io::ErrorKind> {
    let kind = |error: std::io::Error| error.kind();
    let mut stream = TcpStream::connect(address).map_err(kind)?;
    let text = format!(
        "{head} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        address.port(),
        body.len()
    );
    stream.write_all(text.as_bytes()).map_err(kind)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(kind)?;
    let status = answer
        .get(9..12)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default();
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .unwrap_or_default();
    Ok(Answer { status, body })
}

/// `GET`.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Answer, std::io::ErrorKind> {
    request(address, &format!("GET {path}"), "")
}

fn token(address: SocketAddr, path: &str, username: &str, password: &str) -> Outcome<String> {
    let body = json!({ "username": username, "password": password }).to_string();
    let answer =
        request(address, &format!("POST {path}"), &body).map_err(|kind| format!("{kind:?}"))?;
    let value: Value = serde_json::from_str(&answer.body)
        .map_err(|_| format!("{}: {}", answer.status, answer.body))?;
    Ok(value["token"]
        .as_str()
        .ok_or_else(|| value.to_string())?
        .to_owned())
}

/// A token for a username and a password.
pub(crate) fn sign_in(address: SocketAddr, username: &str, password: &str) -> Outcome<String> {
    token(address, "/api/v1/sessions", username, password)
}

/// A new account.
pub(crate) fn sign_up(address: SocketAddr, username: &str, password: &str) -> Outcome<String> {
    token(address, "/api/v1/users", username, password)
}

/// Somebody at a socket, after `ready`.
pub(crate) struct Peer {
    socket: WebSocket<TcpStream>,
    general: String,
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr, token: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://localhost:{}/ws", address.port()).into_client_request()?;
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}").parse()?);
        let (mut socket, _) =
            tungstenite::client(request, stream).map_err(|error| error.to_string())?;
        socket.send(Message::text(r#"{"type":"hello","protocol":1}"#))?;
        let ready: Value = serde_json::from_str(socket.read()?.to_text()?)?;
        let rooms = ready["rooms"].as_array().ok_or_else(|| ready.to_string())?;
        let general = rooms
            .iter()
            .find(|room| room["name"] == "general")
            .ok_or("no general")?;
        let general = general["id"].as_str().unwrap_or_default().to_owned();
        Ok(Self { socket, general })
    }

    /// Posts message `number`.
    pub(crate) fn post(&mut self, number: usize) -> Outcome<()> {
        let frame = json!({
            "type": "post", "id": number.to_string(), "room": self.general,
            "nonce": format!("bench-{number}"), "text": format!("message {number}"),
        });
        Ok(self.socket.send(Message::text(frame.to_string()))?)
    }

    /// Reads until message `number` arrives.
    pub(crate) fn wait_for_post(&mut self, number: usize) -> Outcome<()> {
        self.wait_for(&format!("\"message {number}\""))
    }

    /// Reads until message `number` is acked.
    pub(crate) fn wait_for_ack(&mut self, number: usize) -> Outcome<()> {
        self.wait_for(&format!("\"id\":\"{number}\""))
    }

    fn wait_for(&mut self, part: &str) -> Outcome<()> {
        while !self.socket.read()?.to_text()?.contains(part) {}
        Ok(())
    }
}
