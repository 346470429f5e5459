//! Valid objects of the kinds of devices.

use super::bases::{Base, base, of};
use super::lab::Resource;
use super::statuses::Status;
use serde_json::json;

const VERSION: &str = "resource.k8s.io/v1";
const CLAIM: Resource = of(VERSION, "ResourceClaim", "resourceclaims", true);
const SLICE: Resource = of(VERSION, "ResourceSlice", "resourceslices", false);

pub(super) const DEVICES: &[Base] = &[
    base(of(VERSION, "DeviceClass", "deviceclasses", false), "", || {
        json!({"metadata": {"name": "dc", "labels": {"a": "b"}}, "spec": {
            "selectors": [{"cel": {"expression": "device.driver == \"dra.example.com\""}}],
            "config": [{"opaque": {"driver": "dra.example.com", "parameters": {"a": "b"}}}],
            "extendedResourceName": "example.com/gpu"}})
    }),
    base(CLAIM, "", || {
        json!({"metadata": {"name": "rc", "finalizers": ["example.com/f"]}, "spec": {"devices": {
            "requests": [{"name": "one", "exactly": {"deviceClassName": "class.example.com",
                "selectors": [{"cel": {"expression": "device.attributes['dra.example.com'].size > 1"}}],
                "allocationMode": "ExactCount", "count": 2, "adminAccess": false,
                "tolerations": [{"key": "example.com/k", "operator": "Equal", "value": "v", "effect": "NoSchedule", "tolerationSeconds": 5},
                    {"operator": "Exists"}],
                "capacity": {"requests": {"memory": "1Gi"}},
                "derivedAttributes": [{"name": "example.com/d", "expression": "device.driver"}]}},
                {"name": "all", "exactly": {"deviceClassName": "c", "allocationMode": "All"}}],
            "constraints": [{"requests": ["one", "all"], "matchAttribute": "example.com/a"}, {"distinctAttribute": "example.com/b"}],
            "config": [{"requests": ["one"], "opaque": {"driver": "dra.example.com", "parameters": {"a": "b"}}}]}}})
    }),
    base(CLAIM, "alternatives", || {
        json!({"metadata": {"name": "rca"}, "spec": {"devices": {
            "requests": [{"name": "one", "firstAvailable": [
                {"name": "large", "deviceClassName": "large.example.com", "selectors": [{"cel": {"expression": "true"}}],
                    "allocationMode": "ExactCount", "count": 1, "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute"}],
                    "capacity": {"requests": {"memory": "1Gi"}}},
                {"name": "small", "deviceClassName": "small", "allocationMode": "All"}]}],
            "constraints": [{"requests": ["one/large"], "matchAttribute": "example.com/a", "distinctAttribute": "example.com/b"}],
            "config": [{"requests": ["one/small"], "opaque": {"driver": "dra.example.com", "parameters": {}}}]}}})
    }),
    base(of(VERSION, "ResourceClaimTemplate", "resourceclaimtemplates", true), "", || {
        json!({"metadata": {"name": "rct"}, "spec": {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
            "spec": {"devices": {"requests": [
                {"name": "one", "exactly": {"deviceClassName": "c", "allocationMode": "ExactCount", "count": 1, "adminAccess": false,
                    "selectors": [{"cel": {"expression": "device.allowMultipleAllocations"}}],
                    "tolerations": [{"key": "k", "operator": "Equal", "value": "v", "effect": "None"}],
                    "capacity": {"requests": {"memory": "1Gi"}}}},
                {"name": "two", "firstAvailable": [{"name": "a", "deviceClassName": "c"}]}],
            "constraints": [{"requests": ["one"], "matchAttribute": "example.com/a"}],
            "config": [{"requests": ["two/a"], "opaque": {"driver": "dra.example.com", "parameters": {"a": "b"}}}]}}}})
    }),
    base(SLICE, "", || {
        json!({"metadata": {"name": "rs"}, "spec": {"driver": "dra.example.com", "nodeName": "n",
            "pool": {"name": "pool/a", "generation": 1, "resourceSliceCount": 1}, "devices": [
            {"name": "d1", "attributes": {"model": {"string": "x"}, "example.com/count": {"int": 3}, "fast": {"bool": true}, "driver": {"version": "1.2.3-alpha.1+b"}},
                "capacity": {"example.com/memory": {"value": "10Gi"}, "slots": {"value": "4"}},
                "taints": [{"key": "example.com/t", "value": "v", "effect": "NoSchedule", "timeAdded": "2026-01-01T00:00:00Z"}, {"key": "u", "effect": "None"}],
                "bindsToNode": true, "bindingConditions": ["example.com/ready", "b"], "bindingFailureConditions": ["example.com/failed"],
                "nodeAllocatableResources": {"cpu": {"mapping": {"deviceMultiplier": "1"}}}},
            {"name": "d2", "attributes": {"models": {"strings": ["a"], "string": "b"}}}]}})
    }),
    base(SLICE, "shares", || {
        json!({"metadata": {"name": "rss"}, "spec": {"driver": "dra.example.com",
            "nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]},
            "pool": {"name": "p", "generation": 2, "resourceSliceCount": 3}, "devices": [
            {"name": "a", "allowMultipleAllocations": true, "capacity": {
                "values": {"value": "10", "requestPolicy": {"default": "2", "validValues": ["1", "2", "5"]}}}},
            {"name": "b", "allowMultipleAllocations": true, "capacity": {
                "range": {"value": "10Gi", "requestPolicy": {"default": "2Gi", "validRange": {"min": "1Gi", "max": "8Gi", "step": "1Gi"}}}}},
            {"name": "c", "allowMultipleAllocations": true, "capacity": {
                "parts": {"value": "10", "requestPolicy": {"default": "1500m", "validRange": {"min": "500m", "max": "9500m", "step": "500m"}}}}},
            {"name": "d", "allowMultipleAllocations": true, "capacity": {
                "some": {"value": "7", "requestPolicy": {"default": "1"}}}}]}})
    }),
    base(SLICE, "counters", || {
        json!({"metadata": {"name": "rsc"}, "spec": {"driver": "dra.example.com", "allNodes": true,
            "pool": {"name": "p", "resourceSliceCount": 2}, "sharedCounters": [
            {"name": "set-1", "counters": {"memory": {"value": "40Gi"}, "cores": {"value": "8"}}},
            {"name": "set-2", "counters": {"memory": {"value": "1"}}}]}})
    }),
    base(SLICE, "nodes", || {
        json!({"metadata": {"name": "rsn"}, "spec": {"driver": "dra.example.com", "perDeviceNodeSelection": true,
            "pool": {"name": "p", "resourceSliceCount": 2}, "devices": [
            {"name": "a", "nodeName": "n", "consumesCounters": [
                {"counterSet": "set-1", "counters": {"memory": {"value": "1Gi"}}, "compatibilityGroups": ["g"]},
                {"counterSet": "set-2", "counters": {"memory": {"value": "1"}}}]},
            {"name": "b", "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}},
            {"name": "c", "allNodes": true}]}})
    }),
    base(of(VERSION, "DeviceTaintRule", "devicetaintrules", false), "", || {
        json!({"metadata": {"name": "dtr"}, "spec": {"deviceSelector": {"driver": "dra.example.com", "pool": "p/q", "device": "d"},
            "taint": {"key": "example.com/t", "value": "v", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}}})
    }),
];

pub(super) const DEVICE_STATUSES: &[Status] = &[
    ("ResourceClaim", "status", || {
        json!({"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}, {"apiGroup": "example.com", "resource": "things", "name": "q", "uid": "v"}],
            "allocation": {"allocationTimestamp": "2026-01-01T00:00:00Z",
                "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}]},
                "devices": {"results": [
                    {"request": "one", "driver": "dra.example.com", "pool": "pool/a", "device": "d", "shareID": "01234567-89ab-cdef-0123-456789abcdef",
                        "consumedCapacity": {"memory": "1Gi"}, "bindingConditions": ["example.com/ready"],
                        "bindingFailureConditions": ["example.com/failed"], "skipNodeOperations": ["*"],
                        "tolerations": [{"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}]},
                    {"request": "all", "driver": "dra.example.com", "pool": "p", "device": "e"}],
                "config": [{"source": "FromClaim", "requests": ["one"], "opaque": {"driver": "dra.example.com", "parameters": {"a": "b"}}}]}},
            "devices": [
                {"driver": "dra.example.com", "pool": "pool/a", "device": "d", "shareID": "01234567-89ab-cdef-0123-456789abcdef", "data": {"a": "b"},
                    "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": "m"}],
                    "networkData": {"interfaceName": "eth0", "hardwareAddress": "00:11:22:33:44:55", "ips": ["10.9.8.7/24", "2001:db8::1/64"]}},
                {"driver": "dra.example.com", "pool": "p", "device": "e"}]})
    }),
    (
        "DeviceTaintRule",
        "status",
        || json!({"conditions": [{"type": "EvictionInProgress", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": "m", "observedGeneration": 1}]}),
    ),
];
