//! Annotations in which a version carries what it has no fields for, those of `autoscaling/v1` above
//! all.

use crate::builtin::defaults::field;
use serde_json::Value;

pub(super) const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
pub(super) const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
pub(super) const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
pub(super) const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const SCALE_DOWN: &str = "autoscaling.alpha.kubernetes.io/scale-down-tolerance";
const SCALE_UP: &str = "autoscaling.alpha.kubernetes.io/scale-up-tolerance";

/// The object without any of those of autoscalers.
pub(super) fn without(object: &Value) -> Value {
    let mut object = object.clone();
    drop_all(&mut object);
    object
}

/// Removes all of them.
pub(super) fn drop_all(object: &mut Value) {
    drop(object, &[METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS, SCALE_DOWN, SCALE_UP]);
}

/// Removes some annotations.
pub(super) fn drop(object: &mut Value, names: &[&str]) {
    let annotations = field::get_mut(object, "metadata.annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        for name in names {
            annotations.remove(*name);
        }
        if annotations.is_empty() {
            field::take(object, "metadata.annotations");
        }
    }
}

/// What one of them holds, if it is JSON.
pub(super) fn read(object: &Value, name: &str) -> Option<Value> {
    let text = field::get(object, "metadata.annotations")?.get(name)?.as_str()?;
    serde_json::from_str(text).ok().filter(|value: &Value| !value.is_null())
}

/// Adds one.
pub(super) fn write(object: &mut Value, name: &str, text: String) {
    if let Some(annotations) = field::map_mut(object, "metadata.annotations") {
        annotations.insert(name.to_owned(), text.into());
    }
}
