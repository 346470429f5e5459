//! Definitions and their objects.

use gitops_apiserver::ApiServer;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, Error,
    api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams},
    core::{ApiResource, GroupVersionKind},
};
use serde_json::{Value, json};

fn definition() -> CustomResourceDefinition {
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "size": {"type": "integer", "minimum": 1, "default": 3},
            "ports": {
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "port": {"type": "integer"},
                }},
            },
        }},
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    }});
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": {
            "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size",
        }}})
    };
    serde_json::from_value(json!({
        "metadata": {"name": "widgets.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [version("v1", true), version("v2", false)],
        },
    }))
    .unwrap()
}

fn widgets(client: &Client, version: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("example.org", version, "Widget");
    Api::default_namespaced_with(client.clone(), &ApiResource::from_gvk(&kind))
}

fn apply(version: &str, spec: &Value) -> Patch<Value> {
    Patch::Apply(json!({
        "apiVersion": format!("example.org/{version}"), "kind": "Widget",
        "metadata": {"name": "a"}, "spec": spec,
    }))
}

#[tokio::test(start_paused = true)]
async fn a_definition_serves_its_kind_until_it_is_gone() {
    let client = Client::new(ApiServer::new().service(), "default");
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    definitions.create(&PostParams::default(), &definition()).await.unwrap();
    let status = definitions.get("widgets.example.org").await.unwrap().status.unwrap();
    let conditions: Vec<String> =
        status.conditions.unwrap().into_iter().map(|one| one.type_).collect();
    assert_eq!(conditions, ["NamesAccepted", "Established"]);

    let ours = PatchParams::apply("ours");
    let (v1, v2) = (widgets(&client, "v1"), widgets(&client, "v2"));
    let spec = json!({"ports": [{"name": "http", "port": 80}]});
    let made = v1.patch("a", &ours, &apply("v1", &spec)).await.unwrap();
    assert_eq!(made.data["spec"]["size"], 3);
    assert_eq!(made.metadata.generation, Some(1));
    let other = json!({"ports": [{"name": "admin", "port": 81}]});
    let both = v2.patch("a", &PatchParams::apply("others"), &apply("v2", &other)).await.unwrap();
    assert_eq!(both.data["spec"]["ports"].as_array().map(Vec::len), Some(2));
    assert_eq!(both.types.unwrap().api_version, "example.org/v2");

    let bad = apply("v1", &json!({"size": 0}));
    let Err(Error::Api(refused)) = v1.patch("a", &ours, &bad).await else { panic!("not refused") };
    assert_eq!(
        refused.message,
        "Widget.example.org \"a\" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"
    );

    definitions.delete("widgets.example.org", &DeleteParams::default()).await.unwrap();
    let gone = definitions.get_opt("widgets.example.org").await.unwrap();
    assert!(gone.is_none(), "{gone:?}");
    assert!(v1.get("a").await.is_err());
}
