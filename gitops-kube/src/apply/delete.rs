//! Deleting one incarnation.

use super::{CHASES, Work, moved};
use crate::cluster::Deleted;
use gitops_core::{
    Result,
    model::{Applied, Effect, Owner},
};

impl Work<'_> {
    /// Deletes the incarnation that was planned from, at a version in which it was seen to be ours
    /// and to ask for nothing else: handing it over or marking it to stay wins against a delete
    /// that is under way. An object that is not there is pruned.
    pub(super) async fn prune(&self) -> Result<Applied> {
        let pruned = |effect| Ok(Applied { effect, live: None });
        let base = self.change.base.as_ref();
        let Some((base, uid)) = base.and_then(|base| Some((base, base.uid.as_ref()?))) else {
            return Err(self.stale("it was planned without a live object"));
        };
        let mut version = base.version.clone();
        for _ in 0..CHASES {
            let deleted = self.calls().delete(self.id(), uid.as_str(), version.as_str()).await;
            match deleted {
                Ok(Deleted::Gone) => {
                    self.on.cluster.watches().forget(self.resource, self.id(), uid.as_str());
                    return pruned(Effect::Pruned);
                }
                Ok(Deleted::Leaving) => return pruned(Effect::Pruning),
                Err(failure) if moved(&failure) => {}
                Err(failure) => return Err(self.failed("delete", failure)),
            }
            let Some(live) = self.read().await? else { return pruned(Effect::Pruned) };
            if live.uid.as_ref() != Some(uid) {
                return Err(self.stale("it was deleted and created again meanwhile"));
            }
            if live.terminating {
                return pruned(Effect::Pruning);
            }
            if let Some(why) = &live.retain {
                return Err(self.stale(&format!("it asks to stay now ({why})")));
            }
            if let Owner::Other(owner) = &live.owner {
                return Err(self.stale(&format!("it belongs to {owner} now")));
            }
            version = live.version;
        }
        Err(self.stale("it moves faster than it can be deleted"))
    }
}
