//! kubectl's commands that live on discovery and OpenAPI, against both servers: the same words.

use super::{
    definitions,
    lab::{Lab, customs, lab, ours},
};
use gitops_apiserver::discovery::{Catalog, Custom};
use gitops_testkit::server::Output;
use serde_json::json;
use std::path::Path;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const COMMANDS: [&str; 17] = [
    "version",
    "api-versions",
    "api-resources",
    "api-resources --sort-by=kind --verbs=list,get -o wide",
    "api-resources --categories=mine",
    "api-resources --api-group=stable.example.com --namespaced=false",
    "explain pods",
    "explain deploy.spec.template.spec.containers",
    "explain --recursive ingresses",
    "explain hpa --api-version=autoscaling/v1",
    "explain wd",
    "explain widgets.spec --recursive",
    "explain widgets --api-version=stable.example.com/v2alpha1 --recursive",
    "explain accessories.metadata",
    "explain items.odd.example.com --output=plaintext-openapiv2",
    "explain nothing",
    "explain pods.spec.nothing",
];

/// Answers one request, like a proxy that keeps no connection.
async fn serve_one(stream: &mut TcpStream, catalog: &Catalog<'_>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let Some(answer) = ours(catalog, method, path, &headers) else {
        panic!("{method} {path} isn't discovery");
    };
    let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.code);
    text += &format!("content-length: {}\r\n", answer.body.len());
    for (name, value) in &answer.headers {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    // A client that has seen enough closes its end.
    let _ = stream.write_all(format!("{text}\r\n").as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
}

/// Runs kubectl while its server is served.
async fn kubectl(
    lab: &Lab,
    config: &Path,
    custom: &[Custom],
    at: &TcpListener,
    line: &str,
) -> Output {
    let address = at.local_addr().unwrap().to_string();
    let catalog = Catalog { address: &address, custom };
    let run = lab.server.kubectl_as(config, line.split(' '), "");
    let serve = async {
        loop {
            let (mut stream, _) = at.accept().await.unwrap();
            serve_one(&mut stream, &catalog).await;
        }
    };
    tokio::select! {
        output = run => output.unwrap(),
        () = serve => unreachable!("it serves for ever"),
    }
}

#[tokio::test]
async fn kubectl_says_the_same_of_both() {
    let Some(lab) = lab().await else { return };
    let stored = lab.define_with_openapi(&definitions::all()).await;
    let custom = customs(&stored);
    let at = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = lab.server.dir().join("ours.kubeconfig");
    let server = format!("http://{}", at.local_addr().unwrap());
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "ours",
        "clusters": [{"name": "ours", "cluster": {"server": server}}],
        "contexts": [{"name": "ours", "context": {"cluster": "ours", "user": ""}}],
    });
    std::fs::write(&config, text.to_string()).unwrap();
    for line in COMMANDS {
        let theirs = lab.server.kubectl(line.split(' ')).await.unwrap();
        let own = kubectl(&lab, &config, &custom, &at, line).await;
        assert_eq!(theirs.stderr, own.stderr, "{line}");
        assert_eq!(theirs.stdout, own.stdout, "{line}");
        assert_eq!(theirs.code, own.code, "{line}");
    }
}
