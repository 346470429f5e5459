//! Ranges of addresses of Services, and addresses that are taken from them.

use super::rules::{IMMUTABLE, same};
use super::spot::{Rule, Spot, below};
use super::{address, format, internal};
use serde_json::Value;

pub(super) const RANGES: &[Rule] = &[("spec.cidrs", ranges)];

fn ranges(at: &Spot) {
    if at.empty() {
        return at.required("at least one CIDR required");
    }
    if at.len() > 2 {
        let spec = serde_json::json!({"cidrs": at.value()});
        let shown = internal::shown(&spec, "networking.ServiceCIDRSpec");
        return at.invalid_as(shown, "may only hold up to 2 values");
    }
    at.each(address::cidr);
    let family = |text: &str| address::range(text).map(|(address, _)| address.is_ipv4());
    let mut families = at.items().map(|item| family(item.text()));
    if let (Some(Some(one)), Some(Some(other))) = (families.next(), families.next())
        && one == other
    {
        at.invalid("may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
    }
}

/// Ranges stay; one of another family may be added.
pub(super) fn ranges_fixed(new: &Spot, old: &Value) {
    let spec = new.at("spec");
    let list = spec.at("cidrs");
    let before = below(old, "spec.cidrs").as_array().map(Vec::as_slice).unwrap_or_default();
    let grows = before.len() == 1 && list.len() == 2;
    if before.len() != list.len() && !grows {
        return list.invalid(IMMUTABLE);
    }
    for (item, before) in list.items().zip(before) {
        if item.value() != before {
            item.invalid(IMMUTABLE);
        }
    }
    if grows {
        ranges(&list);
    }
}

pub(super) const ADDRESS: &[Rule] = &[("spec.parentRef", |at| {
    if !at.given() {
        return at.required("");
    }
    at.at("group").in_format_if_any(format::subdomain);
    at.at("resource").required_in_format(format::path_segment);
    at.at("name").required_in_format(format::path_segment);
    at.at("namespace").in_format_if_any(format::path_segment);
})];

/// An address keeps its owner. Declared, and so told without the value.
pub(super) fn owner_fixed(new: &Spot, old: &Value) {
    let parent = new.at("spec.parentRef");
    if !same(parent.value(), below(old, "spec.parentRef")) {
        parent.invalid_as(Value::Null, IMMUTABLE);
    }
}
