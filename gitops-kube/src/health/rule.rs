//! Custom rules.

use super::{Reading, degraded, progressing};
use gitops_core::model::Health;
use std::sync::Arc;

type Judge = dyn Fn(&Reading<'_>) -> Option<Health> + Send + Sync;

/// A rule of a user.
#[derive(Clone)]
pub(super) struct Rule(Arc<Judge>);

impl Rule {
    pub(super) fn new(
        rule: impl Fn(&Reading<'_>) -> Option<Health> + Send + Sync + 'static,
    ) -> Self {
        Rule(Arc::new(rule))
    }

    pub(super) fn judge(&self, object: &Reading<'_>) -> Option<Health> {
        (self.0)(object)
    }
}

/// The rule that an object is Healthy when this condition is true, and Progressing before.
pub fn healthy_when(condition: &str) -> impl Fn(&Reading<'_>) -> Option<Health> + use<> {
    let kind = condition.to_owned();
    move |object| {
        Some(match object.condition(&kind) {
            Some(condition) if condition.is_true() => Health::healthy(),
            Some(condition) => progressing(format!("not {kind}: {}", condition.why())),
            None => progressing(format!("waiting for condition {kind}")),
        })
    }
}

/// The rule that an object is Degraded when this condition is true; otherwise it says nothing.
pub fn degraded_when(condition: &str) -> impl Fn(&Reading<'_>) -> Option<Health> + use<> {
    let kind = condition.to_owned();
    move |object| {
        let condition = object.condition(&kind).filter(|condition| condition.is_true())?;
        Some(degraded(format!("{kind}: {}", condition.why())))
    }
}
