//! Schemas in the notation of structured-merge-diff.

use super::{
    Atom, DEPTH, Field, List, Map, Relationship, ScalarType, Schema, SchemaError, TypeRef,
};
use serde_json::{Map as Json, Value};
use std::{collections::BTreeMap, sync::Arc};

impl Schema {
    /// Reads the notation of structured-merge-diff (`types: [{name, map: {fields, …}}, …]`), from
    /// YAML or JSON that has been parsed into a value. What it says about unions and nullability
    /// has no influence on merging and is left out. O(size).
    ///
    /// # Errors
    /// A part has the wrong type, a list or type has no name where it needs one, or it is nested
    /// too deep.
    pub fn read(value: &Value) -> Result<Self, SchemaError> {
        let Some(types) = value.get("types") else {
            return Ok(Schema::default());
        };
        let items = types.as_array().ok_or_else(|| fail("types", "must be a list"))?;
        let mut out = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let at = format!("types[{index}]");
            let map = object(item, &at)?;
            let name = text(map, "name", &at)?.ok_or_else(|| fail(&at, "has no name"))?;
            if out.insert(Arc::from(name), atom(map, &at, DEPTH)?).is_some() {
                return Err(fail(&at, "has the name of an earlier type"));
            }
        }
        Ok(Schema { types: out })
    }
}

pub(super) fn fail(at: &str, problem: &str) -> SchemaError {
    SchemaError { at: at.to_owned(), problem: problem.to_owned() }
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Json<String, Value>, SchemaError> {
    value.as_object().ok_or_else(|| fail(at, "must be a map"))
}

fn text<'a>(
    map: &'a Json<String, Value>,
    name: &str,
    at: &str,
) -> Result<Option<&'a str>, SchemaError> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(fail(&format!("{at}.{name}"), "must be a string")),
    }
}

fn atom(map: &Json<String, Value>, at: &str, depth: usize) -> Result<Atom, SchemaError> {
    let depth = depth.checked_sub(1).ok_or_else(|| fail(at, "is nested too deep"))?;
    let scalar = text(map, "scalar", at)?.map(|name| match name {
        "numeric" => ScalarType::Numeric,
        "string" => ScalarType::String,
        "boolean" => ScalarType::Boolean,
        "untyped" => ScalarType::Untyped,
        other => ScalarType::Unknown(other.into()),
    });
    let part = |name: &str| map.get(name).filter(|value| !value.is_null());
    let list = part("list").map(|value| list(value, &format!("{at}.list"), depth)).transpose()?;
    let map = part("map").map(|value| fields(value, &format!("{at}.map"), depth)).transpose()?;
    Ok(Atom { scalar, list: list.map(Arc::new), map: map.map(Arc::new) })
}

fn reference(value: &Value, at: &str, depth: usize) -> Result<TypeRef, SchemaError> {
    let map = object(value, at)?;
    Ok(TypeRef {
        name: text(map, "namedType", at)?.map(Arc::from),
        inline: atom(map, at, depth)?,
        relationship: relationship(map, at)?,
    })
}

fn relationship(map: &Json<String, Value>, at: &str) -> Result<Option<Relationship>, SchemaError> {
    Ok(match text(map, "elementRelationship", at)? {
        None | Some("") => None,
        Some("atomic") => Some(Relationship::Atomic),
        Some("associative" | "separable") => Some(Relationship::Granular),
        Some(_) => {
            let problem = "must be atomic, associative or separable";
            return Err(fail(&format!("{at}.elementRelationship"), problem));
        }
    })
}

fn list(value: &Value, at: &str, depth: usize) -> Result<List, SchemaError> {
    let map = object(value, at)?;
    let keys = match map.get("keys") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(keys)) => {
            let key = |key: &Value| key.as_str().map(Box::from);
            let keys: Option<Vec<Box<str>>> = keys.iter().map(key).collect();
            keys.ok_or_else(|| fail(&format!("{at}.keys"), "must be strings"))?
        }
        Some(_) => return Err(fail(&format!("{at}.keys"), "must be a list")),
    };
    Ok(List {
        element: element(map, at, depth)?.unwrap_or_default(),
        // There is no default for lists in the notation; as a whole is what can't go wrong.
        relationship: relationship(map, at)?.unwrap_or(Relationship::Atomic),
        keys: keys.into(),
    })
}

fn element(
    map: &Json<String, Value>,
    at: &str,
    depth: usize,
) -> Result<Option<TypeRef>, SchemaError> {
    let value = map.get("elementType").filter(|value| !value.is_null());
    value.map(|value| reference(value, &format!("{at}.elementType"), depth)).transpose()
}

fn fields(value: &Value, at: &str, depth: usize) -> Result<Map, SchemaError> {
    let map = object(value, at)?;
    let mut out = BTreeMap::new();
    let items = match map.get("fields") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(items)) => items,
        Some(_) => return Err(fail(&format!("{at}.fields"), "must be a list")),
    };
    for (index, item) in items.iter().enumerate() {
        let at = format!("{at}.fields[{index}]");
        let item = object(item, &at)?;
        let name = text(item, "name", &at)?.ok_or_else(|| fail(&at, "has no name"))?;
        let of = item.get("type").ok_or_else(|| fail(&at, "has no type"))?;
        let of = reference(of, &format!("{at}.type"), depth)?;
        let default = item.get("default").filter(|value| !value.is_null()).cloned();
        if out.insert(Box::from(name), Field { of, default }).is_some() {
            return Err(fail(&at, "has the name of an earlier field"));
        }
    }
    Ok(Map {
        fields: Arc::new(out),
        element: element(map, at, depth)?,
        relationship: relationship(map, at)?.unwrap_or(Relationship::Granular),
    })
}
