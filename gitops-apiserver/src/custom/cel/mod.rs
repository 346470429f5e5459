//! Rules of `x-kubernetes-validations`, in the Common Expression Language.
//!
//! The crate `cel` parses and evaluates. What of the server's is not here: costs of expressions
//! are neither estimated nor limited; types are checked only as far as [`check`] goes, so that
//! some rules which the server refuses in a definition fail when they are evaluated; lists that
//! are sets or maps are compared in order; and the libraries `authorizer`, `semver`, `sets` and
//! `format` are missing: a definition that calls a function which isn't there is refused.

mod check;
mod convert;
mod library;
mod rules;

pub(crate) use check::{check, check_device};
pub(crate) use rules::{Question, Rules};
