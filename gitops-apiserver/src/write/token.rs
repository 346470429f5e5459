//! Tokens for service accounts: what is posted to `serviceaccounts/NAME/token`.
//!
//! Source: `pkg/registry/core/serviceaccount/storage/token.go` of Kubernetes 1.37.

use super::{Made, Write, Written};
use crate::{
    access::{Bound, Claims, ISSUER, Reference},
    admission::Operation,
    builtin::validation,
    kind, names, object,
    status::{FieldError, Status, quote},
    time,
};
use serde_json::{Value, json};
use std::time::Duration;

const GROUP: &str = "authentication.k8s.io";
const KIND: &str = "TokenRequest";
/// Pods whose tokens end after so many seconds may not know yet how to get another one,
const WARNED: u64 = 60 * 60 + 7;
/// and have so many.
const EXTENDED: u64 = 365 * 24 * 60 * 60;

/// POST of a TokenRequest: the same with a token in its status.
pub(crate) fn token(write: &mut Write<'_>) -> Result<Written, Status> {
    let mut request = write.token_request()?;
    let name = write.address.name.clone();
    write.admit(Operation::Create, &mut request, None, &name)?;
    let account = write.account_of(&request)?;
    let uid = object::meta(&account, "uid").to_owned();
    complete(&mut request, &name, &uid, &write.now);
    let errors = validation::token_request(&request);
    if !errors.is_empty() {
        return Err(Status::invalid(GROUP, KIND, "", &errors));
    }
    let attempt = write.attempt(Operation::Create, Some(&request), None, &name);
    write.core.admission.validate(&attempt)?;
    let mut bound = Bound {
        namespace: write.address.namespace.clone(),
        node: None,
        pod: None,
        secret: None,
        account: Reference { name, uid },
        warn_after: None,
    };
    if let Some(reference) = part(&request, "boundObjectRef") {
        write.bind_token(reference, &mut bound)?;
    }
    let status = write.issue(&request, bound)?;
    if let Some(request) = request.as_object_mut() {
        request.insert("status".to_owned(), status);
    }
    Ok(Written { code: 201, made: Made::Object(request) })
}

impl Write<'_> {
    /// What was sent, with its owners.
    fn token_request(&mut self) -> Result<Value, Status> {
        let mut asked = self.of(kind::token_requests(), self.address);
        let mut request = asked.object()?;
        asked.place(&mut request)?;
        asked.dedup_owners(&mut request, false);
        let request = asked.track(None, request);
        let warnings = asked.warnings;
        self.warnings.extend(warnings);
        Ok(request)
    }

    /// The account that a token is asked for.
    fn account_of(&self, request: &Value) -> Result<Value, Status> {
        let name = &*self.address.name;
        let asked = object::meta(request, "name");
        if !asked.is_empty() && asked != name {
            let why = "must match the service account name if specified";
            let error = FieldError::invalid("metadata.name", asked, why);
            return Err(Status::invalid(GROUP, KIND, name, &[error]));
        }
        let account = self.get("serviceaccounts", &self.address.key(name), name)?;
        let (asked, uid) = (object::meta(request, "uid"), object::meta(&account, "uid"));
        if !asked.is_empty() && asked != uid {
            return Err(Status::conflict(
                GROUP,
                KIND,
                name,
                &format!(
                    "the UID in the token request ({asked}) does not match the UID of the service account ({uid})"
                ),
            ));
        }
        Ok(account)
    }

    /// An object of the core group.
    fn get(&self, plural: &str, key: &str, name: &str) -> Result<Value, Status> {
        if name.is_empty() {
            return Err(Status::bad_request("Name parameter required."));
        }
        let problems = names::path_segment(name);
        if !problems.is_empty() {
            let (name, why) = (quote(name), problems.join(";"));
            return Err(Status::bad_request(format!("Name parameter invalid: {name}: {why}")));
        }
        let stored = self.core.store.get(plural, key);
        let stored = stored.ok_or_else(|| Status::not_found("", plural, name))?;
        serde_json::from_slice(&stored.bytes).map_err(|error| Status::internal(&error.to_string()))
    }

    /// Binds a token to an object.
    fn bind_token(&self, reference: &Value, bound: &mut Bound) -> Result<(), Status> {
        let text = |name: &str| reference.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        let (plural, key) = match (group_and_version(text("apiVersion")), kind) {
            (("", _), "Pod") => ("pods", self.address.key(name)),
            (("", _), "Secret") => ("secrets", self.address.key(name)),
            (("", _), "Node") => ("nodes", name.to_owned()),
            (of, _) => return Err(unbindable(of, kind)),
        };
        let object = self.get(plural, &key, name)?;
        let uid = object::meta(&object, "uid");
        let found = Some(Reference { name: name.to_owned(), uid: uid.to_owned() });
        match plural {
            "pods" => {
                bound.node = self.node_of(&object, &bound.account.name)?;
                bound.pod = found;
            }
            "nodes" => bound.node = found,
            _ => bound.secret = found,
        }
        let asked = text("uid");
        if asked.is_empty() || asked == uid {
            return Ok(());
        }
        Err(Status::conflict(
            "",
            kind,
            name,
            &format!(
                "the UID in the bound object reference ({asked}) does not match the UID in record. The object might have been deleted and then recreated"
            ),
        ))
    }

    /// The node of a pod that runs as an account, if it has one, there or not.
    fn node_of(&self, pod: &Value, account: &str) -> Result<Option<Reference>, Status> {
        let spec = |field: &str| {
            let field = pod.get("spec").and_then(|spec| spec.get(field));
            field.and_then(Value::as_str).unwrap_or_default()
        };
        if spec("serviceAccountName") != account {
            return Err(Status::bad_request(format!(
                "cannot bind token for serviceaccount {} to pod running with different serviceaccount name.",
                quote(account)
            )));
        }
        let name = spec("nodeName");
        let node = self.get("nodes", name, name).unwrap_or_default();
        let uid = object::meta(&node, "uid").to_owned();
        Ok((!name.is_empty()).then(|| Reference { name: name.to_owned(), uid }))
    }

    /// The status with the token.
    fn issue(&self, request: &Value, mut bound: Bound) -> Result<Value, Status> {
        let audiences: Vec<String> = part(request, "audiences")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect();
        let seconds = part(request, "expirationSeconds").and_then(Value::as_u64).unwrap_or(0);
        let issued = self.core.unix().as_secs();
        let mut lasts = seconds;
        if bound.pod.is_some() && seconds == WARNED && audiences.iter().all(|one| one == ISSUER) {
            bound.warn_after = Some(issued.saturating_add(seconds));
            lasts = EXTENDED;
        }
        let claims = Claims {
            audiences,
            ends: issued.saturating_add(lasts),
            issued,
            issuer: ISSUER.to_owned(),
            id: self.core.uid(),
            user: format!("system:serviceaccount:{}:{}", bound.namespace, bound.account.name),
            bound,
            starts: issued,
        };
        let token = self.core.tokens.issue(&claims);
        let token = token
            .map_err(|error| Status::internal(&format!("failed to generate token: {error}")))?;
        let ends = time::seconds(Duration::from_secs(issued.saturating_add(seconds)));
        Ok(json!({"token": token, "expirationTimestamp": ends}))
    }
}

/// A part of the request.
fn part<'a>(request: &'a Value, name: &str) -> Option<&'a Value> {
    request.get("spec")?.get(name).filter(|part| !part.is_null())
}

/// Says what the request left out.
fn complete(request: &mut Value, name: &str, uid: &str, now: &str) {
    object::set_meta(request, "name", name);
    object::set_meta(request, "uid", uid);
    object::set_meta(request, "creationTimestamp", now);
    let unsaid = part(request, "audiences").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if unsaid && let Some(spec) = request.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("audiences".to_owned(), json!([ISSUER]));
    }
}

fn unbindable((group, version): (&str, &str), kind: &str) -> Status {
    let gate = match (group, version, kind) {
        (
            "admissionregistration.k8s.io",
            "v1",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => " (feature gate APIServerWebhookAuthenticationToken is disabled)",
        _ => "",
    };
    Status::bad_request(format!(
        "cannot bind token to object of type {group}/{version}, Kind={kind}{gate}"
    ))
}

/// As Go's `schema.FromAPIVersionAndKind` reads it: what is no version is none.
fn group_and_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        Some((_, version)) if version.contains('/') => ("", ""),
        Some(both) => both,
        None => ("", api_version),
    }
}
