//! Why an object can't be decoded.

use std::fmt;

/// Why an object can't be decoded, printed in the words of the server's decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A value of one type where another is needed.
    Type {
        /// What is there: `string`, `number 1.5`.
        value: String,
        /// What Go has there: `int32`, `[]v1.Container`.
        ty: String,
        /// The struct and the path to the field, `DeploymentSpec.spec.replicas`; none at the top.
        place: Option<(&'static str, String)>,
    },
    /// Anything else, as the message.
    Other(String),
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    pub(super) fn new(value: String, ty: String) -> Self {
        DecodeError::Type { value, ty, place: None }
    }

    /// Says where it happened, seen from further out.
    pub(super) fn at(&mut self, within: &'static str, path: &[&str]) {
        let DecodeError::Type { place, .. } = self else { return };
        if within.is_empty() && path.is_empty() {
            return;
        }
        let mut path = path.join(".");
        if let Some((_, inner)) = place.take().filter(|(_, inner)| !inner.is_empty()) {
            path = if path.is_empty() { inner } else { format!("{path}.{inner}") };
        }
        *place = Some((within, path));
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Other(message) => f.write_str(message),
            DecodeError::Type { value, ty, place: None } => {
                write!(f, "json: cannot unmarshal {value} into Go value of type {ty}")
            }
            DecodeError::Type { value, ty, place: Some((within, path)) } => {
                write!(f, "json: cannot unmarshal {value} into Go struct field {within}.{path} ")?;
                write!(f, "of type {ty}")
            }
        }
    }
}
