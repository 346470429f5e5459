//! Where a balancer of load lets traffic in.

use crate::builtin::validation::spot::{Spot, below};
use crate::builtin::validation::{address, format};
use serde_json::Value;

/// The status of a changed Service.
pub(in crate::builtin::validation) fn service(new: &Spot, old: &Value) {
    let status = new.at("status");
    let points = status.at("loadBalancer.ingress");
    if new.at("spec.type").text() != "LoadBalancer" && !points.empty() {
        return points.forbidden("may only be used when `spec.type` is 'LoadBalancer'");
    }
    let old = addresses(old);
    for point in points.items() {
        let (ip, mode) = (point.at("ip"), point.at("ipMode"));
        address_if_any(&ip, &old);
        match (mode.given(), ip.empty()) {
            (false, false) => mode.required("must be specified when `ip` is set"),
            (true, true) => mode.forbidden("may not be specified when `ip` is not set"),
            (true, false) => mode.one_of(&["Proxy", "VIP"]),
            (false, true) => {}
        }
        host_name_if_any(&point.at("hostname"));
    }
}

/// The status of a changed Ingress.
pub(in crate::builtin::validation) fn ingress(new: &Spot, old: &Value) {
    let status = new.at("status");
    let old = addresses(old);
    for point in status.at("loadBalancer.ingress").items() {
        address_if_any(&point.at("ip"), &old);
        host_name_if_any(&point.at("hostname"));
    }
}

/// The addresses that were there.
fn addresses(old: &Value) -> Value {
    let points = below(old, "status.loadBalancer.ingress").as_array();
    points.into_iter().flatten().map(|point| below(point, "ip").clone()).collect()
}

fn address_if_any(ip: &Spot, old: &Value) {
    if !ip.empty() {
        address::ip_or_old(ip, old);
    }
}

fn host_name_if_any(name: &Spot) {
    name.in_format_if_any(format::subdomain);
    if address::sloppy(name.text()).is_some() {
        name.invalid("must be a DNS name, not an IP address");
    }
}
