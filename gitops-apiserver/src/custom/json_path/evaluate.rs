//! Following a path.

use super::{Node, Slice};
use crate::custom::schema::DEPTH;
use serde_json::Value;
use std::cmp::Ordering;

pub(super) fn walk(mut values: Vec<Value>, nodes: &[Node]) -> Option<Vec<Value>> {
    for node in nodes {
        values = step(values, node)?;
    }
    Some(values)
}

fn step(values: Vec<Value>, node: &Node) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    match node {
        Node::Field(name) => {
            found.extend(values.iter().filter_map(|value| value.get(name.as_str()).cloned()));
        }
        Node::Array(slice) => {
            for value in &values {
                match value {
                    Value::Null => {}
                    value => found.extend(part(value.as_array()?, slice)?),
                }
            }
        }
        Node::Wildcard => values.iter().for_each(|value| found.extend(children(value))),
        Node::Recursive => values.iter().for_each(|value| descend(value, &mut found, DEPTH)),
        Node::Union(parts) => {
            for part in parts {
                found.extend(walk(values.clone(), part)?);
            }
        }
        Node::Filter { left, right } => {
            for value in &values {
                for item in value.as_array()? {
                    if passes(item, left, right.as_ref())? {
                        found.push(item.clone());
                    }
                }
            }
        }
        Node::Literal(value) => found.extend(values.iter().map(|_| value.clone())),
        // Loops over parts of a template: nothing to loop over here.
        Node::Identifier(name) if name == "range" => return Some(values),
        Node::Identifier(_) => return None,
    }
    Some(found)
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => map.values().cloned().collect(),
        Value::Array(items) => items.clone(),
        _ => Vec::new(),
    }
}

/// The value, if it has parts, and each part of it that has, from the outside in.
fn descend(value: &Value, found: &mut Vec<Value>, depth: usize) {
    let children = children(value);
    if !children.is_empty() && depth > 0 {
        found.push(value.clone());
        children.iter().for_each(|child| descend(child, found, depth - 1));
    }
}

/// Part of a list; `None` beyond its ends.
fn part(items: &[Value], slice: &Slice) -> Option<Vec<Value>> {
    let length = i64::try_from(items.len()).ok()?;
    let mut start = slice.start.unwrap_or(0);
    if start < 0 {
        start += length;
    }
    let mut end = slice.end.unwrap_or(length);
    if end < 0 || (end == 0 && slice.single) {
        end += length;
    }
    if start == end {
        return Some(Vec::new());
    }
    let step = usize::try_from(slice.step.unwrap_or(1)).ok().filter(|step| *step > 0)?;
    if start < 0 || start >= length || start > end || end > length {
        return None;
    }
    let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    Some(items.get(range)?.iter().step_by(step).cloned().collect())
}

fn passes(item: &Value, left: &[Node], right: Option<&(String, Vec<Node>)>) -> Option<bool> {
    let side = |nodes: &[Node]| walk(vec![item.clone()], nodes);
    let Some((operator, right)) = right else {
        return Some(side(left).is_some_and(|found| !found.is_empty()));
    };
    let (lefts, rights) = (side(left)?, side(right)?);
    let (left, right) = match (&*lefts, &*rights) {
        ([], _) | (_, []) => return Some(false),
        ([left], [right]) => (left, right),
        _ => return None,
    };
    let order = compare(left, right)?;
    Some(match &**operator {
        "==" => order == Ordering::Equal,
        "!=" => order != Ordering::Equal,
        // Flags are equal or not, and have no order.
        _ if left.is_boolean() => return None,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        ">=" => order != Ordering::Less,
        _ => return None,
    })
}

/// Values of one basic type are compared; others can't be.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
            _ => None,
        },
        _ => None,
    }
}
