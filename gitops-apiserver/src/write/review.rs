//! Objects that are questions: they are answered, not stored.

use super::{Made, Write, Written};
use crate::{access, status::Status};
use serde_json::Value;

/// POST of a review; `None` if the kind is none.
pub(crate) fn review(write: &mut Write<'_>) -> Result<Written, Status> {
    let object = write.object()?;
    let asked = access::Review {
        kind: &write.kind.info.kind,
        object: &object,
        namespace: &write.address.namespace,
        user: &write.call.user,
        now: &write.now,
        token: &|token, audiences| write.core.authenticate(token, audiences),
    };
    let answered = access::review(&write.core.store, asked);
    let mut object: Value = answered.unwrap_or_else(|| Err(Status::no_such_resource()))?;
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".to_owned(), write.kind.api_version.as_str().into());
        map.insert("kind".to_owned(), write.kind.info.kind.as_str().into());
    }
    Ok(Written { code: 201, made: Made::Object(object) })
}
