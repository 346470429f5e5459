//! `status.conditions`.

use serde_json::{Value, json};

/// The condition of a type.
pub(super) fn get<'a>(object: &'a Value, of: &str) -> Option<&'a Value> {
    let list = object.pointer("/status/conditions").and_then(Value::as_array);
    list.into_iter().flatten().find(|condition| condition["type"] == of)
}

/// Whether a condition is `True`.
pub(super) fn holds(object: &Value, of: &str) -> bool {
    get(object, of).is_some_and(|condition| condition["status"] == "True")
}

/// Sets a condition where its status, reason or message is news, in its place or at the end; the
/// time of the last transition stays if the status does. Whether it was news.
pub(super) fn set(object: &mut Value, mut condition: Value) -> bool {
    let same = |have: &Value, part: &str| have.get(part) == condition.get(part);
    let status = object.as_object_mut().map(|map| map.entry("status").or_insert(json!({})));
    let Some(status) = status.and_then(Value::as_object_mut) else { return false };
    let list = status.entry("conditions").or_insert(json!([]));
    if !list.is_array() {
        *list = json!([]);
    }
    let Some(list) = list.as_array_mut() else { return false };
    let Some(have) = list.iter_mut().find(|have| same(have, "type")) else {
        list.push(condition);
        return true;
    };
    if ["status", "reason", "message"].iter().all(|part| same(have, part)) {
        return false;
    }
    if same(have, "status")
        && let Some(time) = have.get("lastTransitionTime")
    {
        condition["lastTransitionTime"] = time.clone();
    }
    *have = condition;
    true
}

/// Takes a condition away.
pub(super) fn remove(object: &mut Value, of: &str) {
    let list = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    if let Some(list) = list {
        list.retain(|condition| condition["type"] != of);
    }
}
