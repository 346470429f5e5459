//! Documents to objects: lists are taken apart, identities are read.

use super::{
    parse::{Content, Document},
    refuse,
};
use crate::{
    Error, Result,
    model::{Object, ObjectId, Origin},
    reason,
};
use serde_json::{Map, Value};

/// The objects of a document. An object that is none adds an error, and the rest is looked at.
pub(super) fn objects(
    path: &str,
    document: Document,
    objects: &mut Vec<Object>,
    errors: &mut Vec<Error>,
) {
    let origin = Origin::new(path, document.line);
    let mut found = Found { objects, errors };
    match document.content {
        Content::Mapping { fields, items: None } => found.object(fields, origin),
        Content::Mapping { fields, items: Some(items) } => {
            let items = items.into_iter().map(|(item, line)| (item, Origin::new(path, line)));
            found.with_items(fields, items.collect(), origin);
        }
        Content::Other(value) => found.refuse(no_mapping(&value), &origin),
    }
}

struct Found<'a> {
    objects: &'a mut Vec<Object>,
    errors: &'a mut Vec<Error>,
}

impl Found<'_> {
    fn refuse(&mut self, error: Error, origin: &Origin) {
        self.errors.push(error.at(origin));
    }

    fn value(&mut self, value: Value, origin: Origin) {
        match value {
            Value::Object(mut fields) => match fields.remove("items") {
                Some(Value::Array(items)) => {
                    // Within a list places are no longer known: that of its parent.
                    let items = items.into_iter().map(|item| (item, origin.clone())).collect();
                    self.with_items(fields, items, origin);
                }
                Some(other) => {
                    fields.insert("items".to_owned(), other);
                    self.object(fields, origin);
                }
                None => self.object(fields, origin),
            },
            other => self.refuse(no_mapping(&other), &origin),
        }
    }

    /// A mapping with a list of items: a list of objects, if its kind says so.
    fn with_items(
        &mut self,
        mut fields: Map<String, Value>,
        items: Vec<(Value, Origin)>,
        origin: Origin,
    ) {
        let kind = text(&fields, "kind").unwrap_or_default().to_owned();
        let Some(item_kind) = kind.strip_suffix("List") else {
            let items = items.into_iter().map(|(item, _)| item).collect();
            fields.insert("items".to_owned(), Value::Array(items));
            return self.object(fields, origin);
        };
        let version = text(&fields, "apiVersion").unwrap_or_default().to_owned();
        for (mut item, origin) in items {
            if let Value::Object(fields) = &mut item {
                inherit(fields, item_kind, &version);
            }
            self.value(item, origin);
        }
    }

    fn object(&mut self, fields: Map<String, Value>, origin: Origin) {
        // A list without items, as tools print when they find nothing.
        let empty =
            text(&fields, "kind") == Some("List") && fields.get("items").is_none_or(Value::is_null);
        if empty {
            return;
        }
        match identify(&fields) {
            Ok(id) => self.objects.push(Object::new(id, &Value::Object(fields)).at(origin)),
            Err(error) => self.refuse(error, &origin),
        }
    }
}

/// The items of a `RoleList` need not say that they are Roles.
fn inherit(item: &mut Map<String, Value>, kind: &str, version: &str) {
    let says = |key: &str| item.get(key).is_some_and(|value| !value.is_null());
    if !kind.is_empty() && !says("kind") && !says("apiVersion") {
        item.insert("kind".to_owned(), kind.into());
        item.insert("apiVersion".to_owned(), version.into());
    }
}

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    fields.get(key)?.as_str()
}

fn invalid(message: impl Into<String>) -> Error {
    refuse(reason::INVALID_OBJECT, message)
}

fn no_mapping(value: &Value) -> Error {
    let what = match value {
        Value::Array(_) => "a list",
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Object(_) => "a mapping",
    };
    invalid(format!("{what} stands where an object is expected"))
        .advise("exclude the file if it holds no manifests")
}

/// Reads the identity of an object.
fn identify(fields: &Map<String, Value>) -> Result<ObjectId> {
    let version = required(fields, "apiVersion", "apiVersion")?;
    let kind = required(fields, "kind", "kind")?;
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    if version.is_empty() || version.contains('/') {
        return Err(invalid("apiVersion is neither \"version\" nor \"group/version\"")
            .advise("write it as in v1 or apps/v1"));
    }
    check("apiVersion", group, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))?;
    check("kind", kind, |c| c.is_ascii_alphanumeric())?;
    if group == "kustomize.config.k8s.io" {
        return Err(invalid("a kustomization, which this renderer does not build")
            .advise("render it first and commit the result, or exclude the file"));
    }
    let metadata = match fields.get("metadata") {
        Some(Value::Object(metadata)) => metadata,
        Some(Value::Null) | None => {
            return Err(invalid(format!("this {kind} has no metadata")).advise("give it a name"));
        }
        Some(_) => {
            return Err(invalid(format!("the metadata of this {kind} is not a mapping"))
                .advise("write it as a mapping with a name"));
        }
    };
    if metadata.get("name").is_none_or(Value::is_null) && metadata.contains_key("generateName") {
        return Err(invalid(format!("this {kind} has generateName and no name"))
            .advise("give it a name: each pass would create another object"));
    }
    let name = required(metadata, "name", "metadata.name")?;
    let namespace = match metadata.get("namespace") {
        None | Some(Value::Null) => "",
        Some(Value::String(namespace)) => namespace,
        Some(_) => return Err(invalid("metadata.namespace is not a string").advise("quote it")),
    };
    check("metadata.namespace", namespace, |c| c.is_ascii_alphanumeric() || c == '-')?;
    // Path segments are all that every kind of name has in common: RBAC names hold colons.
    check("metadata.name", name, |c| c.is_ascii_graphic() && !matches!(c, '/' | '%'))?;
    if matches!(name, "." | "..") || name.contains("__") {
        return Err(invalid(format!("metadata.name {name:?} can't be used"))
            .advise("a name is neither . nor .. and has no two underscores in a row"));
    }
    Ok(ObjectId::new(group, kind, namespace, name))
}

fn required<'a>(fields: &'a Map<String, Value>, key: &str, path: &str) -> Result<&'a str> {
    match fields.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) | Some(Value::Null) | None => {
            let error = invalid(format!("{path} is missing"));
            Err(match key {
                "name" => error.advise("give it a name"),
                _ => error.advise("add it, or exclude the file if it holds no manifests"),
            })
        }
        Some(_) => Err(invalid(format!("{path} is not a string")).advise("quote it")),
    }
}

/// The longest name of anything.
const LONGEST: usize = 253;

fn check(path: &str, text: &str, allowed: impl Fn(char) -> bool) -> Result<()> {
    if text.len() > LONGEST {
        return Err(
            invalid(format!("{path} is longer than {LONGEST} characters")).advise("shorten it")
        );
    }
    if text.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!("{path} {text:?} holds a character that is not allowed there"))
        .advise("correct it, or exclude the file if it holds no manifests"))
}
