//! One bounded request to the API server.

use crate::error::{Failure, Refusal};
use bytes::Bytes;
use futures::StreamExt;
use gitops_core::env::Env;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Limited};
use kube::{Client, client::Body};
use std::{future::Future, time::Duration};

/// Sends requests, each within a time and a size. Knows nothing of objects.
///
/// It works on bytes below `kube::Api`, since that hides what the stages need: 201 from 200, the
/// `Retry-After` header, and the answer's bytes, of which documents are made without a typed tree.
#[derive(Clone)]
pub(crate) struct Transport {
    pub(crate) client: Client,
    pub(crate) env: Env,
    /// The time for a whole exchange.
    pub(crate) timeout: Duration,
    /// The largest answer that is read.
    pub(crate) limit: usize,
}

/// A successful answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Whether something was created (201).
    pub(crate) created: bool,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| Failure::Garbled(error.to_string()))
    }
}

/// What to send: method, path with query, and a body with its type.
#[derive(Debug, Clone)]
pub(crate) struct Send {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) content: Option<(&'static str, Bytes)>,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const APPLY_PATCH: &str = "application/apply-patch+yaml";
pub(crate) const JSON_PATCH: &str = "application/json-patch+json";

impl Send {
    pub(crate) fn get(path: String) -> Self {
        Send { method: Method::GET, path, accept: JSON, content: None }
    }

    pub(crate) fn with(method: Method, path: String, kind: &'static str, body: Vec<u8>) -> Self {
        Send { method, path, accept: JSON, content: Some((kind, body.into())) }
    }
}

impl Transport {
    /// Sends and reads the whole answer.
    pub(crate) async fn send(&self, send: Send) -> Result<Answer, Failure> {
        self.within(async {
            let response = self.exchange(send).await?;
            let created = response.status() == http::StatusCode::CREATED;
            Ok(Answer { created, body: self.body(response).await? })
        })
        .await
    }

    /// Sends and answers as soon as the head is there; the body is read by the caller.
    pub(crate) async fn open(&self, send: Send) -> Result<Lines, Failure> {
        let response = self.within(self.exchange(send)).await?;
        Ok(Lines {
            body: response.into_body().into_data_stream(),
            rest: Vec::new(),
            scanned: 0,
            limit: self.limit,
        })
    }

    async fn exchange(&self, send: Send) -> Result<Response<Body>, Failure> {
        let mut request = Request::builder()
            .method(send.method)
            .uri(send.path)
            .header(header::ACCEPT, send.accept)
            // Compressed watches come one gzip member an event, which HTTP stacks do not undo.
            .header(header::ACCEPT_ENCODING, "identity");
        let mut body = Body::empty();
        if let Some((kind, bytes)) = send.content {
            request = request.header(header::CONTENT_TYPE, kind);
            body = Body::from(bytes);
        }
        let request = request.body(body).map_err(|error| Failure::Unreachable(Box::new(error)))?;
        let response = self.client.send(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = self.body(response).await?;
        Err(Failure::Refused(Box::new(Refusal::read(status.as_u16(), &headers, &body))))
    }

    async fn body(&self, response: Response<Body>) -> Result<Bytes, Failure> {
        match Limited::new(response.into_body(), self.limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(Failure::Garbled(format!("it is larger than {} bytes", self.limit)))
            }
            Err(error) => Err(Failure::Lost(error)),
        }
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.env.clock.sleep(self.timeout) => Err(Failure::Late(self.timeout)),
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// The lines of an answer that goes on: a watch.
pub(crate) struct Lines {
    body: http_body_util::BodyDataStream<Body>,
    rest: Vec<u8>,
    scanned: usize,
    limit: usize,
}

impl Lines {
    /// The next line; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            let fresh = self.rest.get(self.scanned..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|&byte| byte == b'\n') {
                let tail = self.rest.split_off(self.scanned + at + 1);
                let mut line = std::mem::replace(&mut self.rest, tail);
                self.scanned = 0;
                line.pop();
                return Ok(Some(line));
            }
            self.scanned = self.rest.len();
            if self.rest.len() > self.limit {
                return Err(Failure::Garbled(format!("an event is over {} bytes", self.limit)));
            }
            match self.body.next().await {
                Some(Ok(bytes)) => self.rest.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(error.into()),
                // A line without an end is a line that was cut off: the next watch repeats it.
                None => return Ok(None),
            }
        }
    }
}
