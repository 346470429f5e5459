//! Services (kstatus, `core.go`) and the APIs that they aggregate.

use super::{Reading, progressing, rule};
use gitops_core::model::Health;

pub(super) fn service(object: &Reading<'_>) -> Health {
    let balanced = object.text("/spec/type") == Some("LoadBalancer");
    let address = object.text("/spec/clusterIP").unwrap_or_default();
    if balanced && address.is_empty() {
        return progressing("no cluster address yet");
    }
    Health::healthy()
}

pub(super) fn api_service(object: &Reading<'_>) -> Health {
    rule::healthy_when("Available")(object).unwrap_or_else(Health::healthy)
}
