//! Sentences that many checks share.

/// A text doesn't match `regex`; `examples` do.
pub fn pattern(what: &str, regex: &str, examples: &[&str]) -> String {
    if examples.is_empty() {
        return format!("{what} (regex used for validation is '{regex}')");
    }
    let examples: Vec<String> = examples.iter().map(|one| format!("'{one}', ")).collect();
    let examples = examples.join(" or ");
    format!("{what} (e.g. {examples}regex used for validation is '{regex}')")
}

/// A text is longer than `max` bytes, as `util/validation` says it.
pub fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// The same, as `api/validate/content` says it.
pub(super) fn too_long_bytes(max: usize) -> String {
    format!("must be no more than {max} bytes")
}

/// A number isn't between `low` and `high`.
pub fn in_range(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

pub(super) const EMPTY: &str = "must be non-empty";
