//! Schemas and values for the laws.

use gitops_ssa::{
    managed::{Resource, Versions},
    schema::{Schema, TypeRef},
    typed::{Duplicates, Typed},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A kind with one of each: struct, map, atomic map, keyed list with a default in its key, set,
/// atomic list, anything.
pub(crate) fn schema() -> (Arc<Schema>, TypeRef) {
    let (schema, of) = Schema::from_structural(&definition(), false).unwrap();
    (Arc::new(schema), of)
}

/// Its `openAPIV3Schema`.
pub(crate) fn definition() -> Value {
    let text = json!({"type": "string"});
    let port = json!({
        "type": "object",
        "required": ["port"],
        "properties": {
            "port": {"type": "integer"},
            "protocol": {"type": "string", "default": "TCP"},
            "name": text,
            "labels": {"type": "object", "additionalProperties": text},
        },
    });
    json!({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "replicas": {"type": "integer"},
                    "image": text,
                    "labels": {"type": "object", "additionalProperties": text},
                    "selector": {
                        "type": "object", "additionalProperties": text,
                        "x-kubernetes-map-type": "atomic",
                    },
                    "ports": {
                        "type": "array", "items": port,
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["port", "protocol"],
                    },
                    "args": {"type": "array", "items": text},
                    "zones": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
                    "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                },
            },
        },
    })
}

pub(crate) fn resource() -> Resource<Versions> {
    let (schema, of) = schema();
    Resource::new(Versions::one("t/v1", schema, of), "t/v1", "Thing")
}

pub(crate) fn typed(value: Value) -> Typed {
    let (schema, of) = schema();
    Typed::new(value, &schema, &of, Duplicates::Refuse).unwrap()
}

fn word() -> impl Strategy<Value = Value> {
    "[a-c]".prop_map(Value::from)
}

fn words() -> impl Strategy<Value = Value> {
    let map = proptest::collection::btree_map("[a-d]", word(), 0..4);
    map.prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn port() -> impl Strategy<Value = (i64, bool, Map<String, Value>)> {
    let key = (1_i64..4, any::<bool>());
    let rest = (proptest::option::of(word()), proptest::option::of(words()));
    (key, rest).prop_map(|((port, udp), (name, labels))| {
        let mut out = Map::new();
        out.insert("port".to_owned(), port.into());
        if udp {
            out.insert("protocol".to_owned(), "UDP".into());
        }
        out.extend(name.map(|name| ("name".to_owned(), name)));
        out.extend(labels.map(|labels| ("labels".to_owned(), labels)));
        (port, udp, out)
    })
}

fn ports() -> impl Strategy<Value = Value> {
    proptest::collection::vec(port(), 0..4).prop_map(|ports| {
        let mut seen = std::collections::BTreeSet::new();
        let once = ports.into_iter().filter(|(port, udp, _)| seen.insert((*port, *udp)));
        once.map(|(.., port)| Value::Object(port)).collect()
    })
}

fn extra() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![word(), any::<i8>().prop_map(Value::from)];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("[a-c]", value, 0..3)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// A valid object.
pub(crate) fn object() -> impl Strategy<Value = Value> {
    let set = proptest::collection::btree_set("[a-d]", 0..4);
    let set = set.prop_map(|set| set.into_iter().map(Value::from).collect::<Value>());
    let list = proptest::collection::vec(word(), 0..3).prop_map(Value::Array);
    let some = |strategy: BoxedStrategy<Value>| proptest::option::of(strategy);
    let spec = (
        some((0_i64..3).prop_map(Value::from).boxed()),
        some(word().boxed()),
        some(words().boxed()),
        some(words().boxed()),
        some(ports().boxed()),
        some(list.boxed()),
        some(set.boxed()),
        some(extra().boxed()),
    );
    spec.prop_map(|(replicas, image, labels, selector, ports, args, zones, extra)| {
        let fields = [
            ("replicas", replicas),
            ("image", image),
            ("labels", labels),
            ("selector", selector),
            ("ports", ports),
            ("args", args),
            ("zones", zones),
            ("extra", extra),
        ];
        let spec: Map<String, Value> =
            fields.into_iter().filter_map(|(n, v)| Some((n.to_owned(), v?))).collect();
        json!({"apiVersion": "t/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec})
    })
}

/// Any JSON, rich in what looks like a part of the objects above.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        word(),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let name = prop_oneof![
        "(spec|metadata|ports|port|zones|labels|args|extra|managedFields|fieldsV1|f:spec|types)",
        "(map|list|fields|name|type|keys|elementType|properties|items|manager|operation)",
        ".{0,3}",
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            3 => proptest::collection::btree_map(name.clone(), inner.clone(), 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            1 => proptest::collection::vec(inner, 0..3).prop_map(Value::Array),
        ]
    })
}
