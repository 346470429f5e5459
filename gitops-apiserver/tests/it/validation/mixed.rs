//! Fields that may not stand beside others.

use super::broken::{Count, base, report, wanted};
use super::device_bases::DEVICES;
use super::lab::{Lab, difference, our_create, prepare, seen};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An object of a kind, what is added to it and where.
type Mix = (&'static str, &'static str, &'static str, fn() -> Value);

// An empty list beside another is missing: it isn't told from none once decoded.
const MIXES: &[Mix] = &[
    ("ResourceClaim", "", "/spec/devices/requests/1/exactly/count", || json!(1)),
    ("ResourceClaim", "", "/spec/devices/requests/1/exactly/count", || json!(-1)),
    ("ResourceClaim", "", "/spec/devices/requests/0/exactly/tolerations/1/value", || json!("v")),
    ("ResourceClaim", "", "/spec/devices/requests/0/exactly/tolerations/0/value", || json!("é")),
    (
        "ResourceClaim",
        "",
        "/spec/devices/requests/0/firstAvailable",
        || json!([{"name": "Bad_Name", "deviceClassName": "Bad_Name", "count": -1, "allocationMode": "no"}]),
    ),
    ("ResourceClaim", "", "/spec/devices/constraints/1/requests", || {
        json!(["a", "one/b", "a/b/c", "one/", "A", "one", "one", ""])
    }),
    ("ResourceClaim", "alternatives", "/spec/devices/constraints/0/requests", || {
        json!(["one/large", "one/none", "none/large", "one/large/x"])
    }),
    ("ResourceClaim", "", "/spec/devices/constraints/1", || json!({})),
    ("ResourceClaim", "", "/spec/devices/constraints/0/matchAttribute", || json!("/")),
    ("ResourceClaim", "", "/spec/devices/constraints/0/matchAttribute", || json!("A.example/1")),
    ("ResourceClaim", "", "/spec/devices/config/0/opaque/driver", || json!("Dra.Example.com")),
    ("ResourceClaim", "", "/spec/devices/config/0/opaque/driver", || json!("é".repeat(40))),
    ("ResourceClaim", "", "/spec/devices/config/0/opaque/parameters", || json!([1])),
    ("ResourceClaim", "", "/spec/devices/config/0/opaque/parameters", || json!(null)),
    (
        "ResourceClaim",
        "",
        "/spec/devices/config/0/opaque/parameters",
        || json!({"a": "b".repeat(10_240)}),
    ),
    (
        "ResourceClaimTemplate",
        "",
        "/spec/metadata",
        || json!({"name": "n", "generateName": "g", "finalizers": ["a"], "labels": {"": "é"}, "annotations": {"a b": ""}}),
    ),
    ("DeviceClass", "", "/spec/extendedResourceName", || json!("requests.kubernetes.io/x")),
    ("DeviceClass", "", "/metadata/generateName", || json!("Bad_")),
    ("DeviceTaintRule", "", "/spec/taint/key", || json!("")),
    ("ResourceSlice", "", "/spec/allNodes", || json!(true)),
    ("ResourceSlice", "", "/spec/allNodes", || json!(false)),
    ("ResourceSlice", "", "/spec/perDeviceNodeSelection", || json!(true)),
    ("ResourceSlice", "", "/spec/perDeviceNodeSelection", || json!(false)),
    ("ResourceSlice", "", "/spec/nodeSelector", || json!({"nodeSelectorTerms": []})),
    ("ResourceSlice", "shares", "/spec/nodeSelector/nodeSelectorTerms/1", || json!({})),
    // One bad key at a time: Go walks a map in no order.
    (
        "ResourceSlice",
        "",
        "/spec/sharedCounters",
        || json!([{"name": "a", "counters": {"Bad Key": {"value": "1"}}}]),
    ),
    (
        "ResourceSlice",
        "",
        "/spec/sharedCounters",
        || json!([{"name": "a", "counters": {"é": {"value": "1"}}}]),
    ),
    ("ResourceSlice", "counters", "/spec/devices", || json!([{"name": "d"}])),
    ("ResourceSlice", "", "/spec/devices/0/nodeName", || json!("n")),
    ("ResourceSlice", "", "/spec/devices/0/allNodes", || json!(false)),
    ("ResourceSlice", "nodes", "/spec/devices/0/allNodes", || json!(true)),
    ("ResourceSlice", "nodes", "/spec/devices/1/nodeName", || json!("")),
    ("ResourceSlice", "nodes", "/spec/devices/2/allNodes", || json!(false)),
    ("ResourceSlice", "", "/spec/devices/0/bindingFailureConditions", || json!(["b", "b", "c"])),
    ("ResourceSlice", "", "/spec/devices/1/bindingConditions", || json!(["a"])),
    ("ResourceSlice", "", "/spec/devices/0/attributes/model", || json!({})),
    ("ResourceSlice", "", "/spec/devices/0/attributes/model", || json!({"int": 1, "bool": false})),
    (
        "ResourceSlice",
        "",
        "/spec/devices/0/attributes",
        || json!({"a".repeat(200): {"int": 1, "string": "x"}}),
    ),
    ("ResourceSlice", "", "/spec/devices/0/attributes", || json!({"a".repeat(97): {}})),
    ("ResourceSlice", "", "/spec/devices/0/attributes", || json!({"/": {"int": 1}})),
    ("ResourceSlice", "", "/spec/devices/0/attributes", || json!({"A_b.Example/c-d": {"int": 1}})),
    ("ResourceSlice", "", "/spec/devices/0/attributes", || json!({"a/b/c": {"int": 1}})),
    ("ResourceSlice", "", "/spec/devices/0/attributes/driver/version", || json!("1.2.3+é")),
    (
        "ResourceSlice",
        "shares",
        "/spec/devices/0/capacity/values/requestPolicy/validRange",
        || json!({"min": "1"}),
    ),
    (
        "ResourceSlice",
        "shares",
        "/spec/devices/0/capacity/values/requestPolicy/validValues",
        || json!(["5", "1", "1", "100", "0.5", "0.25"]),
    ),
    (
        "ResourceSlice",
        "shares",
        "/spec/devices/1/capacity/range/requestPolicy/validRange",
        || json!({"min": "1", "max": "16Ei", "step": "2"}),
    ),
    (
        "ResourceSlice",
        "shares",
        "/spec/devices/1/capacity/range/requestPolicy/validRange",
        || json!({"min": "9Gi", "max": "20Gi", "step": "3Gi"}),
    ),
    (
        "ResourceSlice",
        "shares",
        "/spec/devices/1/capacity/range/requestPolicy/validRange",
        || json!({"max": "20Gi", "step": "0"}),
    ),
    ("ResourceSlice", "shares", "/spec/devices/2/capacity/parts/requestPolicy/default", || {
        json!("1.25")
    }),
];

fn put(object: &mut Value, place: &str, value: Value) {
    let (above, name) = place.rsplit_once('/').unwrap();
    match object.pointer_mut(above).unwrap() {
        Value::Array(items) if name.parse() == Ok(items.len()) => items.push(value),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        fields => fields[name] = value,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mixed_objects_are_refused_alike() {
    let Some(lab) = Lab::new("mixed").await else { return };
    let mut counts = BTreeMap::new();
    for (kind, name, place, value) in MIXES.iter().filter(|(kind, ..)| wanted(kind)) {
        let mut bases = DEVICES.iter();
        let one = bases.find(|one| one.of.kind == *kind && one.name == *name).unwrap();
        let mut object = base(&lab, &one.of, one).await;
        put(&mut object, place, value());
        let theirs = lab.create(&one.of, &object).await;
        let mut decoded = seen(&one.of, &object).unwrap();
        if one.of.namespaced {
            decoded["metadata"]["namespace"] = lab.namespace.clone().into();
        }
        prepare(&one.of, &mut decoded, None);
        let count: &mut Count = counts.entry(format!("{kind} {name}")).or_default();
        match difference(&theirs, &our_create(&one.of, &decoded)) {
            None => count.same += 1,
            Some(text) => count.different.push(format!("{place} {}\n    {text}", value())),
        }
    }
    assert_eq!(report("mixed", &counts), 0);
}
