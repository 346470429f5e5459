//! The table of kinds: which rules are asked of each, and when.

use super::metadata::NameRule::{self, Label, PathSegment, Subdomain};
use super::spot::{Check, Rule, Spot};
use super::{access, configuration, namespace, pod, service, storage, workloads};
use serde_json::Value;

/// A rule on what has changed: the new object and the old one.
pub(super) type Change = fn(&Spot, &Value);

/// What the server asks, in its order, of a changed object.
pub(super) enum Step {
    /// The metadata beside the old.
    Metadata,
    /// The metadata as of a new object.
    NewMetadata,
    /// The kind's rules, as of a new object.
    Rules,
    /// Other rules.
    Check(Check),
    /// What may have changed.
    Change(Change),
}

use Step::{Change as Changed, Metadata, NewMetadata, Rules};

/// The rules of a kind.
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) namespaced: bool,
    pub(super) names: NameRule,
    /// After those on metadata.
    pub(super) rules: &'static [Rule],
    /// Rules that the server declares on its types. They come last, and are asked of a changed
    /// object only where it has changed.
    pub(super) declared: &'static [Rule],
    /// On update.
    pub(super) update: &'static [Step],
    /// Whether finalizers without a domain must be among those known.
    pub(super) known_finalizers: bool,
}

const NAMESPACED: bool = true;
const CLUSTER: bool = false;

/// A kind with the commonest answers.
const fn kind(group: &'static str, name: &'static str, namespaced: bool) -> Kind {
    Kind {
        group,
        name,
        namespaced,
        names: Subdomain,
        rules: &[],
        declared: &[],
        update: &[Metadata, Rules],
        known_finalizers: true,
    }
}

pub(super) static KINDS: &[Kind] = &[
    Kind {
        rules: configuration::CONFIG_MAP,
        update: &[Metadata, Changed(configuration::config_map_change), NewMetadata, Rules],
        ..kind("", "ConfigMap", NAMESPACED)
    },
    Kind {
        rules: configuration::SECRET,
        update: &[Metadata, Changed(configuration::secret_change), NewMetadata, Rules],
        ..kind("", "Secret", NAMESPACED)
    },
    Kind {
        names: Label,
        rules: namespace::NAMESPACE,
        update: &[NewMetadata, Rules, Metadata],
        ..kind("", "Namespace", CLUSTER)
    },
    Kind { update: &[Metadata, NewMetadata], ..kind("", "ServiceAccount", NAMESPACED) },
    Kind {
        names: Label,
        rules: service::SERVICE,
        update: &[Metadata, Changed(service::service_change), Changed(service::service_again)],
        ..kind("", "Service", NAMESPACED)
    },
    Kind {
        rules: pod::POD,
        update: &[
            Metadata,
            NewMetadata,
            Step::Check(pod::pod_and_metadata),
            Changed(pod::pod_change),
        ],
        ..kind("", "Pod", NAMESPACED)
    },
    Kind { rules: &[("template", pod::template)], ..kind("", "PodTemplate", NAMESPACED) },
    Kind {
        rules: workloads::REPLICATION_CONTROLLER,
        declared: workloads::REPLICATION_CONTROLLER_DECLARED,
        names: NameRule::Declared,
        ..kind("", "ReplicationController", NAMESPACED)
    },
    Kind {
        rules: storage::CLAIM,
        update: &[Metadata, NewMetadata, Rules],
        ..kind("", "PersistentVolumeClaim", NAMESPACED)
    },
    Kind {
        rules: workloads::DEPLOYMENT,
        update: &[Metadata, Rules, Changed(workloads::selector_fixed)],
        ..kind("apps", "Deployment", NAMESPACED)
    },
    Kind {
        rules: workloads::REPLICA_SET,
        update: &[Metadata, Rules, Changed(workloads::selector_fixed)],
        ..kind("apps", "ReplicaSet", NAMESPACED)
    },
    Kind {
        rules: workloads::DAEMON_SET,
        update: &[Metadata, Changed(workloads::selector_fixed), Rules],
        ..kind("apps", "DaemonSet", NAMESPACED)
    },
    Kind {
        names: Label,
        rules: workloads::STATEFUL_SET,
        update: &[
            Metadata,
            Changed(workloads::stateful_set_again),
            Changed(workloads::stateful_set_change),
        ],
        ..kind("apps", "StatefulSet", NAMESPACED)
    },
    Kind {
        names: PathSegment,
        rules: access::ROLE,
        declared: access::ROLE_DECLARED,
        update: &[NewMetadata, Rules, Metadata],
        ..kind(RBAC, "Role", NAMESPACED)
    },
    Kind {
        names: PathSegment,
        rules: access::CLUSTER_ROLE,
        declared: access::ROLE_DECLARED,
        update: &[NewMetadata, Rules, Metadata],
        ..kind(RBAC, "ClusterRole", CLUSTER)
    },
    Kind {
        names: PathSegment,
        rules: access::ROLE_BINDING,
        declared: access::BINDING_DECLARED,
        update: &[NewMetadata, Rules, Metadata, Changed(access::role_fixed)],
        ..kind(RBAC, "RoleBinding", NAMESPACED)
    },
    Kind {
        names: PathSegment,
        rules: access::CLUSTER_ROLE_BINDING,
        declared: access::BINDING_DECLARED,
        update: &[NewMetadata, Rules, Metadata, Changed(access::role_fixed)],
        ..kind(RBAC, "ClusterRoleBinding", CLUSTER)
    },
];

const RBAC: &str = "rbac.authorization.k8s.io";

/// The rules of a kind; `None` if there are none of its own.
pub(super) fn find(api_version: &str, name: &str) -> Option<&'static Kind> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    KINDS.iter().find(|kind| kind.name == name && kind.group == group)
}
