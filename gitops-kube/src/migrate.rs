//! Taking over fields from other ways of writing.
//!
//! An object that was made by client-side apply, by hand, or by our own plain patches has `Update`
//! entries that own its fields beside our applies. Such a co-owner keeps every field alive that
//! leaves Git. The cure of client-go's `csaupgrade` and of Flux: fold those entries into our apply
//! entry. What they own is ours then, and the next apply removes what is not desired.

use crate::fields::{Fields, Managed, Operation, PathElement, managed};
use json_patch::{
    Patch, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation, jsonptr::PointerBuf,
};
use serde_json::{Value, json};

/// The annotation in which client-side apply keeps what it applied last. It may hold secrets.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whose fields are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takeover {
    /// The plain writes of the manager with this name.
    Named(Box<str>),
    /// The plain writes of managers whose names start so.
    Prefixed(Box<str>),
    /// The applies and the plain writes of the manager with this name: a tool that no longer works
    /// on the object, such as `kustomize-controller`, `argocd-controller`, or we under another
    /// name. Of a tool that still does, it would come back with its next apply.
    Retired(Box<str>),
}

impl Takeover {
    /// What Flux takes over: all of kubectl's ways of writing (`kubectl-client-side-apply`,
    /// `kubectl-edit`, …), and `before-first-apply`, under which the server puts what an object
    /// held before its first apply. One's own plain writes are always folded.
    pub fn usual() -> Vec<Takeover> {
        vec![Takeover::Prefixed("kubectl".into()), Takeover::Named("before-first-apply".into())]
    }

    fn covers(&self, entry: &Managed<'_>) -> bool {
        let plain = entry.operation == Some(Operation::Update);
        match self {
            Takeover::Named(name) => plain && **name == *entry.manager,
            Takeover::Prefixed(prefix) => plain && entry.manager.starts_with(&**prefix),
            Takeover::Retired(name) => **name == *entry.manager,
        }
    }
}

/// What a takeover changes in an object's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// The new `metadata.managedFields`.
    pub managed_fields: Value,
    /// The annotations to drop: other tools' memory of what they applied.
    pub annotations: Vec<Box<str>>,
}

/// Folds the plain writes of `manager` itself, and what `from` names, into the apply entry of
/// `manager`, which is made if there is none. Entries of subresources stay as they are. `None` when
/// there is nothing to fold, or when a set can't be read (no server sends such).
///
/// Paths of entries in another API version are folded too: a path that the version of our entry
/// lacks names nothing and costs nothing, while dropping it would leave the field without an owner
/// that ever removes it. O(size of managedFields).
pub fn migrate(live: &Value, manager: &str, from: &[Takeover]) -> Option<Migration> {
    let covered = |entry: &Managed<'_>| {
        let own = entry.manager == manager && entry.operation == Some(Operation::Update);
        let taken = || from.iter().any(|taken| taken.covers(entry));
        entry.subresource.is_empty() && !entry.is_apply_of(manager) && (own || taken())
    };
    let (folded, kept): (Vec<_>, Vec<_>) = managed(live).partition(covered);
    let mut base = *kept
        .iter()
        .find(|entry| entry.is_apply_of(manager))
        .or(folded.first())
        .filter(|_| !folded.is_empty())?;
    base.manager = manager;

    let mut fields = Fields::default();
    let own = kept.iter().filter(|entry| entry.is_apply_of(manager));
    for entry in own.chain(&folded) {
        fields = fields.union(&entry.fields().ok()?);
    }
    // The annotation goes with this change: no claim to it is left over.
    let annotation = ["metadata", "annotations", LAST_APPLIED].map(PathElement::field);
    let mut gone = Fields::default();
    gone.insert(&annotation);
    fields = fields.recursive_difference(&gone);

    let mut entry = json!({
        "manager": manager,
        "operation": "Apply",
        "apiVersion": base.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields.to_value(),
    });
    if let (Some(time), Some(map)) = (base.raw.get("time"), entry.as_object_mut()) {
        map.insert("time".to_owned(), time.clone());
    }
    let rest = kept.iter().filter(|entry| !entry.is_apply_of(manager));
    let managed_fields =
        std::iter::once(entry).chain(rest.map(|entry| entry.raw.clone())).collect();
    let annotated = live.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED));
    let annotations = annotated.map(|_| LAST_APPLIED.into()).into_iter().collect();
    Some(Migration { managed_fields, annotations })
}

impl Migration {
    /// The takeover as an RFC 6902 patch that applies to this very version of the object only:
    /// send it as `application/json-patch+json`. `None` for an object without a resourceVersion.
    pub fn patch(&self, live: &Value) -> Option<Patch> {
        let mut operations = vec![version_test(live)?];
        operations.push(PatchOperation::Replace(ReplaceOperation {
            path: pointer(["metadata", "managedFields"]),
            value: self.managed_fields.clone(),
        }));
        operations.extend(self.annotations.iter().map(|name| {
            let path = pointer(["metadata", "annotations", name]);
            PatchOperation::Remove(RemoveOperation { path })
        }));
        Some(Patch(operations))
    }
}

/// The operation that makes a patch fail on any other version of the object.
pub(crate) fn version_test(live: &Value) -> Option<PatchOperation> {
    let value = live.pointer("/metadata/resourceVersion")?.clone();
    Some(PatchOperation::Test(TestOperation {
        path: pointer(["metadata", "resourceVersion"]),
        value,
    }))
}

/// An RFC 6901 pointer; tokens are escaped.
pub(crate) fn pointer<const N: usize>(tokens: [&str; N]) -> PointerBuf {
    PointerBuf::from_tokens(tokens)
}

#[cfg(test)]
mod tests;
