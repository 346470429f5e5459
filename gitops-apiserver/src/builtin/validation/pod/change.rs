//! What may change of a pod.

use super::annotations;
use crate::builtin::validation::internal;
use crate::builtin::validation::rules::{below_text, same};
use crate::builtin::validation::spot::{Spot, below, put};
use serde_json::Value;

const MAY_CHANGE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A changed pod beside the old one.
pub(in crate::builtin::validation) fn pod_change(new: &Spot, old: &Value) {
    let meta = new.at("metadata.annotations");
    annotations::fixed(&meta, below(old, "metadata.annotations"));
    annotations::of_pod(&meta, below(new.value(), "spec"));
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    for list in ["containers", "initContainers"] {
        let (at, old) = (spec.at(list), below(before, list));
        if at.len() != old.as_array().map_or(0, Vec::len) {
            return at.forbidden("pod updates may not add or remove containers");
        }
        at.each(|container| {
            let image = container.at("image");
            if image.empty() {
                image.required("");
            }
            super::image::trimmed(&image);
        });
    }
    if !deadline(&spec.at("activeDeadlineSeconds"), below(before, "activeDeadlineSeconds")) {
        return;
    }
    only_added_tolerations(&spec.at("tolerations"), below(before, "tolerations"));
    only_removed_gates(&spec.at("schedulingGates"), below(before, "schedulingGates"));
    let mut allowed = as_if_unchanged(spec.value(), before);
    if !below(before, "schedulingGates").is_null() {
        placement(&spec, before, &mut allowed);
    }
    if !same(&allowed, before) {
        let changes = internal::changes(before, &allowed, "core.PodSpec");
        spec.forbidden(&format!(
            "pod updates may not change fields other than {MAY_CHANGE}\n{changes}"
        ));
    }
}

/// A deadline comes closer only. Says whether to go on.
fn deadline(at: &Spot, old: &Value) -> bool {
    let before = old.as_i64();
    if !at.given() {
        if before.is_some() {
            at.invalid("must not update from a positive integer to nil value");
        }
        return true;
    }
    let found = at.found();
    at.between(0, i32::MAX.into());
    if at.found() == found && before.is_some_and(|before| before < at.number()) {
        at.invalid("must be less than or equal to previous value");
    }
    at.found() == found
}

fn only_added_tolerations(at: &Spot, old: &Value) {
    let without_time = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(fields) = toleration.as_object_mut() {
            fields.remove("tolerationSeconds");
        }
        toleration
    };
    let new: Vec<Value> = at.items().map(|item| without_time(item.value())).collect();
    let old = old.as_array().map(Vec::as_slice).unwrap_or_default();
    if old.iter().any(|old| !new.contains(&without_time(old))) {
        return at
            .forbidden("existing toleration can not be modified except its tolerationSeconds");
    }
    super::tolerations(at);
}

fn only_removed_gates(at: &Spot, old: &Value) {
    let old = old.as_array().map(Vec::as_slice).unwrap_or_default();
    for gate in at.items() {
        let name = gate.at("name");
        if !old.iter().any(|old| below_text(old, "name") == name.text()) {
            let text = name.text();
            name.forbidden(&format!(
                "only deletion is allowed, but found new scheduling gate '{text}'"
            ));
        }
    }
}

/// The new spec with all that may change as it was.
fn as_if_unchanged(new: &Value, old: &Value) -> Value {
    let mut spec = new.clone();
    let Some(fields) = spec.as_object_mut() else { return spec };
    for list in ["containers", "initContainers"] {
        let new = fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        let old = below(old, list).as_array().into_iter().flatten();
        for (new, old) in new.zip(old) {
            if let Some(new) = new.as_object_mut() {
                new.insert("image".to_owned(), below(old, "image").clone());
            }
        }
    }
    for name in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        fields.insert(name.to_owned(), below(old, name).clone());
    }
    let (before, after) = (below(old, GRACE).as_i64(), below(new, GRACE).as_i64());
    if before.is_some_and(|before| before < 0) && after == Some(1) {
        fields.insert(GRACE.to_owned(), below(old, GRACE).clone());
    }
    spec
}

const NODES: &str = "affinity.nodeAffinity";
const TERMS: &str = "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/// Where a pod goes that isn't placed yet may be narrowed down. Takes such changes back.
fn placement(spec: &Spot, old: &Value, allowed: &mut Value) {
    let (selector, before) = (spec.at("nodeSelector"), below(old, "nodeSelector"));
    if !same(selector.value(), before) {
        let labels = before.as_object().into_iter().flatten();
        if labels.clone().any(|(key, value)| selector.key(key).value() != value) {
            selector.invalid(
                "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
            );
        }
        put(allowed, "nodeSelector", before.clone());
    }
    let (nodes, before) = (spec.at(NODES), below(old, NODES));
    if same(nodes.value(), before) {
        return;
    }
    let (terms, old_terms) = (nodes.at(TERMS), below(before, TERMS).as_array());
    let old_terms = old_terms.map(Vec::as_slice).unwrap_or_default();
    if !old_terms.is_empty() && terms.len() != old_terms.len() {
        terms.invalid_in_memory(
            "[]core.NodeSelectorTerm",
            "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
        );
    } else {
        for (term, old) in terms.items().zip(old_terms) {
            if !only_more(term.value(), old) {
                term.invalid_in_memory(
                    "core.NodeSelectorTerm",
                    "only additions are allowed (no mutations or deletions)",
                );
            }
        }
    }
    let (had, has) = (below(old, "affinity"), spec.at("affinity"));
    let others = ["podAffinity", "podAntiAffinity"].iter().any(|name| has.at(name).given());
    if has.given() && had.is_null() && !others {
        put(allowed, "affinity", Value::Null);
    } else {
        put(allowed, NODES, before.clone());
    }
}

/// Whether a term starts with all of another.
fn only_more(new: &Value, old: &Value) -> bool {
    let lists = ["matchExpressions", "matchFields"];
    let list = |term: &Value, name: &str| below(term, name).as_array().cloned().unwrap_or_default();
    let none = |term: &Value| lists.iter().all(|name| list(term, name).is_empty());
    if none(old) && !none(new) {
        return false;
    }
    lists.iter().all(|name| list(new, name).starts_with(&list(old, name)))
}

const GRACE: &str = "terminationGracePeriodSeconds";

/// Ephemeral containers that are there stay as they are.
pub(in crate::builtin::validation) fn ephemeral_containers_fixed(new: &Spot, old: &Value) {
    let annotations = new.at("metadata.annotations");
    annotations::fixed(&annotations, below(old, "metadata.annotations"));
    let spec = new.at("spec");
    let list = spec.at("ephemeralContainers");
    for before in below(old, "spec.ephemeralContainers").as_array().into_iter().flatten() {
        let name = below_text(before, "name");
        let mut all = list.value().as_array().into_iter().flatten();
        let quoted = crate::status::quote(name);
        match all.rfind(|one| below_text(one, "name") == name) {
            None => list
                .forbidden(&format!("existing ephemeral containers {quoted} may not be removed\n")),
            Some(now) if !same(now, before) => {
                let changes = internal::changes(before, now, "core.EphemeralContainer");
                list.forbidden(&format!(
                    "existing ephemeral containers {quoted} may not be changed\n{changes}"
                ));
            }
            Some(_) => {}
        }
    }
}
