//! The smallest history that still shows a difference.

use super::step::{History, Step};
use serde_json::Value;

/// Leaves out and simplifies what it can, as long as `fails` says that the difference is there.
/// Tries at most so often.
pub(super) async fn shrink(
    mut history: History,
    mut tries: usize,
    fails: impl AsyncFn(&History) -> bool,
) -> History {
    loop {
        let mut smaller = false;
        for candidate in smaller_ones(&history) {
            if tries == 0 {
                return history;
            }
            tries -= 1;
            if fails(&candidate).await {
                history = candidate;
                smaller = true;
                break;
            }
        }
        if !smaller {
            return history;
        }
    }
}

/// All histories that are one thing smaller, the much smaller ones first.
fn smaller_ones(history: &History) -> Vec<History> {
    let steps = &history.steps;
    let mut all = Vec::new();
    for size in [steps.len() / 2, steps.len() / 4, 1] {
        if size == 0 || (size == 1 && all.is_empty() && steps.len() < 2) {
            continue;
        }
        for start in (0..steps.len()).step_by(size).rev() {
            let kept = steps.iter().enumerate();
            let kept = kept.filter(|(index, _)| !(start..start + size).contains(index));
            let kept: Vec<Step> = kept.map(|(_, step)| step.clone()).collect();
            all.push(History { steps: kept, why: String::new() });
        }
    }
    for (index, step) in steps.iter().enumerate() {
        for step in smaller_steps(step) {
            let mut history = history.clone();
            history.steps[index] = step;
            all.push(history);
        }
    }
    all
}

fn smaller_steps(step: &Step) -> Vec<Step> {
    let mut all = Vec::new();
    for (index, pair) in step.query.iter().enumerate() {
        // Without it other histories' objects come in.
        if pair.starts_with("labelSelector=history") {
            continue;
        }
        let mut step = step.clone();
        step.query.remove(index);
        all.push(step);
    }
    for name in step.headers.keys().filter(|name| *name != "content-type") {
        let mut step = step.clone();
        step.headers.remove(name);
        all.push(step);
    }
    let bodies = step.body.iter().flat_map(smaller_values);
    all.extend(bodies.map(|body| Step { body: Some(body), ..step.clone() }));
    all
}

/// The value with one thing less in it, somewhere.
fn smaller_values(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(map) => {
            for key in map.keys().filter(|key| !matches!(&***key, "apiVersion" | "kind")) {
                let mut less = map.clone();
                less.remove(key);
                all.push(less.into());
            }
            for (key, value) in map {
                for value in smaller_values(value) {
                    let mut less = map.clone();
                    less.insert(key.clone(), value);
                    all.push(less.into());
                }
            }
        }
        Value::Array(items) => {
            for index in 0..items.len() {
                let mut less = items.clone();
                less.remove(index);
                all.push(less.into());
            }
            for (index, value) in items.iter().enumerate() {
                for value in smaller_values(value) {
                    let mut less = items.clone();
                    less[index] = value;
                    all.push(less.into());
                }
            }
        }
        _ => {}
    }
    all
}
