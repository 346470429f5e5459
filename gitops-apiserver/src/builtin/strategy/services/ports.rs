//! Node ports.

use super::super::super::defaults::field;
use super::{
    addresses::{Addresses, Allocation},
    fields, invalid,
};
use crate::status::{FieldError, Status};
use serde_json::Value;
use std::collections::BTreeMap;

/// For a new service: the port of one number and another protocol is the same node port.
pub(super) fn create(
    service: &mut Value,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    if fields::has_node_ports(service) {
        let allocates = fields::needs_node_port(service);
        let ports = field::items(service, "spec.ports").to_vec();
        let mut of_port: BTreeMap<i64, i64> = BTreeMap::new();
        for (at, port) in ports.iter().enumerate() {
            let (own, asked) = (field::number(port, "port"), field::number(port, "nodePort"));
            if asked == 0 && !allocates {
                continue;
            }
            let number = match of_port.get(&own) {
                Some(number) if asked == 0 || asked == *number => *number,
                Some(_) => claim(service, at, asked, allocation, addresses)?,
                None => {
                    let same = ports.iter().filter(|one| field::number(one, "port") == own);
                    let wanted = same.map(|one| field::number(one, "nodePort")).find(|n| *n != 0);
                    let number = match wanted {
                        Some(wanted) => claim(service, at, wanted, allocation, addresses)?,
                        None => next(allocation, addresses)?,
                    };
                    of_port.insert(own, number);
                    number
                }
            };
            set(service, at, number);
        }
    }
    if fields::needs_health_check(service) {
        health_check(service, allocation, addresses)?;
    }
    Ok(())
}

/// For a service that replaces another: what is no longer there is freed.
pub(super) fn update(
    new: &mut Value,
    old: &Value,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    let before = fields::node_ports(old);
    if fields::has_node_ports(old) && !fields::has_node_ports(new) {
        allocation.freed.ports.extend(&before);
    }
    if fields::has_node_ports(new) {
        let allocates = fields::needs_node_port(new);
        let mut seen: Vec<(Value, i64)> = Vec::new();
        for at in 0..field::items(new, "spec.ports").len() {
            let port = field::items(new, "spec.ports").get(at).cloned().unwrap_or_default();
            let asked = field::number(&port, "nodePort");
            if asked == 0 && !allocates {
                continue;
            }
            let number = match asked {
                0 => next(allocation, addresses)?,
                asked if before.contains(&asked) || allocation.taken.ports.contains(&asked) => {
                    asked
                }
                asked => claim(new, at, asked, allocation, addresses)?,
            };
            set(new, at, number);
            let key = (port.get("protocol").cloned().unwrap_or_default(), number);
            if seen.contains(&key) {
                let protocol = field::text(&port, "protocol");
                return Err(Status::unclassified(format!(
                    "duplicate nodePort: {{{protocol} {number}}}"
                )));
            }
            seen.push(key);
        }
        let after = fields::node_ports(new);
        allocation.freed.ports.extend(before.iter().filter(|port| !after.contains(port)));
    }
    match (fields::needs_health_check(old), fields::needs_health_check(new)) {
        (false, true) => health_check(new, allocation, addresses)?,
        (true, false) => {
            allocation.freed.ports.push(field::number(old, "spec.healthCheckNodePort"));
        }
        _ => {}
    }
    Ok(())
}

fn set(service: &mut Value, at: usize, number: i64) {
    if let Some(port) = field::items_mut(service, "spec.ports").get_mut(at) {
        field::put(port, "nodePort", number);
    }
}

fn claim(
    service: &Value,
    at: usize,
    number: i64,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<i64, Status> {
    allocation.claim_port(number, addresses).map_err(|why| {
        let path = format!("spec.ports[{at}].nodePort");
        invalid(service, vec![FieldError::invalid(&path, number, &why.to_string())])
    })?;
    Ok(number)
}

fn next(allocation: &mut Allocation, addresses: &dyn Addresses) -> Result<i64, Status> {
    let full = || Status::internal("failed to allocate a nodePort: range is full");
    allocation.next_port(addresses).ok_or_else(full)
}

fn health_check(
    service: &mut Value,
    allocation: &mut Allocation,
    addresses: &dyn Addresses,
) -> Result<(), Status> {
    let path = "spec.healthCheckNodePort";
    match field::number(service, path) {
        0 => {
            let full = "failed to allocate a HealthCheck NodePort 0: range is full";
            let port = allocation.next_port(addresses).ok_or_else(|| Status::internal(full))?;
            field::put(service, path, port);
        }
        asked => allocation.claim_port(asked, addresses).map_err(|why| {
            let detail =
                format!("failed to allocate requested HealthCheck NodePort {asked}: {why}");
            Status::internal(&detail)
        })?,
    }
    Ok(())
}
