//! Volumes of pods, and the sources that persistent volumes share with them.

use super::disks::{
    azure_disk, azure_file, disk, fibre_channel, flex, flocker, glusterfs, iscsi, nfs, quobyte,
    rbd, scale_io, storage_os,
};
use super::files::{downward, files, path_below, path_without_backsteps};
use super::{image, projected};
use crate::builtin::validation::rules::below_text;
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, resources, rules, storage};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where data of a volume may come from: the field, what it is called when there is one already,
/// the place of its problems, and its rule.
pub(in crate::builtin::validation) type Source =
    (&'static str, &'static str, &'static str, fn(&Spot));

const SOURCES: &[Source] = &[
    // One that is first has no rival.
    ("emptyDir", "emptyDir", "emptyDir", empty_dir),
    ("hostPath", "hostPath", "hostPath", host_path),
    ("gitRepo", "gitRepo", "gitRepo", |at| {
        rules::required(&at.at("repository"));
        path_below(&at.at("directory"));
    }),
    ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", |at| disk(at, "pdName")),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", |at| {
        disk(at, "volumeID");
    }),
    ("secret", "secret", "secret", |at| files(at, "secretName")),
    ("nfs", "nfs", "nfs", nfs),
    ("iscsi", "iscsi", "iscsi", |at| {
        iscsi(at, "must be valid format starting with iqn, eui, or naa")
    }),
    ("glusterfs", "glusterfs", "glusterfs", glusterfs),
    ("flocker", "flocker", "flocker", flocker),
    ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", |at| {
        rules::required(&at.at("claimName"));
    }),
    ("rbd", "rbd", "rbd", rbd),
    ("cinder", "cinder", "cinder", |at| {
        rules::required(&at.at("volumeID"));
        at.at("secretRef").given_then(|at| rules::required(&at.at("name")));
    }),
    ("cephfs", "cephFS", "cephfs", |at| rules::required(&at.at("monitors"))),
    ("quobyte", "quobyte", "quobyte", quobyte),
    ("downwardAPI", "downwarAPI", "downwardAPI", downward),
    ("fc", "fc", "fc", fibre_channel),
    ("flexVolume", "flexVolume", "flexVolume", flex),
    ("configMap", "configMap", "configMap", |at| files(at, "name")),
    ("azureFile", "azureFile", "azureFile", azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", |at| {
        rules::required(&at.at("volumePath"));
    }),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", |at| {
        rules::required(&at.at("pdID"));
    }),
    ("portworxVolume", "portworxVolume", "portworxVolume", |at| {
        rules::required(&at.at("volumeID"));
    }),
    ("azureDisk", "azureDisk", "azureDisk", azure_disk),
    ("storageos", "storageos", "storageos", |at| storage_os(at, &["name"])),
    ("projected", "projected", "projected", projected::projected),
    ("scaleIO", "scaleIO", "scaleIO", scale_io),
    ("csi", "csi", "csi", csi),
    ("ephemeral", "ephemeral", "ephemeral", ephemeral),
    ("image", "image", "image", |at| {
        rules::required(&at.at("reference"));
        image::pull_policy(&at.at("pullPolicy"));
    }),
];

/// The sources that persistent volumes have under the same rules, by the fields' names.
pub(in crate::builtin::validation) fn shared_sources(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|(field, ..)| *field == name)
}

/// Runs the rule of the one source that is there. Says whether there is any.
pub(in crate::builtin::validation) fn pick_source<'a>(
    at: &Spot,
    sources: impl Iterator<Item = &'a Source>,
) -> bool {
    let mut found = false;
    for (field, rival, place, rule) in sources {
        let source = at.at(field);
        if !source.given() {
            continue;
        }
        if found {
            at.at(rival).forbidden("may not specify more than 1 volume type");
        } else {
            rule(&at.at(place).with(source.value()));
        }
        found = true;
    }
    found
}

/// The volumes of a pod. Gives those that are well formed, by name.
pub(super) fn volumes<'a>(at: &Spot<'a>, metadata: Option<&Value>) -> BTreeMap<&'a str, &'a Value> {
    let mut valid: BTreeMap<&str, &Value> = BTreeMap::new();
    let pod = metadata.map(|meta| below_text(meta, "name")).unwrap_or_default();
    let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
    let created: Vec<String> = list
        .iter()
        .filter(|volume| !pod.is_empty() && volume.get("ephemeral").is_some())
        .map(|volume| format!("{pod}-{}", below_text(volume, "name")))
        .collect();
    for (index, value) in list.iter().enumerate() {
        let item = at.index(index);
        let before = item.found();
        let (name, text) = (item.at("name"), below_text(value, "name"));
        volume(&item, pod);
        name.required_in_format(format::label);
        if valid.contains_key(text) {
            name.duplicate(text);
        }
        if item.found() == before {
            valid.insert(text, value);
        }
        let claim = item.at("persistentVolumeClaim");
        let claim = claim.at("claimName");
        if created.iter().any(|name| name == claim.text()) {
            claim.invalid("must not reference a PVC that gets created for an ephemeral volume");
        }
    }
    valid
}

fn volume(at: &Spot, pod: &str) {
    let name = at.at("name").text();
    if !pick_source(at, SOURCES.iter()) {
        at.required("must specify a volume type");
    }
    let iscsi = at.at("iscsi");
    let portal = iscsi.at("targetPortal").text();
    if iscsi.at("initiatorName").given() && name.len() + 1 + portal.len() > 64 {
        at.at("name").invalid_as(name, LONG_PORTAL);
    }
    if at.at("ephemeral").given() && !pod.is_empty() && !name.is_empty() {
        let claim = format!("{pod}-{name}");
        for problem in format::subdomain(&claim) {
            let claim = crate::status::quote(&claim);
            at.at("name").invalid_as(name, &format!("PVC name {claim}: {problem}"));
        }
    }
}

/// What the server says of a portal that makes too long a name.
pub(in crate::builtin::validation) const LONG_PORTAL: &str = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

fn empty_dir(at: &Spot) {
    let (limit, mode) = (at.at("sizeLimit"), at.at("mode"));
    if resources::quantity(limit.value()).is_some_and(|limit| limit.sign() < 0) {
        limit.forbidden("SizeLimit field must be a valid resource quantity");
    }
    if mode.given() && !(0..=0o1777).contains(&mode.number()) {
        mode.invalid("must be a number between 0 and 01777 (octal), both inclusive");
    }
}

/// A path of the host.
pub(in crate::builtin::validation) fn host_path(at: &Spot) {
    let path = at.at("path");
    if path.empty() {
        return path.required("");
    }
    path_without_backsteps(&path);
    at.at("type").one_of_if_given(&[
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ]);
}

fn csi(at: &Spot) {
    storage::csi_driver_name(&at.at("driver"));
    at.at("nodePublishSecretRef").given_then(|secret| {
        let name = secret.at("name");
        if name.empty() {
            return name.required("");
        }
        for problem in format::subdomain(name.text()) {
            at.at("name").invalid_as(name.text(), &problem);
        }
    });
}

/// A secret of a namespace.
pub(in crate::builtin::validation) fn secret_reference(at: &Spot) {
    at.at("name").required_in_format(format::subdomain);
    at.at("namespace").required_in_format(format::label);
}

fn ephemeral(at: &Spot) {
    let template = at.at("volumeClaimTemplate");
    if !template.given() {
        return template.required("");
    }
    only_labels_and_annotations(&template.at("metadata"));
    storage::claim_spec(&template.at("spec"), false);
}

/// The metadata of a template.
pub(in crate::builtin::validation) fn only_labels_and_annotations(meta: &Spot) {
    crate::builtin::validation::metadata::annotations(&meta.at("annotations"));
    rules::labels(&meta.at("labels"));
    for (name, place) in FIELDS_OF_METADATA {
        let field = meta.at(name);
        if field.given() && (!field.empty() || field.value().is_array()) {
            meta.at(place).forbidden("cannot be set");
        }
    }
}

/// What the metadata of a template can't have, and what the server calls it, in its order.
const FIELDS_OF_METADATA: &[(&str, &str)] = &[
    ("name", "name"),
    ("generateName", "generateName"),
    ("namespace", "namespace"),
    ("selfLink", "selfLink"),
    ("uid", "uID"),
    ("resourceVersion", "resourceVersion"),
    ("generation", "generation"),
    ("creationTimestamp", "creationTimestamp"),
    ("deletionTimestamp", "deletionTimestamp"),
    ("deletionGracePeriodSeconds", "deletionGracePeriodSeconds"),
    ("ownerReferences", "ownerReferences"),
    ("finalizers", "finalizers"),
    ("managedFields", "managedFields"),
];
