//! A definition in the form that requests are served by.

mod columns;
mod convert;
mod scale;

pub use columns::Column;
pub use scale::Scale;
pub(crate) use scale::{integer, text};

use super::{cel, object, schema::JsonSchema};
use crate::{
    custom::Decoded,
    resource::{ResourceInfo, SubresourceInfo},
};
use base64::Engine as _;
use gitops_ssa::schema::{Schema, SchemaError, TypeRef};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, OnceLock};

/// A CustomResourceDefinition, compiled. It is made from the stored object, anew after each
/// change of it.
#[derive(Debug)]
pub struct Definition {
    /// Name of the definition: `widgets.example.com`.
    pub name: String,
    /// API group.
    pub group: String,
    /// The names that were accepted.
    pub names: Names,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// All versions, in the definition's order.
    pub versions: Vec<Version>,
    /// Whether objects are converted by a webhook, which is not supported.
    pub webhook: bool,
    established: bool,
    names_accepted: bool,
    terminating: bool,
    /// Whether the condition of it is set, which is a little later.
    says_terminating: bool,
}

/// The accepted names of a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// `widgets`.
    pub plural: String,
    /// `widget`.
    pub singular: String,
    /// `Widget`.
    pub kind: String,
    /// `WidgetList`.
    pub list_kind: String,
    /// Such as `wd`.
    pub short_names: Vec<String>,
    /// Such as `all`.
    pub categories: Vec<String>,
}

/// One version of a definition.
#[derive(Debug)]
pub struct Version {
    /// `v1alpha1`.
    pub name: String,
    /// Whether it is served.
    pub served: bool,
    /// Whether objects are stored at it.
    pub storage: bool,
    /// What requests for it are warned of, if it is deprecated.
    pub warning: Option<String>,
    /// Whether it has the subresource `status`.
    pub status: bool,
    /// Its subresource `scale`.
    pub scale: Option<Scale>,
    /// Columns of tables beside the name.
    pub columns: Vec<Column>,
    /// Fields that field selectors may name: `spec.color`.
    pub selectable: Vec<String>,
    /// `openAPIV3Schema`, as it was written.
    pub open_api: Arc<Value>,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) namespaced: bool,
    pub(crate) schema: JsonSchema,
    pub(crate) rules: Option<cel::Rules>,
    merging: OnceLock<Result<(Arc<Schema>, TypeRef), SchemaError>>,
}

impl Definition {
    /// Compiles a stored definition. O(size of its schemas).
    ///
    /// # Errors
    /// The object is not a valid definition, or a rule of it uses something that is not
    /// supported.
    pub fn compile(definition: &Value) -> Result<Self, String> {
        let spec = definition.get("spec").ok_or("the definition has no spec")?;
        let condition = |kind: &str| {
            let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
            conditions.into_iter().flatten().any(|condition| {
                condition.get("type").and_then(Value::as_str) == Some(kind)
                    && condition.get("status").and_then(Value::as_str) == Some("True")
            })
        };
        let group = text_of(spec, "group");
        let names =
            Names::read(definition.pointer("/status/acceptedNames").unwrap_or(&Value::Null));
        let namespaced = spec.get("scope").and_then(Value::as_str) == Some("Namespaced");
        let versions =
            spec.get("versions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let context = Context { spec, group: &group, kind: &names.kind, namespaced };
        let compiled: Result<Vec<_>, String> =
            versions.iter().map(|version| Version::read(version, &context)).collect();
        let deleted = definition.pointer("/metadata/deletionTimestamp");
        Ok(Definition {
            name: definition
                .pointer("/metadata/name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            versions: compiled?,
            webhook: spec.pointer("/conversion/strategy").and_then(Value::as_str)
                == Some("Webhook"),
            established: condition("Established"),
            names_accepted: condition("NamesAccepted"),
            terminating: deleted.is_some_and(|time| !time.is_null()) || condition("Terminating"),
            says_terminating: condition("Terminating"),
            group,
            names,
            namespaced,
        })
    }

    /// The version of this name, served or not.
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.name == name)
    }

    /// The version that objects are stored at.
    pub fn storage_version(&self) -> Option<&Version> {
        self.versions.iter().find(|version| version.storage)
    }

    /// Whether requests for its objects are answered.
    pub fn is_served(&self) -> bool {
        self.established || self.names_accepted
    }

    /// Whether discovery shows it.
    pub fn is_established(&self) -> bool {
        self.established
    }

    /// Whether it is being deleted. Then creating objects is forbidden:
    /// [`CREATE_WHILE_TERMINATING`](super::CREATE_WHILE_TERMINATING).
    pub fn is_terminating(&self) -> bool {
        self.terminating
    }

    /// The resources that discovery shows: one for each served version, once established.
    pub fn resources(&self) -> Vec<ResourceInfo> {
        let served = self.versions.iter().filter(|version| version.served && self.established);
        served.map(|version| self.resource(version)).collect()
    }

    fn resource(&self, version: &Version) -> ResourceInfo {
        const ALL: &[&str] =
            &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
        const TERMINATING: &[&str] = &["delete", "deletecollection", "get", "list", "watch"];
        let verbs = if self.says_terminating { TERMINATING } else { ALL };
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let subresource = |name: &str, group: &str, version: &str, kind: &str| SubresourceInfo {
            name: name.to_owned(),
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            verbs: owned(&["get", "patch", "update"]),
        };
        let mut subresources = Vec::new();
        if version.status {
            let kind = &self.names.kind;
            subresources.push(subresource("status", &self.group, &version.name, kind));
        }
        if version.scale.is_some() {
            subresources.push(subresource("scale", "autoscaling", "v1", "Scale"));
        }
        ResourceInfo {
            group: self.group.clone(),
            version: version.name.clone(),
            plural: self.names.plural.clone(),
            singular: self.names.singular.clone(),
            kind: self.names.kind.clone(),
            namespaced: self.namespaced,
            short_names: self.names.short_names.clone(),
            categories: self.names.categories.clone(),
            verbs: owned(verbs),
            subresources,
            storage_version_hash: self.storage_version_hash(),
        }
    }

    /// The hash is shown only if the version that objects are stored at is served.
    fn storage_version_hash(&self) -> String {
        let storage = self.storage_version().filter(|version| version.served);
        storage.map_or_else(String::new, |version| {
            let text = format!("{}/{}/{}", self.group, version.name, self.names.kind);
            let hash = Sha256::digest(text.as_bytes());
            base64::engine::general_purpose::STANDARD.encode(hash.get(..8).unwrap_or_default())
        })
    }
}

impl Names {
    pub(crate) fn read(names: &Value) -> Self {
        let list = |name: &str| {
            let items = names.get(name).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Names {
            plural: text_of(names, "plural"),
            singular: text_of(names, "singular"),
            kind: text_of(names, "kind"),
            list_kind: text_of(names, "listKind"),
            short_names: list("shortNames"),
            categories: list("categories"),
        }
    }
}

pub(crate) fn text_of(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

struct Context<'a> {
    spec: &'a Value,
    group: &'a str,
    kind: &'a str,
    namespaced: bool,
}

impl Version {
    fn read(version: &Value, context: &Context<'_>) -> Result<Self, String> {
        let flag = |name: &str| version.get(name).and_then(Value::as_bool).unwrap_or_default();
        let open_api = version.pointer("/schema/openAPIV3Schema").cloned();
        let open_api = open_api.unwrap_or_else(|| json!({}));
        let mut schema = JsonSchema::read(&open_api);
        object::prune_defaults(&mut schema)?;
        let subresource = |name: &str| version.pointer(&format!("/subresources/{name}"));
        let selectable = version.get("selectableFields").and_then(Value::as_array);
        let selectable = selectable.into_iter().flatten().map(|field| {
            let path = text_of(field, "jsonPath");
            path.strip_prefix('.').map_or(path.clone(), str::to_owned)
        });
        let rules = cel::Rules::compile(&schema)?;
        Ok(Version {
            name: text_of(version, "name"),
            served: flag("served"),
            storage: flag("storage"),
            warning: flag("deprecated")
                .then(|| convert::deprecation(version, context.spec, context.group)),
            status: subresource("status").is_some_and(|status| !status.is_null()),
            scale: subresource("scale").filter(|scale| scale.is_object()).map(Scale::read),
            columns: Column::read(version),
            selectable: selectable.collect(),
            open_api: Arc::new(open_api),
            group: context.group.to_owned(),
            kind: context.kind.to_owned(),
            namespaced: context.namespaced,
            schema,
            rules,
            merging: OnceLock::new(),
        })
    }

    /// `example.com/v1`.
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// Kind of its objects.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How parts of its objects merge, with the type of the objects. O(size of the schema) the
    /// first time.
    ///
    /// # Errors
    /// The schema has lists that merge in ways that server-side apply doesn't know.
    pub fn merging(&self) -> Result<(Arc<Schema>, TypeRef), SchemaError> {
        let read = || {
            let (schema, root) = Schema::from_structural(&self.open_api, false)?;
            Ok((Arc::new(schema), root))
        };
        self.merging.get_or_init(read).clone()
    }

    /// Decodes a body whose `apiVersion` and `kind` are those of this version: metadata as Go's
    /// type, unknown fields and nulls dropped, defaults set. `strict` of the result is what
    /// strict decoding complains about.
    ///
    /// # Errors
    /// Metadata is malformed, in Go's words. The server answers 400 with
    /// `KIND in version "VERSION" cannot be handled as a KIND: …`.
    pub fn decode(&self, object: Value) -> Result<Decoded, String> {
        object::decode(object, &self.schema)
    }

    /// Sets defaults in what an apply has made. Its nulls, and what is empty in its metadata, stay
    /// until it is read again; resources embedded in it are as if they had been.
    pub(crate) fn fill_defaults(&self, object: &mut Value) {
        object::default(object, &self.schema);
        let mut embedded = object.clone();
        // What is wrong is refused by validation.
        if object::coerce(&mut embedded, &self.schema, false, false, "").is_ok() {
            *object = embedded;
        }
    }

    /// Drops the nulls that reading would drop. O(size).
    pub(crate) fn drop_nulls(&self, object: &mut Value) {
        object::drop_nulls(object, Some(&self.schema));
    }

    /// What field selectors see of an object, beside its name and namespace.
    pub fn selectable_fields(&self, object: &Value) -> Vec<(String, String)> {
        let found = self.selectable.iter().map(|name| {
            let path = super::json_path::JsonPath::parse(&format!(".{name}"));
            let values = path.and_then(|path| path.find(object)).unwrap_or_default();
            let text = match values.first() {
                None | Some(Value::Null) => String::new(),
                Some(value) => super::wording::go_value(value),
            };
            (name.clone(), text)
        });
        found.collect()
    }
}
