//! Problems on their way up.

use crate::{
    custom::{path, wording},
    status::{Bad, ErrorType, FieldError},
};
use serde_json::Value;

/// What the checks of a node came to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each text once.
    pub(super) problems: Vec<Problem>,
    /// Number of checks that went well.
    pub(super) matches: usize,
}

impl Found {
    pub(super) fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn add(&mut self, problem: Problem) {
        if self.problems.iter().all(|known| known.text != problem.text) {
            self.problems.push(problem);
        }
    }

    pub(super) fn merge(&mut self, other: Found) {
        for problem in other.problems {
            self.add(problem);
        }
        self.matches += other.matches;
    }

    /// Merges the outcome of one sort of check, which counts itself.
    pub(super) fn check(&mut self, other: Found) {
        self.merge(other);
        self.matches += 1;
    }
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        Found { problems: vec![problem], matches: 0 }
    }
}

/// One problem.
#[derive(Debug)]
pub(super) struct Problem {
    /// The library's text, which tells problems apart.
    text: String,
    /// Where, in the library's notation; `None` if the problem is of no field.
    at: Option<String>,
    sort: Sort,
}

#[derive(Debug)]
enum Sort {
    Required,
    NotSupported(Value, Vec<String>),
    TooLong(i64),
    TooMany(usize, i64),
    Type(Bad),
    Invalid(Bad),
}

impl Problem {
    fn new(at: &str, what: &str, sort: Sort) -> Self {
        Problem { text: format!("{at} in body {what}"), at: Some(at.to_owned()), sort }
    }

    /// Of no field.
    pub(super) fn plain(text: String) -> Self {
        Problem { text, at: None, sort: Sort::Invalid(Bad::Json("".into())) }
    }

    pub(super) fn required(at: &str) -> Self {
        Self::new(at, "is required", Sort::Required)
    }

    /// `type_name` is the type that was found, or for formats the text.
    pub(super) fn kind(at: &str, wanted: &str, found: &str) -> Self {
        let what = format!("must be of type {wanted}: {}", crate::status::quote(found));
        Self::new(at, &what, Sort::Type(found.into()))
    }

    pub(super) fn not_supported(at: &str, value: &Value, supported: &[Value]) -> Self {
        let name = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => wording::json(other),
        };
        let names: Vec<String> = supported.iter().map(name).collect();
        let what = format!("should be one of {names:?}");
        Self::new(at, &what, Sort::NotSupported(value.clone(), names))
    }

    pub(super) fn too_long(at: &str, max: i64) -> Self {
        let what = format!("should be at most {max} chars long");
        Self::new(at, &what, Sort::TooLong(max))
    }

    /// `of` is `items` or `properties`.
    pub(super) fn too_many(at: &str, of: &str, count: usize, max: i64) -> Self {
        let what = format!("should have at most {max} {of}");
        Self::new(at, &what, Sort::TooMany(count, max))
    }

    pub(super) fn invalid(at: &str, bad: impl Into<Bad>, what: &str) -> Self {
        Self::new(at, what, Sort::Invalid(bad.into()))
    }

    /// Of a field, but with a text of its own.
    pub(super) fn worded(at: &str, bad: impl Into<Bad>, text: String) -> Self {
        Problem { text, at: Some(at.to_owned()), sort: Sort::Invalid(bad.into()) }
    }

    pub(super) fn into_error(self, base: &str) -> FieldError {
        let at = self.at.as_deref().unwrap_or_default();
        let at = at.strip_prefix('.').unwrap_or(at);
        let field = if at.is_empty() { base.to_owned() } else { path::child(base, at) };
        let field = path::shown(&field);
        match self.sort {
            Sort::Required => FieldError::required(field, ""),
            Sort::NotSupported(value, names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                FieldError::not_supported(field, wording::bad(&value), &names)
            }
            Sort::TooLong(max) => {
                FieldError::too_long(field, usize::try_from(max).unwrap_or_default())
            }
            Sort::TooMany(count, max) => {
                FieldError::too_many(field, count, usize::try_from(max).unwrap_or_default())
            }
            Sort::Type(bad) => FieldError {
                kind: ErrorType::TypeInvalid,
                field: field.to_owned(),
                bad,
                detail: self.text,
            },
            Sort::Invalid(bad) => FieldError {
                kind: ErrorType::Invalid,
                field: field.to_owned(),
                bad,
                detail: self.text,
            },
        }
    }
}
