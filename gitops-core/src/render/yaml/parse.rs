//! One file's bytes to documents with their lines.

use super::{
    DuplicateKeys, Limits,
    node::{Node, Root},
    refuse,
};
use crate::{
    Error, Result,
    model::{Origin, printable},
    reason,
};
use serde_json::{Map, Value};
use serde_saphyr::{
    DefaultMessageFormatter, DuplicateKeyPolicy, Error as YamlError, Location,
    MessageFormatter as _, NonFiniteFloatPolicy, Options, Spanned, budget::BudgetBreach,
};

/// One document of a file.
pub(super) struct Document {
    /// The line on which it begins, from 1.
    pub(super) line: u32,
    pub(super) content: Content,
}

/// What a document holds. The entries of `items` keep their lines, for lists of objects.
pub(super) enum Content {
    Mapping { fields: Map<String, Value>, items: Option<Vec<(Value, u32)>> },
    Other(Value),
}

impl Document {
    fn new<const STRICT: bool>(line: u32, root: Root<STRICT>) -> Self {
        let content = match root {
            Root::Other(value) => Content::Other(value),
            Root::Mapping { fields, items } => Content::Mapping {
                fields,
                items: items.map(|items| items.into_iter().map(|item| entry(item, line)).collect()),
            },
        };
        Document { line, content }
    }
}

/// An alias stands where it is used. JSON has no places: those of the document.
fn entry<const STRICT: bool>(item: Spanned<Node<STRICT>>, document: u32) -> (Value, u32) {
    let places = [line(&item.referenced), line(&item.defined)];
    (item.value.0, places.into_iter().find(|line| *line > 0).unwrap_or(document))
}

/// The line of a place, from 1; 0 where the parser has none.
fn line(at: &Location) -> u32 {
    u32::try_from(at.line()).unwrap_or(u32::MAX)
}

/// The documents of a file that are not null, in order.
pub(super) fn documents(
    path: &str,
    content: &[u8],
    limits: &Limits,
    duplicate_keys: DuplicateKeys,
) -> Result<Vec<Document>> {
    if content.len() > limits.file_bytes {
        let (size, limit) = (content.len(), limits.file_bytes);
        return Err(refuse(reason::TOO_LARGE, format!("{size} bytes, and the limit is {limit}"))
            .at(&Origin::new(path, 0))
            .advise("split the file, or raise Limits::file_bytes"));
    }
    let text = std::str::from_utf8(content).map_err(|error| {
        let before = content.get(..error.valid_up_to()).unwrap_or(content);
        refuse(reason::INVALID_SYNTAX, "the file is not UTF-8")
            .at(&Origin::new(path, 1 + newlines(before)))
            .advise("save it as UTF-8, or exclude it")
    })?;
    // What looks like JSON may be a YAML flow mapping: the YAML parser has the last word.
    let read = match duplicate_keys {
        DuplicateKeys::Refused => either::<true>,
        DuplicateKeys::LastWins => either::<false>,
    };
    read(path, text, limits)
}

fn either<const STRICT: bool>(path: &str, text: &str, limits: &Limits) -> Result<Vec<Document>> {
    if text.trim_start().starts_with('{')
        && let Some(documents) = json::<STRICT>(path, text, limits)
    {
        return documents;
    }
    yaml::<STRICT>(text, limits).map_err(|error| explain(&error, path, text, limits))
}

fn newlines(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX)
}

/// The JSON values that follow each other; `None` when the text is anything else.
fn json<const STRICT: bool>(
    path: &str,
    text: &str,
    limits: &Limits,
) -> Option<Result<Vec<Document>>> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Root<STRICT>>();
    let mut documents = Vec::new();
    let (mut end, mut line, mut nodes) = (0, 1, 0);
    loop {
        let rest = text.get(end..)?;
        let start = end + (rest.len() - rest.trim_start().len());
        line += newlines(text.get(end..start)?.as_bytes());
        let Some(root) = stream.next() else { return Some(Ok(documents)) };
        let root = root.ok()?;
        let (more, depth) = root.size();
        nodes += more;
        let limit = if documents.len() == limits.documents {
            Some(limits.documents_limit())
        } else if nodes > limits.nodes {
            Some(limits.nodes_limit())
        } else if depth > limits.deepest() {
            Some(limits.depth_limit())
        } else {
            None
        };
        if let Some(limit) = limit {
            return Some(Err(too_much(&limit, &Origin::new(path, line))));
        }
        documents.push(Document::new(line, root));
        end = stream.byte_offset();
        line += newlines(text.get(start..end)?.as_bytes());
    }
}

fn too_much(limit: &str, origin: &Origin) -> Error {
    refuse(reason::TOO_LARGE, format!("more than {limit} in one file"))
        .at(origin)
        .advise("split the file, or raise the limit")
}

fn yaml<const STRICT: bool>(text: &str, limits: &Limits) -> Result<Vec<Document>, YamlError> {
    let found: Vec<Spanned<Root<STRICT>>> =
        serde_saphyr::from_multiple_with_options(text, options(limits, STRICT))?;
    let documents = found.into_iter();
    Ok(documents.map(|found| Document::new(line(&found.defined), found.value)).collect())
}

fn options(limits: &Limits, strict: bool) -> Options {
    let most = limits.nodes;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: limits.documents,
            max_nodes: most,
            // A container has two events, and documents and aliases have some too.
            max_events: most.saturating_mul(3).saturating_add(limits.documents.saturating_mul(3)),
            max_depth: limits.deepest(),
            flow_nesting_limit: limits.deepest(),
            max_total_scalar_bytes: limits.scalar_bytes,
            max_aliases: most,
            max_anchors: most,
            max_recorded_anchor_events: most,
            // Aliases are counted as what they stand for: no guess by their number is needed.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: most,
        },
        duplicate_keys: if strict { DuplicateKeyPolicy::Error } else { DuplicateKeyPolicy::LastWins },
        legacy_octal_numbers: true,
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
        emit_comments: false,
        // An excerpt of the file in an error could show a secret.
        with_snippet: false,
    }
}

/// A parser's error in our words, without any value of the file.
fn explain(error: &YamlError, path: &str, text: &str, limits: &Limits) -> Error {
    let mut inner = error;
    while let YamlError::AliasError { error, .. } | YamlError::WithSnippet { error, .. } = inner {
        inner = error;
    }
    let origin = match error.location() {
        Some(at) if at.line() > 0 => {
            Origin::new(path, line(&at)).column(u32::try_from(at.column()).unwrap_or(u32::MAX))
        }
        _ => Origin::new(path, 0),
    };
    let message = DefaultMessageFormatter.format_message(inner);
    if let Some(limit) = exceeded(inner, &message, limits) {
        return too_much(&limit, &origin);
    }
    let error = refuse(reason::INVALID_SYNTAX, printable(&message).replace('\n', " ")).at(&origin);
    error.advise(if text.contains("{{") {
        "it looks like a template: render it first, or exclude it"
    } else {
        "correct the file, or exclude it if it holds no manifests"
    })
}

/// The limit that was exceeded, if that is what happened.
fn exceeded(error: &YamlError, message: &str, limits: &Limits) -> Option<String> {
    Some(match error {
        YamlError::Budget { breach, .. } => match breach {
            BudgetBreach::Documents { .. } => limits.documents_limit(),
            BudgetBreach::Depth { .. } => limits.depth_limit(),
            BudgetBreach::ScalarBytes { .. } | BudgetBreach::RecordedAnchorBytes { .. } => {
                format!("{} bytes of scalars (Limits::scalar_bytes)", limits.scalar_bytes)
            }
            BudgetBreach::SequenceUnbalanced => return None,
            _ => limits.nodes_limit(),
        },
        YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayCounterOverflow { .. } => limits.nodes_limit(),
        YamlError::AliasReplayStackDepthExceeded { .. } => limits.depth_limit(),
        // The scanner looks ahead of the budget in flow style, and has no kind for this.
        _ if message.contains("recursion limit") => limits.depth_limit(),
        _ => return None,
    })
}
