//! An HTTP client that says exactly what a test tells it to: a connection for
//! each request, from the address asked for, with the headers asked for.

use std::net::{IpAddr, SocketAddr};

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};

use crate::until::soon;

/// One way of asking a server: where, as whom, with which headers.
#[derive(Clone, Debug)]
pub struct Http {
    server: SocketAddr,
    from: Option<IpAddr>,
    headers: HeaderMap,
}

/// What the server said.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

impl Http {
    /// Asks a server as nobody in particular.
    pub fn to(server: SocketAddr) -> Self {
        let mut headers = HeaderMap::new();
        let host = HeaderValue::from_str(&server.to_string()).expect("an address is ASCII");
        headers.insert(HOST, host);
        Self {
            server,
            from: None,
            headers,
        }
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// With a header, in place of one of that name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        self.headers.insert(
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        );
        self
    }

    /// From another address of this machine, such as 127.0.0.2.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.from = Some(address.parse().expect("an address"));
        self
    }

    /// `GET`. Paths without a leading `/` are below `/api/v1/`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// `POST` with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, &body).await
    }

    /// `PATCH` with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PATCH, path, &body).await
    }

    /// `PUT` with JSON.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, &body).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Bytes::new()).await
    }

    /// A method with JSON, said to be JSON unless a content type was set.
    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Reply {
        let mut asked = self.clone();
        let json = HeaderValue::from_static("application/json");
        asked.headers.entry(CONTENT_TYPE).or_insert(json);
        asked
            .send(method, path, Bytes::from(body.to_string()))
            .await
    }

    /// Any method with any body.
    pub async fn send(&self, method: Method, path: &str, body: Bytes) -> Reply {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/api/v1/{path}")
        };
        let what = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        request
            .headers_mut()
            .expect("a method and a path are good")
            .extend(self.headers.clone());
        let request = request.body(Full::new(body)).expect("a good request");
        soon(&what, async {
            let io = TokioIo::new(self.dial().await);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io)
                .await
                .expect("a connection");
            let connection = tokio::spawn(connection);
            let response = sender.send_request(request).await;
            let response = response.unwrap_or_else(|error| panic!("{what}: no answer: {error}"));
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.expect("a whole body").to_bytes();
            connection.abort();
            Reply {
                status: head.status.as_u16(),
                headers: head.headers,
                bytes,
            }
        })
        .await
    }

    async fn dial(&self) -> TcpStream {
        let socket = if self.server.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        };
        let socket = socket.expect("a socket");
        if let Some(from) = self.from {
            socket
                .bind(SocketAddr::new(from, 0))
                .expect("an address of this machine");
        }
        socket
            .connect(self.server)
            .await
            .expect("a server that listens")
    }
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} without JSON: {:?}", self.status, self.bytes))
    }

    /// A header's value; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body, where the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status, status, "{body}");
        if self.bytes.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// That it is a problem as RFC 9457 has it, of this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status, "{body}");
        body
    }
}
