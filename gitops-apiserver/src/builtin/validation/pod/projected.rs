//! Volumes made of several sources.

use super::files::{downward_file, file, mode, path_in_volume};
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{certificates, metadata, rules};
use crate::names::domain_prefixed_key;

pub(super) fn projected(at: &Spot) {
    at.check(&[("defaultMode", mode), ("defaultUser", rules::id_if_given)]);
    let mut paths = Paths { seen: Vec::new() };
    for source in at.at("sources").items() {
        let mut count = 0;
        for (name, rule) in SOURCES {
            source.at(name).given_then(|part| {
                count += 1;
                rule(part, at, &mut paths);
            });
        }
        if count > 1 {
            source.forbidden("may not specify more than 1 volume type per source");
        }
    }
}

/// The files of a volume, of which no two have one path.
struct Paths {
    seen: Vec<String>,
}

impl Paths {
    /// Takes a path. `volume` is the place of problems, and `shown` what they show.
    fn take(&mut self, volume: &Spot, path: &str, shown: &str) {
        if self.seen.iter().any(|seen| seen == path) {
            volume.invalid_as(shown, "conflicting duplicate paths");
        } else {
            self.seen.push(path.to_owned());
        }
    }
}

/// The rule of a source: its place, that of the volume, and the paths so far.
type SourceRule = fn(&Spot, &Spot, &mut Paths);

const SOURCES: &[(&str, SourceRule)] = &[
    ("secret", keys),
    ("configMap", keys),
    ("downwardAPI", downward),
    ("serviceAccountToken", token),
    ("clusterTrustBundle", bundle),
    ("podCertificate", certificate),
];

fn keys(at: &Spot, volume: &Spot, paths: &mut Paths) {
    let name = at.at("name");
    rules::required(&name);
    for item in at.at("items").items() {
        file(&item);
        let path = item.at("path").text();
        if !path.is_empty() {
            paths.take(volume, path, name.text());
        }
    }
}

fn downward(at: &Spot, volume: &Spot, paths: &mut Paths) {
    for item in at.at("items").items() {
        downward_file(&at.with(item.value()));
        let path = item.at("path").text();
        if !path.is_empty() {
            paths.take(volume, path, path);
        }
    }
}

fn token(at: &Spot, volume: &Spot, _: &mut Paths) {
    let (time, path) = (at.at("expirationSeconds"), at.at("path"));
    if !time.given() {
        time.required("");
    } else if time.number() < 600 {
        time.invalid("may not specify a duration less than 10 minutes");
    } else if time.number() > 1 << 32 {
        time.invalid("may not specify a duration larger than 2^32 seconds");
    }
    let place = volume.at("path");
    if path.empty() {
        place.required("");
    } else {
        path_in_volume(&place.with(path.value()));
    }
    rules::id_if_given(&at.at("user"));
}

fn bundle(at: &Spot, volume: &Spot, paths: &mut Paths) {
    let (name, signer) = (at.at("name"), at.at("signerName"));
    let (selector, path) = (at.at("labelSelector"), at.at("path"));
    match (name.given(), signer.given()) {
        (true, true) => {
            let ty = "core.ClusterTrustBundleProjection";
            at.invalid_in_memory(ty, "only one of name and signerName may be used");
        }
        (true, false) => {
            if name.empty() {
                name.required("must be a valid object name");
            }
            for problem in certificates::bundle_name_problems(name.text(), name.text()) {
                name.invalid(&format!("not a valid clustertrustbundlename: {problem}"));
            }
            if selector.given() {
                selector.invalid("labelSelector must be unset if name is specified");
            }
        }
        (false, true) => {
            if signer.empty() {
                signer.required("must be a valid signer name");
            }
            certificates::signer_name(&signer);
            rules::label_selector(&selector);
        }
        (false, false) => at.required("either name or signerName must be specified"),
    }
    rules::required(&path);
    rules::id_if_given(&at.at("user"));
    path_in_volume(&path);
    paths.take(volume, path.text(), path.text());
}

fn certificate(at: &Spot, volume: &Spot, paths: &mut Paths) {
    let signer = at.at("signerName");
    certificates::signer_name(&signer);
    let annotations = at.at("userAnnotations");
    if annotations.given() {
        for (key, _) in annotations.entries() {
            annotations.add(domain_prefixed_key(&annotations.path(), &key.to_lowercase()));
        }
        metadata::annotations_size(&annotations);
    }
    rules::id_if_given(&at.at("user"));
    at.at("keyType").one_of(&[
        "RSA3072",
        "RSA4096",
        "ECDSAP256",
        "ECDSAP384",
        "ECDSAP521",
        "ED25519",
    ]);
    let time = at.at("maxExpirationSeconds");
    if time.given() {
        let host = signer.text().split('/').next().unwrap_or_default();
        let own = host == "kubernetes.io" || host.ends_with(".kubernetes.io");
        // A day, or 91.
        let max = if own { 86_400 } else { 91 * 86_400 };
        if time.number() < 3600 {
            time.invalid("if provided, maxExpirationSeconds must be >= 3600");
        }
        if time.number() > max {
            time.invalid(&format!("if provided, maxExpirationSeconds must be <= {max}"));
        }
    }
    let mut any = false;
    for name in ["credentialBundlePath", "keyPath", "certificateChainPath"] {
        let path = at.at(name);
        if !path.empty() {
            any = true;
            path_in_volume(&path);
            paths.take(volume, path.text(), path.text());
        }
    }
    if !any {
        at.required(
            "specify at least one of credentialBundlePath, keyPath, and certificateChainPath",
        );
    }
}
