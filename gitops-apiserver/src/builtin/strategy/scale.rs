//! The `scale` subresource of workloads: how many of what, without the rest.

use crate::builtin::defaults::field;
use serde_json::{Map, Value, json};

/// The `autoscaling/v1` Scale of a Deployment, ReplicaSet, StatefulSet or ReplicationController.
pub fn scale_of(object: &Value) -> Value {
    let mut metadata = Map::new();
    for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object.get("metadata").and_then(|metadata| metadata.get(name)) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    let mut spec = Map::new();
    match field::number(object, "spec.replicas") {
        0 => {}
        replicas => {
            spec.insert("replicas".to_owned(), replicas.into());
        }
    }
    let mut status = Map::new();
    status.insert("replicas".to_owned(), field::number(object, "status.replicas").into());
    let selector = selector(object);
    if !selector.is_empty() {
        status.insert("selector".to_owned(), selector.into());
    }
    json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": metadata, "spec": spec, "status": status,
    })
}

/// Sets the number of replicas and, if the scale has one, the resource version that it is based on.
pub fn apply_scale(object: &mut Value, scale: &Value) {
    field::put(object, "spec.replicas", field::number(scale, "spec.replicas"));
    field::copy(object, "metadata.resourceVersion", scale);
}

/// The selector in words: `app=web,tier in (a,b)`, sorted by key.
fn selector(object: &Value) -> String {
    let is_controller = field::text(object, "kind") == "ReplicationController";
    let labels = if is_controller { "spec.selector" } else { "spec.selector.matchLabels" };
    let mut terms: Vec<(String, String)> = Vec::new();
    for (key, value) in field::get(object, labels).and_then(Value::as_object).into_iter().flatten()
    {
        terms.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or(""))));
    }
    if !is_controller {
        for term in field::items(object, "spec.selector.matchExpressions") {
            let key = field::text(term, "key");
            let mut values: Vec<&str> =
                field::items(term, "values").iter().filter_map(Value::as_str).collect();
            values.sort_unstable();
            values.dedup();
            let values = values.join(",");
            let text = match field::text(term, "operator") {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            };
            terms.push((key.to_owned(), text));
        }
    }
    terms.sort_by(|(a, _), (b, _)| a.cmp(b));
    let terms: Vec<String> = terms.into_iter().map(|(_, text)| text).collect();
    terms.join(",")
}
