//! `send` and `tail` over `https://`, through a proxy that ends TLS as those in front of a real server do.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use parlor_testkit::until::soon;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::{Home, PASSWORD, Serving, sentence};

/// A proxy for `localhost` whose certificate an authority signed that nobody knows; the authority's PEM.
fn proxy() -> (TlsAcceptor, String) {
    let key = || KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key()).expect("an authority");
    let server_key = key();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .expect("a name")
        .signed_by(&server_key, &authority)
        .expect("a certificate");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a certificate and its key");
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

#[tokio::test]
async fn behind_a_proxy_that_ends_tls_the_certificate_is_judged() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().expect("an address").port()
    );
    home.say(
        &["user", "add", "ada", "--password-stdin", "--admin"],
        PASSWORD,
    )
    .await;
    let token = home.say(&["token", "create", "ada"], "").await;
    // Its first line names the public URL, so its own port is chosen beforehand.
    let direct = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let listen = direct.local_addr().expect("an address");
    drop(direct);
    let at = listen.to_string();
    let serve = home.command(&["serve", "--listen", &at, "--public-url", &url]);
    let server = Serving::of(serve).await;
    let (acceptor, pem) = proxy();
    let proxy = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut near) = acceptor.accept(stream).await else {
                    return;
                };
                let mut far = TcpStream::connect(listen).await.expect("a server");
                let _ = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    let roots: PathBuf = home.path().join("authority.pem");
    std::fs::write(&roots, pem).expect("a file");
    let as_ada = |args: &[&str], trusting: bool| -> Command {
        let mut command = home.command(args);
        command.env("PARLOR_URL", &url).env("PARLOR_TOKEN", &token);
        command
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSL_CERT_FILE");
        if trusting {
            command.env("SSL_CERT_FILE", &roots);
        }
        command
    };
    let stranger = as_ada(&["send", "general", "--wait", "0"], false);
    sentence(&home.run_with(stranger, "hello").await, 4);

    let mut tail = as_ada(&["tail", "general"], true);
    tail.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut tail = tail.spawn().expect("the program starts");
    let mut state = BufReader::new(tail.stderr.take().expect("a pipe")).lines();
    let state = soon("a connection", state.next_line())
        .await
        .expect("UTF-8");
    assert!(
        state
            .as_deref()
            .is_some_and(|line| line.contains("connected to https://")),
        "{state:?}"
    );
    let sent = home
        .run_with(as_ada(&["send", "general"], true), "hello")
        .await;
    assert!(sent.status.success(), "{sent:?}");
    let mut out = BufReader::new(tail.stdout.take().expect("a pipe")).lines();
    let line = soon("the event", out.next_line()).await.expect("UTF-8");
    assert!(
        line.as_deref()
            .is_some_and(|line| line.ends_with(" ada: hello")),
        "{line:?}"
    );
    server.stop().await;
    proxy.abort();
}
