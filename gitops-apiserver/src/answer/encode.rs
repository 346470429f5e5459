//! Objects and lists in the form that a client asks for.

use super::{Answer, Content};
use crate::{
    kind::Kind,
    protobuf,
    read::Listed,
    request::accept::{Encoding, Form, Shape},
    status::Status,
    store::Stored,
    table::{self, Columns, Include},
    write::{Made, Written},
};
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

/// How answers about a kind are encoded for a client.
#[derive(Clone, Copy)]
pub(crate) struct Encoder<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) form: Form,
    /// How tables show their objects: `None`, `Metadata` (the default) or `Object`.
    pub(crate) include: &'a str,
    /// Time since 1970, for ages.
    pub(crate) now: Duration,
    /// What the objects are, where they are not of the kind.
    pub(crate) other: Option<(&'static str, &'static str)>,
    /// Whether objects are shown as they are decoded, as those of a status are.
    pub(crate) decoded: bool,
}

/// `ConfigMapList`.
fn list_kind(kind: &Kind) -> String {
    format!("{}List", kind.info.kind)
}

impl Encoder<'_> {
    /// For objects of another kind: what subresources show.
    pub(crate) fn of(self, kind: (&'static str, &'static str)) -> Self {
        Encoder { other: Some(kind), ..self }
    }

    /// A stored object.
    pub(crate) fn stored(&self, code: u16, stored: &Stored) -> Result<Answer, Status> {
        if self.form == Form::JSON && self.kind.is_plain(&stored.bytes) {
            return Ok(Answer::new(code, self.form.media_type(), stored.bytes.clone()));
        }
        self.object(code, self.read(stored)?)
    }

    /// A stored object as it is shown.
    pub(super) fn read(&self, stored: &Stored) -> Result<Value, Status> {
        if self.decoded { self.kind.decoded(&stored.bytes) } else { self.kind.read(&stored.bytes) }
    }

    /// What a write has made.
    pub(crate) fn written(&self, written: Written) -> Result<Answer, Status> {
        match written.made {
            Made::Stored(stored) => self.stored(written.code, &stored),
            Made::Object(object) => self.object(written.code, object),
        }
    }

    /// What a deletion of a collection has deleted.
    pub(crate) fn deleted(&self, mut list: Value) -> Result<Answer, Status> {
        if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
            *items = items.drain(..).map(|item| self.as_item(item)).collect();
        }
        if self.says_continue() {
            list["metadata"]["continue"] = "".into();
        }
        let shaped = self.shape(list, true)?;
        self.bytes(&shaped).map(|body| Answer::new(200, self.form.media_type(), body))
    }

    /// Lists of custom resources have a token also at their end.
    fn says_continue(&self) -> bool {
        self.kind.model.is_custom() && self.form.shape == Shape::Plain
    }

    /// An object at the served version, or a `Status`.
    pub(crate) fn object(&self, code: u16, object: Value) -> Result<Answer, Status> {
        let is_status = object.get("kind").and_then(Value::as_str) == Some("Status")
            && object.get("apiVersion").and_then(Value::as_str) == Some("v1");
        let shaped = if is_status { object } else { self.shape(object, true)? };
        self.bytes(&shaped).map(|body| Answer::new(code, self.form.media_type(), body))
    }

    /// A list.
    pub(crate) fn list(&self, listed: &Listed) -> Result<Answer, Status> {
        let mut metadata = json!({});
        if self.kind.is_stored() {
            metadata["resourceVersion"] = listed.revision.to_string().into();
        }
        if !listed.token.is_empty() {
            metadata["continue"] = listed.token.as_str().into();
        }
        if listed.token.is_empty() && self.says_continue() {
            metadata["continue"] = "".into();
        }
        if let Some(remaining) = listed.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
        let plain = |(_, stored): &(_, Stored)| self.kind.is_plain(&stored.bytes);
        if self.form == Form::JSON && self.kind.plain && listed.items.iter().all(plain) {
            return Ok(self.plain_list(listed, &metadata));
        }
        let items = listed.items.iter();
        let items = items.map(|(_, stored)| self.read(stored).map(|object| self.as_item(object)));
        let items: Result<Vec<Value>, Status> = items.collect();
        let list = json!({
            "apiVersion": self.kind.api_version,
            "kind": list_kind(self.kind),
            "metadata": metadata,
            "items": items?,
        });
        let shaped = self.shape(list, true)?;
        self.bytes(&shaped).map(|body| Answer::new(200, self.form.media_type(), body))
    }

    /// A list whose items go out as they are stored: nothing is read, nothing copied.
    fn plain_list(&self, listed: &Listed, metadata: &Value) -> Answer {
        let head = json!({"apiVersion": self.kind.api_version, "kind": list_kind(self.kind), "metadata": metadata});
        let mut head = head.to_string();
        head.pop();
        head.push_str(",\"items\":[");
        let mut pieces = Vec::with_capacity(listed.items.len() * 3 + 2);
        pieces.push(Bytes::from(head));
        for (index, (_, stored)) in listed.items.iter().enumerate() {
            if index > 0 {
                pieces.push(Bytes::from_static(b","));
            }
            self.push_item(&stored.bytes, &mut pieces);
        }
        pieces.push(Bytes::from_static(b"]}"));
        let content = Content::Pieces { media_type: self.form.media_type().to_owned(), pieces };
        Answer { code: 200, content, warnings: Vec::new(), headers: Vec::new() }
    }

    /// Adds a stored object to a list: those of built-in kinds don't repeat what kind they are.
    fn push_item(&self, stored: &Bytes, pieces: &mut Vec<Bytes>) {
        let (version, kind) = (&self.kind.stored_at, &self.kind.info.kind);
        let head = format!("{{\"apiVersion\":\"{version}\",\"kind\":\"{kind}\",");
        if self.kind.model.is_custom() || !stored.starts_with(head.as_bytes()) {
            pieces.push(stored.clone());
            return;
        }
        pieces.push(Bytes::from_static(b"{"));
        pieces.push(stored.slice(head.len()..));
    }

    /// Items of a list of built-in kinds don't say what kind they are.
    fn as_item(&self, mut object: Value) -> Value {
        let plain = self.form.shape == Shape::Plain && !self.kind.model.is_custom();
        if let Some(map) = object.as_object_mut().filter(|_| plain) {
            map.remove("apiVersion");
            map.remove("kind");
        }
        object
    }

    /// An object or a list as what the client asked to make of it. `headers`: tables describe their
    /// columns.
    pub(crate) fn shape(&self, mut object: Value, headers: bool) -> Result<Value, Status> {
        let is_list = object.get("items").is_some_and(Value::is_array);
        let metadata_only = match self.form.shape {
            Shape::Plain => false,
            Shape::Metadata(_) | Shape::MetadataList(_) => true,
            Shape::Table(_) => Include::parse(self.include)? != Include::Object,
        };
        if metadata_only {
            match object.get_mut("items").and_then(Value::as_array_mut) {
                Some(items) => items.iter_mut().for_each(|item| self.kind.model.drop_carried(item)),
                None => self.kind.model.drop_carried(&mut object),
            }
        }
        match self.form.shape {
            Shape::Plain => Ok(object),
            Shape::Metadata(_) if is_list => Err(Status::not_of_form(&format!(
                "you requested PartialObjectMetadata, but the requested object is a list ({})",
                self.go_type(true)
            ))),
            Shape::MetadataList(version) if is_list => {
                Ok(table::partial_list(&object, &format!("meta.k8s.io/{version}")))
            }
            Shape::MetadataList(_) if self.kind.model.is_custom() => {
                Err(Status::unclassified("content is not a list"))
            }
            Shape::MetadataList(_) => Err(Status::not_of_form(&format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list ({})",
                self.go_type(false)
            ))),
            Shape::Metadata(version) => {
                Ok(table::partial(&object, &format!("meta.k8s.io/{version}")))
            }
            Shape::Table(version) => {
                let options = table::Options {
                    include: Include::parse(self.include)?,
                    headers,
                    api_version: &format!("meta.k8s.io/{version}"),
                    now: self.now,
                };
                let columns = match self.other {
                    Some((api_version, kind)) => Columns::built_in(api_version, kind),
                    None => self.kind.model.columns(self.now),
                };
                Ok(table::table(&columns, &object, &options))
            }
        }
    }

    /// The Go type of the kind's objects or lists, which some refusals name.
    fn go_type(&self, list: bool) -> String {
        let list = if list { "List" } else { "" };
        if self.kind.model.is_custom() {
            return format!("*unstructured.Unstructured{list}");
        }
        let package = match self.kind.group().split('.').next() {
            Some("" | "events") | None => "core",
            Some(package) => package,
        };
        format!("*{package}.{}{list}", self.kind.info.kind)
    }

    /// A value in the encoding of the answer.
    pub(crate) fn bytes(&self, value: &Value) -> Result<Bytes, Status> {
        let failed = |error: String| Status::internal(&error);
        match self.form.encoding {
            Encoding::Json => Ok(Bytes::from(value.to_string())),
            Encoding::Yaml => serde_saphyr::to_string(value)
                .map(Bytes::from)
                .map_err(|error| failed(error.to_string())),
            Encoding::Protobuf => {
                protobuf::encode(value).map(Bytes::from).map_err(|error| failed(error.to_string()))
            }
        }
    }
}
