//! Volumes of pods, and the sources that persistent volumes share with them.

use super::{environment, image, projected};
use crate::builtin::validation::rules::below_text;
use crate::builtin::validation::spot::{Rule, Spot};
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

/// A path that leads nowhere up.
pub(in crate::builtin::validation) fn path_without_backsteps(at: &Spot) {
    if at.text().split('/').any(|part| part == "..") {
        at.invalid("must not contain '..'");
    }
}

/// A path below another.
pub(super) fn path_below(at: &Spot) {
    if at.text().starts_with('/') {
        at.invalid("must be a relative path");
    }
    path_without_backsteps(at);
}

/// A path below a volume, where two dots are taken.
pub(super) fn path_in_volume(at: &Spot) {
    path_below(at);
    if at.text().starts_with("..") && !at.text().starts_with("../") {
        at.invalid("must not start with '..'");
    }
}

/// The rights of a file.
pub(super) fn mode(at: &Spot) {
    if at.given() && !(0..=0o777).contains(&at.number()) {
        at.invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// A key that becomes a file.
pub(super) fn file(at: &Spot) {
    at.check(FILE);
}

const FILE: &[Rule] = &[
    ("key", rules::required),
    ("path", rules::required),
    ("path", path_in_volume),
    ("mode", mode),
    ("user", rules::id_if_given),
];

fn files(at: &Spot, name: &'static str) {
    rules::required(&at.at(name));
    at.check(&[("defaultMode", mode), ("defaultUser", rules::id_if_given), ("items[]", file)]);
}

/// Fields of a pod that a file may show.
const FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

fn downward(at: &Spot) {
    at.check(&[("defaultMode", mode), ("defaultUser", rules::id_if_given)]);
    for item in at.at("items").items() {
        downward_file(&at.with(item.value()));
    }
}

/// A file that shows something of the pod. Its problems have the place of the whole list.
pub(super) fn downward_file(at: &Spot) {
    at.check(&[("path", rules::required), ("path", path_in_volume)]);
    let (field, resource) = (at.at("fieldRef"), at.at("resourceFieldRef"));
    if field.given() {
        environment::field(&field, FIELDS);
        if resource.given() {
            at.invalid_as(
                "resource",
                "fieldRef and resourceFieldRef can not be specified simultaneously",
            );
        }
    } else if resource.given() {
        environment::resource(&resource, true);
    } else {
        at.required("one of fieldRef and resourceFieldRef is required");
    }
    at.check(&[("mode", mode), ("user", rules::id_if_given)]);
}

fn disk(at: &Spot, id: &str) {
    rules::required(&at.at(id));
    let partition = at.at("partition");
    if !(0..=255).contains(&partition.number()) {
        partition.invalid("must be between 1 and 255, inclusive");
    }
}

fn nfs(at: &Spot) {
    at.check(&[("server", rules::required), ("path", rules::required)]);
    if !at.at("path").text().starts_with('/') {
        at.at("path").invalid_as(at.at("path").text(), "must be an absolute path");
    }
}

/// A target of iSCSI. `unknown` is said of names of an unknown kind.
pub(in crate::builtin::validation) fn iscsi(at: &Spot, unknown: &str) {
    rules::required(&at.at("targetPortal"));
    let name = at.at("iqn");
    if name.empty() {
        name.required("");
    } else {
        iscsi_name(&name, unknown);
    }
    lun(&at.at("lun"));
    let chap = at.at("chapAuthDiscovery").flag() || at.at("chapAuthSession").flag();
    if chap && !at.at("secretRef").given() {
        at.at("secretRef").required("");
    }
    let initiator = at.at("initiatorName");
    if initiator.given() {
        iscsi_name(&at.at("initiatorname").with(initiator.value()), unknown);
    }
}

fn lun(at: &Spot) {
    if !(0..=255).contains(&at.number()) {
        at.between(0, 255);
    }
}

fn iscsi_name(at: &Spot, unknown: &str) {
    let text = at.text();
    let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let of_length = |text: &str, length: usize| {
        // Any character separates the kind from the rest.
        let rest = text.get(3..).unwrap_or_default();
        let rest = rest.strip_prefix(|_: char| true).unwrap_or_default();
        rest.len() == length && alphanumeric(rest)
    };
    let right = match text.get(..3) {
        Some("iqn") => is_iqn(text),
        Some("eui") => of_length(text, 16),
        Some("naa") => of_length(text, 32),
        _ => return at.invalid(unknown),
    };
    if !right {
        at.invalid("must be valid format");
    }
}

/// `iqn.2001-04.com.example:storage.disk1`.
fn is_iqn(text: &str) -> bool {
    let Some((start, rest)) = text.split_once(':') else { return false };
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let authority = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    };
    let mut parts = start.splitn(3, '.');
    let right_start = parts.next() == Some("iqn")
        && parts
            .next()
            .and_then(|date| date.split_once('-'))
            .is_some_and(|(year, month)| digits(year, 4) && digits(month, 2))
        && parts.next().is_some_and(authority);
    let bad = |c: char| c.is_whitespace() || ",;*&$|".contains(c);
    right_start && !rest.is_empty() && !rest.contains(bad)
}

fn glusterfs(at: &Spot) {
    at.check(&[("endpoints", rules::required), ("path", rules::required)]);
}

fn flocker(at: &Spot) {
    let (name, id) = (at.at("datasetName"), at.at("datasetUUID"));
    if name.empty() && id.empty() {
        at.required("one of datasetName and datasetUUID is required");
    }
    if !name.empty() && !id.empty() {
        at.invalid_as(
            "resource",
            "datasetName and datasetUUID can not be specified simultaneously",
        );
    }
    if name.text().contains('/') {
        name.invalid("must not contain '/'");
    }
}

fn rbd(at: &Spot) {
    at.check(&[("monitors", rules::required), ("image", rules::required)]);
}

fn quobyte(at: &Spot) {
    let pairs = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, tenant) = (at.at("registry"), at.at("tenant"));
    if registry.empty() {
        registry.required(pairs);
    } else if tenant.len() >= 65 {
        tenant.required("must be a UUID and may not exceed a length of 64 characters");
    } else {
        for pair in registry.text().split(',') {
            let host = pair.rsplit_once(':').map(|(host, _)| host);
            let bracketed = |host: &str| host.starts_with('[') && host.ends_with(']');
            if !host.is_some_and(|host| bracketed(host) || !host.contains([':', '[', ']'])) {
                registry.invalid(pairs);
            }
        }
    }
    rules::required(&at.at("volume"));
}

fn fibre_channel(at: &Spot) {
    let (names, ids, unit) = (at.at("targetWWNs"), at.at("wwids"), at.at("lun"));
    match (names.empty(), ids.empty()) {
        (true, true) => names.required("must specify either targetWWNs or wwids, but not both"),
        (false, false) => {
            names.invalid("targetWWNs and wwids can not be specified simultaneously");
        }
        _ => {}
    }
    if !names.empty() {
        if unit.given() {
            lun(&unit);
        } else {
            unit.required("lun is required if targetWWNs is specified");
        }
    }
}

fn flex(at: &Spot) {
    rules::required(&at.at("driver"));
    for (key, option) in at.at("options").entries() {
        let space = key.split_once('/').map_or(key, |(space, _)| space);
        let space = format!(".{}", space.to_lowercase());
        if space.ends_with(".kubernetes.io") || space.ends_with(".k8s.io") {
            option.invalid_as(key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}

fn azure_file(at: &Spot) {
    at.check(&[("secretName", rules::required), ("shareName", rules::required)]);
}

fn azure_disk(at: &Spot) {
    at.check(&[
        ("diskName", rules::required),
        ("diskURI", rules::required),
        ("cachingMode", |at| at.one_of_if_given(&["None", "ReadOnly", "ReadWrite"])),
        ("kind", |at| at.one_of_if_given(&["Dedicated", "Managed", "Shared"])),
    ]);
    let (kind, uri) = (at.at("kind"), at.at("diskURI"));
    let (start, form) = match kind.text() {
        _ if !kind.given() => return,
        "Managed" => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        ),
        _ => (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ),
    };
    if !uri.text().starts_with(start) {
        uri.unsupported(uri.text(), &[form]);
    }
}

/// A volume of StorageOS, whose secret is found by these fields.
pub(in crate::builtin::validation) fn storage_os(at: &Spot, secret: &[&str]) {
    at.at("volumeName").required_in_format(format::label);
    at.at("volumeNamespace").in_format_if_any(format::label);
    at.at("secretRef").given_then(|at| {
        for name in secret {
            rules::required(&at.at(name));
        }
    });
}

fn scale_io(at: &Spot) {
    at.check(&[
        ("gateway", rules::required),
        ("system", rules::required),
        ("volumeName", rules::required),
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
    let meta = template.at("metadata");
    crate::builtin::validation::metadata::annotations(&meta.at("annotations"));
    rules::labels(&meta.at("labels"));
    for (name, place) in FIELDS_OF_METADATA {
        let field = meta.at(name);
        if field.given() && !field.empty() {
            meta.at(place).forbidden("cannot be set");
        }
    }
    storage::claim_spec(&template.at("spec"), false);
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
