//! Objects of built-in kinds.

use proptest::prelude::*;
use serde_json::{Value, json};

fn some<T: Clone + std::fmt::Debug + 'static>(
    values: &[T],
) -> impl Strategy<Value = Option<T>> + use<T> {
    proptest::option::of(proptest::sample::select(values.to_vec()))
}

fn words() -> impl Strategy<Value = Value> {
    let map = proptest::collection::btree_map("[a-c]", "[x-z]", 0..3);
    map.prop_map(|map| map.into_iter().map(|(n, v)| (n, Value::from(v))).collect())
}

fn with(mut object: Value, fields: Vec<(&str, Option<Value>)>) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

pub(super) fn configmap() -> impl Strategy<Value = Value> {
    let maps = (proptest::option::of(words()), proptest::option::of(words()));
    (maps, proptest::option::of(words())).prop_map(|((data, labels), annotations)| {
        let meta = with(json!({}), vec![("labels", labels), ("annotations", annotations)]);
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta});
        with(object, vec![("data", data)])
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let env = proptest::collection::btree_map("[A-C]", "[x-z]", 0..3).prop_map(|map| {
        map.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    });
    let port = (1_i64..4, some(&["TCP", "UDP"]), some(&["p", "q"]));
    let ports = proptest::collection::vec(port, 0..3).prop_map(|ports| {
        let mut seen = std::collections::BTreeSet::new();
        ports
            .into_iter()
            .filter(|(port, protocol, name)| {
                let udp = *protocol == Some("UDP");
                seen.insert((Some(*port), Some(udp), None)) && seen.insert((None, None, *name))
            })
            .map(|(port, protocol, name)| {
                let object = json!({"containerPort": port});
                with(
                    object,
                    vec![("protocol", protocol.map(Value::from)), ("name", name.map(Value::from))],
                )
            })
            .collect::<Value>()
    });
    let args = proptest::collection::vec("[a-c]", 0..3).prop_map(|args| json!(args));
    let parts = (
        proptest::sample::select(vec!["i:1", "i:2"]),
        proptest::option::of(env),
        proptest::option::of(ports),
        proptest::option::of(args),
    );
    parts.prop_map(move |(image, env, ports, args)| {
        let object = json!({"name": name, "image": image});
        with(object, vec![("env", env), ("ports", ports), ("args", args)])
    })
}

pub(super) fn deployment() -> impl Strategy<Value = Value> {
    let others = (proptest::option::of(container("b")), proptest::option::of(container("c")));
    let parts = (some(&[0_i64, 1, 2]), some(&[5_i64, 6]), proptest::option::of(words()));
    (container("a"), others, parts, any::<bool>()).prop_map(
        |(first, (b, c), (replicas, history, labels), swap)| {
            let mut containers: Vec<_> = [Some(first), b, c].into_iter().flatten().collect();
            if swap {
                containers.reverse();
            }
            let meta = with(json!({}), vec![("labels", labels)]);
            let spec = json!({
                "selector": {"matchLabels": {"app": "x"}},
                "template": {
                    "metadata": {"labels": {"app": "x"}},
                    "spec": {"containers": containers},
                },
            });
            let spec = with(
                spec,
                vec![
                    ("replicas", replicas.map(Value::from)),
                    ("revisionHistoryLimit", history.map(Value::from)),
                ],
            );
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
        },
    )
}

pub(super) fn service() -> impl Strategy<Value = Value> {
    let port = (1_i64..4, some(&["TCP", "UDP"]), some(&[80_i64, 81]));
    let ports = proptest::collection::vec(port, 1..4).prop_map(|ports| {
        let mut seen = std::collections::BTreeSet::new();
        ports
            .into_iter()
            .filter(|(port, protocol, _)| seen.insert((*port, *protocol == Some("UDP"))))
            .enumerate()
            .map(|(index, (port, protocol, target))| {
                let object = json!({"port": port, "name": format!("p{index}")});
                let target = target.map(Value::from);
                with(object, vec![("protocol", protocol.map(Value::from)), ("targetPort", target)])
            })
            .collect::<Value>()
    });
    (ports, proptest::option::of(words())).prop_map(|(ports, selector)| {
        let spec = with(json!({"ports": ports}), vec![("selector", selector)]);
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {}, "spec": spec})
    })
}
