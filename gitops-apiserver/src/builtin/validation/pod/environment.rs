//! Environment variables and where they come from.

use super::{each_container, files};
use crate::builtin::validation::spot::{Check, Spot};
use crate::builtin::validation::{format, resources, rules};

/// A variable.
pub(super) fn variable(at: &Spot) {
    at.at("name").required_in_format(format::env_name);
    let (value, from) = (at.at("value"), at.at("valueFrom"));
    if !from.given() {
        return;
    }
    let mut sources = 0;
    for (name, rule) in SOURCES {
        from.at(name).given_then(|at| {
            sources += 1;
            rule(at);
        });
    }
    if sources == 0 {
        from.invalid_as("", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
    } else if !value.empty() {
        from.invalid_as("", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        from.invalid_as("", "may not have more than one field specified at a time");
    }
}

/// Where the value of a variable may come from.
const SOURCES: &[(&str, Check)] = &[
    ("fieldRef", |at| field(at, FIELDS)),
    ("resourceFieldRef", |at| resource(at, false)),
    ("configMapKeyRef", key),
    ("secretKeyRef", key),
    ("fileKeyRef", file_key),
];

/// Fields of a pod that a variable may show.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields of a pod that have a name, whether or not they may be shown in a place.
const NAMED: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
    "spec.host",
];

fn key(at: &Spot) {
    at.at("name").in_format(format::subdomain);
    at.at("key").required_in_format(format::config_key);
}

fn file_key(at: &Spot) {
    at.at("key").required_in_format(format::env_name);
    at.at("volumeName").required_in_format(format::label);
    let path = at.at("path");
    if path.empty() {
        path.required("");
    } else {
        files::path_without_backsteps(&path);
    }
}

/// A field of the pod itself, one of `allowed` or a single label or annotation.
pub(super) fn field(at: &Spot, allowed: &[&str]) {
    let (version, path) = (at.at("apiVersion"), at.at("fieldPath"));
    if version.empty() {
        return version.required("");
    }
    if path.empty() {
        return path.required("");
    }
    let text = path.text();
    let unknown = |why: String| path.invalid(&format!("error converting fieldPath: {why}"));
    if version.text() != "v1" {
        return unknown(format!("unsupported pod version: {}", version.text()));
    }
    let subscript = text.strip_suffix("']").and_then(|text| text.split_once("['"));
    if let Some((map, key)) = subscript.filter(|(map, _)| !map.is_empty()) {
        let problems = match map {
            "metadata.annotations" => format::label_key(&key.to_lowercase()),
            "metadata.labels" => format::label_key(key),
            _ => return unknown(format!("field label does not support subscript: {text}")),
        };
        let shown = match map {
            "metadata.annotations" => key.to_lowercase(),
            _ => key.to_owned(),
        };
        for problem in problems {
            at.invalid_as(shown.as_str(), &problem);
        }
        return;
    }
    if !FIELDS.contains(&text) && !NAMED.contains(&text) {
        return unknown(format!("field label not supported: {text}"));
    }
    let text = if text == "spec.host" { "spec.nodeName" } else { text };
    if !allowed.contains(&text) {
        path.unsupported(text, allowed);
    }
}

/// Resources of a container that a variable or file may show.
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// A resource of a container; files must say of which.
pub(super) fn resource(at: &Spot, needs_container: bool) {
    let (container, resource) = (at.at("containerName"), at.at("resource"));
    let name = resource.text();
    let huge = name.starts_with("requests.hugepages-") || name.starts_with("limits.hugepages-");
    if needs_container && container.empty() {
        container.required("");
    } else if name.is_empty() {
        resource.required("");
    } else if !RESOURCES.contains(&name) && !huge {
        resource.unsupported(name, RESOURCES);
    }
    let divisor = at.at("divisor");
    let none = resources::quantity(divisor.value()).is_none_or(|divisor| divisor.sign() == 0);
    let kind = match name {
        _ if none => return,
        "limits.cpu" | "requests.cpu" => "cpu",
        "limits.memory" | "requests.memory" => "memory",
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => "local ephemeral storage",
        _ if huge => "hugepages",
        _ => return,
    };
    let allowed: &[&str] = match kind {
        "cpu" => &["1m", "1"],
        _ => &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
    };
    if !allowed.contains(&divisor.text()) {
        let list = match kind {
            "cpu" => "1m and 1".to_owned(),
            _ => allowed.join(", "),
        };
        let message =
            format!("only divisor's values {list} are supported with the {kind} resource");
        divisor.invalid_as(name, &message);
    }
}

/// Variables that come all from one place.
pub(super) fn sources(at: &Spot) {
    for item in at.items() {
        item.at("prefix").in_format_if_any(format::env_name);
        let mut sources = 0;
        for name in ["configMapRef", "secretRef"] {
            item.at(name).given_then(|source| {
                sources += 1;
                let name = source.at("name");
                if name.empty() {
                    return name.required("");
                }
                // As a prefix, in the server's eyes: it may end in a dash.
                for problem in format::subdomain(&crate::names::masked(name.text())) {
                    name.invalid(&problem);
                }
            });
        }
        match sources {
            0 => at.invalid_as("", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => at.invalid_as("", "may not have more than one field specified at a time"),
        }
    }
}

/// Variables from files name volumes of the pod that hold files of its own.
pub(super) fn files_of_volumes(spec: &Spot) {
    let volume = |name: &str| {
        let volumes = spec.value().get("volumes").and_then(|list| list.as_array());
        let volumes = volumes.map(Vec::as_slice).unwrap_or_default();
        volumes.iter().rfind(|volume| rules::below_text(volume, "name") == name)
    };
    each_container(spec, |container| {
        container.at("env").each(|variable| {
            let file = variable.at("valueFrom.fileKeyRef");
            if !file.given() {
                return;
            }
            let name = file.at("volumeName");
            match volume(name.text()) {
                None => name.not_found(name.text()),
                Some(volume) if volume.get("emptyDir").is_none() => {
                    name.invalid_as(name.text(), "referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        });
    });
}
