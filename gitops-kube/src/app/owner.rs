//! Whose a live object is, and whether it asks to stay: read from its marks.

use super::PART_OF;
use gitops_core::model::{ObjectId, Owner, printable};
use serde_json::Value;
use std::sync::Arc;

/// Whose the object is, by its labels and annotations: this ApplySet's, nobody's, or somebody's.
pub(crate) fn marks(live: &Value, apply_set: &str) -> Owner {
    let label = |name: &str| mark(live, "labels", name);
    let annotation = |name: &str| mark(live, "annotations", name);
    match label(PART_OF) {
        Some(set) if set == apply_set => return Owner::Ours,
        Some(set) if is_set_id(set) => return other(format!("ApplySet {set}")),
        // No set can be called that: our mark was damaged, or somebody plays with the label.
        Some(_) | None => {}
    }
    const FLUX: [(&str, &str); 2] = [
        ("Kustomization", "kustomize.toolkit.fluxcd.io"),
        ("HelmRelease", "helm.toolkit.fluxcd.io"),
    ];
    for (kind, domain) in FLUX {
        if let Some(name) = label(&format!("{domain}/name")) {
            let namespace = label(&format!("{domain}/namespace")).unwrap_or_default();
            return other(format!("Flux {kind} {namespace}/{name}"));
        }
    }
    if let Some(id) = annotation("argocd.argoproj.io/tracking-id") {
        let app = id.split(':').next().unwrap_or(id);
        return other(format!("Argo CD application {app}"));
    }
    if let Some(id) = annotation("config.k8s.io/owning-inventory") {
        return other(format!("cli-utils inventory {id}"));
    }
    if let Some(app) = label("kapp.k14s.io/app") {
        return other(format!("kapp app {app}"));
    }
    if let Some(name) = annotation("meta.helm.sh/release-name") {
        return other(format!("Helm release {name}"));
    }
    Owner::Nobody
}

/// Whether KEP-3659 allows this id: `applyset-<43 characters of unpadded base64url>-v1`.
fn is_set_id(text: &str) -> bool {
    let hash = text.strip_prefix("applyset-").and_then(|rest| rest.strip_suffix("-v1"));
    hash.is_some_and(|hash| {
        hash.len() == 43 && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    })
}

/// What on the object asks that it not be pruned, if anything does. Flux and Argo CD read these
/// from labels as well as annotations and without regard to case; so do we.
pub(crate) fn retained(live: &Value) -> Option<Arc<str>> {
    const MARKS: [(&str, &str); 3] = [
        ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
        ("client.lifecycle.config.k8s.io/deletion", "detach"),
        ("cli-utils.sigs.k8s.io/on-remove", "keep"),
    ];
    for place in ["annotations", "labels"] {
        for (name, value) in MARKS {
            if mark(live, place, name).is_some_and(|found| found.eq_ignore_ascii_case(value)) {
                return Some(format!("{name}: {value}").into());
            }
        }
    }
    let options = mark(live, "annotations", "argocd.argoproj.io/sync-options")?;
    let keeps = |option: &str| option.trim().eq_ignore_ascii_case("Prune=false");
    let kept = options.split(',').any(keeps);
    kept.then(|| "argocd.argoproj.io/sync-options: Prune=false".into())
}

/// Kinds whose deletion takes other objects or data with it.
pub(crate) fn precious(id: &ObjectId) -> bool {
    matches!(
        (id.group(), id.kind()),
        ("", "Namespace" | "PersistentVolume" | "PersistentVolumeClaim")
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
    )
}

fn mark<'a>(live: &'a Value, place: &str, name: &str) -> Option<&'a str> {
    live.get("metadata")?.get(place)?.get(name)?.as_str()
}

fn other(text: String) -> Owner {
    Owner::Other(printable(&text).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_mark_names_its_owner() {
        let of = |place: &str, name: &str, value: &str| {
            marks(&json!({"metadata": {place: {name: value}}}), "applyset-x-v1")
        };
        let other = |text: &str| Owner::Other(text.into());
        assert_eq!(of("labels", PART_OF, "applyset-x-v1"), Owner::Ours);
        let theirs = format!("applyset-{}-v1", "y".repeat(43));
        assert_eq!(of("labels", PART_OF, &theirs), other(&format!("ApplySet {theirs}")));
        assert_eq!(of("labels", PART_OF, "applyset-y-v1"), Owner::Nobody, "no set is called so");
        assert_eq!(of("labels", PART_OF, &format!("x{theirs}")), Owner::Nobody);
        assert_eq!(
            of("labels", "kustomize.toolkit.fluxcd.io/name", "a"),
            other("Flux Kustomization /a")
        );
        assert_eq!(
            of("annotations", "argocd.argoproj.io/tracking-id", "shop:apps/Deployment:p/web"),
            other("Argo CD application shop")
        );
        assert_eq!(of("labels", "app.kubernetes.io/instance", "shop"), Owner::Nobody);
        assert_eq!(marks(&json!({}), "applyset-x-v1"), Owner::Nobody);
        assert_eq!(marks(&json!({"metadata": {"labels": [1]}}), "x"), Owner::Nobody);
    }

    #[test]
    fn marks_that_ask_to_stay_are_honoured() {
        let of = |name: &str, value: &str| {
            retained(&json!({"metadata": {"annotations": {name: value}}})).is_some()
        };
        assert!(of("kustomize.toolkit.fluxcd.io/prune", "Disabled"));
        assert!(of("argocd.argoproj.io/sync-options", "Replace=true, Prune=false"));
        assert!(of("cli-utils.sigs.k8s.io/on-remove", "keep"));
        assert!(!of("kustomize.toolkit.fluxcd.io/prune", "enabled"));
        assert!(!of("argocd.argoproj.io/sync-options", "Prune=confirm"));
    }
}
