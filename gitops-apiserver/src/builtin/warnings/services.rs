//! Services.

use super::addresses::{each, ip, range};
use crate::{builtin::defaults::field, object};
use serde_json::Value;

const HINTS: &str = "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead";

/// A warning that depends on something.
fn told_if(holds: bool, text: &str) -> Option<String> {
    holds.then(|| text.to_owned())
}

pub(super) fn of(object: &Value) -> Vec<String> {
    let Some(spec) = field::get(object, "spec") else { return Vec::new() };
    let annotations = object::meta_value(object, "annotations");
    let hints = "service.kubernetes.io/topology-aware-hints";
    let hints = annotations.is_some_and(|all| all.get(hints).is_some());
    let addresses = !field::items(spec, "externalIPs").is_empty();
    let headless =
        field::text(spec, "type") == "ClusterIP" && field::text(spec, "clusterIP") == "None";
    let named = field::text(spec, "type") == "ExternalName";
    let balancer = field::text(spec, "loadBalancerIP");
    let sticky = !matches!(field::text(spec, "sessionAffinity"), "" | "None");
    let mut told = Vec::new();
    told.extend(told_if(hints, HINTS));
    told.extend(told_if(
        headless && !balancer.is_empty(),
        "spec.loadBalancerIP is ignored for headless services",
    ));
    told.extend(told_if(
        headless && addresses,
        "spec.externalIPs is ignored for headless services",
    ));
    told.extend(told_if(
        headless && sticky,
        "spec.SessionAffinity is ignored for headless services",
    ));
    told.extend(each(spec, "externalIPs", "spec.externalIPs", ip));
    told.extend(told_if(
        addresses && !headless && !named,
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    ));
    told.extend(ip(balancer, "spec.loadBalancerIP"));
    let ranges = "loadBalancerSourceRanges";
    told.extend(each(spec, ranges, &format!("spec.{ranges}"), range));
    told.extend(told_if(
        addresses && named,
        "spec.externalIPs is ignored when spec.type is \"ExternalName\"",
    ));
    told.extend(told_if(
        !named && !field::is_empty(spec, "externalName"),
        "spec.externalName is ignored when spec.type is not \"ExternalName\"",
    ));
    told.extend(told_if(
        field::text(spec, "trafficDistribution") == "PreferClose",
        "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
    ));
    told
}
