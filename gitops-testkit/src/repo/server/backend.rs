//! git's own http backend, spoken to by CGI (RFC 3875).

use super::{Answer, At};
use crate::repo::git;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{io, path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

/// A request with its body.
pub(super) struct Whole {
    head: http::request::Parts,
    body: Bytes,
}

impl Whole {
    pub(super) async fn collect(request: http::Request<Incoming>) -> Self {
        let (head, body) = request.into_parts();
        // A body that breaks off is as good as none: git will complain.
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        Whole { head, body }
    }

    pub(super) fn line(&self) -> String {
        format!("{} {}", self.head.method, self.head.uri)
    }

    pub(super) fn header(&self, name: HeaderName) -> Option<String> {
        Some(self.head.headers.get(name)?.to_str().ok()?.to_owned())
    }

    /// The first segment of the path.
    pub(super) fn repo(&self) -> &str {
        self.head.uri.path().split('/').nth(1).unwrap_or_default()
    }

    /// What follows it.
    fn rest(&self) -> &str {
        let path = self.head.uri.path();
        path.get(1 + self.repo().len()..).unwrap_or_default()
    }

    /// The same file below another URL.
    pub(super) fn below(&self, url: &str) -> String {
        let query = self.head.uri.query().map(|query| format!("?{query}"));
        format!("{url}{}{}", self.rest(), query.unwrap_or_default())
    }

    /// Which request of the protocol it is. (A body that is compressed counts as the pack's:
    /// only real git compresses, and only long ones.)
    pub(super) fn at(&self) -> Option<At> {
        let has = |text: &[u8]| self.body.windows(text.len()).any(|window| window == text);
        match self.rest() {
            "/info/refs" => Some(At::Advertisement),
            "/git-upload-pack" if has(b"command=ls-refs") => Some(At::List),
            "/git-upload-pack" => Some(At::Pack),
            _ => None,
        }
    }
}

/// Runs the backend on one request.
pub(super) async fn run(repo: &Path, request: &Whole) -> io::Result<Answer> {
    let root = repo.parent().unwrap_or(repo);
    let name = repo.file_name().unwrap_or_default().to_string_lossy();
    let text = |name| request.header(name).unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .envs(git::environment())
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{name}{}", request.rest()))
        .env("QUERY_STRING", request.head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", request.head.method.as_str())
        .env("CONTENT_TYPE", text(header::CONTENT_TYPE))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", text(header::CONTENT_ENCODING))
        .env("HTTP_GIT_PROTOCOL", text(HeaderName::from_static("git-protocol")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Small: it fits the pipe, or git reads it first.
        let _ = stdin.write_all(&request.body).await;
    }
    parse(child.wait_with_output().await?.stdout)
}

fn parse(output: Vec<u8>) -> io::Result<Answer> {
    let bad = || io::Error::other("git http-backend gave no answer");
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(bad)?;
    let body = Bytes::from(output);
    let head = String::from_utf8_lossy(&body.slice(..end)).into_owned();
    let mut status = StatusCode::OK;
    let mut headers = HeaderMap::new();
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(": ").ok_or_else(bad)?;
        if name == "Status" {
            let code = value.split(' ').next().unwrap_or_default();
            status = code.parse().map_err(|_| bad())?;
        } else {
            let name = HeaderName::try_from(name).map_err(|_| bad())?;
            headers.insert(name, HeaderValue::try_from(value).map_err(|_| bad())?);
        }
    }
    Ok((status, headers, body.slice(end + 4..)))
}
