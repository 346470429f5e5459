//! Creations.

use super::{Write, Written, commit::wipe};
use crate::{admission::Operation, names, object, status::Status};

/// How many names are tried for a `generateName`.
const NAMES: usize = 8;

/// POST to a collection.
pub(crate) fn create(write: &mut Write<'_>) -> Result<Written, Status> {
    let mut new = write.object()?;
    wipe(&mut new);
    write.place(&mut new)?;
    write.dedup_owners(&mut new, false);
    let mut new = write.track(None, new);
    let name = object::meta(&new, "name").to_owned();
    write.admit(Operation::Create, &mut new, None, &name)?;
    let base = object::meta(&new, "generateName").to_owned();
    if !name.is_empty() || base.is_empty() {
        write.fill(&mut new);
        let key = write.address.key(&name);
        // Somebody who was faster is seen by the second look.
        let written = match write.store_create(new.clone(), &key, true)? {
            Some(written) => written,
            None => write.store_create(new, &key, true)?.ok_or_else(|| {
                Status::already_exists(write.kind.group(), write.kind.plural(), &name)
            })?,
        };
        return Ok(written);
    }
    let mut last = None;
    for _ in 0..NAMES {
        let name = write.core.random(|rng| names::generate(&base, rng));
        let mut new = new.clone();
        object::set_meta(&mut new, "name", name.as_str());
        write.fill(&mut new);
        match write.store_create(new, &write.address.key(&name), true) {
            Ok(Some(written)) => return Ok(written),
            Ok(None) => {}
            Err(status) if status.reason == "AlreadyExists" => last = Some(status),
            Err(status) => return Err(status),
        }
    }
    Err(last.unwrap_or_else(|| {
        Status::generate_name_conflict(write.kind.group(), write.kind.plural(), &base)
    }))
}
