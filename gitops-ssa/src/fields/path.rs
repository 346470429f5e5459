//! Paths as the server writes them.

use super::PathElement;

/// A path as the API server writes it in conflicts and validation errors:
/// `.spec.containers[name="app"].image`. Unlike the `Display` of a step it never quotes field
/// names, so that it can't be read back, but is what clients of the server see.
pub fn dotted(path: &[PathElement]) -> String {
    path.iter().map(step).collect()
}

fn step(step: &PathElement) -> String {
    match step {
        PathElement::Field(name) => format!(".{name}"),
        other => other.to_string(),
    }
}
