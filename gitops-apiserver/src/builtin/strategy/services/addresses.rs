//! What is taken, by whom.

use super::super::super::defaults::field;
use super::fields::{cluster_ips, is_headless, needs_cluster_ip, needs_health_check, node_ports};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt};

/// Which addresses and ports there are, and which are free. Nothing is taken here: see
/// [`Allocation`].
pub trait Addresses {
    /// The families that services can have addresses of, the cluster's default first: `IPv4`,
    /// `IPv6`.
    fn families(&self) -> &[&str];
    /// The address that stands for the whole range of a family: what a dry run shows.
    fn network(&self, family: &str) -> Option<String>;
    /// A free address of this family, other than those in `besides`.
    fn next_address(&self, family: &str, besides: &BTreeSet<String>) -> Option<String>;
    /// Whether this address can be had.
    ///
    /// # Errors
    /// Why not.
    fn check_address(&self, address: &str) -> Result<(), Refused>;
    /// A free port, other than those in `besides`.
    fn next_port(&self, besides: &BTreeSet<i64>) -> Option<i64>;
    /// Whether this port can be had.
    ///
    /// # Errors
    /// Why not.
    fn check_port(&self, port: i64) -> Result<(), Refused>;
}

/// Why an address or port can't be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Somebody has the address.
    AddressTaken,
    /// The address, in this form, is in no range of the cluster, which has this one.
    OtherNetwork(String, String),
    /// The address, in this form, is not in this range.
    OutOfRange(String, String),
    /// Somebody has the port.
    PortTaken,
    /// The port is not in this range, as `30000-32767`.
    PortOutOfRange(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::AddressTaken => f.write_str("provided IP is already allocated"),
            Refused::OtherNetwork(..) => {
                f.write_str("the provided network does not match the current range")
            }
            Refused::OutOfRange(ip, range) => write!(
                f,
                "the provided IP ({ip}) is not in the valid range. The range of valid IPs is {range}"
            ),
            Refused::PortTaken => f.write_str("provided port is already allocated"),
            Refused::PortOutOfRange(range) => write!(
                f,
                "provided port is not in the valid range. The range of valid ports is {range}"
            ),
        }
    }
}

/// Addresses and ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// In the order of the service's families.
    pub addresses: Vec<String>,
    /// Node ports, those for health checks among them.
    pub ports: Vec<i64>,
}

/// What a write takes and frees once it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    /// Taken, and noted in the object.
    pub taken: Held,
    /// No longer needed.
    pub freed: Held,
    dry_run: bool,
}

impl Allocation {
    pub(super) fn new(dry_run: bool) -> Self {
        Allocation { dry_run, ..Allocation::default() }
    }

    /// Whether what is taken is given back at once.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// In a dry run nothing is looked for: the network's own address stands in.
    pub(super) fn next_address(&mut self, family: &str, of: &dyn Addresses) -> Option<String> {
        let besides = self.taken.addresses.iter().cloned().collect();
        let next = match self.dry_run {
            true => of.network(family),
            false => of.next_address(family, &besides),
        }?;
        self.taken.addresses.push(next.clone());
        Some(next)
    }

    pub(super) fn claim_address(&mut self, ip: &str, of: &dyn Addresses) -> Result<(), Refused> {
        match of.check_address(ip) {
            Err(Refused::AddressTaken) if self.dry_run => {}
            // A dry run asks the range, not what chooses between ranges.
            Err(Refused::OtherNetwork(ip, range)) if self.dry_run => {
                return Err(Refused::OutOfRange(ip, range));
            }
            checked => checked?,
        }
        self.taken.addresses.push(ip.to_owned());
        Ok(())
    }

    /// In a dry run, numbers beyond the range stand in.
    pub(super) fn next_port(&mut self, of: &dyn Addresses) -> Option<i64> {
        let besides: BTreeSet<i64> = self.taken.ports.iter().copied().collect();
        let next = match self.dry_run {
            true => besides.last().copied().unwrap_or(32_768).checked_add(1),
            false => of.next_port(&besides),
        }?;
        self.taken.ports.push(next);
        Some(next)
    }

    pub(super) fn claim_port(&mut self, port: i64, of: &dyn Addresses) -> Result<(), Refused> {
        if !self.dry_run {
            of.check_port(port)?;
            if self.taken.ports.contains(&port) {
                return Err(Refused::PortTaken);
            }
        } else if self.taken.ports.contains(&port) {
            return Err(Refused::PortTaken);
        }
        self.taken.ports.push(port);
        Ok(())
    }
}

/// What a service has: freed when it is deleted.
pub fn held_by(service: &Value) -> Held {
    let mut held = Held::default();
    if needs_cluster_ip(service) && !is_headless(service) {
        held.addresses = cluster_ips(service);
    }
    held.ports = node_ports(service);
    let health = field::number(service, "spec.healthCheckNodePort");
    if needs_health_check(service) && health > 0 {
        held.ports.push(health);
    }
    held.ports.sort_unstable();
    held.ports.dedup();
    held
}

/// The `networking.k8s.io/v1` IPAddress that says who has an address.
pub fn ip_address(address: &str, service: &Value) -> Value {
    let family = if address.contains(':') { "IPv6" } else { "IPv4" };
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": {
            "name": address,
            "labels": {
                "ipaddress.kubernetes.io/ip-family": family,
                "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            },
        },
        "spec": {"parentRef": {
            "resource": "services",
            "namespace": field::text(service, "metadata.namespace"),
            "name": field::text(service, "metadata.name"),
        }},
    })
}
