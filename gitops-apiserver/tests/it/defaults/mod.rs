//! Laws of defaults. What they are is compared with the real server where objects are created
//! ([`strategy`](super::strategy)).

use gitops_apiserver::builtin::{defaults, types};
use serde_json::{Value, json};

fn objects() -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../strategy/objects.json")).unwrap();
    cases.into_iter().map(|case| case["object"].clone()).collect()
}

fn with_defaults(object: &Value) -> Value {
    let (api, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    let mut object = object.clone();
    defaults::apply(api, kind, &mut object, "2026-01-01T00:00:00Z");
    object
}

#[test]
fn filling_in_twice_is_filling_in_once() {
    for object in objects() {
        let once = with_defaults(&object);
        assert_eq!(with_defaults(&once), once, "{object}");
    }
}

#[test]
fn what_is_filled_in_is_what_the_kind_has() {
    for object in objects() {
        let (api, kind) =
            (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let kind = types::kind(api, kind).unwrap();
        let filled = with_defaults(&kind.decode(&object).unwrap().object);
        let decoded = kind.decode(&filled).unwrap();
        assert_eq!(decoded.strict, [""; 0], "{object}");
        assert_eq!(kind.stored(&decoded.object), kind.stored(&filled), "{object}");
    }
}

#[test]
fn values_of_the_wrong_type_are_left_for_others_to_refuse() {
    for (kind, object) in [
        ("Pod", json!({"spec": {"containers": {"a": 1}, "volumes": 3}})),
        ("Service", json!({"spec": {"ports": [1, null, "x"]}, "metadata": []})),
        ("Secret", json!({"stringData": {"a": 1}, "data": "x"})),
        ("Namespace", json!({"metadata": {"name": "a", "labels": 3}})),
        ("Pod", json!("text")),
    ] {
        let mut object = object;
        defaults::apply("v1", kind, &mut object, "");
    }
}
