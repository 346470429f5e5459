use super::*;
use crate::fingerprint::fingerprint;
use serde_json::json;

const US: &str = "ours";

fn entry(manager: &str, operation: &str, containers: Value) -> Value {
    let fields = json!({"f:spec": {"f:containers": containers}});
    json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields})
}

fn live(containers: Value, managed: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers},
        "metadata": {"name": "a", "resourceVersion": "7", "managedFields": managed},
    })
}

fn payload(containers: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": containers}})
}

fn memory(memo: Option<&str>) -> Memory {
    let desired = Digest::of("desired");
    let verified = Verified { desired, state: Digest::of("state"), memo: memo.map(Into::into) };
    Memory::of(desired, Some(&verified)).unwrap()
}

/// What the patch replaces: the pointer and the new value, after the version test.
fn replaced(patch: Option<Patch>) -> Vec<(String, Value)> {
    let Some(Patch(operations)) = patch else { return Vec::new() };
    let (first, rest) = operations.split_first().unwrap();
    let PatchOperation::Test(test) = first else { panic!("{first:?}") };
    assert_eq!((test.path.as_str(), &test.value), ("/metadata/resourceVersion", &json!("7")));
    rest.iter()
        .map(|operation| match operation {
            PatchOperation::Replace(one) => (one.path.to_string(), one.value.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Our container `app` was renamed to `evil` by a foreign write.
fn renamed() -> Value {
    live(
        json!([{"name": "aux", "image": "x"}, {"name": "evil", "image": "i", "policy": "p"}]),
        json!([
            entry(
                US,
                "Apply",
                json!({"k:{\"name\":\"aux\"}": {".": {}, "f:image": {}, "f:name": {}}})
            ),
            entry(
                "them",
                "Update",
                json!({"k:{\"name\":\"evil\"}": {".": {}, "f:image": {}, "f:name": {}}})
            ),
        ]),
    )
}

fn wanted() -> Value {
    payload(json!([{"name": "aux", "image": "x"}, {"name": "app", "image": "i"}]))
}

#[test]
fn a_renamed_item_is_put_back_in_place() {
    let found = replaced(displaced(&wanted(), &renamed(), US, &memory(None)));
    assert_eq!(found, [("/spec/containers/1".to_owned(), json!({"name": "app", "image": "i"}))]);
}

#[test]
fn nothing_is_taken_away_without_memory_of_this_very_document() {
    let desired = Digest::of("desired");
    let verified = Verified { desired, state: Digest::of("state"), memo: None };
    assert!(Memory::of(desired, None).is_none());
    assert!(Memory::of(Digest::of("another"), Some(&verified)).is_none());
    for memo in [MEMO_UNKNOWN, "{", "[]", "{\"x\":{}}"] {
        let verified = Verified { memo: Some(memo.into()), ..verified.clone() };
        assert!(Memory::of(desired, Some(&verified)).is_none(), "{memo}");
    }
}

#[test]
fn a_sidecar_that_was_there_stays() {
    let memo = r#"{"f:spec":{"f:containers":{"k:{\"name\":\"evil\"}":{}}}}"#;
    assert_eq!(displaced(&wanted(), &renamed(), US, &memory(Some(memo))), None);
}

#[test]
fn an_item_that_another_tool_applies_stays() {
    let mut live = renamed();
    live["metadata"]["managedFields"][1]["operation"] = "Apply".into();
    assert_eq!(displaced(&wanted(), &live, US, &memory(None)), None);
}

#[test]
fn a_new_sidecar_stays_while_none_of_ours_is_missing() {
    let mut payload = wanted();
    payload["spec"]["containers"] = json!([{"name": "aux", "image": "x"}]);
    assert_eq!(displaced(&payload, &renamed(), US, &memory(None)), None);
}

#[test]
fn no_more_go_than_are_missing_and_the_likest_goes_first() {
    let mut live = renamed();
    live["spec"]["containers"] = json!([
        {"name": "new-sidecar", "image": "s"},
        {"name": "aux", "image": "x"},
        {"name": "another", "image": "t"},
        {"name": "evil", "image": "i", "policy": "p"},
    ]);
    let found = replaced(displaced(&wanted(), &live, US, &memory(None)));
    assert_eq!(found, [("/spec/containers/3".to_owned(), json!({"name": "app", "image": "i"}))]);
    // Nothing is like it: the one at its place among ours.
    live["spec"]["containers"][3]["image"] = "changed".into();
    live["spec"]["containers"].as_array_mut().unwrap().remove(0);
    let found = replaced(displaced(&wanted(), &live, US, &memory(None)));
    assert_eq!(found[0].0, "/spec/containers/1");
    assert_eq!(found.len(), 1);
}

#[test]
fn a_port_inside_a_container_is_found_though_its_protocol_is_a_default() {
    let ports = |number: i32| json!([{"containerPort": number, "protocol": "TCP"}, {"containerPort": 90, "protocol": "TCP"}]);
    let ours = json!({"k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:ports": {
        "k:{\"containerPort\":90,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
    }}});
    let live =
        live(json!([{"name": "app", "ports": ports(81)}]), json!([entry(US, "Apply", ours)]));
    let payload =
        payload(json!([{"name": "app", "ports": [{"containerPort": 80}, {"containerPort": 90}]}]));
    let found = replaced(displaced(&payload, &live, US, &memory(None)));
    assert_eq!(found, [("/spec/containers/0/ports/0".to_owned(), json!({"containerPort": 80}))]);
}

#[test]
fn a_foreign_key_is_known_when_all_of_ours_are_lost() {
    let theirs = json!({"k:{\"name\":\"evil\"}": {".": {}, "f:name": {}}});
    let live =
        live(json!([{"name": "evil", "image": "i"}]), json!([entry("them", "Update", theirs)]));
    let payload = payload(json!([{"name": "app", "image": "i"}]));
    assert_eq!(replaced(displaced(&payload, &live, US, &memory(None)))[0].0, "/spec/containers/0");
}

#[test]
fn lists_that_nobody_knows_as_keyed_are_left_to_the_apply() {
    let live = live(json!([{"name": "evil"}]), json!([entry("them", "Update", json!({}))]));
    assert_eq!(displaced(&payload(json!([{"name": "app"}])), &live, US, &memory(None)), None);
}

#[test]
fn what_the_fingerprint_remembers_is_what_repair_reads() {
    let both = live(
        json!([{"name": "app"}, {"name": "evil"}]),
        json!([
            entry(US, "Apply", json!({"k:{\"name\":\"app\"}": {".": {}, "f:name": {}}})),
            entry("them", "Update", json!({"k:{\"name\":\"evil\"}": {".": {}, "f:name": {}}})),
        ]),
    );
    let memo = fingerprint(&both, US).memo;
    assert!(memo.is_some());
    assert_eq!(displaced(&wanted(), &renamed(), US, &memory(memo.as_deref())), None);
}

#[test]
fn an_object_that_makes_no_sense_is_left_alone() {
    let memory = memory(None);
    for live in [
        Value::Null,
        json!([]),
        json!({"spec": 3}),
        json!({"metadata": {"managedFields": [{"fieldsV1": 1}]}}),
    ] {
        assert_eq!(displaced(&wanted(), &live, US, &memory), None);
    }
}
