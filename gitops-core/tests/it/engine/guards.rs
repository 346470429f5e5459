//! Never deletes on doubt, never more than allowed, never what is not ours.

use super::{World, id, outcomes};
use gitops_core::{
    Error, Retry, Stage,
    engine::{AdoptionPolicy, Options, Pass, PrunePolicy},
    model::{Inventory, InventoryEntry},
    reason,
    stage::InventoryStore,
};
use gitops_testkit::fake::{Fault, Op};

fn many(count: usize) -> String {
    (0..count).map(|n| format!("o{n:02}=1 ")).collect()
}

fn refused(pass: &Pass) -> &'static str {
    assert!(pass.outcomes.is_empty(), "{pass:?}");
    pass.error.as_ref().unwrap().reason()
}

#[tokio::test(start_paused = true)]
async fn nothing_desired_where_objects_were_is_refused_unless_allowed() {
    let world = World::new();
    world.commit("a=1");
    world.pipeline(Options::new()).pass().await;
    world.commit("");
    world.calls();
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(refused(&pass), reason::EMPTY_DESIRED);
    assert_eq!(world.live(), "a=1");
    assert_eq!(world.script.writes(), 0);
    assert!(pass.status.is_stalled());

    let allowed = Options::new().prune(PrunePolicy::default().allow_empty(true));
    assert_eq!(outcomes(&world.pipeline(allowed).pass().await), "-a");
}

#[tokio::test(start_paused = true)]
async fn the_budget_holds_at_its_edge() {
    let world = World::new();
    world.commit(&many(40));
    world.pipeline(Options::new()).pass().await;
    // Half of 40 is allowed, one more is not.
    world.commit(&many(19));
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(refused(&pass), reason::PRUNE_BUDGET);
    assert!(pass.error.unwrap().to_string().contains("21 of 40 objects"));
    assert_eq!(world.system.ids().len(), 40);
    world.commit(&many(20));
    assert!(world.pipeline(Options::new()).pass().await.error.is_none());
    assert_eq!(world.system.ids().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn protected_and_retained_objects_stay() {
    let world = World::new();
    world.commit("a=1 keep=1 ns=1");
    world.pipeline(Options::new()).pass().await;
    world.system.protect(&id("ns"), true);
    world.system.retain(&id("keep"), Some("prune: disabled"));
    world.commit("a=1");
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(refused(&pass), reason::PROTECTED_KIND);

    let allowed = Options::new().prune(PrunePolicy::default().allow_protected("File"));
    let pass = world.pipeline(allowed).pass().await;
    assert_eq!(outcomes(&pass), "-ns");
    assert_eq!(pass.plan.unwrap().retained[0].id, id("keep"));
    assert_eq!(world.live(), "a=1 keep=1");
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_others_is_neither_written_nor_deleted() {
    let world = World::new();
    world.system.put(&id("theirs"), &"0".into());
    world.system.mark(&id("theirs"), Some("other"));
    world.system.put(&id("nobodys"), &"0".into());
    world.commit("a=1 nobodys=1 theirs=1");
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(refused(&pass), reason::OWNED_BY_OTHER);
    assert_eq!(world.script.writes(), 0);

    let strict = Options::new().adoption(AdoptionPolicy::MustMatch);
    let error = world.pipeline(strict).pass().await.error.unwrap();
    assert_eq!(error.related().len(), 1, "both are named: {error:?}");

    world.commit("a=1 nobodys=1");
    assert_eq!(outcomes(&world.pipeline(Options::new()).pass().await), "+a ~nobodys");
    let all = Options::new().adoption(AdoptionPolicy::AdoptAll);
    world.commit("a=1 nobodys=1 theirs=1");
    assert_eq!(outcomes(&world.pipeline(all).pass().await), "~theirs");
}

#[tokio::test(start_paused = true)]
async fn our_mark_taken_off_is_drift_under_the_strictest_adoption_too() {
    let world = World::new();
    world.commit("a=1");
    let strict = || Options::new().adoption(AdoptionPolicy::MustMatch);
    world.pipeline(strict()).pass().await;
    world.system.mark(&id("a"), None);
    world.system.edit(&id("a"), |value| *value = "drifted".into());
    assert_eq!(outcomes(&world.pipeline(strict()).pass().await), "~a");
}

#[tokio::test(start_paused = true)]
async fn an_object_without_our_mark_is_kept_and_the_plan_says_so() {
    let world = World::new();
    world.commit("a=1 b=1");
    let app = world.pipeline(Options::new());
    app.pass().await;
    world.system.mark(&id("b"), None);
    world.commit("a=1");
    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "");
    assert_eq!(pass.plan.unwrap().retained[0].id, id("b"));
    assert_eq!(world.live(), "a=1 b=1");
}

#[tokio::test(start_paused = true)]
async fn a_desired_object_on_its_way_out_is_left_alone_and_made_anew() {
    let world = World::new();
    world.commit("a=1 b=1");
    let app = world.pipeline(Options::new());
    app.pass().await;
    world.system.hold(&id("a"), "slow");
    world.system.delete(&id("a"));
    world.commit("a=2 b=1");
    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "");
    assert!(!pass.is_settled(), "it is not as desired");
    world.system.release(&id("a"), "slow");
    assert_eq!(outcomes(&app.pass().await), "+a");
}

#[tokio::test(start_paused = true)]
async fn labels_never_authorise_a_delete() {
    let world = World::new();
    world.commit("a=1 b=1 c=1");
    world.pipeline(Options::new()).pass().await;
    // Somebody deletes ours and makes another of the same name with our mark copied.
    world.system.delete(&id("b"));
    world.system.put(&id("b"), &"foreign".into());
    world.system.mark(&id("b"), Some("app"));
    // Somebody copies our mark to an object that was never ours.
    world.system.put(&id("x"), &"foreign".into());
    world.system.mark(&id("x"), Some("app"));
    // Somebody hands one of ours to another app.
    world.system.mark(&id("c"), Some("other"));
    world.commit("a=1");
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(outcomes(&pass), "");
    assert_eq!(world.live(), "a=1 b=foreign c=1 x=foreign");
    // They are forgotten, so that a later pass has nothing to do with them.
    let stored = world.system.inventory().load().await.unwrap();
    assert_eq!(stored.inventory.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_inventory_deletes_nothing_and_is_rebuilt() {
    let world = World::new();
    world.commit("a=1 b=1");
    world.pipeline(Options::new()).pass().await;
    let store = world.system.inventory();
    let version = store.load().await.unwrap().version.unwrap();
    store.remove(&version).await.unwrap();
    world.commit("a=1");
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(outcomes(&pass), "");
    assert_eq!(world.live(), "a=1 b=1", "b is orphaned rather than deleted on doubt");
    assert!(store.load().await.unwrap().inventory.contains(&id("a")));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_inventory_stops_everything() {
    let world = World::new();
    world.commit("a=1");
    world.pipeline(Options::new()).pass().await;
    world.system.corrupt_inventory();
    world.commit("a=2");
    world.calls();
    let pass = world.pipeline(Options::new()).pass().await;
    assert_eq!(refused(&pass), reason::INVENTORY_CORRUPT);
    assert_eq!(world.script.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_was_never_carried_out_deletes_nothing_foreign() {
    let world = World::new();
    // We meant to create `b` and died; somebody else made a `b` without any mark.
    let mut inventory = Inventory::default();
    inventory.intend(&id("b"));
    inventory.insert(id("c"), InventoryEntry::default());
    world.system.inventory().save(&inventory, None).await.unwrap();
    world.system.put(&id("b"), &"foreign".into());
    world.commit("a=1");
    assert_eq!(outcomes(&world.pipeline(Options::new()).pass().await), "+a");
    assert_eq!(world.live(), "a=1 b=foreign");
}

#[tokio::test(start_paused = true)]
async fn an_id_leaves_the_inventory_only_once_its_object_is_seen_gone() {
    let world = World::new();
    world.commit("a=1 b=1");
    let app = world.pipeline(Options::new());
    app.pass().await;
    world.system.hold(&id("b"), "slow");
    world.commit("a=1");
    let stored = || async {
        let stored = world.system.inventory().load().await.unwrap();
        stored.inventory.contains(&id("b"))
    };
    assert_eq!(outcomes(&app.pass().await), "-b");
    assert!(stored().await, "its deletion was accepted, not finished");
    // It is not deleted again while it is on its way, nor by a new start.
    assert_eq!(outcomes(&app.pass().await), "");
    assert_eq!(outcomes(&world.pipeline(Options::new()).pass().await), "");
    assert!(stored().await);
    world.system.release(&id("b"), "slow");
    app.pass().await;
    assert!(!stored().await);
}

/// Found by the laws: the object was known by an older incarnation, which somebody deleted.
#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_was_lost_is_ours_to_prune() {
    let world = World::new();
    world.commit("a=1 b=1");
    let app = world.pipeline(Options::new());
    app.pass().await;
    world.system.delete(&id("b"));
    let lost = Error::new(Stage::Apply, Retry::Replan, reason::OUTCOME_UNKNOWN, "no answer");
    world.script.nth(Op::Apply, 1, Fault::FailAfter(lost));
    assert_eq!(outcomes(&app.pass().await), "!b");
    world.commit("a=1");
    assert_eq!(outcomes(&app.pass().await), "-b");
    assert_eq!(world.live(), "a=1");
}

/// L8: whatever read fails, and however, nothing is deleted in that pass.
#[tokio::test(start_paused = true)]
async fn no_delete_on_doubt() {
    let reads = [Op::Resolve, Op::Fetch, Op::Observe, Op::Load];
    let classes = [Retry::Backoff, Retry::Never, Retry::Replan];
    for op in reads {
        for retry in classes {
            let world = World::new();
            world.commit("a=1 b=1");
            world.pipeline(Options::new()).pass().await;
            world.commit("a=1");
            let error = Error::new(Stage::Source, retry, reason::UNAVAILABLE, "down");
            world.script.always(op, Fault::Fail(error));
            world.calls();
            let pass = world.pipeline(Options::new()).pass().await;
            assert!(pass.error.is_some(), "{op:?}");
            assert_eq!(world.script.writes(), 0, "{op:?}");
            assert_eq!(world.live(), "a=1 b=1", "{op:?}");
            world.script.clear();
            assert_eq!(outcomes(&world.pipeline(Options::new()).pass().await), "-b");
        }
    }
}
