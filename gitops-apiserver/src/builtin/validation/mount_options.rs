//! Options for mounting a persistent volume that its annotation names.

use super::spot::{Spot, below};

const ANNOTATION: &str = "volume.beta.kubernetes.io/mount-options";

/// The sources that may have them.
const MOUNTED: [&str; 13] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "gcePersistentDisk",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "quobyte",
    "rbd",
    "vsphereVolume",
];

pub(super) fn fit(volume: &Spot) {
    let annotations = below(volume.value(), "metadata.annotations");
    let spec = volume.at("spec");
    let mounted = MOUNTED.iter().any(|source| spec.at(source).given());
    if annotations.get(ANNOTATION).is_some() && !mounted {
        // The server's path doesn't tell the key from a field.
        let path = format!("metadata.annotations.{ANNOTATION}");
        volume.at(&path).forbidden("may not specify mount options for this volume type");
    }
}
