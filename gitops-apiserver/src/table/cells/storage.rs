//! Volumes and their classes.

use super::{
    Cell::{self, Age, Count, Flag, Name, Of, Text, TextOr},
    Row, joined, plain,
};
use crate::table::selector::strings;
use serde_json::{Value, json};

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("", "PersistentVolume") => &[
            Name,
            Of(|row| json!(quantity(row.at("/spec/capacity/storage")))),
            Of(|row| json!(modes(row.at("/spec/accessModes")))),
            Text("/spec/persistentVolumeReclaimPolicy"),
            Of(phase),
            Of(claim),
            Of(class),
            TextOr("/spec/volumeAttributesClassName", "<unset>"),
            Text("/status/reason"),
            Age,
            TextOr("/spec/volumeMode", "<unset>"),
        ],
        ("", "PersistentVolumeClaim") => &[
            Name,
            Of(phase),
            Text("/spec/volumeName"),
            Of(|row| bound(row, |row| quantity(row.at("/status/capacity/storage")))),
            Of(|row| bound(row, |row| modes(row.at("/status/accessModes")))),
            Of(class),
            TextOr("/spec/volumeAttributesClassName", "<unset>"),
            Age,
            TextOr("/spec/volumeMode", "<unset>"),
        ],
        ("storage.k8s.io", "StorageClass") => &[
            Of(class_name),
            Text("/provisioner"),
            TextOr("/reclaimPolicy", "Delete"),
            TextOr("/volumeBindingMode", "Immediate"),
            Flag("/allowVolumeExpansion", false),
            Age,
        ],
        ("storage.k8s.io", "VolumeAttributesClass") => &[Name, Text("/driverName"), Age],
        ("storage.k8s.io", "VolumeAttachment") => &[
            Name,
            Text("/spec/attacher"),
            Text("/spec/source/persistentVolumeName"),
            Text("/spec/nodeName"),
            Flag("/status/attached", false),
            Age,
        ],
        ("storage.k8s.io", "CSINode") => &[Name, Count("/spec/drivers"), Age],
        ("storage.k8s.io", "CSIDriver") => &[
            Name,
            Flag("/spec/attachRequired", true),
            Flag("/spec/podInfoOnMount", false),
            Flag("/spec/storageCapacity", false),
            Of(audiences),
            Flag("/spec/requiresRepublish", false),
            Of(lifecycles),
            Age,
        ],
        ("storage.k8s.io", "CSIStorageCapacity") => {
            &[Name, Text("/storageClassName"), TextOr("/capacity", "<unset>")]
        }
        _ => return None,
    })
}

/// The youngest of those that are marked; of those of the same second, the first by name.
pub(super) fn default_of(classes: &[&Value]) -> Option<String> {
    let marked = |class: &&&Value| {
        let annotations = class.pointer("/metadata/annotations");
        let is = |name: &str| annotations.and_then(|all| all.get(name)) == Some(&json!("true"));
        is("storageclass.kubernetes.io/is-default-class")
            || is("storageclass.beta.kubernetes.io/is-default-class")
    };
    let text = |class: &Value, path: &str| {
        class.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let marked = classes.iter().filter(marked);
    let youngest = marked.max_by_key(|class| {
        let name = text(class, "/metadata/name");
        (text(class, "/metadata/creationTimestamp"), std::cmp::Reverse(name))
    });
    youngest.map(|class| text(class, "/metadata/name"))
}

fn class_name(row: &Row<'_>) -> Value {
    match row.default {
        Some(default) if default == row.name() => json!(format!("{default} (default)")),
        _ => json!(row.name()),
    }
}

fn quantity(value: Option<&Value>) -> String {
    value.map_or_else(|| "0".to_owned(), plain)
}

/// Each mode once, in the order of the server.
fn modes(value: Option<&Value>) -> String {
    let modes = strings(value);
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let shown = short.iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| *short);
    Vec::from_iter(shown).join(",")
}

fn phase(row: &Row<'_>) -> Value {
    json!(if row.is_deleted() { "Terminating" } else { row.text("/status/phase") })
}

fn claim(row: &Row<'_>) -> Value {
    match row.at("/spec/claimRef") {
        None => json!(""),
        Some(_) => json!(format!(
            "{}/{}",
            row.text("/spec/claimRef/namespace"),
            row.text("/spec/claimRef/name")
        )),
    }
}

/// The class, by its old annotation or its field.
fn class(row: &Row<'_>) -> Value {
    let annotation = row.annotation("volume.beta.kubernetes.io/storage-class");
    json!(annotation.unwrap_or(row.text("/spec/storageClassName")))
}

/// What a claim has once it has a volume.
fn bound(row: &Row<'_>, show: fn(&Row<'_>) -> String) -> Value {
    json!(if row.text("/spec/volumeName").is_empty() { String::new() } else { show(row) })
}

fn audiences(row: &Row<'_>) -> Value {
    match row.at("/spec/tokenRequests") {
        None => json!("<unset>"),
        Some(_) => json!(joined(row.list("/spec/tokenRequests"), "audience", ",")),
    }
}

fn lifecycles(row: &Row<'_>) -> Value {
    let modes = strings(row.at("/spec/volumeLifecycleModes")).join(",");
    json!(if modes.is_empty() { "<none>".to_owned() } else { modes })
}
