//! YAML as the server reads it: the first document counts, and of keys that repeat the last.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, read_with_options};

/// Reads the first document; nothing is null.
///
/// # Errors
/// What is wrong, as far as it goes in the words of Go's library.
pub(crate) fn parse(body: &[u8]) -> Result<Value, String> {
    let printable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if !String::from_utf8_lossy(body).chars().all(printable) {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
    let mut reader = body;
    let first = read_with_options::<_, Value>(&mut reader, options).next();
    first.unwrap_or(Ok(Value::Null)).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        let text = error.to_string();
        let why = match text.contains("unclosed bracket") {
            true => "did not find expected node content",
            false => text.lines().next().unwrap_or_default(),
        };
        format!("yaml: line {line}: {why}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_document_counts_and_the_last_key() {
        assert_eq!(parse(b"{\"a\": 1} x").unwrap(), json!({"a": 1}));
        assert_eq!(parse(b"a: 1\na: 2\n---\nb: 3").unwrap(), json!({"a": 2}));
        assert_eq!(parse(b"").unwrap(), Value::Null);
        assert_eq!(parse(b"\0").unwrap_err(), "yaml: control characters are not allowed");
        let open = parse(b"a: [").unwrap_err();
        assert_eq!(open, "yaml: line 1: did not find expected node content");
    }
}
