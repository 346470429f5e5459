//! Deletions of namespaces, which end in two steps: what is in them goes first.

use super::{
    ATTEMPTS, Made, Write,
    commit::LOCK,
    delete::{Deleted, FOREGROUND, ORPHAN},
};
use crate::{
    admission::Operation,
    effects, object,
    request::{DeleteOptions, Propagation},
    status::Status,
};
use serde_json::{Value, json};

/// Whether a namespace still has something in `spec.finalizers`.
pub(super) fn has_content(namespace: &Value) -> bool {
    let list = namespace.pointer("/spec/finalizers").and_then(Value::as_array);
    list.is_some_and(|list| !list.is_empty())
}

impl Write<'_> {
    /// The first deletion marks a namespace as Terminating; later ones wait until it is empty.
    /// `None`: it is, and can go as any other object.
    pub(super) fn delete_namespace(
        &mut self,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Option<Deleted>, Status> {
        let kind = self.kind;
        for _ in 0..ATTEMPTS {
            let stored =
                self.core.store.get(&kind.table, name).ok_or_else(|| kind.not_found(name))?;
            let live = kind.read(&stored.bytes)?;
            self.check_namespace(&live, name, options)?;
            if object::is_deleting(&live) {
                let waits = has_content(&live);
                return Ok(waits.then_some(Deleted::Marked(Made::Stored(stored))));
            }
            self.core.admission.validate(&self.attempt(
                Operation::Delete,
                None,
                Some(&live),
                name,
            ))?;
            let mut new = live.clone();
            object::set_meta(&mut new, "deletionTimestamp", self.now.as_str());
            if let Some(map) = new.as_object_mut() {
                map.entry("status").or_insert_with(|| json!({}))["phase"] = "Terminating".into();
            }
            set_policy(&mut new, &live, options);
            if self.options.dry_run {
                return Ok(Some(Deleted::Marked(Made::Object(new))));
            }
            let sealed = self.to_stored(new)?;
            let expected = Some(stored.revision);
            let written =
                self.core.store.write(&kind.table, name, expected, |revision| sealed.at(revision));
            if let Ok(after) = written {
                effects::written(self.core, kind, name, Some(&stored), Some(&after));
                return Ok(Some(Deleted::Marked(Made::Stored(after))));
            }
        }
        Err(kind.conflict(name, LOCK))
    }

    fn check_namespace(
        &self,
        live: &Value,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let check = |what: &str, asked: &Option<String>, have: &str| {
            match asked {
            Some(asked) if asked != have => Err(self.kind.conflict(
                name,
                &format!("Precondition failed: {what} in precondition: {asked}, {what} in object meta: {have}"),
            )),
            _ => Ok(()),
        }
        };
        check("UID", &options.uid, object::meta(live, "uid"))?;
        check("ResourceVersion", &options.resource_version, object::meta(live, "resourceVersion"))
    }
}

/// Sets the finalizers that tell the garbage collector what to do with dependents.
fn set_policy(new: &mut Value, live: &Value, options: &DeleteOptions) {
    let have = object::finalizers(live);
    let wants = |finalizer: &str, policy: Propagation, orphan: bool| match (
        options.orphan,
        options.propagation,
    ) {
        // Unlike for other kinds, an answer of no is as good as a policy.
        (Some(asked), _) => asked == orphan,
        (None, Some(asked)) => asked == policy,
        (None, None) => have.contains(&finalizer),
    };
    let mut finalizers: Vec<&str> =
        have.iter().copied().filter(|one| !matches!(*one, ORPHAN | FOREGROUND)).collect();
    if wants(ORPHAN, Propagation::Orphan, true) {
        finalizers.push(ORPHAN);
    }
    if wants(FOREGROUND, Propagation::Foreground, false) {
        finalizers.push(FOREGROUND);
    }
    if finalizers.is_empty() {
        object::drop_meta(new, "finalizers");
    } else {
        object::set_meta(new, "finalizers", finalizers);
    }
}
