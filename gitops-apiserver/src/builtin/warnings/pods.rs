//! What is questionable about pods and templates of pods, in the order in which the server says it.

use super::{addresses, containers, nodes, paths, storage};
use crate::{builtin::defaults::field, object};
use serde_json::Value;
use std::collections::BTreeSet;

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// The warnings for what has a pod's metadata and spec. `at` is its path with a dot at the end;
/// empty for a pod itself.
pub(super) fn of(pod: &Value, at: &str) -> Vec<String> {
    let Some(spec) = field::get(pod, "spec") else { return Vec::new() };
    let path = format!("{at}spec");
    let mut told = Vec::new();
    node_labels(spec, &path, &mut told);
    for (key, why) in ANNOTATIONS.iter().filter(|(key, _)| annotation(pod, key).is_some()) {
        told.push(format!("{at}metadata.annotations[{key}]: {why}"));
    }
    volumes(spec, &path, &mut told);
    told.extend(paths::overlaps(spec));
    repeated(spec, &path, &mut told);
    for of in ["memory", "ephemeral-storage"] {
        let amounts = field::get(spec, "overhead");
        told.extend(storage::part(amounts, of, &format!("{path}.overhead")));
    }
    let profile = field::get(spec, "securityContext.seccompProfile");
    if profile.is_none() && annotation(pod, SECCOMP).is_some() {
        told.push(containers::seccomp(at, SECCOMP));
    }
    told.extend(containers::of(pod, spec, at));
    if field::number(spec, "terminationGracePeriodSeconds") < 0 {
        told.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let place = format!("affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution");
        selectors(spec, &path, &place, "labelSelector", &mut told);
        let place = format!("affinity.{kind}.preferredDuringSchedulingIgnoredDuringExecution");
        selectors(spec, &path, &place, "podAffinityTerm.labelSelector", &mut told);
    }
    told.extend(addresses::of_pod(spec, &path));
    told
}

/// The value of an annotation.
pub(super) fn annotation<'p>(pod: &'p Value, key: &str) -> Option<&'p str> {
    object::meta_value(pod, "annotations")?.get(key)?.as_str()
}

fn node_labels(spec: &Value, path: &str, told: &mut Vec<String>) {
    for (key, why) in nodes::among(spec, "nodeSelector") {
        told.push(format!("{path}.nodeSelector[{key}]: {why}"));
    }
    let place = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    told.extend(nodes::terms(spec, &format!("{place}.nodeSelectorTerms"), path));
    let place = "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in field::items(spec, place).iter().enumerate() {
        let Some(term) = field::get(term, "preference") else { continue };
        told.extend(nodes::expressions(term, true, &format!("{path}.{place}[{index}].preference")));
    }
    let place = "topologySpreadConstraints";
    for (index, one) in field::items(spec, place).iter().enumerate() {
        let at = format!("{path}.{place}[{index}]");
        let key = field::text(one, "topologyKey");
        told.extend(nodes::deprecated(key).map(|why| format!("{at}.topologyKey: {key} is {why}")));
        if field::get(one, "labelSelector").is_none() {
            told.push(no_selector(&format!("{at}.labelSelector")));
        }
    }
}

fn no_selector(at: &str) -> String {
    format!("{at}: a null labelSelector results in matching no pod")
}

fn selectors(spec: &Value, path: &str, place: &str, name: &str, told: &mut Vec<String>) {
    for (index, term) in field::items(spec, place).iter().enumerate() {
        if field::get(term, name).is_none() {
            told.push(no_selector(&format!("{path}.{place}[{index}].{name}")));
        }
    }
}

fn volumes(spec: &Value, path: &str, told: &mut Vec<String>) {
    for (index, volume) in field::items(spec, "volumes").iter().enumerate() {
        let at = format!("{path}.volumes[{index}]");
        told.extend(storage::source(volume, &at));
        let claim = "ephemeral.volumeClaimTemplate.spec";
        if let Some(spec) = field::get(volume, claim) {
            told.extend(storage::of_claim(spec, &format!("{at}.{claim}")));
        }
    }
}

/// Addresses and secrets that are named twice, or not at all.
fn repeated(spec: &Value, path: &str, told: &mut Vec<String>) {
    let twice = |list: &str, part: &str, told: &mut Vec<String>| {
        let mut seen = BTreeSet::new();
        for (index, one) in field::items(spec, list).iter().enumerate() {
            let value = field::text(one, part);
            if !seen.insert(value) {
                told.push(format!("{path}.{list}[{index}].{part}: duplicate {part} \"{value}\""));
            }
        }
    };
    twice("hostAliases", "ip", told);
    twice("imagePullSecrets", "name", told);
    for (index, one) in field::items(spec, "imagePullSecrets").iter().enumerate() {
        if field::is_empty(one, "name") {
            told.push(format!("{path}.imagePullSecrets[{index}].name: invalid empty name \"\""));
        }
    }
}
