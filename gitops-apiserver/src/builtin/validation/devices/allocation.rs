//! The devices that a claim got.

use super::names::{self, Requests};
use super::{claim, device, lists, opaque, taints};
use crate::builtin::validation::format;
use crate::builtin::validation::pod::node_selector;
use crate::builtin::validation::spot::Spot;

const RESULTS_MAX: usize = 32;
/// Those of the class and those of the claim.
const CONFIGURATIONS_MAX: usize = 64;

/// A new allocation.
pub(super) fn allocation(at: &Spot, names: &Requests) {
    let devices = at.at("devices");
    lists::each_of_some(&devices.at("results"), RESULTS_MAX, |one| {
        let request = one.at("request");
        names.reference(&request.with(&request.text().into()));
        names::driver_by_bytes(&one.at("driver"));
        one.at("device").with(&one.at("device").text().into()).in_format(format::label);
        device::binding(one);
        one.at("tolerations").each(taints::toleration);
    });
    lists::each_of_some(&devices.at("config"), CONFIGURATIONS_MAX, |one| {
        claim::references(&one.at("requests"), names);
        opaque::configuration(one, false);
    });
    at.at("nodeSelector").given_then(node_selector);
}

/// What is declared of it.
pub(super) fn allocation_declared(at: &Spot) {
    let devices = at.at("devices");
    let (results, config) = (devices.at("results"), devices.at("config"));
    if lists::at_most(&results, RESULTS_MAX) {
        results.each(|one| {
            names::driver_declared(&one.at("driver"));
            names::pool_declared(&one.at("pool"));
            one.at("tolerations").each(taints::toleration_declared);
            device::binding_declared(one);
            one.at("shareID").given_then(names::uuid_declared);
        });
    }
    if lists::at_most(&config, CONFIGURATIONS_MAX) {
        config.each(|one| {
            one.at("source").required_one_of(&["FromClaim", "FromClass"]);
            claim::references_declared(&one.at("requests"));
            opaque::configuration_declared(one);
        });
    }
}
