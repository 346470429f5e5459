//! Namespaces by the kinds' scopes.

use crate::wire::{Wire, object};
use gitops_core::{
    model::{Object, Revision, Snapshot},
    reason,
    stage::Renderer,
};
use gitops_testkit::fake::{FakeRenderer, MemoryTree};
use serde_json::{Value, json};
use std::sync::Arc;

async fn render(objects: Vec<Value>) -> gitops_core::Result<Vec<Object>> {
    let app = Wire::new().app();
    let inner =
        FakeRenderer::new(move |_: &Snapshot| Ok(objects.iter().cloned().map(object).collect()));
    let snapshot = Snapshot::new(Revision::new("main", "sha1:1"), Arc::new(MemoryTree::new()));
    let desired = app.namespaced(inner).render(&snapshot).await?;
    Ok(desired.objects().cloned().collect())
}

fn thing(api_version: &str, kind: &str, namespace: Option<&str>) -> Value {
    let mut metadata = json!({"name": "x"});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})
}

fn definition(scope: &str) -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example"},
        "spec": {"group": "acme.example", "scope": scope,
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true}]}})
}

#[tokio::test(start_paused = true)]
async fn scope_decides() {
    let objects = render(vec![
        thing("v1", "ConfigMap", None),
        thing("v1", "Secret", Some("other")),
        thing("v1", "Namespace", Some("odd")),
    ]);
    let ids: Vec<String> = objects.await.unwrap().iter().map(|o| o.id().to_string()).collect();
    assert_eq!(ids, ["ConfigMap shop/x", "Namespace x", "Secret other/x"]);
    for (scope, id) in [("Namespaced", "shop"), ("Cluster", "")] {
        let objects = render(vec![definition(scope), thing("acme.example/v1", "Widget", None)]);
        let objects = objects.await.unwrap();
        let widget = objects.iter().find(|object| object.id().kind() == "Widget").unwrap();
        assert_eq!(widget.id().namespace(), id);
        let written = widget.value()["metadata"].get("namespace").cloned();
        assert_eq!(written, (scope == "Namespaced").then(|| json!("shop")));
        assert_eq!(widget.origin().unwrap().to_string(), "x.yaml:3", "the place is kept");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_kinds_and_new_twins_are_errors() {
    let error = render(vec![
        thing("nobody.example/v1", "This", None),
        thing("nobody.example/v1", "That", None),
    ]);
    let error = error.await.unwrap_err();
    assert_eq!(error.reason(), reason::UNKNOWN_KIND);
    assert_eq!(error.related().len(), 1, "all at once");
    let error = render(vec![thing("broken.example/v1", "Odd", None)]).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNAVAILABLE, "a silent group is not an unknown kind");
    let twins = vec![thing("v1", "ConfigMap", None), thing("v1", "ConfigMap", Some("shop"))];
    assert_eq!(render(twins).await.unwrap_err().reason(), reason::DUPLICATE_OBJECT);
}
