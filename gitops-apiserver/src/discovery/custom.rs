//! What discovery and OpenAPI show of a definition.

use crate::resource::{ResourceInfo, SubresourceInfo};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use std::sync::Arc;

/// The verbs of a custom resource, in the order in which the server names them.
const VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
/// Without those that would keep objects of a definition that is being deleted.
const VERBS_WHEN_TERMINATING: [&str; 5] = ["delete", "deletecollection", "get", "list", "watch"];
const SUBRESOURCE_VERBS: [&str; 3] = ["get", "patch", "update"];

/// A served version of a definition, by [`of_definition`](Self::of_definition). Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Custom {
    /// As discovery shows it.
    pub resource: ResourceInfo,
    /// The kind of lists.
    pub list_kind: String,
    /// `openAPIV3Schema`, as it is stored; `Null` if there is none.
    pub schema: Arc<Value>,
    /// The paths of fields that objects can be selected by: `.spec.color`.
    pub selectable_fields: Vec<String>,
    /// Of all above: cheaper than a hash of the documents, and taken once.
    pub(super) digest: Arc<str>,
}

impl Custom {
    /// Every served version of a `CustomResourceDefinition` of `apiextensions.k8s.io/v1`, as it is
    /// stored, with its status; none before it is established.
    ///
    /// What isn't there or of another type counts as empty.
    pub fn of_definition(definition: &Value) -> Vec<Self> {
        let spec = &definition["spec"];
        let names = &definition["status"]["acceptedNames"];
        if !has_condition(definition, "Established") {
            return Vec::new();
        }
        let verbs: &[&str] = match has_condition(definition, "Terminating") {
            true => &VERBS_WHEN_TERMINATING,
            false => &VERBS,
        };
        let versions = list(&spec["versions"]);
        let stored = versions.iter().find(|version| version["storage"] == true);
        let hash = stored.map(|stored| {
            storage_version_hash(text(&spec["group"]), text(&stored["name"]), text(&names["kind"]))
        });
        let served = versions.iter().filter(|version| version["served"] == true);
        served
            .map(|version| {
                let resource = ResourceInfo {
                    group: text(&spec["group"]).to_owned(),
                    version: text(&version["name"]).to_owned(),
                    plural: text(&names["plural"]).to_owned(),
                    singular: text(&names["singular"]).to_owned(),
                    kind: text(&names["kind"]).to_owned(),
                    namespaced: spec["scope"] == "Namespaced",
                    short_names: texts(&names["shortNames"]),
                    categories: texts(&names["categories"]),
                    verbs: verbs.iter().copied().map(str::to_owned).collect(),
                    subresources: Vec::new(),
                    storage_version_hash: hash.clone().unwrap_or_default(),
                };
                let fields = list(&version["selectableFields"]).iter();
                let custom = Self {
                    resource: ResourceInfo {
                        subresources: subresources(&version["subresources"], &resource),
                        ..resource
                    },
                    list_kind: text(&names["listKind"]).to_owned(),
                    schema: Arc::new(version["schema"]["openAPIV3Schema"].clone()),
                    selectable_fields: fields
                        .map(|one| text(&one["jsonPath"]).to_owned())
                        .collect(),
                    digest: Arc::default(),
                };
                let digest = format!("{:X}", Sha512::digest(format!("{custom:?}")));
                Self { digest: digest.into(), ..custom }
            })
            .collect()
    }
}

fn subresources(declared: &Value, own: &ResourceInfo) -> Vec<SubresourceInfo> {
    let status = [own.group.as_str(), &own.version, &own.kind];
    let scale = ["autoscaling", "v1", "Scale"];
    let known = [("status", status), ("scale", scale)];
    let declared = known.iter().filter(|(name, _)| !declared[name].is_null());
    declared
        .map(|(name, [group, version, kind])| SubresourceInfo {
            name: (*name).to_owned(),
            group: (*group).to_owned(),
            version: (*version).to_owned(),
            kind: (*kind).to_owned(),
            verbs: SUBRESOURCE_VERBS.map(str::to_owned).to_vec(),
        })
        .collect()
}

/// Tells clients whether the version that objects are stored at has changed.
pub fn storage_version_hash(group: &str, version: &str, kind: &str) -> String {
    let digest = Sha256::digest(format!("{group}/{version}/{kind}"));
    STANDARD.encode(digest.get(..8).unwrap_or_default())
}

fn has_condition(definition: &Value, kind: &str) -> bool {
    let conditions = list(&definition["status"]["conditions"]);
    conditions.iter().any(|one| one["type"] == kind && one["status"] == "True")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|one| text(one).to_owned()).collect()
}
