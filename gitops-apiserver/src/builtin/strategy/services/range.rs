//! The addresses and ports of a cluster, in memory.

use super::addresses::{Addresses, Allocation, Held, Refused};
use std::{collections::BTreeSet, net::Ipv4Addr};

const FIRST_PORT: i64 = 30_000;
const LAST_PORT: i64 = 32_767;

/// One IPv4 network for services, and the node ports 30000 to 32767. What is free is given out in
/// order, so equal histories get equal addresses.
#[derive(Debug, Clone)]
pub struct ServiceRange {
    network: u32,
    length: u8,
    /// The lower part is left to those who ask for an address by name.
    offset: u32,
    /// Where to look next.
    cursor: u32,
    port_cursor: i64,
    addresses: BTreeSet<u32>,
    ports: BTreeSet<i64>,
}

impl Default for ServiceRange {
    /// 10.0.0.0/16, which the bootstrapped service `kubernetes` is from.
    fn default() -> Self {
        Self::new(Ipv4Addr::new(10, 0, 0, 0), 16)
    }
}

impl ServiceRange {
    /// The network of an address, of `length` bits between 8 and 30 (others are taken for the
    /// nearest). Nothing is taken yet, not even the address of the service `kubernetes`.
    pub fn new(address: Ipv4Addr, length: u8) -> Self {
        let length = length.clamp(8, 30);
        let network = u32::from(address) & (u32::MAX << (32 - length));
        let hosts = (1_u32 << (32 - length)) - 2;
        // KEP-3070: between 16 and 256 addresses, if the range has that many.
        let offset = if hosts <= 16 { 0 } else { (hosts / 16).clamp(16, 256) };
        ServiceRange {
            network,
            length,
            offset,
            cursor: offset,
            port_cursor: FIRST_PORT,
            addresses: BTreeSet::new(),
            ports: BTreeSet::new(),
        }
    }

    /// The first address: the one of the service `kubernetes`.
    pub fn first(&self) -> Ipv4Addr {
        Ipv4Addr::from(self.network | 1)
    }

    /// Takes and frees what a write does. Linear in their number.
    pub fn apply(&mut self, allocation: &Allocation) {
        self.free(&allocation.freed);
        self.take(&allocation.taken);
    }

    /// Takes addresses and ports, whoever has them.
    pub fn take(&mut self, held: &Held) {
        for ip in held.addresses.iter().filter_map(|text| text.parse::<Ipv4Addr>().ok()) {
            let ip = u32::from(ip);
            self.addresses.insert(ip);
            if let Some(at) = ip.checked_sub(self.network).filter(|at| *at > self.offset) {
                self.cursor = at;
            }
        }
        for port in &held.ports {
            self.ports.insert(*port);
            self.port_cursor = *port + 1;
        }
    }

    /// Gives addresses and ports back.
    pub fn free(&mut self, held: &Held) {
        for ip in held.addresses.iter().filter_map(|text| text.parse::<Ipv4Addr>().ok()) {
            self.addresses.remove(&u32::from(ip));
        }
        for port in &held.ports {
            self.ports.remove(port);
        }
    }

    fn hosts(&self) -> u32 {
        (1 << (32 - self.length)) - 2
    }

    fn is_free(&self, host: u32, besides: &BTreeSet<String>) -> Option<String> {
        let ip = self.network | host;
        let text = Ipv4Addr::from(ip).to_string();
        (!self.addresses.contains(&ip) && !besides.contains(&text)).then_some(text)
    }
}

impl Addresses for ServiceRange {
    fn families(&self) -> &[&str] {
        &["IPv4"]
    }

    fn network(&self, family: &str) -> Option<String> {
        (family == "IPv4").then(|| Ipv4Addr::from(self.network).to_string())
    }

    fn next_address(&self, family: &str, besides: &BTreeSet<String>) -> Option<String> {
        if family != "IPv4" {
            return None;
        }
        let (last, first) = (self.hosts(), self.offset + 1);
        let after = self.cursor.max(self.offset) + 1..=last;
        let mut all = after.chain(first..=last).chain(1..first);
        all.find_map(|host| self.is_free(host, besides))
    }

    fn check_address(&self, address: &str) -> Result<(), Refused> {
        let range = || format!("{}/{}", Ipv4Addr::from(self.network), self.length);
        let elsewhere = || Refused::OtherNetwork(address.to_owned(), range());
        let ip = u32::from(address.parse::<Ipv4Addr>().map_err(|_| elsewhere())?);
        match ip.checked_sub(self.network) {
            None => Err(elsewhere()),
            Some(host) if host == 0 || host > self.hosts() => Err(elsewhere()),
            _ if self.addresses.contains(&ip) => Err(Refused::AddressTaken),
            _ => Ok(()),
        }
    }

    fn next_port(&self, besides: &BTreeSet<i64>) -> Option<i64> {
        let free = |port: &i64| !self.ports.contains(port) && !besides.contains(port);
        let from = self.port_cursor.clamp(FIRST_PORT, LAST_PORT);
        (from..=LAST_PORT).chain(FIRST_PORT..from).find(free)
    }

    fn check_port(&self, port: i64) -> Result<(), Refused> {
        match port {
            _ if !(FIRST_PORT..=LAST_PORT).contains(&port) => {
                Err(Refused::PortOutOfRange(format!("{FIRST_PORT}-{LAST_PORT}")))
            }
            _ if self.ports.contains(&port) => Err(Refused::PortTaken),
            _ => Ok(()),
        }
    }
}
