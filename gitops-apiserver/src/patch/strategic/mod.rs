//! Strategic merge patch: a merge patch that knows the types.
//!
//! Lists of maps with a merge key are merged item by item. Directives say more: `$patch`,
//! `$retainKeys`, `$setElementOrder/LIST`, `$deleteFromPrimitiveList/LIST`.
//!
//! Source: apimachinery's `util/strategicpatch`.

mod error;
mod lists;
mod maps;
mod order;

use super::go;
use crate::builtin::types::json::{self as text, Node as Read};
use crate::status::Status;
use error::Fail;
use serde_json::{Map, Value};

/// What strategic merge patch has to know of a type, in place of Go's reflection.
pub trait PatchSchema {
    /// What Go calls this kind of type: `struct`, `ptr`, `string`.
    fn name(&self) -> String;

    /// A field whose value is a map.
    ///
    /// # Errors
    /// There is no such field, in the server's words.
    fn map(&self, field: &str) -> Result<FieldSchema, String>;

    /// A field whose value is a list; its schema is that of the items.
    ///
    /// # Errors
    /// There is no such list, in the server's words.
    fn list(&self, field: &str) -> Result<FieldSchema, String>;
}

/// A field.
pub struct FieldSchema {
    /// The type of the value, or of the list's items.
    pub of: Box<dyn PatchSchema>,
    /// `merge`, `replace`, `retainKeys`.
    pub strategies: Vec<String>,
    /// The member that tells items apart; may be empty.
    pub merge_key: String,
}

impl std::fmt::Debug for FieldSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.of.name(), self.strategies, self.merge_key)
    }
}

impl FieldSchema {
    /// What is done with the value, apart from retaining keys.
    fn strategy(&self) -> Result<&str, Fail> {
        match self.strategies.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] | ["retainKeys"] => Ok(""),
            [one] | ["retainKeys", one] | [one, "retainKeys"] => Ok(one),
            _ => {
                let all = self.strategies.join(" ");
                Err(Fail::Other(format!("unexpected patch strategy: [{all}]")))
            }
        }
    }
}

/// An object with a strategic merge patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Strategic {
    /// The object.
    pub object: Value,
    /// What strict validation finds wrong with the patch itself.
    pub strict: Vec<String>,
    patch: Value,
}

impl Strategic {
    /// The patch, as the server quotes it where the object can't be decoded.
    pub fn shown(&self) -> String {
        go::print(&self.patch)
    }
}

/// Applies a strategic merge patch to an object of the type `schema`.
///
/// `strict` says whether the patch itself is checked, as unless `fieldValidation=Ignore`.
///
/// # Errors
/// 400 if the body is no map or a directive has the wrong form, 422 for lists of lists, and 500
/// for all else that can't be merged, as the server does.
pub fn strategic(
    object: &Value,
    body: &[u8],
    schema: &dyn PatchSchema,
    strict: bool,
) -> Result<Strategic, Status> {
    super::valid(body)?;
    let bad = |why: &dyn std::fmt::Display| Status::bad_request(why.to_string());
    let (patch, found) = text::read(body).map_err(|why| bad(&why))?;
    let mut patch = match patch {
        Value::Object(patch) => patch,
        Value::Null => Map::new(),
        other => {
            let read = Read::from(&other);
            let place = "Go value of type map[string]interface {}";
            return Err(bad(&go::reject(&read, place)));
        }
    };
    let mut object = object.as_object().cloned().unwrap_or_default();
    maps::merge(&mut object, &mut patch, schema)?;
    let strict = if strict { found } else { Vec::new() };
    Ok(Strategic { object: Value::Object(object), strict, patch: Value::Object(patch) })
}

/// The directive within a map.
const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder";
const DELETE: &str = "$deleteFromPrimitiveList";
