//! A definition's schema as OpenAPI documents show it.

use serde_json::{Map, Value, json};

/// Of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// Shows less: it can't say `nullable`, and kubectl takes it at its word.
    V2,
    /// Shows all.
    V3,
}

/// `apiVersion`, `kind` and `metadata`, as they are shown of every object.
pub(super) struct Native<'a> {
    /// At the root.
    root: [(&'static str, &'a Value); 3],
    /// Of objects within objects.
    embedded: [(&'static str, &'a Value); 3],
}

impl<'a> Native<'a> {
    /// From the recorded definition's schema, which has an object in its field `embedded`.
    pub(super) fn of(recorded: &'a Value) -> Self {
        let of = |schema: &'a Value| {
            ["apiVersion", "kind", "metadata"].map(|name| (name, &schema["properties"][name]))
        };
        Self { root: of(recorded), embedded: of(&recorded["properties"]["embedded"]) }
    }
}

/// The whole schema; `None` where the documents tell nothing but that there are objects.
pub(super) fn convert(
    schema: &Value,
    native: &Native<'_>,
    release: Release,
) -> Option<Map<String, Value>> {
    let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
    if !schema.is_object() || (release == Release::V2 && open) {
        return None;
    }
    let mut shown = node(schema, native, release);
    set_properties(&mut shown, &native.root);
    Some(shown)
}

fn set_properties(schema: &mut Map<String, Value>, natives: &[(&'static str, &Value); 3]) {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if !properties.is_object() {
        *properties = json!({});
    }
    for (name, native) in natives {
        properties[*name] = (*native).clone();
    }
}

/// A schema and those below it. Definitions are no deeper than JSON may be.
fn node(schema: &Value, native: &Native<'_>, release: Release) -> Map<String, Value> {
    let mut shown = schema.as_object().cloned().unwrap_or_default();
    shown.retain(|name, value| !says_nothing(name, value));
    match release {
        Release::V3 => unfold(&mut shown),
        Release::V2 => reduce(&mut shown),
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = shown.get_mut(below).filter(|schema| schema.is_object()) {
            *schema = Value::Object(node(schema, native, release));
        }
    }
    if let Some(properties) = shown.get_mut("properties").and_then(Value::as_object_mut) {
        for schema in properties.values_mut() {
            *schema = Value::Object(node(schema, native, release));
        }
    }
    let open = is_true(&shown, "x-kubernetes-preserve-unknown-fields");
    let embedded = is_true(&shown, "x-kubernetes-embedded-resource");
    if embedded && !(open && release == Release::V2) {
        set_properties(&mut shown, &native.embedded);
        let required = shown.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            for name in ["kind", "apiVersion"] {
                if !required.iter().any(|one| one == name) {
                    required.push(name.into());
                }
            }
        }
    }
    shown
}

fn is_true(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

/// What is left out when it is written.
fn says_nothing(name: &str, value: &Value) -> bool {
    match name {
        "default" | "example" => value.is_null(),
        "items" | "additionalProperties" | "not" => value.is_null(),
        _ => match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => name == "properties" && fields.is_empty(),
            _ => false,
        },
    }
}

/// Says what `x-kubernetes-int-or-string` means in words that every reader knows.
fn unfold(schema: &mut Map<String, Value>) {
    if !is_true(schema, "x-kubernetes-int-or-string") {
        return;
    }
    let either = json!([{"type": "integer"}, {"type": "string"}]);
    let first = schema.get("allOf").and_then(|all| all.get(0)).and_then(|one| one.get("anyOf"));
    if schema.get("anyOf") == Some(&either) || first == Some(&either) {
        return;
    }
    if !schema.contains_key("anyOf") {
        schema.insert("anyOf".into(), either);
        return;
    }
    let all = schema.entry("allOf").or_insert_with(|| json!([]));
    if let Some(all) = all.as_array_mut() {
        all.insert(0, json!({"anyOf": either}));
    }
}

/// Leaves out what OpenAPI v2 doesn't know, and what kubectl would read as more than is meant.
fn reduce(schema: &mut Map<String, Value>) {
    for name in ["allOf", "oneOf", "anyOf", "not", "default"] {
        schema.remove(name);
    }
    let nullable = schema.remove("nullable").is_some();
    let open = is_true(schema, "x-kubernetes-preserve-unknown-fields");
    if nullable || open {
        schema.remove("items");
        schema.remove("properties");
    }
    let untyped = match schema.get("type").and_then(Value::as_str) {
        Some("array") => !schema.contains_key("items"),
        Some("object") => open,
        _ => false,
    };
    if nullable || untyped {
        schema.remove("type");
    }
    let null = |schema: Option<&Value>| schema.is_some_and(|one| one["nullable"] == true);
    let of_values = null(schema.get("additionalProperties"));
    let nullable: Vec<Value> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| null(Some(schema)))
        .map(|(name, _)| Value::from(name.as_str()))
        .collect();
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !of_values && !nullable.contains(name));
        if required.is_empty() {
            schema.remove("required");
        }
    }
}
