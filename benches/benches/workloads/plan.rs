//! Objects to a plan: diff, order, guards. No I/O.

use crate::runtime;
use gitops_benches::{Bench, Estate};
use gitops_core::{
    engine::{AdoptionPolicy, PrunePolicy, Situation, plan},
    model::{AppId, Desired, Inventory, Observed, Revision, Snapshot},
    render::Yaml,
    stage::{Differ, Exact, Flat, Observer, Query, Renderer},
};
use gitops_testkit::fake::FakeSystem;
use std::{collections::BTreeMap, sync::Arc};

pub(crate) fn run(bench: &Bench) {
    if !bench.wants("plan") {
        return;
    }
    let runtime = runtime();
    let estate = Estate { objects: 10_000 };
    let render = |edited| -> Desired {
        let tree = Arc::new(estate.tree(edited));
        let snapshot = Snapshot::new(Revision::new("main", "1"), tree);
        runtime.block_on(Yaml::new([""]).unwrap().render(&snapshot)).unwrap()
    };
    let (desired, edited) = (render(None), render(Some(5_000)));

    let system = FakeSystem::new().as_app("app");
    let mut inventory = Inventory::default();
    for object in desired.objects() {
        system.put(object.id(), &object.value());
        system.mark(object.id(), Some("app"));
        inventory.insert(object.id().clone(), Default::default());
    }
    let query = Query { desired: &desired, inventory: &inventory, since: None };
    let full = runtime.block_on(system.observe(query)).unwrap();
    let empty = Observed::everything(BTreeMap::new());
    let nothing = Inventory::default();

    let planned = |desired: &Desired, observed: &Observed, inventory: &Inventory| {
        let diff = Exact.diff(desired, observed, inventory).unwrap();
        let prune = PrunePolicy::default();
        plan(Situation {
            app: &AppId::from("app"),
            desired,
            observed,
            diff: &diff,
            inventory,
            order: &Flat,
            prune: &prune,
            adoption: AdoptionPolicy::default(),
        })
        .unwrap()
        .plan
    };
    let count = |plan: gitops_core::model::Plan| plan.changes().count();
    assert_eq!(count(planned(&desired, &empty, &nothing)), 10_000);
    assert_eq!(count(planned(&desired, &full, &inventory)), 0);
    assert_eq!(count(planned(&edited, &full, &inventory)), 1);

    bench.alone("plan all new", "10000 creates", || planned(&desired, &empty, &nothing));
    bench.alone("plan nothing changed, no memory", "10000 compared", || {
        planned(&desired, &full, &inventory)
    });
    bench.alone("plan one changed, no memory", "10000 compared", || {
        planned(&edited, &full, &inventory)
    });
}
