//! Rules in the Common Expression Language.

use super::{
    compiled, defined, definition,
    lab::{DEFINITIONS, Lab},
    objects,
};
use serde_json::{Value, json};

/// A schema of `spec` with rules, and values of it.
fn schema() -> Value {
    json!({
        "type": "object",
        "x-kubernetes-validations": [
            {"rule": "self.min <= self.max", "message": "min must not be greater than max"},
            {"rule": "!has(self.name) || self.name == self.name.lowerAscii()", "messageExpression": "'not lower case: ' + self.name", "fieldPath": ".name"},
            {"rule": "self.max < 1000 || self.replicas > 0", "reason": "FieldValueForbidden"},
        ],
        "required": ["min", "max"],
        "properties": {
            "min": {"type": "integer"}, "max": {"type": "integer", "maximum": 5000},
            "replicas": {"type": "integer", "default": 1},
            "ratio": {"type": "number", "x-kubernetes-validations": [{"rule": "self >= 0.0 && self <= 1.0"}]},
            "name": {"type": "string", "maxLength": 50, "x-kubernetes-validations": [
                {"rule": "self == oldSelf", "message": "name is immutable"},
                {"rule": "self.matches('^[A-Za-z]+$')", "message": "letters only"},
            ]},
            "url": {"type": "string", "maxLength": 100, "x-kubernetes-validations": [{"rule": "isURL(self)"}]},
            "namespace": {"type": "string", "maxLength": 50},
            "port": {"x-kubernetes-int-or-string": true, "x-kubernetes-validations": [{"rule": "type(self) == string ? self == 'http' : self < 100"}]},
            "list": {"type": "array", "maxItems": 20, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
                "type": "object", "required": ["k"], "properties": {"k": {"type": "string", "maxLength": 20}, "v": {"type": "integer",
                    "x-kubernetes-validations": [{"rule": "self >= oldSelf", "message": "v only grows"}]}},
                "x-kubernetes-validations": [{"rule": "!has(self.v) || self.v % 2 == 0", "message": "v must be even"}]},
                "x-kubernetes-validations": [{"rule": "self.all(one, one.k.size() < 5) && self.exists(one, one.k == 'a')"}]},
            "map": {"type": "object", "maxProperties": 10, "additionalProperties": {"type": "string", "maxLength": 20}, "x-kubernetes-validations": [{"rule": "self.all(key, key.startsWith('x') && self[key] != '')"}]},
            "time": {"type": "string", "format": "date-time", "x-kubernetes-validations": [{"rule": "self > timestamp('2024-01-01T00:00:00Z')"}]},
            "once": {"type": "string", "maxLength": 20, "x-kubernetes-validations": [{"rule": "!oldSelf.hasValue() || oldSelf.value() == self", "optionalOldSelf": true}]},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        },
    })
}

fn values() -> Vec<Value> {
    let with = |more: Value| {
        let mut value = json!({"min": 1, "max": 2});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    vec![
        with(json!({})),
        with(json!({"min": 3})),
        json!({"min": 1}),
        with(json!({"max": "x"})),
        with(json!({"max": 6000})),
        with(json!({"max": 2000, "replicas": 0})),
        with(json!({"name": "ABC"})),
        with(json!({"name": "a1"})),
        with(json!({"name": "abc"})),
        with(json!({"ratio": 1})),
        with(json!({"ratio": 1.5})),
        with(json!({"url": "https://a.b/c"})),
        with(json!({"url": "nope"})),
        with(json!({"port": "http"})),
        with(json!({"port": "https"})),
        with(json!({"port": 80})),
        with(json!({"port": 8080})),
        with(json!({"list": [{"k": "a", "v": 2}, {"k": "b"}]})),
        with(json!({"list": [{"k": "a", "v": 1}]})),
        with(json!({"list": [{"k": "a", "v": 4}]})),
        with(json!({"list": [{"k": "toolong"}]})),
        with(json!({"list": []})),
        with(json!({"map": {"x": "1", "xy": "2"}})),
        with(json!({"map": {"y": "1"}})),
        with(json!({"time": "2025-01-01T00:00:00Z"})),
        with(json!({"time": "2023-01-01T00:00:00Z"})),
        with(json!({"once": "a"})),
        with(json!({"once": "b"})),
        with(json!({"any": {"a": 1}})),
    ]
}

#[tokio::test]
async fn rules_are_asked_as_on_the_server() {
    let Some(lab) = Lab::get().await else { return };
    let root = json!({"type": "object", "properties": {"spec": schema()}});
    let crd = definition("ruleds", root);
    lab.define(&crd).await;
    let ours = compiled(&crd);
    let path = "/apis/example.com/v1/ruleds";
    let object = |name: &str, value: &Value| {
        json!({
            "apiVersion": "example.com/v1", "kind": "Ruleds", "metadata": {"name": name}, "spec": value,
        })
    };
    let mut different = Vec::new();
    let mut stored = Vec::new();
    for (index, value) in values().iter().enumerate() {
        let object = object(&format!("one-{index}"), value);
        let theirs = lab.send("POST", path, &object).await;
        let mine = objects::create(&ours, &object, false);
        if !objects::same(&mine, &theirs) {
            different.push(format!("{value}\nours: {mine:#?}\ntheirs: {theirs:#?}"));
        }
        stored.extend(theirs);
    }
    for old in &stored {
        let name = old["metadata"]["name"].as_str().unwrap();
        for value in values() {
            let mut changed = object(name, &value);
            changed["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"].clone();
            let theirs = lab.send("PUT", &format!("{path}/{name}?dryRun=All"), &changed).await;
            let mine = objects::update(&ours, &changed, old);
            if !objects::same(&mine, &theirs) {
                different.push(format!(
                    "{} -> {value}\nours: {mine:#?}\ntheirs: {theirs:#?}",
                    old["spec"]
                ));
            }
        }
    }
    lab.remove(&format!("{DEFINITIONS}/ruleds.example.com")).await;
    assert!(different.is_empty(), "{} different:\n{}", different.len(), different.join("\n\n"));
}

/// Rules that make no sense are refused in definitions, at the same places.
#[tokio::test]
async fn senseless_rules_are_refused() {
    let Some(lab) = Lab::get().await else { return };
    let mut different = Vec::new();
    for rule in [
        "self.a > 1",
        "self.nope > 1",
        "foo == 1",
        "self.b",
        "self.b == 'x'",
        "1 + 1",
        "self.a >",
        "self.a.nope == 1",
        "has(self.nope)",
        "self.c.all(x, x > 0)",
        "unheardOf(self.b)",
        "self.m['x'] == 'y'",
        "self.m.x == 'y'",
        "self.__namespace__ == 'a'",
        "self.a == oldSelf.a",
        "self.any.thing == 1",
        "size(self.b) > 0",
        "self.c[0] > 1 ? true : false",
    ] {
        let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}], "properties": {
            "a": {"type": "integer"}, "b": {"type": "string", "maxLength": 9}, "namespace": {"type": "string"},
            "c": {"type": "array", "maxItems": 9, "items": {"type": "integer"}},
            "m": {"type": "object", "additionalProperties": {"type": "string"}},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }});
        let root = json!({"type": "object", "properties": {"spec": schema}});
        let crd = definition("senses", root);
        let theirs = lab.send("POST", &format!("{DEFINITIONS}?dryRun=All"), &crd).await;
        let mine = defined(&crd);
        if mine.is_ok() != theirs.is_ok() || mine.is_err() && mine != theirs {
            let (mine, theirs) = (mine.err(), theirs.err());
            different.push(format!("{rule}\nours: {mine:#?}\ntheirs: {theirs:#?}"));
        }
    }
    assert!(different.is_empty(), "{} different:\n{}", different.len(), different.join("\n\n"));
}
