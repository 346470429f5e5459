//! The table of resources, sorted by group and plural, after the strategies of Kubernetes 1.37
//! (`pkg/registry/*/*/strategy.go`).

use super::rules::Generation::{Counted, CountedFromGiven, One};
use super::rules::{Dependents, Rules, Status, row};

/// Metadata that a write of the status doesn't change, of kinds that keep it.
const METADATA: &[&str] = &[
    "spec",
    "metadata.deletionTimestamp",
    "metadata.generation",
    "metadata.selfLink",
    "metadata.labels",
    "metadata.annotations",
    "metadata.finalizers",
    "metadata.ownerReferences",
];

/// A status that starts as this JSON and leaves the spec alone.
const fn status(initial: &'static str) -> Status {
    Status { initial: Some(initial), keeps: &["spec"], never_owned: &["spec"], served: true }
}

/// A status that leaves spec and metadata alone.
const fn status_only(initial: &'static str) -> Status {
    Status {
        initial: Some(initial),
        keeps: METADATA,
        never_owned: &["metadata", "spec"],
        served: true,
    }
}

const DAEMON_SET_STATUS: &str = r#"{"currentNumberScheduled":0,"desiredNumberScheduled":0,"numberMisscheduled":0,"numberReady":0}"#;
const BUDGET_STATUS: &str =
    r#"{"currentHealthy":0,"desiredHealthy":0,"disruptionsAllowed":0,"expectedPods":0}"#;
const LOAD_BALANCER: &str = r#"{"loadBalancer":{}}"#;
const REPLICAS: &str = r#"{"replicas":0}"#;

const ADMISSION: &str = "admissionregistration.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// All resources whose objects are stored.
pub(super) const TABLE: &[Rules] = &[
    row("", "configmaps", "ConfigMap"),
    row("", "endpoints", "Endpoints").created_by_updates(),
    row("", "events", "Event").created_by_updates().dependents(Dependents::Unsupported),
    row("", "limitranges", "LimitRange").created_by_updates(),
    row("", "namespaces", "Namespace").status(status(r#"{"phase":"Active"}"#)).returned(),
    row("", "nodes", "Node").status(Status { initial: None, ..status("") }),
    // Its phase is a default, which is set when it is read.
    row("", "persistentvolumeclaims", "PersistentVolumeClaim").status(status("{}")).returned(),
    row("", "persistentvolumes", "PersistentVolume")
        .status(status(r#"{"phase":"Pending"}"#))
        .returned(),
    row("", "pods", "Pod")
        .spec_counts()
        .status(Status {
            initial: Some(r#"{"phase":"Pending"}"#),
            keeps: &["spec", "metadata.deletionTimestamp", "metadata.ownerReferences"],
            never_owned: &["spec", "metadata.deletionTimestamp", "metadata.ownerReferences"],
            served: true,
        })
        .graceful()
        .returned(),
    row("", "podtemplates", "PodTemplate").generation(Counted(&["template"])).returned(),
    row("", "replicationcontrollers", "ReplicationController")
        .spec_counts()
        .status(status(REPLICAS))
        .dependents(Dependents::Orphaned),
    row("", "resourcequotas", "ResourceQuota").status(status("{}")).returned(),
    row("", "secrets", "Secret"),
    row("", "serviceaccounts", "ServiceAccount").returned(),
    row("", "services", "Service").created_by_updates().status(status(LOAD_BALANCER)).returned(),
    row(ADMISSION, "mutatingadmissionpolicies", "MutatingAdmissionPolicy")
        .spec_counts()
        .needs_version(),
    row(ADMISSION, "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding")
        .spec_counts()
        .needs_version(),
    row(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration")
        .generation(Counted(&["webhooks"]))
        .to_the_letter()
        .needs_version(),
    row(ADMISSION, "validatingadmissionpolicies", "ValidatingAdmissionPolicy")
        .spec_counts()
        .status(status_only("{}"))
        .needs_version(),
    row(ADMISSION, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding")
        .spec_counts()
        .needs_version(),
    row(ADMISSION, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration")
        .generation(Counted(&["webhooks"]))
        .to_the_letter()
        .needs_version(),
    row("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition")
        .spec_counts()
        .status(Status { never_owned: &["metadata", "spec"], ..status("{}") })
        .needs_version(),
    row("apiregistration.k8s.io", "apiservices", "APIService")
        .status(Status {
            initial: Some("{}"),
            keeps: &[
                "spec",
                "metadata.labels",
                "metadata.annotations",
                "metadata.finalizers",
                "metadata.ownerReferences",
            ],
            never_owned: &["metadata", "spec"],
            served: true,
        })
        .needs_version(),
    row("apps", "controllerrevisions", "ControllerRevision"),
    row("apps", "daemonsets", "DaemonSet").spec_counts().status(status(DAEMON_SET_STATUS)),
    row("apps", "deployments", "Deployment")
        .generation(Counted(&["spec", "metadata.annotations"]))
        .status(Status {
            keeps: &["spec", "metadata.labels"],
            never_owned: &["spec", "metadata.labels"],
            ..status("{}")
        }),
    row("apps", "replicasets", "ReplicaSet").spec_counts().status(status(REPLICAS)),
    row("apps", "statefulsets", "StatefulSet")
        .spec_counts()
        .status(status(r#"{"availableReplicas":0,"replicas":0}"#)),
    row("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
        .spec_counts()
        .status(status("{}")),
    row("batch", "cronjobs", "CronJob").spec_counts().status(status("{}")),
    row("batch", "jobs", "Job").spec_counts().status(status("{}")).dependents(Dependents::Orphaned),
    row("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest")
        .status(Status { never_owned: &["spec", "status.conditions"], ..status("{}") }),
    row("certificates.k8s.io", "clustertrustbundles", "ClusterTrustBundle").needs_version(),
    row("certificates.k8s.io", "podcertificaterequests", "PodCertificateRequest")
        .status(status_only("{}"))
        .needs_version(),
    row("coordination.k8s.io", "leases", "Lease").created_by_updates().needs_version(),
    row("discovery.k8s.io", "endpointslices", "EndpointSlice")
        .generation(Counted(&["", "metadata.labels"])),
    row("events.k8s.io", "events", "Event")
        .created_by_updates()
        .dependents(Dependents::Unsupported),
    row(FLOW, "flowschemas", "FlowSchema").spec_counts().status(status_only("{}")),
    row(FLOW, "prioritylevelconfigurations", "PriorityLevelConfiguration")
        .spec_counts()
        .status(status_only("{}")),
    row("networking.k8s.io", "ingressclasses", "IngressClass").spec_counts(),
    row("networking.k8s.io", "ingresses", "Ingress").spec_counts().status(status(LOAD_BALANCER)),
    row("networking.k8s.io", "ipaddresses", "IPAddress"),
    row("networking.k8s.io", "networkpolicies", "NetworkPolicy").spec_counts().to_the_letter(),
    row("networking.k8s.io", "servicecidrs", "ServiceCIDR").status(status_only("{}")),
    row("node.k8s.io", "runtimeclasses", "RuntimeClass").created_by_updates().needs_version(),
    row("policy", "poddisruptionbudgets", "PodDisruptionBudget")
        .spec_counts()
        .status(status(BUDGET_STATUS))
        .needs_version(),
    row(RBAC, "clusterrolebindings", "ClusterRoleBinding").created_by_updates(),
    row(RBAC, "clusterroles", "ClusterRole").created_by_updates(),
    row(RBAC, "rolebindings", "RoleBinding").created_by_updates(),
    row(RBAC, "roles", "Role").created_by_updates(),
    row("resource.k8s.io", "deviceclasses", "DeviceClass").spec_counts().returned(),
    row("resource.k8s.io", "devicetaintrules", "DeviceTaintRule")
        .spec_counts()
        .status(status_only("{}"))
        .needs_version(),
    row("resource.k8s.io", "resourceclaims", "ResourceClaim").status(status_only("{}")).returned(),
    row("resource.k8s.io", "resourceclaimtemplates", "ResourceClaimTemplate").returned(),
    row("resource.k8s.io", "resourceslices", "ResourceSlice").spec_counts().returned(),
    row("scheduling.k8s.io", "priorityclasses", "PriorityClass").generation(One),
    row("storage.k8s.io", "csidrivers", "CSIDriver")
        .generation(CountedFromGiven(&["spec"]))
        .needs_version()
        .returned(),
    row("storage.k8s.io", "csinodes", "CSINode")
        .status(status_only("{}"))
        .needs_version()
        .returned(),
    row("storage.k8s.io", "csistoragecapacities", "CSIStorageCapacity").needs_version(),
    row("storage.k8s.io", "storageclasses", "StorageClass").returned(),
    row("storage.k8s.io", "volumeattachments", "VolumeAttachment")
        .status(status_only(r#"{"attached":false}"#))
        .needs_version()
        .returned(),
    row("storage.k8s.io", "volumeattributesclasses", "VolumeAttributesClass").returned(),
    row("storagemigration.k8s.io", "storageversionmigrations", "StorageVersionMigration")
        .status(status_only("{}"))
        .needs_version(),
];
