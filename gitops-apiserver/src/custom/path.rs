//! Paths of fields, as messages show them.

/// The field `name` of what is at `path`.
pub(super) fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The value at a key of the map at `path`.
pub(super) fn key(path: &str, key: &str) -> String {
    format!("{path}[{key}]")
}

/// The item at a place of the list at `path`.
pub(super) fn index(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// A path as an error shows it: the root has a name too.
pub(super) fn shown(path: &str) -> &str {
    if path.is_empty() { "<nil>" } else { path }
}
