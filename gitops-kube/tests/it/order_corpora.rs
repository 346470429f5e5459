//! The order against the cases of cli-utils and Argo CD.

use crate::health_cases::{Case, cases, id};
use gitops_core::{
    engine::arrange,
    model::{Document, ObjectId},
    stage::{Order, Place},
};
use gitops_kube::order::{KindOrder, depends_on};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn place(object: &Value) -> gitops_core::Result<Place> {
    KindOrder::new().place(&id(object), Some(&Document::new(object)))
}

fn parsed(value: &Value) -> ObjectId {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    ObjectId::new(
        text("/GroupKind/Group"),
        text("/GroupKind/Kind"),
        text("/Namespace"),
        text("/Name"),
    )
}

#[test]
fn depends_on_is_parsed_as_in_cli_utils() {
    let Some(cases) = cases("cliutils.jsonl", &["depends-on-parse"]) else { return };
    assert_eq!(cases.len(), 9);
    for case in &cases {
        let expected = case.yaml("expected.yaml");
        let text = expected["annotation"].as_str().or(expected["metaStr"].as_str()).unwrap();
        // A single reference is asked for where the case is about one: several are then an error.
        let one = expected.get("metaStr").is_some();
        let read = depends_on(text).ok().filter(|ids| !one || ids.len() == 1);
        let wanted: Option<BTreeSet<ObjectId>> = match &expected["isError"] {
            Value::Bool(true) => None,
            _ => Some(match &expected["expected"] {
                Value::Array(list) => list.iter().map(parsed).collect(),
                one => BTreeSet::from([parsed(one)]),
            }),
        };
        assert_eq!(read.map(BTreeSet::from_iter), wanted, "{}", case.name);
    }
    println!("depends-on-parse: 9 of 9 as expected");
}

/// The groups that cli-utils makes of a set: they are the same here, order within one aside.
#[test]
fn sets_are_ordered_as_in_cli_utils() {
    let Some(cases) = cases("cliutils.jsonl", &["dependency-order"]) else { return };
    assert_eq!(cases.len(), 11);
    for case in &cases {
        let objects = case.documents("input/objects.yaml");
        let places: BTreeMap<ObjectId, Place> =
            objects.iter().map(|object| (id(object), place(object).unwrap())).collect();
        let groups = arrange(&places).ok().map(|groups| {
            let sets = groups.into_iter().map(|group| BTreeSet::from_iter(group.ids));
            let mut sets: Vec<BTreeSet<ObjectId>> = sets.collect();
            if case.meta["reverse"] == true {
                sets.reverse();
            }
            sets
        });
        let expected = case.yaml("expected.yaml");
        let object = |value: &Value| {
            let text = |key: &str| value[key].as_str().unwrap_or_default();
            ObjectId::new(text("group"), text("kind"), text("namespace"), text("name"))
        };
        let sets = expected["sets"].as_array().map(|sets| {
            let set = |set: &Value| set.as_array().unwrap().iter().map(object).collect();
            sets.iter().map(set).collect::<Vec<BTreeSet<ObjectId>>>()
        });
        let sets = sets.filter(|_| expected["error"] == false);
        assert_eq!(groups, sets, "{}", case.name);
    }
    println!("dependency-order: 11 of 11 as expected");
}

#[test]
fn waves_are_read_as_in_argo() {
    let Some(cases) = cases("argo.jsonl", &["sync-wave"]) else { return };
    assert_eq!(cases.len(), 3);
    let rank = |wave: i64| {
        let annotations = serde_json::json!({"argocd.argoproj.io/sync-wave": wave.to_string()});
        place(&serde_json::json!({"kind": "Pod", "metadata": {"annotations": annotations}}))
            .unwrap()
            .rank
    };
    for case in &cases {
        let object = &case.yaml("input/args.yaml")[0];
        let wave = case.yaml("expected.yaml")[0]["value"].as_i64().unwrap();
        assert_eq!(place(object).unwrap().rank, rank(wave), "{}", case.name);
    }
    println!("sync-wave: 3 of 3 as expected");
}

/// The order that Argo CD gives to the tasks of its main phase. Hooks of other phases are no
/// objects of the desired state here: they are left out.
#[test]
fn kinds_are_ordered_as_in_argo() {
    let Some(cases) = cases("argo.jsonl", &["sync-order"]) else { return };
    let case = cases.iter().find(|case| case.name == "sync-order_TestSortSyncTask").unwrap();
    let tasks = case.yaml("input/tasks.yaml");
    let order = case.yaml("expected.yaml")["order"].clone();
    let order = order.as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as usize);
    let mut keys = Vec::new();
    for task in order.map(|index| &tasks[index]).filter(|task| task["phase"] == "Sync") {
        let object = &task["targetObj"];
        let place = place(object).unwrap();
        keys.push((place.rank, place.step, id(object)));
    }
    assert_eq!(keys.len(), 9);
    assert!(keys.is_sorted(), "{keys:#?}");
}

/// Where Argo CD moves namespaces and definitions into the wave of what needs them, they come
/// before all waves here: what needs them comes after them either way, and that is what is checked.
#[test]
fn what_others_need_precedes_them_as_in_argo() {
    let Some(cases) = cases("argo.jsonl", &["sync-order"]) else { return };
    let rest = cases.iter().filter(|case| case.name != "sync-order_TestSortSyncTask");
    let mut count = 0;
    for case in rest {
        let tasks = case.yaml("input/tasks.yaml");
        let (first, rest): (Vec<&Value>, Vec<&Value>) =
            tasks.as_array().unwrap().iter().map(|task| &task["targetObj"]).partition(|object| {
                matches!(object["kind"].as_str(), Some("Namespace" | "CustomResourceDefinition"))
            });
        let rank = |object: &&Value| place(object).unwrap().rank;
        assert!(first.iter().map(rank).max() < rest.iter().map(rank).min(), "{}", case.name);
        count += 1;
    }
    assert_eq!(count, 2);
}

/// Argo CD prunes waves in reverse. It mirrors wave numbers among the objects to prune, which
/// then interleave with those to apply; here everything is pruned after everything is applied, so
/// only the order among pruned objects is compared, for the cases that ask for no more than that.
#[test]
fn pruning_reverses_waves_as_in_argo() {
    let Some(cases) = cases("argo.jsonl", &["prune-wave-reorder"]) else { return };
    assert_eq!(cases.len(), 8);
    let compared: Vec<&Case> = cases.iter().filter(|case| case.name != PRUNE_LAST).collect();
    for case in &compared {
        let live = case.yaml("input/live.yaml");
        let desired = case.yaml("input/target.yaml");
        let waves = case.yaml("expected.yaml")["wave_by_name"].clone();
        let pairs = live.as_array().unwrap().iter().zip(desired.as_array().unwrap());
        let pruned = pairs.filter(|(live, desired)| !live.is_null() && desired.is_null());
        let mut pruned: Vec<(i64, i64)> = pruned
            .map(|(live, _)| {
                let name = live["metadata"]["name"].as_str().unwrap();
                (waves[name].as_i64().unwrap(), place(live).unwrap().rank)
            })
            .collect();
        pruned.sort_unstable();
        for pair in pruned.windows(2) {
            let [(earlier, before), (later, after)] = pair else { continue };
            // A namespace among them waits for what is in it, also in its own wave.
            assert!(earlier == later || before > after, "{}: {pruned:?}", case.name);
        }
    }
    println!("prune-wave-reorder: {} of {} compared", compared.len(), cases.len());
}

/// Asks for `PruneLast`, which is how everything is pruned here.
const PRUNE_LAST: &str = "prune-wave-reorder_pruneLast";
