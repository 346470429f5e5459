//! How each resource is written, as one table.

use super::table::TABLE;

/// How objects of a resource are written.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Plural name, as in paths.
    pub plural: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// How `metadata.generation` is kept.
    pub generation: Generation,
    /// Its status, if writes of the object leave that alone.
    pub status: Option<Status>,
    /// Whether an update of an object that isn't there creates it.
    pub create_on_update: bool,
    /// Whether an update may leave out the resource version; otherwise that is invalid.
    pub unconditional_update: bool,
    /// What becomes of dependents when a delete doesn't say.
    pub dependents: Dependents,
    /// Whether deletion waits for somebody to confirm it: pods, for their grace period.
    pub graceful: bool,
    /// Whether an immediate delete answers with the object instead of a `Status`.
    pub returns_deleted: bool,
    /// Whether the generation counts an empty list in the place of none.
    pub to_the_letter: bool,
}

/// How `metadata.generation` is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Not at all: what the creator sends stays.
    None,
    /// 1 from the creation on.
    One,
    /// 1, and one more for each write that changes any of these fields. An empty path stands for
    /// all but metadata.
    Counted(&'static [&'static str]),
    /// Likewise, but the creator's value (usually none, that is 0) is the first.
    CountedFromGiven(&'static [&'static str]),
}

/// A status that only writes of the subresource change.
#[derive(Debug, Clone, Copy)]
pub struct Status {
    /// What it is after creation, as JSON. None if the creator may give one.
    pub(super) initial: Option<&'static str>,
    /// What else of an object a write of the status doesn't change.
    pub(super) keeps: &'static [&'static str],
    /// What managers of the status never own.
    pub(super) never_owned: &'static [&'static str],
    /// Whether `…/status` is served.
    pub served: bool,
}

/// What becomes of dependents when a delete doesn't say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependents {
    /// The garbage collector deletes them.
    Deleted,
    /// They stay, without the owner reference.
    Orphaned,
    /// Dependents aren't known: no finalizers are set.
    Unsupported,
}

/// The rules of a built-in resource, by group and plural. Logarithmic in the number of resources.
pub fn rules(group: &str, plural: &str) -> Option<&'static Rules> {
    let at = TABLE.binary_search_by_key(&(group, plural), |row| (row.group, row.plural)).ok()?;
    TABLE.get(at)
}

/// The rules by API version and kind.
pub(super) fn of_kind(api_version: &str, kind: &str) -> Option<&'static Rules> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    TABLE.iter().find(|row| row.group == group && row.kind == kind)
}

/// Paths of fields that writes through a resource (`subresource` empty) or subresource never own:
/// what gets set back on the way. They hold in every version a kind is served at.
pub fn reset_fields(api_version: &str, kind: &str, subresource: &str) -> &'static [&'static str] {
    let Some(rules) = of_kind(api_version, kind) else { return &[] };
    match (kind, subresource, rules.status) {
        ("CertificateSigningRequest", "", _) => &["spec", "status"],
        ("CertificateSigningRequest", "approval", _) => &["spec", "status.certificate"],
        ("Namespace", "finalize", _) => &["status"],
        (_, "", Some(_)) => &["status"],
        (_, "status", Some(status)) => status.never_owned,
        _ => &[],
    }
}

/// A row with what most resources have.
pub(super) const fn row(group: &'static str, plural: &'static str, kind: &'static str) -> Rules {
    Rules {
        group,
        plural,
        kind,
        generation: Generation::None,
        status: None,
        create_on_update: false,
        unconditional_update: true,
        dependents: Dependents::Deleted,
        graceful: false,
        returns_deleted: false,
        to_the_letter: false,
    }
}

impl Rules {
    pub(super) const fn generation(self, generation: Generation) -> Self {
        Rules { generation, ..self }
    }

    pub(super) const fn spec_counts(self) -> Self {
        self.generation(Generation::Counted(&["spec"]))
    }

    pub(super) const fn status(self, status: Status) -> Self {
        Rules { status: Some(status), ..self }
    }

    pub(super) const fn created_by_updates(self) -> Self {
        Rules { create_on_update: true, ..self }
    }

    pub(super) const fn needs_version(self) -> Self {
        Rules { unconditional_update: false, ..self }
    }

    pub(super) const fn dependents(self, dependents: Dependents) -> Self {
        Rules { dependents, ..self }
    }

    pub(super) const fn graceful(self) -> Self {
        Rules { graceful: true, ..self }
    }

    pub(super) const fn to_the_letter(self) -> Self {
        Rules { to_the_letter: true, ..self }
    }

    pub(super) const fn returned(self) -> Self {
        Rules { returns_deleted: true, ..self }
    }
}
