//! Reading a schema from JSON.

use super::{Additional, DEPTH, Items, JsonSchema, Limits, Rule, Texts, Unsupported};
use crate::custom::pattern::Pattern;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl JsonSchema {
    /// Reads `openAPIV3Schema`. What doesn't have the type it must have is left out: decoding
    /// refuses such a definition before.
    pub(crate) fn read(value: &Value) -> Self {
        Self::at_depth(value, DEPTH)
    }

    fn at_depth(value: &Value, depth: usize) -> Self {
        let (Some(map), Some(depth)) = (value.as_object(), depth.checked_sub(1)) else {
            return JsonSchema::default();
        };
        let from = Fields { map, depth };
        JsonSchema {
            kind: from.text("type"),
            nullable: from.flag("nullable"),
            default: from.any("default"),
            items: match map.get("items") {
                Some(Value::Array(items)) => Some(Items::Many(from.schemas(items))),
                Some(item @ Value::Object(_)) => {
                    Some(Items::One(Box::new(Self::at_depth(item, depth))))
                }
                _ => None,
            },
            properties: from.named("properties"),
            additional: from.additional("additionalProperties"),
            preserve_unknown: from
                .any("x-kubernetes-preserve-unknown-fields")
                .and_then(|flag| flag.as_bool()),
            embedded: from.flag("x-kubernetes-embedded-resource"),
            int_or_string: from.flag("x-kubernetes-int-or-string"),
            list_map_keys: from.texts("x-kubernetes-list-map-keys"),
            list_type: from.some_text("x-kubernetes-list-type"),
            map_type: from.some_text("x-kubernetes-map-type"),
            rules: from.list("x-kubernetes-validations").iter().map(Rule::read).collect(),
            limits: some_box(from.limits()),
            texts: some_box(from.descriptions()),
            unsupported: some_box(from.unsupported()),
        }
    }
}

fn some_box<T: Default + PartialEq>(value: T) -> Option<Box<T>> {
    (value != T::default()).then(|| Box::new(value))
}

impl Rule {
    fn read(value: &Value) -> Self {
        let empty = Map::new();
        let from = Fields { map: value.as_object().unwrap_or(&empty), depth: 0 };
        Rule {
            rule: from.text("rule"),
            message: from.text("message"),
            message_expression: from.text("messageExpression"),
            reason: from.some_text("reason"),
            field_path: from.text("fieldPath"),
            optional_old_self: from.any("optionalOldSelf").and_then(|flag| flag.as_bool()),
        }
    }
}

/// The fields of one node.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    depth: usize,
}

impl Fields<'_> {
    fn any(&self, name: &str) -> Option<Value> {
        self.map.get(name).filter(|value| !value.is_null()).cloned()
    }

    fn some_text(&self, name: &str) -> Option<String> {
        self.map.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn text(&self, name: &str) -> String {
        self.some_text(name).unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        self.map.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn float(&self, name: &str) -> Option<f64> {
        self.map.get(name).and_then(Value::as_f64)
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.map.get(name).and_then(Value::as_i64)
    }

    fn list(&self, name: &str) -> &[Value] {
        self.map.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn schema(&self, value: &Value) -> JsonSchema {
        JsonSchema::at_depth(value, self.depth)
    }

    fn schemas(&self, values: &[Value]) -> Vec<JsonSchema> {
        values.iter().map(|value| self.schema(value)).collect()
    }

    fn named(&self, name: &str) -> BTreeMap<String, JsonSchema> {
        let map = self.map.get(name).and_then(Value::as_object);
        map.into_iter().flatten().map(|(key, value)| (key.clone(), self.schema(value))).collect()
    }

    fn additional(&self, name: &str) -> Option<Additional> {
        match self.map.get(name)? {
            Value::Bool(flag) => Some(Additional::Allowed(*flag)),
            schema @ Value::Object(_) => Some(Additional::Schema(Box::new(self.schema(schema)))),
            _ => None,
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            format: self.text("format"),
            maximum: self.float("maximum"),
            exclusive_maximum: self.flag("exclusiveMaximum"),
            minimum: self.float("minimum"),
            exclusive_minimum: self.flag("exclusiveMinimum"),
            max_length: self.integer("maxLength"),
            min_length: self.integer("minLength"),
            pattern: Pattern::new(self.text("pattern")),
            max_items: self.integer("maxItems"),
            min_items: self.integer("minItems"),
            unique_items: self.flag("uniqueItems"),
            multiple_of: self.float("multipleOf"),
            values: self.list("enum").to_vec(),
            max_properties: self.integer("maxProperties"),
            min_properties: self.integer("minProperties"),
            required: self.texts("required"),
            all_of: self.schemas(self.list("allOf")),
            one_of: self.schemas(self.list("oneOf")),
            any_of: self.schemas(self.list("anyOf")),
            not: self
                .map
                .get("not")
                .filter(|not| not.is_object())
                .map(|not| Box::new(self.schema(not))),
        }
    }

    fn descriptions(&self) -> Texts {
        Texts {
            title: self.text("title"),
            description: self.text("description"),
            example: self.any("example"),
            external_docs: self.any("externalDocs"),
        }
    }

    fn unsupported(&self) -> Unsupported {
        let dependencies = self.map.get("dependencies").and_then(Value::as_object);
        Unsupported {
            id: self.text("id"),
            schema: self.text("$schema"),
            reference: self.some_text("$ref"),
            pattern_properties: self.named("patternProperties"),
            dependencies: dependencies.map(|all| {
                let one = |value: &Value| value.is_object().then(|| self.schema(value));
                all.iter().map(|(key, value)| (key.clone(), one(value))).collect()
            }),
            additional_items: self.additional("additionalItems"),
            definitions: self.named("definitions"),
        }
    }
}
