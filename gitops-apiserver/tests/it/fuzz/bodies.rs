//! Bodies: noise, and what is right but for some places.

use gitops_apiserver::protobuf;
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

/// What clients really send.
pub(super) fn good() -> Vec<Value> {
    let files = [
        include_str!("../kubectl/files/objects.yaml"),
        include_str!("../kubectl/files/crd.yaml"),
        include_str!("../kubectl/files/gadget.yaml"),
        include_str!("../kubectl/files/csr.yaml"),
        include_str!("../kubectl/files/event.yaml"),
        include_str!("../kubectl/files/roles.yaml"),
    ];
    let documents = files.iter().flat_map(|file| file.split("\n---\n"));
    let mut good: Vec<Value> =
        documents.map(|text| serde_saphyr::from_str(text).unwrap()).collect();
    good.extend([
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}),
        json!({"metadata": {"name": "a", "generateName": "b", "ownerReferences": [{"uid": "x"}]}}),
        json!({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
            "propagationPolicy": "Foreground", "preconditions": {"uid": "x", "resourceVersion": "1"}}),
        json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "a"},
            "spec": {"replicas": 3}}),
        json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
            "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}),
        json!({"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
            "spec": {"namespace": "default"}}),
        json!({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1",
            "spec": {"token": "x"}}),
        json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "spec": {"audiences": ["a"], "boundObjectRef": {"kind": "Pod", "name": "alone"}}}),
        json!({"kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": "a"}}),
        json!({"kind": "Binding", "apiVersion": "v1", "metadata": {"name": "a"},
            "target": {"kind": "Node", "name": "n"}}),
        json!([{"op": "add", "path": "/data/a", "value": "b"}, {"op": "remove", "path": "/data/c"},
            {"op": "move", "from": "/a", "path": "/a/b"}, {"op": "test", "path": "", "value": 1}]),
        json!({"data": {"a": null}, "metadata": {"finalizers": ["a.b/c"]}}),
        json!({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "c"}],
            "containers": [{"name": "c", "$patch": "delete"}, {"$patch": "replace"}]}}}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$retainKeys": ["name"]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "managedFields": [
            {"manager": "m", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
             "fieldsV1": {"f:data": {"k:{\"a\":1}": {}, "v:1": {}, "i:0": {}}}}]}}),
    ]);
    good
}

/// Values where they don't belong.
fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "a",
            "..",
            "a/b",
            "%",
            "1e999999999",
            "-1",
            "999999999999999999999Ei",
            "1n",
            "{{}}",
            "$(X)",
            "=,!=",
            "a in (",
            "((((((((((",
            "[a-z",
            "(a*)*$",
            ".spec.a[*]",
            "0x1p-2",
            "9999-99-99T99:99:99Z",
            "0000-01-01T00:00:00Z",
            "10.0.0.0/33",
            "::1",
            "self.x",
            "\0",
            "application/json",
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEi",
            "metadata.name",
            "*",
            "v1",
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, {}, [[]]])),
        Just(json!({"$patch": "replace", "": {"": ""}})),
        (1usize..200).prop_map(|depth| (0..depth).fold(json!({}), |inner, _| json!({"a": inner}))),
        (1usize..200).prop_map(|depth| (0..depth).fold(json!(1), |inner, _| json!([inner]))),
        (1usize..5_000).prop_map(|length| "x".repeat(length).into()),
    ]
}

/// All places in a value, by their JSON pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), all);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

/// A value with another in some place.
fn disturbed() -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<Index>(), strange()), 0..4);
    (prop::sample::select(good()), changes).prop_map(|(mut value, changes)| {
        for (at, with) in changes {
            let mut all = Vec::new();
            places(&value, "", &mut all);
            if let Some(place) = value.pointer_mut(at.get::<String>(&all)) {
                *place = with;
            }
        }
        value
    })
}

/// One change of bytes.
#[derive(Debug, Clone)]
enum Cut {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index),
    End(Index),
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Cut::Set(at, byte)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Cut::Insert(at, bytes)),
        any::<Index>().prop_map(Cut::Remove),
        any::<Index>().prop_map(Cut::End),
    ]
}

fn apply(bytes: &mut Vec<u8>, cut: Cut) {
    if bytes.is_empty() {
        return;
    }
    match cut {
        Cut::Set(at, byte) => *at.get_mut(bytes) = byte,
        Cut::Insert(at, more) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, more);
        }
        Cut::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
        Cut::End(at) => bytes.truncate(at.index(bytes.len())),
    }
}

/// What is almost right, in some encoding.
fn written() -> impl Strategy<Value = Vec<u8>> {
    (disturbed(), 0..4).prop_map(|(value, form)| match form {
        0 => serde_saphyr::to_string(&value).unwrap_or_default().into_bytes(),
        1 => protobuf::encode(&value).unwrap_or_default(),
        _ => value.to_string().into_bytes(),
    })
}

/// Any body.
pub(super) fn body() -> impl Strategy<Value = Vec<u8>> {
    let cut = (written(), prop::collection::vec(cut(), 1..4)).prop_map(|(mut bytes, cuts)| {
        for cut in cuts {
            apply(&mut bytes, cut);
        }
        bytes
    });
    let deep = (
        prop::sample::select(vec!["[", "{\"a\":", "- ", "{", "\"", "(", "&a [*a,"]),
        1usize..40_000,
    )
        .prop_map(|(piece, count)| piece.repeat(count).into_bytes());
    let large = (3_145_720usize..3_145_740)
        .prop_map(|length| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8)).into_bytes());
    prop_oneof![
        30 => written(),
        30 => cut,
        2 => Just(Vec::new()),
        3 => prop::collection::vec(any::<u8>(), 0..300),
        3 => any::<String>().prop_map(String::into_bytes),
        2 => "-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,9})?".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..100)
            .prop_map(|bytes| [b"k8s\0".to_vec(), bytes].concat()),
        2 => deep,
        1 => large.prop_filter("large bodies are dear", |body| body.len() % 4 == 0),
    ]
}
