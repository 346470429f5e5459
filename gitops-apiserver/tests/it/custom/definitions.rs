//! Definitions, good and bad, hand-picked and random.

use super::{
    defined, definition,
    lab::{DEFINITIONS, Lab, masked},
    random,
};
use serde_json::{Value, json};

/// Changes of a good definition, each at a path.
fn cases() -> Vec<(&'static str, Value)> {
    vec![
        ("/metadata/name", json!("others.example.com")),
        ("/metadata/name", json!("Things_.example.com")),
        ("/spec/group", json!("")),
        ("/spec/group", json!("example")),
        ("/spec/group", json!("Example.com")),
        ("/spec/group", json!("x.k8s.io")),
        ("/spec/scope", json!("")),
        ("/spec/scope", json!("Global")),
        ("/spec/names/plural", json!("Things")),
        ("/spec/names/plural", json!("")),
        ("/spec/names/singular", json!("a_b")),
        ("/spec/names/kind", json!("")),
        ("/spec/names/kind", json!("9Thing")),
        ("/spec/names/listKind", json!("Things")),
        ("/spec/names/shortNames", json!(["ok", "Not"])),
        ("/spec/names/categories", json!(["all", "A"])),
        ("/spec/preserveUnknownFields", json!(true)),
        ("/spec/conversion", json!({"strategy": "Magic"})),
        ("/spec/conversion", json!({"strategy": "Webhook"})),
        (
            "/spec/conversion",
            json!({"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"]}}),
        ),
        (
            "/spec/conversion",
            json!({"strategy": "Webhook", "webhook": {
            "conversionReviewVersions": ["v2", "v2", "-"],
            "clientConfig": {"url": "http://u:p@/x?y=1#z"}}}),
        ),
        (
            "/spec/conversion",
            json!({"strategy": "Webhook", "webhook": {
            "conversionReviewVersions": ["v1"],
            "clientConfig": {"service": {"name": "", "namespace": "n", "port": 70000, "path": "a//B"}}}}),
        ),
        ("/spec/versions", json!([])),
        ("/spec/versions/0/name", json!("V1")),
        ("/spec/versions/0/storage", json!(false)),
        ("/spec/versions/0/served", json!(false)),
        ("/spec/versions/0/deprecationWarning", json!("old")),
        ("/spec/versions/0/deprecated", json!(true)),
        ("/spec/versions/0/schema", json!(null)),
        (
            "/spec/versions/1",
            json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}),
        ),
        ("/spec/versions/1", json!({"name": "v2", "served": true, "storage": false})),
        (
            "/spec/versions/1",
            json!({"name": "v2", "served": true, "storage": false, "schema": {"openAPIV3Schema": {"type": "string"}},
            "additionalPrinterColumns": [{"name": "x", "type": "text", "jsonPath": "x"}]}),
        ),
        (
            "/spec/versions/0/subresources",
            json!({"status": {}, "scale": {"specReplicasPath": "", "statusReplicasPath": ".spec.x", "labelSelectorPath": "x"}}),
        ),
        (
            "/spec/versions/0/additionalPrinterColumns",
            json!([{"name": "", "type": "", "jsonPath": ""}, {"name": "a", "type": "date", "format": "odd", "jsonPath": ".a"}]),
        ),
        (
            "/spec/versions/0/selectableFields",
            json!([{"jsonPath": ".spec.text"}, {"jsonPath": ".spec.text"}, {"jsonPath": ".spec.no"}, {"jsonPath": "spec"}, {"jsonPath": ".metadata.name"}, {"jsonPath": ".spec"}, {"jsonPath": ""}, {"jsonPath": ".spec.map['a']"}]),
        ),
    ]
}

/// Schemas of `spec`, mostly bad.
fn schemas() -> Vec<Value> {
    vec![
        json!({}),
        json!({"type": "null"}),
        json!({"type": "text"}),
        json!({"type": "array"}),
        json!({"type": "array", "items": {}}),
        json!({"type": "array", "items": [{"type": "string"}]}),
        json!({"type": "object", "properties": {"a": {}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}),
        json!({"type": "object", "additionalProperties": {}}),
        json!({"type": "object", "$ref": "#/x"}),
        json!({"type": "object", "$schema": "x"}),
        json!({"type": "object", "id": "x", "definitions": {"a": {"type": "string"}}, "patternProperties": {"a": {"type": "string"}}}),
        json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        json!({"type": "string", "pattern": "a(b"}),
        json!({"type": "string", "default": 1}),
        json!({"type": "object", "default": {"a": 1}}),
        json!({"type": "object", "default": {"b": "x"}, "properties": {"b": {"type": "integer"}}}),
        json!({"type": "string", "nullable": true, "default": "x", "maxLength": 0}),
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": false}),
        json!({"type": "string", "x-kubernetes-map-type": "odd"}),
        json!({"type": "string", "x-kubernetes-list-type": "odd"}),
        json!({"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}),
        json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "a", "b"],
            "items": {"type": "object", "nullable": true, "properties": {"a": {"type": "object", "nullable": true}}}}),
        json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "string"}}),
        json!({"type": "array", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "string"}}),
        json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}}),
        json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}}),
        json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "nullable": true}}),
        json!({"x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-embedded-resource": true}),
        json!({"x-kubernetes-int-or-string": true, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "a"}]}),
        json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": "object", "x-kubernetes-embedded-resource": true}),
        json!({"x-kubernetes-embedded-resource": true, "additionalProperties": {"type": "string"}}),
        json!({"type": "object", "x-kubernetes-embedded-resource": true, "properties": {
            "apiVersion": {"type": "integer"}, "kind": {"type": "string", "default": "lower case"},
            "metadata": {"type": "object", "properties": {"name": {"type": "string", "default": "a/b"}, "labels": {"type": "object", "additionalProperties": {"type": "string", "default": "x"}}}}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [
            {"type": "object", "properties": {"b": {"minLength": 1}, "metadata": {}}},
            {"description": "x", "title": "x", "default": {}, "nullable": true, "required": ["a"]},
            {"additionalProperties": {"type": "string"}, "items": {"minLength": 1}},
            {"x-kubernetes-list-type": "set", "x-kubernetes-map-type": "atomic", "x-kubernetes-list-map-keys": ["a"], "x-kubernetes-int-or-string": true, "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}],
            "not": {"pattern": "["}}),
        json!({"type": "integer", "format": "int32", "enum": [1.0, 2], "default": 2}),
        json!({"type": "string", "format": "odd"}),
        json!({"type": "object", "x-kubernetes-validations": [{"rule": " "}, {"rule": "true", "message": " "}, {"rule": "true\ntrue"}, {"rule": "true", "message": "a\nb", "reason": "Odd", "fieldPath": ".x", "messageExpression": " "}]}),
    ]
}

fn base() -> Value {
    let spec = json!({"type": "object", "properties": {
        "text": {"type": "string"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    definition(
        "things",
        json!({"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}),
    )
}

fn set(value: &mut Value, path: &str, to: Value) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Array(items) => match name.parse::<usize>().unwrap() {
            index if index == items.len() => items.push(to),
            index => items[index] = to,
        },
        Value::Object(map) => {
            map.insert(name.to_owned(), to);
        }
        _ => unreachable!(),
    }
}

async fn compare(lab: &Lab, definition: &Value) -> Option<String> {
    let theirs = lab.send("POST", &format!("{DEFINITIONS}?dryRun=All"), definition).await;
    let ours = defined(definition);
    let same = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            // Decoding as Go's type is another part's.
            let (ours, theirs) = (masked(ours), masked(theirs));
            ours["spec"] == theirs["spec"] && ours["status"] == theirs["status"]
        }
        (ours, theirs) => ours == theirs,
    };
    (!same).then(|| format!("{definition:#}\nours: {ours:#?}\ntheirs: {theirs:#?}"))
}

/// Hand-picked definitions are refused with the same words.
#[tokio::test]
async fn picked_definitions_fare_as_on_the_server() {
    let Some(lab) = Lab::get().await else { return };
    let mut different = Vec::new();
    for (path, to) in cases() {
        let mut definition = base();
        set(&mut definition, path, to);
        different.extend(compare(&lab, &definition).await);
    }
    for (index, schema) in schemas().into_iter().enumerate() {
        for at in [
            "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
            "/spec/versions/0/schema/openAPIV3Schema",
        ] {
            let mut definition = base();
            set(&mut definition, at, schema.clone());
            if index % 2 == 0 {
                definition["spec"]["versions"][0]["subresources"] = json!({"status": {}});
            }
            different.extend(compare(&lab, &definition).await);
        }
    }
    assert!(different.is_empty(), "{} different:\n{}", different.len(), different.join("\n\n"));
}

/// Random schemas, of which many are bad, are taken or refused alike.
#[tokio::test]
async fn random_definitions_fare_as_on_the_server() {
    let Some(lab) = Lab::get().await else { return };
    let mut random = random("definitions");
    for _ in 0..200 {
        let schema = random.schema(4);
        let schema = json!({"type": "object", "properties": {"spec": schema}});
        if let Some(difference) = compare(&lab, &definition("things", schema)).await {
            panic!("{difference}");
        }
    }
}
