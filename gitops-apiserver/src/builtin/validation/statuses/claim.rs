//! How far the growth of a claimed volume has come.

use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, resources};

const GROWTH: &[&str] = &[
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
];

/// The status of a claim.
pub(in crate::builtin::validation) fn claim(at: &Spot) {
    let status = at.at("status");
    for (_, amount) in status.at("capacity").entries() {
        resources::valid(&amount);
    }
    let growth = status.at("allocatedResourceStatuses");
    for (resource, state) in growth.entries() {
        resource_name(&growth, resource);
        if !GROWTH.contains(&state.text()) {
            growth.unsupported(resource, GROWTH);
        }
    }
    let allocated = status.at("allocatedResources");
    for (resource, amount) in allocated.entries() {
        let found = at.found();
        resource_name(&allocated, resource);
        if at.found() > found {
            continue;
        }
        resources::valid(&amount);
        if at.found() == found {
            resources::amount(&amount, "storage");
        }
    }
}

/// Storage, or a resource of someone's own.
fn resource_name(at: &Spot, resource: &str) {
    let problems = format::label_key(resource);
    for problem in &problems {
        at.invalid_as(resource, problem);
    }
    if problems.is_empty() && resources::native(resource) && resource != "storage" {
        at.unsupported(resource, &["storage"]);
    }
}
