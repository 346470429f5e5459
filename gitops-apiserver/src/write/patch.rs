//! Patches of all four kinds.

use super::{Write, Written};
use crate::{
    kind::{Apply, Decoded, Document},
    object,
    request::FieldValidation,
    status::{Cause, FieldError, Status},
};
use gitops_ssa::managed::WriteError;
use serde_json::Value;

/// How a patch says what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl PatchKind {
    /// By the media type of the body; custom resources have no strategic merge patch.
    pub(crate) fn of(media: &str, custom: bool) -> Result<Self, Status> {
        const JSON: &str = "application/json-patch+json";
        const MERGE: &str = "application/merge-patch+json";
        const STRATEGIC: &str = "application/strategic-merge-patch+json";
        const APPLY: &str = "application/apply-patch+yaml";
        match media {
            JSON => Ok(PatchKind::Json),
            MERGE => Ok(PatchKind::Merge),
            STRATEGIC if !custom => Ok(PatchKind::Strategic),
            APPLY => Ok(PatchKind::Apply),
            _ if custom => Err(Status::unsupported_media_type(&[JSON, MERGE, APPLY])),
            _ => Err(Status::unsupported_media_type(&[JSON, MERGE, STRATEGIC, APPLY])),
        }
    }
}

/// PATCH of an object.
pub(crate) fn patch(
    mut write: Write<'_>,
    kind: PatchKind,
) -> Result<(Written, Vec<String>), Status> {
    let create = kind == PatchKind::Apply;
    if create {
        // What can't be read is refused before anything else is looked at.
        write.config()?;
    }
    let written = write.guaranteed(None, create, &mut |write, live| {
        let mut new = match (kind, live) {
            (PatchKind::Apply, live) => write.applied(live)?,
            (_, None) => return Err(write.kind.not_found(&write.address.name)),
            (kind, Some(live)) => write.patched(kind, live)?,
        };
        let uid = object::meta(&new, "uid");
        if live.is_none() && !uid.is_empty() {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            );
            return Err(write.kind.conflict(&write.address.name, &why));
        }
        write.place(&mut new)?;
        write.check_name(&new)?;
        write.admit_change(&mut new, live)?;
        Ok(new)
    })?;
    Ok((written, write.warnings))
}

impl Write<'_> {
    /// A live object with a JSON, merge or strategic merge patch.
    fn patched(&mut self, kind: PatchKind, live: &Value) -> Result<Value, Status> {
        let body = &self.call.body;
        let patched = match kind {
            PatchKind::Json => json(live, body)?,
            PatchKind::Merge => merge(live, body)?,
            _ => match self.kind.model.strategic(live, body) {
                Some(patched) => patched?,
                None => return Err(Status::unsupported_media_type(&[])),
            },
        };
        let shown = patched.to_string();
        let invalid = |why: &str| {
            Status::invalid("", "", "", &[FieldError::invalid("patch", shown.as_str(), why)])
        };
        let Decoded { object, strict } = self
            .kind
            .model
            .decode(&Document::from(&patched), &self.now)
            .map_err(|why| invalid(&why))?;
        self.strict(strict, |found| invalid(&format!("strict decoding error: {found}")))?;
        Ok(self.track(Some(live), object))
    }

    /// The configuration of an apply.
    fn config(&self) -> Result<Value, Status> {
        let config: Value = serde_saphyr::from_slice(&self.call.body)
            .map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
        Ok(config)
    }

    /// A live object, or none, with an apply.
    fn applied(&mut self, live: Option<&Value>) -> Result<Value, Status> {
        let config = self.config()?;
        let apply = Apply {
            live,
            config: &config,
            manager: &self.options.field_manager,
            force: self.options.force.unwrap_or(false),
            now: &self.now,
            subresource: self.subresource(),
        };
        let applied = self.kind.model.apply(apply).map_err(refused)?;
        if self.options.validation != FieldValidation::Ignore {
            // Unknown fields have been refused by the schema already.
        }
        Ok(applied)
    }
}

/// Why an apply is refused, as a status.
fn refused(error: WriteError) -> Status {
    match error {
        WriteError::Conflict(conflict) => {
            let causes = conflict.causes().into_iter().map(|cause| Cause {
                reason: "FieldManagerConflict".to_owned(),
                message: cause.message,
                field: cause.field,
            });
            Status::apply_conflict(conflict.message(), causes.collect())
        }
        error @ (WriteError::WrongKind { .. } | WriteError::ManagedFieldsGiven) => {
            Status::bad_request(error.to_string())
        }
        other => Status::unclassified(other.to_string()),
    }
}

pub(super) fn json(live: &Value, body: &[u8]) -> Result<Value, Status> {
    let bad = |error: String| Status::bad_request(error);
    let patch: json_patch::Patch =
        serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
    let mut new = live.clone();
    json_patch::patch(&mut new, &patch).map_err(|error| bad(error.to_string()))?;
    Ok(new)
}

pub(super) fn merge(live: &Value, body: &[u8]) -> Result<Value, Status> {
    let patch: Value =
        serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
    let mut new = live.clone();
    json_patch::merge(&mut new, &patch);
    Ok(new)
}
