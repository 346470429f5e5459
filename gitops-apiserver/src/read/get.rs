//! One object.

use super::list::version;
use crate::{
    core::Core,
    kind::Kind,
    request::{Address, Query},
    status::Status,
    store::Stored,
};

/// GET of an object.
pub(crate) fn get(
    core: &Core,
    kind: &Kind,
    address: &Address,
    query: &Query,
) -> Result<Stored, Status> {
    if let Some(asked) = version(query.get("resourceVersion"))? {
        let current = core.store.revision();
        if asked > current {
            return Err(Status::version_too_large(asked, current));
        }
    }
    let found = core.store.get(&kind.table, &address.key(&address.name));
    found.ok_or_else(|| kind.not_found(&address.name))
}
