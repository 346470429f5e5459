//! The kinds of a stock cluster: their rules are the tables of [`builtin`](crate::builtin).

use super::{
    Decoded, Kind, Model, Selectable,
    definitions::Definitions,
    model::{Apply, Document},
    selectable,
};
use crate::{
    builtin::{
        defaults, resources,
        strategy::{self, Rules, Writer},
        types, validation, warnings,
    },
    custom::Validity,
    object,
    patch::{self, Strategic},
    resource::ResourceInfo,
    status::Status,
    table::Columns,
};
use gitops_ssa::{
    fields::{Fields, Filter, PathElement},
    managed::{Resource, Types, WriteError},
    schema::{Schema, TypeRef},
    update::ConvertError,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

/// A built-in kind, by its path.
pub(super) fn kind(group: &str, version: &str, plural: &str) -> Option<Kind> {
    resources::find(group, version, plural).map(of_resource)
}

fn of_resource(info: &ResourceInfo) -> Kind {
    let (group, plural) = (&*info.group, &*info.plural);
    let api_version = info.api_version();
    let rules = strategy::rules(group, plural);
    let stored_at =
        strategy::storage_version(&api_version, &info.kind).unwrap_or(&api_version).to_owned();
    // Events of both groups are the same objects.
    let table = match (group, plural) {
        ("events.k8s.io" | "", "events") => "events".into(),
        ("", plural) => plural.into(),
        (group, plural) => format!("{group}/{plural}").into(),
    };
    let versions = resources::all()
        .iter()
        .filter(|other| other.kind == info.kind && other.group == info.group)
        .map(ResourceInfo::api_version)
        .collect();
    let model = BuiltIn {
        versions,
        api_version: api_version.clone(),
        kind: info.kind.clone(),
        rules,
        selectable: selectable::of(info),
    };
    let plain = api_version == stored_at && !has_late_defaults(&info.kind);
    let model: Arc<dyn Model> = match &*info.kind {
        "CustomResourceDefinition" => Arc::new(Definitions(model)),
        _ => Arc::new(model),
    };
    Kind { info: info.clone(), api_version, table, stored_at, plain, model }
}

/// What is sent to ask for a token: a kind that no path leads to.
pub(crate) fn token_requests() -> &'static Kind {
    static KIND: LazyLock<Kind> = LazyLock::new(|| {
        let info = ResourceInfo {
            group: "authentication.k8s.io".to_owned(),
            version: "v1".to_owned(),
            kind: "TokenRequest".to_owned(),
            plural: "tokenrequests".to_owned(),
            namespaced: true,
            ..ResourceInfo::default()
        };
        of_resource(&info)
    });
    &KIND
}

/// Kinds with defaults that come of what the server sets: a Job's labels of its template's, a
/// Namespace's of its generated name, a claim's phase of a status that was wiped.
fn has_late_defaults(kind: &str) -> bool {
    matches!(kind, "Job" | "Namespace" | "PersistentVolumeClaim")
}

/// The rules of a built-in kind at one version.
#[derive(Debug)]
pub(super) struct BuiltIn {
    api_version: String,
    kind: String,
    /// All API versions that its group has it at.
    versions: Vec<String>,
    rules: Option<&'static Rules>,
    selectable: Selectable,
}

impl BuiltIn {
    fn resource(&self, subresource: &str, now: &str, failed: &Failed) -> Resource<GoTypes> {
        let (kind, now) = (self.kind.clone(), now.to_owned());
        let types = GoTypes { kind, now, failed: failed.clone() };
        let reset = strategy::reset_fields(&self.api_version, &self.kind, subresource);
        let resource = Resource::new(types, &self.api_version, &self.kind).subresource(subresource);
        if reset.is_empty() {
            return resource;
        }
        let mut fields = Fields::default();
        for path in reset {
            let path: Vec<PathElement> = path.split('.').map(PathElement::field).collect();
            fields.insert(&path);
        }
        let at = |version: &String| (version.clone(), Filter::Exclude(fields.clone()));
        resource.ignoring(self.versions.iter().map(at).collect())
    }
}

impl BuiltIn {
    /// The refusal of an apply whose schema takes what Go's decoder doesn't.
    fn undecodable(&self, config: &Value, why: &str) -> WriteError {
        let of = go_kind(&self.api_version, &self.kind);
        let (namespace, name) = (object::meta(config, "namespace"), object::meta(config, "name"));
        WriteError::Undecodable {
            object: format!("{namespace}/{name}; {of}"),
            message: format!("unable to convert unstructured object to {of}: {why}"),
        }
    }
}

impl Model for BuiltIn {
    fn is_custom(&self) -> bool {
        false
    }

    fn warning(&self) -> Option<String> {
        let text = match (&*self.api_version, &*self.kind) {
            ("v1", "Endpoints") => {
                "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
            }
            ("v1", "ComponentStatus") => "v1 ComponentStatus is deprecated in v1.19+",
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn early_warnings(&self, object: &Value) -> Vec<String> {
        warnings::early(&self.kind, object)
    }

    fn drop_carried(&self, object: &mut Value) {
        strategy::drop_carried(&self.kind, object);
    }

    fn convert(&self, object: Value, api_version: &str) -> Result<Value, Status> {
        Ok(strategy::convert(&object, api_version))
    }

    fn decode(&self, document: &Document, now: &str) -> Result<Decoded, String> {
        let Some(kind) = types::kind(&self.api_version, &self.kind) else {
            let object = document.raw().map_err(|error| error.to_string())?;
            return Ok(Decoded { object, strict: Vec::new() });
        };
        let types::Decoded { mut object, strict, .. } =
            kind.decode_json(document).map_err(|error| error.to_string())?;
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), self.api_version.as_str().into());
            map.insert("kind".to_owned(), self.kind.as_str().into());
        }
        defaults::apply(&self.api_version, &self.kind, &mut object, now);
        strategy::read(&self.kind, &mut object);
        // What is served at two versions passes through a third inside the server.
        if strategy::storage_version(&self.api_version, &self.kind).is_some() {
            object = strategy::convert(&object, &self.api_version);
        }
        Ok(Decoded { object, strict })
    }

    /// The server sets defaults again when it reads what it has stored. Those of some kinds differ
    /// then, from what the server itself has set.
    fn read(&self, mut stored: Value) -> Result<Value, Status> {
        if has_late_defaults(&self.kind) {
            defaults::apply(&self.api_version, &self.kind, &mut stored, "");
        }
        Ok(stored)
    }

    fn is_unsettled(&self, stored: &Value) -> bool {
        has_late_defaults(&self.kind) && self.read(stored.clone()).is_ok_and(|read| read != *stored)
    }

    fn shown(&self, mut object: Value) -> Value {
        if self.kind == "Service" {
            strategy::services::read(&mut object);
        }
        object
    }

    fn stored(&self, object: Value, now: &str) -> Value {
        let mut stored = match types::kind(&self.api_version, &self.kind) {
            Some(kind) => kind.stored(&object),
            None => object,
        };
        if !has_late_defaults(&self.kind) {
            defaults::apply(&self.api_version, &self.kind, &mut stored, now);
        }
        stored
    }

    fn empty(&self) -> Value {
        let mut object = zero(&self.api_version, &self.kind);
        strategy::bare(&self.kind, &mut object);
        object
    }

    fn prepare_create(&self, object: &mut Value, writer: &Writer<'_>) {
        strategy::prepare_create(&self.api_version, &self.kind, object, writer);
    }

    fn validate_create(&self, object: &Value) -> Validity {
        let errors = validation::create(&self.api_version, &self.kind, object);
        Validity { errors, warnings: warnings::of_new(&self.kind, object) }
    }

    fn prepare_update(&self, new: &mut Value, old: &Value, subresource: &str, writer: &Writer<'_>) {
        strategy::prepare_update(&self.api_version, &self.kind, subresource, new, old, writer);
    }

    fn validate_update(&self, new: &Value, old: &Value, subresource: &str) -> Validity {
        let errors = match subresource {
            "" => validation::update(&self.api_version, &self.kind, new, old),
            _ => {
                validation::update_subresource(&self.api_version, &self.kind, subresource, new, old)
            }
        };
        Validity { errors, warnings: warnings::of_change(&self.kind, subresource, new, old) }
    }

    fn track(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
        subresource: &str,
    ) -> Result<Value, WriteError> {
        let resource = self.resource(subresource, now, &Failed::default());
        // Nobody owns what JSON leaves out.
        let kind = types::kind(&self.api_version, &self.kind);
        let Some(plain) = kind.and_then(|kind| kind.without_empty(new)) else {
            return resource.update(live, new, manager, now);
        };
        let tracked = resource.update(live, &plain, manager, now)?;
        let mut new = new.clone();
        object::copy_meta(&mut new, &tracked, "managedFields");
        Ok(new)
    }

    fn apply(&self, apply: Apply<'_>) -> Result<Value, WriteError> {
        let failed = Failed::default();
        let resource = self.resource(apply.subresource, apply.now, &failed);
        let applied =
            resource.apply(apply.live, apply.config, apply.manager, apply.force, apply.now)?;
        match failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => Ok(applied),
            Some(why) => Err(self.undecodable(apply.config, &why)),
        }
    }

    fn print(&self, object: &Value) -> String {
        match types::kind(&self.api_version, &self.kind) {
            Some(kind) => kind.print(object),
            None => object.to_string(),
        }
    }

    fn strategic(
        &self,
        live: &Value,
        body: &[u8],
        strict: bool,
    ) -> Option<Result<Strategic, Status>> {
        let kind = types::kind(&self.api_version, &self.kind)?;
        Some(patch::strategic(live, body, &kind, strict))
    }

    fn restore(&self, patched: Value) -> Result<Value, String> {
        match types::kind(&self.api_version, &self.kind) {
            Some(kind) => kind.convert(patched),
            None => Ok(patched),
        }
    }

    fn columns(&self, _now: Duration) -> Columns<'_> {
        Columns::built_in(&self.api_version, &self.kind)
    }

    fn create_on_update(&self) -> bool {
        self.rules.is_some_and(|rules| rules.create_on_update)
    }

    fn unconditional_update(&self) -> bool {
        self.rules.is_none_or(|rules| rules.unconditional_update)
    }

    fn graceful(&self, object: &Value, asked: Option<i64>) -> Option<i64> {
        if !self.rules.is_some_and(|rules| rules.graceful) {
            return None;
        }
        // A pod that runs nowhere, or has ended, needs no time.
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let idle = text("/spec/nodeName").is_empty()
            || matches!(text("/status/phase"), "Failed" | "Succeeded");
        if idle {
            return Some(0);
        }
        let own = object.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
        Some(asked.or(own).unwrap_or(30).max(0))
    }

    fn orphans_by_default(&self) -> Option<bool> {
        match self.rules.map(|rules| rules.dependents) {
            Some(strategy::Dependents::Unsupported) => None,
            Some(strategy::Dependents::Orphaned) => Some(true),
            _ => Some(false),
        }
    }

    fn returns_deleted(&self) -> bool {
        self.rules.is_some_and(|rules| rules.returns_deleted)
    }

    fn scale_of(&self, object: &Value) -> Result<Value, Status> {
        Ok(strategy::scale_of(object))
    }

    fn apply_scale(&self, object: &mut Value, scale: &Value) -> Result<(), Status> {
        strategy::apply_scale(object, scale);
        Ok(())
    }

    fn replicas(&self, api_version: &str) -> Option<Vec<PathElement>> {
        types::kind(api_version, &self.kind)
            .map(|_| vec![PathElement::field("spec"), PathElement::field("replicas")])
    }

    fn selectable(&self) -> &Selectable {
        &self.selectable
    }
}

/// Writes of scales, whatever they are the scales of.
pub(crate) fn scales(now: &str) -> Resource<impl Types> {
    let types =
        GoTypes { kind: "Scale".to_owned(), now: now.to_owned(), failed: Failed::default() };
    Resource::new(types, "autoscaling/v1", "Scale").subresource("scale")
}

/// What an object of this type always has.
fn zero(api_version: &str, kind: &str) -> Value {
    match types::kind(api_version, kind) {
        Some(kind) => kind.empty(),
        None => json!({"apiVersion": api_version, "kind": kind}),
    }
}

/// Why an object could not be decoded, the last time that was so.
type Failed = Arc<Mutex<Option<String>>>;

/// The Go types of a kind, for server-side apply.
struct GoTypes {
    kind: String,
    now: String,
    failed: Failed,
}

impl Types for GoTypes {
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)> {
        types::kind(api_version, &self.kind).map(|kind| kind.schema())
    }

    /// Through the type, as the server converts: what it always has is there afterwards.
    fn convert(&self, object: &Value, api_version: &str) -> Result<Value, ConvertError> {
        if types::kind(api_version, &self.kind).is_none() {
            return Err(ConvertError::MissingVersion);
        }
        let from = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        if from == api_version {
            return Ok(object.clone());
        }
        // Events are in two groups, and the owners of each know nothing of the other.
        if group_of(from) != group_of(api_version) {
            return Err(ConvertError::MissingVersion);
        }
        let typed = self.typed(object, from).map_err(|why| {
            let of = go_kind(from, &self.kind);
            ConvertError::Failed(format!("unable to convert unstructured object to {of}: {why}"))
        })?;
        Ok(strategy::convert(&typed, api_version))
    }

    fn empty(&self, api_version: &str, kind: &str) -> Value {
        zero(api_version, kind)
    }

    fn fill_defaults(&self, object: &mut Value) {
        let api_version =
            object.get("apiVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
        match self.typed(object, &api_version) {
            Ok(typed) => *object = typed,
            Err(why) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                *failed = Some(why);
            }
        }
        defaults::apply(&api_version, &self.kind, object, &self.now);
    }
}

impl GoTypes {
    /// An object as its type at a version has it: some fields are always there.
    ///
    /// # Errors
    /// A value that the type can't hold: the schema takes any text for a time or bytes.
    fn typed(&self, object: &Value, api_version: &str) -> Result<Value, String> {
        let Some(kind) = types::kind(api_version, &self.kind) else { return Ok(object.clone()) };
        let fits = kind.convert(object.clone())?;
        let mut typed = kind.decode(&fits).map_err(|error| error.to_string())?.object;
        if let Some(map) = typed.as_object_mut() {
            map.insert("apiVersion".to_owned(), api_version.into());
            map.insert("kind".to_owned(), self.kind.as_str().into());
        }
        Ok(typed)
    }
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// A kind as Go prints it.
fn go_kind(api_version: &str, kind: &str) -> String {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    format!("{group}/{version}, Kind={kind}")
}
