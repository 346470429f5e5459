//! What is questionable about pods and templates of pods, in the order in which the server says it.

use crate::{
    builtin::defaults::field,
    names::{self, Quantity},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Labels of nodes that have other names today.
const NODE_LABELS: [(&str, &str); 8] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

const VOLUMES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";

/// The warnings for what has a pod's metadata and spec. `at` is its path with a dot at the end;
/// empty for a pod itself.
pub(super) fn of(pod: &Value, at: &str) -> Vec<String> {
    let annotations = annotations(pod);
    let Some(spec) = field::get(pod, "spec") else { return Vec::new() };
    let path = format!("{at}spec");
    let mut told = Vec::new();
    node_labels(spec, &path, &mut told);
    for (key, why) in ANNOTATIONS.iter().filter(|(key, _)| annotations.contains(key)) {
        told.push(format!("{at}metadata.annotations[{key}]: {why}"));
    }
    volumes(spec, &path, &mut told);
    repeated(spec, &path, &mut told);
    fractions(field::get(spec, "overhead"), &format!("{path}.overhead"), &mut told);
    let key = "seccomp.security.alpha.kubernetes.io/pod";
    if field::get(spec, "securityContext.seccompProfile").is_none() && annotations.contains(key) {
        told.push(format!("{at}metadata.annotations[{key}]: {SECCOMP}"));
    }
    let containers = containers(spec, &path);
    for (place, container) in &containers {
        let name = field::text(container, "name");
        let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        if field::get(container, "securityContext.seccompProfile").is_none()
            && annotations.contains(&*key)
        {
            told.push(format!("{at}metadata.annotations[{key}]: {SECCOMP}"));
        }
        for of in ["limits", "requests"] {
            let amounts = field::get(container, "resources").and_then(|all| all.get(of));
            fractions(amounts, &format!("{place}.resources.{of}"), &mut told);
        }
        hidden_variables(container, place, &mut told);
    }
    ports(&containers, &mut told);
    if field::number(spec, "terminationGracePeriodSeconds") < 0 {
        told.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let place = format!("affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution");
        selectors(spec, &path, &place, "labelSelector", &mut told);
        let place = format!("affinity.{kind}.preferredDuringSchedulingIgnoredDuringExecution");
        selectors(spec, &path, &place, "podAffinityTerm.labelSelector", &mut told);
    }
    told
}

fn annotations(pod: &Value) -> BTreeSet<&str> {
    let all = field::get(pod, "metadata.annotations").and_then(Value::as_object);
    all.into_iter().flatten().map(|(key, _)| &**key).collect()
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

fn deprecated(label: &str) -> Option<&'static str> {
    NODE_LABELS.iter().find(|(key, _)| *key == label).map(|(_, why)| *why)
}

fn node_labels(spec: &Value, path: &str, told: &mut Vec<String>) {
    let wanted = field::get(spec, "nodeSelector").and_then(Value::as_object);
    for key in wanted.into_iter().flatten().map(|(key, _)| key) {
        told.extend(deprecated(key).map(|why| format!("{path}.nodeSelector[{key}]: {why}")));
    }
    let place = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    let place = format!("{place}.nodeSelectorTerms");
    for (index, term) in field::items(spec, &place).iter().enumerate() {
        expressions(term, false, &format!("{path}.{place}[{index}]"), told);
    }
    let place = "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution";
    for (index, term) in field::items(spec, place).iter().enumerate() {
        let Some(term) = field::get(term, "preference") else { continue };
        expressions(term, true, &format!("{path}.{place}[{index}].preference"), told);
    }
    let place = "topologySpreadConstraints";
    for (index, one) in field::items(spec, place).iter().enumerate() {
        let at = format!("{path}.{place}[{index}]");
        let key = field::text(one, "topologyKey");
        told.extend(deprecated(key).map(|why| format!("{at}.topologyKey: {key} is {why}")));
        if field::get(one, "labelSelector").is_none() {
            told.push(no_selector(&format!("{at}.labelSelector")));
        }
    }
}

/// The expressions of a term that selects nodes.
fn expressions(term: &Value, values: bool, at: &str, told: &mut Vec<String>) {
    for (index, one) in field::items(term, "matchExpressions").iter().enumerate() {
        let at = format!("{at}.matchExpressions[{index}]");
        let key = field::text(one, "key");
        told.extend(deprecated(key).map(|why| format!("{at}.key: {key} is {why}")));
        let given = if values { field::items(one, "values") } else { &[] };
        for (index, value) in given.iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            let problems = names::label_value(value).into_iter();
            told.extend(
                problems.map(|why| format!("{at}.values[{index}]: {value} is invalid, {why}")),
            );
        }
    }
}

fn no_selector(at: &str) -> String {
    format!("{at}: a null labelSelector results in matching no pod")
}

fn selectors(spec: &Value, path: &str, place: &str, name: &str, told: &mut Vec<String>) {
    for (index, term) in field::items(spec, place).iter().enumerate() {
        if field::get(term, name).is_none() {
            told.push(no_selector(&format!("{path}.{place}[{index}].{name}")));
        }
    }
}

fn volumes(spec: &Value, path: &str, told: &mut Vec<String>) {
    for (index, volume) in field::items(spec, "volumes").iter().enumerate() {
        let at = format!("{path}.volumes[{index}]");
        for (name, why) in VOLUMES {
            if field::get(volume, name).is_some() {
                told.push(format!("{at}.{name}: {why}"));
            }
        }
        let claim = "ephemeral.volumeClaimTemplate.spec";
        if let Some(spec) = field::get(volume, claim) {
            told.extend(of_claim(spec, &format!("{at}.{claim}")));
        }
    }
}

/// The warnings for the spec of a claim.
pub(super) fn of_claim(spec: &Value, at: &str) -> Vec<String> {
    let parts = ["requests", "limits"].into_iter().filter_map(|of| {
        let amount = field::get(spec, "resources")?.get(of)?.get("storage")?.as_str()?;
        fraction(amount, &format!("{at}.resources.{of}[storage]"))
    });
    parts.collect()
}

/// Addresses and secrets that are named twice, or not at all.
fn repeated(spec: &Value, path: &str, told: &mut Vec<String>) {
    let twice = |list: &str, part: &str, told: &mut Vec<String>| {
        let mut seen = BTreeSet::new();
        for (index, one) in field::items(spec, list).iter().enumerate() {
            let value = field::text(one, part);
            if !seen.insert(value) {
                told.push(format!("{path}.{list}[{index}].{part}: duplicate {part} \"{value}\""));
            }
        }
    };
    twice("hostAliases", "ip", told);
    twice("imagePullSecrets", "name", told);
    for (index, one) in field::items(spec, "imagePullSecrets").iter().enumerate() {
        if field::is_empty(one, "name") {
            told.push(format!("{path}.imagePullSecrets[{index}].name: invalid empty name \"\""));
        }
    }
}

/// Amounts of memory and storage that are no whole number of bytes.
fn fractions(amounts: Option<&Value>, at: &str, told: &mut Vec<String>) {
    for of in ["memory", "ephemeral-storage"] {
        let amount = amounts.and_then(|all| all.get(of)).and_then(Value::as_str);
        told.extend(amount.and_then(|amount| fraction(amount, &format!("{at}[{of}]"))));
    }
}

fn fraction(amount: &str, at: &str) -> Option<String> {
    let quantity = Quantity::parse(amount).ok()?;
    let is = quantity.scaled(-3).is_some_and(|thousandths| thousandths % 1000 != 0);
    is.then(|| format!("{at}: fractional byte value \"{amount}\" is invalid, must be an integer"))
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

/// Ports that are there twice, by number and by name.
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
