//! JSON documents as shared canonical bytes with a digest.

use super::Digest;
use serde_json::Value;
use std::{fmt, sync::Arc};

/// A JSON document: canonical bytes (sorted keys, no white space), shared, with their digest.
///
/// A parsed tree costs ten times the memory of its text, so documents are kept as bytes and
/// parsed where somebody looks inside ([`value`](Self::value)). `Debug` shows the digest only:
/// documents may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    bytes: Arc<[u8]>,
    digest: Digest,
}

impl Document {
    /// The document of a JSON value. O(size).
    pub fn new(value: &Value) -> Self {
        let bytes = canonical(value);
        let digest = Digest::of(&bytes);
        Document { bytes: bytes.into(), digest }
    }

    /// Parses the document. O(size).
    pub fn value(&self) -> Value {
        // The bytes were written by `canonical`, which writes JSON of a depth that was parsed once.
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the canonical bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes, {})", self.bytes.len(), self.digest.short())
    }
}

/// Canonical JSON: keys sorted by bytes at every level, no white space.
///
/// Sorting is explicit since `serde_json::Map` keeps insertion order as soon as any crate in the
/// build turns on `preserve_order`.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text(key, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::String(string) => text(string, out),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            out.extend_from_slice(value.to_string().as_bytes());
        }
    }
}

fn text(string: &str, out: &mut Vec<u8>) {
    // Writing a string into a Vec can't fail.
    let _ = serde_json::to_writer(out, string);
}
