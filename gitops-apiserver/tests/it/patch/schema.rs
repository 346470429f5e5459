//! Types of test cases, from OpenAPI.

use gitops_apiserver::patch::{FieldSchema, PatchSchema};
use serde_json::Value;
use std::rc::Rc;

pub(super) struct OpenApi {
    pub(super) document: Rc<Value>,
    pub(super) schema: Value,
}

impl OpenApi {
    fn field(&self, name: &str, items: bool) -> Result<FieldSchema, String> {
        let missing = || format!("unable to find api field \"{name}\"");
        let field = self.schema["properties"].get(name).ok_or_else(missing)?;
        let text = |key: &str| field[key].as_str().unwrap_or_default().to_owned();
        let strategies = text("x-kubernetes-patch-strategy");
        let of = if items { field.get("items").unwrap_or(field) } else { field };
        let mut of = of.clone();
        if let Some(reference) = of["$ref"].as_str() {
            of = self.document.pointer(reference.trim_start_matches('#')).unwrap().clone();
        }
        Ok(FieldSchema {
            of: Box::new(OpenApi { document: self.document.clone(), schema: of }),
            strategies: strategies.split(',').map(str::to_owned).collect(),
            merge_key: text("x-kubernetes-patch-merge-key"),
        })
    }
}

impl PatchSchema for OpenApi {
    fn name(&self) -> String {
        self.schema["type"].as_str().unwrap_or("struct").to_owned()
    }

    fn map(&self, name: &str) -> Result<FieldSchema, String> {
        self.field(name, false)
    }

    fn list(&self, name: &str) -> Result<FieldSchema, String> {
        self.field(name, true)
    }
}
