//! Merging lists.

use super::{
    FieldSchema, PATCH,
    error::{Fail, no_merge_key, unknown_directive},
    maps,
    order::{arrange, partition},
};
use crate::patch::go;
use serde_json::Value;

/// A merged list.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) merged: Vec<Value>,
    /// What has become of the original list in Go's memory, which merging reuses. Its order counts
    /// where an order is set.
    pub(super) window: Vec<Value>,
}

/// The type that the items of lists share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    Maps,
    Scalars,
}

/// What the items of both lists are.
pub(super) fn items(a: &[Value], b: &[Value]) -> Result<Items, Fail> {
    let mut all = a.iter().chain(b);
    let Some(first) = all.next() else {
        return Err(Fail::Other("no elements in any of the given slices".to_owned()));
    };
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(number) if number.is_f64() => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    match first {
        Value::Null => return Err(Fail::Broken),
        Value::Array(_) => return Err(Fail::ListOfLists),
        _ => {}
    }
    if all.any(|one| kind(one) != kind(first)) {
        let show = |list: &[Value]| go::print(&Value::Array(list.to_vec()));
        let both = format!("[{} {}]", show(a), show(b));
        return Err(Fail::Other(format!("list element types are not identical: {both}")));
    }
    Ok(if first.is_object() { Items::Maps } else { Items::Scalars })
}

/// Merges `patch` into `original`; with `deletes`, takes the scalars of `patch` out instead.
pub(super) fn merge(
    original: Vec<Value>,
    patch: &mut [Value],
    field: &FieldSchema,
    deletes: bool,
) -> Result<Merged, Fail> {
    if original.is_empty() && patch.is_empty() {
        return Ok(Merged { merged: Vec::new(), window: original });
    }
    let key = &*field.merge_key;
    match items(&original, patch)? {
        Items::Scalars if deletes => {
            let kept = original.iter().filter(|one| !patch.contains(one)).cloned();
            Ok(Merged { merged: kept.collect(), window: original })
        }
        Items::Scalars => {
            let both = original.iter().chain(patch.iter()).cloned().collect();
            let merged = distinct(both);
            // A merge key makes no sense here, and Go looks for it in vain.
            let (ours, others) = partition(&merged, patch, key)?;
            let merged = arrange(ours, others, patch, &original, key, Items::Scalars)?;
            Ok(Merged { merged, window: original })
        }
        Items::Maps if key.is_empty() => {
            let name = field.of.name();
            Err(Fail::Other(format!("cannot merge lists without merge key for {name}")))
        }
        Items::Maps => {
            let mut list = Memory::new(original);
            let (mut plain, replaces) = directives(&mut list, patch, key)?;
            if replaces {
                list.items = plain.drain(..).map(|item| item.clone()).collect();
            }
            // What the server takes for the order of the original: before anything is appended.
            let before = list.items.clone();
            merge_items(&mut list, &mut plain, key, field)?;
            let plain: Vec<Value> = plain.into_iter().map(|item| item.clone()).collect();
            let (ours, others) = partition(&list.items, &plain, key)?;
            let merged = arrange(ours, others, &plain, &before, key, Items::Maps)?;
            Ok(Merged { merged, window: list.window })
        }
    }
}

/// A list that is changed in place, and the memory it started in.
struct Memory {
    items: Vec<Value>,
    /// As long as the list was at first.
    window: Vec<Value>,
}

impl Memory {
    fn new(items: Vec<Value>) -> Self {
        Memory { window: items.clone(), items }
    }

    fn remove(&mut self, index: usize) {
        self.items.remove(index);
        // The rest moves up; behind it, the last one stays where it was.
        for (slot, item) in self.window.iter_mut().zip(&self.items).skip(index) {
            slot.clone_from(item);
        }
    }

    fn push(&mut self, item: Value) {
        if let Some(slot) = self.window.get_mut(self.items.len()) {
            slot.clone_from(&item);
        }
        self.items.push(item);
    }
}

fn position(list: &[Value], key: &str, wanted: &Value) -> Result<Option<usize>, Fail> {
    for (index, item) in list.iter().enumerate() {
        let Some(map) = item.as_object() else {
            return Err(Fail::Other(format!("value for key {index} is not a map")));
        };
        if map.get(key) == Some(wanted) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Whether a list has an item with this merge key.
pub(super) fn has(list: &[Value], key: &str, wanted: &Value) -> Result<bool, Fail> {
    Ok(position(list, key, wanted)?.is_some())
}

/// Follows the items of `patch` that are directives: the other items, and whether they replace
/// the list.
fn directives<'a>(
    list: &mut Memory,
    patch: &'a mut [Value],
    key: &str,
) -> Result<(Vec<&'a mut Value>, bool), Fail> {
    let (mut plain, mut replaces) = (Vec::new(), false);
    for item in patch {
        let Some(directive) = item.get(PATCH) else {
            plain.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
                while let Some(index) = position(&list.items, key, wanted)? {
                    list.remove(index);
                }
            }
            Some("replace") => replaces = true,
            Some("merge") => {
                let why = "merging lists cannot yet be specified in the patch";
                return Err(Fail::Other(why.to_owned()));
            }
            _ => return Err(unknown_directive(directive, item)),
        }
    }
    Ok((plain, replaces))
}

fn merge_items(
    list: &mut Memory,
    patch: &mut [&mut Value],
    key: &str,
    field: &FieldSchema,
) -> Result<(), Fail> {
    for item in patch {
        let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
        match position(&list.items, key, wanted)? {
            Some(index) => {
                let current = list.items.get_mut(index).and_then(Value::as_object_mut);
                if let (Some(current), Some(patch)) = (current, item.as_object_mut()) {
                    maps::merge(current, patch, &*field.of)?;
                }
            }
            None => list.push((*item).clone()),
        }
    }
    Ok(())
}

/// Each scalar once. The last one takes the place of one that goes.
fn distinct(mut list: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at < list.len() {
        let mut other = at + 1;
        while other < list.len() {
            if list.get(at) == list.get(other) {
                list.swap_remove(other);
            } else {
                other += 1;
            }
        }
        at += 1;
    }
    list
}
