//! Schemas for server-side apply, beside those that gitops-ssa makes of the server's OpenAPI.

use super::lab::lab;
use gitops_apiserver::builtin::{resources, types::kind};
use gitops_ssa::schema::{Atom, Schema, TypeRef};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Walks two schemas side by side, each pair of named types once.
struct Walk<'a> {
    ours: &'a Schema,
    theirs: &'a Schema,
    seen: BTreeSet<(String, String)>,
    different: Vec<String>,
}

impl Walk<'_> {
    fn reference(&mut self, path: &str, ours: &TypeRef, theirs: &TypeRef) {
        if let (Some(one), Some(other)) = (&ours.name, &theirs.name)
            && ours.relationship == theirs.relationship
            && !self.seen.insert((one.to_string(), other.to_string()))
        {
            return;
        }
        let (Some(one), Some(other)) = (self.ours.resolve(ours), self.theirs.resolve(theirs))
        else {
            self.different.push(format!("{path}: a type is missing: {ours:?} {theirs:?}"));
            return;
        };
        self.atom(path, &one, &other);
    }

    fn atom(&mut self, path: &str, ours: &Atom, theirs: &Atom) {
        if ours.scalar != theirs.scalar {
            self.different.push(format!("{path}: {:?}, not {:?}", ours.scalar, theirs.scalar));
        }
        match (&ours.list, &theirs.list) {
            (Some(one), Some(other)) => {
                if (one.relationship, &one.keys) != (other.relationship, &other.keys) {
                    self.different.push(format!("{path}: {one:?}, not {other:?}"));
                }
                self.reference(&format!("{path}[]"), &one.element, &other.element);
            }
            (None, None) => {}
            _ => self.different.push(format!("{path}: a list or none")),
        }
        match (&ours.map, &theirs.map) {
            (Some(one), Some(other)) => {
                if one.relationship != other.relationship {
                    self.different.push(format!("{path}: {:?}", one.relationship));
                }
                match (&one.element, &other.element) {
                    (Some(one), Some(other)) => self.reference(&format!("{path}{{}}"), one, other),
                    (None, None) => {}
                    _ => self.different.push(format!("{path}: open or closed")),
                }
                let names: Vec<_> = one.fields.keys().collect();
                if names != other.fields.keys().collect::<Vec<_>>() {
                    self.different.push(format!("{path}: fields {names:?}"));
                }
                for (name, field) in &*one.fields {
                    let Some(other) = other.fields.get(name) else { continue };
                    let path = format!("{path}.{name}");
                    if field.default != other.default {
                        let (one, other) = (&field.default, &other.default);
                        self.different.push(format!("{path}: default {one:?}, not {other:?}"));
                    }
                    self.reference(&path, &field.of, &other.of);
                }
            }
            (None, None) => {}
            _ => self.different.push(format!("{path}: a map or none")),
        }
    }
}

#[tokio::test]
async fn schemas_are_those_of_the_servers_openapi() {
    let Some(lab) = lab().await else { return };
    let versions: BTreeSet<_> =
        resources::all().iter().map(|of| (of.group.clone(), of.version.clone())).collect();
    let mut kinds = 0;
    let mut different = Vec::new();
    for (group, version) in versions {
        let api_version =
            if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        let api = if group.is_empty() { "api" } else { "apis" };
        let document = lab.get(&format!("/openapi/v3/{api}/{api_version}")).await;
        let definitions = document["components"]["schemas"].as_object().unwrap();
        let theirs = Schema::from_openapi(definitions, false).unwrap();
        for (name, definition) in definitions {
            let of = definition["x-kubernetes-group-version-kind"].as_array();
            for of in of.into_iter().flatten().filter(|of| {
                **of == json!({"group": group, "version": version, "kind": of["kind"]})
            }) {
                let of = of["kind"].as_str().unwrap();
                // Only the server sends these.
                if of == "WatchEvent" {
                    continue;
                }
                let Some(kind) = kind(&api_version, of) else {
                    different.push(format!("{api_version} {of} is unknown"));
                    continue;
                };
                let (ours, at) = kind.schema();
                let mut walk = Walk {
                    ours: &ours,
                    theirs: &theirs,
                    seen: BTreeSet::new(),
                    different: Vec::new(),
                };
                walk.reference(of, &at, &TypeRef::named(name));
                different.extend(walk.different);
                kinds += 1;
            }
        }
    }
    let different: BTreeSet<_> = different.into_iter().collect();
    let lines: Vec<_> = different.iter().map(String::as_str).take(60).collect();
    assert!(different.is_empty(), "{} of them:\n{}", different.len(), lines.join("\n"));
    assert!(kinds > 100, "{kinds}");
}

/// What objects have from the start, as it shows in who owns what.
#[test]
fn empty_objects_have_the_structs_that_are_always_there() {
    let empty = |version: &str, name: &str| kind(version, name).unwrap().empty();
    assert_eq!(
        empty("apps/v1", "Deployment"),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}, "status": {},
            "spec": {
                "selector": null, "strategy": {},
                "template": {"metadata": {}, "spec": {"containers": null}},
            },
        })
    );
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {}, "spec": {}, "status": {"loadBalancer": {}},
    });
    assert_eq!(empty("v1", "Service"), service);
    assert_eq!(empty("v1", "ConfigMap")["metadata"], Value::Object(serde_json::Map::new()));
}
