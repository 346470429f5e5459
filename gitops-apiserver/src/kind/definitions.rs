//! The kind of definitions: CustomResourceDefinition, which is built in but has rules of its own.

use super::{
    Decoded, Model, Selectable,
    built_in::BuiltIn,
    model::{Apply, Document},
};
use crate::{
    builtin::strategy::Writer,
    custom::{Validity, crd},
    patch::Strategic,
    status::Status,
    table::Columns,
};
use gitops_ssa::managed::WriteError;
use serde_json::Value;
use std::time::Duration;

/// The rules of definitions.
#[derive(Debug)]
pub(super) struct Definitions(pub(super) BuiltIn);

impl Model for Definitions {
    fn is_custom(&self) -> bool {
        false
    }

    fn convert(&self, object: Value, api_version: &str) -> Result<Value, Status> {
        self.0.convert(object, api_version)
    }

    fn decode(&self, document: &Document, now: &str) -> Result<Decoded, String> {
        let mut decoded = self.0.decode(document, now)?;
        crd::apply_defaults(&mut decoded.object);
        Ok(decoded)
    }

    fn stored(&self, mut object: Value, _now: &str) -> Value {
        // Definitions are stored as JSON: empty values stay.
        crd::written(&mut object);
        object
    }

    fn empty(&self) -> Value {
        self.0.empty()
    }

    fn prepare_create(&self, object: &mut Value, _: &Writer<'_>) {
        crd::prepare_create(object);
    }

    fn validate_create(&self, object: &Value) -> Validity {
        let errors = crd::validate_create(object);
        Validity { errors, warnings: crd::warnings_on_create(object) }
    }

    fn prepare_update(&self, new: &mut Value, old: &Value, subresource: &str, _: &Writer<'_>) {
        match subresource {
            "status" => crd::prepare_status_update(new, old),
            _ => crd::prepare_update(new, old),
        }
    }

    fn validate_update(&self, new: &Value, old: &Value, subresource: &str) -> Validity {
        match subresource {
            "status" => {
                Validity { errors: crd::validate_status_update(new, old), warnings: Vec::new() }
            }
            _ => Validity {
                errors: crd::validate_update(new, old),
                warnings: crd::warnings_on_update(new, old),
            },
        }
    }

    fn track(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
        subresource: &str,
    ) -> Result<Value, WriteError> {
        self.0.track(live, new, manager, now, subresource)
    }

    fn apply(&self, apply: Apply<'_>) -> Result<Value, WriteError> {
        let mut applied = self.0.apply(apply)?;
        crd::apply_defaults(&mut applied);
        Ok(applied)
    }

    fn print(&self, object: &Value) -> String {
        self.0.print(object)
    }

    fn strategic(
        &self,
        live: &Value,
        body: &[u8],
        strict: bool,
    ) -> Option<Result<Strategic, Status>> {
        self.0.strategic(live, body, strict)
    }

    fn restore(&self, patched: Value) -> Result<Value, String> {
        self.0.restore(patched)
    }

    fn columns(&self, now: Duration) -> Columns<'_> {
        self.0.columns(now)
    }

    fn create_on_update(&self) -> bool {
        false
    }

    fn unconditional_update(&self) -> bool {
        false
    }

    fn graceful(&self, _: &Value, _: Option<i64>) -> Option<i64> {
        None
    }

    fn orphans_by_default(&self) -> Option<bool> {
        Some(false)
    }

    fn returns_deleted(&self) -> bool {
        false
    }

    fn scale_of(&self, _: &Value) -> Result<Value, Status> {
        Err(Status::no_such_resource())
    }

    fn apply_scale(&self, _: &mut Value, _: &Value) -> Result<(), Status> {
        Err(Status::no_such_resource())
    }

    fn replicas(&self, _: &str) -> Option<Vec<gitops_ssa::fields::PathElement>> {
        None
    }

    fn selectable(&self) -> &Selectable {
        self.0.selectable()
    }
}
