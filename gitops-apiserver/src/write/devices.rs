//! Who may do what with devices, which the server says with what is wrong with the object.

use super::Write;
use crate::{
    access::{Attributes, demand},
    builtin::{
        defaults::field,
        strategy::{device_id, same},
    },
    object,
    status::{FieldError, Status},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const GROUP: &str = "resource.k8s.io";
const LABEL: &str = "resource.kubernetes.io/admin-access";

impl Write<'_> {
    /// What the writer of a new claim, or of a template of claims, may not ask for.
    pub(super) fn refused_claim(&self, new: &Value) -> Option<FieldError> {
        let requests = match (self.kind.group(), self.kind.plural()) {
            (GROUP, "resourceclaims") => "spec.devices.requests",
            (GROUP, "resourceclaimtemplates") => "spec.spec.devices.requests",
            _ => return None,
        };
        let asks = |request: &Value| field::flag(request, "exactly.adminAccess");
        let index = field::items(new, requests).iter().position(asks)?;
        // Of a template, too.
        self.no_administrator(&format!("spec.devices.requests[{index}].adminAccess"))
    }

    /// What the writer of a claim's status may not say.
    pub(super) fn refused_status(&self, new: &Value, live: &Value) -> Vec<FieldError> {
        let path = (self.kind.group(), self.kind.plural(), self.subresource());
        if path != (GROUP, "resourceclaims", "status") {
            return Vec::new();
        }
        let results = "status.allocation.devices.results";
        let has = |object| {
            let mut results = field::items(object, results).iter();
            results.position(|result| field::flag(result, "adminAccess"))
        };
        let asks = has(new).filter(|_| has(live).is_none());
        let place = asks.map(|index| format!("{results}[{index}].adminAccess"));
        let refused = place.and_then(|place| self.no_administrator(&place)).into_iter();
        let mut refused: Vec<FieldError> = refused.chain(self.no_binding(new, live)).collect();
        if field::get(new, "status.allocation").is_some() {
            refused.extend(self.no_driver(new, live));
        }
        refused
    }

    /// Who says what a claim got, and who uses it, must be allowed to bind claims.
    fn no_binding(&self, new: &Value, live: &Value) -> Option<FieldError> {
        let stays = |path| same(field::get(new, path), field::get(live, path));
        if stays("status.allocation") && stays("status.reservedFor") {
            return None;
        }
        let verb = self.call.verb();
        let asked = Attributes::object(verb, GROUP, "resourceclaims", "", "").below("binding");
        let refused = demand(&self.core.store, &self.call.user, &asked).err()?;
        let why = refused.message;
        let message = format!(
            "changing status.allocation or status.reservedFor requires resource=\"resourceclaims/binding\", verb=\"{verb}\" permission: {why}"
        );
        Some(FieldError::forbidden("status.allocation", &message))
    }

    /// Who speaks for a driver must be allowed to, of this node or of any.
    fn no_driver(&self, new: &Value, live: &Value) -> Vec<FieldError> {
        let mut verbs = vec![format!("arbitrary-node:{}", self.call.verb())];
        if self.is_at(allocated_node(new)) {
            verbs.insert(0, format!("associated-node:{}", self.call.verb()));
        }
        let may = |driver: &str| -> Result<(), Status> {
            let mut first = None;
            for verb in &verbs {
                let namespace = &self.address.namespace;
                let asked = Attributes::object(verb, GROUP, "resourceclaims", namespace, driver);
                match demand(&self.core.store, &self.call.user, &asked.below("driver")) {
                    Ok(()) => return Ok(()),
                    Err(refused) => first = first.or(Some(refused)),
                }
            }
            first.map_or(Ok(()), Err)
        };
        let refused = changed_drivers(new, live).into_iter().filter_map(|one| may(one).err());
        let refused = refused.map(|refused| {
            let (verbs, why) = (verbs.join(" "), refused.message);
            let message = format!("changing status.devices requires resource=\"resourceclaims/driver\", verb=\"[{verbs}]\" permission: {why}");
            FieldError::forbidden("status.devices", &message)
        });
        refused.collect()
    }

    /// Whether a pod on that node asks.
    fn is_at(&self, node: Option<&str>) -> bool {
        let user = &self.call.user;
        let account = user.name.strip_prefix("system:serviceaccount:");
        let account = account.is_some_and(|rest| rest.split(':').count() == 2);
        let nodes = user.extra.get("authentication.kubernetes.io/node-name").map(Vec::as_slice);
        let at = match nodes {
            Some([one]) => Some(one.as_str()),
            _ => None,
        };
        account && node.is_some() && at == node
    }

    /// The complaint about a place that asks for administrators, unless the namespace is theirs.
    fn no_administrator(&self, place: &str) -> Option<FieldError> {
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
        Some(FieldError::forbidden(place, &message))
    }
}

/// The one node that an allocation is for.
fn allocated_node(claim: &Value) -> Option<&str> {
    let [term] = field::items(claim, "status.allocation.nodeSelector.nodeSelectorTerms") else {
        return None;
    };
    let [wanted] = field::items(term, "matchFields") else { return None };
    let named = field::text(wanted, "key") == "metadata.name"
        && field::text(wanted, "operator") == "In"
        && field::items(term, "matchExpressions").is_empty();
    match field::items(wanted, "values") {
        [Value::String(node)] if named => Some(node),
        _ => None,
    }
}

/// The drivers of devices of which something else is said than before.
fn changed_drivers<'a>(new: &'a Value, live: &'a Value) -> BTreeSet<&'a str> {
    // Of several entries for a device the first counts.
    let by_id = |claim: &'a Value| -> BTreeMap<_, _> {
        let devices = field::items(claim, "status.devices").iter().rev();
        devices.map(|one| (device_id(one), one)).collect()
    };
    let (new, live) = (by_id(new), by_id(live));
    let all: BTreeSet<_> = new.keys().chain(live.keys()).collect();
    let changed = all.into_iter().filter(|id| {
        let [is, was] = [&new, &live].map(|devices| devices.get(*id).copied());
        !same(is, was)
    });
    changed.map(|[driver, ..]| *driver).collect()
}
