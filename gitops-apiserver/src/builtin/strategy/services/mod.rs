//! Cluster addresses and node ports of Services.
//!
//! The server allocates them before it prepares and checks a Service, and gives them back if that
//! fails. Here, [`allocate_create`] and [`allocate_update`] fill in the object and say in an
//! [`Allocation`] what is to be taken and freed once the write is done; for a write that fails, or
//! a dry run, it is dropped.

mod addresses;
mod families;
mod fields;
mod ports;
mod range;

pub use addresses::{Addresses, Allocation, Held, Refused, held_by, ip_address};
pub use range::ServiceRange;

use super::super::defaults::field;
use crate::status::{FieldError, Status};
use fields::{cluster_ips, is_headless, needs_cluster_ip};
use serde_json::{Value, json};

/// Fills in addresses and ports of a new Service that has its defaults.
///
/// # Errors
/// Where an address or port isn't to be had, or the fields about them contradict one another: the
/// server's answer.
pub fn allocate_create(
    service: &mut Value,
    addresses: &dyn Addresses,
    dry_run: bool,
) -> Result<Allocation, Status> {
    if cluster_ips(service).is_empty() && !field::is_empty(service, "spec.clusterIP") {
        let one = field::text(service, "spec.clusterIP").to_owned();
        field::put(service, "spec.clusterIPs", vec![one]);
    }
    let mut allocation = Allocation::new(dry_run);
    families::fill(service, None, addresses)?;
    take_addresses(service, &mut allocation, addresses)?;
    ports::create(service, &mut allocation, addresses)?;
    Ok(allocation)
}

/// Fills in addresses and ports of a Service that is to replace another. What the new one leaves
/// out it has from the old one.
///
/// # Errors
/// As [`allocate_create`].
pub fn allocate_update(
    new: &mut Value,
    old: &Value,
    addresses: &dyn Addresses,
    dry_run: bool,
) -> Result<Allocation, Status> {
    fields::patch(new, old);
    normalize(new, old);
    let mut allocation = Allocation::new(dry_run);
    families::fill(new, Some(old), addresses)?;
    if !families::both_prefer_dual_stack(new, old) {
        update_addresses(new, old, &mut allocation, addresses)?;
    }
    ports::update(new, old, &mut allocation, addresses)?;
    Ok(allocation)
}

/// `clusterIP` and `clusterIPs` say the same, whichever of them the client knows.
fn normalize(new: &mut Value, old: &Value) {
    let (one, many) = ("spec.clusterIP", "spec.clusterIPs");
    let moved = field::text(new, one) != field::text(old, one);
    if !moved && cluster_ips(new).is_empty() {
        field::copy(new, many, old);
    } else if moved && cluster_ips(new) == cluster_ips(old) {
        if field::is_empty(new, one) && !field::is_empty(old, one) {
            field::take(new, many);
        } else {
            let first = field::text(new, one).to_owned();
            field::put(new, many, vec![first]);
        }
    }
}

/// One address of each family, the one that is asked for or the next free one.
fn take_addresses(
    service: &mut Value,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    if !needs_cluster_ip(service) || is_headless(service) {
        return Ok(());
    }
    let families = fields::families(service);
    let mut ips = cluster_ips(service);
    for (at, family) in families.iter().enumerate() {
        let wanted = ips.get(at).cloned().unwrap_or_default();
        let got = take_address(service, &wanted, family, allocation, addresses)?;
        match ips.get_mut(at) {
            Some(ip) => *ip = got,
            None => ips.push(got),
        }
    }
    if let Some(first) = ips.first() {
        field::put(service, "spec.clusterIP", first.clone());
        field::put(service, "spec.clusterIPs", ips);
    }
    Ok(())
}

fn take_address(
    service: &Value,
    wanted: &str,
    family: &str,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<String, Status> {
    let name = field::text(service, "metadata.name");
    if wanted.is_empty() {
        let next = allocation.next_address(family, addresses).ok_or_else(|| {
            let why = format!("failed to allocate a serviceIP for Service {name:?}: range is full");
            Status::internal(&why)
        })?;
        // Each address is an object of its own, which names the Service; but not in a dry run.
        let problems = crate::names::path_segment(name);
        if problems.is_empty() || allocation.is_dry_run() {
            return Ok(next);
        }
        let place = |why: &String| FieldError::invalid("spec.parentRef.name", name, why);
        let places: Vec<FieldError> = problems.iter().map(place).collect();
        let refused = Status::invalid("networking.k8s.io", "IPAddress", &next, &places);
        let detail = format!("failed to allocate IP: {}", refused.message);
        let asked = json!([""]);
        return Err(invalid(service, vec![FieldError::invalid("spec.clusterIPs", asked, &detail)]));
    }
    allocation.claim_address(wanted, addresses).map_err(|why| {
        let mut asked = cluster_ips(service);
        asked.resize(asked.len().max(1), String::new());
        let detail = format!("failed to allocate IP {wanted}: {why}");
        invalid(service, vec![FieldError::invalid("spec.clusterIPs", json!(asked), &detail)])
    })?;
    Ok(wanted.to_owned())
}

fn update_addresses(
    new: &mut Value,
    old: &Value,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    match (needs_cluster_ip(old), needs_cluster_ip(new)) {
        (false, true) => return take_addresses(new, allocation, addresses),
        _ if is_headless(old) => return Ok(()),
        (true, false) => {
            allocation.freed.addresses = cluster_ips(old);
            return Ok(());
        }
        _ => {}
    }
    let (before, after) = (fields::families(old).len(), fields::families(new));
    if before == 1 && after.len() == 2 {
        let mut ips = cluster_ips(new);
        let wanted = ips.get(1).cloned().unwrap_or_default();
        let family = after.last().cloned().unwrap_or_default();
        let got = take_address(new, &wanted, &family, allocation, addresses)?;
        ips.truncate(1);
        ips.push(got);
        field::put(new, "spec.clusterIPs", ips);
    } else if before == 2 && after.len() == 1 {
        allocation.freed.addresses.extend(cluster_ips(old).into_iter().nth(1));
    }
    Ok(())
}

/// What an update to another type leaves behind goes, if the client only didn't touch it.
pub(super) fn updated(new: &mut Value, old: &Value) {
    fields::drop_what_the_type_lacks(new, old);
}

/// What every answer shows and leaves out, whatever is stored: a Service that is made by its status
/// has no addresses there, and one that became a name has its policy of traffic still.
pub(crate) fn read(service: &mut Value) {
    let one = field::text(service, "spec.clusterIP").to_owned();
    if cluster_ips(service).is_empty() && !one.is_empty() {
        field::put(service, "spec.clusterIPs", vec![one]);
    }
    if fields::families(service).is_empty() && needs_cluster_ip(service) {
        families::read(service);
    }
    if fields::is(service, "ExternalName") {
        field::take(service, "spec.internalTrafficPolicy");
    }
}

fn invalid(service: &Value, errors: Vec<FieldError>) -> Status {
    Status::invalid("", "Service", field::text(service, "metadata.name"), &errors)
}
