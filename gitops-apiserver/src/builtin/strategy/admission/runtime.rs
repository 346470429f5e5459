//! Runtime classes: what a pod costs besides its containers, and where it can run.

use super::{Lookup, Request};
use crate::builtin::defaults::field;
use crate::status::Status;
use serde_json::Value;

const MISMATCH: &str = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

fn class(request: &Request<'_>, pod: &Value, lookup: &dyn Lookup) -> Result<Option<Value>, Status> {
    let Some(name) = field::get(pod, "spec.runtimeClassName").and_then(Value::as_str) else {
        return Ok(None);
    };
    let found = lookup.get("node.k8s.io", "runtimeclasses", "", name);
    let missing = || {
        let why = format!("pod rejected: RuntimeClass {name:?} not found");
        request.forbidden(Some(pod), &why)
    };
    found.map(Some).ok_or_else(missing)
}

/// A pod gets its class's overhead, node selector and tolerations.
pub(super) fn apply_class(
    request: &Request<'_>,
    pod: &mut Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let Some(class) = class(request, pod, lookup)? else { return Ok(()) };
    if let Some(overhead) = field::get(&class, "overhead") {
        let fixed = field::get(overhead, "podFixed");
        if !field::is_empty(pod, "spec.overhead") && field::get(pod, "spec.overhead") != fixed {
            return Err(request.forbidden(Some(pod), MISMATCH));
        }
        field::take(pod, "spec.overhead");
        if let Some(fixed) = fixed {
            field::put(pod, "spec.overhead", fixed.clone());
        }
    }
    let Some(scheduling) = field::get(&class, "scheduling") else { return Ok(()) };
    let selector = field::get(scheduling, "nodeSelector").and_then(Value::as_object);
    for (key, value) in selector.into_iter().flatten() {
        let own = field::get(pod, "spec.nodeSelector").and_then(|own| own.get(key));
        if let Some(own) = own.filter(|own| *own != value) {
            let (of_class, own) = (value.as_str().unwrap_or(""), own.as_str().unwrap_or(""));
            let why = format!(
                "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {of_class}; \
                 pod.spec.nodeSelector[{key}] = {own}"
            );
            return Err(request.forbidden(Some(pod), &why));
        }
        if let Some(own) = field::map_mut(pod, "spec.nodeSelector") {
            own.insert(key.clone(), value.clone());
        }
    }
    let mut all = field::items(pod, "spec.tolerations").to_vec();
    all.extend_from_slice(field::items(scheduling, "tolerations"));
    let merged = without_redundant(&all);
    if !merged.is_empty() {
        field::put(pod, "spec.tolerations", merged);
    }
    Ok(())
}

fn without_redundant(all: &[Value]) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let before = kept.iter().any(|other| covers(other, one));
        let after = all.iter().skip(at + 1).any(|other| other != one && covers(other, one));
        if !before && !after {
            kept.push(one.clone());
        }
    }
    kept
}

/// Whether one toleration allows all that the other does.
fn covers(wide: &Value, narrow: &Value) -> bool {
    let of = |one, name| field::text(one, name);
    let exists = of(wide, "operator") == "Exists";
    let key = of(wide, "key") == of(narrow, "key") || (of(wide, "key").is_empty() && exists);
    let effect = of(wide, "effect") == of(narrow, "effect") || of(wide, "effect").is_empty();
    let seconds = |one| field::get(one, "tolerationSeconds").and_then(Value::as_i64);
    let as_long = of(wide, "effect") != "NoExecute"
        || seconds(wide).is_none_or(|most| seconds(narrow).is_some_and(|some| some <= most));
    let value = exists
        || (matches!(of(wide, "operator"), "Equal" | "")
            && of(narrow, "operator") == "Equal"
            && of(wide, "value") == of(narrow, "value"));
    wide == narrow || (key && effect && as_long && value)
}

/// What a pod says it costs is what its class says.
pub(super) fn check_overhead(
    request: &Request<'_>,
    pod: &Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let class = class(request, pod, lookup)?;
    let overhead = class.as_ref().and_then(|class| field::get(class, "overhead"));
    let own = field::get(pod, "spec.overhead");
    match overhead {
        Some(overhead) if field::get(overhead, "podFixed") != own => {
            Err(request.forbidden(Some(pod), MISMATCH))
        }
        None if own.is_some() => {
            let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
            Err(request.forbidden(Some(pod), why))
        }
        _ => Ok(()),
    }
}
