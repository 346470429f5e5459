//! One object.

use crate::{
    core::Core,
    kind::Kind,
    request::{Address, Query},
    status::{Status, quote},
    store::{Range, Stored},
};

/// GET of an object.
pub(crate) fn get(
    core: &Core,
    kind: &Kind,
    address: &Address,
    query: &Query,
) -> Result<Stored, Status> {
    if let Some(asked) = version(kind, query.get("resourceVersion"))? {
        let current = core.store.revision();
        if asked > current {
            let status = Status::version_too_large(asked, current);
            // The storage never waits.
            return Err(if kind.is_cached() { status } else { status.retry_after(0) });
        }
    }
    let found = core.store.get(&kind.table, &address.key(&address.name));
    found.ok_or_else(|| kind.not_found(&address.name))
}

/// GET of an object as it was so many revisions ago.
pub(crate) fn get_stale(
    core: &Core,
    kind: &Kind,
    address: &Address,
    behind: u64,
) -> Result<Stored, Status> {
    let at = core.store.revision().saturating_sub(behind);
    let key = address.key(&address.name);
    let range = Range { prefix: &key, ..Range::default() };
    // What is forgotten already was the same then.
    let page = core
        .store
        .list_at(&kind.table, range, at)
        .unwrap_or_else(|_| core.store.list(&kind.table, range));
    let found = page.items.into_iter().find(|(have, _)| **have == *key);
    found.map(|(_, stored)| stored).ok_or_else(|| kind.not_found(&address.name))
}

/// The resource version of a read of one object, which the storage reads and not the request.
fn version(kind: &Kind, text: &str) -> Result<Option<u64>, Status> {
    super::list::version(text).map_err(|status| {
        if !kind.is_cached() {
            return status;
        }
        let shown = quote(text);
        Status::unclassified(format!(
            "resourceVersion: Invalid value: {shown}: strconv.ParseUint: parsing {shown}: invalid syntax"
        ))
    })
}
