//! Storing a new or changed object: what all writes have in common.

use super::{ATTEMPTS, Made, Write, Written, namespace::has_content, seal::Sealed};
use crate::{
    access::{RoleWrite, check_escalation},
    admission::{Attempt, Operation},
    builtin::strategy::{Writer, services::Allocation},
    custom::Validity,
    effects,
    kind::UNSETTLED,
    object,
    status::{FieldError, Status, quote},
    store::Stored,
};
use serde_json::Value;

/// The largest object that storage takes, in bytes: etcd's default.
const MAX_STORED: usize = 1_572_864;
pub(super) const LOCK: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// Works out the new object from the live one.
type Make<'m, W> = dyn FnMut(&mut W, Option<&Value>) -> Result<Value, Status> + 'm;

impl Write<'_> {
    /// Reads, lets `make` work out the new object, and stores it. `make` gets the live object, or
    /// `None` where a creation is allowed; `uid` is a precondition.
    pub(super) fn guaranteed(
        &mut self,
        uid: Option<&str>,
        create: bool,
        make: &mut Make<'_, Self>,
    ) -> Result<Written, Status> {
        let kind = self.kind;
        let name = &*self.address.name;
        let key = self.address.key(name);
        // Also by its subresources, where it has any.
        let create = create || kind.model.create_on_update();
        let warned = self.warnings.len();
        for _ in 0..ATTEMPTS {
            let stored = self.core.store.get(&kind.table, &key);
            let live = stored.as_ref().map(|stored| kind.decoded(&stored.bytes)).transpose()?;
            if live.is_none() && !create {
                return Err(kind.not_found(name));
            }
            if let Some(uid) = uid {
                let have = live.as_ref().map(|live| object::meta(live, "uid")).unwrap_or_default();
                if have != uid {
                    return Err(self.invalid_object(name, &format!(
                        "Precondition failed: UID in precondition: {uid}, UID in object meta: {have}"
                    )));
                }
            }
            self.warnings.truncate(warned);
            let new = make(self, live.as_ref())?;
            let done = match (&live, &stored) {
                (Some(live), Some(stored)) => self.store_update(live, stored, new, &key)?,
                _ => {
                    let mut new = new;
                    wipe(&mut new);
                    written_version(&new)?;
                    self.fill(&mut new);
                    self.store_create(new, &key, false)?
                }
            };
            if let Some(written) = done {
                return Ok(written);
            }
        }
        Err(kind.conflict(name, LOCK))
    }

    /// What the server gives every new object.
    pub(super) fn fill(&self, new: &mut Value) {
        object::set_meta(new, "creationTimestamp", self.now.as_str());
        object::set_meta(new, "uid", self.core.uid());
    }

    /// Checks a new object and stores it. `None`: somebody was faster. `posted`: it comes by POST,
    /// where a version is refused.
    pub(super) fn store_create(
        &mut self,
        mut new: Value,
        key: &str,
        posted: bool,
    ) -> Result<Option<Written>, Status> {
        let kind = self.kind;
        self.place(&mut new)?;
        if let Some(why) = kind.model.refuses_creation() {
            return Err(Status::forbidden(
                kind.group(),
                kind.plural(),
                object::meta(&new, "name"),
                why,
            ));
        }
        self.check_escalation(&new, None)?;
        let allocation = self.allocate(&mut new, None)?;
        self.warnings.extend(kind.model.early_warnings(&new));
        kind.model.prepare_create(&mut new, &self.writer());
        let name = object::meta(&new, "name").to_owned();
        let Validity { mut errors, warnings } = kind.model.validate_create(&new);
        errors.splice(0..0, self.refused_claim(&new));
        if !errors.is_empty() {
            return Err(self.invalid(&new, &errors));
        }
        self.warnings.extend(warnings);
        self.core.admission.validate(&self.attempt(Operation::Create, Some(&new), None, &name))?;
        let version = object::meta(&new, "resourceVersion").parse::<u64>();
        // The storage looks at it, which a dry run doesn't reach.
        let stores = posted && !self.options.dry_run;
        if stores && version.is_ok_and(|version| version > 0) {
            return Err(Status::unclassified(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        if self.core.store.get(&kind.table, key).is_some() {
            return self.exists(&new, key);
        }
        if self.options.dry_run {
            return Ok(Some(Written { code: 201, made: Made::Object(self.as_stored(new)?) }));
        }
        let sealed = self.to_stored(new)?;
        let Ok(stored) =
            self.core.store.write(&kind.table, key, None, |revision| sealed.at(revision))
        else {
            return Ok(None);
        };
        self.core.services.apply(allocation);
        effects::written(self.core, kind, key, None, Some(&stored));
        Ok(Some(Written { code: 201, made: Made::Stored(stored) }))
    }

    /// The object is there already.
    fn exists(&self, new: &Value, key: &str) -> Result<Option<Written>, Status> {
        let kind = self.kind;
        let name = object::meta(new, "name");
        let generated = !object::meta(new, "generateName").is_empty();
        let mut status = if generated {
            Status::generate_name_conflict(kind.group(), kind.plural(), name)
        } else {
            Status::already_exists(kind.group(), kind.plural(), name)
        };
        let live = self
            .core
            .store
            .get(&kind.table, key)
            .map(|stored| kind.read(&stored.bytes))
            .transpose()?;
        if live.is_some_and(|live| object::is_deleting(&live)) {
            status.message = format!("object is being deleted: {}", status.message);
        }
        Err(status)
    }

    /// Checks a changed object and stores it. `None`: somebody has written meanwhile.
    fn store_update(
        &mut self,
        live: &Value,
        stored: &Stored,
        mut new: Value,
        key: &str,
    ) -> Result<Option<Written>, Status> {
        let kind = self.kind;
        let name = &*self.address.name;
        self.check_version(&mut new, live, name)?;
        self.place(&mut new)?;
        self.check_escalation(&new, Some(live))?;
        // Where addresses are given out, what is there is completed first.
        let completed;
        let live = match self.subresource() {
            "" if !kind.is_plain(&stored.bytes) => {
                completed = kind.model.shown(live.clone());
                &completed
            }
            _ => live,
        };
        let allocation = self.allocate(&mut new, Some(live))?;
        self.prepare_update(&mut new, live);
        let Validity { mut errors, warnings } =
            kind.model.validate_update(&new, live, self.subresource());
        errors.splice(0..0, self.refused_status(&new, live));
        if !errors.is_empty() {
            return Err(self.invalid(&new, &errors));
        }
        self.warnings.extend(warnings);
        keep_times(&mut new, live);
        self.core.admission.validate(&self.attempt(
            Operation::Update,
            Some(&new),
            Some(live),
            name,
        ))?;
        let has_content = &*kind.table == "namespaces" && has_content(&new);
        if ends(&new, live) && !has_content {
            return self.end(stored, new, key);
        }
        if self.options.dry_run {
            return Ok(Some(Written { code: 200, made: Made::Object(self.as_stored(new)?) }));
        }
        object::drop_meta(&mut new, "selfLink");
        let same = kind.is_plain(&stored.bytes) && new == *live;
        let sealed = self.to_stored(new)?;
        // What is stored decides, not what it is read as: reading sets defaults, and storing makes
        // some values the same. What reading changes is never the same.
        let stays = || {
            let bytes = sealed.clone().at(stored.revision);
            bytes == stored.bytes && !bytes.ends_with(UNSETTLED)
        };
        if same || stays() {
            return Ok(Some(Written { code: 200, made: Made::Stored(stored.clone()) }));
        }
        let expected = Some(stored.revision);
        let Ok(after) =
            self.core.store.write(&kind.table, key, expected, |revision| sealed.at(revision))
        else {
            return Ok(None);
        };
        self.core.services.apply(allocation);
        effects::written(self.core, kind, key, Some(stored), Some(&after));
        Ok(Some(Written { code: 200, made: Made::Stored(after) }))
    }

    /// Who writes, for what is noted in the object.
    fn writer(&self) -> Writer<'_> {
        let user = &self.call.user;
        Writer {
            subresource: self.subresource(),
            now: &self.now,
            user: &user.name,
            uid: &user.uid,
            groups: &user.groups,
            extra: &user.extra,
            labels_given: self.labels_given,
        }
    }

    /// The optimistic lock: a write says which state it is based on, or overwrites where it may.
    fn check_version(&self, new: &mut Value, live: &Value, name: &str) -> Result<(), Status> {
        let kind = self.kind;
        let current = object::meta(live, "resourceVersion");
        match written_version(new)? {
            "" | "0" if kind.model.unconditional_update() => {
                object::set_meta(new, "resourceVersion", current);
                Ok(())
            }
            "" | "0" => {
                let error = FieldError::invalid(
                    "metadata.resourceVersion",
                    0,
                    "must be specified for an update",
                );
                Err(Status::invalid(kind.group(), kind.plural(), name, &[error]))
            }
            version if version == current => Ok(()),
            _ => Err(kind.conflict(name, LOCK)),
        }
    }

    /// Nobody grants by roles what they don't have.
    fn check_escalation(&self, new: &Value, old: Option<&Value>) -> Result<(), Status> {
        if self.kind.group() != "rbac.authorization.k8s.io" {
            return Ok(());
        }
        let write = RoleWrite {
            resource: self.kind.plural(),
            namespace: &self.address.namespace,
            name: &self.address.name,
            object: new,
            old,
        };
        check_escalation(&self.core.store, &self.call.user, write)
    }

    /// The addresses and ports of a Service; nothing for any other kind.
    fn allocate(&self, new: &mut Value, old: Option<&Value>) -> Result<Option<Allocation>, Status> {
        let is_service = self.kind.group().is_empty() && self.kind.info.kind == "Service";
        if !is_service || !self.subresource().is_empty() {
            return Ok(None);
        }
        self.core.services.allocate(new, old, self.options.dry_run).map(Some)
    }

    /// What an update can't change, and what the kind sets.
    fn prepare_update(&self, new: &mut Value, live: &Value) {
        object::copy_meta(new, live, "generation");
        self.kind.model.prepare_update(new, live, self.subresource(), &self.writer());
        if object::meta(new, "uid").is_empty() {
            object::copy_meta(new, live, "uid");
        }
        if object::meta_value(live, "creationTimestamp").is_some() {
            object::copy_meta(new, live, "creationTimestamp");
        }
        if object::is_deleting(live) {
            object::copy_meta(new, live, "deletionTimestamp");
        }
        if object::grace(live).is_some() && object::grace(new).is_none() {
            object::copy_meta(new, live, "deletionGracePeriodSeconds");
        }
    }

    /// The last finalizer of a deleted object is gone: so is the object.
    fn end(&mut self, stored: &Stored, new: Value, key: &str) -> Result<Option<Written>, Status> {
        let kind = self.kind;
        if !self.options.dry_run {
            let last = kind.decoded(&stored.bytes)?;
            let sealed = self.to_stored(last)?;
            let removed = self
                .core
                .store
                .remove(&kind.table, key, stored.revision, |revision| sealed.at(revision));
            if removed.is_err() {
                return Ok(None);
            }
            effects::written(self.core, kind, key, Some(stored), None);
        }
        Ok(Some(Written { code: 200, made: Made::Object(self.shown(new)) }))
    }

    /// Refuses an object. A custom one is what it says it is.
    fn invalid(&self, new: &Value, errors: &[FieldError]) -> Status {
        let kind = self.kind;
        let name = object::meta(new, "name");
        if !kind.model.is_custom() {
            return Status::invalid(kind.refused_group(), &kind.info.kind, name, errors);
        }
        let text = |field: &str| new.get(field).and_then(Value::as_str).unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        Status::invalid(group, text("kind"), name, errors)
    }

    /// An object as the answer shows it; that of a status shows it as it is decoded.
    pub(super) fn shown(&self, object: Value) -> Value {
        if self.subresource() == "status" { object } else { self.kind.model.shown(object) }
    }

    /// What a dry run answers: the object as it would come back from the storage.
    fn as_stored(&self, new: Value) -> Result<Value, Status> {
        let kind = self.kind;
        let new = kind.model.stored(new, &self.now);
        if kind.is_stored_version() {
            return kind.model.read(new).map(|new| self.shown(new));
        }
        kind.model.convert(kind.model.convert(new, &kind.stored_at)?, &kind.api_version)
    }

    /// An object at the storage version, small enough to be stored.
    pub(super) fn to_stored(&self, mut new: Value) -> Result<Sealed, Status> {
        object::drop_meta(&mut new, "selfLink");
        let new = self.kind.model.stored(new, &self.now);
        let (new, unsettled) = match self.kind.is_stored_version() {
            true => {
                let unsettled = self.kind.model.is_unsettled(&new);
                (new, unsettled)
            }
            false => self.kind.model.to_storage(new, &self.kind.stored_at)?,
        };
        // An object is never larger in memory than the body that brought it and its bookkeeping:
        // what is far from the limit needs no counting.
        if self.call.body.len() > MAX_STORED / 8 && new.to_string().len() > MAX_STORED {
            return Err(Status::unclassified("etcdserver: request is too large"));
        }
        Ok(Sealed::new(new, unsettled))
    }

    pub(super) fn attempt<'b>(
        &'b self,
        operation: Operation,
        new: Option<&'b Value>,
        old: Option<&'b Value>,
        name: &'b str,
    ) -> Attempt<'b> {
        Attempt {
            core: self.core,
            kind: self.kind,
            operation,
            namespace: &self.address.namespace,
            name,
            subresource: self.subresource(),
            object: new,
            old,
            user: &self.call.user,
            dry_run: self.options.dry_run,
        }
    }

    /// A precondition of storage does not hold.
    pub(super) fn invalid_object(&self, name: &str, why: &str) -> Status {
        let kind = self.kind;
        let plural = match (kind.group(), kind.plural()) {
            ("", "services") => "services/specs",
            ("", "endpoints") => "services/endpoints",
            ("", "nodes") => "minions",
            ("", "replicationcontrollers") => "controllers",
            ("networking.k8s.io", "ingresses") => "ingress",
            ("apiextensions.k8s.io" | "apiregistration.k8s.io", _) => &kind.table,
            _ if kind.model.is_custom() => &kind.table,
            (_, plural) => plural,
        };
        // A dry run asks a layer above the one that knows the prefix.
        let prefix = if self.options.dry_run { "" } else { "/registry" };
        let key = format!("{prefix}/{plural}/{}", self.address.key(name));
        kind.conflict(name, &format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {why}"
        ))
    }
}

/// The version that an object to be stored is based on.
fn written_version(new: &Value) -> Result<&str, Status> {
    let version = object::meta(new, "resourceVersion");
    match version.parse::<u64>() {
        Ok(_) => Ok(version),
        Err(_) if version.is_empty() => Ok(version),
        Err(_) => Err(Status::unclassified(format!(
            "strconv.ParseUint: parsing {}: invalid syntax",
            quote(version)
        ))),
    }
}

/// What nobody can set on a new object.
pub(super) fn wipe(new: &mut Value) {
    let system =
        ["creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];
    for name in system {
        object::drop_meta(new, name);
    }
}

/// Whether an update removes what was waiting for its finalizers.
fn ends(new: &Value, live: &Value) -> bool {
    object::finalizers(new).is_empty()
        && object::is_deleting(live)
        && object::grace(live).unwrap_or(0) == 0
}

/// Where nothing changes but the times of managedFields, they stay too.
fn keep_times(new: &mut Value, live: &Value) {
    let entries = |object: &Value| {
        object::meta_value(object, "managedFields").and_then(Value::as_array).cloned()
    };
    let (Some(after), Some(before)) = (entries(new), entries(live)) else { return };
    let timeless = |entries: &[Value]| -> Vec<Value> {
        let mut entries = entries.to_vec();
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.remove("time");
        }
        entries
    };
    if after == before || timeless(&after) != timeless(&before) {
        return;
    }
    object::set_meta(new, "managedFields", before);
    if new != live {
        object::set_meta(new, "managedFields", after);
    }
}
