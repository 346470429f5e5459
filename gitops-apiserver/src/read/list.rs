//! Lists.

use super::Filter;
use crate::{
    core::Core,
    kind::Kind,
    names::Continuation,
    request::{Address, ListOptions, VersionMatch},
    status::{Status, quote},
    store::{Range, Stored},
};
use std::sync::Arc;

/// What a list shows.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) items: Vec<(Arc<str>, Stored)>,
    /// The revision at which it is true.
    pub(crate) revision: u64,
    /// Where it goes on; empty at its end.
    pub(crate) token: String,
    /// How many come after it, where that is known.
    pub(crate) remaining: Option<usize>,
}

const EXPIRED: &str = "The resourceVersion for the provided list is too old.";
const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/// The resource version of a read; `None` for none and for 0, which any state satisfies.
pub(crate) fn version(text: &str) -> Result<Option<u64>, Status> {
    match text {
        "" | "0" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let numeric = text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if numeric { "value out of range" } else { "invalid syntax" };
            Status::bad_request(format!(
                "invalid resource version: resourceVersion: Invalid value: {}: strconv.ParseUint: parsing {}: {why}",
                quote(text),
                quote(text)
            ))
        }),
    }
}

/// GET of a collection.
pub(crate) fn list(
    core: &Core,
    kind: &Kind,
    address: &Address,
    options: &ListOptions,
) -> Result<Listed, Status> {
    select(core, kind, address, options)
}

/// GET of a collection as it was so many revisions ago.
pub(crate) fn list_stale(
    core: &Core,
    kind: &Kind,
    address: &Address,
    options: &ListOptions,
    behind: u64,
) -> Result<Listed, Status> {
    let at = core.store.revision().saturating_sub(behind).max(1);
    let stale = ListOptions {
        version: at.to_string(),
        version_match: Some(VersionMatch::Exact),
        ..options.clone()
    };
    select(core, kind, address, &stale)
}

/// The objects that a list shows.
pub(crate) fn select(
    core: &Core,
    kind: &Kind,
    address: &Address,
    options: &ListOptions,
) -> Result<Listed, Status> {
    let filter = Filter::new(kind, options, &address.name)?;
    // What any state satisfies is answered from a cache, which knows no pages.
    let any = options.version == "0" && options.token.is_empty() && kind.is_cached();
    let limit = if any { 0 } else { options.limit };
    let prefix = if address.namespace.is_empty() {
        String::new()
    } else {
        format!("{}/", address.namespace)
    };
    let narrowed = filter.narrowed(kind, &prefix);
    let single = narrowed != prefix;
    let (at, start) = begin(core, options, single).map_err(|status| {
        // What is asked for by name at a version is looked up in the storage, which never waits.
        let by_name = single && (is_exact(options, single) || options.limit > 0);
        match (by_name || !kind.is_cached()) && status.reason == "Timeout" {
            true => status.retry_after(0),
            false => status,
        }
    })?;
    let from = start.as_ref().map(|start| format!("{prefix}{start}"));
    let mut range = Range { prefix: &narrowed, from: from.as_deref(), limit: None };
    if filter.is_empty() && limit > 0 {
        range.limit = Some(limit);
    }
    let page = match at {
        Some(at) => {
            core.store.list_at(&kind.table, range, at).map_err(|_| expired(start.as_deref()))?
        }
        None => core.store.list(&kind.table, range),
    };
    let mut listed = Listed { revision: page.revision, ..Listed::default() };
    if filter.is_empty() {
        listed.items = page.items;
        listed.remaining = Some(page.remaining).filter(|left| *left > 0);
        if page.remaining > 0 {
            listed.token = token(&listed, &prefix);
        }
        return Ok(listed);
    }
    let mut rest = page.items.into_iter();
    let limit = if limit > 0 { limit } else { usize::MAX };
    listed.items =
        rest.by_ref().filter(|(key, stored)| filter.shows(kind, key, stored)).take(limit).collect();
    if listed.items.len() >= limit && rest.next().is_some() {
        listed.token = token(&listed, &prefix);
    }
    Ok(listed)
}

/// The revision that a list is read at, and where it starts. `single`: it is of one name.
fn begin(
    core: &Core,
    options: &ListOptions,
    single: bool,
) -> Result<(Option<u64>, Option<String>), Status> {
    let asked = version(&options.version);
    if !options.token.is_empty() {
        let at = Continuation::decode(&options.token)
            .map_err(|error| Status::bad_request(format!("invalid continue token: {error}")))?;
        if !matches!(&*options.version, "" | "0") {
            return Err(Status::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        return Ok((u64::try_from(at.version).ok(), Some(at.start)));
    }
    let Some(asked) = asked? else { return Ok((None, None)) };
    let current = core.store.revision();
    if asked > current {
        return Err(Status::version_too_large(asked, current));
    }
    Ok((is_exact(options, single).then_some(asked), None))
}

/// Whether a list is to show the state at its version, and not at a later one. Of a list of one name
/// only a match says so.
fn is_exact(options: &ListOptions, single: bool) -> bool {
    match options.version_match {
        Some(VersionMatch::Exact) => true,
        Some(VersionMatch::NotOlderThan) => false,
        None => options.limit > 0 && !single,
    }
}

/// The token of the next page.
fn token(listed: &Listed, prefix: &str) -> String {
    let Some((last, _)) = listed.items.last() else { return String::new() };
    let start = format!("{}\0", last.strip_prefix(prefix).unwrap_or(last));
    let version = i64::try_from(listed.revision).unwrap_or(i64::MAX);
    Continuation { version, start }.encode()
}

/// The history that a list needs is gone; a list under way can go on with what is there now.
fn expired(start: Option<&str>) -> Status {
    let Some(start) = start else { return Status::expired(EXPIRED) };
    let mut status = Status::expired(CONTINUE_EXPIRED);
    let start = start.to_owned();
    status.continue_token = Some(Continuation { version: -1, start }.encode());
    status
}
