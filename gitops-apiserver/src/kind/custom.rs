//! The kinds that definitions define.

use super::{
    Decoded, Kind, Model, Selectable,
    fields::Words,
    model::{Apply, Document},
};
use crate::{
    builtin::{strategy::Writer, types::json},
    custom::{Definition, Validity, Version},
    object,
    patch::Strategic,
    status::Status,
    table::{self, Column, Columns},
};
use gitops_ssa::{
    fields::{Fields, Filter, PathElement},
    managed::{Resource, Types, WriteError},
    schema::{Schema, TypeRef},
    update::ConvertError,
};
use jiff::Timestamp;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The kinds that a definition serves: one for each version. `plain`: all stored objects were
/// written under this very definition.
pub(crate) fn kinds(definition: &Arc<Definition>, plain: bool) -> Vec<Kind> {
    let stored_at = definition.storage_version().map(Version::api_version).unwrap_or_default();
    let table: Arc<str> = format!("{}/{}", definition.group, definition.names.plural).into();
    let mut kinds = Vec::new();
    for info in definition.resources() {
        let Some(index) =
            definition.versions.iter().position(|version| version.name == info.version)
        else {
            continue;
        };
        let version = definition.version(&info.version);
        let selectable = version.into_iter().flat_map(|version| &version.selectable);
        let selectable =
            selectable.map(|name| (name.clone(), format!("/{}", name.replace('.', "/"))));
        let model = Custom {
            definition: definition.clone(),
            index,
            selectable: Selectable::new(selectable.collect(), info.namespaced, Words::Plain),
        };
        let api_version = info.api_version();
        kinds.push(Kind {
            plain: plain && api_version == stored_at,
            info,
            api_version,
            table: table.clone(),
            stored_at: stored_at.clone(),
            model: Arc::new(model),
        });
    }
    kinds
}

/// One version of a definition.
#[derive(Debug)]
struct Custom {
    definition: Arc<Definition>,
    index: usize,
    selectable: Selectable,
}

impl Custom {
    fn version(&self) -> Result<&Version, Status> {
        let version = self.definition.versions.get(self.index);
        version.ok_or_else(|| Status::internal("the version is no longer defined"))
    }

    /// With the version, which is always there.
    fn with<T: Default>(&self, act: impl FnOnce(&Version) -> T) -> T {
        self.version().map(act).unwrap_or_default()
    }

    fn resource(&self, subresource: &str) -> Resource<Defined> {
        let api_version = self.with(Version::api_version);
        let resource = Resource::new(
            Defined(self.definition.clone()),
            &api_version,
            &self.definition.names.kind,
        );
        let resource = resource.subresource(subresource);
        let mut ignored = BTreeMap::new();
        for version in self.definition.versions.iter().filter(|version| version.status) {
            let field = |name: &str| Fields::of(&[PathElement::field(name)]);
            let filter = match subresource {
                "" => Filter::Exclude(field("status")),
                // All but the status; metadata is put back before fields are compared.
                "status" => Filter::Exclude(field("metadata").union(&field("spec"))),
                _ => continue,
            };
            ignored.insert(version.api_version(), filter);
        }
        resource.ignoring(ignored)
    }
}

impl Model for Custom {
    fn is_custom(&self) -> bool {
        true
    }

    fn refuses_creation(&self) -> Option<&'static str> {
        self.definition.is_terminating().then_some(crate::custom::CREATE_WHILE_TERMINATING)
    }

    fn warning(&self) -> Option<String> {
        self.with(|version| version.warning.clone())
    }

    fn read(&self, stored: Value) -> Result<Value, Status> {
        self.definition
            .from_stored(stored, self.version()?)
            .map_err(|error| Status::internal(&error))
    }

    fn convert(&self, object: Value, api_version: &str) -> Result<Value, Status> {
        let version =
            self.definition.versions.iter().find(|version| version.api_version() == api_version);
        let version = version.ok_or_else(|| Status::internal("no such version"))?;
        let converted = self.definition.convert(object, version);
        let converted = converted.map_err(|error| Status::internal(&error))?;
        if !version.storage {
            return Ok(converted);
        }
        // What is read from the storage gets the defaults of the version it is stored at.
        let decoded = version.decode(converted).map_err(|error| Status::internal(&error))?;
        Ok(decoded.object)
    }

    /// Defaults of the version that it is stored at are not set before it is read.
    fn to_storage(&self, object: Value, stored_at: &str) -> Result<(Value, bool), Status> {
        let definition = &self.definition;
        let mut versions = definition.versions.iter();
        let version = versions.find(|version| version.api_version() == stored_at);
        let version = version.ok_or_else(|| Status::internal("no such version"))?;
        let internal = |error: String| Status::internal(&error);
        let stored = definition.convert(object, version).map_err(internal)?;
        let read = definition.from_stored(stored.clone(), version).map_err(internal)?;
        let unsettled = read != stored;
        Ok((stored, unsettled))
    }

    fn decode(&self, document: &Document, _now: &str) -> Result<Decoded, String> {
        let (value, mut strict) = document.pointed().map_err(|error| error.to_string())?;
        let version = self.version().map_err(|status| status.message)?;
        let is_own =
            value.get("kind").and_then(Value::as_str) == Some(&*self.definition.names.kind);
        let mut decoded = version.decode(value)?;
        // Of other kinds, which are refused later, the server knows nothing but metadata.
        decoded.strict.retain(|found| is_own || found.starts_with("unknown field \"metadata."));
        strict.extend(decoded.strict);
        Ok(Decoded { object: decoded.object, strict })
    }

    /// Nulls that an apply has left are dropped whenever the object is read.
    fn stored(&self, mut object: Value, _now: &str) -> Value {
        json::written(&mut object);
        self.with(|version| version.drop_nulls(&mut object));
        object
    }

    fn empty(&self) -> Value {
        let api_version = self.with(Version::api_version);
        serde_json::json!({"apiVersion": api_version, "kind": self.definition.names.kind})
    }

    fn prepare_create(&self, object: &mut Value, _writer: &Writer<'_>) {
        self.with(|version| version.prepare_create(object));
    }

    fn validate_create(&self, object: &Value) -> Validity {
        self.with(|version| version.validate_create(object))
    }

    fn prepare_update(&self, new: &mut Value, old: &Value, subresource: &str, _: &Writer<'_>) {
        self.with(|version| match subresource {
            "status" => version.prepare_status_update(new, old),
            _ => version.prepare_update(new, old),
        });
    }

    fn validate_update(&self, new: &Value, old: &Value, subresource: &str) -> Validity {
        self.with(|version| match subresource {
            "status" => version.validate_status_update(new, old),
            _ => version.validate_update(new, old),
        })
    }

    fn track(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
        subresource: &str,
    ) -> Result<Value, WriteError> {
        let found = new.get("kind").and_then(Value::as_str).unwrap_or_default();
        if found != self.definition.names.kind {
            let api_version = self.with(Version::api_version);
            return Err(WriteError::NoType {
                step: "convert new object to smd typed",
                object: object::meta(new, "name").to_owned(),
                message: format!("no corresponding type for {api_version}, Kind={found}"),
            });
        }
        self.resource(subresource).update(live, new, manager, now)
    }

    fn apply(&self, apply: Apply<'_>) -> Result<Value, WriteError> {
        let resource = self.resource(apply.subresource);
        resource.apply(apply.live, apply.config, apply.manager, apply.force, apply.now)
    }

    fn strategic(&self, _: &Value, _: &[u8], _: bool) -> Option<Result<Strategic, Status>> {
        None
    }

    fn columns(&self, now: Duration) -> Columns<'_> {
        let Ok(version) = self.version() else {
            return Columns::custom(Vec::new(), |_| Vec::new());
        };
        let now = Timestamp::from_nanosecond(i128::try_from(now.as_nanos()).unwrap_or(i128::MAX));
        let now = now.unwrap_or(Timestamp::MAX);
        let columns = version.columns.iter().map(|column| Column {
            name: column.name.clone(),
            kind: column.type_name.clone(),
            format: column.format.clone(),
            description: column.description.clone(),
            priority: column.priority,
        });
        Columns::custom(columns.collect(), move |object| {
            let age =
                |time: &str| time.parse::<Timestamp>().is_ok().then(|| table::age(Some(time), now));
            version.columns.iter().map(|column| column.cell(object, &age)).collect()
        })
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

    fn scale_of(&self, object: &Value) -> Result<Value, Status> {
        match &self.version()?.scale {
            Some(scale) => scale.get(object),
            None => Err(Status::no_such_resource()),
        }
    }

    fn apply_scale(&self, object: &mut Value, scale: &Value) -> Result<(), Status> {
        match &self.version()?.scale {
            Some(paths) => paths.apply(scale, object),
            None => Err(Status::no_such_resource()),
        }
    }

    fn replicas(&self, api_version: &str) -> Option<Vec<PathElement>> {
        let mut versions = self.definition.versions.iter();
        let version = versions.find(|version| version.api_version() == api_version)?;
        Some(version.scale.as_ref().map(|scale| scale.replicas()).unwrap_or_default())
    }

    fn selectable(&self) -> &Selectable {
        &self.selectable
    }
}

/// The versions of a definition, for server-side apply.
struct Defined(Arc<Definition>);

impl Types for Defined {
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)> {
        let version =
            self.0.versions.iter().find(|version| version.api_version() == api_version)?;
        version.merging().ok()
    }

    fn convert(&self, object: &Value, api_version: &str) -> Result<Value, ConvertError> {
        let version = self.0.versions.iter().find(|version| version.api_version() == api_version);
        // Unlike for built-in kinds, the server takes this for a failure.
        let version = version.ok_or_else(|| {
            let why = "request to convert CR to an invalid group/version";
            ConvertError::Failed(format!("{why}: {api_version}"))
        })?;
        self.0.renamed(object.clone(), version).map_err(ConvertError::Failed)
    }

    fn fill_defaults(&self, object: &mut Value) {
        let api_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let version = self.0.versions.iter().find(|version| version.api_version() == api_version);
        if let Some(version) = version {
            version.fill_defaults(object);
        }
    }
}
