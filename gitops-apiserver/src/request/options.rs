//! The options of reads, writes and deletions.

use super::Query;
use crate::{
    names::{FieldSelector, LabelSelector},
    status::{Bad, FieldError, Status},
};
use serde_json::Value;

/// What happens to fields that a kind doesn't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FieldValidation {
    Ignore,
    /// The default since Kubernetes 1.25.
    #[default]
    Warn,
    Strict,
}

/// Options of creations, updates and patches.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteOptions {
    pub(crate) dry_run: bool,
    pub(crate) field_manager: String,
    pub(crate) validation: FieldValidation,
    pub(crate) force: Option<bool>,
}

impl WriteOptions {
    /// Reads them. `kind` is what the server calls them, such as `CreateOptions`; `apply` is set
    /// for patches and tells whether it is an apply.
    pub(crate) fn read(query: &Query, kind: &str, apply: Option<bool>) -> Result<Self, Status> {
        let mut errors = Vec::new();
        let manager = query.get("fieldManager");
        let force = apply.and_then(|_| query.tri("force"));
        match apply {
            Some(true) if manager.is_empty() => {
                errors.push(FieldError::required("fieldManager", "is required for apply patch"));
            }
            Some(false) if force.is_some() => {
                errors.push(FieldError::forbidden(
                    "force",
                    "may not be specified for non-apply patch",
                ));
            }
            _ => {}
        }
        if manager.len() > 128 {
            errors.push(FieldError::too_long("fieldManager", 128));
        }
        for (at, c) in manager.char_indices().filter(|(_, c)| c.is_control()) {
            let what = format!("invalid character U+{:04X} (at position {at})", c as u32);
            errors.push(FieldError::invalid("fieldManager", manager, &what));
        }
        let dry_run = query.all("dryRun");
        errors.extend(dry_run_error(&dry_run));
        let validation = match query.get("fieldValidation") {
            "" | "Warn" => FieldValidation::Warn,
            "Ignore" => FieldValidation::Ignore,
            "Strict" => FieldValidation::Strict,
            other => {
                let known = ["", "Ignore", "Strict", "Warn"];
                errors.push(FieldError::not_supported("fieldValidation", other, &known));
                FieldValidation::default()
            }
        };
        if !errors.is_empty() {
            return Err(Status::invalid("meta.k8s.io", kind, "", &errors));
        }
        let field_manager = manager.to_owned();
        Ok(WriteOptions { dry_run: !dry_run.is_empty(), field_manager, validation, force })
    }
}

fn dry_run_error(values: &[String]) -> Option<FieldError> {
    let bad = values.iter().any(|value| value != "All");
    bad.then(|| FieldError::not_supported("dryRun", Bad::Json(values.into()), &["All"]))
}

/// How a list's `resourceVersion` is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VersionMatch {
    Exact,
    NotOlderThan,
}

/// Options of lists and watches.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListOptions {
    pub(crate) label_selector: String,
    pub(crate) field_selector: String,
    pub(crate) watch: bool,
    pub(crate) bookmarks: bool,
    pub(crate) version: String,
    pub(crate) version_match: Option<VersionMatch>,
    pub(crate) timeout: Option<u64>,
    pub(crate) limit: usize,
    pub(crate) token: String,
    pub(crate) initial_events: Option<bool>,
}

impl ListOptions {
    /// Reads them, with the server's defaults for watches without a version.
    pub(crate) fn read(query: &Query, watch: bool) -> Result<Self, Status> {
        let timeout = query.number("timeoutSeconds")?;
        let limit = query.number("limit")?.unwrap_or(0);
        let mut matching = query.get("resourceVersionMatch").to_owned();
        let mut options = ListOptions {
            label_selector: query.get("labelSelector").to_owned(),
            field_selector: query.get("fieldSelector").to_owned(),
            watch,
            bookmarks: query.flag("allowWatchBookmarks"),
            version: query.get("resourceVersion").to_owned(),
            version_match: None,
            timeout: timeout.and_then(|seconds| u64::try_from(seconds).ok()),
            limit: usize::try_from(limit).unwrap_or(0),
            token: query.get("continue").to_owned(),
            initial_events: query.tri("sendInitialEvents"),
        };
        let bad = Status::bad_request;
        LabelSelector::parse(&options.label_selector).map_err(|error| bad(error.to_string()))?;
        FieldSelector::parse(&options.field_selector).map_err(|error| bad(error.to_string()))?;
        let legacy = matches!(&*options.version, "" | "0");
        if watch && legacy && options.initial_events.is_none() && matching.is_empty() {
            options.initial_events = Some(true);
            "NotOlderThan".clone_into(&mut matching);
        }
        let errors = options.errors(&matching);
        if !errors.is_empty() {
            return Err(Status::invalid("meta.k8s.io", "ListOptions", "", &errors));
        }
        options.version_match = match &*matching {
            "Exact" => Some(VersionMatch::Exact),
            "NotOlderThan" => Some(VersionMatch::NotOlderThan),
            _ => None,
        };
        Ok(options)
    }

    fn errors(&self, matching: &str) -> Vec<FieldError> {
        const MATCH: &str = "resourceVersionMatch";
        let mut errors = Vec::new();
        let mut forbid = |field: &str, why: &str| errors.push(FieldError::forbidden(field, why));
        if self.watch {
            let other = matching != "NotOlderThan";
            if self.initial_events.is_some() && other {
                forbid(
                    MATCH,
                    "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                );
            }
            if !matching.is_empty() && self.initial_events.is_none() {
                forbid(
                    MATCH,
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                );
            }
            if !matching.is_empty() && other {
                errors.push(FieldError::not_supported(MATCH, matching, &["NotOlderThan"]));
            }
            if !matching.is_empty() && !self.token.is_empty() {
                let why = "resourceVersionMatch is forbidden when continue is provided";
                errors.push(FieldError::forbidden(MATCH, why));
            }
            return errors;
        }
        if !matching.is_empty() {
            if self.version.is_empty() {
                forbid(
                    MATCH,
                    "resourceVersionMatch is forbidden unless resourceVersion is provided",
                );
            }
            if !self.token.is_empty() {
                forbid(MATCH, "resourceVersionMatch is forbidden when continue is provided");
            }
            if !matches!(matching, "Exact" | "NotOlderThan") {
                let known = ["Exact", "NotOlderThan", ""];
                errors.push(FieldError::not_supported(MATCH, matching, &known));
            }
            if matching == "Exact" && self.version == "0" {
                let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
                errors.push(FieldError::forbidden(MATCH, why));
            }
        }
        if self.initial_events.is_some() {
            let why = "sendInitialEvents is forbidden for list";
            errors.push(FieldError::forbidden("sendInitialEvents", why));
        }
        errors
    }
}

/// What becomes of the dependents of what is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    Foreground,
    Background,
    Orphan,
}

/// Options of deletions.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeleteOptions {
    pub(crate) dry_run: bool,
    pub(crate) grace_seconds: Option<i64>,
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
    pub(crate) propagation: Option<Propagation>,
    pub(crate) orphan: Option<bool>,
}

impl DeleteOptions {
    /// Reads them from a decoded body.
    pub(crate) fn of_body(body: &Value) -> Result<Self, Status> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let dry_run = body.get("dryRun").and_then(Value::as_array);
        let dry_run: Vec<String> = dry_run
            .into_iter()
            .flatten()
            .map(|value| value.as_str().unwrap_or_default().to_owned())
            .collect();
        let grace = body.get("gracePeriodSeconds").and_then(Value::as_i64);
        let orphan = body.get("orphanDependents").and_then(Value::as_bool);
        let mut options = DeleteOptions {
            grace_seconds: grace,
            uid: text("/preconditions/uid"),
            resource_version: text("/preconditions/resourceVersion"),
            ..DeleteOptions::default()
        };
        options.check(text("/propagationPolicy"), orphan, &dry_run)?;
        Ok(options)
    }

    /// Reads them from the query, where they are if there is no body.
    pub(crate) fn of_query(query: &Query) -> Result<Self, Status> {
        let policy =
            query.has("propagationPolicy").then(|| query.get("propagationPolicy").to_owned());
        let grace_seconds = query.number("gracePeriodSeconds")?;
        let text = |name: &str| Some(query.get(name).to_owned()).filter(|text| !text.is_empty());
        let mut options = DeleteOptions {
            grace_seconds,
            uid: text("uid"),
            resource_version: text("resourceVersion"),
            ..DeleteOptions::default()
        };
        options.check(policy, query.tri("orphanDependents"), &query.all("dryRun"))?;
        Ok(options)
    }

    fn check(
        &mut self,
        policy: Option<String>,
        orphan: Option<bool>,
        dry_run: &[String],
    ) -> Result<(), Status> {
        const POLICY: &str = "propagationPolicy";
        let mut errors = Vec::new();
        if let (Some(policy), Some(_)) = (&policy, orphan) {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            errors.push(FieldError::invalid(POLICY, policy.as_str(), why));
        }
        self.propagation = match policy.as_deref() {
            None => None,
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Background") => Some(Propagation::Background),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let known = ["Foreground", "Background", "Orphan", "nil"];
                errors.push(FieldError::not_supported(POLICY, other, &known));
                None
            }
        };
        errors.extend(dry_run_error(dry_run));
        self.orphan = orphan;
        self.dry_run = !dry_run.is_empty();
        if errors.is_empty() {
            return Ok(());
        }
        Err(Status::invalid("meta.k8s.io", "DeleteOptions", "", &errors))
    }
}
