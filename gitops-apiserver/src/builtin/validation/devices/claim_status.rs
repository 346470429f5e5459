//! What has become of a claim: who uses it, and which devices it got.

use super::names::{self, Requests};
use super::{allocation, lists, opaque, taints};
use crate::builtin::strategy::device_id;
use crate::builtin::validation::rules::{self, below_text, same};
use crate::builtin::validation::spot::{Spot, below};
use crate::builtin::validation::{address, format, storage};
use crate::status::{Bad, quote};
use serde_json::Value;
use std::collections::BTreeSet;

const USERS_MAX: usize = 256;
const ADDRESSES_MAX: usize = 16;
const INTERFACE_MAX: usize = 256;
const HARDWARE_ADDRESS_MAX: usize = 128;

/// A changed status.
pub(super) fn status(new: &Spot, old: &Value) {
    let at = new.at("status");
    let (users, allocated) = (at.at("reservedFor"), at.at("allocation"));
    lists::each_of_some(&users, USERS_MAX, |user| {
        for name in ["resource", "name", "uid"] {
            rules::required(&user.at(name));
        }
    });
    let results = below(allocated.value(), "devices.results").as_array();
    let known: BTreeSet<_> = results.into_iter().flatten().map(device_id).collect();
    at.at("devices").each(|one| device_status(one, &known));
    if !users.empty() {
        if !allocated.given() {
            users.forbidden("may not be specified when `allocated` is not set");
        } else if new.at("metadata.deletionTimestamp").given() {
            let before = below(old, "status.reservedFor").as_array();
            let before: Vec<&Value> = before.into_iter().flatten().collect();
            if users.items().any(|user| !before.contains(&user.value())) {
                users.forbidden("new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set");
            }
        }
    }
    if allocated.given() && below(old, "status.allocation").is_null() {
        allocation::allocation(&allocated, &Requests::of(below(new.value(), "spec.devices")));
    }
}

/// What a driver says of a device.
fn device_status(at: &Spot, known: &BTreeSet<[&str; 4]>) {
    storage::csi_driver_name(&at.at("driver"));
    names::pool(&at.at("pool"));
    at.at("device").with(&at.at("device").text().into()).in_format(format::label);
    let this = device_id(at.value());
    if !known.contains(&this) {
        let [driver, pool, device, share] = this.map(quote);
        let shown = format!(
            "{{\"Driver\":{driver},\"Pool\":{pool},\"Device\":{device},\"ShareID\":{share}}}"
        );
        at.invalid_as(Bad::Text(shown), "must be an allocated device in the claim");
    }
    let conditions = at.at("conditions");
    lists::at_most(&conditions, taints::CONDITIONS_MAX);
    rules::conditions(&conditions);
    at.at("data").given_then(|data| opaque::raw(data, false, opaque::PARAMETERS_MAX));
    lists::each_of_some(&at.at("networkData.ips"), ADDRESSES_MAX, interface_address);
}

/// The address of an interface, with the length of its network.
fn interface_address(at: &Spot) {
    let Some((address, length)) = address::range(at.text()) else {
        return at.invalid_as(
            at.text(),
            "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)",
        );
    };
    let (address, length) = match address.to_canonical() {
        short if short != address => (short, length.saturating_sub(96)),
        _ => (address, length),
    };
    let canonical = format!("{address}/{length}");
    if canonical != at.text() {
        let canonical = quote(&canonical);
        at.invalid(&format!("must be in canonical form ({canonical})"));
    }
}

/// What is declared of a changed status.
pub(super) fn status_declared(new: &Spot, old: &Value) {
    let at = new.at("status");
    let (allocated, before) = (at.at("allocation"), below(old, "status.allocation"));
    if allocated.given() && !same(allocated.value(), before) {
        if before.is_null() {
            allocation::allocation_declared(&allocated);
        } else {
            allocated.invalid_as(Value::Null, "field cannot be modified once set");
        }
    }
    let users = at.at("reservedFor");
    if lists::at_most(&users, USERS_MAX) {
        let uid = |user: &Value| below_text(user, "uid").to_owned();
        lists::distinct(&users, "v1.ResourceClaimConsumerReference", uid);
    }
    let devices = at.at("devices");
    lists::distinct(&devices, "v1.AllocatedDeviceStatus", |one| {
        (device_id(one).map(str::to_owned), below(one, "shareID").is_null())
    });
    devices.each(|one| {
        one.at("shareID").given_then(names::uuid_declared);
        let network = one.at("networkData");
        let longest = |name, max| {
            if network.at(name).len() > max {
                network.at(name).too_long(max);
            }
        };
        longest("interfaceName", INTERFACE_MAX);
        let ips = network.at("ips");
        if lists::at_most(&ips, ADDRESSES_MAX) {
            lists::distinct_texts(&ips);
        }
        longest("hardwareAddress", HARDWARE_ADDRESS_MAX);
    });
}
