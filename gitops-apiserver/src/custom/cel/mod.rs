//! Rules of `x-kubernetes-validations`, in the Common Expression Language.

use super::{
    schema::{JsonSchema, Rule},
    strategy::Validity,
    validate::Correlated,
};
use serde_json::Value;

/// The rules of a schema, compiled.
#[derive(Debug)]
pub(crate) struct Rules {}

/// What rules are asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Where the value is.
    pub(crate) path: &'a str,
    pub(crate) value: &'a Value,
    pub(crate) old: Option<&'a Value>,
    pub(crate) correlated: Option<Correlated<'a>>,
}

/// What there is to say of a rule in a definition.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) rule_problem: Option<String>,
    pub(crate) message_problem: Option<String>,
    pub(crate) uses_old_self: bool,
}

const UNSUPPORTED: &str = "x-kubernetes-validations are not supported";

/// Checks a rule of a definition.
pub(crate) fn check(_: &JsonSchema, _: bool, _: &Rule) -> Checked {
    Checked { rule_problem: Some(UNSUPPORTED.to_owned()), ..Checked::default() }
}

impl Rules {
    /// Compiles the rules of a resource; `None` if there are none.
    pub(crate) fn compile(schema: &JsonSchema) -> Result<Option<Self>, String> {
        Self::compile_at(schema, true)
    }

    /// Compiles the rules of a part of a resource; `None` if there are none.
    pub(crate) fn compile_at(schema: &JsonSchema, _is_root: bool) -> Result<Option<Self>, String> {
        match schema.any(&mut |node| !node.rules.is_empty()) {
            true => Err(UNSUPPORTED.to_owned()),
            false => Ok(None),
        }
    }

    /// Asks all rules.
    pub(crate) fn validate(&self, _: &JsonSchema, _: &Question<'_>) -> Validity {
        Validity::default()
    }
}
