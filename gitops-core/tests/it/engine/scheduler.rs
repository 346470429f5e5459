//! The queue against a naive model, and its timing.

use gitops_core::{
    Error, Retry, Stage,
    engine::{Action, Backoff, Reason, Scheduler},
    env::Rng,
    reason,
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

#[derive(Debug, Clone)]
enum Step {
    Trigger(u8),
    Start,
    Finish(u8, bool),
    Suspend(u8),
    Resume(u8),
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0u8..4;
    prop_oneof![
        3 => key.clone().prop_map(Step::Trigger),
        4 => Just(Step::Start),
        3 => (key.clone(), any::<bool>()).prop_map(|(key, well)| Step::Finish(key, well)),
        1 => key.clone().prop_map(Step::Suspend),
        1 => key.prop_map(Step::Resume),
        2 => (1u8..20).prop_map(Step::Wait),
    ]
}

fn failure(retry: Retry) -> Result<Action, Error> {
    Err(Error::new(Stage::Apply, retry, reason::UNAVAILABLE, "down"))
}

proptest! {
    /// One run a key; no trigger lost; nothing suspended starts; what failed is due again.
    #[test]
    fn agrees_with_a_naive_model(steps in prop::collection::vec(step(), 1..200)) {
        let mut queue = Scheduler::new(Backoff::default(), Rng::from_seed(1));
        let mut now = Duration::ZERO;
        let mut running = BTreeSet::new();
        let mut suspended = BTreeSet::new();
        // Keys that must run at least once more.
        let mut owed: BTreeMap<u8, &str> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Trigger(key) => {
                    queue.trigger(now, key, Reason::Manual);
                    owed.insert(key, "triggered");
                }
                Step::Start => {
                    if let Some((key, _)) = queue.start_next(now) {
                        prop_assert!(running.insert(key), "{key} runs twice");
                        prop_assert!(!suspended.contains(&key), "{key} is suspended");
                        prop_assert!(owed.remove(&key).is_some(), "{key} ran for nothing");
                    }
                }
                Step::Finish(key, well) if running.remove(&key) => {
                    let result = if well { Ok(Action::Await) } else { failure(Retry::Backoff) };
                    queue.finish(now, key, &result);
                    if !well {
                        owed.insert(key, "failed");
                    }
                }
                Step::Finish(..) => {}
                Step::Suspend(key) => {
                    queue.suspend(key);
                    suspended.insert(key);
                }
                Step::Resume(key) => {
                    queue.resume(now, key);
                    if suspended.remove(&key) {
                        owed.insert(key, "resumed");
                    }
                }
                Step::Wait(seconds) => now += Duration::from_secs(seconds.into()),
            }
        }
        // In the end everything owed runs, and nothing else.
        for key in running {
            queue.finish(now, key, &Ok(Action::Await));
        }
        now += Duration::from_secs(100_000);
        while let Some((key, _)) = queue.start_next(now) {
            prop_assert!(owed.remove(&key).is_some(), "{key} ran for nothing");
            queue.finish(now, key, &Ok(Action::Await));
        }
        owed.retain(|key, _| !suspended.contains(key));
        prop_assert!(owed.is_empty(), "never ran: {owed:?}");
    }

    /// Back-off grows to its cap, with jitter inside its bounds, and success resets it.
    #[test]
    fn backs_off_within_bounds(failures in 1u32..40, seed: u64) {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60)).jitter(10);
        let mut rng = Rng::from_seed(seed);
        let exact = Duration::from_secs(1u64 << failures.saturating_sub(1).min(6)).min(Duration::from_secs(60));
        let delay = backoff.delay(failures, &mut rng);
        prop_assert!(delay >= exact.mul_f64(0.89) && delay <= exact.mul_f64(1.11), "{delay:?} {exact:?}");
    }
}

/// The wait until the next run after `results`, in seconds.
fn waits(results: &[Result<Action, Error>]) -> Vec<f64> {
    let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8)).jitter(0);
    let mut queue = Scheduler::new(backoff, Rng::from_seed(1));
    let mut now = Duration::ZERO;
    queue.trigger(now, "app", Reason::Manual);
    let mut waits = Vec::new();
    for result in results {
        queue.start_next(now).unwrap();
        queue.finish(now, "app", result);
        let next = queue.next_wake().unwrap();
        waits.push((next - now).as_secs_f64());
        now = next;
    }
    waits
}

#[test]
fn each_retry_class_has_its_wait() {
    let ok = || Ok(Action::Requeue(Duration::from_secs(300)));
    assert_eq!(
        waits(&[
            failure(Retry::Backoff),
            failure(Retry::Backoff),
            ok(),
            failure(Retry::Backoff),
            failure(Retry::After(Duration::from_secs(30))),
            failure(Retry::Never),
        ]),
        [1.0, 2.0, 300.0, 1.0, 30.0, 8.0]
    );
    let lost = || failure(Retry::Replan);
    assert_eq!(waits(&[lost(), lost(), lost(), lost(), ok()]), [0.0, 0.0, 0.0, 1.0, 300.0]);
}

#[test]
fn only_news_cuts_a_back_off_short_and_nothing_cuts_a_named_time() {
    let secs = Duration::from_secs;
    let next = |retry, reason| {
        let mut queue =
            Scheduler::new(Backoff::new(secs(10), secs(10)).jitter(0), Rng::from_seed(1));
        queue.trigger(secs(0), 'k', Reason::Manual);
        queue.start_next(secs(0)).unwrap();
        queue.finish(secs(0), 'k', &failure(retry));
        queue.trigger(secs(1), 'k', reason);
        queue.next_wake().unwrap()
    };
    assert_eq!(next(Retry::Backoff, Reason::Live), secs(10));
    assert_eq!(next(Retry::Backoff, Reason::Source), secs(1));
    assert_eq!(next(Retry::After(secs(30)), Reason::Manual), secs(30));
}
