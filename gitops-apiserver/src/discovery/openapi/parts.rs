//! The recorded documents, unpacked when the first of them is asked for.
//!
//! Written by `cargo xtask resources`. A line is a part that several documents share: JSON in which a
//! control character, a number and a semicolon stand for the part in the line of that number. After
//! an empty line come the documents: name, hash and such a text, with tabs between.

use flate2::read::GzDecoder;
use std::{io::Read, sync::LazyLock};

const PACKED: &[u8] = include_bytes!("../../../data/openapi.gz");
/// Stands before the number of a part.
const MARK: char = '\u{1}';

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    GzDecoder::new(PACKED).read_to_string(&mut text).expect("packed by our own xtask");
    text
});

static PARTS: LazyLock<Parts> = LazyLock::new(|| {
    let (parts, documents) = TEXT.split_once("\n\n").unwrap_or_default();
    let document = |line: &'static str| {
        let (name, rest) = line.split_once('\t')?;
        let (hash, text) = rest.split_once('\t')?;
        Some(Document { name, hash, text })
    };
    Parts {
        parts: parts.lines().collect(),
        documents: documents.lines().filter_map(document).collect(),
    }
});

#[derive(Debug)]
struct Parts {
    parts: Vec<&'static str>,
    documents: Vec<Document>,
}

/// A document whose text isn't put together yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document {
    /// `v2`, `v3/PATH`, `custom/v3/namespaced`, …
    pub(super) name: &'static str,
    /// The server's hash of it.
    pub(super) hash: &'static str,
    text: &'static str,
}

impl Document {
    /// The document of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::all().find(|document| document.name == name)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        PARTS.documents.iter().copied()
    }

    /// Its JSON, without space and with sorted keys.
    pub(super) fn json(self) -> String {
        let mut whole = String::new();
        expand(self.text, PARTS.parts.len(), &mut whole);
        whole
    }
}

/// Writes a text with its parts. A part refers to earlier ones only, so this ends.
fn expand(text: &str, before: usize, whole: &mut String) {
    let mut pieces = text.split(MARK);
    whole.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (number, rest) = piece.split_once(';').unwrap_or_default();
        let number: usize = number.parse().unwrap_or(usize::MAX);
        if let Some(part) = PARTS.parts.get(number).filter(|_| number < before) {
            expand(part, number, whole);
        }
        whole.push_str(rest);
    }
}
