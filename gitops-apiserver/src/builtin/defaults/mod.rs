//! Defaults of the built-in kinds, as tables.
//!
//! What the server fills in after decoding an object (Kubernetes 1.37, `pkg/apis/*/v*/defaults.go`),
//! and what comes of its way through the internal type: `stringData` of Secrets, the two names of
//! service accounts. What depends on the request or on other objects is
//! [`strategy`](super::strategy)'s.

mod apps;
mod autoscaling;
pub(crate) mod core;
pub(crate) mod field;
mod images;
mod others;
mod pods;
pub(crate) mod quantities;
mod rule;
mod volumes;

use rule::{Literal, Rule, Rules};
use serde_json::Value;

/// Fills in the defaults of an object as it was decoded: unknown fields dropped, types right.
///
/// `now`, in RFC 3339 with whole seconds, is the time of the request: taints of devices note it.
/// Doing it again changes nothing. The server does it for what clients send and for what it reads
/// from its store. Kinds without defaults, unknown ones among them, are left as they are.
pub fn apply(api_version: &str, kind: &str, object: &mut Value, now: &str) {
    if let Some(rules) = rules(api_version, kind) {
        rule::apply(rules, object, now);
    }
}

fn rules(api_version: &str, kind: &str) -> Option<Rules> {
    Some(match (api_version, kind) {
        ("v1", "Endpoints") => core::ENDPOINTS,
        ("v1", "LimitRange") => core::LIMIT_RANGE,
        ("v1", "Namespace") => core::NAMESPACE,
        ("v1", "Node") => core::NODE,
        ("v1", "PersistentVolume") => volumes::PERSISTENT_VOLUME,
        ("v1", "PersistentVolumeClaim") => volumes::CLAIM,
        ("v1", "Pod") => pods::POD,
        ("v1", "PodTemplate") => core::POD_TEMPLATE,
        ("v1", "ReplicationController") => core::REPLICATION_CONTROLLER,
        ("v1", "ResourceQuota") => core::RESOURCE_QUOTA,
        ("v1", "Secret") => core::SECRET,
        ("v1", "Service") => core::SERVICE,
        ("apps/v1", "DaemonSet") => apps::DAEMON_SET,
        ("apps/v1", "Deployment") => apps::DEPLOYMENT,
        ("apps/v1", "ReplicaSet") => apps::REPLICA_SET,
        ("apps/v1", "StatefulSet") => apps::STATEFUL_SET,
        ("batch/v1", "CronJob") => apps::CRON_JOB,
        ("batch/v1", "Job") => apps::JOB,
        ("autoscaling/v1", "HorizontalPodAutoscaler") => autoscaling::V1,
        ("autoscaling/v2", "HorizontalPodAutoscaler") => autoscaling::V2,
        ("networking.k8s.io/v1", "IngressClass") => others::INGRESS_CLASS,
        ("networking.k8s.io/v1", "NetworkPolicy") => others::NETWORK_POLICY,
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding" | "RoleBinding") => others::BINDING,
        ("storage.k8s.io/v1", "CSIDriver") => others::CSI_DRIVER,
        ("storage.k8s.io/v1", "StorageClass") => others::STORAGE_CLASS,
        ("storage.k8s.io/v1", "VolumeAttachment") => others::VOLUME_ATTACHMENT,
        ("scheduling.k8s.io/v1", "PriorityClass") => others::PRIORITY_CLASS,
        ("discovery.k8s.io/v1", "EndpointSlice") => others::ENDPOINT_SLICE,
        ("admissionregistration.k8s.io/v1", kind) => match kind {
            "MutatingWebhookConfiguration" => others::MUTATING_WEBHOOKS,
            "ValidatingWebhookConfiguration" => others::VALIDATING_WEBHOOKS,
            "MutatingAdmissionPolicy" | "ValidatingAdmissionPolicy" => others::ADMISSION_POLICY,
            "MutatingAdmissionPolicyBinding" | "ValidatingAdmissionPolicyBinding" => {
                others::ADMISSION_POLICY_BINDING
            }
            _ => return None,
        },
        ("apiregistration.k8s.io/v1", "APIService") => others::API_SERVICE,
        ("authentication.k8s.io/v1", "TokenRequest") => core::TOKEN_REQUEST,
        ("certificates.k8s.io/v1", "PodCertificateRequest") => others::POD_CERTIFICATE_REQUEST,
        ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema") => others::FLOW_SCHEMA,
        ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration") => others::PRIORITY_LEVEL,
        ("resource.k8s.io/v1", "DeviceTaintRule") => others::DEVICE_TAINT_RULE,
        ("resource.k8s.io/v1", "ResourceClaim") => others::RESOURCE_CLAIM,
        ("resource.k8s.io/v1", "ResourceClaimTemplate") => others::RESOURCE_CLAIM_TEMPLATE,
        ("resource.k8s.io/v1", "ResourceSlice") => others::RESOURCE_SLICE,
        _ => return None,
    })
}
