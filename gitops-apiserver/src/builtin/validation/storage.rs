//! Persistent volumes, and claims on them.

use super::format;
use super::pod::Source;
use super::resources;
use super::rules;
use super::spot::{Rule, Spot, below};
use serde_json::Value;

const ACCESS_MODES: &[&str] =
    &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
pub(super) const VOLUME_MODES: &[&str] = &["Block", "Filesystem"];

/// The name of a CSI driver.
pub(super) fn csi_driver_name(at: &Spot) {
    if at.empty() {
        return at.required("");
    }
    if at.len() > 63 {
        at.too_long(63);
    }
    at.in_format(format::subdomain_of_any_case);
}

pub(super) const CLAIM: &[Rule] = &[("spec", |at| claim_spec(at, false))];

/// What a claim wants. `any_group` lets old claims keep groups that have no valid name.
pub(super) fn claim_spec(at: &Spot, any_group: bool) {
    let modes = at.at("accessModes");
    if modes.empty() {
        modes.required("at least 1 access mode is required");
    }
    rules::label_selector(&at.at("selector"));
    access_modes(&modes);
    let storage = at.at("resources");
    let size = at.at("resources.requests.storage");
    let place = storage.key("storage");
    let place = place.with(size.value());
    if !place.given() {
        place.required("");
    } else {
        let found = place.found();
        resources::positive(&place);
        if place.found() == found {
            resources::amount(&place, "storage");
        }
    }
    at.at("storageClassName").in_format_if_any(format::subdomain);
    at.at("volumeMode").one_of_if_given(VOLUME_MODES);
    let (source, reference) = (at.at("dataSource"), at.at("dataSourceRef"));
    source.given_then(|at| data_source(at, any_group));
    reference.given_then(|at| {
        data_source(at, any_group);
        at.at("namespace").in_format_if_any(format::label);
    });
    // The server shows the path where the value should be, as an empty object.
    let shown = || serde_json::json!({});
    if !reference.at("namespace").empty() {
        if source.given() {
            at.invalid_as(
                shown(),
                "may not be specified when dataSourceRef.namespace is specified",
            );
        }
    } else if source.given() && reference.given() {
        let same = |name| source.at(name).value() == reference.at(name).value();
        if !(same("apiGroup") && same("kind") && same("name")) {
            at.invalid_as(shown(), "must match dataSourceRef");
        }
    }
    at.at("volumeAttributesClassName").in_format_if_any(format::subdomain);
}

/// How volumes may be mounted; a mode for one pod excludes others.
pub(super) fn access_modes(at: &Spot) {
    let (mut one_pod, mut others) = (false, false);
    for mode in at.items() {
        if !ACCESS_MODES.contains(&mode.text()) {
            at.unsupported(mode.text(), ACCESS_MODES);
        }
        one_pod |= mode.text() == "ReadWriteOncePod";
        others |= mode.text() != "ReadWriteOncePod" && ACCESS_MODES.contains(&mode.text());
    }
    if one_pod && others {
        at.forbidden("may not use ReadWriteOncePod with other access modes");
    }
}

fn data_source(at: &Spot, any_group: bool) {
    at.check(&[("name", rules::required), ("kind", rules::required)]);
    let (kind, group) = (at.at("kind").text(), at.at("apiGroup"));
    if group.empty() && kind != "PersistentVolumeClaim" {
        at.invalid_as(
            kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        );
    }
    if !any_group {
        group.in_format_if_any(format::subdomain);
    }
}

/// The sources that persistent volumes have, in the order in which the server looks at them.
const SOURCES: &[Source] = &[
    ("hostPath", "hostPath", "hostPath", super::pod::host_path),
    ("gcePersistentDisk", "gcePersistentDisk", "persistentDisk", |at| {
        like_pods("gcePersistentDisk", at)
    }),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", |at| {
        like_pods("awsElasticBlockStore", at);
    }),
    ("glusterfs", "glusterfs", "glusterfs", |at| {
        like_pods("glusterfs", at);
        at.at("endpointsNamespace").given_then(|at| match at.text() {
            "" => at.invalid("if the endpointnamespace is set, it must be a valid namespace name"),
            _ => at.in_format(format::label),
        });
    }),
    ("flocker", "flocker", "flocker", |at| like_pods("flocker", at)),
    ("nfs", "nfs", "nfs", |at| like_pods("nfs", at)),
    ("rbd", "rbd", "rbd", |at| like_pods("rbd", at)),
    ("quobyte", "quobyte", "quobyte", |at| like_pods("quobyte", at)),
    ("cephfs", "cephFS", "cephfs", |at| like_pods("cephfs", at)),
    ("iscsi", "iscsi", "iscsi", |at| {
        super::pod::iscsi(at, "must be valid format");
        at.at("secretRef").given_then(|at| rules::required(&at.at("name")));
    }),
    ("cinder", "cinder", "cinder", |at| {
        rules::required(&at.at("volumeID"));
        at.at("secretRef").given_then(|at| {
            at.check(&[("name", rules::required), ("namespace", rules::required)]);
        });
    }),
    ("fc", "fc", "fc", |at| like_pods("fc", at)),
    ("flexVolume", "flexVolume", "flexVolume", |at| like_pods("flexVolume", at)),
    ("azureFile", "azureFile", "azureFile", |at| {
        like_pods("azureFile", at);
        at.at("secretNamespace").given_then(rules::required);
    }),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", |at| like_pods("vsphereVolume", at)),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", |at| {
        like_pods("photonPersistentDisk", at);
    }),
    ("portworxVolume", "portworxVolume", "portworxVolume", |at| like_pods("portworxVolume", at)),
    ("azureDisk", "azureDisk", "azureDisk", |at| like_pods("azureDisk", at)),
    ("scaleIO", "scaleIO", "scaleIO", |at| like_pods("scaleIO", at)),
    ("local", "local", "local", |at| {
        let path = at.at("path");
        if path.empty() {
            path.required("");
        } else {
            super::pod::path_without_backsteps(&path);
        }
    }),
    ("storageos", "storageos", "storageos", |at| {
        super::pod::storage_os(at, &["name", "namespace"]);
    }),
    ("csi", "csi", "csi", |at| {
        csi_driver_name(&at.at("driver"));
        rules::required(&at.at("volumeHandle"));
        for name in [
            "controllerPublishSecretRef",
            "controllerExpandSecretRef",
            "nodePublishSecretRef",
            "nodeExpandSecretRef",
        ] {
            at.at(name).given_then(super::pod::secret_reference);
        }
    }),
];

/// The rule that volumes of pods have, too.
fn like_pods(name: &str, at: &Spot) {
    if let Some((.., rule)) = super::pod::shared_sources(name) {
        rule(at);
    }
}

pub(super) const VOLUME: &[Rule] =
    &[("spec", volume), ("", portal_and_name), ("", super::mount_options::fit)];

fn volume(spec: &Spot) {
    let (modes, capacity) = (spec.at("accessModes"), spec.at("capacity"));
    rules::required(&modes);
    access_modes(&modes);
    rules::required(&capacity);
    if !capacity.key("storage").given() || capacity.len() > 1 {
        capacity.unsupported(capacity.value().clone(), &["storage"]);
    }
    for (_, amount) in capacity.entries() {
        resources::valid(&amount);
        resources::positive(&amount);
    }
    let policy = spec.at("persistentVolumeReclaimPolicy");
    if !policy.empty() {
        policy.one_of(&["Delete", "Recycle", "Retain"]);
    }
    let nodes = spec.at("nodeAffinity");
    nodes.given_then(|nodes| {
        let required = nodes.at("required");
        if required.given() {
            super::pod::node_selector(&required);
        } else {
            required.required("must specify required node constraints");
        }
    });
    if !super::pod::pick_source(spec, SOURCES.iter()) {
        spec.required("must specify a volume type");
    }
    if spec.at("local").given() && !nodes.given() {
        nodes.required("Local volume requires node affinity");
    }
    let root = spec.at("hostPath.path").text();
    if !root.is_empty()
        && root.split('/').all(|part| matches!(part, "" | "."))
        && policy.text() == "Recycle"
    {
        policy.forbidden("may not be 'recycle' for a hostPath mount of '/'");
    }
    spec.at("storageClassName").in_format_if_any(format::subdomain);
    spec.at("volumeMode").one_of_if_given(VOLUME_MODES);
    let class = spec.at("volumeAttributesClassName");
    class.given_then(|class| {
        if class.empty() {
            class.required("an empty string is disallowed");
        } else {
            class.in_format(format::subdomain);
        }
        if !spec.at("csi").given() {
            spec.at("csi").required("has to be specified when using volumeAttributesClassName");
        }
    });
}

/// The name of an initiator holds those of the volume and the portal.
fn portal_and_name(volume: &Spot) {
    let iscsi = volume.at("spec.iscsi");
    let (name, portal) = (volume.at("metadata.name"), iscsi.at("targetPortal").text());
    if iscsi.at("initiatorName").given() && name.len() + 1 + portal.len() > 64 {
        iscsi.at("targetportal").invalid_as(portal, super::pod::LONG_PORTAL);
    }
}

/// What stays of a volume.
pub(super) fn volume_change(new: &Spot, old: &Value) {
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let source = |value: &Value, keep_secret: bool| {
        let mut source = serde_json::Map::new();
        for (name, ..) in SOURCES {
            if let Some(found) = value.get(*name) {
                source.insert((*name).to_owned(), found.clone());
            }
        }
        let mut source = Value::Object(source);
        if !keep_secret {
            super::spot::put(&mut source, "csi.controllerExpandSecretRef", Value::Null);
        }
        source
    };
    let had = before.get("csi").is_none_or(|csi| csi.get("controllerExpandSecretRef").is_some());
    let (was, is) = (source(before, true), source(spec.value(), had));
    if !rules::same(&was, &is) {
        let changes = super::internal::changes(&was, &is, "core.PersistentVolumeSource");
        spec.at("persistentvolumesource").forbidden(&format!(
            "spec.persistentvolumesource is immutable after creation\n{changes}"
        ));
    }
    rules::immutable(
        &new.at("volumeMode").with(spec.at("volumeMode").value()),
        below(before, "volumeMode"),
    );
    let nodes = below(before, "nodeAffinity");
    if !nodes.is_null() {
        let at = spec.at("nodeAffinity");
        if !rules::same(at.value(), nodes) {
            new.at("nodeAffinity").with(at.value()).invalid_in_memory(
                "*core.VolumeNodeAffinity",
                "field is immutable, except for updating from beta label to GA",
            );
        }
    }
    let class = spec.at("volumeAttributesClassName");
    if !class.given() && !below(before, "volumeAttributesClassName").is_null() {
        class.forbidden("update from non-nil value to nil is forbidden");
    }
}

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// What stays of a claim.
pub(super) fn claim_change(new: &Spot, old: &Value) {
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let annotation = |object: &Value| {
        let found = below(object, "metadata.annotations").get(BETA_CLASS).cloned();
        found.unwrap_or_default()
    };
    let (mut is, mut was) = (spec.value().clone(), before.clone());
    if below(before, "volumeName").is_null() {
        super::spot::put(&mut was, "volumeName", below(&is, "volumeName").clone());
    }
    let (beta, class) = (annotation(old), below(spec.value(), "storageClassName"));
    let unset = below(before, "storageClassName").is_null() && !class.is_null();
    if unset
        && *class == beta
        && (annotation(new.value()).is_null() || annotation(new.value()) == beta)
    {
        super::spot::put(&mut is, "storageClassName", Value::Null);
    } else {
        if annotation(new.value()) != beta {
            let place = new.at("metadata.annotations");
            let shown = annotation(new.value());
            place.at(BETA_CLASS).invalid_as(shown.as_str().unwrap_or_default(), rules::IMMUTABLE);
        }
        if unset && (beta.is_null() || *class == beta) {
            super::spot::put(&mut is, "storageClassName", Value::Null);
        }
    }
    let size = "resources.requests.storage";
    if below(new.value(), "status.phase") == "Bound" {
        super::spot::put(&mut is, size, below(before, size).clone());
        let class = "volumeAttributesClassName";
        super::spot::put(&mut is, class, below(before, class).clone());
    }
    if !rules::same(&is, &was) {
        let changes = super::internal::changes(&was, &is, "core.PersistentVolumeClaimSpec");
        spec.forbidden(&format!("spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{changes}"));
    }
    let (new_size, old_size) = (below(spec.value(), size), below(before, size));
    let number =
        |value: &Value| resources::quantity(value).or_else(|| resources::quantity(&0.into()));
    let (is, was) = (number(new_size), number(old_size));
    if is < was && is <= number(below(old, "status.capacity.storage")) {
        spec.at(size).forbidden("field can not be less than status.capacity");
    }
    rules::immutable(
        &new.at("volumeMode").with(spec.at("volumeMode").value()),
        below(before, "volumeMode"),
    );
    let class = spec.at("volumeAttributesClassName");
    if class.value() != below(before, "volumeAttributesClassName")
        && !below(old, "status.currentVolumeAttributesClassName").is_null()
    {
        let message = "is forbidden when status.currentVolumeAttributesClassName is not nil";
        if !class.given() {
            class.forbidden(&format!("update to nil {message}"));
        } else if class.empty() {
            class.forbidden(&format!("update to empty string {message}"));
        }
    }
}

/// A changed claim, whose data source may keep its group.
pub(super) fn claim_again(new: &Spot, old: &Value) {
    let groups = ["spec.dataSource.apiGroup", "spec.dataSourceRef.apiGroup"];
    let any_group = groups.iter().any(|path| !below(old, path).is_null());
    claim_spec(&new.at("spec"), any_group);
}
