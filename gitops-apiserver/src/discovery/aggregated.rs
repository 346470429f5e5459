//! All of discovery in one document: `APIGroupDiscoveryList` of `apidiscovery.k8s.io/v2`, KEP-3352.

use super::{
    accept::{AGGREGATED, Agreed},
    order::{Group, Served, Version},
    reply::{Reply, etag},
};
use crate::builtin::resources;
use http::header;
use serde_json::{Value, json};

/// `/api`.
pub(super) fn core() -> Value {
    let resources = resources::of("v1").iter();
    let resources: Vec<Value> =
        resources.map(|resource| entry(&Served { resource, custom: false })).collect();
    let versions = json!([{"version": "v1", "resources": resources, "freshness": "Current"}]);
    list(vec![json!({"metadata": {}, "versions": versions})])
}

/// `/apis`.
pub(super) fn groups(groups: &[Group<'_>]) -> Value {
    let version = |version: &Version<'_>| {
        let resources: Vec<Value> = version.resources.iter().map(entry).collect();
        json!({"version": version.name, "resources": resources, "freshness": "Current"})
    };
    let group = |group: &Group<'_>| {
        let versions: Vec<Value> = group.versions.iter().map(version).collect();
        json!({"metadata": {"name": group.name}, "versions": versions})
    };
    list(groups.iter().map(group).collect())
}

fn list(items: Vec<Value>) -> Value {
    let [group, version, kind] = AGGREGATED;
    json!({
        "kind": kind,
        "apiVersion": format!("{group}/{version}"),
        "metadata": {},
        "items": items,
    })
}

fn entry(served: &Served<'_>) -> Value {
    let resource = served.resource;
    // For built-in resources the server leaves out what the list around says already.
    let kind = |group: &str, version: &str, kind: &str| {
        let own = (group, version) == (resource.group.as_str(), resource.version.as_str());
        let [group, version] = if own && !served.custom { ["", ""] } else { [group, version] };
        json!({"group": group, "version": version, "kind": kind})
    };
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": kind(&resource.group, &resource.version, &resource.kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    for (field, names) in
        [("shortNames", &resource.short_names), ("categories", &resource.categories)]
    {
        if !names.is_empty() {
            entry[field] = json!(names);
        }
    }
    if !resource.subresources.is_empty() {
        let subresources = resource.subresources.iter().map(|one| {
            let kind = kind(&one.group, &one.version, &one.kind);
            json!({"subresource": one.name, "responseKind": kind, "verbs": one.verbs})
        });
        entry["subresources"] = subresources.collect();
    }
    entry
}

/// With a tag of its content, so that a client need not fetch it again.
pub(super) fn reply(
    document: &Value,
    agreed: Agreed,
    pretty: bool,
    if_none_match: Option<&str>,
) -> Reply {
    let tag = etag(document.to_string().as_bytes());
    let [group, version, kind] = AGGREGATED;
    let reply = if if_none_match == Some(tag.as_str()) {
        Reply::empty(304)
    } else {
        let content = format!("{};g={group};v={version};as={kind}", agreed.media.name());
        Reply::object(200, document, agreed, pretty).header(header::CONTENT_TYPE, &content)
    };
    reply
        .header(header::ETAG, &tag)
        .header(header::VARY, "Accept")
        .header(header::CACHE_CONTROL, "public")
}
