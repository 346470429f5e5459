//! The server's OpenAPI documents, v2 and v3, and those of two definitions that stand for all
//! others: their names are placeholders.

use super::{parts::Parts, server::Server};
use crate::failure::Failure;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use std::io::Write;

const V2: &str = "/openapi/v2";
const V3: &str = "/openapi/v3";
const GROUPS: [(&str, &str); 2] = [("namespaced", "xgroup.example"), ("cluster", "ygroup.example")];

/// The documents, packed.
pub(super) async fn documents(server: &Server) -> Result<Vec<u8>, Failure> {
    let mut parts = Parts::default();
    let index = server.json(V3).await?;
    for (path, entry) in index["paths"].as_object().into_iter().flatten() {
        let url = entry["serverRelativeURL"].as_str().unwrap_or_default();
        let hash = url.split_once("?hash=").map_or("", |(_, hash)| hash);
        parts.add(&format!("v3/{path}"), hash, server.json(&format!("{V3}/{path}")).await?);
    }
    let hash = server.tag(V2).await?;
    parts.add("v2", &hash, server.json(V2).await?);

    for (scope, group) in GROUPS {
        define(server, scope, group).await?;
    }
    loop {
        // Both documents follow within a second or two.
        let v2 = server.json(V2).await?;
        let index = server.json(V3).await?;
        let there = |(_, group): &(&str, &str)| {
            let v3 = format!("apis/{group}/xversionx");
            mentions(&v2["paths"], group) && index["paths"].get(v3).is_some()
        };
        if !GROUPS.iter().all(there) {
            continue;
        }
        for (scope, group) in GROUPS {
            let v3 = server.json(&format!("{V3}/apis/{group}/xversionx")).await?;
            parts.add(&format!("custom/v3/{scope}"), "-", one_group(v3));
            let only = |part: &str| -> Map<String, Value> {
                let entries = v2[part].as_object().into_iter().flatten();
                let reversed = group.split('.').rev().collect::<Vec<_>>().join(".");
                let own =
                    entries.filter(|(name, _)| name.contains(group) || name.starts_with(&reversed));
                own.map(|(name, value)| (name.clone(), value.clone())).collect()
            };
            let own = json!({"paths": only("paths"), "definitions": only("definitions")});
            parts.add(&format!("custom/v2/{scope}"), "-", one_group(own));
        }
        return pack(&parts.write());
    }
}

fn mentions(paths: &Value, group: &str) -> bool {
    paths.as_object().is_some_and(|paths| paths.keys().any(|path| path.contains(group)))
}

/// Two groups, so that there are two documents; one placeholder, so that there is one rule.
fn one_group(document: Value) -> Value {
    let text = document.to_string();
    let text = text.replace("ygroup", "xgroup").replace("Ygroup", "Xgroup");
    serde_json::from_str(&text).unwrap_or(document)
}

async fn define(server: &Server, scope: &str, group: &str) -> Result<(), Failure> {
    let scope = if scope == "namespaced" { "Namespaced" } else { "Cluster" };
    let schema = json!({
        "type": "object",
        "properties": {
            "embedded": {
                "type": "object", "x-kubernetes-embedded-resource": true,
                "properties": {"spec": {"type": "string"}},
            },
        },
    });
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("xpluralx.{group}")},
        "spec": {
            "group": group, "scope": scope,
            "names": {"plural": "xpluralx", "kind": "Xkindx", "listKind": "Xkindlistx"},
            "versions": [{
                "name": "xversionx", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": schema},
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.a", "statusReplicasPath": ".status.a"},
                },
            }],
        },
    });
    server.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition).await
}

fn pack(text: &str) -> Result<Vec<u8>, Failure> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let written = packed.write_all(text.as_bytes()).and_then(|()| packed.finish());
    written.map_err(Failure::io("compress"))
}
