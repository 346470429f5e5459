//! Writes to objects with `metadata.managedFields`, as the API server does them.
//!
//! [`Resource`] is the whole of the server's field management: it reads the entries of the live
//! object, lets the [`Updater`] work out who owns what, and writes the
//! entries of the new object.

mod cap;
mod entries;
mod error;
mod identity;
mod last_applied;
mod types;

pub use entries::{Entries, EntriesError};
pub use error::{ApplyConflict, Cause, WriteError};
pub use identity::Identity;
pub use types::{Types, Versions};

use crate::{
    fields::{Fields, Filter, Operation, PathElement},
    typed::{Duplicates, Typed},
    update::{Conflicts, UpdateError, Updater},
};
use entries::{is_reset, strip};
use serde_json::Value;
use std::collections::BTreeMap;
use types::{Conversion, NotTyped, kind, typed};

/// The owner of what was there when an object was applied for the first time.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";
/// The owner of what an update in progress changes.
const CURRENT: &str = "current-operation";

/// A kind at one API version, written through its resource or one of its subresources.
#[derive(Debug)]
pub struct Resource<T> {
    types: T,
    api_version: String,
    kind: String,
    subresource: String,
    ignored: BTreeMap<String, Filter>,
}

impl<T: Types> Resource<T> {
    /// The resource itself.
    pub fn new(types: T, api_version: &str, kind: &str) -> Self {
        Resource {
            types,
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            subresource: String::new(),
            ignored: BTreeMap::new(),
        }
    }

    /// The subresource with this name, such as `status`.
    #[must_use]
    pub fn subresource(self, name: &str) -> Self {
        Resource { subresource: name.to_owned(), ..self }
    }

    /// With fields that writes here don't touch, by API version: what counts. Kinds with a status
    /// subresource leave `status` out of writes to the object, and all but `status` of writes to
    /// the subresource.
    #[must_use]
    pub fn ignoring(self, ignored: BTreeMap<String, Filter>) -> Self {
        Resource { ignored, ..self }
    }

    /// Server-side apply. `live` is the object at this resource's version, `None` to create it;
    /// `now` the time that changed entries get, RFC 3339 in UTC and seconds. The answer is the
    /// object to store: the live one, with its managedFields, where nothing changes.
    ///
    /// What the server does before and after (patching metadata, defaults of other kinds,
    /// validation, admission) is not done here. O(size × versions in managedFields).
    ///
    /// # Errors
    /// Conflicts, unless forced; a configuration of another kind, with managedFields, or that does
    /// not fit its type; a live object that does not fit either. Nothing has changed then.
    pub fn apply(
        &self,
        live: Option<&Value>,
        config: &Value,
        manager: &str,
        force: bool,
        now: &str,
    ) -> Result<Value, WriteError> {
        let text = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("apiVersion") != self.api_version || text("kind") != self.kind {
            return Err(WriteError::WrongKind { found: kind(config) });
        }
        let given = config.pointer("/metadata/managedFields").and_then(Value::as_array);
        // What are no entries at all is left to the schema.
        if given.is_some_and(|given| given.iter().all(Value::is_object)) {
            return Err(WriteError::ManagedFieldsGiven);
        }
        let mut plain = live.cloned().unwrap_or_else(|| self.empty());
        let mut entries = Entries::of(&plain)?;
        strip(&mut plain);
        if entries.owners.is_empty() {
            let before = BEFORE_FIRST_APPLY;
            self.track(&self.empty(), &plain, &mut entries, before, now)?;
        }
        let mut object = match self.apply_once(&plain, config, &entries, manager, force, now) {
            Err(WriteError::Update(UpdateError::Conflicts(conflicts))) => {
                self.relieve(conflicts, manager, &plain)?;
                self.apply_once(&plain, config, &entries, manager, true, now)?
            }
            other => other?,
        };
        if manager == last_applied::KUBECTL {
            last_applied::sync(&mut object, config);
        }
        Ok(object)
    }

    /// Any other write: `new` is the whole object that is to be stored, `live` the one it
    /// replaces, `None` if it is created. Both are at this resource's version. The answer is
    /// `new` with the entries of its owners. A request can set entries itself, and reset them by
    /// an empty list. O(size × versions in managedFields).
    ///
    /// # Errors
    /// An object does not fit its type. The server then stores the new object with the entries of
    /// the live one.
    pub fn update(
        &self,
        live: Option<&Value>,
        new: &Value,
        manager: &str,
        now: &str,
    ) -> Result<Value, WriteError> {
        let created = live.is_none();
        let mut plain = live.cloned().unwrap_or_else(|| self.empty());
        let mut entries = self.entries_of_update(&plain, new);
        strip(&mut plain);
        let mut object = new.clone();
        strip(&mut object);
        // Objects that nobody ever applied and that were reset stay without owners.
        if created || !entries.owners.is_empty() {
            self.track(&plain, &object, &mut entries, manager, now)?;
        }
        entries.write(&mut object);
        Ok(object)
    }

    fn empty(&self) -> Value {
        self.types.empty(&self.api_version, &self.kind)
    }

    /// The entries that an update starts from: the request's own, or else the live ones. A
    /// subresource can't change them. Such as can't be read are as none.
    fn entries_of_update(&self, live: &Value, new: &Value) -> Entries {
        let of_live = || Entries::of(live).unwrap_or_default();
        if !self.subresource.is_empty() {
            return of_live();
        }
        if is_reset(new) {
            return Entries::default();
        }
        match Entries::of(new) {
            Ok(entries) if !entries.owners.is_empty() => entries,
            _ => of_live(),
        }
    }

    /// Gives what an update changes to its manager.
    fn track(
        &self,
        live: &Value,
        new: &Value,
        entries: &mut Entries,
        manager: &str,
        now: &str,
    ) -> Result<(), WriteError> {
        let allow = Duplicates::Allow;
        let new = self.typed("convert new object to typed", new.clone(), allow)?;
        let live = self.typed("convert live object to typed", live.clone(), allow)?;
        let owners = std::mem::take(&mut entries.owners);
        let updater = self.updater();
        entries.owners = updater
            .update(&live, &new, &self.api_version, owners, CURRENT)
            .map_err(WriteError::Update)?;
        if let Some(mut owned) = entries.owners.remove(CURRENT) {
            owned.fields = owned.fields.difference(&never_owned());
            if !owned.fields.is_empty() {
                let identity = self.identity(manager, Operation::Update);
                if let Some(previous) = entries.owners.get(identity.as_str()) {
                    owned.fields = owned.fields.union(&previous.fields);
                }
                entries.owners.insert(identity.as_str(), owned);
                entries.times.insert(identity.as_str().to_owned(), now.to_owned());
            }
        }
        cap::cap(entries);
        Ok(())
    }

    fn apply_once(
        &self,
        live: &Value,
        config: &Value,
        entries: &Entries,
        manager: &str,
        force: bool,
        now: &str,
    ) -> Result<Value, WriteError> {
        let mut config = config.clone();
        if config.pointer("/metadata/managedFields").is_some_and(Value::is_null) {
            strip(&mut config);
        }
        let config = self.typed("create typed patch object", config, Duplicates::Refuse)?;
        let typed_live = self.typed("create typed live object", live.clone(), Duplicates::Allow)?;
        let identity = self.identity(manager, Operation::Apply);
        let identity = identity.as_str();
        let owners = entries.owners.clone();
        let version = &*self.api_version;
        let updater = self.updater();
        let applied = updater
            .apply(&typed_live, &config, version, owners, identity, force)
            .map_err(WriteError::Update)?;
        let mut entries = Entries { owners: applied.owners, times: entries.times.clone() };
        if let Some(mut owned) = entries.owners.remove(identity) {
            owned.fields = owned.fields.difference(&never_owned());
            if !owned.fields.is_empty() {
                entries.owners.insert(identity, owned);
            }
        }
        let mut object = match applied.object {
            Some(object) => {
                entries.times.insert(identity.to_owned(), now.to_owned());
                let mut object = object.into_value();
                self.types.fill_defaults(&mut object);
                object
            }
            None => live.clone(),
        };
        entries.write(&mut object);
        Ok(object)
    }

    /// Lets kubectl take over what it applied client-side: refuses unless all conflicts are there.
    fn relieve(&self, conflicts: Conflicts, manager: &str, live: &Value) -> Result<(), WriteError> {
        let own = (manager == last_applied::KUBECTL)
            .then(|| last_applied::own(&self.types, live))
            .flatten()
            .unwrap_or_default();
        match conflicts.outside(&own) {
            Some(conflicts) => Err(WriteError::Conflict(ApplyConflict::new(conflicts))),
            None => Ok(()),
        }
    }

    fn updater(&self) -> Updater<Conversion<'_, T>> {
        Updater::new(Conversion(&self.types)).ignoring(self.ignored.clone())
    }

    fn identity(&self, manager: &str, operation: Operation) -> Identity {
        let manager = if manager.is_empty() { "unknown" } else { manager };
        Identity::new(manager, operation, &self.api_version, &self.subresource)
    }

    fn typed(
        &self,
        step: &'static str,
        object: Value,
        duplicates: Duplicates,
    ) -> Result<Typed, WriteError> {
        let meta = |name: &str| {
            let value = object.pointer("/metadata").and_then(|meta| meta.get(name)?.as_str());
            value.unwrap_or_default().to_owned()
        };
        let which = format!("{}/{}; {}", meta("namespace"), meta("name"), kind(&object));
        typed(&self.types, object, duplicates).map_err(|error| match error {
            NotTyped::Invalid(error) => WriteError::Typed { step, object: which, error },
            NotTyped::NoType(message) => WriteError::NoType { step, object: which, message },
        })
    }
}

/// What has no owner: the server sets it, or it can't change.
fn never_owned() -> Fields {
    let mut out = Fields::default();
    for name in ["apiVersion", "kind", "metadata"] {
        out.insert(&[PathElement::field(name)]);
    }
    let below = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    for name in below {
        out.insert(&[PathElement::field("metadata"), PathElement::field(name)]);
    }
    out
}
