//! Files of a volume of which one would take the place of another.

use crate::{builtin::defaults::field, status::quote};
use serde_json::Value;

/// A file, and where it comes from if several sources make the volume.
struct File<'v> {
    path: &'v str,
    source: String,
}

impl<'v> File<'v> {
    fn new(path: &'v str, source: &str) -> Self {
        File { path: path.trim_end_matches('/'), source: source.to_owned() }
    }

    fn shown(&self) -> String {
        match &*self.source {
            "" => quote(self.path),
            source => format!("{} ({source})", quote(self.path)),
        }
    }

    /// Whether one is the other or a directory above it.
    fn is_in_the_way_of(&self, other: &Self) -> bool {
        let below = |path: &str, above: &str| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.path.is_empty()
            && !other.path.is_empty()
            && (below(self.path, other.path) || below(other.path, self.path))
    }
}

/// The warnings for the volumes of a pod.
pub(super) fn overlaps(spec: &Value) -> Vec<String> {
    field::items(spec, "volumes").iter().flat_map(of_volume).collect()
}

fn of_volume(volume: &Value) -> Vec<String> {
    let name = quote(field::text(volume, "name"));
    let mut told = Vec::new();
    let plain = [("configMap", "name", "ConfigMap"), ("secret", "secretName", "Secret")];
    for (kind, of, shown) in plain {
        if let Some(source) = field::get(volume, kind) {
            let what = format!("{shown} {}", quote(field::text(source, of)));
            told.extend(among(&items(source, ""), &name, &what));
        }
    }
    if let Some(source) = field::get(volume, "downwardAPI") {
        told.extend(among(&items(source, ""), &name, "DownwardAPI"));
    }
    told.extend(projected(volume, &name));
    told
}

/// A volume of several sources. One may be none.
fn projected(volume: &Value, name: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut files: Vec<File<'_>> = Vec::new();
    for source in field::items(volume, "projected.sources") {
        if field::is_zero(source) {
            told.push(format!("volume {name} (Projected) has no sources provided"));
        }
        for file in of_source(source) {
            told.extend(conflicts(&file, &files, name, "Projected"));
            files.push(file);
        }
    }
    told
}

/// Each file with those before it.
fn among(files: &[File<'_>], name: &str, what: &str) -> Vec<String> {
    let each = files.iter().enumerate();
    each.flat_map(|(nth, file)| conflicts(file, files.get(..nth).unwrap_or_default(), name, what))
        .collect()
}

/// A file with those before it.
fn conflicts(file: &File<'_>, before: &[File<'_>], name: &str, what: &str) -> Vec<String> {
    let others = before.iter().filter(|other| file.is_in_the_way_of(other));
    let told = others.map(|other| {
        let (file, other) = (file.shown(), other.shown());
        format!("volume {name} ({what}): overlapping paths: {file} with {other}")
    });
    told.collect()
}

fn items<'v>(source: &'v Value, shown: &str) -> Vec<File<'v>> {
    let items = field::items(source, "items").iter();
    items.map(|item| File::new(field::text(item, "path"), shown)).collect()
}

/// The files of one of several sources.
fn of_source(source: &Value) -> Vec<File<'_>> {
    let named =
        |of: &Value, kind: &str, name: &str| format!("{kind} {}", quote(field::text(of, name)));
    if let Some(map) = field::get(source, "configMap") {
        return items(map, &named(map, "ConfigMap", "name"));
    }
    if let Some(secret) = field::get(source, "secret") {
        return items(secret, &named(secret, "Secret", "name"));
    }
    if let Some(pod) = field::get(source, "downwardAPI") {
        return items(pod, "DownwardAPI");
    }
    if let Some(token) = field::get(source, "serviceAccountToken") {
        return vec![File::new(field::text(token, "path"), "ServiceAccountToken")];
    }
    if let Some(bundle) = field::get(source, "clusterTrustBundle") {
        let by = if field::get(bundle, "name").is_some() { "name" } else { "signerName" };
        let shown = named(bundle, "ClusterTrustBundle", by);
        return vec![File::new(field::text(bundle, "path"), &shown)];
    }
    let Some(certificate) = field::get(source, "podCertificate") else { return Vec::new() };
    let files = [
        ("certificateChainPath", "PodCertificate chain"),
        ("keyPath", "PodCertificate key"),
        ("credentialBundlePath", "PodCertificate credential bundle"),
    ];
    files.map(|(part, shown)| File::new(field::text(certificate, part), shown)).into()
}
