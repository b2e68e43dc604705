//! Many connections that only stay alive.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// Connections made at once.
const TOGETHER: usize = 50;
/// As the server announces it.
const PING: Duration = Duration::from_secs(5);

/// Opens `count` connections, calls `measure` when all have had `ready` and two rounds of pings, closes them.
pub(crate) fn hold(
    address: SocketAddr,
    token: &str,
    count: usize,
    measure: impl FnOnce() -> Outcome<()>,
) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut streams = Vec::with_capacity(count);
        while streams.len() < count {
            let batch = (0..TOGETHER.min(count - streams.len())).map(|_| {
                let token = token.to_owned();
                tokio::spawn(async move {
                    connect(address, &token)
                        .await
                        .map_err(|error| error.to_string())
                })
            });
            for task in batch.collect::<Vec<_>>() {
                streams.push(task.await??);
            }
            ping(&mut streams).await?;
        }
        for _ in 0..2 {
            tokio::time::sleep(PING).await;
            ping(&mut streams).await?;
        }
        measure()
    })
}

/// Sends one ping each, and throws away what has come.
async fn ping(streams: &mut [TcpStream]) -> Outcome<()> {
    let mut scratch = vec![0; 64 * 1024];
    for stream in streams {
        stream.write_all(&masked(br#"{"type":"ping"}"#)).await?;
        while matches!(stream.try_read(&mut scratch), Ok(1..)) {}
    }
    Ok(())
}

async fn connect(address: SocketAddr, token: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nHost: localhost:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer {token}\r\n\r\n",
        address.port()
    );
    stream.write_all(upgrade.as_bytes()).await?;
    read_until(&mut stream, b"\r\n\r\n").await?;
    stream
        .write_all(&masked(br#"{"type":"hello","protocol":1}"#))
        .await?;
    read_until(&mut stream, br#""type":"ready""#).await?;
    Ok(stream)
}

async fn read_until(stream: &mut TcpStream, end: &[u8]) -> Outcome<()> {
    let mut seen = Vec::new();
    while !seen.windows(end.len()).any(|part| part == end) {
        if stream.read_buf(&mut seen).await? == 0 {
            return Err(String::from_utf8_lossy(&seen).into_owned().into());
        }
    }
    Ok(())
}

/// A text frame under the mask 0, which leaves the bytes as they are (RFC 6455, 5.3).
fn masked(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(text);
    frame
}
