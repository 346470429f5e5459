//! Schemas of custom resources: what `openAPIV3Schema` says, read once.

mod read;
mod walk;

use super::pattern::Pattern;
use serde_json::Value;
use std::collections::BTreeMap;

/// Nesting beyond this is refused: what JSON readers allow.
pub(crate) const DEPTH: usize = 128;

/// A node of a schema. It holds all that the server's type can, so that a definition can be
/// checked; of a valid one `unsupported` is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct JsonSchema {
    /// `type`; empty if not given.
    pub(crate) kind: String,
    /// Whether `null` is a value.
    pub(crate) nullable: bool,
    /// `default`; never null.
    pub(crate) default: Option<Value>,
    pub(crate) items: Option<Items>,
    pub(crate) properties: BTreeMap<String, JsonSchema>,
    pub(crate) additional: Option<Additional>,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve_unknown: Option<bool>,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded: bool,
    /// `x-kubernetes-int-or-string`.
    pub(crate) int_or_string: bool,
    /// `x-kubernetes-list-map-keys`.
    pub(crate) list_map_keys: Vec<String>,
    /// `x-kubernetes-list-type`.
    pub(crate) list_type: Option<String>,
    /// `x-kubernetes-map-type`.
    pub(crate) map_type: Option<String>,
    /// `x-kubernetes-validations`.
    pub(crate) rules: Vec<Rule>,
    /// What single values must be like; most nodes have nothing to say here.
    pub(crate) limits: Option<Box<Limits>>,
    /// Texts for people.
    pub(crate) texts: Option<Box<Texts>>,
    /// What the server knows only to refuse it.
    pub(crate) unsupported: Option<Box<Unsupported>>,
}

/// What a value must be like.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Limits {
    pub(crate) format: String,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) minimum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) pattern: Pattern,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) unique_items: bool,
    pub(crate) multiple_of: Option<f64>,
    /// `enum`.
    pub(crate) values: Vec<Value>,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
    pub(crate) required: Vec<String>,
    pub(crate) all_of: Vec<JsonSchema>,
    pub(crate) one_of: Vec<JsonSchema>,
    pub(crate) any_of: Vec<JsonSchema>,
    pub(crate) not: Option<Box<JsonSchema>>,
}

/// `items`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Items {
    One(Box<JsonSchema>),
    /// By place: known only to be refused.
    Many(Vec<JsonSchema>),
}

/// `additionalProperties`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Additional {
    Allowed(bool),
    Schema(Box<JsonSchema>),
}

/// Texts for people.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Texts {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) example: Option<Value>,
    pub(crate) external_docs: Option<Value>,
}

/// What the server knows only to refuse it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Unsupported {
    pub(crate) id: String,
    /// `$schema`.
    pub(crate) schema: String,
    /// `$ref`.
    pub(crate) reference: Option<String>,
    pub(crate) pattern_properties: BTreeMap<String, JsonSchema>,
    pub(crate) dependencies: Option<BTreeMap<String, Option<JsonSchema>>>,
    pub(crate) additional_items: Option<Additional>,
    pub(crate) definitions: BTreeMap<String, JsonSchema>,
}

/// One of `x-kubernetes-validations`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rule {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) message_expression: String,
    pub(crate) reason: Option<String>,
    pub(crate) field_path: String,
    pub(crate) optional_old_self: Option<bool>,
}

/// The limits of a node that has none.
static NO_LIMITS: Limits = Limits {
    format: String::new(),
    maximum: None,
    exclusive_maximum: false,
    minimum: None,
    exclusive_minimum: false,
    max_length: None,
    min_length: None,
    pattern: Pattern::new(String::new()),
    max_items: None,
    min_items: None,
    unique_items: false,
    multiple_of: None,
    values: Vec::new(),
    max_properties: None,
    min_properties: None,
    required: Vec::new(),
    all_of: Vec::new(),
    one_of: Vec::new(),
    any_of: Vec::new(),
    not: None,
};

impl JsonSchema {
    /// What values must be like.
    pub(crate) fn limits(&self) -> &Limits {
        self.limits.as_deref().unwrap_or(&NO_LIMITS)
    }

    /// Whether unknown fields are kept.
    pub(crate) fn preserves(&self) -> bool {
        self.preserve_unknown == Some(true)
    }

    /// The schema of the items of a list.
    pub(crate) fn item(&self) -> Option<&JsonSchema> {
        match &self.items {
            Some(Items::One(schema)) => Some(schema),
            _ => None,
        }
    }

    /// The schema of fields that aren't declared.
    pub(crate) fn additional(&self) -> Option<&JsonSchema> {
        match &self.additional {
            Some(Additional::Schema(schema)) => Some(schema),
            _ => None,
        }
    }

    /// The schema of a field, declared or not.
    pub(crate) fn field(&self, name: &str) -> Option<&JsonSchema> {
        self.properties.get(name).or_else(|| self.additional())
    }
}
