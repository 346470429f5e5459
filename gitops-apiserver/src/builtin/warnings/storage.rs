//! Volumes, claims of them, and amounts that are no whole number of bytes.

use super::nodes;
use crate::{builtin::defaults::field, names::Quantity, object};
use serde_json::Value;

const CLASS: (&str, &str) = (
    "volume.beta.kubernetes.io/storage-class",
    "deprecated since v1.8; use \"storageClassName\" attribute instead",
);
const OPTIONS: (&str, &str) = (
    "volume.beta.kubernetes.io/mount-options",
    "deprecated since v1.31; use \"mountOptions\" attribute instead",
);

/// Sources of volumes that work no more: the field, its name in the warning, and why.
const SOURCES: [(&str, &str, &str); 9] = [
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    (
        "photonPersistentDisk",
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// The source of a volume. There is only one.
pub(super) fn source(volume: &Value, at: &str) -> Option<String> {
    let (_, name, why) = SOURCES.iter().find(|(of, ..)| field::get(volume, of).is_some())?;
    Some(format!("{at}.{name}: {why}"))
}

fn annotation(object: &Value, (key, why): (&str, &str)) -> Option<String> {
    let annotations = object::meta_value(object, "annotations");
    let there = annotations.is_some_and(|all| all.get(key).is_some());
    there.then(|| format!("metadata.annotations[{key}]: {why}"))
}

pub(super) fn volume(object: &Value) -> Vec<String> {
    let Some(spec) = field::get(object, "spec") else { return Vec::new() };
    let mut told: Vec<String> =
        [CLASS, OPTIONS].into_iter().filter_map(|one| annotation(object, one)).collect();
    if field::text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
        told.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
    }
    told.extend(nodes::terms(spec, "nodeAffinity.required.nodeSelectorTerms", "spec"));
    // It is silent about two that it warns pods of.
    let silent = ["flocker", "quobyte"].iter().any(|of| field::get(spec, of).is_some());
    told.extend(source(spec, "spec").filter(|_| !silent));
    told
}

pub(super) fn claim(object: &Value) -> Vec<String> {
    let mut told: Vec<String> = annotation(object, CLASS).into_iter().collect();
    told.extend(field::get(object, "spec").into_iter().flat_map(|spec| of_claim(spec, "spec")));
    told
}

/// The warnings for the spec of a claim.
pub(super) fn of_claim(spec: &Value, at: &str) -> Vec<String> {
    let parts = ["requests", "limits"].into_iter().filter_map(|of| {
        let amount = field::get(spec, "resources")?.get(of)?.get("storage")?.as_str()?;
        fraction(amount, &format!("{at}.resources.{of}[storage]"))
    });
    parts.collect()
}

/// One of several amounts, as `fraction`.
pub(super) fn part(amounts: Option<&Value>, of: &str, at: &str) -> Option<String> {
    fraction(amounts?.get(of)?.as_str()?, &format!("{at}[{of}]"))
}

/// An amount that is no whole number of bytes.
fn fraction(amount: &str, at: &str) -> Option<String> {
    let quantity = Quantity::parse(amount).ok()?;
    let is = quantity.scaled(-3).is_some_and(|thousandths| thousandths % 1000 != 0);
    is.then(|| format!("{at}: fractional byte value \"{amount}\" is invalid, must be an integer"))
}
