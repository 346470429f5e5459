//! Devices for administrators, which only some namespaces may ask for.

use super::Write;
use crate::{builtin::defaults::field, custom::Validity, object, status::FieldError};
use serde_json::Value;

const LABEL: &str = "resource.kubernetes.io/admin-access";

impl Write<'_> {
    /// What is wrong with a new object: with it alone, and where it stands.
    pub(super) fn validate_create(&self, new: &Value) -> Validity {
        let mut found = self.kind.model.validate_create(new);
        let requests = match (self.kind.group(), self.kind.plural()) {
            ("resource.k8s.io", "resourceclaims") => "spec.devices.requests",
            ("resource.k8s.io", "resourceclaimtemplates") => "spec.spec.devices.requests",
            _ => return found,
        };
        let asks = field::items(new, requests)
            .iter()
            .position(|request| field::flag(request, "exactly.adminAccess"));
        // Of a template, too.
        let place = asks.map(|index| format!("spec.devices.requests[{index}].adminAccess"));
        found.errors.splice(0..0, self.no_administrator(place));
        found
    }

    /// The same of a changed object.
    pub(super) fn validate_update(&self, new: &Value, live: &Value) -> Validity {
        let mut found = self.kind.model.validate_update(new, live, self.subresource());
        let path = (self.kind.group(), self.kind.plural(), self.subresource());
        if path != ("resource.k8s.io", "resourceclaims", "status") {
            return found;
        }
        let results = "status.allocation.devices.results";
        let has = |object| {
            let mut results = field::items(object, results).iter();
            results.position(|result| field::flag(result, "adminAccess"))
        };
        let asks = has(new).filter(|_| has(live).is_none());
        let place = asks.map(|index| format!("{results}[{index}].adminAccess"));
        found.errors.splice(0..0, self.no_administrator(place));
        found
    }

    /// The complaint about a place that asks for administrators, unless the namespace is theirs.
    fn no_administrator(&self, place: Option<String>) -> Option<FieldError> {
        let place = place?;
        let stored = self.core.store.get("namespaces", &self.address.namespace);
        let namespace: Option<Value> =
            stored.and_then(|stored| serde_json::from_slice(&stored.bytes).ok());
        let labels = namespace.as_ref().and_then(|one| object::meta_value(one, "labels"));
        if labels.is_some_and(|labels| labels.get(LABEL) == Some(&"true".into())) {
            return None;
        }
        let message = format!(
            "admin access to devices requires the `{LABEL}: true` label on the containing namespace"
        );
        Some(FieldError::forbidden(&place, &message))
    }
}
