//! Bringing a live object to the desired state.

use super::{CHASES, Work, moved};
use crate::{
    app::Payload,
    cluster::Write,
    error::Failure,
    migrate::migrate,
    repair::{Memory, displaced},
};
use gitops_core::{
    Result,
    model::{Applied, Base, Live, Object},
};

impl Work<'_> {
    /// Applies the object under the version it was planned from, or a later one in which our part
    /// is the same.
    pub(super) async fn update(&self, object: &Object) -> Result<Applied> {
        let Some(base) = &self.change.base else {
            return Err(self.stale("it was planned without a live object"));
        };
        let payload = Payload::new(&self.on.app, object);
        let mut live = self.at_hand(base).await?;
        let before = live.clone();
        for _ in 0..CHASES {
            match self.attempt(object, &payload, live).await {
                Ok(after) => {
                    let effect = Self::effect(&before, &after);
                    return Ok(Applied { effect, live: Some(after) });
                }
                Err(failure) if moved(&failure) => live = self.still(base).await?,
                Err(failure) => return Err(self.failed("patch", failure)),
            }
        }
        Err(self.stale("it moves faster than it can be written"))
    }

    /// The steps of one write, each under the version that the one before answered.
    async fn attempt(
        &self,
        object: &Object,
        payload: &Payload,
        mut live: Live,
    ) -> Result<Live, Failure> {
        live = self.take_over(live).await?;
        let verified = self.on.memory.verified(self.id());
        if let Some(memory) = Memory::of(object.digest(), verified.as_ref()) {
            let manager = &self.on.app.field_manager;
            let value = live.document.value();
            if let Some(patch) = displaced(&payload.0, &value, manager, &memory) {
                // What the patch puts back is a plain write of ours: folded, and then applied.
                live = self.take_over(self.patch(&patch).await?).await?;
            }
        }
        let write = Write { version: Some(live.version.as_str()), ..Write::default() };
        let (seen, _) = self.calls().apply(self.id(), payload, write).await?;
        Ok(self.note(seen))
    }

    /// Folds plain writes into our apply entry, where there are any.
    async fn take_over(&self, live: Live) -> Result<Live, Failure> {
        let value = live.document.value();
        let app = &self.on.app;
        let patch = migrate(&value, &app.field_manager, &app.takeovers)
            .and_then(|migration| migration.patch(&value));
        match patch {
            Some(patch) => self.patch(&patch).await,
            None => Ok(live),
        }
    }

    async fn patch(&self, patch: &json_patch::Patch) -> Result<Live, Failure> {
        match self.calls().patch(self.id(), patch, false).await {
            Ok(seen) => Ok(self.note(seen)),
            // A failed test of a JSON patch is a 422 without causes: the object moved.
            Err(Failure::Refused(mut refusal))
                if refusal.code == 422 && refusal.causes.is_empty() =>
            {
                refusal.code = 409;
                Err(Failure::Refused(refusal))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The object as planned from, without a request where it is at hand.
    async fn at_hand(&self, base: &Base) -> Result<Live> {
        match self.on.memory.last(self.id()) {
            Some(live) if live.version == base.version => Ok(live),
            _ => self.still(base).await,
        }
    }

    /// The object as it is now, if it still is what the change was planned from.
    async fn still(&self, base: &Base) -> Result<Live> {
        let Some(live) = self.read().await? else {
            return Err(self.stale("it was deleted meanwhile"));
        };
        if base.uid.is_some() && live.uid != base.uid {
            return Err(self.stale("it was deleted and created again meanwhile"));
        }
        if live.version != base.version && live.state != base.state {
            return Err(self.stale("it was changed meanwhile"));
        }
        Ok(live)
    }
}
