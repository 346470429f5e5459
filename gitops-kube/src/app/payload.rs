//! What is sent for a desired object.

use super::{App, PART_OF};
use gitops_core::model::{Object, canonical};
use serde_json::{Map, Value};

/// A desired object as it is sent: with the app's mark, without what only a server may say.
#[derive(Debug, Clone)]
pub(crate) struct Payload(pub(crate) Value);

impl Payload {
    /// The payload of a desired object.
    pub(crate) fn new(app: &App, object: &Object) -> Self {
        let mut value = object.value();
        if let Some(map) = value.as_object_mut() {
            map.remove("status");
            let metadata = map.entry("metadata").or_insert_with(|| Map::new().into());
            if let Some(metadata) = metadata.as_object_mut() {
                // A server refuses `managedFields` and takes the others for preconditions.
                const SERVERS: [&str; 7] = [
                    "managedFields",
                    "resourceVersion",
                    "uid",
                    "creationTimestamp",
                    "generation",
                    "selfLink",
                    "deletionTimestamp",
                ];
                for field in SERVERS {
                    metadata.remove(field);
                }
                let labels = metadata.entry("labels").or_insert_with(|| Map::new().into());
                if !labels.is_object() {
                    *labels = Map::new().into();
                }
                if let Some(labels) = labels.as_object_mut() {
                    labels.insert(PART_OF.to_owned(), app.apply_set().into());
                }
            }
        }
        Payload(value)
    }

    /// The bytes to send; with a version, the write holds for that version only.
    pub(crate) fn bytes(&self, version: Option<&str>) -> Vec<u8> {
        let Some(version) = version else { return canonical(&self.0) };
        let mut value = self.0.clone();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        canonical(&value)
    }
}
