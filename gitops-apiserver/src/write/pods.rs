//! What is posted below pods: bindings and evictions.

use super::{Made, Write, Written, body::decode_body, delete::delete_as, seal};
use crate::{
    admission::Operation,
    builtin::{
        strategy::{self, Evicted},
        types,
    },
    effects,
    names::LabelSelector,
    object,
    request::{Address, DeleteOptions},
    status::Status,
    store::Range,
};
use serde_json::{Value, json};

impl Write<'_> {
    /// The body of a request below a pod, of a kind of its own.
    fn body_of(&mut self, api_version: &str, kind: &str) -> Result<Value, Status> {
        let (call, media) = (self.call, self.kind.media_types());
        let document = decode_body(call.content_type(), &call.body, media, (api_version, kind))
            .map_err(|error| error.status(kind))?;
        let of = types::kind(api_version, kind).ok_or_else(|| Status::internal("no such type"))?;
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let refuse = |why: &str| {
            Status::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
            ))
        };
        let decoded = of.decode_json(&document).map_err(|error| refuse(&error.to_string()))?;
        self.strict_body(decoded.strict, |found| {
            refuse(&format!("strict decoding error: {found}"))
        })?;
        Ok(decoded.object)
    }

    fn check_body_name(&self, body: &Value) -> Result<(), Status> {
        let (have, name) = (object::meta(body, "name"), &*self.address.name);
        if have == name {
            return Ok(());
        }
        Err(Status::bad_request(format!(
            "name in URL does not match name in {} object",
            if body.get("target").is_some() { "Binding" } else { "Eviction" }
        )))
    }
}

/// POST of a Binding, to `pods/NAME/binding`.
pub(crate) fn bind(write: &mut Write<'_>) -> Result<Written, Status> {
    let mut binding = write.body_of("v1", "Binding")?;
    let name = write.address.name.clone();
    write.admit(Operation::Create, &mut binding, None, &name)?;
    write.check_body_name(&binding)?;
    strategy::check_binding(&binding)?;
    let key = format!("/registry/pods/{}", write.address.key(&write.address.name));
    // The address stays that of the binding: an update of the pod itself may not change its node.
    write.guaranteed(None, false, &mut |write, live| {
        let live = live.ok_or_else(|| write.kind.not_found(&write.address.name))?;
        let mut pod = live.clone();
        strategy::bind(&mut pod, &binding, &key, &write.now)?;
        Ok(pod)
    })?;
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Written { code: 201, made: Made::Object(done) })
}

/// POST of an Eviction, to `pods/NAME/eviction`.
pub(crate) fn evict(write: &mut Write<'_>) -> Result<Written, Status> {
    let mut eviction = write.body_of("policy/v1", "Eviction")?;
    let name = write.address.name.clone();
    write.admit(Operation::Create, &mut eviction, None, &name)?;
    write.check_body_name(&eviction)?;
    let mut options = match eviction.get("deleteOptions") {
        Some(options) if !options.is_null() => DeleteOptions::of_body(options)?,
        _ => DeleteOptions::default(),
    };
    options.dry_run |= write.options.dry_run;
    write.options.dry_run = options.dry_run;
    let name = write.address.name.clone();
    let key = write.address.key(&name);
    let stored =
        write.core.store.get(&write.kind.table, &key).ok_or_else(|| write.kind.not_found(&name))?;
    let pod = write.kind.read(&stored.bytes)?;
    let budgets = budgets(write, &pod);
    let Evicted { budget, as_it_is } = strategy::evict(&pod, &budgets, &write.now)?;
    if as_it_is && options.resource_version.is_none() {
        options.resource_version = Some(object::meta(&pod, "resourceVersion").to_owned());
    }
    if let Some(budget) = budget.filter(|_| !options.dry_run) {
        store_budget(write, budget);
    }
    if !options.dry_run {
        let marked = mark(write, &name, &options)?;
        if options.resource_version.is_some() {
            options.resource_version = Some(marked);
        }
    }
    let address = Address { subresource: String::new(), ..write.address.clone() };
    let warnings = delete_as(write.at(&address), &options)?;
    write.warnings.extend(warnings);
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Written { code: 201, made: Made::Object(done) })
}

/// Notes in a pod's status that it is being evicted; its version then.
fn mark(write: &Write<'_>, name: &str, options: &DeleteOptions) -> Result<String, Status> {
    let address = Address { subresource: "status".to_owned(), ..write.address.clone() };
    let written = write.at(&address).guaranteed(None, false, &mut |write, live| {
        let live = live.ok_or_else(|| write.kind.not_found(name))?;
        write.check_preconditions(live, name, options)?;
        let mut pod = live.clone();
        strategy::mark_evicted(&mut pod, &write.now);
        Ok(pod)
    })?;
    Ok(match written.made {
        Made::Stored(stored) => stored.revision.to_string(),
        Made::Object(pod) => object::meta(&pod, "resourceVersion").to_owned(),
    })
}

const BUDGETS: &str = "policy/poddisruptionbudgets";

/// The budgets that select a pod, by name.
fn budgets(write: &Write<'_>, pod: &Value) -> Vec<Value> {
    let prefix = format!("{}/", write.address.namespace);
    let page = write.core.store.list(BUDGETS, Range { prefix: &prefix, ..Range::default() });
    let all =
        page.items.iter().filter_map(|(_, stored)| serde_json::from_slice(&stored.bytes).ok());
    all.filter(|budget: &Value| {
        let selector = LabelSelector::from_object(budget.pointer("/spec/selector"));
        selector.is_ok_and(|selector| selector.matches_object(pod))
    })
    .collect()
}

/// Notes in a budget that a disruption has been used up.
fn store_budget(write: &Write<'_>, budget: Value) {
    let key = write.address.key(object::meta(&budget, "name"));
    let Some(kind) = write.core.kinds.find("policy", "v1", "poddisruptionbudgets") else { return };
    let Some(before) = write.core.store.get(BUDGETS, &key) else { return };
    let after = write
        .core
        .store
        .write(&kind.table, &key, Some(before.revision), |revision| seal(budget, revision));
    if let Ok(after) = after {
        effects::written(write.core, &kind, &key, Some(&before), Some(&after));
    }
}
