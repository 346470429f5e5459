//! The kinds of a stock cluster.

use super::{Decoded, Fresh, Kind, Model, Selectable, model::Apply};
use crate::{
    builtin::resources,
    status::{FieldError, Status},
};
use gitops_ssa::managed::{Resource, Versions, WriteError};
use serde_json::{Value, json};
use std::sync::Arc;

/// A built-in kind, by its path.
pub(super) fn kind(group: &str, version: &str, plural: &str) -> Option<Kind> {
    let info = resources::find(group, version, plural)?;
    let api_version = info.api_version();
    let model = BuiltIn {
        api_version: api_version.clone(),
        kind: info.kind.clone(),
        selectable: Selectable::default(),
    };
    let (table, stored_at) = storage(&api_version, group, plural);
    Some(Kind { info: info.clone(), api_version, table, stored_at, model: Arc::new(model) })
}

/// Where a kind's objects are, and at which version. Few kinds are served at more than one.
fn storage(api_version: &str, group: &str, plural: &str) -> (Arc<str>, String) {
    match (group, plural) {
        ("events.k8s.io" | "", "events") => ("events".into(), "v1".to_owned()),
        ("autoscaling", _) => {
            ("autoscaling/horizontalpodautoscalers".into(), "autoscaling/v2".to_owned())
        }
        ("", plural) => (plural.into(), api_version.to_owned()),
        (group, plural) => (format!("{group}/{plural}").into(), api_version.to_owned()),
    }
}

/// The rules of a built-in kind.
#[derive(Debug)]
struct BuiltIn {
    api_version: String,
    kind: String,
    selectable: Selectable,
}

impl BuiltIn {
    fn resource(&self, subresource: &str) -> Resource<Versions> {
        let versions = Versions::deduced(&self.api_version);
        Resource::new(versions, &self.api_version, &self.kind).subresource(subresource)
    }
}

impl Model for BuiltIn {
    fn is_custom(&self) -> bool {
        false
    }

    fn convert(&self, mut object: Value, api_version: &str) -> Result<Value, Status> {
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), api_version.into());
        }
        Ok(object)
    }

    fn decode(&self, object: Value) -> Result<Decoded, String> {
        Ok(Decoded { object, strict: Vec::new() })
    }

    fn empty(&self) -> Value {
        json!({"apiVersion": self.api_version, "kind": self.kind})
    }

    fn prepare_create(&self, _object: &mut Value, _fresh: &mut Fresh<'_>) {}

    fn validate_create(&self, _object: &Value) -> Vec<FieldError> {
        Vec::new()
    }

    fn prepare_update(&self, _new: &mut Value, _old: &Value, _sub: &str, _fresh: &mut Fresh<'_>) {}

    fn validate_update(&self, _new: &Value, _old: &Value, _sub: &str) -> Vec<FieldError> {
        Vec::new()
    }

    fn track(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
        subresource: &str,
    ) -> Result<Value, WriteError> {
        self.resource(subresource).update(live, new, manager, now)
    }

    fn apply(&self, apply: Apply<'_>) -> Result<Value, WriteError> {
        let resource = self.resource(apply.subresource);
        resource.apply(apply.live, apply.config, apply.manager, apply.force, apply.now)
    }

    fn strategic(&self, _live: &Value, _patch: &[u8]) -> Option<Result<Value, Status>> {
        None
    }

    fn create_on_update(&self) -> bool {
        false
    }

    fn unconditional_update(&self) -> bool {
        true
    }

    fn graceful(&self, _object: &Value, _asked: Option<i64>) -> Option<i64> {
        None
    }

    fn returns_deleted(&self) -> bool {
        false
    }

    fn selectable(&self) -> &Selectable {
        &self.selectable
    }
}
