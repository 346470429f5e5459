//! The plain lists of `meta.k8s.io/v1`: `APIVersions`, `APIGroupList`, `APIGroup`,
//! `APIResourceList`.

use super::order::{Group, Served};
use serde_json::{Map, Value, json};

/// `/api`. Without `apiVersion`, as since Kubernetes 1.1.
pub(super) fn versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `/apis`.
pub(super) fn groups(groups: &[Group<'_>]) -> Value {
    let groups: Vec<Value> = groups.iter().map(|group| Value::Object(fields(group))).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`.
pub(super) fn group(group: &Group<'_>) -> Value {
    let mut object = fields(group);
    object.insert("kind".into(), "APIGroup".into());
    object.insert("apiVersion".into(), "v1".into());
    Value::Object(object)
}

fn fields(group: &Group<'_>) -> Map<String, Value> {
    let versions = group.versions.iter();
    let versions: Vec<Value> = versions
        .map(|version| json!({"groupVersion": version.api_version, "version": version.name}))
        .collect();
    let preferred = versions.first().cloned().unwrap_or_default();
    Map::from_iter([
        ("name".into(), group.name.into()),
        ("versions".into(), versions.into()),
        ("preferredVersion".into(), preferred),
    ])
}

/// `/api/v1`, without `apiVersion` like `/api`, and `/apis/GROUP/VERSION`.
pub(super) fn resources(api_version: &str, served: &[Served<'_>]) -> Value {
    let resources: Vec<Value> = served.iter().flat_map(lines).collect();
    let mut list = json!({
        "kind": "APIResourceList",
        "groupVersion": api_version,
        "resources": resources,
    });
    if api_version.contains('/') {
        list["apiVersion"] = "v1".into();
    }
    list
}

/// The resource, then its subresources.
fn lines(served: &Served<'_>) -> Vec<Value> {
    let resource = served.resource;
    let mut own = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    for (field, names) in
        [("shortNames", &resource.short_names), ("categories", &resource.categories)]
    {
        if !names.is_empty() {
            own[field] = json!(names);
        }
    }
    if !resource.storage_version_hash.is_empty() {
        own["storageVersionHash"] = json!(resource.storage_version_hash);
    }
    let mut lines = vec![own];
    for below in &resource.subresources {
        let mut line = json!({
            "name": format!("{}/{}", resource.plural, below.name),
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": below.kind,
            "verbs": below.verbs,
        });
        if (&below.group, &below.version) != (&resource.group, &resource.version) {
            line["group"] = json!(below.group);
            line["version"] = json!(below.version);
        }
        lines.push(line);
    }
    lines
}
