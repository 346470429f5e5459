//! The objects that hold a large set's entries.
//!
//! A shard is named by its content, so writing a part never touches what a reader may be reading.
//! A shard that the stored header doesn't name may be in use by nobody, or by a save that is going on
//! elsewhere. It is removed only under the version that it had *before* the remover's own save went
//! through: whoever saves after that writes the shard again, under another [`WRITTEN_FOR`], and
//! with that another version; whoever saves on the same base loses the race for the parent.

use super::{
    Parent,
    state::{self, ENTRIES},
};
use gitops_core::{
    error::Result,
    model::{Digest, Version},
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, Preconditions},
};
use serde_json::json;

/// The label of a shard; its value is the id of its set. Not the members' label: kubectl would
/// prune shards.
const INVENTORY_OF: &str = "gitops-kube/inventory-of";
/// The annotation of a shard: the version of the parent that it was written to replace.
const WRITTEN_FOR: &str = "gitops-kube/written-for";

/// A shard as it was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) name: String,
    version: Option<String>,
    uid: Option<String>,
}

/// The name of the shard that holds a part.
pub(super) fn name(parent: &Parent, part: &Digest) -> String {
    format!("{}-{}", parent.name, part.short())
}

/// Reads a shard's text; `None` when it is not there.
pub(super) async fn read(
    api: &Api<DynamicObject>,
    parent: &Parent,
    part: &Digest,
) -> Result<Option<String>> {
    let name = name(parent, part);
    let what = format!("read part {name} of the inventory {parent}");
    let shard = api.get_opt(&name).await;
    let shard = shard.map_err(|error| parent.failed(&what, error))?;
    Ok(shard.and_then(|shard| state::data(&shard, parent.kind, ENTRIES)))
}

/// Writes a shard, or claims the one with the same content that is there.
pub(super) async fn write(
    api: &Api<DynamicObject>,
    parent: &Parent,
    owner: &str,
    base: &Version,
    part: (&Digest, &str),
    manager: &str,
) -> Result<()> {
    let (digest, text) = part;
    let name = name(parent, digest);
    let shard = json!({
        "apiVersion": "v1",
        "kind": parent.kind.name(),
        "metadata": {
            "name": name,
            "namespace": parent.namespace,
            "labels": {INVENTORY_OF: parent.id()},
            "annotations": {WRITTEN_FOR: base.as_str()},
            "ownerReferences": [{
                "apiVersion": "v1",
                "kind": parent.kind.name(),
                "name": parent.name,
                "uid": owner,
            }],
        },
        "data": {ENTRIES: parent.kind.encode(text)},
    });
    let what = format!("write part {name} of the inventory {parent}");
    let params = PatchParams::apply(manager).force();
    let written = api.patch(&name, &params, &Patch::Apply(&shard)).await;
    written.map(drop).map_err(|error| parent.failed(&what, error))
}

/// All shards of a set, used or not.
pub(super) async fn list(api: &Api<DynamicObject>, parent: &Parent) -> Result<Vec<Found>> {
    let params = ListParams::default().labels(&format!("{INVENTORY_OF}={}", parent.id()));
    let what = format!("list the parts of the inventory {parent}");
    let list = api.list_metadata(&params).await;
    let list = list.map_err(|error| parent.failed(&what, error))?;
    let found = |shard: kube::core::PartialObjectMeta<DynamicObject>| Found {
        name: shard.name_any(),
        version: shard.resource_version(),
        uid: shard.uid(),
    };
    Ok(list.items.into_iter().map(found).collect())
}

/// Removes a shard, unless somebody wrote it since it was found.
pub(super) async fn remove(api: &Api<DynamicObject>, parent: &Parent, shard: &Found) -> Result<()> {
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            resource_version: shard.version.clone(),
            uid: shard.uid.clone(),
        }),
        ..DeleteParams::default()
    };
    let removed = api.delete(&shard.name, &params).await;
    let what = format!("remove part {} of the inventory {parent}", shard.name);
    removed.map(drop).map_err(|error| parent.failed(&what, error))
}
