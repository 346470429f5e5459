//! Admission: what may be written, and how it is changed on the way.
//!
//! The server's own rules for namespaces, and closures in place of webhooks.

use crate::{
    access::User,
    builtin::strategy::admission::{self, Lookup, Request},
    core::Core,
    kind::Kind,
    status::Status,
    store::Range,
};
use serde_json::Value;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What is being done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It is created.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
}

/// A write that asks for admission, as the server sees it.
pub(crate) struct Attempt<'a> {
    pub(crate) core: &'a Core,
    pub(crate) kind: &'a Kind,
    pub(crate) operation: Operation,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) object: Option<&'a Value>,
    pub(crate) old: Option<&'a Value>,
    pub(crate) user: &'a User,
    pub(crate) dry_run: bool,
}

/// A write that asks for admission, as a closure sees it: an `AdmissionRequest`.
#[derive(Debug, Clone)]
pub struct Review<'a> {
    /// What is done.
    pub operation: Operation,
    /// API group of the resource.
    pub group: &'a str,
    /// API version of the resource.
    pub version: &'a str,
    /// Plural name of the resource.
    pub resource: &'a str,
    /// Kind of the object.
    pub kind: &'a str,
    /// Namespace; empty for what has none.
    pub namespace: &'a str,
    /// Name; empty where it is still to be generated.
    pub name: &'a str,
    /// Subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The new object; `None` in deletions.
    pub object: Option<&'a Value>,
    /// The live object; `None` in creations.
    pub old: Option<&'a Value>,
    /// Who writes.
    pub user: &'a User,
    /// Whether nothing will be stored.
    pub dry_run: bool,
}

/// Why a closure refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// HTTP status code; what is below 400 becomes 400, as with webhooks.
    pub code: u16,
    /// What is wrong, for people. May be empty.
    pub message: String,
}

impl Denial {
    /// A refusal with a reason.
    pub fn because(message: impl Into<String>) -> Self {
        Denial { code: 400, message: message.into() }
    }
}

type Mutate = dyn Fn(&Review<'_>, &mut Value) -> Result<(), Denial> + Send + Sync;
type Validate = dyn Fn(&Review<'_>) -> Result<(), Denial> + Send + Sync;

/// One closure in the place of a webhook.
struct Hook<F: ?Sized> {
    name: String,
    dry_run: bool,
    call: Arc<F>,
}

impl<F: ?Sized> Clone for Hook<F> {
    fn clone(&self) -> Self {
        Hook { name: self.name.clone(), dry_run: self.dry_run, call: self.call.clone() }
    }
}

/// The hooks of a server, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Admission {
    mutating: Mutex<Vec<Hook<Mutate>>>,
    validating: Mutex<Vec<Hook<Validate>>>,
}

impl Admission {
    /// Adds a closure that may change objects. `dry_run`: it has no side effects.
    pub(crate) fn add_mutating(&self, name: &str, dry_run: bool, call: Arc<Mutate>) {
        let hook = Hook { name: name.to_owned(), dry_run, call };
        self.mutating.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// Adds a closure that may refuse objects.
    pub(crate) fn add_validating(&self, name: &str, dry_run: bool, call: Arc<Validate>) {
        let hook = Hook { name: name.to_owned(), dry_run, call };
        self.validating.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    /// The first half, before an object is checked: it may be changed.
    pub(crate) fn mutate(&self, attempt: &Attempt<'_>, object: &mut Value) -> Result<(), Status> {
        admission::mutate(&attempt.request(), object, attempt.old, &Stores(attempt.core))?;
        let hooks = self.mutating.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for hook in hooks {
            let shown = object.clone();
            let review = attempt.review(Some(&shown));
            hook.allows(attempt)?;
            (hook.call)(&review, object).map_err(|denial| hook.refuses(denial))?;
        }
        Ok(())
    }

    /// The second half, for an object that is about to be stored or deleted.
    pub(crate) fn validate(&self, attempt: &Attempt<'_>) -> Result<(), Status> {
        admission::validate(
            &attempt.request(),
            attempt.object,
            attempt.old,
            &Stores(attempt.core),
        )?;
        let hooks = self.validating.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for hook in hooks {
            hook.allows(attempt)?;
            (hook.call)(&attempt.review(attempt.object)).map_err(|denial| hook.refuses(denial))?;
        }
        Ok(())
    }
}

impl<F: ?Sized> Hook<F> {
    /// A hook with side effects can't be asked in a dry run.
    fn allows(&self, attempt: &Attempt<'_>) -> Result<(), Status> {
        if attempt.dry_run && !self.dry_run {
            let message = format!("admission webhook \"{}\" does not support dry run", self.name);
            return Err(Status::bad_request(message));
        }
        Ok(())
    }

    fn refuses(&self, denial: Denial) -> Status {
        let code = if denial.code < 400 { 400 } else { denial.code };
        let message = if denial.message.is_empty() {
            format!("admission webhook \"{}\" denied the request without explanation", self.name)
        } else {
            format!("admission webhook \"{}\" denied the request: {}", self.name, denial.message)
        };
        let reason = match code {
            400 => "BadRequest",
            403 => "Forbidden",
            409 => "Conflict",
            422 => "Invalid",
            _ => "",
        };
        Status::new(code, reason, message)
    }
}

/// The objects that the server's own admission looks up.
struct Stores<'a>(&'a Core);

impl Lookup for Stores<'_> {
    fn get(&self, group: &str, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let key =
            if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        let stored = self.0.store.get(&table(group, resource), &key)?;
        serde_json::from_slice(&stored.bytes).ok()
    }

    fn list(&self, group: &str, resource: &str, namespace: &str) -> Vec<Value> {
        let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let range = Range { prefix: &prefix, ..Range::default() };
        let page = self.0.store.list(&table(group, resource), range);
        page.items
            .iter()
            .filter_map(|(_, stored)| serde_json::from_slice(&stored.bytes).ok())
            .collect()
    }
}

fn table(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{group}/{resource}") }
}

impl<'a> Attempt<'a> {
    fn request(&self) -> Request<'a> {
        Request {
            operation: match self.operation {
                Operation::Create => admission::Operation::Create,
                Operation::Update => admission::Operation::Update,
                Operation::Delete => admission::Operation::Delete,
            },
            group: &self.kind.info.group,
            resource: &self.kind.info.plural,
            subresource: self.subresource,
            namespace: self.namespace,
            name: self.name,
        }
    }

    fn review(&self, object: Option<&'a Value>) -> Review<'a> {
        Review {
            operation: self.operation,
            group: &self.kind.info.group,
            version: &self.kind.info.version,
            resource: &self.kind.info.plural,
            kind: &self.kind.info.kind,
            namespace: self.namespace,
            name: self.name,
            subresource: self.subresource,
            object,
            old: self.old,
            user: self.user,
            dry_run: self.dry_run,
        }
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").finish_non_exhaustive()
    }
}
