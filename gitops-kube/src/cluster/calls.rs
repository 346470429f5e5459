//! The requests about one object, as one app makes them.

use super::Cluster;
use crate::{
    app::{App, ConflictPolicy, FieldValidation, Payload, give_way},
    error::Failure,
    escape::escape,
    resource::Resource,
    transport::{APPLY_PATCH, Answer, JSON, JSON_PATCH, Send},
    watch::Seen,
};
use gitops_core::model::ObjectId;
use http::Method;
use serde_json::json;

/// After so many rounds of giving way the last conflict stands.
const ROUNDS: usize = 4;

/// Requests about objects of one kind for one app.
#[derive(Clone, Copy)]
pub(crate) struct Calls<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) app: &'a App,
    pub(crate) resource: &'a Resource,
}

/// How a write is made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Write<'a> {
    pub(crate) dry_run: bool,
    /// It holds for this version only.
    pub(crate) version: Option<&'a str>,
    /// Never take a field from another manager, whatever the policy.
    pub(crate) gentle: bool,
}

/// What a delete did.
#[derive(Debug)]
pub(crate) enum Deleted {
    Gone,
    /// Accepted; finalizers or a grace period hold it.
    Leaving,
}

impl Calls<'_> {
    /// Reads one object; `None` when it is not there.
    pub(crate) async fn get(&self, id: &ObjectId) -> Result<Option<Seen>, Failure> {
        let send = Send::get(self.resource.one(id));
        match self.cluster.transport().send(send).await {
            Ok(answer) => self.seen(answer).map(|(seen, _)| Some(seen)),
            Err(Failure::Refused(refusal)) if refusal.code == 404 && !refusal.of_missing_kind() => {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Server-side apply; answers the object and whether it was created. Under the policy `Yield`
    /// the fields of others are taken out of the payload until none is left in conflict; each
    /// refusal wrote nothing, so trying again is no retry.
    pub(crate) async fn apply(
        &self,
        id: &ObjectId,
        payload: &Payload,
        write: Write<'_>,
    ) -> Result<(Seen, bool), Failure> {
        let force = self.app.conflicts == ConflictPolicy::Force && !write.gentle;
        let path = format!(
            "{}?fieldManager={}&force={force}&fieldValidation={}{}",
            self.resource.one(id),
            escape(&self.app.field_manager),
            self.validation(),
            dry_run(write.dry_run)
        );
        let mut payload = payload.clone();
        let mut rounds = ROUNDS;
        loop {
            let body = payload.bytes(write.version);
            let send = Send::with(Method::PATCH, path.clone(), APPLY_PATCH, body);
            match self.cluster.transport().send(send).await {
                Err(Failure::Refused(refusal))
                    if self.app.conflicts == ConflictPolicy::Yield && rounds > 0 =>
                {
                    rounds -= 1;
                    let conflicts = refusal.conflicts();
                    let fields: Vec<String> =
                        conflicts.into_iter().map(|conflict| conflict.field).collect();
                    if !give_way(&mut payload.0, &fields) {
                        return Err(Failure::Refused(refusal));
                    }
                }
                answer => return self.seen(answer?),
            }
        }
    }

    /// A JSON patch.
    pub(crate) async fn patch(
        &self,
        id: &ObjectId,
        patch: &json_patch::Patch,
        dry: bool,
    ) -> Result<Seen, Failure> {
        let path = format!(
            "{}?fieldManager={}{}",
            self.resource.one(id),
            escape(&self.app.field_manager),
            dry_run(dry)
        );
        let body =
            serde_json::to_vec(patch).map_err(|error| Failure::Garbled(error.to_string()))?;
        let send = Send::with(Method::PATCH, path, JSON_PATCH, body);
        let answer = self.cluster.transport().send(send).await?;
        self.seen(answer).map(|(seen, _)| seen)
    }

    /// A dry-run create: would the server take this as a new object? That the name is taken is
    /// found last, after validation and admission, and counts as yes.
    pub(crate) async fn would_create(
        &self,
        id: &ObjectId,
        payload: &Payload,
    ) -> Result<(), Failure> {
        let path = format!(
            "{}?fieldManager={}&fieldValidation={}{}",
            self.resource.collection(id),
            escape(&self.app.field_manager),
            self.validation(),
            dry_run(true)
        );
        let send = Send::with(Method::POST, path, JSON, payload.bytes(None));
        match self.cluster.transport().send(send).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refusal)) if refusal.reason == "AlreadyExists" => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes one incarnation at one version; dependents follow in the background.
    pub(crate) async fn delete(
        &self,
        id: &ObjectId,
        uid: &str,
        version: &str,
    ) -> Result<Deleted, Failure> {
        let options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": { "uid": uid, "resourceVersion": version },
        });
        let body = gitops_core::model::canonical(&options);
        let send = Send::with(Method::DELETE, self.resource.one(id), JSON, body);
        match self.cluster.transport().send(send).await {
            Ok(answer) => {
                let value = answer.json()?;
                // A Status says that it is gone; the object itself that it is on its way.
                let gone = value["kind"] == "Status" && value["apiVersion"] == "v1";
                let leaving = value.pointer("/metadata/deletionTimestamp").is_some();
                Ok(if gone || !leaving { Deleted::Gone } else { Deleted::Leaving })
            }
            Err(Failure::Refused(refusal)) if refusal.code == 404 && !refusal.of_missing_kind() => {
                Ok(Deleted::Gone)
            }
            Err(failure) => Err(failure),
        }
    }

    fn seen(&self, answer: Answer) -> Result<(Seen, bool), Failure> {
        let created = answer.created;
        let seen = Seen::new(self.resource, answer.json()?);
        let why = || Failure::Garbled("it has no name".to_owned());
        Ok((seen.ok_or_else(why)?, created))
    }

    fn validation(&self) -> &'static str {
        match self.app.validation {
            FieldValidation::Strict => "Strict",
            FieldValidation::Ignore => "Ignore",
        }
    }
}

fn dry_run(dry: bool) -> &'static str {
    if dry { "&dryRun=All" } else { "" }
}
