//! Deletions, of one object and of a collection.

use super::{ATTEMPTS, Made, Write, Written, commit::LOCK};
use crate::{
    admission::Operation,
    behavior::definitions,
    custom::crd,
    effects, object, read,
    request::{DeleteOptions, ListOptions, Propagation},
    status::Status,
    store::Stored,
    time,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const FOREGROUND: &str = "foregroundDeletion";
pub(crate) const ORPHAN: &str = "orphan";

/// The end of a deletion.
pub(super) enum Deleted {
    /// It is gone; its last state.
    Gone(Value),
    /// It is marked and waits for finalizers or its grace period.
    Marked(Made),
    /// It was marked before; nothing has changed.
    Pending(Value),
    /// It would be gone, and a dry run that had finalizers to see to has nothing to show.
    Nothing,
}

/// DELETE of an object.
pub(crate) fn delete(write: &mut Write<'_>, options: &DeleteOptions) -> Result<Written, Status> {
    let name = write.address.name.clone();
    let deleted = write.delete_one(&name, options)?;
    let waits = matches!(deleted, Deleted::Marked(_) | Deleted::Pending(_));
    let code = if waits && options.orphan == Some(false) { 202 } else { 200 };
    let made = match deleted {
        Deleted::Marked(made) => made,
        Deleted::Gone(object) | Deleted::Pending(object) => {
            Made::Object(write.farewell(write.shown(object)))
        }
        Deleted::Nothing => Made::Object(write.kind.model.empty()),
    };
    Ok(Written { code, made })
}

/// The deletion of an object that another request asks for.
pub(super) fn delete_as(
    mut write: Write<'_>,
    options: &DeleteOptions,
) -> Result<Vec<String>, Status> {
    let name = write.address.name.clone();
    write.delete_one(&name, options)?;
    Ok(write.warnings)
}

/// DELETE of a collection: all that a list with these options would show, one after the other.
pub(crate) fn delete_collection(
    write: Write<'_>,
    list: &ListOptions,
    options: &DeleteOptions,
) -> Result<Value, Status> {
    let found = read::select(write.core, write.kind, write.address, list)?;
    let mut items = Vec::with_capacity(found.items.len());
    for (_, stored) in &found.items {
        let object = write.kind.read(&stored.bytes)?;
        let name = object::meta(&object, "name").to_owned();
        let namespace = object::meta(&object, "namespace").to_owned();
        let address =
            crate::request::Address { namespace, name: name.clone(), ..write.address.clone() };
        let mut one = write.at(&address);
        match one.delete_one(&name, options) {
            Err(status) if status.reason != "NotFound" => return Err(status),
            _ => items.push(object),
        }
    }
    Ok(json!({
        "apiVersion": write.kind.api_version,
        "kind": format!("{}List", write.kind.info.kind),
        "metadata": {"resourceVersion": found.revision.to_string()},
        "items": items,
    }))
}

impl Write<'_> {
    fn delete_one(&mut self, name: &str, options: &DeleteOptions) -> Result<Deleted, Status> {
        let kind = self.kind;
        if &*kind.table == "namespaces"
            && let Some(deleted) = self.delete_namespace(name, options)?
        {
            return Ok(deleted);
        }
        let key = self.address.key(name);
        for _ in 0..ATTEMPTS {
            let stored =
                self.core.store.get(&kind.table, &key).ok_or_else(|| kind.not_found(name))?;
            let live = kind.decoded(&stored.bytes)?;
            self.check_preconditions(&live, name, options)?;
            if let Some(deleted) = self.try_delete(&stored, live, &key, name, options)? {
                return Ok(deleted);
            }
        }
        Err(kind.conflict(name, LOCK))
    }

    /// One try. `None`: somebody has written meanwhile.
    fn try_delete(
        &mut self,
        stored: &Stored,
        live: Value,
        key: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Option<Deleted>, Status> {
        let asked = options.grace_seconds.map(|seconds| if seconds < 0 { 1 } else { seconds });
        let mut new = live.clone();
        if &*self.kind.table == definitions::TABLE {
            crd::begin_deletion(&mut new, &self.now);
        }
        let graceful = match self.grace(&mut new, asked) {
            Grace::Pending => return Ok(Some(Deleted::Pending(live))),
            Grace::Set(seconds) => Some(seconds),
            Grace::None => None,
        };
        let finalizers = self.gc_finalizers(&new, options);
        if finalizers.is_empty() {
            object::drop_meta(&mut new, "finalizers");
        } else {
            object::set_meta(&mut new, "finalizers", finalizers);
        }
        self.core.admission.validate(&self.attempt(Operation::Delete, None, Some(&live), name))?;
        let waits = !object::finalizers(&new).is_empty();
        let had_finalizers = !object::finalizers(&live).is_empty();
        if self.options.dry_run && !waits && graceful.is_none() && had_finalizers {
            return Ok(Some(Deleted::Nothing));
        }
        if !waits && graceful.unwrap_or(0) == 0 {
            return self.remove(stored, new, live, key, graceful.is_some());
        }
        if graceful.is_none() {
            self.mark(&mut new);
        }
        if new == live || self.options.dry_run {
            let made = if self.options.dry_run {
                Made::Object(self.shown(new))
            } else {
                Made::Stored(stored.clone())
            };
            return Ok(Some(Deleted::Marked(made)));
        }
        let sealed = self.to_stored(new)?;
        let expected = Some(stored.revision);
        let written =
            self.core.store.write(&self.kind.table, key, expected, |revision| sealed.at(revision));
        let Ok(after) = written else { return Ok(None) };
        effects::written(self.core, self.kind, key, Some(stored), Some(&after));
        Ok(Some(Deleted::Marked(Made::Stored(after))))
    }

    /// Removes an object that waits for nothing. A graceful deletion without time to wait first
    /// writes that, as `new`, and then removes.
    fn remove(
        &mut self,
        stored: &Stored,
        new: Value,
        live: Value,
        key: &str,
        graceful: bool,
    ) -> Result<Option<Deleted>, Status> {
        let (store, kind) = (&self.core.store, self.kind);
        let mut last = if graceful { new } else { live };
        if self.options.dry_run {
            return Ok(Some(Deleted::Gone(last)));
        }
        let sealed = self.to_stored(last.clone())?;
        let mut marked = None;
        if graceful {
            let (expected, sealed) = (Some(stored.revision), sealed.clone());
            let written = store.write(&kind.table, key, expected, |revision| sealed.at(revision));
            let Ok(after) = written else { return Ok(None) };
            effects::written(self.core, kind, key, Some(stored), Some(&after));
            marked = Some(after);
        }
        let before = marked.as_ref().unwrap_or(stored);
        let removed =
            store.remove(&kind.table, key, before.revision, |revision| sealed.at(revision));
        let Ok(removed) = removed else { return Ok(None) };
        effects::written(self.core, kind, key, Some(before), None);
        object::set_meta(&mut last, "resourceVersion", removed.revision.to_string());
        Ok(Some(Deleted::Gone(last)))
    }

    pub(super) fn check_preconditions(
        &self,
        live: &Value,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let refuse = |what: &str, asked: &str, have: &str, hint: &str| {
            let why = format!(
                "the {what} in the precondition ({asked}) does not match the {what} in record ({have}). {hint}"
            );
            Err(Status::conflict(self.kind.refused_group(), &self.kind.info.kind, name, &why))
        };
        let uid = object::meta(live, "uid");
        if let Some(asked) = options.uid.as_deref().filter(|asked| *asked != uid) {
            return refuse(
                "UID",
                asked,
                uid,
                "The object might have been deleted and then recreated",
            );
        }
        let version = object::meta(live, "resourceVersion");
        if let Some(asked) = options.resource_version.as_deref().filter(|asked| *asked != version) {
            return refuse(
                "ResourceVersion",
                asked,
                version,
                "The object might have been modified",
            );
        }
        Ok(())
    }

    /// Sets when a graceful deletion ends, for kinds that have one.
    fn grace(&self, new: &mut Value, asked: Option<i64>) -> Grace {
        let Some(default) = self.kind.model.graceful(new, asked) else { return Grace::None };
        let now = self.core.unix();
        let at = |seconds: i64| {
            time::seconds(
                now.saturating_add(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))),
            )
        };
        if object::is_deleting(new) {
            let left = object::grace(new).unwrap_or(0);
            return match (left, asked) {
                (0, _) => Grace::None,
                (left, Some(asked)) if asked < left => {
                    let ends = time::parse(object::meta(new, "deletionTimestamp")).unwrap_or(0)
                        - left
                        + asked;
                    let current = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
                    let (ends, asked) =
                        if ends < current { (current, asked.min(1)) } else { (ends, asked) };
                    let ends = Duration::from_secs(u64::try_from(ends).unwrap_or(0));
                    object::set_meta(new, "deletionTimestamp", time::seconds(ends));
                    object::set_meta(new, "deletionGracePeriodSeconds", asked);
                    Grace::Set(asked)
                }
                _ => Grace::Pending,
            };
        }
        object::set_meta(new, "deletionTimestamp", at(default));
        object::set_meta(new, "deletionGracePeriodSeconds", default);
        bump_generation(new);
        Grace::Set(default)
    }

    /// Marks an object as deleted that has finalizers to wait for.
    fn mark(&self, new: &mut Value) {
        if !object::is_deleting(new) {
            bump_generation(new);
            object::set_meta(new, "deletionTimestamp", self.now.as_str());
        }
        object::set_meta(new, "deletionGracePeriodSeconds", 0);
    }

    /// The finalizers of an object, with those by which the garbage collector learns what is to
    /// become of its dependents.
    fn gc_finalizers(&self, live: &Value, options: &DeleteOptions) -> Vec<String> {
        let have = object::finalizers(live);
        let Some(orphans) = self.kind.model.orphans_by_default() else {
            return have.into_iter().map(str::to_owned).collect();
        };
        let policy = match (options.orphan, options.propagation) {
            (Some(true), _) => Some(ORPHAN),
            (Some(false), _) => None,
            (None, Some(Propagation::Orphan)) => Some(ORPHAN),
            (None, Some(Propagation::Foreground)) => Some(FOREGROUND),
            (None, Some(Propagation::Background)) => None,
            (None, None) => have
                .iter()
                .find_map(|finalizer| {
                    [ORPHAN, FOREGROUND].into_iter().find(|known| known == finalizer)
                })
                .or(orphans.then_some(ORPHAN)),
        };
        let others = have.iter().filter(|finalizer| !matches!(**finalizer, ORPHAN | FOREGROUND));
        let wanted: Vec<String> = others.copied().chain(policy).map(str::to_owned).collect();
        let same =
            wanted.len() == have.len() && wanted.iter().all(|one| have.contains(&one.as_str()));
        if same { have.into_iter().map(str::to_owned).collect() } else { wanted }
    }

    /// The answer to the deletion of what is gone: the object, or that it is.
    fn farewell(&self, object: Value) -> Value {
        if self.kind.model.returns_deleted() {
            return object;
        }
        let mut details = json!({
            "name": object::meta(&object, "name"),
            "kind": self.kind.plural(),
            "uid": object::meta(&object, "uid"),
        });
        if !self.kind.group().is_empty() {
            details["group"] = self.kind.group().into();
        }
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
    }
}

/// How a kind's graceful deletion goes on.
enum Grace {
    /// The kind has none, or it is over.
    None,
    /// So many seconds are left.
    Set(i64),
    /// It is under way already.
    Pending,
}

fn bump_generation(new: &mut Value) {
    let generation = object::generation(new);
    if generation > 0 {
        object::set_meta(new, "generation", generation + 1);
    }
}
