//! What holds for every object.

use crate::kinds::{json, object, resource, schema, typed};
use gitops_ssa::{
    fields::Fields,
    managed::{Entries, WriteError},
    schema::{Schema, TypeRef},
    typed::{Duplicates, Typed, same},
    update::{OneVersion, Owners, Updater},
};
use proptest::prelude::*;
use serde_json::{Value, json as j};
use std::sync::Arc;

const T1: &str = "2026-01-01T00:00:00Z";
const T2: &str = "2026-01-02T00:00:00Z";

proptest! {
    #[test]
    fn merging_with_itself_changes_nothing(object in object()) {
        let typed = typed(object.clone());
        let merged = typed.merge(&typed).unwrap();
        prop_assert_eq!(merged.value(), &object);
        prop_assert!(typed.compare(&typed).unwrap().is_same());
    }

    #[test]
    fn a_merge_has_all_of_the_other(left in object(), right in object()) {
        let (left, right) = (typed(left), typed(right));
        let merged = left.merge(&right).unwrap();
        let twice = merged.merge(&right).unwrap();
        prop_assert!(same(twice.value(), merged.value()), "{} {}", twice.value(), merged.value());
        let all = merged.to_fields().unwrap();
        for path in right.to_fields().unwrap().paths() {
            prop_assert!(there(merged.value(), &all, &path), "{path:?}");
        }
    }

    #[test]
    fn changes_backwards_are_the_same_the_other_way_round(left in object(), right in object()) {
        let (left, right) = (typed(left), typed(right));
        let (there, back) = (left.compare(&right).unwrap(), right.compare(&left).unwrap());
        prop_assert_eq!(there.added, back.removed);
        prop_assert_eq!(there.removed, back.added);
        prop_assert_eq!(there.modified, back.modified);
    }

    #[test]
    fn what_is_owned_is_extracted(object in object()) {
        // Empty lists and maps are not said by a set, so that they may be lost.
        let typed = typed(object);
        let set = typed.to_fields().unwrap();
        let part = typed.extract(&set.leaf_set());
        prop_assert_eq!(part.to_fields().unwrap(), set);
    }

    #[test]
    fn applying_again_changes_nothing(live in object(), config in object(), force: bool) {
        let resource = resource();
        let live = resource.update(None, &live, "user", T1).unwrap();
        if let Ok(first) = resource.apply(Some(&live), &config, "ci", force, T1) {
            let second = resource.apply(Some(&first), &config, "ci", false, T2).unwrap();
            prop_assert_eq!(second, first);
        }
    }

    #[test]
    fn a_forced_apply_leaves_no_conflict(a in object(), b in object(), c in object()) {
        let resource = resource();
        let live = resource.apply(None, &a, "one", false, T1).unwrap();
        let live = resource.apply(Some(&live), &b, "two", true, T1).unwrap();
        let live = resource.apply(Some(&live), &c, "three", true, T1).unwrap();
        let again = resource.apply(Some(&live), &c, "three", false, T2);
        prop_assert!(again.is_ok(), "{:?}", again);
        // And all that is owned is there.
        let owners = entries(&live);
        let mut plain = live;
        plain["metadata"].as_object_mut().unwrap().remove("managedFields");
        let all = typed(plain.clone()).to_fields().unwrap();
        for (name, owned) in owners.iter() {
            for path in owned.fields.paths() {
                prop_assert!(there(&plain, &all, &path), "{name} {path:?}");
            }
        }
    }

    #[test]
    fn a_sole_applier_gets_what_it_applies(first in object(), second in object()) {
        // On a real server too an empty list that nobody owns can take its parent along.
        let (first, second) = (without_empty_lists(first), without_empty_lists(second));
        let resource = resource();
        let live = resource.apply(None, &first, "ci", false, T1).unwrap();
        let live = resource.apply(Some(&live), &second, "ci", false, T2).unwrap();
        let mut plain = live.clone();
        plain["metadata"].as_object_mut().unwrap().remove("managedFields");
        // What goes as a whole leaves an empty shell behind; what is left has the fields applied.
        let want = typed(second).to_fields().unwrap();
        let got = typed(plain.clone()).to_fields().unwrap();
        for path in want.paths() {
            prop_assert!(there(&plain, &got, &path), "{path:?}");
        }
        let rest = got.difference(&want);
        for path in rest.paths() {
            let text = gitops_ssa::fields::dotted(&path);
            let value = at(&live, &path);
            prop_assert!(value.is_none_or(empty), "{text} {value:?}");
        }
    }

    #[test]
    fn conflicts_are_exactly_what_force_takes(a in object(), b in object()) {
        let resource = resource();
        let live = resource.apply(None, &a, "one", false, T1).unwrap();
        match resource.apply(Some(&live), &b, "two", false, T1) {
            Ok(object) => {
                let forced = resource.apply(Some(&live), &b, "two", true, T1).unwrap();
                prop_assert_eq!(object, forced);
            }
            Err(WriteError::Conflict(conflict)) => {
                let forced = resource.apply(Some(&live), &b, "two", true, T1).unwrap();
                let (before, after) = (entries(&live), entries(&forced));
                let one = r#"{"manager":"one","operation":"Apply"}"#;
                let owned = |owners: &Owners| {
                    owners.get(one).map(|owned| owned.fields.clone()).unwrap_or_default()
                };
                let lost = owned(&before).difference(&owned(&after));
                prop_assert_eq!(conflict.conflicts().fields().difference(&lost), Fields::default());
                prop_assert_eq!(conflict.causes().len(), conflict.conflicts().iter().count());
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn nothing_panics(a in json(), b in json(), c in json()) {
        let resource = resource();
        let wrap = |spec: &Value, entries: &Value| j!({
            "apiVersion": "t/v1", "kind": "Thing", "spec": spec,
            "metadata": {"name": "x", "managedFields": entries},
        });
        let config = j!({"apiVersion": "t/v1", "kind": "Thing", "spec": c});
        for live in [a.clone(), wrap(&a, &b), wrap(&b, &j!([b]))] {
            let _ = resource.apply(Some(&live), &b, "m", false, T1);
            let _ = resource.apply(Some(&live), &config, "m", true, T1);
            let _ = resource.apply(Some(&live), &config, "kubectl", false, T1);
            let _ = resource.update(Some(&live), &c, "m", T1);
            let _ = resource.update(Some(&live), &config, "", T1);
        }
        let (schema, of) = schema();
        let _ = Typed::new(a.clone(), &schema, &of, Duplicates::Allow);
        let deduced = Typed::deduced(a.clone()).unwrap();
        let set = Fields::parse(&b).unwrap_or_default();
        let other = Typed::new(c.clone(), deduced.schema(), deduced.of(), Duplicates::Allow).unwrap();
        let _ = deduced.merge(&other).unwrap();
        let _ = deduced.compare(&other).unwrap();
        let _ = (deduced.remove(&set), deduced.extract(&set), deduced.extract_with_keys(&set));
        let _ = deduced.reconcile(&set).unwrap();
        if let Ok(read) = Schema::read(&j!({"types": [a, b, {"name": "x", "map": c}]})) {
            let typed = Typed::new(a.clone(), &Arc::new(read), &TypeRef::named("x"), Duplicates::Allow);
            let _ = typed.map(|typed| typed.reconcile(&set));
        }
        if let Ok((read, of)) = Schema::from_structural(&a, true) {
            let typed = Typed::new(b, &Arc::new(read), &of, Duplicates::Refuse);
            let _ = typed.map(|typed| typed.merge(&typed));
        }
        let _ = Fields::guess(&c);
    }

    #[test]
    fn histories_keep_the_books(
        writes in proptest::collection::vec((object(), 0_usize..3, 0_u8..3), 1..8),
    ) {
        let resource = resource();
        let mut live: Option<Value> = None;
        for (object, manager, way) in writes {
            let manager = ["a", "b", "c"][manager];
            let result = match way {
                0 => resource.update(live.as_ref(), &object, manager, T1),
                way => resource.apply(live.as_ref(), &object, manager, way == 1, T1),
            };
            let Ok(object) = result else { continue };
            // Entries can be read again, none is empty, and all that is owned is there.
            let entries = Entries::of(&object).unwrap();
            prop_assert_eq!(
                entries.to_value(),
                object["metadata"].get("managedFields").cloned().unwrap_or(j!([])),
            );
            prop_assert!(entries.owners.iter().all(|(_, owned)| !owned.fields.is_empty()));
            live = Some(object);
        }
    }
}

fn entries(object: &Value) -> Owners {
    Entries::of(object).unwrap().owners
}

/// Whether a path is in an object: in its set, or as an empty value, which a set does not tell.
fn there(object: &Value, set: &Fields, path: &[gitops_ssa::fields::PathElement]) -> bool {
    set.at(path).is_some() || at(object, path).is_some_and(empty)
}

fn without_empty_lists(mut value: Value) -> Value {
    if let Value::Object(map) = &mut value {
        let old = std::mem::take(map).into_iter().map(|(n, v)| (n, without_empty_lists(v)));
        map.extend(old.filter(|(_, value)| *value != j!([])));
    }
    value
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(empty),
        _ => false,
    }
}

/// The value at a path of fields; what is in a list counts as the list.
fn at<'a>(object: &'a Value, path: &[gitops_ssa::fields::PathElement]) -> Option<&'a Value> {
    let mut value = object;
    for step in path {
        match step {
            gitops_ssa::fields::PathElement::Field(name) => value = value.get(&**name)?,
            _ => return Some(value),
        }
    }
    Some(value)
}

#[test]
fn dropping_a_field_removes_it_unless_somebody_else_has_it() {
    let thing = |value: Value| typed(value);
    let updater = Updater::new(OneVersion);
    let live = thing(Value::Null);
    let both = thing(j!({"spec": {"replicas": 1, "image": "a"}}));
    let one = thing(j!({"spec": {"image": "a"}}));
    let apply = |live: &Typed, config: &Typed, owners, manager| {
        updater.apply(live, config, "v1", owners, manager, false).unwrap()
    };
    let applied = apply(&live, &both, Owners::default(), "ci");
    let live = applied.object.unwrap();
    let dropped = apply(&live, &one, applied.owners.clone(), "ci");
    assert_eq!(dropped.object.unwrap().value(), &j!({"spec": {"image": "a"}}));
    // With a second owner it stays.
    let shared = apply(&live, &both, applied.owners, "other");
    assert!(shared.object.is_none());
    let kept = apply(&live, &one, shared.owners, "ci");
    assert!(kept.object.is_none());
    assert_eq!(kept.owners.get("ci").unwrap().fields, one.to_fields().unwrap());
}

#[test]
fn depth_is_bounded() {
    let deep = (0..400).fold(j!(1), |value, _| j!({"a": value}));
    let error = Typed::deduced(deep.clone()).unwrap_err();
    assert!(error.to_string().ends_with("nested deeper than 128"), "{error}");
    let schema = (0..400).fold(
        j!({"type": "string"}),
        |value, _| j!({"type": "object", "properties": {"a": value}}),
    );
    assert!(Schema::from_structural(&schema, false).is_err());
    let list =
        (0..400).fold(j!({"scalar": "string"}), |value, _| j!({"list": {"elementType": value}}));
    assert!(Schema::read(&j!({"types": [{"name": "x", "list": {"elementType": list}}]})).is_err());
}
