//! Devices and claims for them: what is behind gates that a stock server keeps shut, and what goes
//! with an allocation.

use crate::builtin::defaults::field;
use serde_json::Value;
use std::collections::BTreeSet;

/// Takes away what no stock server stores.
pub(super) fn drop_disabled(kind: &str, object: &mut Value) {
    match kind {
        "ResourceClaim" => {
            requests(object, "spec.devices.requests");
            for result in field::items_mut(object, "status.allocation.devices.results") {
                field::take(result, "skipNodeOperations");
            }
        }
        "ResourceClaimTemplate" => requests(object, "spec.spec.devices.requests"),
        "ResourceSlice" => {
            for name in ["spec.partitionTypeAttribute", "spec.skipNodeOperations"] {
                field::take(object, name);
            }
            field::items_mut(object, "spec.devices").iter_mut().for_each(device);
        }
        _ => {}
    }
}

fn requests(object: &mut Value, path: &str) {
    for request in field::items_mut(object, path) {
        field::take(request, "exactly.derivedAttributes");
        for one in field::items_mut(request, "firstAvailable") {
            field::take(one, "derivedAttributes");
        }
    }
}

fn device(device: &mut Value) {
    field::take(device, "nodeAllocatableResources");
    for consumption in field::items_mut(device, "consumesCounters") {
        field::take(consumption, "compatibilityGroups");
    }
    let attributes = field::get_mut(device, "attributes").and_then(Value::as_object_mut);
    for (_, attribute) in attributes.into_iter().flatten() {
        for name in ["bools", "ints", "strings", "versions"] {
            field::take(attribute, name);
        }
    }
}

/// Which device, or which share of one, something is about: driver, pool, device, share.
pub(crate) fn device_id(value: &Value) -> [&str; 4] {
    ["driver", "pool", "device", "shareID"].map(|name| field::text(value, name))
}

/// What drivers said of devices goes when the claim gives them back.
pub(super) fn drop_given_back(new: &mut Value, old: &Value) {
    let results = "status.allocation.devices.results";
    let ids = |claim| field::items(claim, results).iter().map(device_id).collect::<BTreeSet<_>>();
    let (had, has) = (ids(old), ids(new));
    let stays = |one: &Value| !had.contains(&device_id(one)) || has.contains(&device_id(one));
    let devices = field::items(new, "status.devices").iter().filter(|one| stays(one));
    let devices: Vec<Value> = devices.cloned().collect();
    if devices.is_empty() {
        field::take(new, "status.devices");
    } else {
        field::put(new, "status.devices", devices);
    }
}
