//! The custom kinds of the histories, as written in `definitions.yaml`.

use super::step::Step;
use serde_json::Value;

fn all() -> Vec<Value> {
    let definitions: Vec<Value> = serde_saphyr::from_str(include_str!("definitions.yaml")).unwrap();
    let definitions = definitions.into_iter().map(|mut one| {
        one["apiVersion"] = "apiextensions.k8s.io/v1".into();
        one["kind"] = "CustomResourceDefinition".into();
        one
    });
    definitions.collect()
}

/// Applies of all definitions.
pub(super) fn steps() -> Vec<Step> {
    let steps = all().into_iter().enumerate().map(|(index, definition)| {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        let id = u32::try_from(index).unwrap();
        Step::new(id, "PATCH", &path)
            .with("fieldManager", "histories")
            .with("force", true)
            .header("content-type", "application/apply-patch+yaml")
            .json(definition)
    });
    steps.collect()
}

/// The path of every collection that the definitions serve.
pub(super) fn collections() -> Vec<String> {
    let all = all().into_iter().flat_map(|one| {
        let spec = one["spec"].clone();
        let versions = spec["versions"].as_array().cloned().unwrap_or_default();
        versions.into_iter().map(move |version| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let plural = text(&spec["names"]["plural"]);
            format!("/apis/{}/{}/{plural}", text(&spec["group"]), text(&version["name"]))
        })
    });
    all.collect()
}
