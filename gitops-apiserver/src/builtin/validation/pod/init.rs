//! Containers beside the main ones: those that run first, and those that come later.

use super::{Pod, container, image, network, restart};
use crate::builtin::validation::rules::below_text;
use crate::builtin::validation::spot::{Spot, below};
use serde_json::Value;

fn names<'a>(pod: &'a Pod, list: &str) -> Vec<&'a str> {
    let list = below(pod.spec, list).as_array();
    list.into_iter().flatten().map(|container| below_text(container, "name")).collect()
}

/// The containers that run before the others, or beside them if they start anew always.
pub(super) fn containers(at: &Spot, pod: &Pod) {
    let mut seen = names(pod, "containers");
    let items: Vec<Spot> = at.items().collect();
    for item in &items {
        container::common(item, pod);
        restart::policy_of_init(item);
        let name = below_text(item.value(), "name");
        if seen.contains(&name) {
            item.at("name").duplicate(name);
        } else if !name.is_empty() {
            seen.push(name);
        }
        network::unique_host_ports_alone(at, item);
        let sidecar = item.at("restartPolicy").text() == "Always";
        if sidecar {
            container::running(item, pod);
        } else {
            for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                let message = "may not be set for init containers without restartPolicy=Always";
                item.at(name).given_then(|at| at.forbidden(message));
            }
            item.at("resizePolicy").each(|policy| {
                let policy = policy.at("restartPolicy");
                if policy.text() == "RestartContainer" {
                    policy.invalid(
                        "must not be set to 'RestartContainer' for non-sidecar initContainers",
                    );
                }
            });
        }
    }
}

/// What containers that are added to running pods can't have.
const NOT_EPHEMERAL: &[&str] = &[
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

/// The containers that are added to running pods.
pub(super) fn ephemeral_containers(at: &Spot, pod: &Pod) {
    let message = "cannot be set for an Ephemeral Container";
    let others: Vec<&str> =
        names(pod, "containers").into_iter().chain(names(pod, "initContainers")).collect();
    let mut seen = others.clone();
    let items: Vec<Spot> = at.items().collect();
    for item in &items {
        container::common(item, pod);
        image::trimmed(&item.at("image"));
        let name = below_text(item.value(), "name");
        if seen.contains(&name) {
            item.at("name").duplicate(name);
        } else {
            seen.push(name);
        }
        let target = item.at("targetContainerName");
        if !target.empty() && !others.contains(&target.text()) {
            target.not_found(target.text());
        }
        for name in NOT_EPHEMERAL {
            let at = item.at(name);
            if !matches!(at.value(), Value::Null) && !at.empty() {
                at.forbidden(message);
            }
        }
        item.at("volumeMounts").each(|mount| {
            for name in ["subPath", "subPathExpr"] {
                if !mount.at(name).empty() {
                    mount.at(name).forbidden(message);
                }
            }
        });
    }
}
