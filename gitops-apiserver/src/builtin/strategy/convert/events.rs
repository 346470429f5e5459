//! Events of the core group and of `events.k8s.io`: one thing with two sets of names.

use serde_json::{Map, Value, json};

/// Names that differ: core, `events.k8s.io`.
const NAMES: [(&str, &str); 7] = [
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("involvedObject", "regarding"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
];

/// Texts that the core group always writes, and `events.k8s.io` only if there is something.
const ALWAYS_IN_CORE: [&str; 2] = ["reportingComponent", "reportingInstance"];

pub(super) fn to_events(event: &Value) -> Value {
    let mut out = Map::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        if ALWAYS_IN_CORE.contains(&name.as_str()) && value == "" {
            continue;
        }
        let renamed = NAMES.iter().find(|(core, _)| core == name).map(|(_, events)| *events);
        out.insert(renamed.unwrap_or(name).to_owned(), value.clone());
    }
    out.insert("apiVersion".to_owned(), json!("events.k8s.io/v1"));
    Value::Object(out)
}

pub(super) fn to_core(event: &Value) -> Value {
    let mut out = Map::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        let renamed = NAMES.iter().find(|(_, events)| events == name).map(|(core, _)| *core);
        out.insert(renamed.unwrap_or(name).to_owned(), value.clone());
    }
    for name in ALWAYS_IN_CORE {
        out.entry(name).or_insert_with(|| json!(""));
    }
    out.insert("apiVersion".to_owned(), json!("v1"));
    Value::Object(out)
}
