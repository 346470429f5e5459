//! From one version to another, and to the stored form and back.

use super::{Definition, Version, text_of};
use crate::custom::{object, priority};
use serde_json::Value;

impl Definition {
    /// Converts an object, which is at any version, to `to`: its `apiVersion` changes, and what
    /// that version doesn't know is dropped.
    ///
    /// # Errors
    /// The definition converts by webhook, which is not supported, and the versions differ; or
    /// metadata of embedded resources is malformed.
    pub fn convert(&self, object: Value, to: &Version) -> Result<Value, String> {
        let (object, _) = object::coerced(self.renamed(object, to)?, &to.schema)?;
        Ok(object)
    }

    /// As [`convert`](Self::convert), and what the version doesn't know stays: who owns what is
    /// then unknown too, to the server.
    pub(crate) fn renamed(&self, mut object: Value, to: &Version) -> Result<Value, String> {
        let wanted = to.api_version();
        let found = text_of(&object, "apiVersion");
        if self.webhook && found != wanted {
            return Err(format!(
                "conversion webhook for {found}, Kind={} failed: conversion by webhook is not supported",
                self.names.kind
            ));
        }
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".to_owned(), wanted.into());
        }
        Ok(object)
    }

    /// The form of an object that is stored.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn to_stored(&self, object: Value) -> Result<Value, String> {
        match self.storage_version() {
            Some(storage) => self.convert(object, storage),
            None => Ok(object),
        }
    }

    /// A stored object at `to`. Defaults are those of the version that it is stored at; what an
    /// earlier definition let pass and this one doesn't know is dropped.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn from_stored(&self, object: Value, to: &Version) -> Result<Value, String> {
        let stored_at = text_of(&object, "apiVersion");
        let stored_at = self.versions.iter().find(|version| version.api_version() == stored_at);
        let object = match stored_at {
            Some(version) => object::decode_stored(object, &version.schema),
            None => object,
        };
        self.convert(object, to)
    }
}

/// What requests for a deprecated version are warned of.
pub(super) fn deprecation(version: &Value, spec: &Value, group: &str) -> String {
    if let Some(text) = version.get("deprecationWarning").and_then(Value::as_str) {
        return text.to_owned();
    }
    let name = text_of(version, "name");
    let kind = spec.pointer("/names/kind").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{group}/{name} {kind} is deprecated");
    let flag = |version: &Value, name: &str| {
        version.get(name).and_then(Value::as_bool).unwrap_or_default()
    };
    let all = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
    let better = all
        .filter(|other| flag(other, "served") && !flag(other, "deprecated"))
        .map(|other| text_of(other, "name"))
        .filter(|other| priority::compare_versions(other, &name).is_gt())
        .max_by(|a, b| priority::compare_versions(a, b));
    match better {
        Some(better) => format!("{text}; use {group}/{better} {kind}"),
        None => text,
    }
}
