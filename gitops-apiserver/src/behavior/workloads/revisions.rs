//! Hashes of templates, and the ControllerRevisions of StatefulSets and DaemonSets.

use super::controller::Controller;
use crate::{builtin::defaults::field, object, status::Status};
use serde_json::{Value, json};

pub(super) const TABLE: &str = "apps/controllerrevisions";
/// No vowels and nothing that looks like one.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A short hash, of the form of the controllers' (FNV-1a of 32 bits in a safe alphabet). It is not
/// the one that the real controllers have for the same template: theirs is of a dump of Go's memory.
pub(super) fn hash(of: &Value, collisions: i64) -> String {
    let mut text = of.to_string();
    if collisions > 0 {
        text.push_str(&collisions.to_string());
    }
    let hash = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len()).copied();
    hash.to_string().bytes().filter_map(letter).map(char::from).collect()
}

/// The revisions of a workload: its current template's, and all that there are, oldest first.
pub(super) struct Revisions {
    pub(super) update: Value,
    pub(super) all: Vec<Value>,
}

/// Finds the revision of the current template, or makes it.
pub(super) fn revisions(set: &Controller<'_>) -> Result<Revisions, Status> {
    let mut all = set.controlled(TABLE);
    all.sort_by_key(|one| field::number(one, "revision"));
    let data = data(&set.object);
    let last = all.last().map_or(0, |one| field::number(one, "revision"));
    let found = all.iter().rposition(|one| one.get("data") == Some(&data));
    if let Some(at) = found {
        let mut update = all.remove(at);
        // An older template is the current one again.
        if field::number(&update, "revision") < last {
            field::put(&mut update, "revision", last + 1);
            update = set.update(TABLE, &update)?;
        }
        all.push(update.clone());
        return Ok(Revisions { update, all });
    }
    let collisions = field::number(&set.object, "status.collisionCount");
    let hash = hash(&data, collisions);
    let mut new = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": format!("{}-{hash}", set.name())},
        "data": data, "revision": last + 1,
    });
    let mut labels =
        field::get(&set.object, "spec.template.metadata.labels").cloned().unwrap_or(json!({}));
    let label = if &*set.kind.table == super::STATEFUL_SETS {
        "controller.kubernetes.io/hash"
    } else {
        "controller-revision-hash"
    };
    labels[label] = hash.into();
    object::set_meta(&mut new, "labels", labels);
    object::copy_meta(&mut new, &set.object, "annotations");
    let update = set.create(TABLE, new)?;
    all.push(update.clone());
    Ok(Revisions { update, all })
}

/// What of a workload belongs to its revisions.
fn data(set: &Value) -> Value {
    let mut template = field::get(set, "spec.template").cloned().unwrap_or_default();
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

/// The template of a revision.
pub(super) fn template(revision: &Value) -> Value {
    let mut template = field::get(revision, "data.spec.template").cloned().unwrap_or_default();
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}

/// Deletes the oldest revisions that nobody uses, beyond `revisionHistoryLimit`.
pub(super) fn truncate(set: &Controller<'_>, all: &[Value], used: &[&str]) {
    let limit = field::get(&set.object, "spec.revisionHistoryLimit").and_then(Value::as_u64);
    let limit = usize::try_from(limit.unwrap_or(10)).unwrap_or(usize::MAX);
    let unused: Vec<&Value> =
        all.iter().filter(|one| !used.contains(&object::meta(one, "name"))).collect();
    for one in unused.iter().take(unused.len().saturating_sub(limit)) {
        set.delete(TABLE, one);
    }
}
