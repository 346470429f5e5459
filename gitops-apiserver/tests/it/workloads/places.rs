//! Where objects are on a server.

use super::{documents::Document, visit::text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b':');

/// By version and kind: the plural, and whether the objects are in namespaces.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<(String, String), (String, bool)>);

/// Where one object is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) collection: String,
    pub(super) path: String,
    /// Empty where it is in none.
    pub(super) namespace: String,
    /// Whether anybody defines the kind.
    pub(super) known: bool,
}

impl Places {
    /// What a server's aggregated discovery tells, in several documents.
    pub(super) fn discovered(documents: &[Value]) -> Self {
        let mut places = Places::default();
        let items = documents.iter().filter_map(|one| one["items"].as_array()).flatten();
        for group in items {
            for version in group["versions"].as_array().into_iter().flatten() {
                let api = api_version(text(&group["metadata"]["name"]), text(&version["version"]));
                for resource in version["resources"].as_array().into_iter().flatten() {
                    let kind = text(&resource["responseKind"]["kind"]);
                    let place =
                        (text(&resource["resource"]).to_owned(), resource["scope"] == "Namespaced");
                    places.0.insert((api.clone(), kind.to_owned()), place);
                }
            }
        }
        places
    }

    /// Also what the definitions among the documents define.
    pub(super) fn with_definitions(mut self, documents: &[Document]) -> Self {
        let objects = documents.iter().flat_map(|document| &document.objects);
        for spec in objects.filter(|one| is_definition(one)).map(|one| &one["spec"]) {
            for version in spec["versions"].as_array().into_iter().flatten() {
                let api = api_version(text(&spec["group"]), text(&version["name"]));
                let names = &spec["names"];
                let place = (text(&names["plural"]).to_owned(), spec["scope"] == "Namespaced");
                self.0.insert((api, text(&names["kind"]).to_owned()), place);
            }
        }
        self
    }

    pub(super) fn of(&self, object: &Value) -> Place {
        let (api, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let known = self.0.get(&(api.to_owned(), kind.to_owned()));
        let (plural, namespaced) =
            known.cloned().unwrap_or_else(|| (format!("{}s", kind.to_lowercase()), true));
        let metadata = &object["metadata"];
        let namespace = match (namespaced, text(&metadata["namespace"])) {
            (false, _) => "",
            (true, "") => "default",
            (true, namespace) => namespace,
        };
        let root = if api.contains('/') { "apis" } else { "api" };
        let within = match namespace {
            "" => String::new(),
            namespace => format!("namespaces/{}/", utf8_percent_encode(namespace, PLAIN)),
        };
        let collection = format!("/{root}/{api}/{within}{plural}");
        let name = utf8_percent_encode(text(&metadata["name"]), PLAIN);
        let path = format!("{collection}/{name}");
        Place { collection, path, namespace: namespace.to_owned(), known: known.is_some() }
    }
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

pub(super) fn is_definition(object: &Value) -> bool {
    object["kind"] == "CustomResourceDefinition"
        && text(&object["apiVersion"]).starts_with("apiextensions.k8s.io/")
}
