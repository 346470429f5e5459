//! The objects that a fresh server makes for itself: namespaces, the service `kubernetes`, the RBAC
//! of a stock cluster, flow control, priority classes, APIServices.
//!
//! From a recorded release, by `cargo xtask resources`. Not among them are leases and config maps:
//! they hold a server's identity, the day of its start and its certificate. Endpoints of the service
//! `kubernetes` aren't either: who has an address makes them.

use serde_json::Value;

/// Lines of an API version, a kind and an object.
const TEXT: &str = include_str!("../../../data/bootstrap.txt");
/// What stands where the server writes when something happened.
const TIME: &str = "TIME";

/// The namespaces `default`, `kube-node-lease`, `kube-public` and `kube-system`.
///
/// `at` is the time to write everywhere, in RFC 3339: `2026-01-31T23:59:59Z`.
pub fn namespaces(at: &str) -> Vec<Value> {
    of("v1", "Namespace", at)
}

/// The service `kubernetes` at 10.0.0.1, its address and the range 10.0.0.0/16 that it is from.
pub fn kubernetes_service(at: &str) -> Vec<Value> {
    let kinds = [
        ("networking.k8s.io/v1", "ServiceCIDR"),
        ("networking.k8s.io/v1", "IPAddress"),
        ("v1", "Service"),
    ];
    kinds.iter().flat_map(|(api_version, kind)| of(api_version, kind, at)).collect()
}

/// The roles, and who has them, that the cluster's own components need: `cluster-admin`, `view`, …
pub fn rbac(at: &str) -> Vec<Value> {
    let kinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
    kinds.iter().flat_map(|kind| of("rbac.authorization.k8s.io/v1", kind, at)).collect()
}

/// Everything, in the order of discovery: namespaces come first, then the service.
pub fn all(at: &str) -> Vec<Value> {
    lines().filter_map(|(_, _, object)| parse(object, at)).collect()
}

/// The objects of one kind; none for a kind of which a fresh server has none.
///
/// Costs a scan of the table, and parsing what is given.
pub fn of(api_version: &str, kind: &str, at: &str) -> Vec<Value> {
    let wanted = lines().filter(|line| (line.0, line.1) == (api_version, kind));
    wanted.filter_map(|(_, _, object)| parse(object, at)).collect()
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (api_version, rest) = line.split_once(' ')?;
        let (kind, object) = rest.split_once(' ')?;
        Some((api_version, kind, object))
    })
}

fn parse(object: &str, at: &str) -> Option<Value> {
    let mut object = serde_json::from_str(object).ok()?;
    set_times(&mut object, at);
    Some(object)
}

fn set_times(value: &mut Value, at: &str) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| set_times(field, at)),
        Value::Array(items) => items.iter_mut().for_each(|item| set_times(item, at)),
        Value::String(text) if text == TIME => at.clone_into(text),
        _ => {}
    }
}
