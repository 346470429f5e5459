//! Definitions that differ in all that discovery and OpenAPI show.

use serde_json::{Value, json};

fn definition(group: &str, plural: &str, kind: &str, scope: &str, versions: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": scope, "names": {"plural": plural, "kind": kind},
            "versions": versions,
        },
    })
}

fn version(name: &str, storage: bool, schema: Value) -> Value {
    json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": schema}})
}

fn open() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// Several versions, both subresources, short names and categories.
pub(super) fn widgets() -> Value {
    let schema = json!({
        "type": "object", "description": "A widget.", "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object", "description": "Wanted.",
                "properties": {
                    "replicas": {
                        "type": "integer", "format": "int32", "default": 1,
                        "minimum": 0, "maximum": 1e3, "exclusiveMaximum": true,
                    },
                    "mode": {"type": "string", "enum": ["a", "b"], "maxLength": 3},
                    "port": {"x-kubernetes-int-or-string": true, "pattern": "^[0-9]+$"},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "list": {
                        "type": "array", "minItems": 0, "maxItems": 5,
                        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": {
                            "type": "object", "required": ["name"],
                            "properties": {
                                "name": {"type": "string"},
                                "value": {"type": "string", "nullable": true},
                            },
                        },
                    },
                    "pod": {
                        "type": "object", "x-kubernetes-embedded-resource": true,
                        "x-kubernetes-preserve-unknown-fields": true,
                    },
                    "inner": {
                        "type": "object", "x-kubernetes-embedded-resource": true,
                        "properties": {"spec": {"type": "object", "x-kubernetes-map-type": "atomic"}},
                    },
                    "either": {
                        "type": "object", "nullable": true,
                        "properties": {"x": {"type": "string"}, "y": {"type": "string"}},
                        "anyOf": [
                            {"required": ["x"]},
                            {"properties": {"y": {"pattern": "z"}}, "required": ["y"]},
                        ],
                        "not": {"properties": {"x": {"enum": ["no"]}}},
                    },
                    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "maybe": {
                        "type": "object", "additionalProperties": {"type": "string", "nullable": true},
                    },
                    "example": {
                        "type": "number", "example": 1.5, "title": "T",
                        "externalDocs": {"description": "d", "url": "https://example.com"},
                        "multipleOf": 0.5,
                    },
                },
                "x-kubernetes-validations": [
                    {"rule": "self.replicas >= 0", "message": "no", "fieldPath": ".replicas"},
                    {"rule": "oldSelf.hasValue() || true", "messageExpression": "'a'", "reason": "FieldValueForbidden",
                     "optionalOldSelf": true},
                ],
            },
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
        },
    });
    let mut v1 = version("v1", true, schema);
    v1["subresources"] = json!({
        "status": {},
        "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
    });
    let typed = json!({
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"type": "object", "properties": {"color": {"type": "string"}}},
        },
    });
    let mut alpha = version("v2alpha1", false, typed);
    alpha["deprecated"] = json!(true);
    alpha["selectableFields"] = json!([{"jsonPath": ".spec.color"}]);
    let mut unserved = version("v1beta1", false, open());
    unserved["served"] = json!(false);
    let mut widgets = definition(
        "stable.example.com",
        "widgets",
        "Widget",
        "Namespaced",
        json!([version("v1beta2", false, open()), v1, alpha, unserved]),
    );
    widgets["spec"]["names"]["shortNames"] = json!(["wd", "wdg"]);
    widgets["spec"]["names"]["categories"] = json!(["all", "mine"]);
    widgets
}

pub(super) fn all() -> Vec<Value> {
    let mut accessories = definition(
        "stable.example.com",
        "accessories",
        "Accessories",
        "Cluster",
        json!([version("v1", true, open())]),
    );
    accessories["spec"]["versions"][0]["subresources"] = json!({"status": {}});
    accessories["spec"]["names"]["listKind"] = json!("AccessoryPile");
    let odd = json!([
        version("v10", false, open()),
        version("v9", true, open()),
        version("v11beta2", false, open()),
        version("v3alpha1", false, open()),
        version("foo10", false, open()),
        version("foo1", false, open()),
    ]);
    vec![
        widgets(),
        accessories,
        definition("odd.example.com", "items", "Item", "Namespaced", odd),
        // Their order differs between the plain and the aggregated form.
        definition("b.x-y.dev", "ones", "One", "Namespaced", json!([version("v1", true, open())])),
        definition("a.x-y.dev", "twos", "Two", "Cluster", json!([version("v2", true, open())])),
    ]
}
