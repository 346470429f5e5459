//! What differs from kind to kind.

use super::Selectable;
use crate::{
    builtin::{strategy::Writer, types::json::Node},
    custom::Validity,
    patch::Strategic,
    status::Status,
    table::Columns,
};
use gitops_ssa::managed::WriteError;
use serde_json::Value;
use std::{fmt, time::Duration};

/// An object as a request brought it.
#[derive(Debug, Clone)]
pub(crate) struct Decoded {
    /// With defaults, and without what the kind doesn't have.
    pub(crate) object: Value,
    /// What strict validation has against it.
    pub(crate) strict: Vec<String>,
}

/// What a request brought, read as JSON.
pub(crate) type Document = Node;

/// Server-side apply, for one kind and (sub)resource.
pub(crate) struct Apply<'a> {
    /// `None` creates it.
    pub(crate) live: Option<&'a Value>,
    pub(crate) config: &'a Value,
    pub(crate) manager: &'a str,
    pub(crate) force: bool,
    pub(crate) now: &'a str,
    pub(crate) subresource: &'a str,
}

/// The rules of a kind. Objects are at the version that is served; `subresource` is empty for the
/// object itself.
pub(crate) trait Model: fmt::Debug + Send + Sync {
    /// Whether a definition defines it.
    fn is_custom(&self) -> bool;

    /// Why objects can't be created now.
    fn refuses_creation(&self) -> Option<&'static str> {
        None
    }

    /// What every request is warned of.
    fn warning(&self) -> Option<String> {
        None
    }

    /// A stored object as of this version.
    fn read(&self, stored: Value) -> Result<Value, Status> {
        Ok(stored)
    }

    /// An object as answers show it.
    fn shown(&self, object: Value) -> Value {
        object
    }

    /// Drops from an object's metadata what only its version has there: clients that ask for
    /// metadata alone get that of the server's own form.
    fn drop_carried(&self, _object: &mut Value) {}

    /// An object at another version of the same kind.
    fn convert(&self, object: Value, api_version: &str) -> Result<Value, Status>;

    /// An object of this version as it is stored at another, and whether reading changes it.
    fn to_storage(&self, object: Value, stored_at: &str) -> Result<(Value, bool), Status> {
        self.convert(object, stored_at).map(|object| (object, false))
    }

    /// Whether reading an object changes it that is stored at this version.
    fn is_unsettled(&self, _stored: &Value) -> bool {
        false
    }

    /// Reads an object: types, unknown fields, defaults. The error is the decoder's text.
    fn decode(&self, document: &Document, now: &str) -> Result<Decoded, String>;

    /// What storage makes of an object, with the defaults that reading it would set at `now`.
    fn stored(&self, object: Value, now: &str) -> Value;

    /// An object of which nothing is known, as the server shows it.
    fn empty(&self) -> Value;

    /// What a writer is told of a new object before it is prepared and checked.
    fn early_warnings(&self, _object: &Value) -> Vec<String> {
        Vec::new()
    }

    /// Before an object is created: what the server sets and drops.
    fn prepare_create(&self, object: &mut Value, writer: &Writer<'_>);

    /// What is wrong with a new object.
    fn validate_create(&self, object: &Value) -> Validity;

    /// Before an object is changed: what the server sets, keeps and drops.
    fn prepare_update(&self, new: &mut Value, old: &Value, subresource: &str, writer: &Writer<'_>);

    /// What is wrong with a change.
    fn validate_update(&self, new: &Value, old: &Value, subresource: &str) -> Validity;

    /// Who owns what after an update; the object with its managedFields.
    fn track(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
        subresource: &str,
    ) -> Result<Value, WriteError>;

    /// Server-side apply.
    fn apply(&self, apply: Apply<'_>) -> Result<Value, WriteError>;

    /// An object as the JSON text that patches work on.
    fn print(&self, object: &Value) -> String {
        object.to_string()
    }

    /// Strategic merge patch; `None` where the kind has none.
    fn strategic(
        &self,
        live: &Value,
        patch: &[u8],
        strict: bool,
    ) -> Option<Result<Strategic, Status>>;

    /// What a strategic merge patch has made, as the type can hold it.
    fn restore(&self, patched: Value) -> Result<Value, String> {
        Ok(patched)
    }

    /// The columns of its tables.
    fn columns(&self, now: Duration) -> Columns<'_>;

    /// Whether a PUT may create it.
    fn create_on_update(&self) -> bool;

    /// Whether a PUT without a resourceVersion overwrites what is there.
    fn unconditional_update(&self) -> bool;

    /// The seconds that a deletion gives it; `None` for kinds that end at once.
    fn graceful(&self, object: &Value, asked: Option<i64>) -> Option<i64>;

    /// Whether dependents stay where a deletion says nothing of them; `None` for kinds that the
    /// garbage collector leaves alone.
    fn orphans_by_default(&self) -> Option<bool>;

    /// Whether a deletion answers with the object.
    fn returns_deleted(&self) -> bool;

    /// The `autoscaling/v1` Scale of an object.
    fn scale_of(&self, object: &Value) -> Result<Value, Status>;

    /// Sets what a Scale says.
    fn apply_scale(&self, object: &mut Value, scale: &Value) -> Result<(), Status>;

    /// Where objects of a version have the number that scales set: no steps if they have none.
    /// `None` if there is no such version.
    fn replicas(&self, api_version: &str) -> Option<Vec<gitops_ssa::fields::PathElement>>;

    /// The fields that field selectors know.
    fn selectable(&self) -> &Selectable;
}
