//! An answer and its headers.

use super::accept::{Agreed, Media, PRODUCED};
use crate::{protobuf, status::Status};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha512};

/// An answer that is being made.
#[derive(Debug)]
pub(super) struct Reply(Response<Bytes>);

impl Reply {
    pub(super) fn new(code: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() =
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // What the server says of everything that names no other rule.
        let reply = Self(response).header(header::CACHE_CONTROL, "no-cache, private");
        if media_type.is_empty() { reply } else { reply.header(header::CONTENT_TYPE, media_type) }
    }

    pub(super) fn empty(code: u16) -> Self {
        Self::new(code, "", Bytes::new())
    }

    /// In the form that was agreed on, indented for people.
    pub(super) fn object(code: u16, object: &Value, agreed: Agreed, by_person: bool) -> Self {
        let body = match agreed.media {
            Media::Json if by_person || agreed.pretty => indented(object).into_bytes(),
            Media::Json => object.to_string().into_bytes(),
            Media::Yaml => yaml(object).into_bytes(),
            // Every kind that is answered here has a protobuf form.
            Media::Protobuf => protobuf::encode(object).unwrap_or_default(),
        };
        Self::new(code, agreed.media.name(), body)
    }

    /// Of endpoints that write JSON and nothing else, always indented.
    pub(super) fn raw(code: u16, object: &Value) -> Self {
        Self::new(code, "application/json", indented(object))
    }

    /// For people who ask for health.
    pub(super) fn text(code: u16, text: String) -> Self {
        Self::new(code, "text/plain; charset=utf-8", text)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
    }

    /// Of the part of the server that knows no APIs.
    pub(super) fn no_page() -> Self {
        Self::text(404, "404 page not found\n".to_owned())
    }

    pub(super) fn not_acceptable() -> Self {
        Self::raw(406, &value(&Status::not_acceptable(&PRODUCED)))
    }

    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    #[must_use]
    pub(super) fn without(mut self, name: HeaderName) -> Self {
        self.0.headers_mut().remove(name);
        self
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        self.0
    }
}

/// A quoted tag of a content, as the server makes it.
pub(super) fn etag(content: &[u8]) -> String {
    format!("\"{:X}\"", Sha512::digest(content))
}

/// A status as an object.
pub(super) fn value(status: &Status) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}

/// By two spaces and without a line's end, as Go does it.
fn indented(object: &Value) -> String {
    format!("{object:#}")
}

fn yaml(object: &impl Serialize) -> String {
    serde_saphyr::to_string(object).unwrap_or_default()
}
