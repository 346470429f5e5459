//! The order of merged lists: what `$setElementOrder` says, else the patch's, and the original's for
//! items that only the original has.

use super::{
    ORDER, PATCH, PatchSchema,
    error::{self, Fail, no_list, no_map, no_merge_key},
    lists::{self, Items},
    maps,
};
use crate::patch::go;
use serde_json::{Map, Value};

/// Merges the lists whose order is set, and takes them and their directives out of the patch.
pub(super) fn merge_ordered_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &dyn PatchSchema,
) -> Result<(), Fail> {
    let directives: Vec<String> =
        patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let Some(order) = patch.remove(&directive) else { continue };
        let Value::Array(order) = order else { return Err(no_list(&order)) };
        let Some((ORDER, name)) = directive.split_once('/') else {
            return Err(Fail::Form(error::ELEMENT_ORDER));
        };
        let list = |map: &Map<String, Value>| match map.get(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list.clone())),
            Some(other) => Err(no_list(other)),
        };
        let (current, patched) = (list(original)?, list(patch)?);
        let field = schema.list(name).map_err(Fail::Other)?;
        field.strategy()?;
        let key = &*field.merge_key;
        let changes = patched.clone().unwrap_or_default();
        check(&changes, &order, key)?;
        let (merged, window) = match (current, patched) {
            (None, None) => continue,
            (Some(current), None) => (current.clone(), current),
            (None, Some(patched)) => {
                (patched.iter().filter_map(maps::without_directives).collect(), Vec::new())
            }
            (Some(current), Some(mut patched)) => {
                let merged = maps::merge_list(current, &mut patched, &field, false)?;
                (merged.merged, merged.window)
            }
        };
        let (ours, others) = partition(&merged, &order, key)?;
        let items = lists::items(&window, &changes)?;
        let all = arrange(ours, others, &order, &window, key, items)?;
        original.insert(name.to_owned(), Value::Array(all));
        patch.remove(name);
    }
    Ok(())
}

/// Items of the patch must be in the order that is set, and in that order.
fn check(patch: &[Value], order: &[Value], key: &str) -> Result<(), Fail> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut kept = Vec::new();
    for item in patch {
        let deleted = || {
            let map = item.as_object().ok_or_else(|| no_map(item))?;
            Ok(map.get(PATCH) == Some(&"delete".into()))
        };
        if key.is_empty() || !deleted()? {
            kept.push(item);
        }
    }
    let (mut at, mut place) = (0, 0);
    while let (Some(item), Some(wanted)) = (kept.get(at), order.get(place)) {
        if item.get(PATCH).is_some() {
            at += 1;
            continue;
        }
        if same_key(item, wanted, key)? {
            at += 1;
        }
        place += 1;
    }
    if at < kept.len() && place >= order.len() {
        let show = |list: &[Value]| go::print(&Value::Array(list.to_vec()));
        return Err(Fail::Other(format!(
            "The order in patch list:\n{}\n doesn't match {ORDER} list:\n{}\n",
            show(patch),
            show(order)
        )));
    }
    Ok(())
}

fn same_key(a: &Value, b: &Value, key: &str) -> Result<bool, Fail> {
    if key.is_empty() {
        return comparable(a).and_then(|()| comparable(b)).map(|()| a == b);
    }
    let (map_a, map_b) =
        (a.as_object().ok_or_else(|| no_map(a))?, b.as_object().ok_or_else(|| no_map(b))?);
    let key_a = map_a.get(key).ok_or_else(|| no_merge_key(a, key))?;
    let key_b = map_b.get(key).ok_or_else(|| no_merge_key(b, key))?;
    Ok(key_a == key_b)
}

/// Go can't compare maps and lists.
fn comparable(value: &Value) -> Result<(), Fail> {
    if value.is_object() || value.is_array() { Err(Fail::Broken) } else { Ok(()) }
}

/// Splits a list into what `by` has and what it hasn't.
pub(super) fn partition(
    list: &[Value],
    by: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), Fail> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    if key.is_empty() {
        by.iter().chain(list).try_for_each(comparable)?;
    }
    for item in list {
        let found = if key.is_empty() {
            by.contains(item)
        } else {
            let map = item.as_object().ok_or_else(|| no_map(item))?;
            let wanted = map.get(key).ok_or_else(|| no_merge_key(item, key))?;
            lists::has(by, key, wanted)?
        };
        if found { &mut ours } else { &mut others }.push(item.clone());
    }
    Ok((ours, others))
}

/// Orders `ours` by `order` and `others` by `original`, and merges them: an item of `others` comes
/// first where `original` says so.
pub(super) fn arrange(
    ours: Vec<Value>,
    others: Vec<Value>,
    order: &[Value],
    original: &[Value],
    key: &str,
    items: Items,
) -> Result<Vec<Value>, Fail> {
    let mut ours = sorted(ours, order, key, items)?.into_iter().peekable();
    let mut others = sorted(others, original, key, items)?.into_iter().peekable();
    let mut all = Vec::new();
    while let (Some(our), Some(other)) = (ours.peek(), others.peek()) {
        let (a, b) = (index(original, other, key, items), index(original, our, key, items));
        let other_first = matches!((a, b), (Some(a), Some(b)) if a < b);
        all.extend(if other_first { others.next() } else { ours.next() });
    }
    all.extend(others);
    all.extend(ours);
    Ok(all)
}

fn index(list: &[Value], item: &Value, key: &str, items: Items) -> Option<usize> {
    list.iter().position(|one| match items {
        Items::Maps => one.get(key) == item.get(key),
        Items::Scalars => one == item,
    })
}

fn sorted(list: Vec<Value>, order: &[Value], key: &str, items: Items) -> Result<Vec<Value>, Fail> {
    let (mut deleted, mut kept) = (Vec::new(), list);
    if items == Items::Maps {
        for item in kept.iter().chain(order) {
            let map = item.as_object().ok_or_else(|| no_map(item))?;
            map.get(key).ok_or_else(|| no_merge_key(item, key))?;
        }
        (deleted, kept) =
            kept.into_iter().partition(|item| item.get(PATCH) == Some(&"delete".into()));
    }
    let mut placed: Vec<(Option<usize>, Value)> =
        kept.into_iter().map(|item| (index(order, &item, key, items), item)).collect();
    if placed.iter().all(|(place, _)| place.is_some()) {
        placed.sort_by_key(|(place, _)| *place);
    } else {
        insertion_sort(&mut placed);
    }
    Ok(placed.into_iter().map(|(_, item)| item).chain(deleted).collect())
}

/// As Go sorts a few items, where the comparison is none: what isn't in the order is less than
/// everything.
fn insertion_sort(list: &mut [(Option<usize>, Value)]) {
    for end in 1..list.len() {
        for at in (1..=end).rev() {
            let less = match list.get(at - 1..=at) {
                Some([(Some(before), _), (Some(after), _)]) => after < before,
                _ => true,
            };
            if !less {
                break;
            }
            list.swap(at, at - 1);
        }
    }
}
