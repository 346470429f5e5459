//! The table of kinds: which rules are asked of each, and when.

use super::metadata::NameRule::{self, Label, PathSegment, Subdomain};
use super::spot::{Check, Rule, Spot};
use super::{
    access, attachments, autoscaling, batch, budgets, certificates, classes, cluster,
    configuration, devices, endpoints, events, flow, migrations, namespace, networking, pod,
    policies, quotas, ranges, service, statuses, storage, webhooks, workloads,
};
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

use Step::{Change as Changed, Check as Also, Metadata, NewMetadata, Rules};

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
    /// In their place on update, for kinds of which something declared may not change.
    pub(super) declared_change: Option<Change>,
    /// On update.
    pub(super) update: &'static [Step],
    /// On update by way of a subresource. Others ask for metadata only.
    pub(super) subresources: &'static [(&'static str, &'static [Step])],
    /// Whether the kind asks for metadata by rules of its own. Of others, only what all objects
    /// have in common is asked, and of a new one only if nothing else is wrong.
    pub(super) own_metadata: bool,
    /// Whether finalizers without a domain must be among those known.
    pub(super) known_finalizers: bool,
    /// Whether what is found twice in a changed object is told twice.
    pub(super) repeats: bool,
}

pub(super) const NAMESPACED: bool = true;
pub(super) const CLUSTER: bool = false;

/// A kind with the commonest answers.
pub(super) const fn kind(group: &'static str, name: &'static str, namespaced: bool) -> Kind {
    Kind {
        group,
        name,
        namespaced,
        names: Subdomain,
        rules: &[],
        declared: &[],
        declared_change: None,
        update: &[Metadata, Rules],
        subresources: &[],
        own_metadata: true,
        known_finalizers: true,
        repeats: false,
    }
}

static KINDS: &[Kind] = &[
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
        subresources: &[
            ("status", &[Metadata, Also(statuses::namespace)]),
            ("finalize", &[Metadata, Rules]),
        ],
        ..kind("", "Namespace", CLUSTER)
    },
    Kind { update: &[Metadata, NewMetadata], ..kind("", "ServiceAccount", NAMESPACED) },
    Kind {
        names: Label,
        rules: service::SERVICE,
        update: &[Metadata, Changed(service::service_change), Changed(service::service_again)],
        subresources: &[("status", &[Metadata, Changed(statuses::service)])],
        ..kind("", "Service", NAMESPACED)
    },
    Kind {
        rules: pod::POD,
        update: &[Metadata, NewMetadata, Also(pod::pod_and_metadata), Changed(pod::pod_change)],
        subresources: &[
            ("status", &[Metadata, Changed(statuses::pod)]),
            ("resize", &[Changed(pod::resized)]),
            (
                "ephemeralcontainers",
                &[
                    Metadata,
                    NewMetadata,
                    Also(pod::pod_and_metadata),
                    Changed(pod::ephemeral_containers_fixed),
                ],
            ),
        ],
        ..kind("", "Pod", NAMESPACED)
    },
    Kind { rules: &[("template", pod::template)], ..kind("", "PodTemplate", NAMESPACED) },
    Kind {
        rules: workloads::REPLICATION_CONTROLLER,
        declared: workloads::REPLICATION_CONTROLLER_DECLARED,
        names: NameRule::Declared,
        subresources: &[("status", &[Metadata, Also(statuses::replica_set)])],
        ..kind("", "ReplicationController", NAMESPACED)
    },
    Kind {
        rules: storage::CLAIM,
        update: &[
            Metadata,
            NewMetadata,
            Changed(storage::claim_again),
            Changed(storage::claim_change),
        ],
        subresources: &[("status", &[Metadata, Also(statuses::claim)])],
        ..kind("", "PersistentVolumeClaim", NAMESPACED)
    },
    Kind {
        rules: workloads::DEPLOYMENT,
        update: &[Metadata, Rules, Changed(workloads::selector_fixed)],
        subresources: &[(
            "status",
            &[Metadata, Also(statuses::deployment), Changed(statuses::collisions_grow)],
        )],
        ..kind("apps", "Deployment", NAMESPACED)
    },
    Kind {
        rules: workloads::REPLICA_SET,
        update: &[Metadata, Rules, Changed(workloads::selector_fixed)],
        subresources: &[("status", &[Metadata, Also(statuses::replica_set)])],
        ..kind("apps", "ReplicaSet", NAMESPACED)
    },
    Kind {
        rules: workloads::DAEMON_SET,
        update: &[Metadata, Changed(workloads::selector_fixed), Rules],
        subresources: &[(
            "status",
            &[Metadata, Also(statuses::daemon_set), Changed(statuses::collisions_grow)],
        )],
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
        subresources: &[(
            "status",
            &[Also(statuses::stateful_set), Metadata, Changed(statuses::collisions_grow)],
        )],
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
        declared_change: Some(access::binding_declared),
        update: &[
            NewMetadata,
            Also(access::role_binding_again),
            Metadata,
            Changed(access::role_fixed),
        ],
        ..kind(RBAC, "RoleBinding", NAMESPACED)
    },
    Kind {
        names: PathSegment,
        rules: access::CLUSTER_ROLE_BINDING,
        declared: access::BINDING_DECLARED,
        declared_change: Some(access::binding_declared),
        update: &[
            NewMetadata,
            Also(access::cluster_role_binding_again),
            Metadata,
            Changed(access::role_fixed),
        ],
        ..kind(RBAC, "ClusterRoleBinding", CLUSTER)
    },
    Kind {
        rules: storage::VOLUME,
        update: &[NewMetadata, Rules, Changed(storage::volume_change)],
        ..kind("", "PersistentVolume", CLUSTER)
    },
    Kind {
        rules: classes::CLASS,
        declared: classes::CLASS_DECLARED,
        declared_change: Some(classes::class_fixed),
        update: &[NewMetadata, Rules, Metadata],
        ..kind(STORAGE, "StorageClass", CLUSTER)
    },
    Kind {
        rules: classes::DRIVER,
        update: &[Metadata, Rules, Changed(classes::driver_fixed)],
        ..kind(STORAGE, "CSIDriver", CLUSTER)
    },
    Kind {
        rules: classes::ATTRIBUTES,
        update: &[Metadata, Changed(classes::attributes_fixed), NewMetadata, Rules],
        ..kind(STORAGE, "VolumeAttributesClass", CLUSTER)
    },
    Kind {
        rules: classes::CAPACITY,
        update: &[NewMetadata, Rules, Metadata, Changed(classes::capacity_fixed)],
        ..kind(STORAGE, "CSIStorageCapacity", NAMESPACED)
    },
    Kind {
        rules: migrations::MIGRATION,
        update: &[NewMetadata, Rules, Metadata, Changed(migrations::migration_fixed)],
        subresources: &[("status", &[Metadata, Changed(migrations::status)])],
        ..kind("storagemigration.k8s.io", "StorageVersionMigration", CLUSTER)
    },
    Kind {
        rules: batch::JOB,
        update: &[
            Metadata,
            Also(batch::job_again),
            Changed(batch::job_change),
            Also(batch::names_of_pods),
        ],
        subresources: &[("status", &[Metadata, Changed(statuses::job)])],
        ..kind("batch", "Job", NAMESPACED)
    },
    Kind {
        rules: batch::CRON_JOB,
        declared: batch::CRON_JOB_DECLARED,
        update: &[Metadata, Changed(batch::cron_job_again)],
        ..kind("batch", "CronJob", NAMESPACED)
    },
    Kind {
        rules: networking::INGRESS_CREATED,
        update: &[Metadata, NewMetadata, Also(networking::ingress_again)],
        subresources: &[("status", &[Metadata, Changed(statuses::ingress)])],
        ..kind(NETWORKING, "Ingress", NAMESPACED)
    },
    Kind {
        rules: networking::INGRESS_CLASS,
        declared: networking::INGRESS_CLASS_DECLARED,
        update: &[Metadata, Changed(networking::controller_fixed), NewMetadata, Rules],
        ..kind(NETWORKING, "IngressClass", CLUSTER)
    },
    Kind {
        rules: networking::NETWORK_POLICY,
        declared: networking::NETWORK_POLICY_DECLARED,
        ..kind(NETWORKING, "NetworkPolicy", NAMESPACED)
    },
    Kind {
        rules: budgets::BUDGET,
        own_metadata: false,
        update: &[Rules],
        subresources: &[("status", &[Also(budgets::budget_status)])],
        ..kind("policy", "PodDisruptionBudget", NAMESPACED)
    },
    Kind {
        rules: autoscaling::AUTOSCALER,
        declared: autoscaling::AUTOSCALER_DECLARED,
        update: &[Metadata, Changed(autoscaling::autoscaler_again)],
        subresources: &[("status", &[Metadata, Also(statuses::autoscaler)])],
        ..kind("autoscaling", "HorizontalPodAutoscaler", NAMESPACED)
    },
    Kind {
        rules: budgets::PRIORITY,
        update: &[Metadata, Changed(budgets::priority_fixed)],
        ..kind("scheduling.k8s.io", "PriorityClass", CLUSTER)
    },
    Kind {
        rules: budgets::LEASE,
        known_finalizers: false,
        ..kind("coordination.k8s.io", "Lease", NAMESPACED)
    },
    Kind {
        rules: budgets::RUNTIME,
        declared: budgets::RUNTIME_DECLARED,
        declared_change: Some(budgets::runtime_fixed),
        known_finalizers: false,
        update: &[NewMetadata, Also(budgets::handler_again), Rules, Metadata],
        ..kind("node.k8s.io", "RuntimeClass", CLUSTER)
    },
    Kind {
        rules: endpoints::ENDPOINTS,
        update: &[Metadata, NewMetadata, Changed(endpoints::endpoints_again)],
        ..kind("", "Endpoints", NAMESPACED)
    },
    Kind {
        rules: endpoints::SLICE,
        declared: endpoints::SLICE_DECLARED,
        declared_change: Some(endpoints::slice_fixed),
        update: &[NewMetadata, Changed(endpoints::slice_again)],
        ..kind("discovery.k8s.io", "EndpointSlice", NAMESPACED)
    },
    Kind {
        rules: quotas::LIMITS,
        update: &[NewMetadata, Rules],
        ..kind("", "LimitRange", NAMESPACED)
    },
    Kind {
        rules: quotas::QUOTA,
        update: &[Metadata, Also(quotas::quota_again), Changed(quotas::scopes_fixed)],
        subresources: &[("status", &[Metadata, Also(statuses::quota)])],
        ..kind("", "ResourceQuota", NAMESPACED)
    },
    Kind {
        rules: cluster::NODE,
        update: &[NewMetadata, Rules, Metadata, Changed(cluster::node_change)],
        subresources: &[(
            "status",
            &[
                Metadata,
                Also(cluster::node_amounts),
                Also(statuses::node),
                Changed(cluster::node_change),
            ],
        )],
        ..kind("", "Node", CLUSTER)
    },
    Kind {
        rules: events::OLD,
        own_metadata: false,
        update: &[Rules],
        ..kind("", "Event", NAMESPACED)
    },
    Kind {
        rules: cluster::REVISION,
        update: &[
            Metadata,
            NewMetadata,
            Changed(cluster::revision_again),
            Changed(cluster::revision_fixed),
        ],
        ..kind("apps", "ControllerRevision", NAMESPACED)
    },
    Kind {
        rules: cluster::API_SERVICE,
        names: NameRule::OfApiService,
        known_finalizers: false,
        repeats: true,
        update: &[Metadata, NewMetadata, Rules],
        ..kind("apiregistration.k8s.io", "APIService", CLUSTER)
    },
    Kind {
        rules: webhooks::CREATED,
        known_finalizers: false,
        update: &[NewMetadata, Changed(webhooks::configuration)],
        ..kind(ADMISSION, "ValidatingWebhookConfiguration", CLUSTER)
    },
    Kind {
        rules: webhooks::CREATED,
        known_finalizers: false,
        update: &[NewMetadata, Changed(webhooks::configuration)],
        ..kind(ADMISSION, "MutatingWebhookConfiguration", CLUSTER)
    },
    Kind {
        rules: policies::VALIDATING,
        known_finalizers: false,
        update: &[NewMetadata, Also(policies::validating)],
        subresources: &[("status", &[Also(policies::status)])],
        ..kind(ADMISSION, "ValidatingAdmissionPolicy", CLUSTER)
    },
    Kind {
        rules: policies::VALIDATING_BINDING,
        declared: policies::BINDING_DECLARED,
        known_finalizers: false,
        update: &[NewMetadata, Also(policies::validating_binding)],
        ..kind(ADMISSION, "ValidatingAdmissionPolicyBinding", CLUSTER)
    },
    Kind {
        rules: policies::MUTATING,
        known_finalizers: false,
        update: &[NewMetadata, Also(policies::mutating)],
        ..kind(ADMISSION, "MutatingAdmissionPolicy", CLUSTER)
    },
    Kind {
        rules: policies::MUTATING_BINDING,
        declared: policies::MUTATING_BINDING_DECLARED,
        known_finalizers: false,
        update: &[NewMetadata, Also(policies::mutating_binding)],
        ..kind(ADMISSION, "MutatingAdmissionPolicyBinding", CLUSTER)
    },
    Kind {
        names: PathSegment,
        rules: certificates::REQUEST,
        update: &[NewMetadata, Rules, Changed(certificates::request_change), Metadata],
        subresources: &[
            ("status", &[NewMetadata, Rules, Changed(certificates::status_change), Metadata]),
            ("approval", &[NewMetadata, Rules, Changed(certificates::approval_change), Metadata]),
        ],
        ..kind("certificates.k8s.io", "CertificateSigningRequest", CLUSTER)
    },
    Kind {
        rules: flow::SCHEMA,
        update: &[NewMetadata, Rules, Changed(flow::schema_fixed)],
        subresources: &[("status", &[Also(statuses::typed_conditions)])],
        ..kind(FLOW, "FlowSchema", CLUSTER)
    },
    Kind {
        rules: flow::LEVEL,
        declared: flow::LEVEL_DECLARED,
        update: &[NewMetadata, Rules, Changed(flow::level_fixed)],
        subresources: &[("status", &[Also(statuses::typed_conditions)])],
        ..kind(FLOW, "PriorityLevelConfiguration", CLUSTER)
    },
    Kind {
        rules: attachments::NODE,
        update: &[NewMetadata, Rules, Changed(attachments::drivers_fixed)],
        ..kind(STORAGE, "CSINode", CLUSTER)
    },
    Kind {
        rules: attachments::ATTACHMENT,
        declared: attachments::ATTACHMENT_DECLARED,
        declared_change: Some(attachments::attachment_fixed),
        update: &[NewMetadata, Also(attachments::attacher_again), Rules],
        ..kind(STORAGE, "VolumeAttachment", CLUSTER)
    },
    Kind {
        rules: events::NEW,
        own_metadata: false,
        update: &[Also(events::both), Metadata, Changed(events::changed)],
        ..kind("events.k8s.io", "Event", NAMESPACED)
    },
    Kind {
        rules: ranges::RANGES,
        update: &[Metadata, Changed(ranges::ranges_fixed)],
        ..kind(NETWORKING, "ServiceCIDR", CLUSTER)
    },
    Kind {
        names: NameRule::Address,
        rules: ranges::ADDRESS,
        declared_change: Some(ranges::owner_fixed),
        update: &[NewMetadata, Rules, Metadata],
        ..kind(NETWORKING, "IPAddress", CLUSTER)
    },
];

const ADMISSION: &str = "admissionregistration.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// The rules of a kind; `None` if there are none of its own.
pub(super) fn find(api_version: &str, name: &str) -> Option<&'static Kind> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    KINDS.iter().chain(devices::KINDS).find(|kind| kind.name == name && kind.group == group)
}
