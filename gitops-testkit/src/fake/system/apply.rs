//! Writing to the fake system.

use super::{
    super::Op,
    FakeSystem, refuse,
    state::{Deletion, State},
};
use gitops_core::{
    Error, Retry, Stage, async_trait,
    error::Result,
    model::{Action, AppId, Applied, Cause, Change, Effect, Live, Object, Owner},
    reason,
    stage::Applier,
};

#[async_trait]
impl Applier for FakeSystem {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let effect = || {
            self.write(|state| apply(state, &self.app, change))
                .map_err(|error| error.on(&change.id))
        };
        self.script().call(Op::Apply, Some(&change.id), effect).await
    }
}

fn apply(state: &mut State, app: &AppId, change: &Change) -> Result<Applied> {
    let live = state.live(&change.id, app);
    match &change.action {
        Action::Create { object } => match live {
            None => Ok(write(state, app, object, Effect::Created)),
            // Done again after success.
            Some(live) if as_desired(&live, object) && !live.terminating => Ok(unchanged(live)),
            Some(_) => Err(stale("it exists by now")),
        },
        Action::Update { object } => {
            let live = live.ok_or_else(|| stale("it is gone"))?;
            judge(&live, change)?;
            if as_desired(&live, object) {
                return Ok(unchanged(live));
            }
            Ok(write(state, app, object, Effect::Configured))
        }
        Action::Replace { object, .. } => {
            if let Some(live) = live {
                judge(&live, change)?;
                if state.delete(&change.id) == Some(Deletion::Terminating) {
                    return Ok(Applied { effect: Effect::Pruning, live: None });
                }
            }
            // Gone already: what is left to do is to create it.
            Ok(write(state, app, object, Effect::Created))
        }
        Action::Prune { .. } => {
            if let Some(live) = live {
                judge(&live, change)?;
            }
            let effect = match state.delete(&change.id) {
                Some(Deletion::Terminating) => Effect::Pruning,
                Some(Deletion::Gone) | None => Effect::Pruned,
            };
            Ok(Applied { effect, live: None })
        }
        _ => Err(refuse(
            Stage::Apply,
            Retry::Never,
            reason::INVALID,
            "the fake system does not know this action",
        )),
    }
}

/// Whether a change may go on from what is live: the same incarnation, unmoved as far as it is
/// ours, and nobody else's.
fn judge(live: &Live, change: &Change) -> Result<()> {
    let Some(base) = &change.base else { return Err(stale("it was planned as absent")) };
    if live.uid != base.uid {
        return Err(stale("another incarnation stands in its place"));
    }
    if live.version != base.version && live.state != base.state {
        return Err(stale("it moved since it was observed"));
    }
    match &live.owner {
        Owner::Other(owner) if change.cause != Cause::Adopt => Err(refuse(
            Stage::Apply,
            Retry::Never,
            reason::OWNED_BY_OTHER,
            format!("it belongs to {owner}"),
        )),
        _ => Ok(()),
    }
}

fn stale(what: &str) -> Error {
    refuse(Stage::Apply, Retry::Replan, reason::STALE, what)
}

fn as_desired(live: &Live, object: &Object) -> bool {
    live.owner == Owner::Ours && live.document == *object.document()
}

fn unchanged(live: Live) -> Applied {
    Applied { effect: Effect::Unchanged, live: Some(live) }
}

fn write(state: &mut State, app: &AppId, object: &Object, effect: Effect) -> Applied {
    let document = object.document().clone();
    state.put_marked(object.id(), document, app);
    Applied { effect, live: state.live(object.id(), app) }
}
