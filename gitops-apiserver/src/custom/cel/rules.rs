//! Asking rules.

use super::{
    convert::{Typed, is_unreadable},
    library,
};
use crate::{
    custom::{
        path,
        schema::{JsonSchema, Rule},
        strategy::Validity,
        validate::{Correlated, same_key},
        wording,
    },
    status::{Bad, FieldError},
};
use cel::{Context, ExecutionError, Program, common::types::CelOptional};
use serde_json::Value;
use std::collections::BTreeMap;

const MESSAGE_MAX: usize = 5 * 1024;

/// The rules of a schema and of what is below, compiled.
#[derive(Debug)]
pub(crate) struct Rules {
    node: Node,
}

/// What rules are asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Where the value is.
    pub(crate) path: &'a str,
    pub(crate) value: &'a Value,
    pub(crate) old: Option<&'a Value>,
    pub(crate) correlated: Option<Correlated<'a>>,
}

#[derive(Debug, Default)]
struct Node {
    rules: Vec<Compiled>,
    resource: bool,
    items: Option<Box<Node>>,
    additional: Option<Box<Node>>,
    properties: BTreeMap<String, Node>,
}

struct Compiled {
    rule: Rule,
    program: Program,
    message: Option<Program>,
    uses_old_self: bool,
    /// `fieldPath`, normalized.
    below: String,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rule.fmt(f)
    }
}

impl Rules {
    /// Compiles the rules of a resource; `None` if there are none.
    ///
    /// # Errors
    /// A rule can't be read.
    pub(crate) fn compile(schema: &JsonSchema) -> Result<Option<Self>, String> {
        Self::compile_at(schema, true)
    }

    /// Compiles the rules of a part of a resource; `None` if there are none.
    ///
    /// # Errors
    /// A rule can't be read.
    pub(crate) fn compile_at(schema: &JsonSchema, resource: bool) -> Result<Option<Self>, String> {
        Ok(Node::compile(schema, resource)?.map(|node| Rules { node }))
    }

    /// Asks all rules. Those that compare with an old value are asked only if there is one, or if
    /// they can do without. O(cost of the rules).
    pub(crate) fn validate(&self, schema: &JsonSchema, asked: &Question<'_>) -> Validity {
        let ratchet = Ratchet { current: asked.correlated, nearest: None };
        let mut found = Validity::default();
        self.node.ask(schema, asked.path, asked.value, asked.old, ratchet, &mut found);
        found
    }
}

impl Node {
    fn compile(schema: &JsonSchema, resource: bool) -> Result<Option<Node>, String> {
        let below = |schema: &JsonSchema| Node::compile(schema, schema.embedded);
        let rules = schema.rules.iter().filter(|rule| !rule.rule.trim().is_empty());
        let rules: Result<_, String> = rules.map(|rule| Compiled::new(rule, schema)).collect();
        let mut node = Node { rules: rules?, resource, ..Node::default() };
        if let Some(item) = schema.item() {
            node.items = below(item)?.map(Box::new);
        }
        if let Some(additional) = schema.additional() {
            node.additional = below(additional)?.map(Box::new);
        }
        for (name, property) in &schema.properties {
            if let Some(property) = below(property)? {
                node.properties.insert(name.clone(), property);
            }
        }
        let empty = node.rules.is_empty()
            && node.items.is_none()
            && node.additional.is_none()
            && node.properties.is_empty();
        Ok((!empty).then_some(node))
    }

    fn ask(
        &self,
        schema: &JsonSchema,
        at: &str,
        value: &Value,
        old: Option<&Value>,
        ratchet: Ratchet<'_>,
        found: &mut Validity,
    ) {
        if value.is_null() {
            return;
        }
        let old = old.filter(|old| !old.is_null());
        if !self.rules.is_empty() {
            self.rules(schema, at, value, old, ratchet, found);
        }
        match value {
            Value::Array(items) => {
                let (Some(node), Some(item_schema)) = (&self.items, schema.item()) else { return };
                let olds = old.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                for (index, item) in items.iter().enumerate() {
                    let old = same_key(schema, olds, item);
                    let at = path::index(at, index);
                    node.ask(item_schema, &at, item, old, ratchet.item(index), found);
                }
            }
            Value::Object(map) => {
                let before = |name: &str| old.and_then(|old| old.get(name));
                if let (Some(node), Some(additional)) = (&self.additional, schema.additional()) {
                    for (name, value) in map {
                        let at = path::key(at, name);
                        node.ask(additional, &at, value, before(name), ratchet.field(name), found);
                    }
                }
                for (name, node) in &self.properties {
                    let (Some(value), Some(field)) = (map.get(name), schema.properties.get(name))
                    else {
                        continue;
                    };
                    let at = path::child(at, name);
                    node.ask(field, &at, value, before(name), ratchet.field(name), found);
                }
            }
            _ => {}
        }
    }

    fn rules(
        &self,
        schema: &JsonSchema,
        at: &str,
        value: &Value,
        old: Option<&Value>,
        ratchet: Ratchet<'_>,
        found: &mut Validity,
    ) {
        let typed = |value| Typed { value, schema: Some(schema), resource: self.resource }.to_cel();
        for one in &self.rules {
            let optional = one.rule.optional_old_self == Some(true);
            if one.uses_old_self && old.is_none() && !optional {
                continue;
            }
            let mut context = library::context();
            let bound = typed(value).and_then(|this| {
                context.add_variable_from_value("self", this);
                match (old.map(typed).transpose()?, optional) {
                    (Some(old), false) => context.add_variable_from_value("oldSelf", old),
                    (Some(old), true) => {
                        let old = old.try_into().map_err(|_| "a value has no form in CEL")?;
                        let old = CelOptional::of(old);
                        context.add_variable_as_val("oldSelf", Box::new(old));
                    }
                    (None, true) => {
                        context.add_variable_as_val("oldSelf", Box::new(CelOptional::none()));
                    }
                    (None, false) => {}
                }
                Ok(())
            });
            let outcome = match bound {
                Ok(()) => one.program.execute(&context),
                Err(problem) => Err(ExecutionError::InternalError(problem)),
            };
            let error = match outcome {
                Ok(cel::Value::Bool(true)) => continue,
                Ok(_) => one.broken(schema, at, value, &context),
                Err(problem) => {
                    let text = one.evaluated(&problem, schema, value);
                    found.errors.push(FieldError::invalid(
                        path::shown(at),
                        schema.kind.as_str(),
                        &text,
                    ));
                    continue;
                }
            };
            if !one.uses_old_self && ratchet.is_unchanged() {
                found.warnings.push(error.to_string());
            } else {
                found.errors.push(error);
            }
        }
    }
}

impl Compiled {
    fn new(rule: &Rule, schema: &JsonSchema) -> Result<Self, String> {
        let compile =
            |text: &str| library::env().compile(text).map_err(|errors| errors.to_string());
        let program = compile(&rule.rule)?;
        let message = match &*rule.message_expression {
            "" => None,
            text => Some(compile(text)?),
        };
        let below =
            crate::custom::crd::validation::resolve_field_path(&rule.field_path, schema, true);
        Ok(Compiled {
            uses_old_self: program.references().has_variable("oldSelf"),
            below: below.map(|(path, _)| path).unwrap_or_default(),
            rule: rule.clone(),
            program,
            message,
        })
    }

    /// How messages name the rule.
    fn name(&self) -> &str {
        let text = if self.rule.message.is_empty() { &self.rule.rule } else { &self.rule.message };
        text.trim()
    }

    fn broken(
        &self,
        schema: &JsonSchema,
        at: &str,
        value: &Value,
        context: &Context<'_, '_>,
    ) -> FieldError {
        let at = if self.below.is_empty() { at.to_owned() } else { path::child(at, &self.below) };
        let at = path::shown(&at);
        let detail = self.computed(context).unwrap_or_else(|| {
            if self.rule.message.is_empty() {
                format!("failed rule: {}", self.name())
            } else {
                self.name().to_owned()
            }
        });
        let bad = match &*schema.kind {
            "object" | "array" => Bad::Omitted,
            _ => wording::bad(value),
        };
        match self.rule.reason.as_deref() {
            Some("FieldValueForbidden") => FieldError::forbidden(at, &detail),
            Some("FieldValueRequired") => FieldError::required(at, &detail),
            Some("FieldValueDuplicate") => FieldError::duplicate(at, bad),
            _ => FieldError::invalid(at, bad, &detail),
        }
    }

    /// The text that `messageExpression` gives, if it is fit for a message.
    fn computed(&self, context: &Context<'_, '_>) -> Option<String> {
        let Ok(cel::Value::String(text)) = self.message.as_ref()?.execute(context) else {
            return None;
        };
        let text = text.trim();
        let fit = !text.is_empty() && text.len() <= MESSAGE_MAX && !text.contains('\n');
        fit.then(|| text.to_owned())
    }

    fn evaluated(&self, problem: &ExecutionError, schema: &JsonSchema, value: &Value) -> String {
        let rule = self.name();
        match problem {
            ExecutionError::NoSuchOverload(_)
            | ExecutionError::UnsupportedBinaryOperator(..)
            | ExecutionError::ValuesNotComparable(..)
                if is_unreadable(schema, value) =>
            {
                format!("invalid data, expected int, got float64 evaluating rule: {rule}")
            }
            ExecutionError::NoSuchOverload(_)
            | ExecutionError::UnsupportedBinaryOperator(..)
            | ExecutionError::ValuesNotComparable(..) => format!(
                "'no such overload': call arguments did not match a supported operator, function or macro signature for rule: {rule}"
            ),
            ExecutionError::NoSuchKey(key) => format!("no such key: {key} evaluating rule: {rule}"),
            ExecutionError::DivisionByZero(_) => {
                format!("division by zero evaluating rule: {rule}")
            }
            ExecutionError::RemainderByZero(_) => {
                format!("modulus by zero evaluating rule: {rule}")
            }
            ExecutionError::Overflow(..) => format!("integer overflow evaluating rule: {rule}"),
            ExecutionError::IndexOutOfBounds(cel::Value::Int(index)) => {
                format!("index out of bounds: {index} evaluating rule: {rule}")
            }
            other => format!("{other} evaluating rule: {rule}"),
        }
    }
}

/// What is known of the change of a value.
#[derive(Clone, Copy)]
struct Ratchet<'a> {
    current: Option<Correlated<'a>>,
    /// The nearest part around of which something is known.
    nearest: Option<Correlated<'a>>,
}

impl Ratchet<'_> {
    fn field(self, name: &str) -> Self {
        match self.current {
            None => self,
            Some(_) if self.nearest.is_none() && matches!(name, "apiVersion" | "kind") => {
                Ratchet { current: None, nearest: None }
            }
            Some(current) => Ratchet { current: current.field(name), nearest: Some(current) },
        }
    }

    fn item(self, index: usize) -> Self {
        match self.current {
            None => self,
            Some(current) => Ratchet { current: current.item(index), nearest: Some(current) },
        }
    }

    fn is_unchanged(&self) -> bool {
        let known = self.current.or(self.nearest);
        known.is_some_and(|known| known.is_unchanged())
    }
}
