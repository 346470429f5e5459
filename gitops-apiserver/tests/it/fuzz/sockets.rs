//! Bytes on the listener.

use super::cases;
use gitops_apiserver::{ApiServer, door::Listener};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::{future::Future, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// No answer takes so long.
const LIMIT: Duration = Duration::from_secs(60);

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

fn address(listener: &Listener) -> &str {
    listener.url().split_once("://").unwrap().1
}

/// Sends bytes and reads to the end; a connection that is reset has nothing more to say.
async fn exchange(listener: &Listener, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address(listener)).await.unwrap();
    let mut answer = Vec::new();
    let talk = async {
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut answer).await;
    };
    timeout(LIMIT, talk).await.expect("the connection ends");
    answer
}

async fn works(listener: &Listener) {
    let token = listener.token();
    let get = format!(
        "GET /api/v1/namespaces/default HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    let answer = exchange(listener, get.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
}

/// Requests by hand, most of them wrong somewhere. No watches: their end is far away.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let line = (
        prop::sample::select(vec!["GET", "POST", "PATCH", "PRI", "get", "", "G T"]),
        prop::sample::select(vec!["/", "/api", "*", "http://x/api", "/%", "x", "/api/v1/pods", ""]),
        prop::sample::select(vec!["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", ""]),
    )
        .prop_map(|(method, path, version)| format!("{method} {path} {version}\r\n"));
    let header = prop::sample::select(vec![
        "host: x",
        "content-length: 5",
        "content-length: -1",
        "content-length: 99999999999999999999",
        "transfer-encoding: chunked",
        "transfer-encoding: x",
        "expect: 100-continue",
        "authorization: Bearer wrong",
        "authorization: Basic YTpi",
        "upgrade: h2c",
        ": x",
        "a b: c",
        "connection: keep-alive",
        "connection: upgrade",
        "x: \u{1}",
    ])
    .prop_map(|header| format!("{header}\r\n"));
    let text = (line, prop::collection::vec(header, 0..5), any::<bool>(), "[ -~\r\n]{0,40}")
        .prop_map(|(line, headers, end, body)| {
            let end = if end { "\r\n" } else { "" };
            format!("{line}{}{end}{body}", headers.concat()).into_bytes()
        });
    prop_oneof![
        5 => text,
        2 => prop::collection::vec(any::<u8>(), 0..400),
        1 => Just(b"\x16\x03\x01\x02\x00\x01".to_vec()),
        1 => Just(vec![b'A'; 500_000]),
    ]
}

#[test]
fn any_bytes_end_in_an_answer_or_a_close() {
    block_on(async {
        let server = ApiServer::new();
        let (plain, secure) = (
            server.listener().start().await.unwrap(),
            server.listener().https().start().await.unwrap(),
        );
        let mut runner = TestRunner::new(cases(10));
        let cases = runner.config().cases;
        for _ in 0..cases {
            let bytes = bytes().new_tree(&mut runner).unwrap().current();
            exchange(&plain, &bytes).await;
            exchange(&secure, &bytes).await;
        }
        works(&plain).await;
    });
}

#[test]
fn slow_clients_stop_nobody_and_are_sent_away() {
    block_on(async {
        let server = ApiServer::new();
        let listener = server.listener().start().await.unwrap();
        let mut slow = Vec::new();
        for index in 0..300 {
            let mut stream = TcpStream::connect(address(&listener)).await.unwrap();
            let token = listener.token();
            let head = format!(
                "POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 9\r\n"
            );
            // Nothing at all, half a head, or a head without its body.
            let text = ["", &head, &format!("{head}\r\n")][index % 3].to_owned();
            stream.write_all(text.as_bytes()).await.unwrap();
            slow.push(stream);
        }
        works(&listener).await;
        tokio::time::pause();
        for (index, mut stream) in slow.into_iter().enumerate() {
            let mut answer = Vec::new();
            // Virtual time passes while nothing else happens.
            let ended = timeout(Duration::from_secs(3600), stream.read_to_end(&mut answer)).await;
            ended.expect("the server hangs up").unwrap();
            let code = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
            assert_eq!(code, if index % 3 == 2 { &b"504"[..] } else { b"" }, "{index}");
        }
        tokio::time::resume();
        works(&listener).await;
    });
}

#[test]
fn strangers_are_told_nothing() {
    block_on(async {
        let listener = ApiServer::new().listener().start().await.unwrap();
        assert!(listener.url().starts_with("http://127.0.0.1:"));
        let cases = [
            ("401", "authorization: Bearer wrong\r\n"),
            ("401", "authorization: BEARER wrong more\r\n"),
            ("403", ""),
            ("403", "authorization: Bearer \r\n"),
            ("403", "authorization: Basic YTpi\r\n"),
            ("403", "authorization: bearer\r\n"),
        ];
        for (code, header) in cases {
            for path in ["/", "/api/v1/namespaces", "/version", "/nothing", "/openapi/v2"] {
                let get =
                    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}\r\n");
                let answer = String::from_utf8(exchange(&listener, get.as_bytes()).await).unwrap();
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {code} ")),
                    "{header}{path}: {answer}"
                );
            }
        }
    });
}
