//! One file's bytes to documents with their lines.

use super::{DuplicateKeys, Limits, node::Root, refuse};
use crate::{
    Error, Result,
    model::{Origin, printable},
    reason,
};
use serde_saphyr::{
    DefaultMessageFormatter, DuplicateKeyPolicy, Error as YamlError, Location,
    MessageFormatter as _, NonFiniteFloatPolicy, Options, Spanned, budget::BudgetBreach,
};

/// One document of a file.
pub(super) struct Document {
    /// The line on which it begins, from 1.
    pub(super) line: u32,
    pub(super) root: Root,
}

/// The line of a place, from 1; 0 where the parser has none.
pub(super) fn line(at: &Location) -> u32 {
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
    if text.trim_start().starts_with('{')
        && let Some(documents) = json(text, limits)
    {
        return Ok(documents);
    }
    yaml(text, limits, duplicate_keys).map_err(|error| explain(&error, path, text, limits))
}

fn newlines(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX)
}

/// The JSON values that follow each other; `None` when the text is anything else.
fn json(text: &str, limits: &Limits) -> Option<Vec<Document>> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Root>();
    let mut documents = Vec::new();
    let (mut end, mut line) = (0, 1);
    loop {
        let rest = text.get(end..)?;
        let start = end + (rest.len() - rest.trim_start().len());
        line += newlines(text.get(end..start)?.as_bytes());
        let Some(root) = stream.next() else { return Some(documents) };
        // The limits are checked by the YAML parser, which says what is too much.
        if documents.len() == limits.documents {
            return None;
        }
        documents.push(Document { line, root: root.ok()? });
        end = stream.byte_offset();
        line += newlines(text.get(start..end)?.as_bytes());
    }
}

fn yaml(
    text: &str,
    limits: &Limits,
    duplicate_keys: DuplicateKeys,
) -> Result<Vec<Document>, YamlError> {
    let found: Vec<Spanned<Root>> =
        serde_saphyr::from_multiple_with_options(text, options(limits, duplicate_keys))?;
    let documents = found.into_iter();
    Ok(documents
        .map(|document| Document { line: line(&document.defined), root: document.value })
        .collect())
}

fn options(limits: &Limits, duplicate_keys: DuplicateKeys) -> Options {
    let most = limits.nodes;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: limits.documents,
            max_nodes: most,
            // A container has two events, and documents and aliases have some too.
            max_events: most.saturating_mul(3).saturating_add(limits.documents.saturating_mul(3)),
            max_depth: limits.depth.min(Limits::MAX_DEPTH),
            flow_nesting_limit: limits.depth.min(Limits::MAX_DEPTH),
            max_total_scalar_bytes: limits.scalar_bytes,
            max_aliases: most,
            max_anchors: most,
            max_merge_keys: most,
            max_recorded_anchor_events: most,
            // Aliases are counted as what they stand for: no guess by their number is needed.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: most.saturating_mul(2),
        },
        duplicate_keys: match duplicate_keys {
            DuplicateKeys::Refused => DuplicateKeyPolicy::Error,
            DuplicateKeys::LastWins => DuplicateKeyPolicy::LastWins,
        },
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
    if let Some(limit) = exceeded(inner, limits) {
        return refuse(reason::TOO_LARGE, format!("more than {limit} in one file"))
            .at(&origin)
            .advise("split the file, or raise the limit");
    }
    let message = DefaultMessageFormatter.format_message(inner);
    let error = refuse(reason::INVALID_SYNTAX, printable(&message).replace('\n', " ")).at(&origin);
    if text.contains("{{") {
        return error.advise("it looks like a template: render it first, or exclude it");
    }
    error
}

/// The limit that was exceeded, if that is what happened.
fn exceeded(error: &YamlError, limits: &Limits) -> Option<String> {
    let nodes = || format!("{} nodes (Limits::nodes, aliases counted)", limits.nodes);
    let depth = || {
        let depth = limits.depth.min(Limits::MAX_DEPTH);
        format!("{depth} levels of nesting (Limits::depth)")
    };
    Some(match error {
        YamlError::Budget { breach, .. } => match breach {
            BudgetBreach::Documents { .. } => {
                format!("{} documents (Limits::documents)", limits.documents)
            }
            BudgetBreach::Depth { .. } => depth(),
            BudgetBreach::ScalarBytes { .. } | BudgetBreach::RecordedAnchorBytes { .. } => {
                format!("{} bytes of scalars (Limits::scalar_bytes)", limits.scalar_bytes)
            }
            BudgetBreach::SequenceUnbalanced => return None,
            _ => nodes(),
        },
        YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayCounterOverflow { .. } => nodes(),
        YamlError::AliasReplayStackDepthExceeded { .. } => depth(),
        _ => return None,
    })
}
