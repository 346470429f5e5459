//! Paths and queries.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

const RESOURCES: [&str; 34] = [
    "api/v1/namespaces/default/configmaps",
    "api/v1/namespaces/default/secrets",
    "api/v1/namespaces/default/pods",
    "api/v1/namespaces/default/services",
    "api/v1/namespaces/default/serviceaccounts",
    "api/v1/namespaces/default/persistentvolumeclaims",
    "api/v1/namespaces/default/resourcequotas",
    "api/v1/namespaces/default/limitranges",
    "api/v1/namespaces/default/events",
    "api/v1/namespaces/default/replicationcontrollers",
    "api/v1/namespaces",
    "api/v1/nodes",
    "api/v1/componentstatuses",
    "api/v1/pods",
    "apis/apps/v1/namespaces/default/deployments",
    "apis/apps/v1/namespaces/default/statefulsets",
    "apis/apps/v1/namespaces/default/daemonsets",
    "apis/apps/v1/namespaces/default/replicasets",
    "apis/batch/v1/namespaces/default/jobs",
    "apis/batch/v1/namespaces/default/cronjobs",
    "apis/networking.k8s.io/v1/namespaces/default/ingresses",
    "apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
    "apis/policy/v1/namespaces/default/poddisruptionbudgets",
    "apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
    "apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
    "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
    "apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "apis/kubectl.example.com/v1/namespaces/default/gadgets",
    "apis/certificates.k8s.io/v1/certificatesigningrequests",
    "apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    "apis/authentication.k8s.io/v1/tokenreviews",
];

const NAMES: [&str; 25] = [
    "",
    "/one",
    "/web",
    "/alone",
    "/reader",
    "/gadgets.kubectl.example.com",
    "/default",
    "/a",
    "/db",
    "/.",
    "/..",
    "/%2e%2e",
    "/%2F",
    "/a%00b",
    "/%ff",
    "/A_b",
    "/web/status",
    "/web/scale",
    "/alone/log",
    "/alone/eviction",
    "/alone/binding",
    "/default/finalize",
    "/one/status",
    "/one/scale/x",
    "/robot/token",
];

const OTHERS: [&str; 22] = [
    "",
    "api",
    "apis",
    "api/v1",
    "api/v2",
    "apis/apps",
    "apis/apps/v1",
    "apis/kubectl.example.com",
    "apis/kubectl.example.com/v1",
    "version",
    "healthz",
    "livez/ping",
    "readyz",
    "openapi/v2",
    "openapi/v3",
    "openapi/v3/api/v1",
    "metrics",
    "api/v1/watch",
    "api/v1/watch/pods",
    "api/v1/watch/namespaces/default/configmaps/one",
    "api/v1/namespaces/default",
    "api//v1///pods",
];

const PARAMETERS: [&str; 27] = [
    "watch",
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "labelSelector",
    "fieldSelector",
    "timeoutSeconds",
    "timeout",
    "allowWatchBookmarks",
    "sendInitialEvents",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "gracePeriodSeconds",
    "propagationPolicy",
    "orphanDependents",
    "pretty",
    "includeObject",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "container",
    "command",
    "hash",
    "verbose",
    "exclude",
    "x",
];

const VALUES: [&str; 40] = [
    "",
    "0",
    "1",
    "-1",
    "true",
    "false",
    "True",
    "x",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999",
    "All",
    "Strict",
    "Warn",
    "Ignore",
    "Exact",
    "NotOlderThan",
    "Background",
    "Foreground",
    "Orphan",
    "None",
    "Object",
    "Metadata",
    "a=b",
    "a in (b,c),!d",
    "a in (",
    "a notin ()",
    "a>1",
    "a<x",
    "=",
    "!",
    "metadata.name=one",
    "metadata.name!=one,metadata.namespace=default",
    "spec.nodeName=",
    "status.phase=Running",
    "a%20b",
    "%ff",
    "%",
    "1.5",
];

/// A token as lists give it, with anything in it.
fn token() -> impl Strategy<Value = String> {
    let version = prop_oneof![any::<i64>(), -2i64..100];
    (version, prop_oneof![Just("one\\u0000".to_owned()), "[a-z/%.\"]{0,9}"], "[a-z0-9./]{0,12}")
        .prop_map(|(version, start, api)| {
            let api = if api.len() < 9 { "meta.k8s.io/v1" } else { &api };
            let text = format!("{{\"v\":\"{api}\",\"rv\":{version},\"start\":\"{start}\"}}");
            URL_SAFE_NO_PAD.encode(text)
        })
}

fn query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        6 => prop::sample::select(VALUES.to_vec()).prop_map(str::to_owned),
        1 => token(),
        1 => "[ -~]{0,12}",
    ];
    let pair = (prop::sample::select(PARAMETERS.to_vec()), value)
        .prop_map(|(name, value)| format!("{name}={value}"));
    prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

/// Any path with any query.
pub(super) fn uri() -> impl Strategy<Value = String> {
    let piece = prop_oneof!["[a-z]{0,6}", "[!-~]{0,8}", Just("%2e%2e".to_owned())];
    let path = prop_oneof![
        20 => (prop::sample::select(RESOURCES.to_vec()), prop::sample::select(NAMES.to_vec()))
            .prop_map(|(resource, name)| format!("/{resource}{name}")),
        3 => prop::sample::select(OTHERS.to_vec()).prop_map(|path| format!("/{path}")),
        2 => prop::collection::vec(piece, 0..9).prop_map(|pieces| format!("/{}", pieces.join("/"))),
    ];
    (path, query()).prop_map(
        |(path, query)| {
            if query.is_empty() { path } else { format!("{path}?{query}") }
        },
    )
}
