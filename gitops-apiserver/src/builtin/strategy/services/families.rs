//! Address families of a service: filled in, and checked with the addresses.

use super::super::super::defaults::field;
use super::fields::{self, cluster_ips, is_headless, needs_cluster_ip, texts};
use super::{addresses::Addresses, invalid};
use crate::status::{FieldError, Status};
use serde_json::{Value, json};
use std::net::IpAddr;

const POLICY: &str = "spec.ipFamilyPolicy";
const FAMILIES: &str = "spec.ipFamilies";
const IPS: &str = "spec.clusterIPs";
const SINGLE: &str = "SingleStack";

/// Policy and families of a Service that was stored without, as answers show it.
pub(super) fn read(service: &mut Value) {
    let headless = field::text(service, "spec.clusterIP") == "None";
    let families: Vec<&str> = match headless {
        true if field::is_empty(service, "spec.selector") => vec!["IPv4", "IPv6"],
        true => vec!["IPv4"],
        false => cluster_ips(service)
            .iter()
            .map(|ip| if ip.contains(':') { "IPv6" } else { "IPv4" })
            .collect(),
    };
    let policy = match families.len() {
        0 => return,
        1 => SINGLE,
        _ => "RequireDualStack",
    };
    field::put(service, POLICY, policy);
    field::put(service, FAMILIES, families);
}

/// Fills in policy and families.
pub(super) fn fill(
    service: &mut Value,
    old: Option<&Value>,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    if !needs_cluster_ip(service) || old.is_some_and(|old| both_prefer_dual_stack(service, old)) {
        return Ok(());
    }
    let selects_nothing = field::is_empty(service, "spec.selector");
    if field::get(service, POLICY).is_none() {
        let before = old.and_then(|old| field::get(old, POLICY)).cloned();
        let headless = field::text(service, "spec.clusterIP") == "None";
        let fresh = if headless && selects_nothing { "RequireDualStack" } else { SINGLE };
        field::put(service, POLICY, before.unwrap_or_else(|| fresh.into()));
    }
    fail_on(service, check(service, old))?;

    let mut errors = Vec::new();
    if let Some(old) = old {
        release_second(service, old, &mut errors);
    }
    let policy = json!(field::text(service, POLICY));
    let single = policy == SINGLE;
    for (path, of) in [(IPS, "cluster IPs"), (FAMILIES, "IP families")] {
        if single && field::items(service, path).len() == 2 {
            let detail = format!(
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple {of} are specified"
            );
            errors.push(FieldError::invalid(POLICY, policy.clone(), &detail));
        }
    }
    families_of_addresses(service, addresses, &mut errors);
    fail_on(service, errors)?;

    let mut families = fields::families(service);
    let default = addresses.families().first().copied().unwrap_or("IPv4");
    let without = field::text(service, "spec.clusterIP") == "None" && selects_nothing;
    if !without {
        fail_on(service, unavailable(service, &policy, addresses))?;
    }
    if families.is_empty() {
        families.push(default.to_owned());
    }
    // Nothing selects the pods of a headless service without selector: it may have both families,
    // whatever the cluster has.
    if families.len() == 1 && !single && (without || addresses.families().len() == 2) {
        let first = families.first().map_or("", String::as_str);
        families.push(if first == "IPv4" { "IPv6" } else { "IPv4" }.to_owned());
    }
    field::put(service, FAMILIES, families);
    Ok(())
}

fn fail_on(service: &Value, errors: Vec<FieldError>) -> Result<(), Status> {
    if errors.is_empty() { Ok(()) } else { Err(invalid(service, errors)) }
}

/// Going back to one family frees the second; otherwise there may not be fewer than before.
fn release_second(service: &mut Value, old: &Value, errors: &mut Vec<FieldError>) {
    let policy = field::text(service, POLICY).to_owned();
    for (path, of) in [(IPS, "cluster IP"), (FAMILIES, "IP family")] {
        let (now, before) = (texts(service, path), texts(old, path));
        if policy == SINGLE {
            if now == before && now.len() > 1 {
                field::put(service, path, now.into_iter().take(1).collect::<Vec<_>>());
            }
        } else if !now.is_empty() && now.len() < before.len() {
            let detail = format!("must be 'SingleStack' to release the secondary {of}");
            errors.push(FieldError::invalid(POLICY, policy.as_str(), &detail));
        }
    }
}

/// Addresses that are given say their families.
fn families_of_addresses(
    service: &mut Value,
    addresses: &dyn Addresses,
    errors: &mut Vec<FieldError>,
) {
    let ips = cluster_ips(service);
    let mut families = fields::families(service);
    for (at, ip) in ips.iter().enumerate() {
        if ip == "None" {
            break;
        }
        let family = family_of(ip);
        if at < families.len() {
            continue;
        }
        if addresses.families().contains(&family) {
            families.push(family.to_owned());
        } else {
            let detail = format!("{family} is not configured on this cluster");
            errors.push(FieldError::invalid(&format!("{IPS}[{at}]"), json!(ips), &detail));
        }
    }
    if !families.is_empty() {
        field::put(service, FAMILIES, families);
    }
}

/// What this cluster doesn't have.
fn unavailable(service: &Value, policy: &Value, addresses: &dyn Addresses) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if policy == "RequireDualStack" && addresses.families().len() < 2 {
        let detail = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid(POLICY, policy.clone(), detail));
    }
    for (at, family) in fields::families(service).iter().enumerate() {
        if !addresses.families().contains(&family.as_str()) {
            let path = format!("{FAMILIES}[{at}]");
            let detail = "not configured on this cluster";
            errors.push(FieldError::invalid(&path, family.as_str(), detail));
        }
    }
    errors
}

/// Whether an update leaves alone what prefers two families and has one: it isn't upgraded by
/// accident.
pub(super) fn both_prefer_dual_stack(new: &Value, old: &Value) -> bool {
    let prefers = |service: &Value| field::text(service, POLICY) == "PreferDualStack";
    let same_type = field::text(new, "spec.type") == field::text(old, "spec.type");
    same_type
        && matches!(field::text(new, "spec.type"), "ClusterIP" | "NodePort" | "LoadBalancer")
        && prefers(new)
        && (prefers(old) || field::get(old, POLICY).is_none())
        && cluster_ips(new) == cluster_ips(old)
        && fields::families(new) == fields::families(old)
}

fn family_of(ip: &str) -> &'static str {
    match ip.parse() {
        Ok(IpAddr::V4(_)) => "IPv4",
        Ok(IpAddr::V6(_)) => "IPv6",
        Err(_) => "unknown",
    }
}

/// Whether the fields about addresses agree with one another.
pub(crate) fn check(service: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !needs_cluster_ip(service) {
        return errors;
    }
    let ips = cluster_ips(service);
    let shown = json!(ips);
    let one = field::text(service, "spec.clusterIP");
    match ips.first() {
        None if !one.is_empty() => errors.push(FieldError::required(IPS, "")),
        Some(_) if one.is_empty() => {
            let detail = "must be empty when `clusterIP` is not specified";
            errors.push(FieldError::invalid(IPS, shown.clone(), detail));
        }
        Some(first) if first != one => {
            let detail = "first value must match `clusterIP`";
            errors.push(FieldError::invalid(IPS, shown.clone(), detail));
        }
        _ => {}
    }
    let families = fields::families(service);
    for (at, family) in families.iter().enumerate() {
        let path = format!("{FAMILIES}[{at}]");
        if !matches!(family.as_str(), "IPv4" | "IPv6") {
            errors.push(FieldError::not_supported(&path, family.as_str(), &["IPv4", "IPv6"]));
        }
        if families.iter().take(at).any(|before| before == family) {
            errors.push(FieldError::duplicate(&path, family.as_str()));
        }
    }
    let policies = ["PreferDualStack", "RequireDualStack", SINGLE];
    let policy = field::get(service, POLICY).and_then(Value::as_str);
    if let Some(policy) = policy.filter(|policy| !policies.contains(policy)) {
        errors.push(FieldError::not_supported(POLICY, policy, &policies));
    }
    check_addresses(service, old, &ips, &families, errors)
}

fn check_addresses(
    service: &Value,
    old: Option<&Value>,
    ips: &[String],
    families: &[String],
    mut errors: Vec<FieldError>,
) -> Vec<FieldError> {
    let shown = json!(ips);
    let before = old.map(cluster_ips).unwrap_or_default();
    let so_far = errors.len();
    for (at, ip) in ips.iter().enumerate() {
        if at == 0 && ip == "None" {
            if ips.len() > 1 {
                let detail = "'None' must be the first and only value";
                errors.push(FieldError::invalid(IPS, shown.clone(), detail));
            }
        } else if !before.contains(ip) {
            let path = format!("{IPS}[{at}]");
            errors.extend(
                malformed(ip).map(|detail| FieldError::invalid(&path, ip.as_str(), detail)),
            );
        }
    }
    let broken = errors.len() > so_far;
    if ips.len() > 2 {
        let detail = "may only hold up to 2 values";
        errors.push(FieldError::invalid(IPS, shown.clone(), detail));
    }
    if broken {
        return errors;
    }
    let of: Vec<&str> = ips.iter().map(|ip| family_of(ip)).collect();
    if ips.len() > 1 && !(of.contains(&"IPv4") && of.contains(&"IPv6")) {
        let detail = "may specify no more than one IP for each IP family";
        errors.push(FieldError::invalid(IPS, shown, detail));
    }
    if !is_headless(service) {
        for (at, (ip, family)) in ips.iter().zip(families).enumerate() {
            let is_v6 = family_of(ip) == "IPv6";
            if (family == "IPv4" && is_v6) || (family == "IPv6" && !is_v6) {
                let detail =
                    format!("expected an {family} value as indicated by `ipFamilies[{at}]`");
                errors.push(FieldError::invalid(&format!("{IPS}[{at}]"), ip.as_str(), &detail));
            }
        }
    }
    errors
}

/// What is wrong with the form of an address.
fn malformed(ip: &str) -> Option<&'static str> {
    match ip.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            Some("must not be an IPv4-mapped IPv6 address")
        }
        Ok(_) => None,
        Err(_) => {
            let stripped: Vec<&str> = ip
                .split('.')
                .map(|part| match part.trim_start_matches('0') {
                    "" if !part.is_empty() => "0",
                    rest => rest,
                })
                .collect();
            match stripped.join(".").parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => Some("must not have leading 0s"),
                _ => Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
            }
        }
    }
}
