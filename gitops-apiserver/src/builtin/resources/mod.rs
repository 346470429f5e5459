//! The resources of a stock cluster, as its discovery lists them.
//!
//! A table of a recorded release, written by `cargo xtask resources` from a running server.

mod table;

use crate::resource::ResourceInfo;
use std::sync::LazyLock;
use table::Table;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(TEXT));
const TEXT: &str = include_str!("../../../data/resources.txt");

/// Where a group, and a version within it, stand in lists: the higher, the further in front.
///
/// As `groupPriorityMinimum` and `versionPriority` of an APIService. Equal groups are sorted by
/// name, equal versions from the most stable to the least, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority {
    /// Of the group.
    pub group: u32,
    /// Of the version within its group.
    pub version: u32,
}

impl Priority {
    /// What the server gives to the groups of definitions.
    pub const CUSTOM: Self = Self { group: 1000, version: 100 };
}

/// Every resource that is served without any definition, in the order of discovery: groups by
/// priority, in them versions by priority, in them resources by name.
///
/// Parsed on the first call, in well under a millisecond.
pub fn all() -> &'static [ResourceInfo] {
    &TABLE.resources
}

/// The resources at one API version, `v1` or `apps/v1`; empty for one that isn't built in.
pub fn of(api_version: &str) -> &'static [ResourceInfo] {
    let Some(place) = TABLE.versions.get(api_version) else { return &[] };
    TABLE.resources.get(place.resources.clone()).unwrap_or_default()
}

/// One resource by its group, version and plural name.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static ResourceInfo> {
    all().iter().find(|one| one.plural == plural && one.group == group && one.version == version)
}

/// Where an API version stands in lists; `None` for one that isn't built in.
pub fn priority(api_version: &str) -> Option<Priority> {
    TABLE.versions.get(api_version).map(|place| place.priority)
}

/// The release that the table was taken from: `v1.37.2`.
pub fn release() -> &'static str {
    TABLE.release
}
