//! The subresource `scale`.

use crate::{custom::wording, status::Status};
use gitops_ssa::fields::PathElement;
use serde_json::{Map, Value, json};

/// Where the numbers of `autoscaling/v1` Scale are in an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scale {
    /// Such as `.spec.replicas`.
    pub spec_replicas_path: String,
    /// Such as `.status.replicas`.
    pub status_replicas_path: String,
    /// Such as `.status.selector`; empty for none.
    pub label_selector_path: String,
}

impl Scale {
    pub(super) fn read(scale: &Value) -> Self {
        let text =
            |name: &str| scale.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Scale {
            spec_replicas_path: text("specReplicasPath"),
            status_replicas_path: text("statusReplicasPath"),
            label_selector_path: text("labelSelectorPath"),
        }
    }

    /// The steps to the number of replicas.
    pub(crate) fn replicas(&self) -> Vec<PathElement> {
        steps(&self.spec_replicas_path).into_iter().map(PathElement::field).collect()
    }

    /// The Scale of an object, as a get answers it.
    ///
    /// # Errors
    /// 500 if the object has no number of replicas, or a value of the wrong type there.
    pub fn get(&self, object: &Value) -> Result<Value, Status> {
        let (scale, found) = self.view(object).map_err(Status::unclassified)?;
        if !found {
            let path = crate::status::quote(&self.spec_replicas_path);
            let text = format!("the spec replicas field {path} does not exist");
            return Err(Status::internal(&text));
        }
        Ok(scale)
    }

    /// The Scale that updates and patches start from. A number of replicas that isn't there is
    /// the smallest of 32 bits.
    ///
    /// # Errors
    /// 500 if a value has the wrong type.
    pub fn before_update(&self, object: &Value) -> Result<Value, Status> {
        let (mut scale, found) = self.view(object).map_err(Status::unclassified)?;
        if !found && let Some(spec) = scale.get_mut("spec").and_then(Value::as_object_mut) {
            spec.insert("replicas".to_owned(), i32::MIN.into());
        }
        Ok(scale)
    }

    /// Sets the number of replicas of `object` to that of `scale`, and its `resourceVersion` if
    /// the scale has one.
    ///
    /// # Errors
    /// 400 if the scale has no number of replicas and the object had none; 500 if the object has
    /// no place for it.
    pub fn apply(&self, scale: &Value, object: &mut Value) -> Result<(), Status> {
        let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        if replicas == i64::from(i32::MIN) {
            let path = crate::status::quote(&self.spec_replicas_path);
            return Err(Status::bad_request(format!(
                "the spec replicas field {path} cannot be empty"
            )));
        }
        set(object, &steps(&self.spec_replicas_path), replicas).map_err(Status::unclassified)?;
        let version = scale.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        if let Some(version) = version.filter(|version| !version.is_empty())
            && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        Ok(())
    }

    fn view(&self, object: &Value) -> Result<(Value, bool), String> {
        let replicas = integer(object, &self.spec_replicas_path)?;
        let current = integer(object, &self.status_replicas_path)?.unwrap_or_default();
        let selector = match &*self.label_selector_path {
            "" => None,
            path => text(object, path)?,
        };
        let mut metadata = Map::new();
        for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            let value = object.get("metadata").and_then(|metadata| metadata.get(name));
            value.map(|value| metadata.insert(name.to_owned(), value.clone()));
        }
        let mut status = Map::new();
        status.insert("replicas".to_owned(), thirty_two(current));
        if let Some(selector) = selector.filter(|selector| !selector.is_empty()) {
            status.insert("selector".to_owned(), selector.into());
        }
        let mut spec = Map::new();
        if let Some(replicas) = replicas.filter(|replicas| *replicas != 0) {
            spec.insert("replicas".to_owned(), thirty_two(replicas));
        }
        let scale = json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": metadata, "spec": spec, "status": status,
        });
        Ok((scale, replicas.is_some()))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "as the server converts")]
fn thirty_two(number: i64) -> Value {
    (number as i32).into()
}

/// The steps of a path: `.spec.replicas` has two.
pub(crate) fn steps(path: &str) -> Vec<&str> {
    path.strip_prefix('.').unwrap_or(path).split('.').collect()
}

/// The integer at a path, if there is something.
///
/// # Errors
/// Something else is there, in the server's words.
pub(crate) fn integer(object: &Value, path: &str) -> Result<Option<i64>, String> {
    let Some(value) = at(object, path)? else { return Ok(None) };
    value.as_i64().map(Some).ok_or_else(|| wrong(&steps(path), value, "int64"))
}

/// The text at a path, if there is something.
///
/// # Errors
/// Something else is there, in the server's words.
pub(crate) fn text<'a>(object: &'a Value, path: &str) -> Result<Option<&'a str>, String> {
    let Some(value) = at(object, path)? else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| wrong(&steps(path), value, "string"))
}

fn at<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let (steps, mut value) = (steps(path), object);
    for (index, step) in steps.iter().enumerate() {
        value = match value {
            Value::Null => return Ok(None),
            Value::Object(map) => match map.get(*step) {
                Some(value) => value,
                None => return Ok(None),
            },
            other => {
                let seen = steps.get(..=index).unwrap_or(&steps);
                return Err(wrong(seen, other, "map[string]interface{}"));
            }
        };
    }
    Ok(Some(value))
}

fn wrong(steps: &[&str], value: &Value, wanted: &str) -> String {
    let (shown, kind) = (wording::go_value(value), wording::go_type(value));
    format!(".{} accessor error: {shown} is of the type {kind}, expected {wanted}", steps.join("."))
}

fn set(object: &mut Value, steps: &[&str], number: i64) -> Result<(), String> {
    let Some((last, parents)) = steps.split_last() else { return Ok(()) };
    let mut place = object;
    for (index, step) in parents.iter().enumerate() {
        let seen = steps.get(..=index).unwrap_or(steps).join(".");
        let refused =
            format!("value cannot be set because .{seen} is not a map[string]interface{{}}");
        let map = place.as_object_mut().ok_or_else(|| refused.clone())?;
        place = map.entry(*step).or_insert_with(|| json!({}));
        if !place.is_object() {
            return Err(refused);
        }
    }
    if let Some(map) = place.as_object_mut() {
        map.insert((*last).to_owned(), number.into());
    }
    Ok(())
}
