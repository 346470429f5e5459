use super::*;
use proptest::prelude::*;
use serde_json::json;

const US: &str = "ours";

/// A Deployment as a server answers it after our apply, with a sidecar by somebody else.
fn live() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "a", "resourceVersion": "7", "labels": {"theirs": "1"},
            "managedFields": [
                {
                    "manager": US, "operation": "Apply", "apiVersion": "apps/v1", "time": "then",
                    "fieldsV1": {"f:spec": {
                        "f:replicas": {},
                        "f:args": {},
                        "f:dir": {},
                        "f:gone": {},
                        "f:set": {"v:\"a\"": {}, "v:\"b\"": {}},
                        "f:containers": {
                            "k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:name": {}},
                            "k:{\"name\":\"aux\"}": {".": {}, "f:name": {}},
                        },
                    }},
                },
                {
                    "manager": "them", "operation": "Update", "apiVersion": "apps/v1", "time": "now",
                    "fieldsV1": {"f:spec": {"f:containers": {"k:{\"name\":\"side\"}": {".": {}, "f:name": {}}}}},
                },
                {
                    "manager": US, "operation": "Apply", "apiVersion": "apps/v1", "subresource": "status",
                    "fieldsV1": {"f:status": {"f:ready": {}}},
                },
            ],
        },
        "spec": {
            "replicas": 1, "args": ["x", {"y": [1]}], "dir": {}, "set": ["a", "b"], "default": "d",
            "containers": [
                {"name": "app", "image": "i", "policy": "p"},
                {"name": "side", "image": "s"},
                {"name": "aux", "image": "t"},
            ],
        },
        "status": {"ready": 1},
    })
}

fn with(edit: impl FnOnce(&mut Value)) -> Fingerprint {
    let mut live = live();
    edit(&mut live);
    fingerprint(&live, US)
}

fn moves(edit: impl FnOnce(&mut Value)) -> bool {
    with(edit).state != fingerprint(&live(), US).state
}

#[test]
fn it_moves_with_what_is_ours() {
    assert!(moves(|live| live["spec"]["replicas"] = 2.into()));
    assert!(moves(|live| live["spec"]["replicas"] = Value::Null));
    assert!(moves(|live| live["spec"]["args"][1]["y"][0] = 2.into()));
    assert!(moves(|live| live["spec"]["args"] = json!([{"y": [1]}, "x"])));
    assert!(moves(|live| live["spec"]["dir"] = Value::Null));
    assert!(moves(|live| live["spec"]["gone"] = Value::Null));
    assert!(moves(|live| live["spec"]["set"] = json!(["a"])));
    assert!(moves(|live| live["spec"]["containers"][0]["image"] = "j".into()));
    assert!(moves(|live| live["spec"]["containers"][0]["name"] = "other".into()));
    assert!(moves(|live| live["spec"]["containers"] = json!([])));
    assert!(moves(|live| live["spec"] = Value::Null));
    assert!(moves(|live| live["metadata"]["managedFields"] = json!([])));
    let ours = "/metadata/managedFields/0";
    assert!(moves(|live| live.pointer_mut(ours).unwrap()["operation"] = "Update".into()));
    assert!(moves(|live| live.pointer_mut(ours).unwrap()["manager"] = "them".into()));
    assert!(moves(|live| {
        let spec = &mut live.pointer_mut(ours).unwrap()["fieldsV1"]["f:spec"];
        spec.as_object_mut().unwrap().remove("f:replicas");
    }));
    // Somebody doubled our item, with a plain write.
    assert!(moves(|live| {
        let items = live["spec"]["containers"].as_array_mut().unwrap();
        items.push(items[0].clone());
    }));
}

#[test]
fn it_stays_when_what_is_not_ours_moves() {
    assert!(!moves(|live| live["spec"]["default"] = 2.into()));
    assert!(!moves(|live| live["status"] = json!({"ready": 2})));
    assert!(!moves(|live| live["metadata"]["resourceVersion"] = "8".into()));
    assert!(!moves(|live| live["metadata"]["labels"]["theirs"] = "2".into()));
    assert!(!moves(|live| live["spec"]["containers"][0]["policy"] = "q".into()));
    assert!(!moves(|live| live["spec"]["containers"][1] = json!({"name": "another"})));
    assert!(!moves(|live| live["spec"]["set"] = json!(["z", "a", "b"])));
    assert!(!moves(|live| live["metadata"]["managedFields"][0]["time"] = "later".into()));
    assert!(!moves(|live| {
        live["metadata"]["managedFields"].as_array_mut().unwrap().remove(1);
    }));
    assert!(!moves(|live| live["metadata"]["managedFields"].as_array_mut().unwrap().reverse()));
    // A map that we apply empty: what others put into it is theirs.
    assert!(!moves(|live| {
        live["spec"]["dir"] = json!({"limit": 1});
        live["metadata"]["managedFields"][1]["fieldsV1"]["f:spec"]["f:dir"] =
            json!({"f:limit": {}});
    }));
}

#[test]
fn order_counts_among_ours_only() {
    let swap = |a: usize, b: usize| {
        move |live: &mut Value| live["spec"]["containers"].as_array_mut().unwrap().swap(a, b)
    };
    assert!(moves(swap(0, 2)));
    assert!(!moves(swap(0, 1)));
    assert!(!moves(swap(1, 2)));
    assert!(moves(|live| live["spec"]["set"] = json!(["b", "a"])));
}

#[test]
fn the_memo_names_the_items_of_others_beside_ours() {
    let memo = fingerprint(&live(), US).memo.unwrap();
    assert_eq!(&*memo, r#"{"f:spec":{"f:containers":{"k:{\"name\":\"side\"}":{}}}}"#);
    assert_eq!(
        with(|live| drop(live["spec"]["containers"].as_array_mut().unwrap().remove(1))).memo,
        None
    );
    // A list where we have no item is none of our business.
    assert_eq!(fingerprint(&live(), "nobody").memo, None);
}

#[test]
fn a_memo_is_bounded() {
    let memo = with(|live| {
        let items = live["spec"]["containers"].as_array_mut().unwrap();
        items.extend((0..1000).map(|n| json!({"name": format!("side-{n}")})));
    });
    assert_eq!(memo.memo.as_deref(), Some(MEMO_UNKNOWN));
    assert_eq!(memo.state, fingerprint(&live(), US).state);
}

#[test]
fn string_data_of_a_secret_is_looked_for_in_its_data() {
    let live = |data: Value| {
        let entry =
            json!({"manager": US, "operation": "Apply", "fieldsV1": {"f:stringData": {"f:a": {}}}});
        json!({
            "apiVersion": "v1", "kind": "Secret", "data": data,
            "metadata": {"managedFields": [entry]},
        })
    };
    let state = |data: Value| fingerprint(&live(data), US).state;
    assert_ne!(state(json!({"a": "eA=="})), state(json!({"a": "eQ=="})));
    assert_ne!(state(json!({"a": "eA=="})), state(json!({})));
    assert_eq!(state(json!({"a": "eA=="})), state(json!({"a": "eA==", "b": "eQ=="})));
}

#[test]
fn owning_nothing_is_one_state_whatever_is_there() {
    let nothing = fingerprint(&json!({}), US);
    assert_eq!(fingerprint(&live(), "nobody"), nothing);
    assert_eq!(fingerprint(&Value::Null, US), nothing);
    assert_eq!(fingerprint(&json!({"metadata": {"managedFields": 3}}), US), nothing);
}

#[test]
fn a_damaged_set_makes_every_change_count() {
    let break_it =
        |live: &mut Value| live["metadata"]["managedFields"][1]["fieldsV1"] = json!({"x": {}});
    let first = with(break_it);
    assert_ne!(
        first.state,
        with(|live| {
            break_it(live);
            live["spec"]["default"] = 2.into();
        })
        .state
    );
    assert_eq!(first, with(break_it));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i8>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 30, 4, |inner| {
        prop_oneof![
            proptest::collection::btree_map("f:spec|f:set|f:containers|containers|spec|set|name|v:\"a\"|k:\\{\"name\":\"a\"\\}|\\.", inner.clone(), 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

proptest! {
    /// No shape of an object, nor of a set, makes it panic; and it is a function.
    #[test]
    fn it_is_total(spec in any_json(), ours in any_json(), theirs in any_json()) {
        let live = json!({"spec": spec, "metadata": {"managedFields": [
            {"manager": US, "operation": "Apply", "fieldsV1": ours},
            {"manager": "them", "operation": "Update", "fieldsV1": theirs},
        ]}});
        prop_assert_eq!(fingerprint(&live, US), fingerprint(&live, US));
    }
}
