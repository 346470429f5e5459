//! Defaults of definitions.

use serde_json::{Number, Value, json};

/// Sets what a definition leaves out, as the server does on decoding: singular name, kind of
/// lists, conversion, port of the webhook, stored versions. O(size).
pub fn apply_defaults(definition: &mut Value) {
    let stored = definition.pointer("/spec/versions").and_then(Value::as_array);
    let stored = stored.into_iter().flatten().find(|version| is_true(version.get("storage")));
    let stored = stored.and_then(|version| version.get("name").cloned());
    if let Some(spec) = definition.get_mut("spec").and_then(Value::as_object_mut) {
        if let Some(names) = spec.get_mut("names").and_then(Value::as_object_mut) {
            let text = |value: Option<&Value>| {
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let kind = text(names.get("kind"));
            let singular = text(names.get("singular"));
            if singular.is_empty() && !kind.is_empty() {
                names.insert("singular".to_owned(), kind.to_lowercase().into());
            }
            if text(names.get("listKind")).is_empty() && !kind.is_empty() {
                names.insert("listKind".to_owned(), format!("{kind}List").into());
            }
        }
        if spec.get("conversion").is_none_or(Value::is_null) {
            spec.insert("conversion".to_owned(), json!({"strategy": "None"}));
        }
    }
    let service = definition.pointer_mut("/spec/conversion/webhook/clientConfig/service");
    if let Some(service) = service.and_then(Value::as_object_mut)
        && service.get("port").is_none_or(Value::is_null)
    {
        service.insert("port".to_owned(), 443.into());
    }
    let unset = definition
        .pointer("/status/storedVersions")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty);
    if let (true, Some(stored)) = (unset, stored)
        && let Some(status) = definition.get_mut("status").and_then(Value::as_object_mut)
    {
        status.insert("storedVersions".to_owned(), json!([stored]));
    }
}

pub(super) fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or_default()
}

/// A definition as it is stored: values in schemas are read and written again, by which whole floats
/// lose their point. O(size).
pub fn written(definition: &mut Value) {
    let versions = definition.pointer_mut("/spec/versions").and_then(Value::as_array_mut);
    for version in versions.into_iter().flatten() {
        if let Some(schema) = version.pointer_mut("/schema/openAPIV3Schema") {
            normalize(schema);
        }
    }
}

fn normalize(schema: &mut Value) {
    let Value::Object(map) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(normalize);
        }
        return;
    };
    for (name, value) in map {
        match &**name {
            "default" | "example" | "enum" => whole_numbers(value),
            "properties" | "definitions" | "patternProperties" | "dependencies" => {
                value.as_object_mut().into_iter().flatten().for_each(|(_, value)| normalize(value));
            }
            _ => normalize(value),
        }
    }
}

fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

#[allow(clippy::cast_possible_truncation, reason = "within the range of 64 bits")]
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let fits = float.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&float);
    fits.then_some(float as i64)
}
