//! Real connections: encrypted ones, slow ones, and the end.
#![allow(clippy::unwrap_used)]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use lariat_console::server::{Shared, Tls, serve};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use common::shared;

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

async fn listen(tls: Option<Tls>) -> (Shared, SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shared = Shared { https: tls.is_some(), ..shared() };
    (shared.clone(), address, tokio::spawn(serve(listener, tls, shared)))
}

/// Sends this and reads until the other side closes.
async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // One that is cut off has been answered as far as it was.
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

const ASK: &str = "GET /api/v1/engine HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer right\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn an_encrypted_listener_answers_nobody_else() {
    let tls = Tls::read(&file("cert.pem"), &file("key.pem")).unwrap();
    let (_, address, _) = listen(Some(tls)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("cert.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let plain = TcpStream::connect(address).await.unwrap();
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), plain).await.unwrap();
    assert!(say(stream, ASK).await.starts_with("HTTP/1.1 200"));
    let plain = TcpStream::connect(address).await.unwrap();
    assert!(!say(plain, ASK).await.contains("HTTP/1.1 200"));
}

#[test]
fn a_certificate_that_cant_be_used_is_told_with_its_file() {
    for (cert, key, named) in [
        ("nothing.pem", "key.pem", "nothing.pem"),
        ("key.pem", "key.pem", "key.pem"),
        ("cert.pem", "cert.pem", "cert.pem"),
    ] {
        let error = Tls::read(&file(cert), &file(key)).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_too_long_is_cut_off() {
    let (_, address, _) = listen(None).await;
    // Nothing happens, so that the paused clock goes on by itself.
    let half = TcpStream::connect(address).await.unwrap();
    assert!(!say(half, "GET /api/v1/engine HTTP/1.1\r\nHost: loc").await.contains("200 OK"));
    let body = "POST /api/v1/groups/G/launch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer right\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    let half = TcpStream::connect(address).await.unwrap();
    let answer = say(half, body).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn the_end_is_told_to_those_who_follow() {
    let (shared, address, server) = listen(None).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(ASK.replace("engine", "events").replace("close", "keep-alive").as_bytes())
        .await
        .unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    shared.ending.cancel();
    server.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
