//! Disks, shares and other volumes that are reached by a network.

use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, rules};

pub(super) fn disk(at: &Spot, id: &str) {
    rules::required(&at.at(id));
    let partition = at.at("partition");
    if !(0..=255).contains(&partition.number()) {
        partition.invalid("must be between 1 and 255, inclusive");
    }
}

pub(super) fn nfs(at: &Spot) {
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

pub(super) fn glusterfs(at: &Spot) {
    at.check(&[("endpoints", rules::required), ("path", rules::required)]);
}

pub(super) fn flocker(at: &Spot) {
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

pub(super) fn rbd(at: &Spot) {
    at.check(&[("monitors", rules::required), ("image", rules::required)]);
}

pub(super) fn quobyte(at: &Spot) {
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

pub(super) fn fibre_channel(at: &Spot) {
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

pub(super) fn flex(at: &Spot) {
    rules::required(&at.at("driver"));
    for (key, option) in at.at("options").entries() {
        let space = key.split_once('/').map_or(key, |(space, _)| space);
        let space = format!(".{}", space.to_lowercase());
        if space.ends_with(".kubernetes.io") || space.ends_with(".k8s.io") {
            option.invalid_as(key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}

pub(super) fn azure_file(at: &Spot) {
    at.check(&[("secretName", rules::required), ("shareName", rules::required)]);
}

pub(super) fn azure_disk(at: &Spot) {
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

pub(super) fn scale_io(at: &Spot) {
    at.check(&[
        ("gateway", rules::required),
        ("system", rules::required),
        ("volumeName", rules::required),
    ]);
}
