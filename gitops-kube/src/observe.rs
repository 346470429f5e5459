//! Reading the live objects of an app.
//!
//! In the steady state nothing is asked: the objects are in the watched store and the inventory's
//! pairs hold. What is not in the store is read one by one; what has no pair that holds is applied
//! as a dry run, which is the server's own word on what would change.

mod predict;
mod read;
mod want;

use crate::cluster::AppOnCluster;
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use gitops_core::{
    Result,
    engine::AdoptionPolicy,
    model::{Coverage, Cursor, Live, ObjectId, Observation, Observed, Owner, Predicted},
    stage::{Observer, Query},
};
use std::collections::BTreeMap;
use want::{Kind, Want};

/// The [`Observer`] of one app on one cluster.
///
/// Asks for `list`, `watch` and `get` on the kinds of the app, for `patch` (dry runs) where a
/// prediction is needed, and for nothing when nothing moved. See
/// [`Options::patience`](crate::Options::patience) and
/// [`Options::watch_timeout`](crate::Options::watch_timeout) for how old an answer can be.
#[derive(Debug, Clone)]
pub struct KubeObserver {
    on: AppOnCluster,
}

impl KubeObserver {
    pub(crate) fn new(on: AppOnCluster) -> Self {
        KubeObserver { on }
    }

    fn watching(&self) -> bool {
        self.on.cluster.options().watch
    }
}

#[async_trait]
impl Observer for KubeObserver {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        let watches = self.on.cluster.watches();
        if let Some(since) = query.since
            && self.watching()
            && watches.unmoved(self.on.app.apply_set(), since).await
        {
            let (cursor, objects) = (Some(since.clone()), BTreeMap::new());
            return Ok(Observed { cursor, coverage: Coverage::Moved, objects });
        }
        let wants = want::resolve(&self.on.cluster, query).await?;
        self.on.memory.retain(|id| wants.contains_key(id));
        for (id, want) in &wants {
            let verified = want.entry.and_then(|entry| entry.verified.as_ref());
            self.on.memory.remember(id, verified);
        }
        let read = read::read(&self.on, &wants).await?;
        let mut objects: BTreeMap<ObjectId, Observation> = BTreeMap::new();
        for id in wants.keys() {
            let live = read.objects.get(id).map(|seen| self.on.live(seen));
            objects.insert(id.clone(), Observation { live, predicted: None });
        }
        for seen in read.objects.values() {
            if seen.part_of.as_deref() == Some(self.on.app.apply_set()) {
                let other = || Observation { live: Some(self.on.live(seen)), predicted: None };
                objects.entry(seen.id.clone()).or_insert_with(other);
            }
        }
        let whole = self.predict(&wants, &mut objects).await? && read.whole;
        let cursor = read.mark.map(|mark| mark.cursor(whole));
        Ok(Observed { cursor, coverage: Coverage::Everything, objects })
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        if !self.watching() {
            return std::future::pending().await;
        }
        self.on.cluster.watches().moved(self.on.app.apply_set(), since).await;
        Ok(())
    }
}

impl KubeObserver {
    /// Adds the predictions; answers whether none was needed, so that the next answer depends on
    /// nothing but watched objects.
    async fn predict(
        &self,
        wants: &BTreeMap<ObjectId, Want<'_>>,
        objects: &mut BTreeMap<ObjectId, Observation>,
    ) -> Result<bool> {
        let pending: Vec<(&ObjectId, &Want<'_>)> = wants
            .iter()
            .filter(|(id, want)| want.object.is_some() && !verified(want, objects.get(*id)))
            .collect();
        if pending.is_empty() {
            return Ok(true);
        }
        let seen: &BTreeMap<ObjectId, Observation> = objects;
        let mut predictions = Vec::with_capacity(pending.len());
        for (id, want) in pending {
            predictions.push(self.predict_one(id, want, seen));
        }
        // In order, so that of several failures always the same one speaks.
        let concurrency = self.on.cluster.options().concurrency.max(1);
        let predictions: Vec<_> =
            stream::iter(predictions).buffered(concurrency).try_collect().await?;
        for (id, predicted) in predictions {
            objects.entry(id).or_default().predicted = predicted;
        }
        predict::wait_for_definitions(wants, objects);
        Ok(false)
    }
}

impl KubeObserver {
    async fn predict_one(
        &self,
        id: &ObjectId,
        want: &Want<'_>,
        seen: &BTreeMap<ObjectId, Observation>,
    ) -> Result<(ObjectId, Option<Predicted>)> {
        let live = seen.get(id).and_then(|observation| observation.live.as_ref());
        let predicted = match (want.object, &want.kind) {
            (Some(_), Kind::Later(why)) => Some(Predicted::Later(why.clone())),
            // What is another's is not applied, so there is nothing to predict.
            (Some(_), Kind::Served(_))
                if self.on.app.adoption != AdoptionPolicy::AdoptAll
                    && live.is_some_and(|live| matches!(live.owner, Owner::Other(_))) =>
            {
                None
            }
            (Some(object), Kind::Served(resource)) => {
                Some(predict::predict(&self.on, resource, object, want, live, seen).await?)
            }
            _ => None,
        };
        Ok((id.clone(), predicted))
    }
}

/// Whether the pair in the inventory still holds: the same document was desired, and our part of
/// the live object is as it was then.
fn verified(want: &Want<'_>, observation: Option<&Observation>) -> bool {
    let live = observation.and_then(|observation| observation.live.as_ref());
    let pair = want.entry.and_then(|entry| entry.verified.as_ref());
    match (want.object, live, pair) {
        (Some(object), Some(live), Some(pair)) => {
            pair.desired == object.digest()
                && pair.state == live.state
                && live.owner == Owner::Ours
                && !live.terminating
        }
        _ => false,
    }
}

impl AppOnCluster {
    /// What a live object is to this app. Remembered by its bytes, so that an object that did not
    /// move is not parsed again.
    pub(crate) fn live(&self, seen: &crate::watch::Seen) -> Live {
        self.memory.live(&seen.id, seen.document.digest()).unwrap_or_else(|| {
            let live = read::live(&self.app, seen);
            self.memory.keep(&seen.id, &live);
            live
        })
    }
}
