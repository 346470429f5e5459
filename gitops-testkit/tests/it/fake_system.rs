//! The fake system, case by case.

use futures::future::{self, Either};
use gitops_core::{
    Retry, Stage,
    error::Error,
    model::{
        Action, Cause, Change, Coverage, Cursor, Desired, Effect, Inventory, Object, ObjectId,
        Observed, Owner, Revision, Version,
    },
    reason,
    stage::{Applier, InventoryStore, Observer, Query},
};
use gitops_testkit::fake::{FakeSystem, Fault, Moment, Op};
use serde_json::json;
use std::pin::pin;

fn id(name: &str) -> ObjectId {
    ObjectId::new("", "Thing", "", name)
}

fn object(name: &str, value: u64) -> Object {
    Object::new(id(name), &json!({ "value": value }))
}

fn desired(objects: impl IntoIterator<Item = Object>) -> Desired {
    Desired::new(Revision::new("main", "r1"), objects).unwrap()
}

fn change(system: &FakeSystem, object: Object) -> Change {
    let live = system.live(object.id());
    Change {
        id: object.id().clone(),
        base: live.as_ref().map(Into::into),
        action: match live {
            None => Action::Create { object },
            Some(_) => Action::Update { object },
        },
        cause: Cause::Desired,
        fields: Vec::new(),
        origin: None,
    }
}

async fn observe(system: &FakeSystem, desired: &Desired, since: Option<&Cursor>) -> Observed {
    let inventory = Inventory::default();
    system.observe(Query { desired, inventory: &inventory, since }).await.unwrap()
}

async fn effect(system: &FakeSystem, change: &Change) -> Effect {
    system.apply(change).await.unwrap().effect
}

async fn refusal(system: &FakeSystem, change: &Change) -> (&'static str, Retry) {
    let error = system.apply(change).await.unwrap_err();
    assert_eq!(error.object(), Some(&change.id));
    (error.reason(), error.retry())
}

const STALE: (&str, Retry) = (reason::STALE, Retry::Replan);

#[tokio::test]
async fn creating_and_updating_are_idempotent() {
    let system = FakeSystem::new();
    let create = change(&system, object("a", 1));
    assert_eq!(effect(&system, &create).await, Effect::Created);
    assert_eq!(effect(&system, &create).await, Effect::Unchanged);
    let update = change(&system, object("a", 2));
    assert_eq!(effect(&system, &update).await, Effect::Configured);
    assert_eq!(refusal(&system, &update).await, STALE, "planned from a version that is gone");
    let again = change(&system, object("a", 2));
    let before = system.live(&id("a")).unwrap().version;
    assert_eq!(effect(&system, &again).await, Effect::Unchanged);
    assert_eq!(system.live(&id("a")).unwrap().version, before);
    assert_eq!(system.live(&id("a")).unwrap().owner, Owner::Ours);
}

#[tokio::test]
async fn a_stale_plan_writes_nothing_unless_what_moved_is_none_of_ours() {
    let system = FakeSystem::new();
    system.apply(&change(&system, object("a", 1))).await.unwrap();
    let update = change(&system, object("a", 2));
    system.touch(&id("a"));
    assert_eq!(effect(&system, &update).await, Effect::Configured);

    let update = change(&system, object("a", 3));
    system.edit(&id("a"), |value| value["value"] = 7.into());
    assert_eq!(refusal(&system, &update).await, STALE);
    assert_eq!(system.value(&id("a")).unwrap(), json!({ "value": 7 }));

    let update = change(&system, object("a", 3));
    system.delete(&id("a"));
    assert_eq!(refusal(&system, &update).await, STALE, "gone");
    system.put(&id("a"), &json!({ "value": 7 }));
    assert_eq!(refusal(&system, &update).await, STALE, "equal, but another incarnation");

    let create = change(&system, object("b", 1));
    system.put(&id("b"), &json!({ "value": 1 }));
    assert_eq!(refusal(&system, &create).await, STALE, "somebody else created it");
}

#[tokio::test]
async fn what_is_another_apps_is_refused_unless_adopted() {
    let system = FakeSystem::new();
    let other = system.as_app("other");
    other.apply(&change(&other, object("a", 1))).await.unwrap();
    assert_eq!(system.live(&id("a")).unwrap().owner, Owner::Other("other".into()));
    let mut update = change(&system, object("a", 2));
    assert_eq!(refusal(&system, &update).await, (reason::OWNED_BY_OTHER, Retry::Never));
    update.cause = Cause::Adopt;
    assert_eq!(effect(&system, &update).await, Effect::Configured);
    assert_eq!(system.live(&id("a")).unwrap().owner, Owner::Ours);
}

#[tokio::test]
async fn finalizers_hold_an_object_until_they_are_gone() {
    let system = FakeSystem::new();
    system.put(&id("a"), &json!({}));
    system.hold(&id("a"), "backup");
    assert!(system.delete(&id("a")));
    let live = system.live(&id("a")).unwrap();
    assert!(live.terminating);
    assert!(system.delete(&id("a")));
    assert_eq!(system.live(&id("a")).unwrap().version, live.version, "deleting it once is enough");
    system.release(&id("a"), "backup");
    assert_eq!(system.live(&id("a")), None);
    system.put(&id("a"), &json!({}));
    assert_ne!(system.live(&id("a")).unwrap().uid, live.uid);
}

#[tokio::test]
async fn an_observer_with_a_cursor_is_told_what_moved() {
    let system = FakeSystem::new();
    let wanted = desired([object("a", 1), object("b", 1)]);
    system.put(&id("a"), &json!({}));
    system.put(&id("elsewhere"), &json!({}));
    let all = observe(&system, &wanted, None).await;
    assert_eq!(all.coverage, Coverage::Everything);
    assert_eq!(all.objects.keys().cloned().collect::<Vec<_>>(), [id("a"), id("b")]);
    assert!(all.live(&id("b")).is_none());

    let still = observe(&system, &wanted, all.cursor.as_ref()).await;
    assert_eq!((still.coverage, still.objects.len()), (Coverage::Moved, 0));
    assert_eq!(still.cursor, all.cursor);

    system.put(&id("elsewhere"), &json!({ "none": "of ours" }));
    assert_eq!(observe(&system, &wanted, None).await.cursor, all.cursor);

    system.put(&id("b"), &json!({}));
    system.delete(&id("a"));
    let moved = observe(&system, &wanted, all.cursor.as_ref()).await;
    assert_eq!(moved.coverage, Coverage::Moved);
    assert_eq!(moved.objects.len(), 2);
    assert!(moved.live(&id("a")).is_none() && moved.live(&id("b")).is_some());
    assert_ne!(moved.cursor, all.cursor);

    system.compact();
    let too_old = observe(&system, &wanted, moved.cursor.as_ref()).await;
    assert_eq!(too_old.coverage, Coverage::Everything);
    let wider = desired([object("a", 1), object("b", 1), object("c", 1)]);
    let other_ids = observe(&system, &wider, too_old.cursor.as_ref()).await;
    assert_eq!(other_ids.coverage, Coverage::Everything, "it was not asked for c before");
}

#[tokio::test]
async fn what_bears_our_mark_is_shown_unasked_and_when_it_loses_it() {
    let system = FakeSystem::new();
    let none = desired([]);
    system.apply(&change(&system, object("stray", 1))).await.unwrap();
    let all = observe(&system, &none, None).await;
    assert_eq!(all.live(&id("stray")).unwrap().owner, Owner::Ours);
    system.mark(&id("stray"), None);
    let moved = observe(&system, &none, all.cursor.as_ref()).await;
    assert_eq!(moved.live(&id("stray")).unwrap().owner, Owner::Nobody);
    assert!(observe(&system, &none, None).await.objects.is_empty());
}

#[tokio::test]
async fn moved_completes_on_what_concerns_the_app() {
    let system = FakeSystem::new();
    let wanted = desired([object("a", 1)]);
    let cursor = observe(&system, &wanted, None).await.cursor;
    let mut moved = pin!(system.moved(cursor.as_ref()));
    for _ in 0..5 {
        assert!(futures::poll!(moved.as_mut()).is_pending());
    }
    system.put(&id("elsewhere"), &json!({}));
    assert!(futures::poll!(moved.as_mut()).is_pending());
    system.put(&id("a"), &json!({}));
    assert!(futures::poll!(moved.as_mut()).is_ready());
    // A cursor from before: at once.
    system.moved(cursor.as_ref()).await.unwrap();

    let blind = FakeSystem::without_cursor();
    assert_eq!(observe(&blind, &wanted, None).await.cursor, None);
    let mut moved = pin!(blind.moved(None));
    for _ in 0..5 {
        assert!(futures::poll!(moved.as_mut()).is_pending());
        blind.put(&id("a"), &json!({}));
    }
}

#[tokio::test]
async fn inventories_are_swapped_by_version_and_kept_apart() {
    let store = FakeSystem::new().inventory();
    assert_eq!(store.load().await.unwrap().version, None);
    let mut inventory = Inventory::default();
    inventory.intend(&id("a"));
    let first = store.save(&inventory, None).await.unwrap();
    let lost = store.save(&Inventory::default(), None).await.unwrap_err();
    assert_eq!((lost.reason(), lost.retry()), (reason::INVENTORY_CONFLICT, Retry::Replan));
    let second = store.save(&inventory, Some(&first)).await.unwrap();
    assert!(store.save(&inventory, Some(&first)).await.is_err(), "not the stored version");
    let stored = store.load().await.unwrap();
    assert_eq!((stored.inventory, stored.version), (inventory.clone(), Some(second.clone())));
    assert!(store.remove(&first).await.is_err());
    store.remove(&second).await.unwrap();
    store.remove(&second).await.unwrap();
    assert!(store.save(&inventory, Some(&second)).await.is_err(), "versions are not used again");
    assert_ne!(store.save(&inventory, None).await.unwrap(), first);
}

#[tokio::test]
async fn a_damaged_inventory_is_an_error_and_never_empty() {
    let system = FakeSystem::new();
    let store = system.inventory();
    let mut inventory = Inventory::default();
    inventory.intend(&id("a"));
    store.save(&inventory, None).await.unwrap();
    system.corrupt_inventory();
    assert_eq!(store.load().await.unwrap_err().reason(), reason::INVENTORY_CORRUPT);
    assert!(system.as_app("other").inventory().load().await.unwrap().inventory.is_empty());
}

#[tokio::test]
async fn a_lost_answer_hides_an_effect() {
    let system = FakeSystem::new();
    let lost = Error::new(Stage::Apply, Retry::Replan, reason::OUTCOME_UNKNOWN, "no answer");
    system.script().nth(Op::Apply, 1, Fault::FailAfter(lost.clone()));
    let create = change(&system, object("a", 1));
    assert_eq!(system.apply(&create).await.unwrap_err().reason(), reason::OUTCOME_UNKNOWN);
    assert!(system.live(&id("a")).is_some());
    system.script().on(&id("b"), Fault::Fail(lost));
    assert!(system.apply(&change(&system, object("b", 1))).await.is_err());
    assert!(system.live(&id("b")).is_none());
    assert_eq!(effect(&system, &change(&system, object("c", 1))).await, Effect::Created);
}

#[tokio::test]
async fn a_kill_point_is_before_or_after_the_nth_write() {
    for (moment, kept) in [(Moment::Before, 1), (Moment::After, 2)] {
        let system = FakeSystem::new();
        system.script().kill_at(3, moment);
        let work = async {
            system.inventory().save(&Inventory::default(), None).await.unwrap();
            for name in ["a", "b", "c"] {
                system.apply(&change(&system, object(name, 1))).await.unwrap();
            }
        };
        let killed = pin!(system.script().hung(1));
        match future::select(pin!(work), killed).await {
            Either::Left(_) => panic!("it went through"),
            Either::Right(_) => assert_eq!(system.ids().len(), kept, "{moment:?}"),
        }
        assert_eq!(system.script().writes(), 3);
    }
}

#[tokio::test]
async fn the_record_tells_silence() {
    let system = FakeSystem::new();
    let wanted = desired([]);
    observe(&system, &wanted, None).await;
    system.inventory().load().await.unwrap();
    assert_eq!((system.script().reads(), system.script().writes()), (2, 0));
    system.script().forget();
    system.put(&id("a"), &json!({}));
    assert!(system.live(&id("a")).is_some());
    assert!(system.script().calls().is_empty(), "looking from the outside is not a call");
    let _ = system.inventory().save(&Inventory::default(), Some(&Version::new("1"))).await;
    assert_eq!(system.script().writes(), 1, "a refused write is a write");
}
