//! The types of a kind's versions.

use crate::{
    schema::{Schema, TypeRef},
    typed::{Duplicates, Typed, TypedError},
    update::ConvertError,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// What a server knows of a kind: its types, conversions and defaults.
pub trait Types {
    /// The schema of an API version and the type of the kind's objects in it; `None` if there is
    /// no such version.
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)>;

    /// An object at another version. The default suits kinds whose versions differ in name only,
    /// as custom resources do without a conversion webhook.
    ///
    /// # Errors
    /// There is no such version, or the object can't be converted.
    fn convert(&self, object: &Value, api_version: &str) -> Result<Value, ConvertError> {
        if self.schema(api_version).is_none() {
            return Err(ConvertError::MissingVersion);
        }
        let mut object = object.clone();
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), api_version.into());
        }
        Ok(object)
    }

    /// The object before its creation, which tells what a creation adds. Custom resources start
    /// with nothing but their version and kind, the default. Built-in kinds start with the structs
    /// that they always have, such as `spec.template.spec` of a Deployment, so that these aren't
    /// owned by who creates them.
    fn empty(&self, api_version: &str, kind: &str) -> Value {
        json!({"apiVersion": api_version, "kind": kind})
    }

    /// Fills in defaults in an object that an apply has made. The default does nothing.
    fn fill_defaults(&self, object: &mut Value) {
        let _ = object;
    }
}

/// Versions with their schemas, that differ in name only.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    schemas: BTreeMap<String, (Arc<Schema>, TypeRef)>,
    empty: Map<String, Value>,
}

impl Versions {
    /// One version.
    pub fn one(api_version: &str, schema: Arc<Schema>, of: TypeRef) -> Self {
        Versions::default().and(api_version, schema, of)
    }

    /// With what objects have from the start: see [`Types::empty`].
    #[must_use]
    pub fn starting_with(self, empty: Map<String, Value>) -> Self {
        Versions { empty, ..self }
    }

    /// One more version.
    #[must_use]
    pub fn and(mut self, api_version: &str, schema: Arc<Schema>, of: TypeRef) -> Self {
        self.schemas.insert(api_version.to_owned(), (schema, of));
        self
    }

    /// One version of a kind of which nothing is known.
    pub fn deduced(api_version: &str) -> Self {
        Versions::one(api_version, Arc::new(Schema::deduced()), TypeRef::deduced())
    }
}

impl Types for Versions {
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)> {
        self.schemas.get(api_version).cloned()
    }

    fn empty(&self, api_version: &str, kind: &str) -> Value {
        let mut empty = self.empty.clone();
        empty.insert("apiVersion".to_owned(), api_version.into());
        empty.insert("kind".to_owned(), kind.into());
        Value::Object(empty)
    }
}

/// Why an object has no typed form.
pub(super) enum NotTyped {
    NoType(String),
    Invalid(TypedError),
}

/// An object as one of the type of its own version.
pub(super) fn typed<T: Types>(
    types: &T,
    object: Value,
    duplicates: Duplicates,
) -> Result<Typed, NotTyped> {
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let Some((schema, of)) = types.schema(version) else {
        return Err(NotTyped::NoType(format!("no corresponding type for {}", kind(&object))));
    };
    Typed::new(object, &schema, &of, duplicates).map_err(NotTyped::Invalid)
}

/// Group, version and kind as the server writes them: `apps/v1, Kind=Deployment`.
pub(super) fn kind(object: &Value) -> String {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let version = text("apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    format!("{group}/{version}, Kind={}", text("kind"))
}

/// Converts typed objects as [`Types`] says.
#[derive(Debug)]
pub(super) struct Conversion<'a, T>(pub(super) &'a T);

impl<T: Types> crate::update::Converter for Conversion<'_, T> {
    fn convert(&self, object: &Typed, version: &str) -> Result<Typed, ConvertError> {
        if object.value().get("apiVersion").and_then(Value::as_str) == Some(version) {
            return Ok(object.clone());
        }
        if !object.value().is_object() {
            return Err(ConvertError::Failed("not an object".to_owned()));
        }
        let converted = self.0.convert(object.value(), version)?;
        typed(self.0, converted, Duplicates::Refuse).map_err(|error| match error {
            NotTyped::NoType(_) => ConvertError::MissingVersion,
            NotTyped::Invalid(error) => ConvertError::Failed(error.to_string()),
        })
    }
}
