//! Laws over generated histories: commits, foreign hands, faults and restarts.

use super::{World, id};
use gitops_core::{
    Error, Retry, Stage,
    engine::{Options, PrunePolicy},
    model::{Action, Outcome},
    reason,
    stage::InventoryStore,
};
use gitops_testkit::fake::{Fault, Op};
use proptest::prelude::*;
use std::{collections::BTreeSet, time::Duration};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Debug, Clone)]
enum Event {
    Commit(Vec<(usize, u8)>),
    Edit(usize, u8),
    Delete(usize),
    Touch(usize),
    Fault(usize, bool),
    Restart,
    Pass,
}

fn event() -> impl Strategy<Value = Event> {
    let name = 0..NAMES.len();
    let files = prop::collection::vec((name.clone(), 0u8..3), 1..5);
    prop_oneof![
        3 => files.prop_map(Event::Commit),
        2 => (name.clone(), 0u8..9).prop_map(|(name, value)| Event::Edit(name, value)),
        1 => name.clone().prop_map(Event::Delete),
        1 => name.clone().prop_map(Event::Touch),
        2 => (0usize..7, any::<bool>()).prop_map(|(op, after)| Event::Fault(op, after)),
        1 => Just(Event::Restart),
        5 => Just(Event::Pass),
    ]
}

async fn check(events: Vec<Event>) {
    let ops = [Op::Resolve, Op::Fetch, Op::Observe, Op::Load, Op::Save, Op::Apply, Op::Apply];
    let world = World::new();
    // Somebody else's, with one of our names: never to be touched.
    world.system.put(&id("foreign"), &"theirs".into());
    let options = || Options::new().prune(PrunePolicy::default().budget(100, 100));
    let mut app = world.pipeline(options());
    let mut wanted = String::new();
    let mut ever_created = BTreeSet::new();
    for event in events {
        match event {
            Event::Commit(files) => {
                let files: std::collections::BTreeMap<_, _> = files.into_iter().collect();
                let words: Vec<String> =
                    files.iter().map(|(name, value)| format!("{}={value}", NAMES[*name])).collect();
                wanted = words.join(" ");
                world.commit(&wanted);
            }
            Event::Edit(name, value) => {
                world.system.edit(&id(NAMES[name]), |v| *v = value.to_string().into());
            }
            Event::Delete(name) => {
                world.system.delete(&id(NAMES[name]));
            }
            Event::Touch(name) => {
                world.system.touch(&id(NAMES[name]));
            }
            Event::Fault(op, after) => {
                let error = Error::new(Stage::Apply, Retry::Backoff, reason::UNAVAILABLE, "down");
                let fault = if after { Fault::FailAfter(error) } else { Fault::Fail(error) };
                world.script.nth(ops[op], 1, fault);
            }
            Event::Restart => app = world.pipeline(options()),
            Event::Pass if wanted.is_empty() => {}
            Event::Pass => {
                let pass = app.pass().await;
                // Every planned change has exactly one outcome, in the plan's order.
                if let Some(plan) = pass.plan.as_ref().filter(|_| !pass.outcomes.is_empty()) {
                    let planned: Vec<_> = plan.changes().map(|change| &change.id).collect();
                    let told: Vec<_> = pass.outcomes.iter().map(|(change, _)| &change.id).collect();
                    assert_eq!(planned, told);
                }
                let failed = |o: &Outcome| !matches!(o, Outcome::Done(_));
                let bad = pass.outcomes.iter().any(|(_, outcome)| failed(outcome));
                for (change, outcome) in &pass.outcomes {
                    match (&change.action, outcome) {
                        // L10: nothing is deleted once anything failed.
                        (Action::Prune { .. }, Outcome::Done(_)) => {
                            let prunes_only = pass.outcomes.iter().all(|(change, outcome)| {
                                !failed(outcome) || matches!(change.action, Action::Prune { .. })
                            });
                            assert!(!bad || prunes_only, "{pass:?}");
                            assert!(ever_created.contains(&change.id), "deleted a foreign object");
                        }
                        (Action::Create { .. } | Action::Update { .. }, _) => {
                            ever_created.insert(change.id.clone());
                        }
                        _ => {}
                    }
                }
                // L11: whatever bears our mark is in the stored inventory.
                world.script.clear();
                let stored = world.system.inventory().load().await.unwrap().inventory;
                for name in NAMES {
                    let ours = world
                        .system
                        .live(&id(name))
                        .is_some_and(|live| live.owner == gitops_core::model::Owner::Ours);
                    assert!(!ours || stored.contains(&id(name)), "{name} is untracked");
                }
            }
        }
    }
    world.script.clear();
    if wanted.is_empty() {
        return;
    }
    // L2: once all is quiet, the system becomes as desired and stays so, silently.
    let pass = app.settle(Duration::from_secs(3600)).await;
    assert!(pass.is_settled(), "{pass:?}");
    assert_eq!(world.live(), format!("{wanted} foreign=theirs"));
    app.pass().await;
    world.calls();
    app.pass().await;
    assert_eq!(world.calls(), "Resolve Observe");
    // L1: also from a new start.
    world.pipeline(options()).pass().await;
    assert_eq!(world.script.writes(), 0, "{}", world.calls());
}

proptest! {
    // PROPTEST_CASES=10000 for a long run.

    #[test]
    fn any_history_converges_safely(events in prop::collection::vec(event(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(check(events));
    }
}
