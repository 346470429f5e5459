//! Pods: their specs, alone and as templates of other kinds.

mod affinity;
mod annotations;
mod change;
mod container;
mod disks;
mod environment;
mod files;
mod handler;
mod image;
mod init;
mod mounts;
mod network;
mod os;
mod placement;
mod projected;
mod resize;
mod restart;
mod security;
mod template;
mod tolerations;
mod volumes;
mod whole;

pub(super) use affinity::node_selector;
pub(super) use change::{ephemeral_containers_fixed, pod_change};
pub(super) use disks::{iscsi, storage_os};
pub(super) use files::path_without_backsteps;
pub(super) use network::PROTOCOLS;
pub(super) use resize::resized;
pub(super) use template::{template, template_metadata};
pub(super) use tolerations::{taint_effect, tolerations};
pub(super) use volumes::{
    LONG_PORTAL, Source, host_path, only_labels_and_annotations, pick_source, secret_reference,
    shared_sources,
};

use super::format;
use super::rules;
use super::spot::{Rule, Spot, below};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the parts of a pod's spec need to know of the rest.
pub(super) struct Pod<'a> {
    /// Whether it is a pod, and not the template of some.
    pub(super) is_pod: bool,
    pub(super) spec: &'a Value,
    /// The volumes that are well formed, by name.
    pub(super) volumes: BTreeMap<&'a str, &'a Value>,
    pub(super) claims: Vec<&'a str>,
    pub(super) grace: Option<i64>,
    /// Whether its users are the host's.
    pub(super) host_users: bool,
}

impl Pod<'_> {
    fn os(&self) -> Option<&str> {
        self.spec.get("os").map(|os| rules::below_text(os, "name"))
    }

    fn restart_policy(&self) -> &str {
        rules::below_text(self.spec, "restartPolicy")
    }
}

/// The lists of containers, in the order in which the server walks them.
pub(super) const CONTAINERS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

/// Runs a rule for each container of any kind.
fn each_container(spec: &Spot, mut check: impl FnMut(&Spot)) {
    for list in CONTAINERS {
        spec.at(list).each(&mut check);
    }
}

/// A pod on its own.
pub(super) const POD: &[Rule] = &[
    ("", pod_and_metadata),
    ("", whole::only_on_create),
    ("", annotations::seccomp_agrees),
    ("", annotations::app_armor_agrees),
];

/// What is asked of a pod whenever it is written.
pub(super) fn pod_and_metadata(pod: &Spot) {
    annotations::of_pod(&pod.at("metadata.annotations"), below(pod.value(), "spec"));
    spec(&pod.at("spec"), Some(below(pod.value(), "metadata")), true);
    whole::rules(pod);
}

/// The spec of a pod, or of a template of pods.
pub(super) fn spec(at: &Spot, metadata: Option<&Value>, is_pod: bool) {
    let grace = at.at("terminationGracePeriodSeconds");
    if !grace.given() {
        grace.required("");
    }
    let claims = at.at("resourceClaims");
    let pod = Pod {
        is_pod,
        spec: at.value(),
        volumes: volumes::volumes(&at.at("volumes"), metadata),
        claims: names_of(claims.value()),
        grace: grace.value().as_i64(),
        host_users: !matches!(at.at("hostUsers").value(), Value::Bool(false)),
    };
    whole::claims(&claims, metadata);
    container::containers(&at.at("containers"), &pod);
    init::containers(&at.at("initContainers"), &pod);
    init::ephemeral_containers(&at.at("ephemeralContainers"), &pod);
    whole::resources(at, &pod);
    network::host_ports(at, &pod);
    at.check(SPEC);
}

/// What stands for itself in a spec, after its containers.
const SPEC: &[Rule] = &[
    ("restartPolicy", |at| at.required_one_of(&["Always", "OnFailure", "Never"])),
    ("dnsPolicy", |at| {
        at.required_one_of(&["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    }),
    ("nodeSelector", rules::labels),
    ("", security::of_pod),
    ("", whole::shared_processes),
    ("affinity", affinity::affinity),
    ("", network::dns_config),
    ("readinessGates[]", |at| at.at("conditionType").in_format(format::label_key)),
    ("schedulingGates", placement::gates),
    ("topologySpreadConstraints", placement::spread),
    ("", os::host_processes),
    ("", os::own_users),
    ("", network::host_name),
    ("serviceAccountName", |at| at.in_format_if_any(format::subdomain)),
    ("", whole::service_account),
    ("nodeName", |at| at.in_format_if_any(format::subdomain)),
    ("activeDeadlineSeconds", |at| at.given_then(|at| at.between(1, i32::MAX.into()))),
    ("hostname", |at| at.in_format_if_any(format::label)),
    ("subdomain", |at| at.in_format_if_any(format::label)),
    ("tolerations", tolerations),
    ("hostAliases[]", network::host_alias),
    ("priorityClassName", |at| at.in_format_if_any(format::subdomain)),
    ("runtimeClassName", |at| at.given_then(|at| at.in_format(format::subdomain))),
    ("preemptionPolicy", preemption_policy),
    ("overhead", whole::overhead),
    ("", os::os),
    ("schedulingGroup", whole::scheduling_group),
    ("", environment::files_of_volumes),
];

/// Whether pods of a priority push others out.
pub(super) fn preemption_policy(at: &Spot) {
    at.given_then(|at| at.required_one_of(&["PreemptLowerPriority", "Never"]));
}

/// The names of the items of a list.
fn names_of(list: &Value) -> Vec<&str> {
    let names = list.as_array().into_iter().flatten().map(|item| rules::below_text(item, "name"));
    names.filter(|name| !name.is_empty()).collect()
}
