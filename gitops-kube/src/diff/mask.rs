//! Hiding secret values, with Flux's marks.

use crate::migrate::LAST_APPLIED;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is hidden: the values in `data` and `stringData` of Secrets, the annotation
/// `kubectl.kubernetes.io/last-applied-configuration` of anything (it repeats a whole object), and
/// annotations named here.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    annotations: BTreeSet<Box<str>>,
}

const SAME: &str = "***";
const BEFORE: &str = "*** (before)";
const AFTER: &str = "*** (after)";

impl Mask {
    /// Hides the values of this annotation too.
    #[must_use]
    pub fn annotation(mut self, name: &str) -> Self {
        self.annotations.insert(name.into());
        self
    }

    fn hides_annotation(&self, name: &str) -> bool {
        name == LAST_APPLIED || self.annotations.contains(name)
    }
}

/// Hides what `mask` says in both documents: a value that is on one side only, or the same on
/// both, is `***`; one that differs is `*** (before)` and `*** (after)`. Neither length nor content
/// nor equality with any other value can be seen.
pub fn masked(mut before: Value, mut after: Value, mask: &Mask) -> (Value, Value) {
    if is_secret(&before) || is_secret(&after) {
        for name in ["data", "stringData"] {
            hide(before.get_mut(name), after.get_mut(name), &|_| true);
        }
    }
    let annotations = "/metadata/annotations";
    hide(before.pointer_mut(annotations), after.pointer_mut(annotations), &|name| {
        mask.hides_annotation(name)
    });
    (before, after)
}

fn is_secret(document: &Value) -> bool {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    text("kind") == Some("Secret") && text("apiVersion") == Some("v1")
}

fn hide(before: Option<&mut Value>, after: Option<&mut Value>, hidden: &dyn Fn(&str) -> bool) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for (name, value) in before.iter_mut().filter(|(name, _)| hidden(name)) {
                cover(Some(value), after.get_mut(name));
            }
            let added = after.iter_mut().filter(|(name, _)| !before.contains_key(*name));
            added.filter(|(name, _)| hidden(name)).for_each(|(_, value)| cover(None, Some(value)));
        }
        // Not two maps: each side by itself. What is no map at all is hidden as a whole.
        (before, after) => {
            for side in [before, after].into_iter().flatten() {
                match side {
                    Value::Object(map) => {
                        let named = map.iter_mut().filter(|(name, _)| hidden(name));
                        named.for_each(|(_, value)| cover(Some(value), None));
                    }
                    Value::Null => {}
                    other => cover(Some(other), None),
                }
            }
        }
    }
}

fn cover(before: Option<&mut Value>, after: Option<&mut Value>) {
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            *before = Value::from(BEFORE);
            *after = Value::from(AFTER);
        }
        (before, after) => {
            for side in [before, after].into_iter().flatten() {
                *side = Value::from(SAME);
            }
        }
    }
}
