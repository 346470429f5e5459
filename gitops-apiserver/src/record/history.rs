//! Histories: the requests of a server as data, to be saved and sent again.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tower::{Service, ServiceExt};

/// A history can't be read, or sent.
#[derive(Debug, thiserror::Error)]
#[error("not a history of requests: {0}")]
pub struct HistoryError(String);

/// A request as it was sent. Headers that say who asks are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Headers that matter to the answer, in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body, where it is text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The body in base64, where it is not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bytes: String,
}

/// Requests in the order in which they were sent, as a recording server keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The requests.
    pub requests: Vec<Sent>,
}

/// The headers that are kept.
const HEADERS: [&str; 4] = ["accept", "content-type", "user-agent", "if-none-match"];

impl Sent {
    pub(crate) fn new(method: &Method, uri: &str, headers: &HeaderMap, body: &Bytes) -> Self {
        let kept = HEADERS.iter().filter_map(|name| {
            let value = headers.get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        let text = std::str::from_utf8(body).ok();
        Sent {
            method: method.to_string(),
            uri: uri.to_owned(),
            headers: kept.collect(),
            body: text.unwrap_or_default().to_owned(),
            bytes: if text.is_some() { String::new() } else { STANDARD.encode(body) },
        }
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, HistoryError> {
        let bad = |what: String| HistoryError(what);
        let method =
            Method::from_bytes(self.method.as_bytes()).map_err(|error| bad(error.to_string()))?;
        let uri: Uri = self.uri.parse().map_err(|error| bad(format!("{}: {error}", self.uri)))?;
        let body = if self.bytes.is_empty() {
            Bytes::copy_from_slice(self.body.as_bytes())
        } else {
            STANDARD.decode(&self.bytes).map_err(|error| bad(error.to_string()))?.into()
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        for (name, value) in &self.headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(error.to_string()))?;
            let value = HeaderValue::from_str(value).map_err(|error| bad(error.to_string()))?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }
}

impl History {
    /// Reads a saved history.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, HistoryError> {
        serde_json::from_str(text).map_err(|error| HistoryError(error.to_string()))
    }

    /// The text to save: JSON, which [`parse`](Self::parse) reads.
    pub fn print(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Sends all requests again, one after the other, and gives the status codes of the answers. Of
    /// watches only the head is read. On a server of the same seed, clock and options the same
    /// happens as when they were recorded.
    ///
    /// # Errors
    /// A request of the history is none. Those before it have been sent.
    pub async fn replay<S, B>(&self, service: &mut S) -> Result<Vec<u16>, HistoryError>
    where
        S: Service<Request<Full<Bytes>>, Response = http::Response<B>>,
        B: http_body::Body,
    {
        let mut codes = Vec::with_capacity(self.requests.len());
        for sent in &self.requests {
            let request = sent.request()?;
            let is_watch = sent.uri.contains("watch=");
            let Ok(ready) = service.ready().await else { break };
            codes.push(match ready.call(request).await {
                Ok(response) => {
                    let code = response.status().as_u16();
                    if !is_watch {
                        // What it says doesn't matter here; that it was said does.
                        let _ = response.into_body().collect().await;
                    }
                    code
                }
                Err(_) => 0,
            });
        }
        Ok(codes)
    }
}

/// The history of a server that records one.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Option<History>>);

impl Recorder {
    /// Starts anew.
    pub(crate) fn start(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(History::default());
    }

    pub(crate) fn add(&self, sent: impl FnOnce() -> Sent) {
        if let Some(history) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            history.requests.push(sent());
        }
    }

    /// What was recorded so far.
    pub(crate) fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}
