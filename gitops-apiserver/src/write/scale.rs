//! The `scale` subresource: how many, of any kind that can say so.

use super::{
    BodyError, Made, PatchKind, Write, Written,
    patch::{refused, unreadable},
    replicas::Replicas,
};
use crate::{
    builtin::types::{self, json},
    kind::{Document, scales},
    object, patch,
    request::FieldValidation,
    status::{FieldError, Status},
};
use serde_json::Value;

/// GET of a scale.
pub(crate) fn scale_of(write: &Write<'_>) -> Result<Value, Status> {
    let name = &*write.address.name;
    let stored = write.core.store.get(&write.kind.table, &write.address.key(name));
    let stored = stored.ok_or_else(|| write.kind.not_found(name))?;
    write.kind.model.scale_of(&write.kind.read(&stored.bytes)?)
}

/// PUT or PATCH (`patch`) of a scale.
pub(crate) fn scale(write: &mut Write<'_>, patch: Option<PatchKind>) -> Result<Written, Status> {
    let sent = match patch {
        None => {
            let sent = write.scale_body()?;
            write.check_name(&sent)?;
            Some(sent)
        }
        Some(_) => None,
    };
    let written = write.guaranteed(None, false, &mut |write, live| {
        let live = live.ok_or_else(|| write.kind.not_found(&write.address.name))?;
        let owners = Replicas::of(write.kind, live);
        let mut old = write.kind.model.scale_of(live).or_else(|_| unscaled(write, live))?;
        set_owners(&mut old, owners.of_scale());
        let scale = match (&sent, patch) {
            (Some(sent), _) => write.track_scale(&old, sent.clone()),
            (None, Some(PatchKind::Apply)) => write.applied_scale(&old)?,
            (None, kind) => {
                let patched = write.patched_scale(&old, kind.unwrap_or(PatchKind::Merge))?;
                write.track_scale(&old, patched)
            }
        };
        write.check_scale(&scale, &old)?;
        let mut new = live.clone();
        if !object::meta(&scale, "resourceVersion").is_empty() {
            object::copy_meta(&mut new, &scale, "resourceVersion");
        }
        write.kind.model.apply_scale(&mut new, &scale)?;
        set_owners(&mut new, owners.of_object(&scale));
        write.admit_change(&mut new, Some(live))?;
        Ok(new)
    })?;
    let object = match written.made {
        Made::Stored(stored) => write.kind.read(&stored.bytes)?,
        Made::Object(object) => object,
    };
    let scale = write.kind.model.scale_of(&object)?;
    Ok(Written { code: written.code, made: Made::Object(scale) })
}

fn scale_type() -> Result<types::Kind, Status> {
    types::kind("autoscaling/v1", "Scale").ok_or_else(|| Status::internal("no type for Scale"))
}

/// What is said of a broken scale of a custom resource, whose decoder knows no scales to name.
fn unknown_scale() -> Status {
    Status::bad_request(
        "no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:111\"",
    )
}

/// Sets `managedFields`, unless there are none.
fn set_owners(object: &mut Value, entries: Value) {
    match entries.as_array().is_some_and(Vec::is_empty) {
        true => object::drop_meta(object, "managedFields"),
        false => object::set_meta(object, "managedFields", entries),
    }
}

/// The scale of an object that doesn't say how many yet.
fn unscaled(write: &Write<'_>, live: &Value) -> Result<Value, Status> {
    let mut counted = live.clone();
    write.kind.model.apply_scale(&mut counted, &serde_json::json!({"spec": {"replicas": 0}}))?;
    write.kind.model.scale_of(&counted)
}

impl Write<'_> {
    fn scale_body(&mut self) -> Result<Value, Status> {
        let body = super::decode_body(
            self.call.content_type(),
            &self.call.body,
            self.kind.media_types(),
            ("autoscaling/v1", "Scale"),
        )
        .map_err(|error| match error {
            BodyError::Broken(..) if self.kind.model.is_custom() => unknown_scale(),
            _ => error.status("Scale"),
        })?;
        self.typed_scale(&body)
    }

    /// A scale as its Go type has it.
    fn typed_scale(&mut self, body: &Document) -> Result<Value, Status> {
        let refuse = |why: String| {
            Status::bad_request(format!(
                "Scale in version \"v1\" cannot be handled as a Scale: {why}"
            ))
        };
        let decoded =
            scale_type()?.decode_json(body).map_err(|error| match self.kind.model.is_custom() {
                true => unknown_scale(),
                false => refuse(error.to_string()),
            })?;
        self.strict_body(decoded.strict, |found| {
            refuse(format!("strict decoding error: {found}"))
        })?;
        Ok(decoded.object)
    }

    /// A scale with its owners. Where that fails they stay as they are.
    fn track_scale(&self, old: &Value, mut new: Value) -> Value {
        scales(&self.now).update(Some(old), &new, &self.manager, &self.now).unwrap_or_else(|_| {
            object::copy_meta(&mut new, old, "managedFields");
            new
        })
    }

    fn applied_scale(&self, old: &Value) -> Result<Value, Status> {
        let (config, _) = self.config()?;
        let (manager, force) = (&self.options.field_manager, self.options.force.unwrap_or(false));
        scales(&self.now).apply(Some(old), &config, manager, force, &self.now).map_err(refused)
    }

    /// A scale with a JSON, merge or strategic merge patch.
    fn patched_scale(&mut self, old: &Value, kind: PatchKind) -> Result<Value, Status> {
        let body = &self.call.body;
        let strict = self.options.validation != FieldValidation::Ignore;
        let of = scale_type()?;
        let (document, shown, found) = match kind {
            PatchKind::Strategic => {
                let patched = patch::strategic(old, body, &of, strict)?;
                let shown = patched.shown();
                let object = of.convert(patched.object).map_err(|why| unreadable(&shown, &why))?;
                (Document::from(&object), shown, patched.strict)
            }
            _ => {
                let text = of.print(old);
                let patched = match kind {
                    PatchKind::Json => patch::json(&text, body, strict)?,
                    _ => patch::merge(&text, body, strict)?,
                };
                let document = json::parse(patched.text.as_bytes())
                    .map_err(|why| unreadable(&patched.text, &why.to_string()))?;
                (document, patched.text, patched.strict)
            }
        };
        let decoded = of.decode_json(&document);
        let decoded = decoded.map_err(|why| unreadable(&shown, &why.to_string()))?;
        let all = found.into_iter().chain(decoded.strict).collect();
        self.strict(all, |found| unreadable(&shown, &format!("strict decoding error: {found}")))?;
        Ok(decoded.object)
    }

    fn check_scale(&self, scale: &Value, old: &Value) -> Result<(), Status> {
        let (name, have) = (&*self.address.name, object::meta(scale, "name"));
        if have != name {
            return Err(Status::bad_request(format!(
                "the name of the object ({have}) does not match the name on the URL ({name})"
            )));
        }
        let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
        // Those of custom resources are checked where they go.
        if replicas < 0 && !self.kind.model.is_custom() {
            let error = FieldError::invalid(
                "spec.replicas",
                replicas,
                "must be greater than or equal to 0",
            );
            return Err(Status::invalid("autoscaling", "Scale", name, &[error]));
        }
        let (asked, uid) = (object::meta(scale, "uid"), object::meta(old, "uid"));
        if !asked.is_empty() && asked != uid {
            let why = format!(
                "Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}"
            );
            return Err(self.kind.conflict(name, &why));
        }
        Ok(())
    }
}
