//! Whether the servers of other APIs are there: what kube-apiserver says of an APIService.
//!
//! It is looked at when the APIService is written, and its Service or the endpoints of that. Nothing
//! is proxied here: a server that is there as far as the objects tell fails at the last step.

use super::{conditions, definitions::change};
use crate::{
    builtin::defaults::field,
    core::Core,
    kind::Kind,
    object,
    store::{Range, Stored},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Where APIServices are stored.
pub(crate) const TABLE: &str = "apiregistration.k8s.io/apiservices";
const SLICES: &str = "discovery.k8s.io/endpointslices";
/// Who writes the condition.
const MANAGER: &str = "kube-apiserver";

/// The Services of APIServices, by the name of these: namespace and name.
#[derive(Debug, Default)]
pub(super) struct Served(Mutex<BTreeMap<String, (String, String)>>);

impl Served {
    /// Remembers the Service of an APIService; none if it has none, or is gone.
    fn set(&self, name: &str, service: Option<(String, String)>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match service {
            Some(service) => drop(all.insert(name.to_owned(), service)),
            None => drop(all.remove(name)),
        }
    }

    /// The APIServices whose Service this is.
    fn by(&self, namespace: &str, name: &str) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |of: &(String, String)| of.0 == namespace && of.1 == name;
        all.iter().filter(|(_, service)| is(service)).map(|(name, _)| name.clone()).collect()
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// An APIService has been written, or removed (no `after`).
pub(crate) fn written(core: &Core, kind: &Kind, name: &str, after: Option<&Stored>) {
    let live = after.and_then(|stored| kind.read(&stored.bytes).ok());
    let service = live.as_ref().and_then(|live| field::get(live, "spec.service")).map(|service| {
        let text = |part: &str| field::text(service, part).to_owned();
        (text("namespace"), text("name"))
    });
    core.behavior.served.set(name, service.clone());
    if let (Some(stored), Some(_)) = (after, service) {
        judge(core, kind, name, stored);
    }
}

/// Something has been written, or removed: APIServices may depend on it. O(1) where nobody has
/// made one of another server.
pub(crate) fn around(core: &Core, kind: &Kind, key: &str, stored: Option<&Stored>) {
    if !matches!(&*kind.table, "services" | SLICES) || core.behavior.served.is_empty() {
        return;
    }
    let (namespace, name) = key.split_once('/').unwrap_or_default();
    let slice = stored.filter(|_| &*kind.table == SLICES);
    let slice = slice.and_then(|stored| kind.read(&stored.bytes).ok());
    let name = match &slice {
        Some(slice) => service_of(slice),
        None => name,
    };
    let Some(kind) = core.kinds.of_table(TABLE) else { return };
    for of in core.behavior.served.by(namespace, name) {
        if let Some(stored) = core.store.get(TABLE, &of) {
            judge(core, &kind, &of, &stored);
        }
    }
}

fn judge(core: &Core, kind: &Kind, name: &str, stored: &Stored) {
    let now = core.timestamp();
    change(core, kind, name, stored, Some(MANAGER), |live| {
        let (reason, message) = problem(core, live);
        conditions::set(
            live,
            json!({
                "type": "Available", "status": "False", "reason": reason, "message": message,
                "lastTransitionTime": now,
            }),
        )
    });
}

/// Why a server is not available.
fn problem(core: &Core, live: &Value) -> (&'static str, String) {
    let (namespace, name) =
        (field::text(live, "spec.service.namespace"), field::text(live, "spec.service.name"));
    let port = field::number(live, "spec.service.port");
    let Some(service) = read(core, "services", &format!("{namespace}/{name}")) else {
        let why = format!("service/{name} in \"{namespace}\" is not present");
        return ("ServiceNotFound", why);
    };
    if field::text(&service, "spec.type") == "ClusterIP" {
        let ports = field::items(&service, "spec.ports");
        let Some(found) = ports.iter().find(|one| field::number(one, "port") == port) else {
            let why = format!("service/{name} in \"{namespace}\" is not listening on port {port}");
            return ("ServicePortError", why);
        };
        let slices = slices(core, namespace, name);
        if slices.is_empty() {
            let why = format!("cannot find endpointslices for service/{name} in \"{namespace}\"");
            return ("EndpointsNotFound", why);
        }
        let port_name = field::text(found, "name");
        if !slices.iter().any(|slice| has_endpoint(slice, port_name)) {
            let why = format!(
                "endpointslices for service/{name} in \"{namespace}\" have no addresses with port name \"{port_name}\""
            );
            return ("MissingEndpoints", why);
        }
    }
    let (address, group, version) = (
        field::text(&service, "spec.clusterIP"),
        field::text(live, "spec.group"),
        field::text(live, "spec.version"),
    );
    let why = format!(
        "failing or missing response from https://{address}:{port}/apis/{group}/{version}: nothing is proxied"
    );
    ("FailedDiscoveryCheck", why)
}

fn read(core: &Core, table: &str, key: &str) -> Option<Value> {
    let (kind, stored) = (core.kinds.of_table(table)?, core.store.get(table, key)?);
    kind.read(&stored.bytes).ok()
}

/// The endpoints of a Service. O(endpoint slices).
fn slices(core: &Core, namespace: &str, name: &str) -> Vec<Value> {
    let all = core.store.list(SLICES, Range::default()).items;
    let all = all.iter().filter_map(|(key, _)| read(core, SLICES, key));
    let is =
        |slice: &Value| object::meta(slice, "namespace") == namespace && service_of(slice) == name;
    all.filter(is).collect()
}

fn service_of(slice: &Value) -> &str {
    let labels = field::get(slice, "metadata.labels");
    labels
        .and_then(|all| all.get("kubernetes.io/service-name"))
        .and_then(Value::as_str)
        .unwrap_or("")
}

fn has_endpoint(slice: &Value, port_name: &str) -> bool {
    let is_ready = |one: &Value| field::get(one, "conditions.ready") != Some(&Value::Bool(false));
    let is_port =
        |one: &Value| field::text(one, "name") == port_name && field::get(one, "port").is_some();
    field::items(slice, "endpoints").iter().any(is_ready)
        && field::items(slice, "ports").iter().any(is_port)
}
