//! The life of definitions: names, conditions, what they serve, and their end.

use super::agenda::{Task, Work};
use crate::{
    core::Core,
    custom::{Definition, crd},
    discovery::Custom,
    effects,
    kind::{self, Kind},
    object,
    store::{Range, Stored},
    write::seal,
};
use serde_json::Value;
use std::sync::Arc;

/// Where definitions are stored.
pub(crate) const TABLE: &str = "apiextensions.k8s.io/customresourcedefinitions";
/// Who writes the conditions.
const MANAGER: &str = "kube-apiserver";

/// A definition has been written, or removed (no `after`).
pub(crate) fn written(core: &Core, kind: &Kind, name: &str, after: Option<&Stored>) {
    let Some(stored) = after else {
        core.kinds.undefine(name);
        return;
    };
    let Ok(definition) = kind.read(&stored.bytes) else { return };
    serve(core, &definition);
    if object::is_deleting(&definition) {
        end(core, kind, &definition);
        return;
    }
    if !waits(core, &definition) {
        settle(core, kind, name, stored);
    }
}

/// Accepts the names of a definition, establishes it and judges its approval, as far as that is to
/// be done.
fn settle(core: &Core, kind: &Kind, name: &str, stored: &Stored) {
    // Each of these writes, and comes back here.
    let now = core.timestamp();
    let act = |act: &dyn Fn(&mut Value) -> bool| {
        change(core, kind, name, stored, Some(MANAGER), |definition| act(definition))
    };
    let _ = act(&|definition| {
        let others =
            if crd::names_are_open(definition) { others(core, kind, name) } else { vec![] };
        crd::accept_names(definition, &others.iter().collect::<Vec<_>>(), &now)
    }) || act(&|definition| crd::establish(definition, &now))
        || act(&|definition| crd::judge_approval(definition, &now));
}

/// Whether a definition is to be settled later. That is planned then.
fn waits(core: &Core, definition: &Value) -> bool {
    let after = core.behavior.settings().definitions;
    if after.is_zero() || super::conditions::get(definition, "NamesAccepted").is_some() {
        return false;
    }
    let name = object::meta(definition, "name");
    let task = Task { work: Work::Establish, table: TABLE.into(), key: name.into() };
    if !core.behavior.agenda.has(&task) {
        core.behavior.agenda.plan(core.moment().saturating_add(after), task);
    }
    true
}

/// The time has come when a definition is established.
pub(super) fn establish(core: &Core, name: &str) {
    let (Some(kind), Some(stored)) = (core.kinds.of_table(TABLE), core.store.get(TABLE, name))
    else {
        return;
    };
    if !kind.read(&stored.bytes).is_ok_and(|definition| object::is_deleting(&definition)) {
        settle(core, &kind, name, &stored);
    }
}

/// Makes known what a definition serves now.
fn serve(core: &Core, definition: &Value) {
    let name = object::meta(definition, "name");
    // A definition that can't be compiled serves nothing.
    let Ok(compiled) = Definition::compile(definition) else { return };
    let plain = object::generation(definition) <= 1;
    let kinds = kind::custom_kinds(&Arc::new(compiled), plain);
    core.kinds.define(name, kinds, Custom::of_definition(definition));
}

/// The other definitions of a definition's group, which is the end of its name.
fn others(core: &Core, kind: &Kind, name: &str) -> Vec<Value> {
    let group = |name: &str| name.split_once('.').map(|(_, group)| group.to_owned());
    let page = core.store.list(TABLE, Range::default());
    let others = page.items.iter().filter(|(key, _)| &**key != name && group(key) == group(name));
    others.filter_map(|(_, stored)| kind.read(&stored.bytes).ok()).collect()
}

/// Changes an object's status if `act` says that there is something to change; `manager` owns that
/// then, or nobody.
pub(super) fn change(
    core: &Core,
    kind: &Kind,
    name: &str,
    stored: &Stored,
    manager: Option<&str>,
    act: impl FnOnce(&mut Value) -> bool,
) -> bool {
    let Ok(live) = kind.read(&stored.bytes) else { return false };
    let mut new = live.clone();
    if !act(&mut new) {
        return false;
    }
    let now = core.timestamp();
    let new = match manager {
        Some(manager) => {
            kind.model.track(Some(&live), &new, manager, &now, "status").unwrap_or(new)
        }
        None => new,
    };
    let written =
        core.store.write(&kind.table, name, Some(stored.revision), |revision| seal(new, revision));
    // Somebody else was faster: their write comes here as well.
    let Ok(after) = written else { return true };
    effects::written(core, kind, name, Some(stored), Some(&after));
    true
}

/// Deletes the objects of a definition that is being deleted, and then takes its finalizer away.
fn end(core: &Core, kind: &Kind, definition: &Value) {
    let name = object::meta(definition, "name");
    let Some(stored) = core.store.get(TABLE, name) else { return };
    if !object::finalizers(definition).contains(&crd::CLEANUP_FINALIZER) {
        return;
    }
    let table = table_of(definition);
    for (key, instance) in core.store.list(&table, Range::default()).items {
        remove_instance(core, definition, &table, &key, &instance);
    }
    if core.store.count(&table) > 0 {
        return;
    }
    let now = core.timestamp();
    let Some(stored) = core.store.get(TABLE, name).filter(|now| now.revision == stored.revision)
    else {
        return;
    };
    let Ok(mut last) = kind.read(&stored.bytes) else { return };
    crd::finish_deletion(&mut last, &now);
    if object::finalizers(&last).is_empty() {
        let removed =
            core.store.remove(TABLE, name, stored.revision, |revision| seal(last, revision));
        if removed.is_ok() {
            effects::written(core, kind, name, Some(&stored), None);
        }
    } else {
        let _ = change(core, kind, name, &stored, Some(MANAGER), |definition| {
            crd::finish_deletion(definition, &now);
            true
        });
    }
}

fn table_of(definition: &Value) -> Arc<str> {
    let text =
        |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("/spec/group"), text("/status/acceptedNames/plural")).into()
}

/// Removes an object of a definition, or marks it if it has finalizers to wait for.
fn remove_instance(core: &Core, definition: &Value, table: &Arc<str>, key: &str, stored: &Stored) {
    let Some(kind) = core.kinds.of_definition(object::meta(definition, "name")) else { return };
    let Ok(mut instance) = serde_json::from_slice::<Value>(&stored.bytes) else { return };
    if object::finalizers(&instance).is_empty() {
        if core
            .store
            .remove(table, key, stored.revision, |revision| seal(instance, revision))
            .is_ok()
        {
            effects::written(core, &kind, key, Some(stored), None);
        }
        return;
    }
    if object::is_deleting(&instance) {
        return;
    }
    object::set_meta(&mut instance, "deletionTimestamp", core.timestamp());
    object::set_meta(&mut instance, "deletionGracePeriodSeconds", 0);
    let generation = object::generation(&instance);
    object::set_meta(&mut instance, "generation", generation + 1);
    let marked =
        core.store.write(table, key, Some(stored.revision), |revision| seal(instance, revision));
    if let Ok(after) = marked {
        effects::written(core, &kind, key, Some(stored), Some(&after));
    }
}

/// An object of a definition is gone; the definition may have waited for it.
pub(crate) fn instance_removed(core: &Core, kind: &Kind) {
    let name = format!("{}.{}", kind.plural(), kind.group());
    let Some(of) = core.kinds.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    else {
        return;
    };
    let Some(stored) = core.store.get(TABLE, &name) else { return };
    let Ok(definition) = of.read(&stored.bytes) else { return };
    if object::is_deleting(&definition) && core.store.count(&kind.table) == 0 {
        end(core, &of, &definition);
    }
}
