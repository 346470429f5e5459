//! What a request asks for.

pub(crate) mod accept;
mod options;
mod path;
mod query;
pub(crate) mod yaml;

pub(crate) use options::{
    DeleteOptions, FieldValidation, ListOptions, Propagation, VersionMatch, WriteOptions,
};
pub(crate) use path::{Address, Path};
pub(crate) use query::Query;

use crate::{access::User, status::Status};
use bytes::Bytes;
use http::{HeaderMap, Method, header};

/// A request, read as far as it can be without knowing what is served.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: Query,
    /// The query as it was sent.
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) user: User,
}

impl Call {
    /// A header's text; empty if it is not there or no text.
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type of the body, without parameters, as it was sent.
    pub(crate) fn content_type(&self) -> &str {
        let value = self.header(header::CONTENT_TYPE);
        match value.split(';').next().unwrap_or_default().trim() {
            // No media type: nobody speaks it.
            "" => value,
            media => media,
        }
    }

    /// What the API calls the request: `get`, `list`, `watch`, `create`, …
    pub(crate) fn verb(&self) -> &'static str {
        let Path::Resource(address) = &self.path else { return "" };
        let named = !address.name.is_empty();
        match self.method {
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE if named => "delete",
            Method::DELETE => "deletecollection",
            Method::GET | Method::HEAD if address.watch => "watch",
            Method::GET | Method::HEAD if named => "get",
            Method::GET | Method::HEAD if self.query.flag("watch") => "watch",
            Method::GET | Method::HEAD => "list",
            _ => "",
        }
    }

    /// Whether a human reads the answer: it says so, or comes with curl, wget or a browser.
    pub(crate) fn pretty(&self) -> bool {
        match self.query.get("pretty") {
            "" => {
                let agent = self.header(header::USER_AGENT);
                ["curl", "Wget", "Mozilla/5.0"].iter().any(|known| agent.starts_with(known))
            }
            asked => matches!(asked, "1" | "t" | "T" | "true" | "TRUE" | "True"),
        }
    }

    /// Who writes: the field manager of the request, or what the client calls itself.
    pub(crate) fn manager(&self, options: &WriteOptions) -> String {
        if !options.field_manager.is_empty() {
            return options.field_manager.clone();
        }
        let agent = self.header(header::USER_AGENT);
        let first = agent.split('/').next().unwrap_or_default();
        // As managers must be: printable and not longer than 128 bytes.
        let printable: String = first.chars().filter(|c| !c.is_control()).collect();
        printable.chars().take(128).collect()
    }
}

/// The largest body that is read, in bytes.
pub(crate) const MAX_BODY: usize = 3 * 1024 * 1024;

/// The answer to a body that is larger.
pub(crate) fn body_too_large() -> Status {
    Status::too_large(&format!("limit is {MAX_BODY}"))
}
