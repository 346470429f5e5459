//! The containers of pods.

use super::{pods::annotation, storage};
use crate::builtin::{defaults::field, strategy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The warnings for the containers of what has a pod's metadata and spec, with its path and a dot.
pub(super) fn of(pod: &Value, spec: &Value, at: &str) -> Vec<String> {
    let containers = containers(spec, &format!("{at}spec"));
    let mut told = Vec::new();
    for (place, container) in &containers {
        let name = field::text(container, "name");
        let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        let profile = field::get(container, "securityContext.seccompProfile");
        if profile.is_none() && annotation(pod, &key).is_some() {
            told.push(seccomp(at, &key));
        }
        // Pods have heard of it before.
        if !at.is_empty() {
            told.extend(unconfined(pod, container, at));
        }
        for of in ["memory", "ephemeral-storage"] {
            for list in ["limits", "requests"] {
                let amounts = field::get(container, "resources").and_then(|all| all.get(list));
                told.extend(storage::part(amounts, of, &format!("{place}.resources.{list}")));
            }
        }
        hidden_variables(container, place, &mut told);
    }
    ports(&containers, &mut told);
    told
}

/// The old annotations of a pod that name profiles of AppArmor.
pub(super) fn app_armor(pod: &Value) -> Vec<String> {
    let Some(spec) = field::get(pod, "spec") else { return Vec::new() };
    let containers = containers(spec, "spec").into_iter();
    containers.filter_map(|(_, container)| unconfined(pod, container, "")).collect()
}

/// An annotation that names the container's profile, unless the pod's field says the same.
fn unconfined(pod: &Value, container: &Value, at: &str) -> Option<String> {
    let name = field::text(container, "name");
    let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let named = annotation(pod, &key)?;
    let of_pod = field::get(pod, "spec.securityContext.appArmorProfile");
    let same = of_pod.is_some() && strategy::app_armor(named).as_ref() == of_pod;
    let own = field::get(container, "securityContext.appArmorProfile");
    (own.is_none() && !same).then(|| {
        format!("{at}metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead")
    })
}

/// An old annotation that names a profile of seccomp.
pub(super) fn seccomp(at: &str, key: &str) -> String {
    format!(
        "{at}metadata.annotations[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead"
    )
}

/// All containers with their paths.
fn containers<'a>(spec: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    let all = lists.flat_map(|list| {
        let items = field::items(spec, list).iter().enumerate();
        items.map(move |(index, one)| (format!("{path}.{list}[{index}]"), one))
    });
    all.collect()
}

/// Variables of a container that are named twice: the first is lost to lists by name, unless the
/// later one is made of it.
fn hidden_variables(container: &Value, at: &str, told: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, one) in field::items(container, "env").iter().enumerate() {
        let (name, value) = (field::text(one, "name"), field::text(one, "value"));
        if seen.insert(name) {
            continue;
        }
        let reference = format!("$({name})");
        let extends = value.contains(&reference) && value != reference;
        if !extends || field::get(one, "valueFrom").is_some() {
            told.push(format!(
                "{at}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

/// A port with an address of the host but without a port of it, as Go prints it.
fn lonely_address(port: &Value) -> Option<String> {
    let (ip, number) = (field::text(port, "hostIP"), field::number(port, "hostPort"));
    let (name, protocol) = (field::text(port, "name"), field::text(port, "protocol"));
    let inside = field::number(port, "containerPort");
    (!ip.is_empty() && number == 0).then(|| {
        format!("{{Name:{name} HostPort:0 ContainerPort:{inside} Protocol:{protocol} HostIP:{ip}}}")
    })
}

/// Addresses without ports, and ports that are there twice, by number and by name.
fn ports(containers: &[(String, &Value)], told: &mut Vec<String>) {
    let all = containers.iter().flat_map(|(at, container)| {
        let ports = field::items(container, "ports").iter().enumerate();
        ports.map(move |(index, port)| (format!("{at}.ports[{index}]"), port))
    });
    let all: Vec<(String, &Value)> = all.collect();
    let key = |port: &Value| {
        (field::number(port, "containerPort"), field::text(port, "protocol").to_owned())
    };
    let host =
        |port: &Value| (field::text(port, "hostIP").to_owned(), field::number(port, "hostPort"));
    for (nth, (at, port)) in all.iter().enumerate() {
        told.extend(
            lonely_address(port).map(|shown| format!("{at}: hostIP set without hostPort: {shown}")),
        );
        for (other, before) in all.iter().take(nth).filter(|(_, before)| key(before) == key(port)) {
            let ((ip, number), (other_ip, other_number)) = (host(port), host(before));
            let how = if (&ip, number) == (&other_ip, other_number) {
                "duplicate"
            } else if number == 0 || other_number == 0 {
                "overlapping"
            } else if number == other_number && ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous"
            } else {
                continue;
            };
            told.push(format!("{at}: {how} port definition with {other}"));
        }
    }
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, port) in &all {
        let name = field::text(port, "name");
        match names.get(name) {
            _ if name.is_empty() => {}
            Some(other) => told.push(format!(
                "{at}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will use {other}"
            )),
            None => drop(names.insert(name, at)),
        }
    }
}
