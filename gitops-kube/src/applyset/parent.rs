//! The object that an ApplySet is tracked by.

use crate::error::api_error;
use base64::Engine as _;
use gitops_core::{Error, Stage};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client, api::DynamicObject, discovery::ApiResource};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The parent object of an ApplySet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// What it is.
    pub kind: ParentKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The kinds of parent that every cluster has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParentKind {
    /// A ConfigMap: `kubectl apply --applyset=configmaps/NAME`.
    #[default]
    ConfigMap,
    /// A Secret, which is kubectl's default: `--applyset=NAME`.
    Secret,
}

impl Parent {
    /// A ConfigMap as parent.
    pub fn config_map(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Parent { kind: ParentKind::ConfigMap, namespace: namespace.into(), name: name.into() }
    }

    /// A Secret as parent.
    pub fn secret(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Parent { kind: ParentKind::Secret, namespace: namespace.into(), name: name.into() }
    }

    /// The id of the set: `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`
    /// (KEP-3659, `V1ApplySetIdFormat`). It fits a label.
    pub fn id(&self) -> String {
        // Both kinds are of the core group, whose name is empty.
        let text = format!("{}.{}.{}.", self.name, self.namespace, self.kind.name());
        let hash = Sha256::digest(text.as_bytes());
        format!("applyset-{}-v1", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash))
    }
}

impl Parent {
    /// The objects of the parent's kind in its namespace.
    pub(crate) fn api(&self, client: Client) -> Api<DynamicObject> {
        Api::namespaced_with(client, &self.namespace, &self.kind.resource())
    }

    /// The error of a call on the parent or its parts.
    pub(super) fn failed(&self, what: &str, error: kube::Error) -> Error {
        api_error(Stage::Inventory, what, self.kind == ParentKind::Secret, error)
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind.name(), self.namespace, self.name)
    }
}

impl ParentKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ParentKind::ConfigMap => "ConfigMap",
            ParentKind::Secret => "Secret",
        }
    }

    pub(super) fn resource(self) -> ApiResource {
        match self {
            ParentKind::ConfigMap => ApiResource::erase::<ConfigMap>(&()),
            ParentKind::Secret => ApiResource::erase::<Secret>(&()),
        }
    }

    /// A text as the object's data holds it.
    pub(super) fn encode(self, text: &str) -> String {
        match self {
            ParentKind::ConfigMap => text.to_owned(),
            ParentKind::Secret => base64::engine::general_purpose::STANDARD.encode(text),
        }
    }

    /// The text that the object's data holds; `None` if it is none.
    pub(super) fn decode(self, data: &str) -> Option<String> {
        match self {
            ParentKind::ConfigMap => Some(data.to_owned()),
            ParentKind::Secret => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok()?;
                String::from_utf8(bytes).ok()
            }
        }
    }
}
