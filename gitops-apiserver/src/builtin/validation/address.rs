//! IP addresses and ranges of them.

use super::spot::Spot;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// Reads an address as the server always did: leading zeros don't matter.
pub(crate) fn sloppy(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [a, b, c, d] = parts.as_slice() else { return None };
    let part = |text: &&str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|_| digits)
    };
    Some(IpAddr::V4(Ipv4Addr::new(part(a)?, part(b)?, part(c)?, part(d)?)))
}

/// Whether an address is an IPv4 one in the dress of IPv6.
fn mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// What is wrong with an address that must be written in one way.
pub(super) fn canonical(text: &str) -> Vec<String> {
    let form = match sloppy(text) {
        None => return vec![NO_ADDRESS.to_owned()],
        Some(address) if text.parse::<IpAddr>().is_err() => {
            let zeros = Some("must not have leading 0s".to_owned());
            return zeros.into_iter().chain(mapped(address).then(|| MAPPED.to_owned())).collect();
        }
        Some(address) if mapped(address) => return vec![MAPPED.to_owned()],
        Some(address) => address.to_string(),
    };
    let problem = format!("must be in canonical form (\"{form}\")");
    (form != text).then_some(problem).into_iter().collect()
}

const NO_ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const MAPPED: &str = "must not be an IPv4-mapped IPv6 address";

/// An address. Says whether it is fine.
pub(super) fn checked(at: &Spot) -> bool {
    let found = at.found();
    match sloppy(at.text()) {
        None => at.invalid_as(at.text(), NO_ADDRESS),
        Some(address) => {
            if at.text().parse::<IpAddr>().is_err() {
                at.invalid("must not have leading 0s");
            }
            if mapped(address) {
                at.invalid(MAPPED);
            }
        }
    }
    at.found() == found
}

/// An address.
pub(super) fn ip(at: &Spot) {
    checked(at);
}

/// An address, or one that was there before, whatever it is.
pub(super) fn ip_or_old(at: &Spot, old: &Value) -> bool {
    let old = old.as_array().map(Vec::as_slice).unwrap_or_default();
    old.iter().any(|old| old.as_str() == Some(at.text())) || checked(at)
}

/// The address and length of a range.
pub(crate) fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = sloppy(address)?;
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| digits)?;
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

/// The first address of a range.
pub(super) fn first(address: IpAddr, length: u8) -> IpAddr {
    let (value, size) = bits(address);
    let free = u32::from(size.saturating_sub(length));
    let kept = value.checked_shr(free).and_then(|value| value.checked_shl(free)).unwrap_or(0);
    match address {
        // Fits: it was one of 32 bits, of which some are gone.
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(kept as u32)),
        IpAddr::V6(_) => IpAddr::V6(kept.into()),
    }
}

/// A range of addresses.
pub(super) fn cidr(at: &Spot) {
    cidr_of(at, at.text());
}

/// A range of addresses that stands in a text of other things.
pub(super) fn cidr_of(at: &Spot, text: &str) {
    let Some((address, length)) = range(text) else {
        let message = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        return at.invalid_as(text, message);
    };
    let (ip, size) = text.split_once('/').unwrap_or_default();
    if ip.parse::<IpAddr>().is_err() || (size.len() > 1 && size.starts_with('0')) {
        at.invalid_as(text, "must not have leading 0s in IP or prefix length");
    } else if mapped(address) {
        at.invalid_as(text, "must not have an IPv4-mapped IPv6 address");
    } else if first(address, length) != address {
        at.invalid_as(text, "must not have bits set beyond the prefix length");
    }
}

/// An address at which something can be reached.
pub(super) fn reachable(at: &Spot) {
    let Some(address) = sloppy(at.text()) else {
        return at.invalid_as(at.text(), "must be a valid IP address");
    };
    let (link_local, multicast) = match address {
        IpAddr::V4(address) => {
            (address.is_link_local(), matches!(address.octets(), [224, 0, 0, _]))
        }
        IpAddr::V6(address) => (
            address.is_unicast_link_local(),
            address.octets()[0] == 0xff && address.octets()[1] & 0x0f == 2,
        ),
    };
    if address.is_unspecified() {
        at.invalid(&format!("may not be unspecified ({})", at.text()));
    }
    if address.is_loopback() {
        at.invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if link_local {
        at.invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if multicast {
        at.invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}
