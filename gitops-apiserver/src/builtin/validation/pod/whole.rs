//! What concerns a pod as a whole.

use super::{CONTAINERS, Pod, image, names_of};
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, resources, rules};
use serde_json::Value;

const MIRROR: &str = "kubernetes.io/config.mirror";

/// What a pod is asked beyond its spec.
pub(super) fn rules(pod: &Spot) {
    let spec = pod.at("spec");
    if spec.at("serviceAccountName").empty() {
        spec.at("volumes").each(|volume| {
            volume.at("projected").at("sources").each(|source| {
                let token = source.at("serviceAccountToken");
                token.given_then(|at| {
                    at.forbidden("must not be specified when serviceAccountName is not set");
                });
            });
        });
    }
    rules::non_negative(&spec.at("terminationGracePeriodSeconds"));
    for list in ["containers", "initContainers"] {
        spec.at(list).each(|container| image::trimmed(&container.at("image")));
    }
}

/// What can't be set before a pod exists.
pub(super) fn only_on_create(pod: &Spot) {
    let spec = pod.at("spec");
    if !spec.at("ephemeralContainers").empty() {
        spec.at("ephemeralContainers").forbidden("cannot be set on create");
    }
    if !spec.at("nodeName").empty() && !spec.at("schedulingGates").empty() {
        spec.at("nodeName").forbidden("cannot be set until all schedulingGates have been cleared");
    }
}

/// What a pod claims of devices.
pub(super) fn claims(at: &Spot, metadata: Option<&Value>) {
    let mirror = metadata.is_some_and(|meta| {
        meta.get("annotations").is_some_and(|annotations| annotations.get(MIRROR).is_some())
    });
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        if mirror {
            item.root().forbidden("static pods do not support resource claims");
            continue;
        }
        let (name, claim, template) =
            (item.at("name"), item.at("resourceClaimName"), item.at("resourceClaimTemplateName"));
        if name.empty() {
            name.required("");
        } else if seen.iter().any(|seen| seen == name.text()) {
            name.duplicate(name.text());
        } else {
            name.in_format(format::label);
            seen.push(name.text().to_owned());
        }
        let ty = "core.PodResourceClaim";
        if claim.given() && template.given() {
            item.invalid_in_memory(ty, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
        }
        if !claim.given() && !template.given() {
            item.invalid_in_memory(
                ty,
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            );
        }
        claim.given_then(|at| at.in_format(format::subdomain));
        template.given_then(|at| at.in_format(format::subdomain));
    }
}

/// What all containers of a pod may take together.
pub(super) fn resources(spec: &Spot, pod: &Pod) {
    let at = spec.at("resources");
    if !at.given() {
        return;
    }
    if pod.os() == Some("windows") {
        return at.forbidden("may not be set for a windows pod");
    }
    if at.at("claims").given() {
        at.at("claims").forbidden("claims may not be set for Resources at pod-level");
    }
    resources::requirements(&at, resources::name_of_pod, &pod.claims);
    resources::of_pod_and_containers(&at, spec.value());
}

/// Sharing the processes of a pod excludes sharing those of the host.
pub(super) fn shared_processes(spec: &Spot) {
    let at = spec.at("shareProcessNamespace");
    if at.flag() && spec.at("hostPID").flag() {
        at.invalid("ShareProcessNamespace and HostPID cannot both be enabled");
    }
}

/// The old name of the service account is that of the new.
pub(super) fn service_account(spec: &Spot) {
    let (old, new) = (spec.at("serviceAccount").text(), spec.at("serviceAccountName").text());
    if old != new {
        let new = crate::status::quote(new);
        let at = spec.at("deprecatedServiceAccount");
        at.invalid_as(old, &format!("must be the same as serviceAccountName: {new}"));
    }
}

/// What running a pod costs beyond its containers.
pub(super) fn overhead(at: &Spot) {
    if at.given() {
        let limits = serde_json::json!({"limits": at.value()});
        resources::requirements(&at.with(&limits), resources::name_of_container, &[]);
    }
}

/// The group that a pod is scheduled with.
pub(super) fn scheduling_group(at: &Spot) {
    if !at.given() {
        return;
    }
    let name = at.at("podGroupName");
    if name.given() {
        name.in_format(format::subdomain);
    } else {
        name.invalid("must specify one of: `podGroupName`");
    }
}

/// Whether a pod's spec has a container of a name.
pub(super) fn has_container(spec: &Value, name: &str) -> bool {
    let in_list = |list: &&str| spec.get(*list).is_some_and(|list| names_of(list).contains(&name));
    CONTAINERS.iter().any(in_list)
}
