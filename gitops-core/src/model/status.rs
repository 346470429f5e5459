//! The state of an app, for people and for other controllers.

use super::{AppId, HealthStatus, ObjectId, Revision};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// The status of an app after its latest pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The app.
    pub app: AppId,
    /// The revision that the latest pass worked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempted: Option<Revision>,
    /// The latest revision whose changes all went through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_applied: Option<Revision>,
    /// `Ready`, `Reconciling` and `Stalled`, with kstatus's meaning.
    pub conditions: Vec<Condition>,
    /// How many objects the app owns.
    pub objects: usize,
    /// How many objects are in each state of health.
    pub health: BTreeMap<HealthStatus, usize>,
    /// The objects that aren't healthy, with why; at most [`Status::UNHEALTHY_SHOWN`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unhealthy: Vec<(ObjectId, String)>,
    /// When the latest pass ended, on the clock of the environment (since its start).
    pub at: Duration,
}

impl Status {
    /// How many unhealthy objects a status names: a status is a summary.
    pub const UNHEALTHY_SHOWN: usize = 20;

    /// The condition of this kind.
    pub fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Whether nothing will get better by itself.
    pub fn is_stalled(&self) -> bool {
        self.condition(ConditionKind::Stalled).is_some_and(|condition| condition.status)
    }

    /// Whether the app is as desired and healthy.
    pub fn is_ready(&self) -> bool {
        self.condition(ConditionKind::Ready).is_some_and(|condition| condition.status)
    }
}

/// One condition of a [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Which.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
    /// Whether it holds.
    pub status: bool,
    /// A constant of [`crate::reason`].
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// The kinds of [`Condition`], as kstatus reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum ConditionKind {
    /// All is as desired and healthy.
    Ready,
    /// Work is going on.
    Reconciling,
    /// Nothing will get better by itself.
    Stalled,
}
