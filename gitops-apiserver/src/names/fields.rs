//! Field selectors: the query parameter `fieldSelector`.

use std::fmt;

/// Why a field selector is none, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldSelectorError {
    /// A term has no operator.
    #[error("invalid selector: '{selector}'; can't understand '{term}'")]
    Term {
        /// The whole.
        selector: String,
        /// The part of it.
        term: String,
    },
    /// A backslash before a character that needs none, or at the end.
    #[error("invalid field selector: invalid escape sequence: {0}")]
    Escape(String),
    /// A comma or equals sign without a backslash.
    #[error("invalid field selector: unescaped character in value: {}", u32::from(*.0))]
    Unescaped(char),
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldTerm {
    /// The field's path, such as `metadata.name`.
    pub field: String,
    /// Its value, unescaped.
    pub value: String,
    /// Whether the field must have another value.
    pub negated: bool,
}

/// Conditions on fields, all of which must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldSelector {
    /// The conditions, in the order in which the server looks at them.
    pub terms: Vec<FieldTerm>,
}

impl FieldSelector {
    /// Reads a query parameter, such as `metadata.name=a,status.phase!=Running`.
    ///
    /// # Errors
    /// In the words of the server, which answers 400 `BadRequest` with them. Whether a kind knows
    /// the fields is another question.
    pub fn parse(text: &str) -> Result<Self, FieldSelectorError> {
        let mut parts = terms(text);
        parts.sort_unstable();
        let mut found = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let Some((field, operator, value)) = term(part) else {
                let (selector, term) = (text.to_owned(), part.to_owned());
                return Err(FieldSelectorError::Term { selector, term });
            };
            let (field, value) = (field.to_owned(), unescape(value)?);
            // A term of nothing is dropped: it asks for nothing.
            if !(field.is_empty() && value.is_empty()) {
                found.push(FieldTerm { field, value, negated: operator == "!=" });
            }
        }
        Ok(FieldSelector { terms: found })
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The value that a field must have, if the selector demands one.
    pub fn demands(&self, field: &str) -> Option<&str> {
        let term = self.terms.iter().find(|term| !term.negated && term.field == field)?;
        Some(&term.value)
    }

    /// Whether an object's fields, as a lookup, meet it. A field that isn't there is empty.
    pub fn matches<'a>(&self, field: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        let holds = |term: &FieldTerm| {
            (field(&term.field).unwrap_or_default() == term.value) != term.negated
        };
        self.terms.iter().all(holds)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = |term: &FieldTerm| {
            let operator = if term.negated { "!=" } else { "=" };
            format!("{}{operator}{}", term.field, escape(&term.value))
        };
        f.write_str(&self.terms.iter().map(term).collect::<Vec<_>>().join(","))
    }
}

/// The parts between commas that no backslash precedes.
fn terms(text: &str) -> Vec<&str> {
    let mut escaped = false;
    text.split(|c| {
        let splits = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        splits
    })
    .collect()
}

/// Splits at the first operator.
fn term(text: &str) -> Option<(&str, &str, &str)> {
    text.char_indices().find_map(|(start, _)| {
        let (field, rest) = text.split_at_checked(start)?;
        let operator = ["!=", "==", "="].into_iter().find(|one| rest.starts_with(one))?;
        Some((field, operator, rest.get(operator.len()..)?))
    })
}

/// A value as it is written in a selector.
pub fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '=') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The value that is written in a selector.
///
/// # Errors
/// If a backslash escapes nothing, or a character is not escaped that must be.
pub fn unescape(text: &str) -> Result<String, FieldSelectorError> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                other => {
                    let sequence = std::iter::once('\\').chain(other).collect();
                    return Err(FieldSelectorError::Escape(sequence));
                }
            },
            ',' | '=' => return Err(FieldSelectorError::Unescaped(c)),
            c => out.push(c),
        }
    }
    Ok(out)
}
