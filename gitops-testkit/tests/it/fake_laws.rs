//! The fake system obeys the contracts of the stages it stands for, whatever happens to it.
//!
//! Pruning is missing here: a permit to delete comes from the engine's guards alone.

use futures::FutureExt as _;
use gitops_core::{
    Retry,
    model::{
        Action, Cause, Change, Coverage, Cursor, Desired, Effect, Inventory, Live, Object,
        ObjectId, Observation, Revision,
    },
    reason,
    stage::{Applier, InventoryStore, Observer, Query},
};
use gitops_testkit::fake::FakeSystem;
use proptest::{collection, prelude::*};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const IDS: usize = 4;

/// Something that happens to the system.
#[derive(Debug, Clone)]
enum Step {
    Put(usize, u8),
    Touch(usize),
    Delete(usize),
    Hold(usize),
    Release(usize),
    Unmark(usize),
    Other(usize, u8),
    /// Plans a change from what is live now, to be applied later.
    Plan(usize, u8),
    /// Applies the plan made so many plans ago, adopting or not.
    Apply(usize, bool),
    Observe,
    Compact,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..IDS;
    let value = 0..3_u8;
    prop_oneof![
        1 => (id.clone(), value.clone()).prop_map(|(id, value)| Step::Put(id, value)),
        1 => id.clone().prop_map(Step::Touch),
        1 => id.clone().prop_map(Step::Delete),
        1 => id.clone().prop_map(Step::Hold),
        1 => id.clone().prop_map(Step::Release),
        1 => id.clone().prop_map(Step::Unmark),
        1 => (id.clone(), value.clone()).prop_map(|(id, value)| Step::Other(id, value)),
        3 => (id, value).prop_map(|(id, value)| Step::Plan(id, value)),
        3 => (0..3_usize, any::<bool>()).prop_map(|(ago, adopt)| Step::Apply(ago, adopt)),
        2 => Just(Step::Observe),
        1 => Just(Step::Compact),
    ]
}

fn id(number: usize) -> ObjectId {
    ObjectId::new("", "Thing", "", &format!("x{number}"))
}

fn object(number: usize, value: u8) -> Object {
    Object::new(id(number), &json!({ "value": value }))
}

fn plan(system: &FakeSystem, object: Object) -> Change {
    let live = system.live(object.id());
    Change {
        id: object.id().clone(),
        base: live.as_ref().map(Into::into),
        action: if live.is_some() { Action::Update { object } } else { Action::Create { object } },
        cause: Cause::Desired,
        fields: Vec::new(),
        origin: None,
    }
}

/// What is live, with all that a reader can see of it.
fn state(system: &FakeSystem) -> BTreeMap<ObjectId, Live> {
    system.ids().into_iter().filter_map(|id| Some((id.clone(), system.live(&id)?))).collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A reader that keeps up by asking what moved.
#[derive(Default)]
struct Reader {
    cursor: Option<Cursor>,
    seen: BTreeMap<ObjectId, Live>,
}

impl Reader {
    async fn observe(&mut self, system: &FakeSystem, desired: &Desired) -> Coverage {
        let inventory = Inventory::default();
        let query = Query { desired, inventory: &inventory, since: self.cursor.as_ref() };
        let answer = system.observe(query).await.unwrap();
        if answer.coverage == Coverage::Everything {
            self.seen.clear();
        }
        for (id, Observation { live, .. }) in answer.objects {
            match live {
                Some(live) => self.seen.insert(id, live),
                None => self.seen.remove(&id),
            };
        }
        self.cursor = answer.cursor;
        answer.coverage
    }
}

/// The laws of one apply: what it may leave behind, judged from before and after.
fn judge(
    before: &BTreeMap<ObjectId, Live>,
    after: &BTreeMap<ObjectId, Live>,
    change: &Change,
    result: &gitops_core::Result<gitops_core::model::Applied>,
) {
    let live = before.get(&change.id);
    let object = change.action.object().unwrap();
    match result {
        Err(error) => {
            assert_eq!(before, after, "a refused write leaves no trace");
            let known = [(reason::STALE, Retry::Replan), (reason::OWNED_BY_OTHER, Retry::Never)];
            assert!(known.contains(&(error.reason(), error.retry())), "{error}");
        }
        Ok(applied) if applied.effect == Effect::Unchanged => {
            assert_eq!(before, after, "unchanged means unchanged");
            assert_eq!(live.unwrap().document, *object.document());
        }
        Ok(applied) => {
            let now = &after[&change.id];
            assert_eq!(applied.live.as_ref(), Some(now), "the answer is what is live");
            assert_eq!(now.document, *object.document());
            match (live, &change.base) {
                (None, None) => assert_eq!(applied.effect, Effect::Created),
                (Some(live), Some(base)) => {
                    assert_eq!(applied.effect, Effect::Configured);
                    assert_eq!(
                        (live.uid.as_ref(), now.uid.as_ref()),
                        (base.uid.as_ref(), base.uid.as_ref())
                    );
                    assert!(
                        live.version == base.version || live.state == base.state,
                        "never from a stale plan"
                    );
                }
                other => panic!("written although it was planned otherwise: {other:?}"),
            }
            let others = |state: &BTreeMap<ObjectId, Live>| {
                let mut state = state.clone();
                state.remove(&change.id);
                state
            };
            assert_eq!(others(before), others(after), "nothing else is touched");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever happens, a reader that asks what moved sees what a reader of everything sees;
    /// writes obey their laws; versions only grow and an incarnation never comes back.
    #[test]
    fn observing_and_applying_keep_their_contracts(steps in collection::vec(step(), 1..40)) {
        run(async {
            let system = FakeSystem::new();
            let other = system.as_app("other");
            let desired = Desired::new(Revision::new("", "r"), (0..IDS).map(|n| object(n, 0))).unwrap();
            let mut reader = Reader::default();
            let mut plans: Vec<Change> = Vec::new();
            let mut latest = 0_u64;
            let mut gone = BTreeSet::new();
            for step in steps {
                let before = state(&system);
                match step {
                    Step::Put(n, value) => system.put(&id(n), &json!({ "value": value })),
                    Step::Touch(n) => _ = system.touch(&id(n)),
                    Step::Delete(n) => _ = system.delete(&id(n)),
                    Step::Hold(n) => _ = system.hold(&id(n), "f"),
                    Step::Release(n) => _ = system.release(&id(n), "f"),
                    Step::Unmark(n) => _ = system.mark(&id(n), None),
                    Step::Other(n, value) => {
                        let change = plan(&other, object(n, value));
                        let _ = other.apply(&change).await;
                    }
                    Step::Plan(n, value) => plans.push(plan(&system, object(n, value))),
                    Step::Apply(ago, adopt) => {
                        let Some(at) = plans.len().checked_sub(ago + 1) else { continue };
                        let mut change = plans[at].clone();
                        change.cause = if adopt { Cause::Adopt } else { Cause::Desired };
                        let result = system.apply(&change).await;
                        let after = state(&system);
                        judge(&before, &after, &change, &result);
                        // Doing it again changes nothing more.
                        let again = system.apply(&change).await;
                        prop_assert_eq!(&after, &state(&system));
                        if result.is_ok() {
                            prop_assert!(again.is_err() || again.unwrap().effect == Effect::Unchanged);
                        }
                    }
                    Step::Observe => {
                        let moved = system.moved(reader.cursor.as_ref()).now_or_never();
                        let old = reader.cursor.clone();
                        let (stale, known) = (reader.seen.clone(), old.is_some());
                        reader.observe(&system, &desired).await;
                        let mut all = Reader::default();
                        prop_assert_eq!(all.observe(&system, &desired).await, Coverage::Everything);
                        prop_assert_eq!(&reader.seen, &all.seen);
                        prop_assert_eq!(&reader.cursor, &all.cursor);
                        if known && old == reader.cursor {
                            prop_assert_eq!(&stale, &reader.seen, "equal cursors: nothing moved");
                        }
                        // Polled once it has only begun: it may not say that it is done.
                        prop_assert!(moved.is_none());
                    }
                    Step::Compact => system.compact(),
                }
                let after = state(&system);
                for (id, live) in &before {
                    let now = after.get(id);
                    if now.is_none_or(|now| now.uid != live.uid) {
                        gone.insert(live.uid.clone());
                    }
                    if let Some(now) = now.filter(|now| now.uid == live.uid) {
                        prop_assert!(!live.terminating || now.terminating, "no way back");
                        prop_assert!(now.version != live.version || now == live, "a change is a version");
                    }
                }
                for live in after.values() {
                    let version: u64 = live.version.as_str().parse().unwrap();
                    prop_assert!(before.values().any(|old| old == live) || version > latest);
                    prop_assert!(!gone.contains(&live.uid));
                }
                let versions = after.values().map(|live| live.version.as_str().parse().unwrap());
                latest = versions.max().unwrap_or(0).max(latest);
            }
            Ok(())
        })?;
    }

    /// Dropped at any point, a write has happened or has not; done again, it has.
    #[test]
    fn a_dropped_write_is_repaired_by_another(values in collection::vec(0..3_u8, 1..6), polls in 0..4_usize) {
        run(async {
            let system = FakeSystem::new();
            for value in values {
                let change = plan(&system, object(0, value));
                let before = state(&system);
                {
                    let mut write = system.apply(&change);
                    for _ in 0..polls {
                        if futures::poll!(write.as_mut()).is_ready() {
                            break;
                        }
                    }
                }
                let dropped = state(&system);
                let written = system.value(&id(0)) == Some(json!({ "value": value }));
                prop_assert!(written || dropped == before);
                let again = plan(&system, object(0, value));
                system.apply(&again).await.unwrap();
                prop_assert_eq!(system.value(&id(0)), Some(json!({ "value": value })));
            }
            Ok(())
        })?;
    }

    /// Of writers that read before they write, none overwrites what it has not seen.
    #[test]
    fn no_save_of_an_inventory_is_lost(writers in collection::vec((0..3_usize, any::<bool>()), 1..20)) {
        run(async {
            let system = FakeSystem::new();
            let mut held = vec![system.inventory().load().await.unwrap(); 3];
            let mut added = 0;
            for (writer, reload) in writers {
                let store = system.inventory();
                if reload {
                    held[writer] = store.load().await.unwrap();
                }
                let current = store.stored().unwrap();
                let mut mine = held[writer].inventory.clone();
                mine.intend(&ObjectId::new("", "Thing", "", &format!("n{added}")));
                match store.save(&mine, held[writer].version.as_ref()).await {
                    Ok(version) => {
                        prop_assert_eq!(&current.version, &held[writer].version);
                        prop_assert_eq!(mine.len(), current.inventory.len() + 1);
                        held[writer].version = Some(version);
                        held[writer].inventory = mine;
                        added += 1;
                    }
                    Err(error) => {
                        prop_assert_eq!(error.reason(), reason::INVENTORY_CONFLICT);
                        prop_assert_ne!(&current.version, &held[writer].version);
                        prop_assert_eq!(store.stored().unwrap().inventory, current.inventory);
                    }
                }
            }
            prop_assert_eq!(system.inventory().stored().unwrap().inventory.len(), added);
            Ok(())
        })?;
    }
}
