//! The same writes on a real API server: the owners, conflicts and objects must be the same.
//!
//! Skipped where the server's programs are missing. `GITOPS_SEED` repeats a run,
//! `GITOPS_HISTORIES` sets how many histories each kind gets.

mod cases;
mod history;
mod lab;
mod objects;
mod workload;

use crate::kinds;
use gitops_ssa::{
    fields::{Fields, Filter, PathElement},
    managed::{Resource, Types, Versions},
    schema::{Schema, TypeRef},
};
use history::{Kind, Shape};
use http::Request;
use lab::{Lab, lab};
use objects::{configmap, deployment, service};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// What Deployments have from the start.
fn empty_deployment() -> Value {
    json!({
        "metadata": {}, "status": {},
        "spec": {
            "selector": null, "strategy": {},
            "template": {"metadata": {}, "spec": {"containers": null}},
        },
    })
}

fn status_ignored(version: &str) -> BTreeMap<String, Filter> {
    let status = Fields::of(&[PathElement::field("status")]);
    BTreeMap::from([(version.to_owned(), Filter::Exclude(status))])
}

/// The custom resource with the one default it has.
struct Things(Versions);

impl Types for Things {
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)> {
        self.0.schema(api_version)
    }

    fn fill_defaults(&self, object: &mut Value) {
        let ports = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten() {
            if port.get("protocol").is_none() {
                port["protocol"] = "TCP".into();
            }
        }
    }
}

async fn built_in(
    lab: &Lab,
    api: &str,
    version: &str,
    kind: &str,
    plural: &str,
    empty: Value,
    object: impl Strategy<Value = Value>,
) {
    let (schema, of) = lab.types(api, version, kind).await;
    let versions = Versions::one(version, schema, of);
    let versions = versions.starting_with(empty.as_object().unwrap().clone());
    let resource = Resource::new(versions, version, kind);
    let (resource, shape) = match kind {
        "ConfigMap" => (resource, Shape::NoEmpty),
        _ => (resource.ignoring(status_ignored(version)), Shape::Defaulted),
    };
    let path = format!("/{api}/namespaces/{}/{plural}", lab.namespace);
    Kind { lab, resource, path, suffix: "", shape }.run(plural, object).await;
}

#[tokio::test]
async fn config_maps_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    built_in(&lab, "api/v1", "v1", "ConfigMap", "configmaps", json!({"metadata": {}}), configmap())
        .await;
}

#[tokio::test]
async fn deployments_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let (version, kind) = ("apps/v1", "Deployment");
    let empty = empty_deployment();
    built_in(&lab, "apis/apps/v1", version, kind, "deployments", empty, deployment()).await;
}

#[tokio::test]
async fn services_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let empty = json!({"metadata": {}, "spec": {}, "status": {"loadBalancer": {}}});
    built_in(&lab, "api/v1", "v1", "Service", "services", empty, service()).await;
}

/// The custom resource of the laws, defined on the server.
async fn things(lab: &Lab) -> Kind<'_, Things> {
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.ssa.test"},
        "spec": {
            "group": "ssa.test",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": kinds::definition()},
            }],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.ssa.test";
    let kind = "application/apply-patch+yaml";
    lab.send("PATCH", &format!("{path}?fieldManager=t"), kind, &crd).await.unwrap();
    // Established is what the definition says; the handler comes a moment later.
    let path = format!("/apis/ssa.test/v1/namespaces/{}/things", lab.namespace);
    let list = || Request::get(&path).body(Vec::new()).unwrap();
    let mut served = false;
    for _ in 0..10_000 {
        served = lab.client.request::<Value>(list()).await.is_ok();
        if served {
            break;
        }
    }
    assert!(served, "the definition is not served");
    let (schema, of) = kinds::schema();
    let versions = Versions::one("ssa.test/v1", schema, of);
    let resource = Resource::new(Things(versions), "ssa.test/v1", "Thing");
    Kind { lab, resource, path, suffix: "", shape: Shape::Stored }
}

#[tokio::test]
async fn custom_resources_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let object = kinds::object().prop_map(|mut object| {
        object["apiVersion"] = "ssa.test/v1".into();
        object
    });
    things(&lab).await.run("things", object).await;
}
