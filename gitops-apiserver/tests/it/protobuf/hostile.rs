//! Whatever bytes arrive, an answer and no panic; and what was read is written the same.

use gitops_apiserver::protobuf::{decode, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

const KINDS: [(&str, &str); 6] = [
    ("v1", "Pod"),
    ("v1", "DeleteOptions"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ControllerRevision"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("coordination.k8s.io/v1", "Lease"),
];

/// An envelope without kind, so that the default says it.
fn envelope(raw: &[u8]) -> Vec<u8> {
    let mut out = b"k8s\0\x12".to_vec();
    let mut length = raw.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(raw);
    out
}

/// Fields with likely numbers and contents, nested a few times.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        "[a-z0-9:{}\"]{0,8}".prop_map(String::into_bytes),
    ];
    leaf.prop_recursive(6, 64, 5, |inner| {
        let field = (1u8..16, prop_oneof![Just(0u8), Just(2), Just(2), Just(2), 0u8..8], inner);
        prop::collection::vec(field, 0..5).prop_map(|fields| {
            let mut out = Vec::new();
            for (number, wire, content) in fields {
                out.push(number << 3 | wire);
                if wire == 2 {
                    out.push(content.len().min(127) as u8);
                    out.extend(&content[..content.len().min(127)]);
                } else {
                    out.push(content.first().copied().unwrap_or(0) & 0x7f);
                }
            }
            out
        })
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes, ("v1", "Pod"));
        let _ = decode(&envelope(&bytes), ("v1", "Pod"));
    }

    #[test]
    fn what_was_read_is_written_the_same(raw in fields(), kind in 0..KINDS.len()) {
        if let Ok(object) = decode(&envelope(&raw), KINDS[kind]) {
            let bytes = encode(&object).unwrap();
            prop_assert_eq!(&decode(&bytes, ("", "")).unwrap(), &object);
            prop_assert_eq!(encode(&object).unwrap(), bytes);
        }
    }
}

#[test]
fn a_time_of_no_bytes_is_a_time() {
    // metadata.deletionTimestamp
    let object = decode(&envelope(&[10, 2, 74, 0]), ("apps/v1", "Deployment")).unwrap();
    assert!(object["metadata"].get("deletionTimestamp").is_some_and(|time| time.is_null()));
    assert_eq!(decode(&encode(&object).unwrap(), ("", "")).unwrap(), object);
}

#[test]
fn depth_is_bounded() {
    // openAPIV3Schema.not.not.not...
    let wrap = |number: u8, inner: &[u8]| {
        let mut out = envelope(inner).split_off(4);
        out[0] = number << 3 | 2;
        out
    };
    let mut raw = Vec::new();
    for _ in 0..1000 {
        raw = [vec![0xe2], wrap(0, &raw)].concat();
        raw[1] = 0x01;
    }
    let raw = wrap(2, &wrap(7, &wrap(4, &wrap(1, &raw))));
    let error = decode(&envelope(&raw), KINDS[4]).unwrap_err();
    assert_eq!(error.to_string(), "proto: messages are nested more than 128 deep");
}

#[test]
fn values_of_the_wrong_type_have_no_form() {
    let pod = |spec: Value| json!({"apiVersion": "v1", "kind": "Pod", "spec": spec});
    let wrong = [
        pod(json!(1)),
        pod(json!({"containers": {}})),
        pod(json!({"priority": 3_000_000_000u64})),
        pod(json!({"priority": 0.5})),
        pod(json!({"nodeSelector": {"a": 1}})),
        pod(json!({"hostNetwork": "yes"})),
        json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "?"}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"deletionTimestamp": "soon"}}),
        json!({"apiVersion": "example.com/v1", "kind": "Pod"}),
        json!({"apiVersion": "meta.k8s.io/v1", "kind": "Table"}),
        json!([]),
    ];
    for value in wrong {
        assert!(encode(&value).is_err(), "{value}");
    }
}
