//! The same object in another version that its kind is served at.

mod annotations;
mod autoscaling;
mod events;
mod metrics;

use serde_json::Value;

/// The version at which the server stores what it serves at several: `None` for kinds with one.
pub fn storage_version(api_version: &str, kind: &str) -> Option<&'static str> {
    match (api_version, kind) {
        ("autoscaling/v1" | "autoscaling/v2", "HorizontalPodAutoscaler") => Some("autoscaling/v2"),
        ("v1" | "events.k8s.io/v1", "Event") => Some("v1"),
        _ => None,
    }
}

/// The version with fields for all that this one carries in annotations; `None` if it carries
/// nothing.
pub(super) fn carried_of(api_version: &str, kind: &str) -> Option<&'static str> {
    match (api_version, kind) {
        ("autoscaling/v1", "HorizontalPodAutoscaler") => Some("autoscaling/v2"),
        _ => None,
    }
}

/// Removes the annotations in which a version carries what it has no fields for.
pub(crate) fn drop_carried(kind: &str, object: &mut Value) {
    match kind {
        "HorizontalPodAutoscaler" => annotations::drop_all(object),
        "DaemonSet" => annotations::drop(object, &[super::kinds::TEMPLATE_GENERATION]),
        _ => {}
    }
}

/// An object in another served version. Of kinds with one version, and for unknown versions, the
/// object as it is.
///
/// The object has its version's defaults. In its own version it comes back as after a way through
/// the other: autoscalers lose the annotations that carry what `autoscaling/v1` has no fields for.
pub fn convert(object: &Value, to_api_version: &str) -> Value {
    let at = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or("");
    match (at("kind"), at("apiVersion"), to_api_version) {
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2") => {
            autoscaling::to_v2(object)
        }
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1") => {
            autoscaling::to_v1(object)
        }
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v2") => {
            annotations::without(object)
        }
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v1") => {
            autoscaling::to_v1(&autoscaling::to_v2(object))
        }
        ("Event", "v1", "events.k8s.io/v1") => events::to_events(object),
        ("Event", "events.k8s.io/v1", "v1") => events::to_core(object),
        _ => object.clone(),
    }
}
