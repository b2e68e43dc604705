//! A socket written to byte by byte: for what no library would ever send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::until::soon;

/// The last fragment of a message.
pub const FIN: u8 = 0x80;
/// Opcodes (RFC 6455, 5.2).
pub const TEXT: u8 = 1;
/// See [`TEXT`].
pub const BINARY: u8 = 2;
/// See [`TEXT`].
pub const CLOSE: u8 = 8;
/// See [`TEXT`].
pub const PING: u8 = 9;
/// See [`TEXT`].
pub const PONG: u8 = 10;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// An upgraded connection, in bytes.
pub struct RawSocket {
    stream: TcpStream,
}

impl RawSocket {
    /// Upgrades with a token.
    pub async fn open(server: SocketAddr, token: &str) -> Self {
        let (status, socket) =
            Self::ask(server, &format!("Authorization: Bearer {token}\r\n")).await;
        assert_eq!(status, 101);
        socket
    }

    /// Asks for an upgrade with more header lines, each with its line break; gives the status.
    pub async fn ask(server: SocketAddr, more: &str) -> (u16, Self) {
        let mut stream = TcpStream::connect(server)
            .await
            .expect("a server that listens");
        // So that pieces that are sent apart travel apart.
        stream.set_nodelay(true).expect("a socket of TCP");
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a socket that takes it");
        let mut head = Vec::new();
        soon("an answer to the upgrade", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("an answer"));
            }
        })
        .await;
        let head = String::from_utf8_lossy(&head);
        let status = head
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .expect("a status line");
        (status, Self { stream })
    }

    /// Sends bytes; that the server has gone is found out by reading.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = soon("a socket that takes bytes", self.stream.write_all(bytes)).await;
    }

    /// Sends a masked frame: `first` is FIN, reserved bits and opcode.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut bytes = head(first, payload.len() as u64);
        bytes.extend(
            payload
                .iter()
                .zip(MASK.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        self.send(&bytes).await;
    }

    /// The next frame: opcode and payload; `None` at the end of the stream.
    ///
    /// # Panics
    /// Where the connection was reset: what the server says last must reach its peer.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        soon("a frame", async {
            let first = match self.stream.read_u8().await {
                Ok(first) => first,
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return None,
                Err(error) => panic!("the connection broke: {error}"),
            };
            assert_eq!(
                first & 0xf0,
                FIN,
                "the server sends whole messages without reserved bits"
            );
            let length = match self.stream.read_u8().await.expect("a length") {
                126 => u64::from(self.stream.read_u16().await.expect("a length")),
                127 => self.stream.read_u64().await.expect("a length"),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).expect("a length that fits")];
            self.stream
                .read_exact(&mut payload)
                .await
                .expect("a whole frame");
            Some((first & 0x0f, payload))
        })
        .await
    }

    /// Reads until the close frame, and gives its code.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some((CLOSE, payload)) => return u16::from_be_bytes([payload[0], payload[1]]),
                Some(_) => {}
                None => panic!("the stream ended without a close frame"),
            }
        }
    }
}

/// Only the head of a masked frame, its length in as few bytes as can be, and its mask.
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | u8::try_from(length).expect("it is below 126")),
        126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(length).expect("it fits").to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}
