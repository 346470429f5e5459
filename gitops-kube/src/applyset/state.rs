//! A parent as it was read. Pure.

use super::{
    ADDITIONAL_NAMESPACES, CONTAINS_GROUP_KINDS, CONTAINS_GROUP_RESOURCES, ID, Parent, ParentKind,
    TOOLING, Tooling,
    codec::{self, Header},
    contents::Contents,
    tooling,
};
use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::Version,
    reason,
};
use kube::{ResourceExt, api::DynamicObject};

/// The key of the header in the parent's data.
pub(super) const HEADER: &str = "inventory";
/// The key of the entries in the parent's data, or in a shard's.
pub(super) const ENTRIES: &str = "entries";

/// What a parent says.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) version: Version,
    pub(super) uid: String,
    /// The tooling annotation; `None` when the parent is not finished yet.
    pub(super) tooling: Option<String>,
    /// Kinds and namespaces, if it says so.
    pub(super) contents: Option<Contents>,
    /// Resources (`resource.group`) of a set of an old kubectl.
    pub(super) resources: Vec<String>,
    /// The header of our entries; `None` in a set that only others worked on.
    pub(super) header: Option<Header>,
    /// The entries, where they are inline.
    pub(super) inline: Option<String>,
}

impl State {
    /// Reads a parent.
    ///
    /// # Errors
    /// `OwnedByOther` when it is no parent or another tool's, `InventoryCorrupt` and
    /// `InventoryTooNew` when what we wrote can't be read.
    pub(super) fn read(object: &DynamicObject, parent: &Parent, tool: &Tooling) -> Result<Self> {
        let header = data(object, parent.kind, HEADER);
        let annotation = |key| object.annotations().get(key);
        match annotation(TOOLING) {
            Some(tooling) if tooling::base_name(tooling) != tool.name() => {
                return Err(foreign(parent, &format!("is managed by {tooling:?}"))
                    .advise("choose another parent, or the tooling that it names"));
            }
            None if header.is_none() => {
                return Err(foreign(parent, "exists and is no ApplySet parent")
                    .advise("choose another name for the inventory, or remove the object"));
            }
            _ => {}
        }
        let id = parent.id();
        if object.labels().get(ID) != Some(&id) {
            let message = format!("{parent} has no label {ID}: {id}");
            return Err(Error::new(
                Stage::Inventory,
                Retry::Never,
                reason::INVENTORY_CORRUPT,
                message,
            )
            .advise("if it is a copy of another set's parent, remove it; else set the label"));
        }
        let header = header.map(|text| codec::header(&text, &parent.to_string())).transpose()?;
        let kinds = annotation(CONTAINS_GROUP_KINDS);
        let namespaces = annotation(ADDITIONAL_NAMESPACES).map_or("", String::as_str);
        let resources = annotation(CONTAINS_GROUP_RESOURCES).map_or("", String::as_str);
        let resources = if kinds.is_none() { resources } else { "" };
        Ok(State {
            version: Version::new(object.resource_version().unwrap_or_default()),
            uid: object.uid().unwrap_or_default(),
            tooling: annotation(TOOLING).cloned(),
            contents: kinds.map(|kinds| Contents::parse(kinds, namespaces)),
            resources: resources
                .split(',')
                .filter(|resource| !resource.is_empty())
                .map(String::from)
                .collect(),
            inline: header.as_ref().and_then(|_| data(object, parent.kind, ENTRIES)),
            header,
        })
    }

    /// The namespaces and kinds, none where it doesn't say.
    pub(super) fn contents(&self) -> Contents {
        self.contents.clone().unwrap_or_default()
    }

    /// Whether the entries are in shards.
    pub(super) fn sharded(&self) -> bool {
        self.header.is_some() && self.inline.is_none()
    }

    /// Whether labels and annotations say this, under our stamp.
    pub(super) fn says(&self, contents: &Contents, tool: &Tooling) -> bool {
        self.contents.as_ref() == Some(contents) && self.tooling == Some(tool.stamp())
    }
}

/// A text in an object's data.
pub(super) fn data(object: &DynamicObject, kind: ParentKind, key: &str) -> Option<String> {
    kind.decode(object.data.get("data")?.get(key)?.as_str()?)
}

fn foreign(parent: &Parent, what: &str) -> Error {
    let message = format!("{parent} {what}");
    Error::new(Stage::Inventory, Retry::Never, reason::OWNED_BY_OTHER, message)
}
