//! Creating what is not there.

use super::Work;
use crate::{
    app::{Payload, marks},
    cluster::Write,
};
use gitops_core::{
    Result,
    engine::AdoptionPolicy,
    model::{Applied, Effect, Live, Object, Owner},
};
use serde_json::{Value, json};

impl Work<'_> {
    /// Creates the object. Server-side apply can't be told "only if it is not there", so it goes
    /// without force: what somebody else made meanwhile is a conflict, and nothing is taken. What
    /// they made just as we want it is let go again unless the adoption policy takes it.
    pub(super) async fn create(&self, object: &Object) -> Result<Applied> {
        let payload = Payload::new(&self.on.app, object);
        let write = Write { gentle: true, ..Write::default() };
        let (seen, created) = match self.calls().apply(self.id(), &payload, write).await {
            Ok(answer) => answer,
            Err(failure)
                if failure.refusal().is_some_and(|refusal| !refusal.conflicts().is_empty()) =>
            {
                return Err(self.stale("somebody else created it meanwhile"));
            }
            Err(failure) => return Err(self.failed("create", failure)),
        };
        if created {
            let live = Some(self.note(seen));
            return Ok(Applied { effect: Effect::Created, live });
        }
        let value = seen.document.value();
        if self.taken(&value) {
            let version = seen.version.clone();
            self.let_go(&version).await?;
            return Err(self.stale("somebody else created it meanwhile"));
        }
        // An earlier create of ours, whose answer was lost, or an object that may be adopted.
        Ok(Applied { effect: Effect::Configured, live: Some(self.note(seen)) })
    }

    /// Whether the object is another's, apart from the mark that we just put on it.
    fn taken(&self, live: &Value) -> bool {
        let mut without = live.clone();
        if let Some(labels) = without.pointer_mut("/metadata/labels").and_then(Value::as_object_mut)
        {
            labels.remove(crate::app::PART_OF);
        }
        let others = live
            .pointer("/metadata/managedFields")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .any(|entry| {
                entry["manager"] != self.on.app.field_manager.as_str()
                    && entry.get("subresource").is_none()
            });
        match (marks(&without, self.on.app.apply_set()), self.on.app.adoption) {
            (_, AdoptionPolicy::AdoptAll) => false,
            (Owner::Other(_), _) => true,
            (_, AdoptionPolicy::MustMatch) => others,
            (_, AdoptionPolicy::AdoptIfUnowned) => false,
        }
    }

    /// Gives back every field: an apply that wants none removes what only we own.
    async fn let_go(&self, version: &str) -> Result<()> {
        let nothing = Payload(json!({
            "apiVersion": self.resource.api_version(),
            "kind": self.resource.kind,
            "metadata": { "name": self.id().name() },
        }));
        let write = Write { gentle: true, version: Some(version), ..Write::default() };
        let gone = self.calls().apply(self.id(), &nothing, write).await;
        gone.map(|_| ()).map_err(|failure| self.failed("release", failure))
    }

    /// Deletes the object and creates it anew. The server is asked first whether it would take
    /// the new one. When the deletion takes time, creating is left to a later pass.
    pub(super) async fn replace(&self, object: &Object) -> Result<Applied> {
        let payload = Payload::new(&self.on.app, object);
        let fits = self.calls().would_create(self.id(), &payload).await;
        fits.map_err(|failure| self.failed("replace", failure))?;
        let pruned = self.prune().await?;
        if pruned.effect == Effect::Pruning {
            return Ok(pruned);
        }
        self.create(object).await
    }

    /// The effect of a write, by whether the version moved.
    pub(super) fn effect(before: &Live, after: &Live) -> Effect {
        if before.version == after.version { Effect::Unchanged } else { Effect::Configured }
    }
}
