//! The order of kinds.
//!
//! Merged from Flux (`fluxcd/pkg/ssa`, `ReconcileOrder`), which says what comes first and last,
//! and Helm's install order, which Argo CD uses too, for the kinds that Flux doesn't name.

use gitops_core::model::ObjectId;

/// The coarse order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Others can't exist without it.
    First,
    /// Most objects.
    Rest,
    /// It may refuse others.
    Last,
}

/// The coarse order of an object.
pub(super) fn tier(id: &ObjectId) -> Tier {
    match (id.group(), id.kind()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") | ("", "Namespace") => Tier::First,
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => Tier::Last,
        _ => Tier::Rest,
    }
}

/// The place of a kind among others of its rank: ascending, unknown kinds (which are mostly custom
/// resources, whose controllers are among the known ones) after all known ones.
pub(super) fn step(id: &ObjectId) -> u32 {
    let (group, kind) = (id.group(), id.kind());
    let known = ORDER.iter().position(|&known| known == (group, kind));
    let position = known.unwrap_or_else(|| {
        // Classes of any group are what custom resources of that group refer to.
        let class = kind.ends_with("Class") && kind != "Class";
        if class { CLASSES } else { ORDER.len() }
    });
    let after_all = tier(id) == Tier::Last;
    // The table has some fifty rows.
    if after_all { u32::MAX } else { u32::try_from(position).unwrap_or(u32::MAX - 1) }
}

/// The row where kinds that are called `…Class` go.
const CLASSES: usize = 3;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Kinds by group and name, first to last.
const ORDER: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "Namespace"),
    (RBAC, "ClusterRole"),
    ("scheduling.k8s.io", "PriorityClass"),
    (RBAC, "ClusterRoleBinding"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("", "ServiceAccount"),
    (RBAC, "Role"),
    (RBAC, "RoleBinding"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Service"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("", "ReplicationController"),
    ("", "Pod"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "Ingress"),
    ("apiregistration.k8s.io", "APIService"),
];
