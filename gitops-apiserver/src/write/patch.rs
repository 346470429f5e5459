//! Patches of all four kinds.

use super::{
    Write, Written,
    body::{check_kind, missing_kind},
};
use crate::{
    builtin::types::json,
    kind::{Apply, Decoded, Document},
    object, patch,
    request::{FieldValidation, yaml},
    status::{Cause, FieldError, Status, quote},
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
pub(crate) fn patch(write: &mut Write<'_>, kind: PatchKind) -> Result<Written, Status> {
    // Some kinds can be created by their subresources.
    let create = kind == PatchKind::Apply && write.subresource().is_empty();
    // What can't be read is refused before anything else is looked at.
    let config = if kind == PatchKind::Apply { Some(write.config()?) } else { None };
    match kind {
        PatchKind::Json => patch::valid(&write.call.body)?,
        // Any JSON will do here.
        PatchKind::Merge | PatchKind::Strategic if json::parse(&write.call.body).is_err() => {
            return Err(Status::bad_request("invalid JSON patch"));
        }
        _ => {}
    }
    write.guaranteed(None, create, &mut |write, live| {
        let mut new = match (&config, live) {
            (Some((config, repeated)), live) => {
                write.labels_given = object::meta_value(config, "labels")
                    .and_then(Value::as_object)
                    .is_some_and(|labels| !labels.is_empty());
                let applied = write.applied(live, config)?;
                write.strictly_applied(repeated)?;
                applied
            }
            (None, None) => return Err(write.kind.not_found(&write.address.name)),
            (None, Some(live)) => write.patched(kind, live)?,
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
    })
}

impl Write<'_> {
    /// A live object with a JSON, merge or strategic merge patch.
    fn patched(&mut self, kind: PatchKind, live: &Value) -> Result<Value, Status> {
        let body = &self.call.body;
        let strict = self.options.validation != FieldValidation::Ignore;
        let (document, shown, found) = match kind {
            PatchKind::Json | PatchKind::Merge => {
                let text = self.kind.model.print(live);
                let patched = match kind {
                    PatchKind::Json => patch::json(&text, body, strict)?,
                    _ => patch::merge(&text, body, strict)?,
                };
                let document = json::parse(patched.text.as_bytes())
                    .map_err(|why| unreadable(&patched.text, &why.to_string()))?;
                (document, patched.text, patched.strict)
            }
            _ => match self.kind.model.strategic(live, body, strict) {
                Some(patched) => {
                    let patched = patched?;
                    let shown = patched.shown();
                    let object = self.kind.model.restore(patched.object);
                    let object = object.map_err(|why| unreadable(&shown, &why))?;
                    (Document::from(&object), shown, patched.strict)
                }
                None => return Err(Status::unsupported_media_type(&[])),
            },
        };
        if kind != PatchKind::Strategic && self.is_of_no_version(&document) {
            return self.unversioned(&document, &shown, found);
        }
        if kind != PatchKind::Strategic {
            self.same_kind(&document, &shown).map_err(|why| unreadable(&shown, &why))?;
        }
        let Decoded { object, strict } =
            self.decode_patched(&document).map_err(|why| unreadable(&shown, &why))?;
        let all = found.into_iter().chain(strict).collect();
        self.strict(all, |found| unreadable(&shown, &format!("strict decoding error: {found}")))?;
        let of_no_version = object.get("apiVersion").is_none_or(|version| version == "");
        if self.kind.model.is_custom() && of_no_version {
            let why = "Object 'apiVersion' is missing in 'object has no apiVersion field'";
            return Err(Status::internal(why));
        }
        Ok(self.track(Some(live), object))
    }

    /// Decodes what a patch has made: as of the version that it says now, if that is another one.
    fn decode_patched(&self, document: &Document) -> Result<Decoded, String> {
        let said = json::version_and_kind(document).map_err(|why| why.to_string())?;
        let (api_version, of) = (&*said.0, &*said.1);
        let other = (api_version != self.kind.api_version && !self.kind.model.is_custom())
            .then(|| self.core.kinds.of_kind(api_version, of))
            .flatten();
        let Some(other) = other else { return self.decode(document) };
        let Decoded { object, strict } = other.model.decode(document, &self.now)?;
        let object = other.model.convert(object, &self.kind.api_version);
        Ok(Decoded { object: object.map_err(|status| status.message)?, strict })
    }

    /// Whether a patch has taken the API version of a built-in object away.
    fn is_of_no_version(&self, document: &Document) -> bool {
        let said = json::version_and_kind(document);
        !self.kind.model.is_custom() && said.is_ok_and(|(api_version, _)| api_version.is_empty())
    }

    /// The server then reads the object as one of the type that it has inside, which knows none
    /// of the fields.
    fn unversioned(
        &mut self,
        document: &Document,
        shown: &str,
        mut strict: Vec<String>,
    ) -> Result<Value, Status> {
        if let Document::Map(entries) = document {
            let names = entries.iter().map(|(name, _)| name);
            let unknown = names.filter(|name| !matches!(name.as_str(), "apiVersion" | "kind"));
            strict.extend(unknown.map(|name| format!("unknown field {}", quote(name))));
        }
        self.strict(strict, |found| unreadable(shown, &format!("strict decoding error: {found}")))?;
        Ok(serde_json::json!({"apiVersion": self.kind.api_version, "kind": self.kind.info.kind}))
    }

    /// A patch can't make a built-in object one of another kind, and nothing one of none.
    fn same_kind(&self, document: &Document, shown: &str) -> Result<(), String> {
        let kind = self.kind;
        let (api_version, of) = json::version_and_kind(document).map_err(|why| why.to_string())?;
        if kind.model.is_custom() && of.is_empty() {
            return Err(missing_kind(shown));
        }
        let said = !api_version.is_empty() && !of.is_empty();
        if kind.model.is_custom() || !said {
            return Ok(());
        }
        check_kind(kind, document, (&api_version, &of))
    }

    /// The configuration of an apply, and the keys that it has twice: YAML, which is JSON most of the
    /// time and read faster then.
    pub(super) fn config(&self) -> Result<(Value, Vec<String>), Status> {
        let body = &self.call.body;
        let read = json::parse(body).and_then(|document| document.checked());
        if let Ok((config, strict)) = read
            && strict.is_empty()
            && config.is_object()
        {
            return Ok((config, strict));
        }
        let config = yaml::parse(body).map_err(|error| {
            // What looks like JSON is not looked at before it is applied.
            Status::bad_request(match body.trim_ascii_start().starts_with(b"{") {
                true => format!("error decoding patch: error converting YAML to JSON: {error}"),
                false => format!("error encoding patch: {error}"),
            })
        })?;
        let is = match &config {
            Value::Object(_) | Value::Null => return Ok((config, yaml::repeated(body))),
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
        };
        Err(Status::bad_request(format!(
            "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {is} into Go value of type map[string]interface {{}}"
        )))
    }

    /// What strict validation has against a configuration, once it is applied.
    fn strictly_applied(&mut self, repeated: &[String]) -> Result<(), Status> {
        self.strictly(repeated.to_vec(), Vec::new(), |found| {
            let why = format!("error converting YAML to JSON: {found}");
            Status::bad_request(format!("error strict decoding patch: {why}"))
        })
    }

    /// A live object, or none, with an apply.
    fn applied(&self, live: Option<&Value>, config: &Value) -> Result<Value, Status> {
        let apply = Apply {
            live,
            config,
            manager: &self.options.field_manager,
            force: self.options.force.unwrap_or(false),
            now: &self.now,
            subresource: self.subresource(),
        };
        // Unknown fields are refused by the schema.
        self.kind.model.apply(apply).map_err(refused)
    }
}

/// Why an apply is refused, as a status.
pub(super) fn refused(error: WriteError) -> Status {
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

/// A patched object that its kind can't hold.
pub(super) fn unreadable(shown: &str, why: &str) -> Status {
    Status::invalid("", "", "", &[FieldError::invalid("patch", shown, why)])
}
