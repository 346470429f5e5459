//! Writing one change.
//!
//! Every write holds for one version of the live object: when that moved, the object is read and
//! the write goes on only if our part of it (its fingerprint) is as planned. A write that the
//! server refused for its version changed nothing, so going on is no retry of a write.

mod create;
mod delete;
mod update;

use crate::{
    Resource,
    cluster::{AppOnCluster, Calls},
    discovery::{Lookup, changes_kinds, split},
    error::{Ask, Failure, judge},
    watch::Seen,
};
use async_trait::async_trait;
use gitops_core::{
    Error, Result, Retry, Stage,
    model::{Action, Applied, Change, Effect, Live, ObjectId},
    reason,
    stage::Applier,
};

/// So often a write follows an object whose foreign parts keep moving, before it gives up.
const CHASES: usize = 4;

/// The [`Applier`] of one app on one cluster.
///
/// Asks for `patch`, `create` and `delete` on the kinds of the app, and `get` where the object
/// moved. A request that timed out or lost its connection after it may have been sent is
/// `OutcomeUnknown`.
#[derive(Debug, Clone)]
pub struct KubeApplier {
    on: AppOnCluster,
}

#[async_trait]
impl Applier for KubeApplier {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let resource = self.resource(change).await?;
        resource.check(Stage::Apply, &change.id)?;
        let work = Work { on: &self.on, change, resource: &resource };
        let applied = match &change.action {
            Action::Create { object } => work.create(object).await,
            Action::Update { object } => work.update(object).await,
            Action::Replace { object, permit: _ } => work.replace(object).await,
            Action::Prune { permit: _ } => work.prune().await,
            _ => Err(work.error(
                Retry::Never,
                reason::INVALID_CONFIGURATION,
                "this applier does not know such a change".to_owned(),
            )),
        }
        .map_err(|error| match &change.origin {
            Some(origin) => error.at(origin),
            None => error,
        })?;
        self.learn(change, &applied);
        Ok(applied)
    }
}

impl KubeApplier {
    pub(crate) fn new(on: AppOnCluster) -> Self {
        KubeApplier { on }
    }

    /// The kind of a change: in the version of its document, or the one that the server prefers.
    async fn resource(&self, change: &Change) -> Result<Resource> {
        let id = &change.id;
        let document = change.action.object().map(gitops_core::model::Object::value);
        let version = document
            .as_ref()
            .and_then(|document| Some(split(document.get("apiVersion")?.as_str()?).1.to_owned()));
        let discovery = self.on.cluster.discovery();
        let mut kinds = discovery.kinds(Stage::Apply).await?;
        for fresh in [false, true] {
            if fresh {
                kinds = discovery.refreshed(Stage::Apply).await?;
            }
            let lookup = match &version {
                Some(version) => kinds.find(id.group(), version, id.kind()),
                None => kinds.preferred(id.group(), id.kind()),
            };
            if let Lookup::Known(resource) = lookup {
                return Ok(resource);
            }
        }
        let message = format!("the server has no kind {:?} in group {:?}", id.kind(), id.group());
        Err(Error::new(Stage::Apply, Retry::Backoff, reason::UNKNOWN_KIND, message).on(id))
    }

    /// A definition that was written changes which kinds there are.
    fn learn(&self, change: &Change, applied: &Applied) {
        if !changes_kinds(&change.id) || applied.effect == Effect::Unchanged {
            return;
        }
        match &applied.live {
            Some(live) => self.on.cluster.discovery().learn(&live.document.value()),
            None => self.on.cluster.discovery().invalidate(),
        }
        self.on.cluster.watches().flush();
    }
}

/// One change on its way.
struct Work<'a> {
    on: &'a AppOnCluster,
    change: &'a Change,
    resource: &'a Resource,
}

impl Work<'_> {
    fn id(&self) -> &ObjectId {
        &self.change.id
    }

    fn calls(&self) -> Calls<'_> {
        Calls { cluster: &self.on.cluster, app: &self.on.app, resource: self.resource }
    }

    /// The live object as the server has it now.
    async fn read(&self) -> Result<Option<Live>> {
        let seen = self.calls().get(self.id()).await.map_err(|failure| {
            judge(&Ask::of(Stage::Apply, "get", self.resource, self.id(), false), failure)
        })?;
        Ok(seen.map(|seen| self.note(seen)))
    }

    /// Takes in what the server answered: the next pass reads it without a request.
    fn note(&self, seen: Seen) -> Live {
        let live = self.on.live(&seen);
        self.on.cluster.watches().record(self.resource, seen);
        live
    }

    /// The error of a failed write.
    fn failed(&self, verb: &str, failure: Failure) -> Error {
        if failure.refusal().is_some_and(crate::error::Refusal::of_missing_kind) {
            self.on.cluster.discovery().invalidate();
        }
        judge(&Ask::of(Stage::Apply, verb, self.resource, self.id(), true), failure)
    }

    fn stale(&self, message: &str) -> Error {
        self.error(Retry::Replan, reason::STALE, message.to_owned())
    }

    fn error(&self, retry: Retry, reason: &'static str, message: String) -> Error {
        Error::new(Stage::Apply, retry, reason, message).on(self.id())
    }
}

/// Whether a failure says that the object moved, rather than that a field is another's.
fn moved(failure: &Failure) -> bool {
    failure.refusal().is_some_and(|refusal| {
        refusal.code == 409 && refusal.conflicts().is_empty() && refusal.reason != "AlreadyExists"
    })
}
