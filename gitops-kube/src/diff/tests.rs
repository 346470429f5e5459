use super::*;
use gitops_core::{
    error::{Error, Retry, Stage},
    model::{
        Coverage, Delta, Desired, Digest, Document, FieldChange, Inventory, InventoryEntry, Live,
        Object, ObjectId, Observation, Observed, Owner, Predicted, Revision, Verified,
    },
    reason,
    stage::Differ as _,
};
use serde_json::{Value, json};

fn id() -> ObjectId {
    ObjectId::new("", "ConfigMap", "ns", "a")
}

fn seen(value: &Value) -> Live {
    Live {
        version: "7".into(),
        uid: None,
        state: Digest::of("state"),
        memo: None,
        owner: Owner::Ours,
        terminating: false,
        protected: false,
        retain: None,
        document: Document::new(value),
    }
}

fn delta(
    desired: &Value,
    live: Option<&Value>,
    predicted: Option<Predicted>,
    known: Option<Verified>,
) -> Delta {
    let desired = Desired::new(Revision::new("r", "1"), [Object::new(id(), desired)]).unwrap();
    let observation = Observation { live: live.map(seen), predicted };
    let observed = Observed::everything([(id(), observation)].into());
    let entry = InventoryEntry { uid: None, verified: known };
    let inventory = Inventory::from_iter([(id(), entry)]);
    ManagedFields::default()
        .diff(&desired, &observed, &inventory)
        .unwrap()
        .get(&id())
        .unwrap()
        .clone()
}

fn document(value: &Value) -> Option<Predicted> {
    Some(Predicted::Document(Document::new(value)))
}

fn lines(changes: &[FieldChange]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_verified_pair_needs_no_prediction() {
    let (desired, live) = (json!({"a": 1}), json!({"a": 2}));
    let digest = Document::new(&desired).digest();
    let known = |desired: Digest, state: &str| {
        Some(Verified { desired, state: Digest::of(state), memo: None })
    };
    assert!(matches!(delta(&desired, Some(&live), None, known(digest, "state")), Delta::InSync));
    let other = known(digest, "another state");
    assert!(
        matches!(delta(&desired, Some(&live), None, other), Delta::Drifted(fields) if fields.is_empty())
    );
    let other = known(Digest::of("another desired"), "state");
    assert!(matches!(delta(&desired, Some(&live), None, other), Delta::Drifted(_)));
    // Gone is gone, whatever is remembered.
    assert!(matches!(delta(&desired, None, None, known(digest, "state")), Delta::Missing));
}

#[test]
fn bookkeeping_is_no_drift_and_ownership_is() {
    let live = json!({"a": 1, "status": {"x": 1}, "metadata": {
        "resourceVersion": "1", "generation": 1,
        "managedFields": [
            {"manager": "m", "operation": "Apply", "time": "1", "fieldsV1": {"f:a": {}}},
            {"manager": "s", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
        ],
    }});
    let mut predicted = live.clone();
    predicted["metadata"]["resourceVersion"] = "2".into();
    predicted["metadata"]["generation"] = 2.into();
    predicted["metadata"]["managedFields"][0]["time"] = "2".into();
    predicted["metadata"]["managedFields"].as_array_mut().unwrap().remove(1);
    predicted["status"] = json!({"x": 2});
    assert!(matches!(delta(&json!({}), Some(&live), document(&predicted), None), Delta::InSync));

    let mut owning = predicted.clone();
    owning["metadata"]["managedFields"][0]["fieldsV1"]["f:b"] = json!({});
    let Delta::Drifted(fields) = delta(&json!({}), Some(&live), document(&owning), None) else {
        panic!()
    };
    assert_eq!(lines(&fields), [".metadata.managedFields"]);

    // Where an apply owns status fields, status is a field like any other.
    let mut status = predicted;
    status["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:a": {}, "f:status": {}});
    let mut before = status.clone();
    before["status"] = json!({"x": 1});
    let Delta::Drifted(fields) = delta(&json!({}), Some(&before), document(&status), None) else {
        panic!()
    };
    assert_eq!(lines(&fields), [".status.x: 1 -> 2"]);
}

#[test]
fn refusals_are_told_apart() {
    let refused =
        |reason| Some(Predicted::Refused(Error::new(Stage::Observe, Retry::Never, reason, "no")));
    let plain = json!({"spec": {"a": 2, "b": 1}});
    let force = json!({"spec": {"a": 2, "b": 1}, "metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/force": "Enabled"}}});
    let live = json!({"spec": {"a": 1, "b": 1, "default": 1}});
    let of = |desired, live, reason| delta(desired, live, refused(reason), None);
    assert!(matches!(of(&plain, Some(&live), reason::IMMUTABLE_FIELD), Delta::Refused(_)));
    assert!(matches!(of(&force, Some(&live), reason::INVALID), Delta::Refused(_)));
    assert!(matches!(of(&force, None, reason::IMMUTABLE_FIELD), Delta::Refused(_)));
    let Delta::Replace(fields) = of(&force, Some(&live), reason::IMMUTABLE_FIELD) else { panic!() };
    assert_eq!(lines(&fields[1..]), [".spec.a: 1 -> 2"]);
    assert!(fields[0].path.starts_with(".metadata"));
}

#[test]
fn what_cannot_be_said_yet() {
    let later = || Some(Predicted::Later("its definition".into()));
    assert!(matches!(delta(&json!({}), None, later(), None), Delta::Missing));
    assert!(matches!(delta(&json!({}), Some(&json!({})), later(), None), Delta::Drifted(_)));
}

#[test]
fn what_did_not_move_is_as_it_was_verified() {
    let object = Object::new(id(), &json!({"a": 1}));
    let verified = Verified { desired: object.digest(), state: Digest::of("s"), memo: None };
    let desired = Desired::new(Revision::new("r", "1"), [object]).unwrap();
    let observed = Observed { cursor: None, coverage: Coverage::Moved, objects: [].into() };
    let diff = |inventory: Inventory| {
        let diff = ManagedFields::default().diff(&desired, &observed, &inventory).unwrap();
        diff.get(&id()).unwrap().clone()
    };
    let known = |verified| Inventory::from_iter([(id(), InventoryEntry { uid: None, verified })]);
    assert!(matches!(diff(known(Some(verified.clone()))), Delta::InSync));
    let old = Verified { desired: Digest::of("old"), ..verified };
    assert!(matches!(diff(known(Some(old))), Delta::Drifted(_)));
    assert!(matches!(diff(Inventory::default()), Delta::Missing));
}

#[test]
fn paths_have_list_keys_and_values() {
    let managed = json!([{"manager": "m", "operation": "Apply", "fieldsV1": {
        "f:spec": {
            "f:containers": {"k:{\"name\":\"app\"}": {"f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {}}}},
            "f:finalizers": {"v:\"a\"": {}},
        },
    }}]);
    let of = |spec: Value| json!({"spec": spec, "metadata": {"managedFields": managed}});
    let before = of(json!({
        "containers": [
            {"name": "app", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "a"}]},
            {"name": "gone"},
        ],
        "finalizers": ["a", "b"], "args": [1, 2], "longer": [1], "x/y": 1,
    }));
    let after = of(json!({
        "containers": [
            {"name": "new"},
            {"name": "app", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "b"}]},
        ],
        "finalizers": ["c", "a"], "args": [1, 3], "longer": [1, 2], "x/y": 2,
    }));
    assert_eq!(
        lines(&changes(&before, &after)),
        [
            ".spec.args[1]: 2 -> 3",
            ".spec.containers[name=\"app\"].ports[containerPort=80,protocol=\"TCP\"].name: \"a\" -> \"b\"",
            ".spec.containers[name=\"gone\"]: - {\"name\":\"gone\"}",
            ".spec.containers[name=\"new\"]: + {\"name\":\"new\"}",
            ".spec.finalizers[=\"b\"]: - \"b\"",
            ".spec.finalizers[=\"c\"]: + \"c\"",
            ".spec.longer: [1] -> [1,2]",
            ".spec[\"x/y\"]: 1 -> 2",
        ]
    );
    let two = |names: [&str; 2]| of(json!({"containers": names.map(|name| json!({"name": name}))}));
    assert_eq!(
        lines(&changes(&two(["a", "b"]), &two(["b", "a"]))),
        [
            ".spec.containers: [{\"name\":\"a\"},{\"name\":\"b\"}] -> [{\"name\":\"b\"},{\"name\":\"a\"}]",
        ]
    );
}

#[test]
fn what_is_listed_is_bounded() {
    let many =
        |value: i32| Value::Object((0..1000).map(|n| (format!("k{n}"), value.into())).collect());
    let listed = changes(&many(1), &many(2));
    assert_eq!(listed.len(), CHANGES_SHOWN + 1);
    assert_eq!(listed[CHANGES_SHOWN].path, "… and 900 more");
    let long = changes(&json!({"a": "x"}), &json!({"a": "ä".repeat(10_000)}));
    assert!(long[0].to_string().chars().count() < TEXT_SHOWN + 40);
}

#[test]
fn secrets_never_show() {
    let secret = |data: Value| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "data": data, "stringData": {"s": "hunter2"},
            "metadata": {"annotations": {crate::migrate::LAST_APPLIED: "hunter2", "token": "hunter2", "plain": "p"}},
        })
    };
    let before = secret(json!({"same": "hunter2", "changed": "hunter2", "gone": "hunter2"}));
    let after = secret(json!({"same": "hunter2", "changed": "hunter2-and-more", "new": "hunter2"}));
    let (a, b) = masked(before, after, &Mask::default().annotation("token"));
    let text = format!("{a}{b}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("\"plain\":\"p\""));
    assert_eq!(
        lines(&changes(&a, &b)),
        [
            ".data.changed: \"*** (before)\" -> \"*** (after)\"",
            ".data.gone: - \"***\"",
            ".data.new: + \"***\"",
        ]
    );
    // Whatever shape they are given.
    for (a, b) in [
        (json!("hunter2"), json!({"a": "hunter2"})),
        (json!(["hunter2"]), json!({"a": {"b": "hunter2"}})),
        (Value::Null, json!("hunter2")),
    ] {
        let (a, b) = masked(secret(a), secret(b), &Mask::default().annotation("token"));
        assert!(!format!("{a}{b}").contains("hunter2"));
    }
}

#[test]
fn a_drifted_secret_is_masked_by_the_differ() {
    let of = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": value}});
    let result = delta(&of("eA=="), Some(&of("hunter2")), document(&of("hunter3")), None);
    assert!(!format!("{result:?}").contains("hunter"));
    let Delta::Drifted(fields) = result else { panic!() };
    assert_eq!(lines(&fields), [".data.a: \"*** (before)\" -> \"*** (after)\""]);
}
