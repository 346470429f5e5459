//! Volumes in containers: mounts and devices.

use super::{Pod, files};
use crate::builtin::validation::rules::below_text;
use crate::builtin::validation::spot::{Spot, below};
use serde_json::Value;

fn items<'a>(container: &'a Value, list: &str) -> &'a [Value] {
    below(container, list).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The mounts of a container.
pub(super) fn mounts(at: &Spot, container: &Value, pod: &Pod) {
    let devices = items(container, "volumeDevices");
    let mut paths: Vec<String> = Vec::new();
    for item in at.items() {
        let (name, path) = (item.at("name"), item.at("mountPath"));
        if name.empty() {
            name.required("");
        }
        if !pod.volumes.contains_key(name.text()) {
            name.not_found(name.text());
        }
        if path.empty() {
            path.required("");
        }
        if paths.iter().any(|seen| seen == path.text()) {
            path.invalid_as(path.text(), "must be unique");
        }
        paths.push(path.text().to_owned());
        if devices.iter().any(|device| below_text(device, "name") == name.text()) {
            name.invalid_as(name.text(), "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| below_text(device, "devicePath") == path.text()) {
            path.invalid_as(path.text(), "must not already exist as a path in volumeDevices");
        }
        // From here on, some problems have the path of the list, as the server has it.
        let (below_path, expression) = (item.at("subPath"), item.at("subPathExpr"));
        if !below_path.empty() {
            files::path_below(&at.at("subPath").with(below_path.value()));
        }
        if !expression.empty() {
            if !below_path.empty() {
                expression.invalid("subPathExpr and subPath are mutually exclusive");
            }
            files::path_below(&at.at("subPathExpr").with(expression.value()));
        }
        let propagation = item.at("mountPropagation");
        propagated(&at.at("mountPropagation").with(propagation.value()), container);
        let recursive = item.at("recursiveReadOnly");
        read_only(&at.at("recursiveReadOnly").with(recursive.value()), &item);
        let options = item.at("bindMountOptions");
        bind_options(&options);
        let volume = pod.volumes.get(name.text());
        if !options.empty() && volume.is_some_and(|volume| volume.get("image").is_some()) {
            options.invalid("bindMountOptions may not be used with image volumes");
        }
    }
}

fn propagated(at: &Spot, container: &Value) {
    at.one_of_if_given(&["Bidirectional", "HostToContainer", "None"]);
    let privileged = below(container, "securityContext.privileged") == &Value::Bool(true);
    if at.text() == "Bidirectional" && !privileged {
        at.forbidden("Bidirectional mount propagation is available only to privileged containers");
    }
}

fn read_only(at: &Spot, mount: &Spot) {
    match at.text() {
        _ if !at.given() => {}
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.at("readOnly").flag() {
                at.forbidden("may only be specified when readOnly is true");
            }
            let propagation = mount.at("mountPropagation");
            if propagation.given() && propagation.text() != "None" {
                at.forbidden(
                    "may only be specified when mountPropagation is None or not specified",
                );
            }
        }
        _ => at.one_of(&["Disabled", "Enabled", "IfPossible"]),
    }
}

fn bind_options(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        item.one_of(&["nodev", "noexec", "nosuid"]);
        if seen.iter().any(|seen| seen == item.text()) {
            item.duplicate(item.text());
        }
        seen.push(item.text().to_owned());
    }
}

/// The devices of a container.
pub(super) fn devices(at: &Spot, container: &Value, pod: &Pod) {
    let mounts = items(container, "volumeMounts");
    let (mut paths, mut names): (Vec<String>, Vec<String>) = Default::default();
    for item in at.items() {
        let (name, path) = (item.at("name"), item.at("devicePath"));
        let volume = pod.volumes.get(name.text());
        let claimed = |volume: &&&Value| {
            volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some()
        };
        if name.empty() {
            name.required("");
        }
        if names.iter().any(|seen| seen == name.text()) {
            name.invalid_as(name.text(), "must be unique");
        }
        match volume {
            None => name.not_found(name.text()),
            Some(_) if volume.filter(claimed).is_some() => {}
            Some(_) => name.invalid_as(name.text(), "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"),
        }
        // The missing volume comes after the wrong one, but there is never both.
        if path.empty() {
            path.required("");
        }
        if paths.iter().any(|seen| seen == path.text()) {
            path.invalid_as(path.text(), "must be unique");
        }
        if path.text().split('/').any(|part| part == "..") {
            path.invalid_as(path.text(), "can not contain backsteps ('..')");
        } else {
            paths.push(path.text().to_owned());
        }
        if mounts.iter().any(|mount| below_text(mount, "name") == name.text()) {
            name.invalid_as(name.text(), "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| below_text(mount, "mountPath") == path.text()) {
            path.invalid_as(path.text(), "must not already exist as a path in volumeMounts");
        }
        if !name.empty() {
            names.push(name.text().to_owned());
        }
    }
}
