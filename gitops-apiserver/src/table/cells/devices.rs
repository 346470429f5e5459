//! Devices that are claimed.

use super::{
    Cell::{self, Age, Name, Of, Text},
    Row,
};
use serde_json::{Value, json};

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    if group != "resource.k8s.io" {
        return None;
    }
    Some(match kind {
        "DeviceClass" | "ResourceClaimTemplate" => &[Name, Age],
        "ResourceClaim" => &[Name, Of(claim), Age],
        "ResourceSlice" => {
            &[Name, Text("/spec/nodeName"), Text("/spec/driver"), Text("/spec/pool/name"), Age]
        }
        "DeviceTaintRule" => &[
            Name,
            Text("/spec/taint/key"),
            Text("/spec/taint/value"),
            Text("/spec/taint/effect"),
            Of(tainted),
            Age,
        ],
        _ => return None,
    })
}

fn claim(row: &Row<'_>) -> Value {
    let allocated = row.at("/status/allocation").is_some();
    let states = [
        (row.is_deleted(), "deleted"),
        (!allocated && !row.is_deleted(), "pending"),
        (allocated, "allocated"),
        (allocated && row.count("/status/reservedFor") > 0, "reserved"),
    ];
    let states = states.iter().filter(|(is, _)| *is).map(|(_, state)| *state);
    json!(Vec::from_iter(states).join(","))
}

fn tainted(row: &Row<'_>) -> Value {
    match row.at("/spec/taint/timeAdded") {
        None => json!(""),
        Some(_) => json!(row.age("/spec/taint/timeAdded")),
    }
}
