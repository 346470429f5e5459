//! The table's lines: its head says what they hold.

use super::Priority;
use crate::resource::{ResourceInfo, SubresourceInfo};
use std::{collections::BTreeMap, ops::Range};

/// What a `*` stands for.
const ALL: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) release: &'static str,
    pub(super) resources: Vec<ResourceInfo>,
    pub(super) versions: BTreeMap<&'static str, Place>,
}

/// An API version.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) priority: Priority,
    pub(super) resources: Range<usize>,
}

impl Table {
    pub(super) fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut at = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            match *words.as_slice() {
                ["kubernetes", release] => table.release = release,
                ["=", api_version, group, version] => {
                    at = api_version;
                    let number = |text: &str| text.parse().unwrap_or_default();
                    let priority = Priority { group: number(group), version: number(version) };
                    let end = table.resources.len();
                    table.versions.insert(at, Place { priority, resources: end..end });
                }
                [name, api_version, kind, verbs] => {
                    let (group, version) = split(api_version);
                    if let Some(resource) = table.resources.last_mut() {
                        resource.subresources.push(SubresourceInfo {
                            name: name.trim_start_matches('/').to_owned(),
                            group: group.to_owned(),
                            version: version.to_owned(),
                            kind: kind.to_owned(),
                            verbs: list(verbs),
                        });
                    }
                }
                [plural, singular, kind, scope, verbs, short_names, categories, hash] => {
                    let (group, version) = split(at);
                    table.resources.push(ResourceInfo {
                        group: group.to_owned(),
                        version: version.to_owned(),
                        plural: plural.to_owned(),
                        singular: singular.to_owned(),
                        kind: kind.to_owned(),
                        namespaced: scope == "Namespaced",
                        short_names: list(short_names),
                        categories: list(categories),
                        verbs: list(verbs),
                        subresources: Vec::new(),
                        storage_version_hash: hash.trim_matches('-').to_owned(),
                    });
                    if let Some(place) = table.versions.get_mut(at) {
                        place.resources.end = table.resources.len();
                    }
                }
                _ => {}
            }
        }
        table
    }
}

fn split(api_version: &'static str) -> (&'static str, &'static str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

fn list(words: &str) -> Vec<String> {
    match words {
        "-" => Vec::new(),
        "*" => ALL.map(str::to_owned).to_vec(),
        _ => words.split(',').map(str::to_owned).collect(),
    }
}
