//! What single kinds do when they are written, but for pods and services.

use super::{devices, jobs, pods, prepare::Writer, same::same, services};
use crate::builtin::defaults::field;
use serde_json::{Map, Value, json};

/// The object is to be created.
pub(super) fn created(kind: &str, object: &mut Value, writer: &Writer<'_>) {
    match kind {
        "APIService" => local_service_is_available(object, writer),
        "CertificateSigningRequest" => requested_by(object, writer),
        "DaemonSet" => {
            let given = template_generation(object).max(1);
            set_template_generation(object, given);
        }
        "HorizontalPodAutoscaler" => {
            field::put(object, "status", json!({"currentMetrics": null, "desiredReplicas": 0}));
        }
        "Job" => jobs::created(object, writer.labels_given),
        "LimitRange" if field::is_empty(object, "metadata.name") => {
            // Another UUID than its own.
            let uid = field::text(object, "metadata.uid");
            let (head, node) = uid.split_at_checked(24).unwrap_or((uid, ""));
            let name = format!("{head}{}", node.chars().rev().collect::<String>());
            field::put(object, "metadata.name", name);
        }
        "Namespace" => namespace_finalizer(object),
        "Node" => {
            field::take(object, "spec.configSource");
            field::take(object, "status.config");
        }
        "PersistentVolume" => field::put(object, "status.lastPhaseTransitionTime", writer.now),
        "PersistentVolumeClaim" => claim_sources(object, None),
        "Pod" => pods::created(object, writer.now),
        "ServiceAccount" => only_names_of_secrets(object),
        _ => {}
    }
}

/// The object, or the part of it that is the subresource, is to be replaced.
pub(super) fn updated(
    kind: &str,
    subresource: &str,
    new: &mut Value,
    old: &Value,
    writer: &Writer<'_>,
) {
    match (kind, subresource) {
        ("CertificateSigningRequest", "") => {
            field::copy(new, "spec", old);
        }
        ("CertificateSigningRequest", "status") => {
            for of in ["Approved", "Denied"] {
                keep_conditions(new, old, of);
            }
            condition_times(new, old, writer);
        }
        ("CertificateSigningRequest", "approval") => {
            condition_times(new, old, writer);
            let conditions = field::take(new, "status.conditions");
            field::copy(new, "spec", old);
            field::copy(new, "status", old);
            match conditions {
                Some(conditions) => field::put(new, "status.conditions", conditions),
                None => {
                    field::take(new, "status.conditions");
                }
            }
        }
        ("DaemonSet", "") => {
            let path = "spec.template";
            let changed = !same(field::get(new, path), field::get(old, path));
            set_template_generation(new, template_generation(old) + i64::from(changed));
        }
        ("DaemonSet", "status") => set_template_generation(new, template_generation(old)),
        ("DeviceTaintRule", "") => taint_is_new(new, old, writer),
        ("Namespace", "") => field::copy(new, "spec.finalizers", old),
        ("Namespace", "finalize") => field::copy(new, "status", old),
        ("Node", "") if field::get(old, "spec.configSource").is_none() => {
            field::take(new, "spec.configSource");
        }
        ("Node", "status") if field::get(old, "status.config").is_none() => {
            field::take(new, "status.config");
        }
        ("PersistentVolume", "status") => phase_time(new, old, writer),
        ("PersistentVolumeClaim", "") => claim_sources(new, Some(old)),
        ("ResourceClaim", "status") => devices::drop_given_back(new, old),
        ("Secret", "") if field::is_empty(new, "type") => field::copy(new, "type", old),
        ("Service", "") => services::updated(new, old),
        ("ServiceAccount", "") => only_names_of_secrets(new),
        _ => {}
    }
}

/// The object has been read from a request: what the server's own form of it says in other words.
pub(crate) fn read(kind: &str, object: &mut Value) {
    // A number there, which is never missing.
    if kind == "DaemonSet" {
        let given = template_generation(object);
        set_template_generation(object, given);
    }
}

/// Nothing is known of the object: what are plain numbers in the server's own form of it are zero.
pub(crate) fn bare(kind: &str, object: &mut Value) {
    match kind {
        "Deployment" | "ReplicaSet" | "StatefulSet" => field::put(object, "spec.replicas", 0),
        _ => read(kind, object),
    }
}

fn local_service_is_available(service: &mut Value, writer: &Writer<'_>) {
    if field::get(service, "spec.service").is_none() {
        let available = json!({
            "type": "Available", "status": "True", "reason": "Local",
            "message": "Local APIServices are always available",
            "lastTransitionTime": writer.now,
        });
        field::put(service, "status.conditions", vec![available]);
    }
}

/// Who asks for a certificate is not up to them to say.
fn requested_by(request: &mut Value, writer: &Writer<'_>) {
    let extra: Map<String, Value> =
        writer.extra.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
    let said: [(&str, Value); 4] = [
        ("spec.username", writer.user.into()),
        ("spec.uid", writer.uid.into()),
        ("spec.groups", json!(writer.groups)),
        ("spec.extra", extra.into()),
    ];
    for (path, value) in said {
        field::take(request, path);
        if !field::is_zero(&value) {
            field::put(request, path, value);
        }
    }
}

pub(super) const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn template_generation(set: &Value) -> i64 {
    let annotations = field::get(set, "metadata.annotations");
    let value = annotations.and_then(|all| all.get(TEMPLATE_GENERATION)).and_then(Value::as_str);
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn set_template_generation(set: &mut Value, generation: i64) {
    if let Some(annotations) = field::map_mut(set, "metadata.annotations") {
        annotations.insert(TEMPLATE_GENERATION.to_owned(), generation.to_string().into());
    }
}

/// Its content is deleted before it goes.
fn namespace_finalizer(namespace: &mut Value) {
    let mut finalizers = field::items(namespace, "spec.finalizers").to_vec();
    if !finalizers.contains(&"kubernetes".into()) {
        finalizers.push("kubernetes".into());
        field::put(namespace, "spec.finalizers", finalizers);
    }
}

/// The old and the new name of where a claim's content comes from say the same.
fn claim_sources(claim: &mut Value, old: Option<&Value>) {
    let (source, reference) = ("spec.dataSource", "spec.dataSourceRef");
    let had = old.is_some_and(|old| {
        field::get(old, source).is_some() || field::get(old, reference).is_some()
    });
    if !had && field::get(claim, reference).is_none() && !is_claim_or_snapshot(claim) {
        field::take(claim, source);
    }
    let parts = |value: &Value| {
        let fields = ["kind", "name", "apiGroup"].into_iter();
        let fields = fields.filter_map(|name| Some((name.to_owned(), value.get(name)?.clone())));
        Value::Object(fields.collect())
    };
    match (field::get(claim, source), field::get(claim, reference)) {
        (Some(one), None) => {
            let other = parts(one);
            field::put(claim, reference, other);
        }
        (None, Some(other)) if field::is_empty(other, "namespace") => {
            let one = parts(other);
            field::put(claim, source, one);
        }
        _ => {}
    }
}

fn is_claim_or_snapshot(claim: &Value) -> bool {
    let at = |name: &str| field::text(claim, &format!("spec.dataSource.{name}"));
    matches!(
        (at("kind"), at("apiGroup")),
        ("PersistentVolumeClaim", "") | ("VolumeSnapshot", "snapshot.storage.k8s.io")
    )
}

fn only_names_of_secrets(account: &mut Value) {
    for secret in field::items_mut(account, "secrets") {
        *secret = match secret.get("name") {
            Some(name) => json!({"name": name}),
            None => json!({}),
        };
    }
}

/// Another effect is another taint, from now on.
fn taint_is_new(new: &mut Value, old: &Value, writer: &Writer<'_>) {
    let (effect, time) = ("spec.taint.effect", "spec.taint.timeAdded");
    let another = field::get(new, effect) != field::get(old, effect);
    if another && field::get(new, time) == field::get(old, time) {
        field::put(new, time, writer.now);
    }
}

fn phase_time(new: &mut Value, old: &Value, writer: &Writer<'_>) {
    let (phase, time) = ("status.phase", "status.lastPhaseTransitionTime");
    let moved = field::text(new, phase) != field::text(old, phase);
    let given = field::get(new, time);
    if !moved && given.is_none() {
        field::copy(new, time, old);
    } else if moved && (given.is_none() || given == field::get(old, time)) {
        field::put(new, time, writer.now);
    }
}

/// Approval and denial are said through another door: here they stay as they are, unless there are
/// more or fewer, which is found invalid later.
fn keep_conditions(new: &mut Value, old: &Value, of: &str) {
    let path = "status.conditions";
    let is = |condition: &Value| field::text(condition, "type") == of;
    let before: Vec<Value> =
        field::items(old, path).iter().filter(|one| is(one)).cloned().collect();
    let after: Vec<&mut Value> =
        field::items_mut(new, path).iter_mut().filter(|one| is(one)).collect();
    if before.len() == after.len() {
        for (condition, kept) in after.into_iter().zip(before) {
            *condition = kept;
        }
    }
}

fn condition_times(new: &mut Value, old: &Value, writer: &Writer<'_>) {
    let (updated, moved) = ("lastUpdateTime", "lastTransitionTime");
    for condition in field::items_mut(new, "status.conditions") {
        if field::get(condition, updated).is_none() {
            field::put(condition, updated, writer.now);
        }
        if field::get(condition, moved).is_none() {
            let alike = field::items(old, "status.conditions").iter().find(|one| {
                one.get("type") == condition.get("type")
                    && one.get("status") == condition.get("status")
                    && field::get(one, moved).is_some()
            });
            let time = alike.map_or(writer.now, |one| field::text(one, moved)).to_owned();
            field::put(condition, moved, time);
        }
    }
}
