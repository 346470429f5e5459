//! Problems of single fields, worded as apimachinery's `util/validation/field` does.

use super::{Cause, quote};
use serde_json::Value;
use std::fmt;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorType {
    /// A value is not there that something else refers to.
    NotFound,
    /// A value must be given.
    Required,
    /// A value must be unique.
    Duplicate,
    /// A value breaks a rule.
    Invalid,
    /// A value is none of the known ones.
    NotSupported,
    /// A value is well formed but not allowed here.
    Forbidden,
    /// A value is too long.
    TooLong,
    /// There are too many values.
    TooMany,
    /// The server failed to check.
    Internal,
    /// A value has the wrong type.
    TypeInvalid,
}

impl ErrorType {
    /// The cause's `reason`.
    pub fn reason(self) -> &'static str {
        match self {
            ErrorType::NotFound => "FieldValueNotFound",
            ErrorType::Required => "FieldValueRequired",
            ErrorType::Duplicate => "FieldValueDuplicate",
            ErrorType::Invalid => "FieldValueInvalid",
            ErrorType::NotSupported => "FieldValueNotSupported",
            ErrorType::Forbidden => "FieldValueForbidden",
            ErrorType::TooLong => "FieldValueTooLong",
            ErrorType::TooMany => "FieldValueTooMany",
            ErrorType::Internal => "InternalError",
            ErrorType::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    fn words(self) -> &'static str {
        match self {
            ErrorType::NotFound => "Not found",
            ErrorType::Required => "Required value",
            ErrorType::Duplicate => "Duplicate value",
            ErrorType::Invalid | ErrorType::TypeInvalid => "Invalid value",
            ErrorType::NotSupported => "Unsupported value",
            ErrorType::Forbidden => "Forbidden",
            ErrorType::TooLong => "Too long",
            ErrorType::TooMany => "Too many",
            ErrorType::Internal => "Internal error",
        }
    }
}

/// The offending value, as the message shows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Bad {
    /// The message doesn't show it.
    Omitted,
    /// Strings are quoted, numbers and booleans plain, the rest as JSON.
    Json(Value),
    /// Shown as it is: values that Go prints in a way of its own.
    Text(String),
}

impl<T: Into<Value>> From<T> for Bad {
    fn from(value: T) -> Self {
        Bad::Json(value.into())
    }
}

/// A problem of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldError {
    /// What kind of problem.
    pub kind: ErrorType,
    /// Path of the field: `spec.containers[0].name`, `metadata.labels[a/b]`.
    pub field: String,
    /// The value.
    pub bad: Bad,
    /// What is wrong with it. May be empty.
    pub detail: String,
}

impl FieldError {
    fn new(kind: ErrorType, field: &str, bad: Bad, detail: &str) -> Self {
        FieldError { kind, field: field.to_owned(), bad, detail: detail.to_owned() }
    }

    /// A value breaks a rule.
    pub fn invalid(field: &str, bad: impl Into<Bad>, detail: &str) -> Self {
        Self::new(ErrorType::Invalid, field, bad.into(), detail)
    }

    /// A value has the wrong type.
    pub fn type_invalid(field: &str, bad: impl Into<Bad>, detail: &str) -> Self {
        Self::new(ErrorType::TypeInvalid, field, bad.into(), detail)
    }

    /// A value must be given.
    pub fn required(field: &str, detail: &str) -> Self {
        Self::new(ErrorType::Required, field, Bad::Omitted, detail)
    }

    /// A value is there twice.
    pub fn duplicate(field: &str, bad: impl Into<Bad>) -> Self {
        Self::new(ErrorType::Duplicate, field, bad.into(), "")
    }

    /// A value is none of `supported`, which are shown in the order given.
    pub fn not_supported(field: &str, bad: impl Into<Bad>, supported: &[&str]) -> Self {
        let quoted: Vec<String> = supported.iter().map(|value| quote(value)).collect();
        let detail = match &*quoted {
            [] => String::new(),
            some => format!("supported values: {}", some.join(", ")),
        };
        Self::new(ErrorType::NotSupported, field, bad.into(), &detail)
    }

    /// A value is not allowed here.
    pub fn forbidden(field: &str, detail: &str) -> Self {
        Self::new(ErrorType::Forbidden, field, Bad::Omitted, detail)
    }

    /// A value has more than `max` bytes.
    pub fn too_long(field: &str, max: usize) -> Self {
        let unit = if max == 1 { "byte" } else { "bytes" };
        let detail = format!("may not be more than {max} {unit}");
        Self::new(ErrorType::TooLong, field, Bad::Omitted, &detail)
    }

    /// There are `count` values where at most `max` may be.
    pub fn too_many(field: &str, count: usize, max: usize) -> Self {
        let unit = if max == 1 { "item" } else { "items" };
        let detail = format!("must have at most {max} {unit}");
        Self::new(ErrorType::TooMany, field, count.into(), &detail)
    }

    /// A value is not there that this one refers to.
    pub fn not_found(field: &str, bad: impl Into<Bad>) -> Self {
        Self::new(ErrorType::NotFound, field, bad.into(), "")
    }

    /// The server failed to check.
    pub fn internal(field: &str, detail: &str) -> Self {
        Self::new(ErrorType::Internal, field, Bad::Omitted, detail)
    }

    /// What is wrong, without the path.
    pub fn body(&self) -> String {
        let mut out = self.kind.words().to_owned();
        let silent = matches!(
            self.kind,
            ErrorType::Required | ErrorType::Forbidden | ErrorType::TooLong | ErrorType::Internal
        );
        match &self.bad {
            _ if silent => {}
            Bad::Omitted => {}
            Bad::Text(text) => out = format!("{out}: {text}"),
            Bad::Json(Value::String(text)) => out = format!("{out}: {}", quote(text)),
            Bad::Json(value) => out = format!("{out}: {value}"),
        }
        if !self.detail.is_empty() {
            out = format!("{out}: {}", self.detail);
        }
        out
    }

    /// As an entry of a status's causes.
    pub fn cause(&self) -> Cause {
        Cause {
            reason: self.kind.reason().to_owned(),
            message: self.body(),
            field: self.field.clone(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
