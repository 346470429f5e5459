//! Defaults of volumes, in pods and on their own.

use super::Literal::{Bool, Int, Object, Text};
use super::Rule::{Absent, At, Each, Empty, Quantities, With};
use super::{
    field, images,
    pods::{FIELD_SELECTOR, RESOURCES},
    rule::Rules,
};
use serde_json::Value;

/// A volume of a pod.
pub(super) const VOLUME: Rules = &[
    With(empty_dir_unless_another_source),
    With(image_pull_policy),
    At("hostPath", HOST_PATH),
    At("secret", FILE_MODE),
    At("iscsi", ISCSI),
    At("rbd", RBD),
    At("downwardAPI", &[Absent("defaultMode", Int(0o644)), Each("items", DOWNWARD_FILE)]),
    At("configMap", FILE_MODE),
    At("azureDisk", AZURE_DISK),
    At(
        "projected",
        &[
            Absent("defaultMode", Int(0o644)),
            Each(
                "sources",
                &[
                    Each("downwardAPI.items", DOWNWARD_FILE),
                    At("serviceAccountToken", &[Absent("expirationSeconds", Int(3600))]),
                ],
            ),
        ],
    ),
    At("scaleIO", SCALE_IO),
    At("ephemeral.volumeClaimTemplate", &[At("spec", CLAIM_SPEC)]),
];

const FILE_MODE: Rules = &[Absent("defaultMode", Int(0o644))];
const DOWNWARD_FILE: Rules = &[At("fieldRef", FIELD_SELECTOR)];
const HOST_PATH: Rules = &[Absent("type", Text(""))];
const ISCSI: Rules = &[Empty("iscsiInterface", Text("default"))];
const SCALE_IO: Rules =
    &[Empty("storageMode", Text("ThinProvisioned")), Empty("fsType", Text("xfs"))];

const RBD: Rules = &[
    Empty("pool", Text("rbd")),
    Empty("user", Text("admin")),
    Empty("keyring", Text("/etc/ceph/keyring")),
];

const AZURE_DISK: Rules = &[
    Absent("cachingMode", Text("ReadWrite")),
    Absent("fsType", Text("ext4")),
    Absent("readOnly", Bool(false)),
    Absent("kind", Text("Shared")),
];

/// What persistent volumes and pods' volumes have in common.
pub(super) const PERSISTENT_SOURCE: Rules = &[
    At("hostPath", HOST_PATH),
    At("rbd", RBD),
    At("iscsi", ISCSI),
    At("azureDisk", AZURE_DISK),
    At("scaleIO", SCALE_IO),
];

/// A persistent volume.
pub(super) const PERSISTENT_VOLUME: Rules = &[
    Empty("status.phase", Text("Pending")),
    Empty("spec.persistentVolumeReclaimPolicy", Text("Retain")),
    Absent("spec.volumeMode", Text("Filesystem")),
    Quantities("spec.capacity"),
    At("spec", PERSISTENT_SOURCE),
];

/// A claim to one; also the templates of a StatefulSet.
pub(super) const CLAIM: Rules = &[
    Empty("status.phase", Text("Pending")),
    At("spec", CLAIM_SPEC),
    Quantities("status.capacity"),
    Quantities("status.allocatedResources"),
];

const CLAIM_SPEC: Rules = &[Absent("volumeMode", Text("Filesystem")), At("resources", RESOURCES)];

fn empty_dir_unless_another_source(volume: &mut Value) {
    let none = volume
        .as_object()
        .is_some_and(|fields| fields.iter().all(|(name, value)| name == "name" || value.is_null()));
    if none {
        field::put(volume, "emptyDir", Object);
    }
}

fn image_pull_policy(volume: &mut Value) {
    if field::get(volume, "image").is_some() && field::is_empty(volume, "image.pullPolicy") {
        let policy = images::pull_policy(field::text(volume, "image.reference"));
        field::put(volume, "image.pullPolicy", policy);
    }
}
