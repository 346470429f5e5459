//! What the server says about itself: its release, its checks, its index.

use super::{Catalog, order, reply::Reply};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Lines of a topic and a fact; written by `cargo xtask resources`.
const FACTS: &str = include_str!("../../data/server.txt");

/// The facts of one topic.
pub(super) fn facts(topic: &str) -> impl Iterator<Item = &'static str> {
    FACTS.lines().filter_map(move |line| line.strip_prefix(topic)?.strip_prefix(' '))
}

/// `/version`.
pub(super) fn version() -> Reply {
    let fields = facts("version").map(|fact| {
        let (field, value) = fact.split_once(' ').unwrap_or((fact, ""));
        (field.to_owned(), Value::from(value))
    });
    Reply::raw(200, &Value::Object(Map::from_iter(fields)))
}

/// `/`.
pub(super) fn index(catalog: &Catalog<'_>) -> Reply {
    let mut paths: BTreeSet<String> = facts("path").map(str::to_owned).collect();
    for endpoint in ["healthz", "livez", "readyz"] {
        paths.extend(facts(endpoint).map(|check| format!("/{endpoint}/{check}")));
    }
    paths.extend(["/api", "/api/v1", "/apis", "/apis/"].map(str::to_owned));
    for group in order::plain(catalog) {
        paths.insert(format!("/apis/{}", group.name));
        paths.extend(group.versions.iter().map(|one| format!("/apis/{}", one.api_version)));
    }
    Reply::raw(200, &json!({"paths": paths}))
}
