//! Reading the object of a request.

use super::Write;
use crate::{
    builtin::types::{self, json},
    kind::{Decoded, Document, Kind},
    object, protobuf,
    request::FieldValidation,
    request::{accept, yaml},
    status::{Status, quote},
};
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeSet;

impl Write<'_> {
    /// The object of a creation or an update, with defaults.
    pub(super) fn object(&mut self) -> Result<Value, Status> {
        let kind = self.kind;
        let body = &self.call.body;
        let document = decode_body(
            self.call.content_type(),
            body,
            kind.media_types(),
            (&kind.api_version, &kind.info.kind),
        )
        .map_err(|error| error.status(&kind.info.kind))?;
        let unrecognized = |why: &str| unrecognized(&kind.info.kind, why, body);
        let (mut api_version, mut of) =
            json::version_and_kind(&document).map_err(|error| unrecognized(&error.to_string()))?;
        if !kind.model.is_custom() {
            if api_version.is_empty() {
                api_version.clone_from(&kind.api_version);
            }
            if of.is_empty() {
                of.clone_from(&kind.info.kind);
            }
        } else if of.is_empty() {
            if self.options.validation == FieldValidation::Ignore {
                // Without strict decoding the server knows what was expected.
                let (name, version) = (&kind.info.kind, quote(&kind.info.version));
                let words = format!("{name} in version {version} cannot be handled as a {name}");
                // What it shows is JSON then, whatever came.
                let data = match self.call.content_type() {
                    "application/yaml" => document.raw().map(|data| data.to_string()),
                    _ => Ok(String::from_utf8_lossy(body).into_owned()),
                };
                let why = missing_kind(&data.unwrap_or_default());
                return Err(Status::bad_request(format!("{words}: {why}")));
            }
            return Err(unrecognized(&missing_kind(&String::from_utf8_lossy(body))));
        }
        let version = api_version.rsplit('/').next().unwrap_or_default().to_owned();
        let refuse = |name: &str, why: &str| {
            let version = quote(&version);
            Status::bad_request(format!(
                "{of} in version {version} cannot be handled as a {name}: {why}"
            ))
        };
        // The server has no types of custom resources to name: it is what it says, once read.
        let name = if kind.model.is_custom() { &of } else { &kind.info.kind };
        let strictly = |found: String| refuse(name, &format!("strict decoding error: {found}"));
        let refuse = |why: &str| refuse(&kind.info.kind, why);
        if !kind.model.is_custom() {
            check_kind(kind, &document, (&api_version, &of)).map_err(|why| refuse(&why))?;
        }
        if kind.model.is_custom() && says_null(&document, "apiVersion") {
            let why = ".apiVersion accessor error: <nil> is of the type <nil>, expected string";
            return Err(refuse(why));
        }
        if api_version != kind.api_version {
            if kind.model.is_custom() {
                // Its decoder doesn't know versions, and comes first.
                let strict = self.other_version(&document, &api_version, &of);
                self.strict_body(strict.map_err(|why| refuse(&why))?, strictly)?;
            }
            return Err(Status::bad_request(format!(
                "the API version in the data ({api_version}) does not match the expected API version ({})",
                kind.api_version
            )));
        }
        let Decoded { object, strict } = self.decode(&document).map_err(|why| refuse(&why))?;
        // As they were sent: the object has its defaults already.
        self.labels_given = has_labels(&document);
        self.strict_body(strict, strictly)?;
        Ok(object)
    }
}

impl Write<'_> {
    /// What strict decoding finds in a custom resource that says another version, or another
    /// group: of what is not served, no more than metadata is read.
    fn other_version(
        &self,
        document: &Document,
        api_version: &str,
        of: &str,
    ) -> Result<Vec<String>, String> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        if let Some(kind) = self.core.kinds.find(group, version, self.kind.plural())
            && kind.model.is_custom()
        {
            return kind.model.decode(document, &self.now).map(|decoded| decoded.strict);
        }
        let (_, mut strict) = document.checked().map_err(|error| error.to_string())?;
        let Document::Map(entries) = document else { return Ok(strict) };
        let is_metadata = |(name, _): &(String, Document)| name == "metadata";
        let metadata = entries.iter().filter(|entry| is_metadata(entry)).cloned().collect();
        let read = self.decode(&Document::Map(metadata))?.strict.into_iter();
        strict.extend(read.filter(|found| found.starts_with("unknown field")));
        if group == self.kind.group() && of == self.kind.info.kind {
            // A version without a schema has no fields.
            let known = ["apiVersion", "kind", "metadata"];
            let names = entries.iter().map(|(name, _)| &**name);
            let unknown: BTreeSet<&str> = names.filter(|name| !known.contains(name)).collect();
            strict.extend(unknown.iter().map(|name| format!("unknown field {}", quote(name))));
        }
        Ok(strict)
    }

    /// Decodes an object. An empty list of owners is not the same as none here: it resets them.
    pub(super) fn decode(&self, document: &Document) -> Result<Decoded, String> {
        let mut decoded = self.kind.model.decode(document, &self.now)?;
        let owners = field(document, "metadata").and_then(|meta| field(meta, "managedFields"));
        // The type of custom resources has no empty lists of them.
        if !self.kind.model.is_custom() && owners == Some(&Document::List(Vec::new())) {
            object::set_meta(&mut decoded.object, "managedFields", Vec::<Value>::new());
        }
        Ok(decoded)
    }
}

/// Whether a document has a field that is null.
fn says_null(document: &Document, field: &str) -> bool {
    let Document::Map(entries) = document else { return false };
    entries.iter().any(|(name, value)| name == field && *value == Document::Null)
}

/// What the decoder says of a text without a kind.
pub(super) fn missing_kind(shown: &str) -> String {
    format!("Object 'Kind' is missing in '{shown}'")
}

/// What the server's scheme says of an object of another kind than the built-in one that it
/// expects: it is read as what it says first.
pub(super) fn check_kind(
    kind: &Kind,
    document: &Document,
    (api_version, of): (&str, &str),
) -> Result<(), String> {
    let Some(found) = types::kind(api_version, of) else {
        return Err(not_registered(of, api_version));
    };
    if of == kind.info.kind {
        return Ok(());
    }
    found.decode_json(document).map_err(|error| error.to_string())?;
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let group = kind.refused_group().split('.').next().filter(|group| !group.is_empty());
    let group = group.unwrap_or("core");
    Err(format!("converting ({version}.{of}) to ({group}.{}): unknown conversion", kind.info.kind))
}

/// A field of a document, the last of its name.
fn field<'a>(document: &'a Document, name: &str) -> Option<&'a Document> {
    let Document::Map(entries) = document else { return None };
    entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn has_labels(document: &Document) -> bool {
    let labels = field(document, "metadata").and_then(|metadata| field(metadata, "labels"));
    matches!(labels, Some(Document::Map(labels)) if !labels.is_empty())
}

/// What the server's scheme says of a kind that it doesn't have.
pub(crate) fn not_registered(kind: &str, version: &str) -> String {
    let (kind, version) = (quote(kind), quote(version));
    format!(
        "no kind {kind} is registered for version {version} in scheme \"pkg/runtime/scheme.go:111\""
    )
}

/// Why a body can't be read.
pub(crate) enum BodyError {
    /// Its media type is not spoken.
    Status(Status),
    /// It is broken; the decoder's words, and the start of the body.
    Broken(String, String),
    /// It is no protobuf, or of nothing that is known.
    Protobuf(protobuf::DecodeError, Bytes),
}

impl BodyError {
    /// As the server answers where it reads options.
    pub(crate) fn plain(self) -> Status {
        match self {
            BodyError::Status(status) => status,
            BodyError::Broken(why, _) => Status::bad_request(why),
            BodyError::Protobuf(error, _) => Status::bad_request(error.to_string()),
        }
    }

    /// As the server answers where it expects an object of a kind.
    pub(crate) fn status(self, kind: &str) -> Status {
        match self {
            BodyError::Status(status) => status,
            BodyError::Protobuf(error, body) => error.status(kind, &body),
            BodyError::Broken(why, summary) => Status::bad_request(format!(
                "the object provided is unrecognized (must be of type {kind}): {why} ({summary})"
            )),
        }
    }
}

fn unrecognized(kind: &str, why: &str, body: &[u8]) -> Status {
    BodyError::Broken(why.to_owned(), summary(body)).status(kind)
}

/// Reads a body. `default` is the API version and kind that it need not say.
pub(crate) fn decode_body(
    content_type: &str,
    body: &[u8],
    accepted: &[&str],
    default: (&str, &str),
) -> Result<Document, BodyError> {
    let broken = |why: String| BodyError::Broken(why, summary(body));
    let media = if content_type.is_empty() { "application/json" } else { content_type };
    if !accepted.contains(&media) {
        // What can't be read for custom resources is named all the same.
        return Err(BodyError::Status(Status::unsupported_media_type(&accept::BUILT_IN)));
    }
    match media {
        "application/yaml" => Ok(Document::from(&yaml::parse(body).map_err(broken)?)),
        protobuf::MEDIA_TYPE => protobuf::decode(body, default)
            .map(|value| Document::from(&value))
            .map_err(|error| BodyError::Protobuf(error, Bytes::copy_from_slice(body))),
        _ => json::parse(body).map_err(|error| {
            // The decoder looks for the kind first.
            broken(format!("couldn't get version/kind; json parse error: {error}"))
        }),
    }
}

/// The start of a body, as the server shows it: as text if it may be JSON, else in hex.
fn summary(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    let start = body.get(..SHOWN).unwrap_or(body);
    let more = if body.len() > SHOWN { " ..." } else { "" };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => {
            let hex: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}{more}")
        }
    }
}
