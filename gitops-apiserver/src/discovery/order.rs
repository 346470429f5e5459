//! What is served, in the order in which discovery names it.

use super::Catalog;
use crate::{
    builtin::resources::{self, Priority},
    resource::ResourceInfo,
};
use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
};

/// An API group with its versions, the preferred one first.
#[derive(Debug, Clone, Default)]
pub(super) struct Group<'a> {
    pub(super) name: &'a str,
    pub(super) versions: Vec<Version<'a>>,
    /// Whether it is there without definitions.
    pub(super) built_in: bool,
}

/// A version of a group.
#[derive(Debug, Clone)]
pub(super) struct Version<'a> {
    pub(super) name: &'a str,
    pub(super) api_version: Cow<'a, str>,
    pub(super) resources: Vec<Served<'a>>,
    priority: Priority,
}

/// A resource and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served<'a> {
    pub(super) resource: &'a ResourceInfo,
    pub(super) custom: bool,
}

impl Group<'_> {
    pub(super) fn has(&self, api_version: &str) -> bool {
        self.versions.iter().any(|version| version.api_version == api_version)
    }

    fn priority(&self) -> u32 {
        self.versions.iter().map(|version| version.priority.group).max().unwrap_or_default()
    }

    /// By this the plain list orders groups of one priority: the APIServices' names.
    fn service(&self) -> Option<String> {
        self.versions.iter().map(|version| format!("{}.{}", version.name, self.name)).min()
    }
}

/// In the order of the aggregated form: by priority, then by name.
pub(super) fn aggregated<'a>(catalog: &Catalog<'a>) -> Vec<Group<'a>> {
    let mut groups = groups(catalog);
    groups.sort_by_key(|group| (Reverse(group.priority()), group.name));
    groups
}

/// In the order of the plain list: by priority, then by the first of the names `VERSION.GROUP`.
pub(super) fn plain<'a>(catalog: &Catalog<'a>) -> Vec<Group<'a>> {
    let mut groups = groups(catalog);
    groups.sort_by_cached_key(|group| (Reverse(group.priority()), group.service()));
    groups
}

/// One group.
pub(super) fn group<'a>(catalog: &Catalog<'a>, name: &str) -> Option<Group<'a>> {
    groups(catalog).into_iter().find(|group| group.name == name)
}

/// The resources of one API version, by name.
pub(super) fn resources<'a>(catalog: &Catalog<'a>, api_version: &str) -> Vec<Served<'a>> {
    let built_in = resources::of(api_version).iter();
    let built_in = built_in.map(|resource| Served { resource, custom: false });
    let custom = catalog.custom.iter().map(|one| Served { resource: &one.resource, custom: true });
    let custom = custom.filter(|one| one.resource.api_version() == api_version);
    let mut all: Vec<_> = built_in.chain(custom).collect();
    all.sort_by_key(|one| &one.resource.plural);
    all
}

/// All groups but the core group, in no order.
fn groups<'a>(catalog: &Catalog<'a>) -> Vec<Group<'a>> {
    let built_in = resources::all().iter().map(|resource| Served { resource, custom: false });
    let custom = catalog.custom.iter().map(|one| Served { resource: &one.resource, custom: true });
    let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<Served<'a>>>> = BTreeMap::new();
    for served in built_in.chain(custom).filter(|served| !served.resource.group.is_empty()) {
        let group = groups.entry(&served.resource.group).or_default();
        group.entry(&served.resource.version).or_default().push(served);
    }
    groups.into_iter().map(|(name, versions)| Group::new(name, versions)).collect()
}

impl<'a> Group<'a> {
    fn new(name: &'a str, versions: BTreeMap<&'a str, Vec<Served<'a>>>) -> Self {
        let version = |(version, mut resources): (&'a str, Vec<Served<'a>>)| {
            resources.sort_by_key(|one| &one.resource.plural);
            let api_version = format!("{name}/{version}");
            let priority = resources::priority(&api_version).unwrap_or(Priority::CUSTOM);
            Version { name: version, api_version: api_version.into(), resources, priority }
        };
        let mut versions: Vec<_> = versions.into_iter().map(version).collect();
        versions.sort_by(|a, b| {
            let priority = b.priority.version.cmp(&a.priority.version);
            priority.then_with(|| compare_versions(a.name, b.name))
        });
        let all = versions.iter().flat_map(|version| &version.resources);
        let built_in = all.clone().any(|one| !one.custom);
        Self { name, versions, built_in }
    }
}

/// The order of versions of one priority, the preferred one first: `v10`, `v2`, `v1`, `v11beta2`,
/// `v1beta1`, `v2alpha1`, then what looks like none of these, by name.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => b.cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Alpha,
    Beta,
    Stable,
}

/// Stability, then the number behind the `v`, then that behind `alpha` or `beta`.
fn parse(version: &str) -> Option<(Stability, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (major, rest) = rest.split_at_checked(digits)?;
    // A number that Go's `int` can't hold makes it no such version.
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten()?;
        i64::try_from(number).ok().map(|_| number)
    };
    let major: u64 = number(major)?;
    if rest.is_empty() {
        return Some((Stability::Stable, major, 0));
    }
    let (stability, minor) = match (rest.strip_prefix("alpha"), rest.strip_prefix("beta")) {
        (Some(minor), _) => (Stability::Alpha, minor),
        (None, Some(minor)) => (Stability::Beta, minor),
        (None, None) => return None,
    };
    Some((stability, major, number(minor)?))
}
