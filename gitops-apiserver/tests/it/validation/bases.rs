//! Valid objects, with many fields, to be broken.

use super::lab::Resource;
use serde_json::{Value, json};

/// A valid object.
pub(super) struct Base {
    pub(super) of: Resource,
    /// What is special about it.
    pub(super) name: &'static str,
    pub(super) object: fn() -> Value,
}

pub(super) const fn of(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
) -> Resource {
    Resource { api_version, kind, plural, namespaced }
}

pub(super) const fn base(of: Resource, name: &'static str, object: fn() -> Value) -> Base {
    Base { of, name, object }
}

const POD: Resource = of("v1", "Pod", "pods", true);
const SERVICE: Resource = of("v1", "Service", "services", true);
const SECRET: Resource = of("v1", "Secret", "secrets", true);
const RBAC: &str = "rbac.authorization.k8s.io/v1";

pub(super) const BASES: &[Base] = &[
    base(of("v1", "ConfigMap", "configmaps", true), "", || {
        json!({"metadata": {"name": "c", "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["example.com/f"],
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "1", "controller": true}]},
            "data": {"k": "v"}, "binaryData": {"b": "AAAA"}, "immutable": false})
    }),
    base(
        of("v1", "ConfigMap", "configmaps", true),
        "immutable",
        || json!({"metadata": {"name": "ci"}, "data": {"k": "v"}, "binaryData": {"b": "AAAA"}, "immutable": true}),
    ),
    base(
        SECRET,
        "opaque",
        || json!({"metadata": {"name": "s"}, "data": {"k": "AAAA"}, "immutable": true, "type": "Opaque"}),
    ),
    base(
        SECRET,
        "tls",
        || json!({"metadata": {"name": "st"}, "data": {"tls.crt": "AAAA", "tls.key": "AAAA"}, "type": "kubernetes.io/tls"}),
    ),
    base(
        SECRET,
        "docker",
        || json!({"metadata": {"name": "sd"}, "data": {".dockerconfigjson": "e30="}, "type": "kubernetes.io/dockerconfigjson"}),
    ),
    base(
        SECRET,
        "basic",
        || json!({"metadata": {"name": "sb"}, "data": {"username": "e30="}, "type": "kubernetes.io/basic-auth"}),
    ),
    base(
        of("v1", "Namespace", "namespaces", false),
        "",
        || json!({"metadata": {"name": "validation-base"}, "spec": {"finalizers": ["kubernetes"]}}),
    ),
    base(of("v1", "ServiceAccount", "serviceaccounts", true), "", || {
        json!({"metadata": {"name": "sa"}, "secrets": [{"name": "x"}], "imagePullSecrets": [{"name": "y"}],
            "automountServiceAccountToken": true})
    }),
    base(SERVICE, "", || {
        json!({"metadata": {"name": "svc"}, "spec": {"selector": {"a": "b"}, "ports": [
            {"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP", "appProtocol": "http"},
            {"name": "other", "port": 81, "targetPort": 8081, "protocol": "UDP"}],
            "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10}},
            "externalIPs": ["1.2.3.4"], "trafficDistribution": "PreferClose"}})
    }),
    base(SERVICE, "balancer", || {
        json!({"metadata": {"name": "lb"}, "spec": {"type": "LoadBalancer", "selector": {"a": "b"},
            "ports": [{"port": 80}], "loadBalancerClass": "example.com/lb", "loadBalancerSourceRanges": ["10.0.0.0/8"],
            "externalTrafficPolicy": "Local"}})
    }),
    base(
        SERVICE,
        "headless",
        || json!({"metadata": {"name": "hl"}, "spec": {"clusterIP": "None", "selector": {"a": "b"}, "ports": [{"port": 80}]}}),
    ),
    base(
        SERVICE,
        "name",
        || json!({"metadata": {"name": "en"}, "spec": {"type": "ExternalName", "externalName": "example.com"}}),
    ),
    base(
        POD,
        "",
        || json!({"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": pod_spec(true)}),
    ),
    base(POD, "volumes", || json!({"metadata": {"name": "pv"}, "spec": volumes()})),
    base(POD, "placed", || json!({"metadata": {"name": "pp"}, "spec": placed()})),
    base(
        of("v1", "PodTemplate", "podtemplates", true),
        "",
        || json!({"metadata": {"name": "pt"}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": simple()}}),
    ),
    base(of("v1", "ReplicationController", "replicationcontrollers", true), "", || {
        json!({"metadata": {"name": "rc"}, "spec": {"replicas": 1, "minReadySeconds": 1, "selector": {"a": "b"},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": simple()}}})
    }),
    base(of("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true), "", || {
        json!({"metadata": {"name": "pvc"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "fast", "volumeMode": "Filesystem", "volumeName": "v", "selector": {"matchLabels": {"a": "b"}},
            "dataSource": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}}})
    }),
    base(of("apps/v1", "Deployment", "deployments", true), "", || {
        json!({"metadata": {"name": "d"}, "spec": {"replicas": 1, "selector": selector(), "minReadySeconds": 1,
            "revisionHistoryLimit": 3, "progressDeadlineSeconds": 100,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": "25%"}},
            "template": {"metadata": {"labels": {"a": "b"}, "annotations": {"x": "y"}}, "spec": simple()}}})
    }),
    base(of("apps/v1", "ReplicaSet", "replicasets", true), "", || {
        json!({"metadata": {"name": "rs"}, "spec": {"replicas": 1, "selector": selector(), "minReadySeconds": 1,
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": simple()}}})
    }),
    base(of("apps/v1", "DaemonSet", "daemonsets", true), "", || {
        json!({"metadata": {"name": "ds"}, "spec": {"selector": selector(), "minReadySeconds": 1, "revisionHistoryLimit": 3,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "20%", "maxSurge": 0}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": simple()}}})
    }),
    base(of("apps/v1", "StatefulSet", "statefulsets", true), "", || {
        json!({"metadata": {"name": "ss"}, "spec": {"replicas": 1, "selector": selector(), "minReadySeconds": 1,
            "revisionHistoryLimit": 3, "serviceName": "svc", "podManagementPolicy": "Parallel", "ordinals": {"start": 2},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Delete"},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}}}],
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": with_mount(simple(), "data")}}})
    }),
    base(
        of(RBAC, "Role", "roles", true),
        "",
        || json!({"metadata": {"name": "r:x"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["x"]}]}),
    ),
    base(of(RBAC, "ClusterRole", "clusterroles", false), "", || {
        json!({"metadata": {"name": "validation:x"}, "rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
            {"nonResourceURLs": ["/x"], "verbs": ["get"]}],
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}, "matchExpressions": [
                {"key": "k", "operator": "In", "values": ["v"]}]}]}})
    }),
    base(of(RBAC, "RoleBinding", "rolebindings", true), "", || {
        json!({"metadata": {"name": "rb"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": "x", "namespace": "y"},
                {"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]})
    }),
    base(of(RBAC, "ClusterRoleBinding", "clusterrolebindings", false), "", || {
        json!({"metadata": {"name": "validation-crb"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "ServiceAccount", "name": "x", "namespace": "y"},
                {"kind": "Group", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]})
    }),
    base(of("v1", "PersistentVolume", "persistentvolumes", false), "", || {
        json!({"metadata": {"name": "vol"}, "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "fast", "volumeMode": "Filesystem", "mountOptions": ["ro"],
            "claimRef": {"name": "c", "namespace": "d"}, "csi": {"driver": "csi.example.com", "volumeHandle": "h",
            "nodePublishSecretRef": {"name": "n", "namespace": "m"}},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}]}]}}}})
    }),
    base(of("v1", "PersistentVolume", "persistentvolumes", false), "path", || {
        json!({"metadata": {"name": "volp"}, "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/x", "type": "Directory"}}})
    }),
    base(of("storage.k8s.io/v1", "StorageClass", "storageclasses", false), "", || {
        json!({"metadata": {"name": "sc"}, "provisioner": "example.com/p", "parameters": {"a": "b"}, "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate", "mountOptions": ["ro"], "allowVolumeExpansion": true,
            "allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a", "b"]}]}]})
    }),
    base(of("storage.k8s.io/v1", "CSIDriver", "csidrivers", false), "", || {
        json!({"metadata": {"name": "csi.example.com"}, "spec": {"attachRequired": true, "podInfoOnMount": true, "fsGroupPolicy": "File",
            "volumeLifecycleModes": ["Persistent"], "tokenRequests": [{"audience": "a", "expirationSeconds": 3600}], "seLinuxMount": false}})
    }),
    base(of("batch/v1", "Job", "jobs", true), "", || {
        json!({"metadata": {"name": "job"}, "spec": {"parallelism": 1, "completions": 2, "completionMode": "Indexed", "backoffLimitPerIndex": 1,
            "maxFailedIndexes": 1, "activeDeadlineSeconds": 10, "backoffLimit": 3, "ttlSecondsAfterFinished": 5, "managedBy": "example.com/x",
            "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"containerName": "c", "operator": "In", "values": [1, 2]}},
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]},
            "successPolicy": {"rules": [{"succeededIndexes": "0-1", "succeededCount": 1}]},
            "template": {"spec": with_policy(simple(), "Never")}}})
    }),
    base(
        of("batch/v1", "Job", "jobs", true),
        "plain",
        || json!({"metadata": {"name": "jobp"}, "spec": {"template": {"spec": with_policy(simple(), "OnFailure")}}}),
    ),
    base(of("batch/v1", "CronJob", "cronjobs", true), "", || {
        json!({"metadata": {"name": "cj"}, "spec": {"schedule": "*/5 1-3 * jan,feb 1", "timeZone": "Europe/Berlin", "startingDeadlineSeconds": 10,
            "concurrencyPolicy": "Forbid", "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 2,
            "jobTemplate": {"spec": {"backoffLimit": 2, "template": {"spec": with_policy(simple(), "Never")}}}}})
    }),
    base(of("networking.k8s.io/v1", "Ingress", "ingresses", true), "", || {
        json!({"metadata": {"name": "ing"}, "spec": {"ingressClassName": "nginx", "defaultBackend": {"resource": {"apiGroup": "example.com", "kind": "K", "name": "n"}},
            "tls": [{"hosts": ["a.example.com", "*.example.com"], "secretName": "s"}],
            "rules": [{"host": "a.example.com", "http": {"paths": [
                {"path": "/x", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}},
                {"path": "/y", "pathType": "ImplementationSpecific", "backend": {"service": {"name": "s", "port": {"name": "web"}}}}]}},
                {"host": "*.b.example.com", "http": {"paths": [{"pathType": "Exact", "path": "/", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}})
    }),
    base(
        of("networking.k8s.io/v1", "IngressClass", "ingressclasses", false),
        "",
        || json!({"metadata": {"name": "ic"}, "spec": {"controller": "example.com/c", "parameters": {"apiGroup": "example.com", "kind": "K", "name": "n", "scope": "Namespace", "namespace": "x"}}}),
    ),
    base(of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true), "", || {
        json!({"metadata": {"name": "np"}, "spec": {"podSelector": selector(), "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"a": "b"}}}, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                "ports": [{"port": 80, "endPort": 90, "protocol": "TCP"}, {"port": "web"}]}],
            "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}]}})
    }),
    base(
        of("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
        "",
        || json!({"metadata": {"name": "pdb"}, "spec": {"minAvailable": "50%", "selector": selector(), "unhealthyPodEvictionPolicy": "AlwaysAllow"}}),
    ),
    base(
        of("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true),
        "v2",
        || {
            json!({"metadata": {"name": "hpa"}, "spec": {"minReplicas": 1, "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
                {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "5"}}},
                {"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "s"}, "target": {"type": "Value", "value": "5"}}},
                {"type": "External", "external": {"metric": {"name": "m"}, "target": {"type": "Value", "value": "5"}}},
                {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "c", "target": {"type": "Utilization", "averageUtilization": 50}}}],
            "behavior": {"scaleUp": {"stabilizationWindowSeconds": 10, "selectPolicy": "Max", "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}}})
        },
    ),
    base(
        of("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true),
        "v1",
        || {
            json!({"metadata": {"name": "hpa1"}, "spec": {"minReplicas": 1, "maxReplicas": 5, "targetCPUUtilizationPercentage": 50,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}})
        },
    ),
    base(
        of("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false),
        "",
        || json!({"metadata": {"name": "pc"}, "value": 100, "preemptionPolicy": "Never", "description": "x"}),
    ),
    base(
        of("coordination.k8s.io/v1", "Lease", "leases", true),
        "",
        || json!({"metadata": {"name": "l"}, "spec": {"holderIdentity": "h", "leaseDurationSeconds": 10, "leaseTransitions": 1}}),
    ),
    base(of("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", false), "", || {
        json!({"metadata": {"name": "rtc"}, "handler": "h", "overhead": {"podFixed": {"cpu": "1m"}},
            "scheduling": {"nodeSelector": {"a": "b"}, "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoSchedule"}]}})
    }),
    base(of("v1", "Endpoints", "endpoints", true), "", || {
        json!({"metadata": {"name": "ep"}, "subsets": [{"addresses": [{"ip": "1.2.3.4", "hostname": "h", "nodeName": "n"}],
            "notReadyAddresses": [{"ip": "1.2.3.5"}], "ports": [{"name": "a", "port": 80, "protocol": "TCP"}, {"name": "b", "port": 81}]}]})
    }),
    base(of("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true), "", || {
        json!({"metadata": {"name": "eps"}, "addressType": "IPv4", "endpoints": [{"addresses": ["1.2.3.4"], "hostname": "h", "nodeName": "n",
            "hints": {"forZones": [{"name": "z"}]}}], "ports": [{"name": "a", "port": 80, "protocol": "TCP"}]})
    }),
    base(of("v1", "LimitRange", "limitranges", true), "", || {
        json!({"metadata": {"name": "lr"}, "spec": {"limits": [
            {"type": "Container", "min": {"cpu": "1m"}, "max": {"cpu": "2"}, "default": {"cpu": "1"}, "defaultRequest": {"cpu": "500m"}, "maxLimitRequestRatio": {"cpu": "4"}},
            {"type": "Pod", "max": {"cpu": "4"}}, {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}}]}})
    }),
    base(of("v1", "ResourceQuota", "resourcequotas", true), "", || {
        json!({"metadata": {"name": "rq"}, "spec": {"hard": {"pods": "10", "requests.cpu": "1"}, "scopes": ["NotTerminating"],
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["x"]}]}}})
    }),
    base(of("v1", "Node", "nodes", false), "", || {
        json!({"metadata": {"name": "node"}, "spec": {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"], "providerID": "p",
            "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]}})
    }),
    base(of("v1", "Event", "events", true), "", || {
        json!({"metadata": {"name": "ev"}, "involvedObject": {"kind": "Pod", "name": "p", "namespace": "broken"}, "reason": "r", "message": "m", "type": "Normal",
            "eventTime": "2026-01-01T00:00:00.000000Z", "reportingComponent": "c", "reportingInstance": "i", "action": "a"})
    }),
    base(
        of("apps/v1", "ControllerRevision", "controllerrevisions", true),
        "",
        || json!({"metadata": {"name": "cr"}, "revision": 1, "data": {"a": "b"}}),
    ),
    base(of("apiregistration.k8s.io/v1", "APIService", "apiservices", false), "", || {
        json!({"metadata": {"name": "v1.validation.example.com"}, "spec": {"group": "validation.example.com", "version": "v1", "groupPriorityMinimum": 100,
            "versionPriority": 10, "service": {"name": "s", "namespace": "n", "port": 443}, "insecureSkipTLSVerify": true}})
    }),
];

fn with_policy(mut spec: Value, policy: &str) -> Value {
    spec["restartPolicy"] = policy.into();
    spec
}

fn selector() -> Value {
    json!({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]},
        {"key": "z", "operator": "DoesNotExist"}]})
}

fn simple() -> Value {
    json!({"containers": [{"name": "c", "image": "i", "ports": [{"name": "web", "containerPort": 80}]}]})
}

fn with_mount(mut spec: Value, volume: &str) -> Value {
    spec["containers"][0]["volumeMounts"] = json!([{"name": volume, "mountPath": "/data"}]);
    spec
}

fn pod_spec(_full: bool) -> Value {
    json!({
        "containers": [
            {"name": "main", "image": "image:1", "command": ["x"], "args": ["y"], "workingDir": "/w",
             "ports": [{"name": "web", "containerPort": 80, "hostPort": 8080, "protocol": "TCP"},
                       {"name": "more", "containerPort": 81, "hostPort": 8081, "hostIP": "1.2.3.4"}],
             "env": [{"name": "A", "value": "1"},
                     {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                     {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
                     {"name": "D", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k", "optional": true}}},
                     {"name": "E", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}}}],
             "envFrom": [{"prefix": "P_", "configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}],
             "resources": {"limits": {"cpu": "2", "memory": "1Gi", "example.com/gpu": "1"}, "requests": {"cpu": "1", "memory": "1Gi", "example.com/gpu": "1"}},
             "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
             "volumeMounts": [{"name": "tmp", "mountPath": "/tmp", "subPath": "x", "readOnly": true, "recursiveReadOnly": "IfPossible", "mountPropagation": "None"}],
             "volumeDevices": [{"name": "dev", "devicePath": "/dev/x"}],
             "livenessProbe": {"httpGet": {"path": "/", "port": "web", "scheme": "HTTP", "httpHeaders": [{"name": "X", "value": "y"}]},
                "initialDelaySeconds": 1, "timeoutSeconds": 1, "periodSeconds": 1, "successThreshold": 1, "failureThreshold": 1, "terminationGracePeriodSeconds": 1},
             "readinessProbe": {"tcpSocket": {"port": 80}},
             "startupProbe": {"grpc": {"port": 80, "service": "s"}},
             "lifecycle": {"postStart": {"exec": {"command": ["x"]}}, "preStop": {"sleep": {"seconds": 1}}},
             "terminationMessagePath": "/x", "terminationMessagePolicy": "File", "imagePullPolicy": "Always",
             "securityContext": {"privileged": false, "runAsUser": 1, "runAsGroup": 1, "procMount": "Default", "allowPrivilegeEscalation": false,
                "capabilities": {"add": ["X"]}, "seccompProfile": {"type": "Localhost", "localhostProfile": "x"},
                "appArmorProfile": {"type": "Localhost", "localhostProfile": "x"}}},
            {"name": "second", "image": "image:2", "restartPolicy": "OnFailure",
             "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}],
        "initContainers": [{"name": "first", "image": "i"},
            {"name": "side", "image": "i", "restartPolicy": "Always", "ports": [{"containerPort": 90}]}],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}},
            {"name": "dev", "persistentVolumeClaim": {"claimName": "pvc"}}],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "activeDeadlineSeconds": 100,
        "dnsPolicy": "None", "dnsConfig": {"nameservers": ["1.2.3.4"], "searches": ["example.com"], "options": [{"name": "ndots", "value": "2"}]},
        "nodeSelector": {"disk": "ssd"}, "serviceAccountName": "default", "hostname": "h", "subdomain": "s",
        "automountServiceAccountToken": false,
        "securityContext": {"runAsUser": 1, "runAsGroup": 1, "fsGroup": 1, "supplementalGroups": [1], "fsGroupChangePolicy": "Always",
            "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}], "seccompProfile": {"type": "RuntimeDefault"},
            "supplementalGroupsPolicy": "Merge", "seLinuxChangePolicy": "Recursive"},
        "imagePullSecrets": [{"name": "x"}], "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["x.example.com"]}],
        "shareProcessNamespace": true, "readinessGates": [{"conditionType": "example.com/x"}],
        "os": {"name": "linux"}, "enableServiceLinks": true, "setHostnameAsFQDN": false,
        "resourceClaims": [{"name": "claim", "resourceClaimName": "rc"}]
    })
}

fn volumes() -> Value {
    json!({
        "containers": [{"name": "main", "image": "i", "volumeMounts": [{"name": "a", "mountPath": "/a"}]}],
        "serviceAccountName": "default", "automountServiceAccountToken": false,
        "volumes": [
            {"name": "a", "hostPath": {"path": "/x", "type": "Directory"}},
            {"name": "b", "secret": {"secretName": "s", "defaultMode": 420, "items": [{"key": "k", "path": "p", "mode": 256}]}},
            {"name": "c", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}},
            {"name": "d", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.labels['x']"}},
                {"path": "q", "resourceFieldRef": {"containerName": "main", "resource": "limits.memory", "divisor": "1Mi"}}]}},
            {"name": "e", "projected": {"defaultMode": 420, "sources": [
                {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}},
                {"configMap": {"name": "s", "items": [{"key": "k", "path": "p2"}]}},
                {"downwardAPI": {"items": [{"path": "p3", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600, "audience": "a"}}]}},
            {"name": "f", "nfs": {"server": "s", "path": "/x"}},
            {"name": "g", "csi": {"driver": "csi.example.com", "nodePublishSecretRef": {"name": "x"}}},
            {"name": "h", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}},
            {"name": "i", "iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:storage.disk1", "lun": 1}},
            {"name": "j", "fc": {"targetWWNs": ["x"], "lun": 1}},
            {"name": "k", "image": {"reference": "r", "pullPolicy": "Always"}},
            {"name": "l", "emptyDir": {}}
        ]
    })
}

fn placed() -> Value {
    let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}, "namespaces": ["x"],
        "namespaceSelector": {"matchLabels": {"a": "b"}}, "matchLabelKeys": ["q"], "mismatchLabelKeys": ["w"]});
    let node = json!({"matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}, {"key": "n", "operator": "Gt", "values": ["1"]}],
        "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]});
    json!({
        "containers": [{"name": "main", "image": "i"}],
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [node]},
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": node}]},
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term],
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "podAffinityTerm": term}]},
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
        "tolerations": [{"key": "k", "operator": "Equal", "value": "v", "effect": "NoExecute", "tolerationSeconds": 5},
            {"operator": "Exists"}],
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "minDomains": 1, "labelSelector": {"matchLabels": {"a": "b"}}, "nodeAffinityPolicy": "Honor",
            "nodeTaintsPolicy": "Ignore", "matchLabelKeys": ["q"]}],
        "schedulingGates": [{"name": "example.com/g"}],
        "hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"
    })
}
