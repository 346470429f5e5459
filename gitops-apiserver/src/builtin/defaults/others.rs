//! Defaults of the groups that have few.

use super::Literal::{Bool, Int, List, Object, Text};
use super::Rule::{Absent, At, Each, Empty, Now, With};
use super::{field, rule::Rules, volumes::PERSISTENT_SOURCE};
use serde_json::{Value, json};

pub(super) const INGRESS_CLASS: Rules =
    &[At("spec.parameters", &[Absent("scope", Text("Cluster"))])];

const POLICY_PORTS: Rules = &[Each("ports", &[Absent("protocol", Text("TCP"))])];

pub(super) const NETWORK_POLICY: Rules =
    &[With(policy_types), Each("spec.ingress", POLICY_PORTS), Each("spec.egress", POLICY_PORTS)];

/// A policy is about what comes in, and about what goes out if it has rules for that.
fn policy_types(policy: &mut Value) {
    if field::is_empty(policy, "spec.policyTypes") {
        let out = !field::is_empty(policy, "spec.egress");
        let types = if out { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
        field::put(policy, "spec.policyTypes", types);
    }
}

/// Role bindings, of namespaces and of the cluster.
pub(super) const BINDING: Rules = &[
    Empty("roleRef.apiGroup", Text("rbac.authorization.k8s.io")),
    Each("subjects", &[With(subject_group)]),
];

fn subject_group(subject: &mut Value) {
    let named = matches!(field::text(subject, "kind"), "User" | "Group");
    if named && field::is_empty(subject, "apiGroup") {
        field::put(subject, "apiGroup", "rbac.authorization.k8s.io");
    }
}

pub(super) const STORAGE_CLASS: Rules =
    &[Absent("reclaimPolicy", Text("Delete")), Absent("volumeBindingMode", Text("Immediate"))];

pub(super) const CSI_DRIVER: Rules = &[
    Absent("spec.attachRequired", Bool(true)),
    Absent("spec.podInfoOnMount", Bool(false)),
    Absent("spec.storageCapacity", Bool(false)),
    Absent("spec.fsGroupPolicy", Text("ReadWriteOnceWithFSType")),
    Empty("spec.volumeLifecycleModes", List(&["Persistent"])),
    Absent("spec.requiresRepublish", Bool(false)),
    Absent("spec.seLinuxMount", Bool(false)),
    Absent("spec.preventPodSchedulingIfMissing", Bool(false)),
];

pub(super) const VOLUME_ATTACHMENT: Rules =
    &[At("spec.source.inlineVolumeSpec", PERSISTENT_SOURCE)];

pub(super) const PRIORITY_CLASS: Rules =
    &[Absent("preemptionPolicy", Text("PreemptLowerPriority"))];

pub(super) const ENDPOINT_SLICE: Rules =
    &[Each("ports", &[Absent("name", Text("")), Absent("protocol", Text("TCP"))])];

const SERVICE_REFERENCE: Rules = &[Absent("port", Int(443))];
const RULE: Rules = &[Absent("scope", Text("*"))];
const WEBHOOK: Rules = &[
    Absent("failurePolicy", Text("Fail")),
    Absent("matchPolicy", Text("Equivalent")),
    Absent("namespaceSelector", Object),
    Absent("objectSelector", Object),
    Absent("timeoutSeconds", Int(10)),
    At("clientConfig.service", SERVICE_REFERENCE),
    Each("rules", RULE),
];

pub(super) const VALIDATING_WEBHOOKS: Rules = &[Each("webhooks", WEBHOOK)];

pub(super) const MUTATING_WEBHOOKS: Rules =
    &[Each("webhooks", WEBHOOK), Each("webhooks", &[Absent("reinvocationPolicy", Text("Never"))])];

const MATCH: Rules = &[
    Absent("matchPolicy", Text("Equivalent")),
    Absent("namespaceSelector", Object),
    Absent("objectSelector", Object),
    Each("resourceRules", RULE),
    Each("excludeResourceRules", RULE),
];

pub(super) const ADMISSION_POLICY: Rules =
    &[Absent("spec.failurePolicy", Text("Fail")), At("spec.matchConstraints", MATCH)];

pub(super) const ADMISSION_POLICY_BINDING: Rules = &[At("spec.matchResources", MATCH)];

pub(super) const API_SERVICE: Rules = &[At("spec.service", SERVICE_REFERENCE)];

pub(super) const FLOW_SCHEMA: Rules = &[Empty("spec.matchingPrecedence", Int(1000))];

pub(super) const PRIORITY_LEVEL: Rules = &[
    At(
        "spec.limited",
        &[
            Absent("nominalConcurrencyShares", Int(30)),
            Absent("lendablePercent", Int(0)),
            At(
                "limitResponse.queuing",
                &[
                    Empty("handSize", Int(8)),
                    Empty("queues", Int(64)),
                    Empty("queueLengthLimit", Int(50)),
                ],
            ),
        ],
    ),
    At(
        "spec.exempt",
        &[Absent("nominalConcurrencyShares", Int(0)), Absent("lendablePercent", Int(0))],
    ),
];

pub(super) const POD_CERTIFICATE_REQUEST: Rules =
    &[Absent("spec.maxExpirationSeconds", Int(86_400))];

const TOLERATIONS: Rules = &[Each("tolerations", &[Empty("operator", Text("Equal"))])];
const DEVICE_REQUEST: Rules = &[
    At("exactly", &[With(device_count)]),
    At("exactly", TOLERATIONS),
    Each("firstAvailable", &[With(device_count)]),
    Each("firstAvailable", TOLERATIONS),
];

/// One device, unless all are asked for.
fn device_count(request: &mut Value) {
    if field::is_empty(request, "allocationMode") {
        field::put(request, "allocationMode", "ExactCount");
    }
    let counted = field::text(request, "allocationMode") == "ExactCount";
    if counted && field::is_empty(request, "count") {
        field::put(request, "count", 1);
    }
}

pub(super) const RESOURCE_CLAIM: Rules = &[
    Each("spec.devices.requests", DEVICE_REQUEST),
    Each("status.allocation.devices.results", TOLERATIONS),
];

pub(super) const RESOURCE_CLAIM_TEMPLATE: Rules =
    &[Each("spec.spec.devices.requests", DEVICE_REQUEST)];

const TAINT: Rules = &[Now("timeAdded")];
pub(super) const RESOURCE_SLICE: Rules = &[Each("spec.devices", &[Each("taints", TAINT)])];
pub(super) const DEVICE_TAINT_RULE: Rules = &[At("spec.taint", TAINT)];
