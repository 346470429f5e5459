//! TLS with an authority of one's own, and a proxy.

use super::{assert_says, failure, main_of, small, snapshot, text};
use gitops_core::{reason, source::git::Credential};
use gitops_testkit::repo::RepoServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn an_unknown_authority_is_refused_until_it_is_trusted() {
    let (repo, cache, _) = small();
    let server = RepoServer::start_https().await.unwrap();
    let url = server.serve("r", &repo);
    server.require_bearer("t0ken-A");
    let source = || main_of(&url, cache.path()).credentials(Credential::bearer("t0ken-A"));
    let error = failure(&source().build().unwrap()).await;
    assert_says(&error, reason::UNREACHABLE, &[&url, "certificate", "ca_pem"]);
    assert_eq!(server.requests(), []);
    let other = RepoServer::start_https().await.unwrap();
    let wrong = source().ca_pem(other.ca_pem().unwrap()).build().unwrap();
    assert_eq!(failure(&wrong).await.reason(), reason::UNREACHABLE);

    let trusting = source().ca_pem(server.ca_pem().unwrap()).build().unwrap();
    assert_eq!(text(&snapshot(&trusting).await, "app/a.yaml"), "a: 1\n");

    for nonsense in ["", "-----BEGIN CERTIFICATE-----\nzzz\n-----END CERTIFICATE-----\n"] {
        let error = source().ca_pem(nonsense).build().unwrap_err();
        assert_says(&error, reason::INVALID_CONFIGURATION, &["PEM"]);
    }
}

/// Speaks CONNECT to one client, and remembers what it was asked.
async fn proxy() -> (String, tokio::task::JoinHandle<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let host = head.split(' ').nth(1).unwrap().to_owned();
        let mut server = tokio::net::TcpStream::connect(host).await.unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        head
    });
    (format!("127.0.0.1:{}", address.port()), task)
}

#[tokio::test]
async fn the_proxy_is_used_when_it_is_given() {
    let (repo, cache, _) = small();
    let server = RepoServer::start_https().await.unwrap();
    let (address, task) = proxy().await;
    let source = main_of(&server.serve("r", &repo), cache.path())
        .ca_pem(server.ca_pem().unwrap())
        .proxy(format!("http://me:pr0xy@{address}"))
        .build()
        .unwrap();
    snapshot(&source).await;
    drop((source, server));
    let asked = task.await.unwrap();
    assert!(asked.starts_with("CONNECT 127.0.0.1:"), "{asked}");
    // base64 of me:pr0xy
    assert!(
        asked.to_lowercase().contains("proxy-authorization: basic")
            && asked.contains("bWU6cHIweHk=")
    );

    // Away: named without its password.
    let source = main_of("https://git.example.com/r", cache.path())
        .proxy("http://me:pr0xy@127.0.0.1:9")
        .build()
        .unwrap();
    let error = failure(&source).await;
    assert_says(&error, reason::UNREACHABLE, &["git.example.com", "proxy"]);
    assert!(!format!("{error:?}").contains("pr0xy@"), "{error:?}");
    let error = main_of("https://h/r", cache.path()).proxy("::s3cret").build().unwrap_err();
    assert_says(&error, reason::INVALID_CONFIGURATION, &["proxy"]);
    assert!(!format!("{error:?}").contains("s3cret"));
}
