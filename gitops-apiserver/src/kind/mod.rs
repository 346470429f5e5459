//! What is served: the kinds, built in and defined.
//!
//! [`Kind`] is a resource at one API version with all that the server does differently from kind
//! to kind. The reads and writes know nothing of single kinds.

mod built_in;
mod custom;
mod definitions;
mod fields;
mod model;
mod registry;
mod selectable;

pub(crate) use built_in::{scales, token_requests};
pub(crate) use custom::kinds as custom_kinds;
pub(crate) use fields::Selectable;
pub(crate) use model::{Apply, Decoded, Document, Model};
pub(crate) use registry::Kinds;

use crate::{request::accept, resource::ResourceInfo, status::Status};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// What the stored bytes of an object end with that decoding changes.
pub(crate) const UNSETTLED: &[u8] = b" ";
/// What comes before that if answers show the object otherwise than it is decoded.
pub(crate) const RETOUCHED: &[u8] = b"\n";

/// A resource at one API version.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) info: ResourceInfo,
    /// `v1`, `apps/v1`.
    pub(crate) api_version: String,
    /// Where its objects are stored: `group/plural`, the same for all its versions.
    pub(crate) table: Arc<str>,
    /// The API version they are stored at.
    pub(crate) stored_at: String,
    /// Whether objects are stored as they are served, so that they can go out unread.
    pub(crate) plain: bool,
    pub(crate) model: Arc<dyn Model>,
}

impl Kind {
    /// `configmaps`, for messages.
    pub(crate) fn plural(&self) -> &str {
        &self.info.plural
    }

    pub(crate) fn group(&self) -> &str {
        &self.info.group
    }

    /// The group that refusals of its objects name: to the server, events of both groups are those of
    /// the first.
    pub(crate) fn refused_group(&self) -> &str {
        if &*self.table == "events" { "" } else { self.group() }
    }

    /// Whether the real server keeps its objects in a cache: all but events, which are read from the
    /// storage itself.
    pub(crate) fn is_cached(&self) -> bool {
        &*self.table != "events"
    }

    /// Whether objects are stored at this version.
    pub(crate) fn is_stored_version(&self) -> bool {
        self.api_version == self.stored_at
    }

    /// A stored object as answers of this version show it.
    ///
    /// # Errors
    /// The store holds what is no object, or it can't be converted.
    pub(crate) fn read(&self, stored: &Bytes) -> Result<Value, Status> {
        self.decoded(stored).map(|object| self.model.shown(object))
    }

    /// A stored object as of this version: what a write starts from.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub(crate) fn decoded(&self, stored: &Bytes) -> Result<Value, Status> {
        let object: Value = serde_json::from_slice(stored).map_err(|error| {
            Status::internal(&format!("unable to decode a stored object: {error}"))
        })?;
        if self.is_plain(stored) {
            return Ok(object);
        }
        let object = self.model.read(object)?;
        let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        if version == self.api_version {
            Ok(object)
        } else {
            self.model.convert(object, &self.api_version)
        }
    }

    /// Whether a stored object is what it is read as, byte for byte.
    pub(crate) fn is_plain(&self, stored: &Bytes) -> bool {
        self.plain && stored.ends_with(b"}")
    }

    /// The media types that its objects come and go in.
    pub(crate) fn media_types(&self) -> &'static [&'static str] {
        if self.model.is_custom() { &accept::CUSTOM } else { &accept::BUILT_IN }
    }

    /// Whether its objects are stored: what can't be watched is looked up each time.
    pub(crate) fn is_stored(&self) -> bool {
        self.info.verbs.iter().any(|verb| verb == "watch")
    }

    /// Whether answers can be tables: not of what is only created, and of few subresources.
    pub(crate) fn has_tables(&self, subresource: &str) -> bool {
        const NO_TABLES: [&str; 4] =
            ["APIService", "CustomResourceDefinition", "DeviceTaintRule", "ResourceClaim"];
        let subresource = match subresource {
            "" | "scale" => true,
            "status" => !NO_TABLES.contains(&&*self.info.kind),
            _ => false,
        };
        self.model.is_custom() || self.info.verbs.iter().any(|verb| verb == "get") && subresource
    }

    /// The answer to a request for an object that isn't there.
    pub(crate) fn not_found(&self, name: &str) -> Status {
        // The one resource whose handler says its name itself.
        let resource = match &*self.info.kind {
            "ComponentStatus" => "componentstatus",
            _ => self.plural(),
        };
        Status::not_found(self.group(), resource, name)
    }

    /// The answer to a write that is based on another state.
    pub(crate) fn conflict(&self, name: &str, why: &str) -> Status {
        Status::conflict(self.group(), self.plural(), name, why)
    }
}
