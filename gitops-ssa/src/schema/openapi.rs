//! Schemas from OpenAPI, by the rules of the API server (`schemaconv` of kube-openapi).

use super::{
    Atom, DEDUCED, DEPTH, Field, List, Map, Relationship, ScalarType, Schema, SchemaError, TypeRef,
    UNTYPED, read::fail,
};
use serde_json::{Map as Json, Value, json};
use std::{collections::BTreeMap, sync::Arc};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const RAW_EXTENSION: &str = "io.k8s.apimachinery.pkg.runtime.RawExtension";
/// The name of the one type of [`Schema::from_structural`].
const ROOT: &str = "root";

impl Schema {
    /// The schema of OpenAPI definitions: `components.schemas` of version 3 or `definitions` of
    /// version 2, as a server publishes them under `/openapi`. References are resolved by their
    /// last part. With `preserve_unknown`, structs may have fields that aren't declared.
    ///
    /// Lists merge by `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`, else by
    /// `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`, else they are atomic;
    /// maps by `x-kubernetes-map-type`, else they are granular. O(size).
    ///
    /// # Errors
    /// A definition is not what it must be, or nested too deep.
    pub fn from_openapi(
        definitions: &Json<String, Value>,
        preserve_unknown: bool,
    ) -> Result<Self, SchemaError> {
        let mut schema = Schema::deduced();
        for (name, definition) in definitions {
            let atom = match &**name {
                _ if definition.get("$ref").is_some() => continue,
                QUANTITY => scalar(ScalarType::Untyped),
                RAW_EXTENSION => schema.types.get(UNTYPED).cloned().unwrap_or_default(),
                _ => Part { at: name.clone(), preserve_unknown }.atom(definition, DEPTH)?,
            };
            schema.types.insert(name.as_str().into(), atom);
        }
        Ok(schema)
    }

    /// The schema of a custom resource from its `openAPIV3Schema`, with the type of its objects.
    /// `apiVersion`, `kind` and `metadata` are added as the server adds them.
    /// `preserve_unknown` is the definition's own `spec.preserveUnknownFields`.
    ///
    /// # Errors
    /// As [`from_openapi`](Self::from_openapi).
    pub fn from_structural(
        definition: &Value,
        preserve_unknown: bool,
    ) -> Result<(Self, TypeRef), SchemaError> {
        let mut definition = definition.clone();
        if let Some(map) = definition.as_object_mut() {
            let properties = map.entry("properties").or_insert_with(|| json!({}));
            // Without properties nothing is known, and anything may be there.
            let anything = properties.as_object().is_none_or(Json::is_empty)
                && !map.contains_key("additionalProperties");
            if anything {
                map.insert("x-kubernetes-preserve-unknown-fields".to_owned(), true.into());
            }
            if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
                for name in ["apiVersion", "kind"] {
                    properties.insert(name.to_owned(), json!({"type": "string"}));
                }
                properties.insert("metadata".to_owned(), json!({"$ref": OBJECT_META}));
            }
        }
        let mut definitions = Json::new();
        definitions.insert(ROOT.to_owned(), definition);
        let mut schema = Schema::from_openapi(&definitions, preserve_unknown)?;
        let meta = Part { at: OBJECT_META.to_owned(), preserve_unknown: false };
        schema.types.insert(OBJECT_META.into(), meta.atom(&object_meta(), DEPTH)?);
        Ok((schema, TypeRef::named(ROOT)))
    }
}

/// The part of `metadata` that bears on merging.
fn object_meta() -> Value {
    let text = json!({"type": "string"});
    let time = json!({"type": "string", "format": "date-time"});
    let number = json!({"type": "integer"});
    let flag = json!({"type": "boolean"});
    let texts = json!({"type": "object", "additionalProperties": text});
    let owner = json!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "apiVersion": text, "kind": text, "name": text,
            "uid": {"type": "string", "default": ""},
            "blockOwnerDeletion": flag, "controller": flag,
        },
    });
    let entry = json!({
        "type": "object",
        "properties": {
            "apiVersion": text, "fieldsType": text, "fieldsV1": {"type": "object"},
            "manager": text, "operation": text, "subresource": text, "time": time,
        },
    });
    json!({
        "type": "object",
        "properties": {
            "annotations": texts, "labels": texts,
            "name": text, "generateName": text, "namespace": text,
            "resourceVersion": text, "selfLink": text, "uid": text,
            "generation": number, "deletionGracePeriodSeconds": number,
            "creationTimestamp": time, "deletionTimestamp": time,
            "finalizers": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
            "managedFields": {"type": "array", "items": entry},
            "ownerReferences": {
                "type": "array", "items": owner,
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
            },
        },
    })
}

fn scalar(of: ScalarType) -> Atom {
    Atom { scalar: Some(of), ..Atom::default() }
}

/// Where we are in a definition.
struct Part {
    at: String,
    preserve_unknown: bool,
}

impl Part {
    fn below(&self, name: &str) -> Part {
        Part { at: format!("{}.{name}", self.at), preserve_unknown: self.preserve_unknown }
    }

    fn fail(&self, problem: &str) -> SchemaError {
        fail(&self.at, problem)
    }

    fn atom(mut self, definition: &Value, depth: usize) -> Result<Atom, SchemaError> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.fail("is nested too deep"))?;
        // A true or empty schema says nothing.
        let empty = Json::new();
        let definition = match definition {
            Value::Bool(true) => &empty,
            Value::Object(map) => map,
            _ => return Err(self.fail("must be a map")),
        };
        if definition.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true)) {
            self.preserve_unknown = true;
        }
        let of = match definition.get("type") {
            None | Some(Value::Null) => "",
            Some(Value::String(of)) => of,
            // OpenAPI 3.1 and old swagger allow several; the first counts.
            Some(Value::Array(of)) => of.first().and_then(Value::as_str).unwrap_or_default(),
            Some(_) => return Err(self.fail("has a type that is not a string")),
        };
        let plain = definition.get("format").is_none_or(|format| format == "" || format == "byte");
        Ok(match of {
            "" => Atom {
                scalar: Some(ScalarType::Untyped),
                list: Some(Arc::new(self.list(definition, depth)?)),
                map: Some(Arc::new(self.map(definition, depth)?)),
            },
            "object" => {
                Atom { map: Some(Arc::new(self.map(definition, depth)?)), ..Atom::default() }
            }
            "array" => {
                if !definition.contains_key("items") {
                    return Err(self.fail("is an array without items"));
                }
                Atom { list: Some(Arc::new(self.list(definition, depth)?)), ..Atom::default() }
            }
            "integer" | "number" => scalar(ScalarType::Numeric),
            "boolean" => scalar(ScalarType::Boolean),
            "string" if plain => scalar(ScalarType::String),
            // int-or-string, date-time and whatever may come.
            "string" => scalar(ScalarType::Untyped),
            _ => return Err(self.fail("has a type that OpenAPI doesn't have")),
        })
    }

    fn reference(self, definition: &Value, depth: usize) -> Result<TypeRef, SchemaError> {
        let own = definition.get("$ref");
        let wrapped = definition.get("allOf").and_then(Value::as_array).filter(|of| of.len() == 1);
        let wrapped = wrapped.and_then(|of| of.first()?.get("$ref"));
        let Some(Value::String(target)) = own.or(wrapped) else {
            return Ok(TypeRef::inline(self.atom(definition, depth)?));
        };
        let name = target.rsplit('/').next().unwrap_or(target);
        let relationship = self.map_type(definition.as_object())?;
        Ok(TypeRef { relationship, ..TypeRef::named(name) })
    }

    fn map(&self, definition: &Json<String, Value>, depth: usize) -> Result<Map, SchemaError> {
        let mut fields = BTreeMap::new();
        let empty = Json::new();
        let properties = match definition.get("properties") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(properties)) => properties,
            Some(_) => return Err(self.fail("has properties that are not a map")),
        };
        for (name, property) in properties {
            let default = property.get("default").filter(|value| !value.is_null()).cloned();
            let of = self.below(name).reference(property, depth)?;
            fields.insert(name.as_str().into(), Field { of, default });
        }
        if definition.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)) {
            let text = || TypeRef::inline(scalar(ScalarType::String));
            let own = [
                ("apiVersion", text()),
                ("kind", text()),
                ("metadata", TypeRef::named(OBJECT_META)),
            ];
            for (name, of) in own {
                fields.insert(name.into(), Field { of, default: None });
            }
        }
        let element = match definition.get("additionalProperties") {
            None | Some(Value::Null) => {
                let open = self.preserve_unknown || properties.is_empty();
                open.then(TypeRef::deduced)
            }
            Some(Value::Bool(open)) => open.then(|| TypeRef::named(DEDUCED)),
            Some(other) => Some(self.below("additionalProperties").reference(other, depth)?),
        };
        let relationship = self.map_type(Some(definition))?.unwrap_or(Relationship::Granular);
        Ok(Map { fields: Arc::new(fields), element, relationship })
    }

    fn list(&self, definition: &Json<String, Value>, depth: usize) -> Result<List, SchemaError> {
        let (relationship, keys) = self.list_type(definition)?;
        let element = match definition.get("items") {
            None | Some(Value::Null) => TypeRef::named(UNTYPED),
            Some(items) => self.below("items").reference(items, depth)?,
        };
        Ok(List { element, relationship, keys: keys.into() })
    }

    fn map_type(
        &self,
        definition: Option<&Json<String, Value>>,
    ) -> Result<Option<Relationship>, SchemaError> {
        match definition.and_then(|map| map.get("x-kubernetes-map-type")) {
            None => Ok(None),
            Some(value) if value == "atomic" => Ok(Some(Relationship::Atomic)),
            Some(value) if value == "granular" => Ok(Some(Relationship::Granular)),
            Some(_) => Err(self.fail("x-kubernetes-map-type must be atomic or granular")),
        }
    }

    fn list_type(
        &self,
        definition: &Json<String, Value>,
    ) -> Result<(Relationship, Vec<Box<str>>), SchemaError> {
        let text = |name: &str| definition.get(name).map(|value| value.as_str().unwrap_or(""));
        if let Some(of) = text("x-kubernetes-list-type") {
            return match of {
                "atomic" => Ok((Relationship::Atomic, Vec::new())),
                "set" => Ok((Relationship::Granular, Vec::new())),
                "map" => {
                    let keys = definition.get("x-kubernetes-list-map-keys");
                    let keys = keys.and_then(Value::as_array).filter(|keys| !keys.is_empty());
                    let keys = keys.and_then(|keys| {
                        keys.iter().map(|key| key.as_str().map(Box::from)).collect()
                    });
                    let keys = keys.ok_or_else(|| self.fail("is a list of type map without keys"));
                    Ok((Relationship::Granular, keys?))
                }
                _ => Err(self.fail("x-kubernetes-list-type must be atomic, set or map")),
            };
        }
        match text("x-kubernetes-patch-strategy") {
            Some("merge" | "merge,retainKeys") => {
                // Without a key it is a set.
                let key = text("x-kubernetes-patch-merge-key").map(Box::from);
                Ok((Relationship::Granular, key.into_iter().collect()))
            }
            None | Some("retainKeys") => Ok((Relationship::Atomic, Vec::new())),
            Some(_) => Err(self.fail("has a patch strategy that is not known")),
        }
    }
}
