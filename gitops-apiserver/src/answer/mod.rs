//! Answers, as they go out.

mod body;
mod encode;
mod events;
mod warnings;

pub use body::{ApiBody, BodyError};
pub(crate) use encode::Encoder;
pub(crate) use events::stream;

use crate::{
    protobuf,
    request::accept::{self, Encoding, Form, Offered},
    status::Status,
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// What goes out.
pub(crate) enum Content {
    /// Pieces of one body.
    Pieces { media_type: String, pieces: Vec<Bytes> },
    /// A refusal, in the encoding that the client prefers.
    Refusal(Box<Status>),
    /// A watch.
    Stream { media_type: String, body: ApiBody },
}

impl Content {
    pub(crate) fn media_type(&self) -> &str {
        match self {
            Content::Pieces { media_type, .. } | Content::Stream { media_type, .. } => media_type,
            Content::Refusal(_) => "application/json",
        }
    }
}

/// An answer that is not encoded for the wire yet.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) content: Content,
    pub(crate) warnings: Vec<String>,
    /// More headers.
    pub(crate) headers: Vec<(header::HeaderName, String)>,
}

impl Answer {
    /// One piece.
    pub(crate) fn new(code: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let content =
            Content::Pieces { media_type: media_type.to_owned(), pieces: vec![body.into()] };
        Answer { code, content, warnings: Vec::new(), headers: Vec::new() }
    }

    /// What discovery answers.
    pub(crate) fn from_response(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let mut answer = Answer::new(head.status.as_u16(), "", body);
        answer.headers = head
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.to_str().ok()?.to_owned())))
            .collect();
        answer
    }

    /// Plain text, as Go's `http.Error` sends it.
    pub(crate) fn text(code: u16, text: &str) -> Self {
        let mut answer = Answer::new(code, "text/plain; charset=utf-8", format!("{text}\n"));
        answer.headers.push((header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()));
        answer
    }

    /// The path leads nowhere.
    pub(crate) fn no_such_page() -> Self {
        Answer::text(404, "404 page not found")
    }

    /// The server has too much to do. Its first filter says so in plain text, not as a `Status`.
    pub(crate) fn overloaded() -> Self {
        let mut answer = Answer::text(429, "Too many requests, please try again later.");
        answer.headers.push((header::RETRY_AFTER, "1".to_owned()));
        answer
    }

    /// Lets the body break off after so many bytes.
    pub(crate) fn truncate(&mut self, bytes: usize) {
        let nothing = Content::Pieces { media_type: String::new(), pieces: Vec::new() };
        self.content = match std::mem::replace(&mut self.content, nothing) {
            Content::Pieces { media_type, pieces } => {
                Content::Stream { media_type, body: ApiBody::pieces(pieces).truncated(bytes) }
            }
            Content::Stream { media_type, body } => {
                Content::Stream { media_type, body: body.truncated(bytes) }
            }
            Content::Refusal(status) => Content::Stream {
                media_type: "application/json".to_owned(),
                body: ApiBody::pieces(vec![plain(&status)]).truncated(bytes),
            },
        };
    }

    /// Spreads JSON over lines.
    pub(crate) fn indent(&mut self) {
        let Content::Pieces { media_type, pieces } = &mut self.content else { return };
        if media_type != "application/json" {
            return;
        }
        let value = serde_json::from_slice::<serde_json::Value>(&pieces.concat());
        if let Some(text) = value.ok().and_then(|value| serde_json::to_vec_pretty(&value).ok()) {
            *pieces = vec![Bytes::from(text)];
        }
    }

    /// A refusal.
    pub(crate) fn refuse(status: &Status) -> Self {
        let content = Content::Refusal(Box::new(status.clone()));
        let mut answer =
            Answer { code: status.code, content, warnings: Vec::new(), headers: Vec::new() };
        let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
        if seconds > 0 {
            answer.headers.push((header::RETRY_AFTER, seconds.to_string()));
        }
        answer
    }

    /// With a refusal in the encoding that a client accepts.
    pub(crate) fn encoded_for(mut self, accept: &str) -> Self {
        let Content::Refusal(status) = &self.content else { return self };
        let form = accept::negotiate(accept, Offered { media: &accept::BUILT_IN, tables: true })
            .unwrap_or(Form::JSON);
        let value = serde_json::to_value(status).unwrap_or_default();
        let encoded = match form.encoding {
            Encoding::Json => return self,
            Encoding::Yaml => serde_saphyr::to_string(&value).ok().map(Bytes::from),
            Encoding::Protobuf => protobuf::encode(&value).ok().map(Bytes::from),
        };
        if let Some(body) = encoded {
            let media_type = form.media_type().to_owned();
            self.content = Content::Pieces { media_type, pieces: vec![body] };
        }
        self
    }

    /// As it goes out.
    pub(crate) fn into_response(self) -> Response<ApiBody> {
        let (media_type, body) = match self.content {
            Content::Pieces { media_type, pieces } => (media_type, ApiBody::pieces(pieces)),
            Content::Stream { media_type, body } => (media_type, body),
            Content::Refusal(status) => {
                ("application/json".to_owned(), ApiBody::pieces(vec![plain(&status)]))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let mut add = |name: header::HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        if !self.headers.iter().any(|(name, _)| name == header::CACHE_CONTROL) {
            add(header::CACHE_CONTROL, "no-cache, private");
        }
        if !media_type.is_empty() {
            add(header::CONTENT_TYPE, &media_type);
        }
        for (name, value) in &self.headers {
            add(name.clone(), value);
        }
        for value in warnings::headers(&self.warnings) {
            headers.append(header::WARNING, value);
        }
        response
    }
}

/// A refusal as JSON: it is plain data, which can always be written.
fn plain(status: &Status) -> Bytes {
    serde_json::to_vec(status).unwrap_or_default().into()
}
