//! What can go wrong between protobuf and JSON.

use crate::status::{Status, quote};
use std::fmt::Write;

/// How much of a body an answer shows.
const SHOWN: usize = 30;

/// Bytes that aren't the message that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(String);

impl Malformed {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Malformed(message.into())
    }

    pub(super) fn unexpected_end() -> Self {
        Malformed::new("unexpected EOF")
    }
}

/// A body that can't be decoded, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What is wrong.
    pub message: String,
    /// API version and kind, where the body could be read that far or its request says them.
    pub kind: Option<(String, String)>,
}

impl DecodeError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        DecodeError { message: message.into(), kind: None }
    }

    pub(super) fn of(api_version: &str, kind: &str, message: impl Into<String>) -> Self {
        let kind = Some((api_version.to_owned(), kind.to_owned()));
        DecodeError { message: message.into(), kind }
    }

    /// The answer to a request whose `body` should have been an `expected` (a kind).
    pub fn status(&self, expected: &str, body: &[u8]) -> Status {
        let message = match &self.kind {
            Some((api_version, kind)) => {
                let version = quote(api_version.rsplit('/').next().unwrap_or_default());
                format!(
                    "{kind} in version {version} cannot be handled as a {expected}: {}",
                    self.message
                )
            }
            None => format!(
                "the object provided is unrecognized (must be of type {expected}): {} ({})",
                self.message,
                summary(body)
            ),
        };
        Status::bad_request(message)
    }
}

/// The beginning of a body: as text where it looks like JSON, else in hexadecimal.
fn summary(body: &[u8]) -> String {
    let (shown, more) = match body.split_at_checked(SHOWN) {
        Some((shown, rest)) if !rest.is_empty() => (shown, " ..."),
        _ => (body, ""),
    };
    match shown.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => String::from_utf8_lossy(shown).into_owned() + more,
        Some(_) => {
            let mut text = String::with_capacity(2 * SHOWN + more.len());
            for byte in shown {
                // Writing to a string never fails.
                let _ = write!(text, "{byte:02x}");
            }
            text + more
        }
    }
}

/// A value that has no protobuf form: its kind has none, or a field isn't of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not representable as protobuf: {0}")]
pub struct NotRepresentable(pub String);
