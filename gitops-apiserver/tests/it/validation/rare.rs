//! Valid objects of kinds that are rarely written by hand.

use super::bases::{Base, base, of};
use serde_json::json;

const ADMISSION: &str = "admissionregistration.k8s.io/v1";
const FLOW: &str = "flowcontrol.apiserver.k8s.io/v1";

pub(super) const RARE: &[Base] = &[
    base(
        of(ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
        "",
        || {
            json!({"metadata": {"name": "vwc"}, "webhooks": [
            {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1", "v1beta1"], "failurePolicy": "Ignore",
                "matchPolicy": "Exact", "timeoutSeconds": 5, "clientConfig": {"url": "https://a.example.com/x"},
                "namespaceSelector": {"matchLabels": {"a": "b"}}, "objectSelector": {"matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]},
                "matchConditions": [{"name": "m", "expression": "true"}],
                "rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things", "things/status"], "scope": "Namespaced"}]},
            {"name": "b.example.com", "sideEffects": "NoneOnDryRun", "admissionReviewVersions": ["v1"],
                "clientConfig": {"service": {"name": "s", "namespace": "n", "path": "/p/q", "port": 443}},
                "rules": [{"operations": ["*"], "apiGroups": ["example.com"], "apiVersions": ["*"], "resources": ["*/*"]}]}]})
        },
    ),
    base(
        of(ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
        "",
        || {
            json!({"metadata": {"name": "mwc"}, "webhooks": [
            {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "reinvocationPolicy": "IfNeeded",
                "clientConfig": {"service": {"name": "s", "namespace": "n"}},
                "rules": [{"operations": ["DELETE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["*"]}]}]})
        },
    ),
    base(
        of(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
        "",
        || {
            json!({"metadata": {"name": "vap"}, "spec": {"failurePolicy": "Fail", "paramKind": {"apiVersion": "example.com/v1", "kind": "Thing"},
            "matchConstraints": {"matchPolicy": "Equivalent", "namespaceSelector": {"matchLabels": {"a": "b"}},
                "resourceRules": [{"operations": ["CREATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"], "resourceNames": ["x"]}],
                "excludeResourceRules": [{"operations": ["UPDATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["others"]}]},
            "matchConditions": [{"name": "m", "expression": "true"}], "variables": [{"name": "v", "expression": "1"}],
            "validations": [{"expression": "true", "message": "m", "reason": "Forbidden", "messageExpression": "'x'"}],
            "auditAnnotations": [{"key": "k", "valueExpression": "'x'"}]}})
        },
    ),
    base(
        of(
            ADMISSION,
            "ValidatingAdmissionPolicyBinding",
            "validatingadmissionpolicybindings",
            false,
        ),
        "",
        || {
            json!({"metadata": {"name": "vapb"}, "spec": {"policyName": "p", "validationActions": ["Deny", "Audit"],
            "paramRef": {"name": "x", "namespace": "default", "parameterNotFoundAction": "Deny"},
            "matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}},
                "resourceRules": [{"operations": ["CREATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"]}]}}})
        },
    ),
    base(of(ADMISSION, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", false), "", || {
        json!({"metadata": {"name": "map"}, "spec": {"failurePolicy": "Ignore", "reinvocationPolicy": "Never",
            "matchConstraints": {"resourceRules": [{"operations": ["CREATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"]}]},
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}},
                {"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: \"test\", path: \"/x\", value: 1}]"}}]}})
    }),
    base(
        of(ADMISSION, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", false),
        "",
        || {
            json!({"metadata": {"name": "mapb"}, "spec": {"policyName": "p", "paramRef": {"selector": {"matchLabels": {"a": "b"}}, "parameterNotFoundAction": "Allow"},
            "matchResources": {"resourceRules": [{"operations": ["CREATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"]}]}}})
        },
    ),
    base(
        of(
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            "certificatesigningrequests",
            false,
        ),
        "",
        || {
            json!({"metadata": {"name": "csr"}, "spec": {"request": REQUEST.concat(), "signerName": "example.com/signer",
            "usages": ["client auth", "digital signature"], "expirationSeconds": 3600}})
        },
    ),
    base(of(FLOW, "FlowSchema", "flowschemas", false), "", || {
        json!({"metadata": {"name": "fs"}, "spec": {"matchingPrecedence": 9000, "distinguisherMethod": {"type": "ByUser"},
            "priorityLevelConfiguration": {"name": "global-default"}, "rules": [
            {"subjects": [{"kind": "User", "user": {"name": "u"}}, {"kind": "ServiceAccount", "serviceAccount": {"name": "s", "namespace": "n"}},
                {"kind": "Group", "group": {"name": "g"}}],
                "resourceRules": [{"verbs": ["get", "list"], "apiGroups": ["example.com"], "resources": ["things"], "namespaces": ["a", "b"]}],
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/x", "/y/*"]}]}]}})
    }),
    base(of(FLOW, "PriorityLevelConfiguration", "prioritylevelconfigurations", false), "", || {
        json!({"metadata": {"name": "plc"}, "spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 10,
            "borrowingLimitPercent": 20, "limitResponse": {"type": "Queue", "queuing": {"queues": 16, "handSize": 4, "queueLengthLimit": 10}}}}})
    }),
    base(of("storage.k8s.io/v1", "CSINode", "csinodes", false), "", || {
        json!({"metadata": {"name": "csin"}, "spec": {"drivers": [
            {"name": "csi.example.com", "nodeID": "n", "topologyKeys": ["example.com/zone"], "allocatable": {"count": 3}}]}})
    }),
    base(
        of("storage.k8s.io/v1", "VolumeAttachment", "volumeattachments", false),
        "",
        || json!({"metadata": {"name": "va"}, "spec": {"attacher": "csi.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}),
    ),
    base(
        of("storage.k8s.io/v1", "VolumeAttributesClass", "volumeattributesclasses", false),
        "",
        || json!({"metadata": {"name": "vac"}, "driverName": "csi.example.com", "parameters": {"iops": "100"}}),
    ),
    base(of("storage.k8s.io/v1", "CSIStorageCapacity", "csistoragecapacities", true), "", || {
        json!({"metadata": {"name": "csc"}, "storageClassName": "fast", "capacity": "1Gi", "maximumVolumeSize": "1Gi",
            "nodeTopology": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}})
    }),
    base(
        of(
            "storagemigration.k8s.io/v1",
            "StorageVersionMigration",
            "storageversionmigrations",
            false,
        ),
        "",
        || json!({"metadata": {"name": "svm"}, "spec": {"resource": {"group": "example.com", "resource": "things"}}}),
    ),
    base(of("events.k8s.io/v1", "Event", "events", true), "new", || {
        json!({"metadata": {"name": "ev2"}, "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "example.com/c", "reportingInstance": "i",
            "action": "a", "reason": "r", "type": "Normal", "note": "n", "regarding": {"kind": "Pod", "name": "p", "namespace": "x"},
            "series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}})
    }),
    base(
        of("networking.k8s.io/v1", "ServiceCIDR", "servicecidrs", false),
        "",
        || json!({"metadata": {"name": "sc"}, "spec": {"cidrs": ["192.168.0.0/24", "2001:db8::/120"]}}),
    ),
    base(
        of("networking.k8s.io/v1", "IPAddress", "ipaddresses", false),
        "",
        || json!({"metadata": {"name": "192.168.77.1"}, "spec": {"parentRef": {"group": "example.com", "resource": "things", "namespace": "n", "name": "x"}}}),
    ),
];

/// A request for a certificate, as `openssl req` makes it.
const REQUEST: &[&str] = &[
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITk1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SGMyOX",
    "RaVzl1WlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJOOXpXMlJFNlJqdVFQYzd3MklTU3hiVFBY",
    "a3NpUWY3WERPSnEzajhNd29iKzRPR2h6cDFoTnduCjMwNFYyU1R2Mjd2d21qZzl6R3dQWUxYY01jL0RxWkNnQURBS0",
    "JnZ3Foa2pPUFFRREFnTkpBREJHQWlFQTU3REUKRWJoVEVJMEhBNHJYMm44eGwvNzAyckRHSml1Y201RWZ2bHE3Y2xr",
    "Q0lRRDNWVDdEVmFhS3NVMGNaZ0ZWblNragpLeXA5NGkzOVhudlJZc3RzdHlWcmp3PT0KLS0tLS1FTkQgQ0VSVElGSU",
    "NBVEUgUkVRVUVTVC0tLS0tCg==",
];
