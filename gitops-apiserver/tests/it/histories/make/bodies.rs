//! Objects, and what is wrong with them.

use super::{
    super::kinds::{Edit, Kind, edit, set},
    Maker,
};
use serde_json::{Value, json};

/// Changes of metadata that are taken.
pub(crate) const METADATA: &[(&str, &str)] = &[
    ("/metadata/labels/app", r#""a""#),
    ("/metadata/labels/app", r#""b""#),
    ("/metadata/labels/tier", r#""x""#),
    ("/metadata/labels/empty", r#""""#),
    ("/metadata/annotations/note", r#""one""#),
    ("/metadata/annotations/note", r#""two""#),
    ("/metadata/annotations", r#"{}"#),
    ("/metadata/finalizers", r#"["a.test/b"]"#),
    ("/metadata/finalizers", r#"["a.test/b", "a.test/c"]"#),
    ("/metadata/finalizers", r#"[]"#),
    ("/metadata/generation", r#"7"#),
    ("/metadata/selfLink", r#""/x""#),
    ("/metadata/creationTimestamp", r#"null"#),
    ("/metadata/creationTimestamp", r#""2020-01-01T00:00:00Z""#),
    ("/metadata/deletionTimestamp", r#""2020-01-01T00:00:00Z""#),
    ("/metadata/uid", r#""{{uid}}""#),
    ("/metadata/managedFields", r#"[]"#),
    ("/metadata/managedFields", r#"[{}]"#),
    (
        "/metadata/ownerReferences",
        r#"[{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "11111111-2222-3333-4444-555555555555"}]"#,
    ),
];

/// Changes of metadata that are refused, by most kinds.
pub(crate) const BAD_METADATA: &[(&str, &str)] = &[
    ("/metadata/labels/app", r#""a b""#),
    ("/metadata/labels/-", r#""x""#),
    ("/metadata/labels/app", r#"1"#),
    ("/metadata/labels", r#"[]"#),
    ("/metadata/annotations/a b", r#""x""#),
    ("/metadata/annotations/n", r#"{}"#),
    ("/metadata/finalizers", r#"["plain"]"#),
    ("/metadata/finalizers", r#"["a/b/c"]"#),
    ("/metadata/finalizers", r#"["orphan", "foregroundDeletion"]"#),
    ("/metadata/finalizers", r#"[""]"#),
    ("/metadata/uid", r#""11111111-2222-3333-4444-555555555555""#),
    ("/metadata/ownerReferences", r#"[{"apiVersion": "v1", "kind": "", "name": "o", "uid": ""}]"#),
    (
        "/metadata/ownerReferences",
        r#"[{"apiVersion": "v1", "kind": "Event", "name": "o", "uid": "x"}]"#,
    ),
    (
        "/metadata/ownerReferences",
        r#"[{"apiVersion": "v1", "kind": "Pod", "name": "o", "uid": "x", "controller": true}, {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "y", "controller": true}]"#,
    ),
    ("/metadata/name", r#""Upper""#),
    ("/metadata/name", r#""{{ns}}.b""#),
    ("/metadata/name", r#""-a""#),
    ("/metadata/name", r#""a/b""#),
    ("/metadata/name", r#""b""#),
    ("/metadata/name", r#""""#),
    ("/metadata/name", r#"3"#),
    ("/metadata/namespace", r#""other""#),
    ("/metadata/namespace", r#""{{ns}}""#),
    ("/metadata/namespace", r#""""#),
    ("/metadata/unknown", r#"1"#),
    ("/metadata/generation", r#""x""#),
    ("/metadata/generation", r#"-1"#),
    ("/metadata/creationTimestamp", r#""x""#),
    ("/metadata/managedFields", r#"[{"manager": "x", "operation": "Other"}]"#),
    (
        "/metadata/managedFields",
        r#"[{"manager": "x", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}}}]"#,
    ),
    ("/apiVersion", r#""v2""#),
    ("/apiVersion", r#""""#),
    ("/kind", r#""Other""#),
    ("/kind", r#""""#),
    ("/metadata", r#"[]"#),
];

/// What is put in the place of something in a body.
const WILD: &[&str] = &[
    r#"null"#,
    r#""""#,
    r#""x""#,
    r#"0"#,
    r#"-1"#,
    r#"1.5"#,
    r#"true"#,
    r#"[]"#,
    r#"{}"#,
    r#"[null]"#,
    r#"{"a": "b"}"#,
    r#""A B""#,
    r#"99999999999"#,
    r#"["a"]"#,
];

impl Maker<'_> {
    /// An object under this name with up to three changes.
    pub(super) fn object(&mut self, kind: &Kind, name: &str) -> Value {
        let mut object = kind.named(name);
        for _ in 0..self.dice.below(4) {
            let change = self.change(kind);
            edit(&mut object, &change);
        }
        if self.dice.percent(4) {
            self.wild(&mut object);
        }
        // Histories share the server, and must not share names.
        let own = |name: &&str| !kind.cluster || name.is_empty() || name.starts_with("{{ns}}");
        let name = object.pointer("/metadata/name").and_then(Value::as_str);
        if let Some(name) = name.filter(|name| !own(name)) {
            object["metadata"]["name"] = kind.name(name).into();
        }
        object
    }

    /// A change: of what the kind has, or of metadata; good or bad.
    pub(super) fn change(&mut self, kind: &Kind) -> Edit {
        let table = match (self.dice.percent(30), self.dice.percent(12)) {
            (true, false) => METADATA,
            (true, true) => BAD_METADATA,
            (false, true) if !kind.bad.is_empty() => return self.dice.one(&kind.bad),
            (false, _) => return self.dice.one(&kind.good),
        };
        let (pointer, value) = self.dice.one(table);
        Edit::from_iter([(pointer.to_owned(), serde_json::from_str(value).unwrap())])
    }

    /// Something somewhere becomes something else.
    fn wild(&mut self, object: &mut Value) {
        let mut pointers = Vec::new();
        pointers_of(object, "", &mut pointers);
        let pointer = self.dice.one(&pointers);
        let value: Value = serde_json::from_str(self.dice.one(WILD)).unwrap();
        match object.pointer_mut(&pointer) {
            // A field more, or a value in the place of another.
            Some(Value::Object(map)) if self.dice.percent(40) => {
                drop(map.insert("odd".to_owned(), value))
            }
            Some(at) => *at = value,
            None => {}
        }
    }

    /// A body that says only what is to change.
    pub(super) fn difference(&mut self, kind: &Kind) -> Value {
        let mut patch = json!({});
        for _ in 0..=self.dice.below(2) {
            for (pointer, value) in self.change(kind) {
                // A patch of an item would be a patch of the list.
                if !pointer.split('/').any(|part| part.parse::<usize>().is_ok()) {
                    let null = value.is_null();
                    set(&mut patch, &pointer, if null { json!("{{null}}") } else { value });
                }
            }
        }
        nulls(&mut patch);
        patch
    }

    /// Operations of a JSON patch.
    pub(super) fn operations(&mut self, kind: &Kind) -> Value {
        let mut operations = Vec::new();
        for _ in 0..=self.dice.below(2) {
            for (pointer, value) in self.change(kind) {
                operations.push(match self.dice.below(8) {
                    0 => json!({"op": "test", "path": pointer, "value": value}),
                    1 => json!({"op": "remove", "path": pointer}),
                    2 => json!({"op": "replace", "path": pointer, "value": value}),
                    3 => json!({"op": "copy", "from": "/metadata/name", "path": pointer}),
                    4 => json!({"op": "move", "from": pointer, "path": "/metadata/annotations"}),
                    _ if value.is_null() => json!({"op": "remove", "path": pointer}),
                    _ => json!({"op": "add", "path": pointer, "value": value}),
                });
            }
        }
        if self.dice.percent(5) {
            let odd =
                [json!({}), json!({"op": "none", "path": "/a"}), json!(3), json!({"op": "add"})];
            operations.push(self.dice.one(&odd));
        }
        operations.into()
    }
}

fn pointers_of(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers_of(value, &format!("{at}/{key}"), into);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers_of(value, &format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

/// In a merge patch null is a value.
fn nulls(value: &mut Value) {
    match value {
        Value::String(text) if text == "{{null}}" => *value = Value::Null,
        Value::Object(map) => map.values_mut().for_each(nulls),
        Value::Array(items) => items.iter_mut().for_each(nulls),
        _ => {}
    }
}
