//! The ways to write an object by requests.

use super::{earlier, stage::Case, visit::Visit};
use crate::histories::target::{Answer, Target};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Create,
    Update,
    Apply,
}

pub(super) const WAYS: [Way; 3] = [Way::Create, Way::Update, Way::Apply];

/// What a server made of an object.
pub(super) struct Made {
    pub(super) answers: Vec<Answer>,
    /// Whether the object is stored as it was to be.
    pub(super) stored: bool,
    /// Whether doing the same again changed nothing, where it was done again.
    pub(super) idle: bool,
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Way::Create => "create",
            Way::Update => "update",
            Way::Apply => "apply",
        }
    }

    /// Writes the object, reads what is stored, and deletes it again unless it is to stay.
    pub(super) async fn go(self, on: &impl Target, case: &Case<'_>, stays: bool) -> Made {
        let mut visit = Visit::new(on, case);
        let (stored, idle) = match self {
            Way::Create => create(&mut visit, case.object).await,
            Way::Update => update(&mut visit, case.object).await,
            Way::Apply => apply(&mut visit, case.object).await,
        };
        if stored && !stays {
            visit.delete().await;
        }
        Made { answers: visit.answers, stored, idle }
    }
}

async fn create<T: Target>(visit: &mut Visit<'_, T>, object: &Value) -> (bool, bool) {
    visit.post(object).await;
    let stored = visit.accepted();
    visit.get().await;
    (stored, true)
}

async fn apply<T: Target>(visit: &mut Visit<'_, T>, object: &Value) -> (bool, bool) {
    visit.apply(object).await;
    if !visit.accepted() {
        return (false, true);
    }
    let first = visit.get().await;
    visit.apply(object).await;
    let second = visit.get().await;
    (true, version(&first) == version(&second))
}

/// Replaces earlier versions of the object by the object, until one of them allows it.
async fn update<T: Target>(visit: &mut Visit<'_, T>, object: &Value) -> (bool, bool) {
    // Most kinds are not created by this.
    visit.put(object).await;
    if visit.accepted() {
        visit.get().await;
        visit.delete().await;
    }
    for earlier in earlier::versions(object) {
        visit.post(&earlier).await;
        if !visit.accepted() {
            continue;
        }
        let live = visit.get().await;
        visit.put(&at(object, &live)).await;
        let accepted = visit.accepted();
        let first = visit.get().await;
        if !accepted {
            visit.delete().await;
            continue;
        }
        visit.put(&at(object, &first)).await;
        let second = visit.get().await;
        return (true, version(&first) == version(&second));
    }
    (false, true)
}

/// The object, to replace the live one.
fn at(object: &Value, live: &Value) -> Value {
    let mut object = object.clone();
    object["metadata"]["resourceVersion"] = version(live).clone();
    object
}

fn version(object: &Value) -> &Value {
    &object["metadata"]["resourceVersion"]
}
