//! Namespaces that objects are created in.

use super::{Lookup, Operation, Request};
use crate::builtin::defaults::field;
use crate::status::{Cause, Status};
use serde_json::Value;

/// These are always there.
const IMMORTAL: [&str; 3] = ["default", "kube-public", "kube-system"];

/// Content needs a namespace that isn't on its way out.
pub(super) fn check(
    request: &Request<'_>,
    object: Option<&Value>,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let namespace = request.namespace;
    let is_namespace = request.group.is_empty() && request.resource == "namespaces";
    match request.operation {
        Operation::Delete if is_namespace && IMMORTAL.contains(&request.name) => {
            let why = "this namespace may not be deleted";
            return Err(Status::forbidden("", "namespaces", request.name, why));
        }
        Operation::Create if !namespace.is_empty() && !is_namespace && !is_review(request) => {}
        _ => return Ok(()),
    }
    let Some(found) = lookup.get("", "namespaces", "", namespace) else {
        return Err(Status::not_found("", "namespaces", namespace));
    };
    if field::text(&found, "status.phase") != "Terminating" {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {namespace} because it is being terminated"
    );
    let mut refused = request.forbidden(object, &why);
    refused.details.get_or_insert_default().causes.push(Cause {
        reason: "NamespaceTerminating".to_owned(),
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".to_owned(),
    });
    Err(refused)
}

/// Whether it asks a question about a namespace instead of adding to it.
fn is_review(request: &Request<'_>) -> bool {
    request.group == "authorization.k8s.io" && request.resource == "localsubjectaccessreviews"
}
