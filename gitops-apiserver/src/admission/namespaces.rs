//! The life of namespaces: the server's NamespaceLifecycle.

use super::{Attempt, Operation};
use crate::status::{Cause, Status};
use serde_json::Value;

/// Namespaces that can't be deleted.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Refuses what namespaces don't allow.
pub(super) fn admit(attempt: &Attempt<'_>) -> Result<(), Status> {
    let kind = attempt.kind;
    let is_namespace = kind.group().is_empty() && kind.info.kind == "Namespace";
    if is_namespace {
        if attempt.operation == Operation::Delete && IMMORTAL.contains(&attempt.name) {
            let why = "this namespace may not be deleted";
            return Err(Status::forbidden("", "namespaces", attempt.name, why));
        }
        return Ok(());
    }
    if attempt.namespace.is_empty() || attempt.operation != Operation::Create {
        return Ok(());
    }
    let is_review =
        kind.group() == "authorization.k8s.io" && kind.plural() == "localsubjectaccessreviews";
    if is_review {
        return Ok(());
    }
    let namespace = attempt.namespace;
    let Some(stored) = attempt.core.store.get("namespaces", namespace) else {
        return Err(Status::not_found("", "namespaces", namespace));
    };
    let found: Value = serde_json::from_slice(&stored.bytes).unwrap_or_default();
    if found.pointer("/status/phase").and_then(Value::as_str) != Some("Terminating") {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {namespace} because it is being terminated"
    );
    let mut status = Status::forbidden(kind.group(), kind.plural(), attempt.name, &why);
    status.details.get_or_insert_default().causes.push(Cause {
        reason: "NamespaceTerminating".to_owned(),
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".to_owned(),
    });
    Err(status)
}
