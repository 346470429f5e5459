//! Merge patch, RFC 7386, as the server's library has it (evanphx/json-patch v4).
//!
//! Where it is no RFC: a list in the place of a map keeps the nulls in its items' members.

use super::{
    Patched,
    go::reject,
    lazy::{Child, Node},
};
use crate::builtin::types::json::{self as text, Node as Read};
use crate::status::Status;
use std::collections::BTreeMap;

/// Applies a merge patch to the JSON of an object.
///
/// `strict` says whether the patch itself is checked, as unless `fieldValidation=Ignore`.
///
/// # Errors
/// 400 if the body is no patch.
pub fn merge(document: &str, body: &[u8], strict: bool) -> Result<Patched, Status> {
    super::valid(body)?;
    let mut found = Vec::new();
    if strict {
        let bad = |why: String| Status::bad_request(format!("error decoding patch: {why}"));
        let (value, twice) = text::read(body).map_err(|why| bad(why.to_string()))?;
        if !value.is_object() && !value.is_null() {
            let place = "Go value of type map[string]interface {}";
            return Err(bad(reject(&Read::from(&value), place)));
        }
        found = twice;
    }
    let no_patch = || Status::bad_request("Invalid JSON Patch");
    let body = String::from_utf8_lossy(body);
    let mut patch = match text::parse(body.as_bytes()).map_err(|_| no_patch())? {
        Read::Map(_) | Read::List(_) => Node::Text(body.trim().into()),
        _ => return Err(no_patch()),
    };
    let mut root = Node::Text(document.trim().into());
    match (root.as_map(), patch.open()) {
        (Some(document), Node::Map(patch)) => merge_maps(document, std::mem::take(patch)),
        _ => {
            prune(&mut patch);
            root = patch;
        }
    }
    let mut text = String::with_capacity(document.len());
    root.write(&mut text);
    Ok(Patched { text, strict: found })
}

fn merge_maps(document: &mut BTreeMap<String, Child>, patch: BTreeMap<String, Child>) {
    for (key, value) in patch {
        let Some(mut value) = value else {
            document.remove(&key);
            continue;
        };
        match document.get_mut(&key) {
            Some(Some(current)) => merge_values(current, value),
            _ => {
                prune(&mut value);
                document.insert(key, Some(value));
            }
        }
    }
}

fn merge_values(current: &mut Node, mut patch: Node) {
    match (current.as_map(), patch.open()) {
        (Some(current), Node::Map(patch)) => merge_maps(current, std::mem::take(patch)),
        (Some(_), _) => *current = patch,
        (None, _) => {
            prune(&mut patch);
            *current = patch;
        }
    }
}

/// Takes members that are null out, at any depth. Items that are null stay.
fn prune(node: &mut Node) {
    match node.open() {
        Node::Map(map) => map.retain(|_, value| match value {
            Some(value) => {
                prune(value);
                true
            }
            None => false,
        }),
        Node::List(list) => list.iter_mut().flatten().for_each(prune),
        Node::Text(_) | Node::Null => {}
    }
}
