//! JSON patch, RFC 6902, as the server's library has it (evanphx/json-patch v4).
//!
//! Where it is no RFC: indices may be negative and count from the end; an operation may leave out
//! its value, which is null then; `copy` of a member that isn't there copies a null; `test` holds
//! for a null where there is no such member, and compares texts; `add` and `copy` can't replace
//! the whole document, while `replace` can.

use super::{
    Patched,
    go::{duplicates, reject, unprocessable},
    lazy::{Child, Node, compact, same},
};
use crate::builtin::types::json::{self as text, Node as Read};
use crate::status::Status;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

const MAX_OPERATIONS: usize = 10_000;

/// What it means if an operation fails: the server says no more than that one did.
enum Fail {
    /// It can't be done.
    Refused,
    /// The server's library breaks down, and the server cuts the connection. We answer 500.
    Broken,
}

/// Applies a JSON patch to the JSON of an object.
///
/// `strict` says whether the patch itself is checked, as unless `fieldValidation=Ignore`.
///
/// # Errors
/// 400 if the body is no patch, 413 if it has too many operations, 422 if one of them fails.
pub fn json(document: &str, body: &[u8], strict: bool) -> Result<Patched, Status> {
    super::valid(body)?;
    let found = if strict { check(body)? } else { Vec::new() };
    let mut operations = operations(body)?;
    if operations.len() > MAX_OPERATIONS {
        let why = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(Status::new(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: {why}"),
        ));
    }
    // As the server encodes it: `test` sees the escapes.
    let mut encoded = String::with_capacity(document.len());
    compact(document, true, &mut encoded);
    let mut root = Node::Text(encoded.into());
    root.open();
    for operation in &mut operations {
        operation.apply(&mut root).map_err(|fail| match fail {
            Fail::Refused => unprocessable(),
            Fail::Broken => {
                let why = "This request caused apiserver to panic. Look in the logs for details.";
                Status::unclassified(why)
            }
        })?;
    }
    let mut text = String::with_capacity(document.len());
    root.write(&mut text);
    Ok(Patched { text, strict: found })
}

/// Fields that no operation has, or has twice.
fn check(body: &[u8]) -> Result<Vec<String>, Status> {
    let bad = |why: String| Status::bad_request(format!("error decoding patch: {why}"));
    let read = text::parse(body).map_err(|why| bad(why.to_string()))?;
    let operations = match &read {
        Read::List(operations) => operations,
        Read::Null => return Ok(Vec::new()),
        other => return Err(bad(reject(other, "Go value of type []handlers.jsonPatchOp"))),
    };
    let mut found = Vec::new();
    let mut wrong = None;
    for (index, operation) in operations.iter().enumerate() {
        let members = match operation {
            Read::Map(members) => members,
            Read::Null => continue,
            other => {
                wrong =
                    wrong.or_else(|| Some(reject(other, "Go value of type handlers.jsonPatchOp")));
                continue;
            }
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (name, value) in members {
            match (&**name, value) {
                ("op" | "path" | "from", Read::String(_) | Read::Null) | ("value", _) => {}
                ("op" | "path" | "from", other) => {
                    let field = format!("Go struct field jsonPatchOp.{name} of type string");
                    wrong = wrong.or_else(|| Some(reject(other, &field)));
                }
                _ => {
                    found.push(format!("json patch unknown field \"[{index}].{name}\""));
                    continue;
                }
            }
            if !seen.insert(name) {
                found.push(format!("json patch duplicate field \"[{index}].{name}\""));
            }
            if name == "value" {
                duplicates(value, &mut format!("[{index}].value"), &mut |path| {
                    found.push(format!("json patch duplicate field \"{path}\""));
                });
            }
        }
    }
    match wrong {
        Some(why) => Err(bad(why)),
        None => Ok(found),
    }
}

struct Operation {
    members: BTreeMap<String, Option<String>>,
}

fn operations(body: &[u8]) -> Result<Vec<Operation>, Status> {
    let read = text::parse(body).map_err(|why| Status::bad_request(why.to_string()))?;
    let list = match &read {
        Read::List(list) => list,
        Read::Null => return Ok(Vec::new()),
        other => {
            return Err(Status::bad_request(reject(other, "Go value of type jsonpatch.Patch")));
        }
    };
    let wrong = list.iter().find(|one| !matches!(one, Read::Map(_) | Read::Null));
    if let Some(wrong) = wrong {
        return Err(Status::bad_request(reject(wrong, "Go value of type jsonpatch.Operation")));
    }
    // Once more, for the texts of the values.
    let body = String::from_utf8_lossy(body);
    let list: Vec<Option<BTreeMap<String, &RawValue>>> =
        serde_json::from_str(&body).map_err(|why| Status::bad_request(why.to_string()))?;
    let text = |raw: &RawValue| (raw.get() != "null").then(|| raw.get().to_owned());
    let operation = |members: BTreeMap<String, &RawValue>| {
        members.into_iter().map(|(name, raw)| (name, text(raw))).collect()
    };
    Ok(list
        .into_iter()
        .map(|one| Operation { members: one.map(operation).unwrap_or_default() })
        .collect())
}

impl Operation {
    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.members.get(name)?.as_deref()?).ok()
    }

    fn path(&self) -> Result<String, Fail> {
        self.text("path").ok_or(Fail::Refused)
    }

    /// The value; `None` if there is none, [`Node::Null`] if it is null.
    fn value(&self) -> Child {
        let value = self.members.get("value")?;
        Some(value.as_ref().map_or(Node::Null, |text| Node::Text(text.as_str().into())))
    }

    fn apply(&self, root: &mut Node) -> Result<(), Fail> {
        match self.text("op").as_deref() {
            Some("add") => add(root, &self.path()?, self.value()),
            Some("remove") => remove(root, &self.path()?),
            Some("replace") => self.replace(root),
            Some("move") => {
                let from = self.text("from").ok_or(Fail::Refused)?;
                let value = get(root, &from)?.cloned().flatten();
                remove(root, &from)?;
                add(root, &self.path()?, value)
            }
            Some("test") => self.test(root),
            Some("copy") => {
                let from = self.text("from").ok_or(Fail::Refused)?;
                let value = get(root, &from)?.cloned().flatten();
                add(root, &self.path()?, value)
            }
            _ => Err(Fail::Refused),
        }
    }

    fn replace(&self, root: &mut Node) -> Result<(), Fail> {
        let path = self.path()?;
        if path.is_empty() {
            let mut value = self.value().ok_or(Fail::Broken)?;
            return match value.open() {
                Node::Map(_) | Node::List(_) => {
                    *root = value;
                    Ok(())
                }
                Node::Text(_) | Node::Null => Err(Fail::Refused),
            };
        }
        let (parent, key) = parent(root, &path)?;
        match parent {
            // A member that isn't there can be replaced as well.
            Node::Map(map) => {
                map.insert(key, self.value());
            }
            Node::List(list) => {
                let index = index(&key, list.len()).filter(|index| *index < list.len());
                *index.and_then(|index| list.get_mut(index)).ok_or(Fail::Refused)? = self.value();
            }
            Node::Text(_) | Node::Null => return Err(Fail::Refused),
        }
        Ok(())
    }

    fn test(&self, root: &mut Node) -> Result<(), Fail> {
        let path = self.path()?;
        let mut wanted = self.value();
        let equal = if path.is_empty() {
            same(root, wanted.as_mut().ok_or(Fail::Broken)?)
        } else {
            match (get(root, &path)?.and_then(Option::as_mut), wanted.as_mut()) {
                (None, None | Some(Node::Null)) => Some(true),
                (None, Some(_)) | (Some(_), None) => Some(false),
                (Some(value), Some(wanted)) => same(value, wanted),
            }
        };
        match equal {
            Some(true) => Ok(()),
            Some(false) => Err(Fail::Refused),
            None => Err(Fail::Broken),
        }
    }
}

fn unescape(part: &str) -> String {
    // In one go, so that `~01` is `~1`.
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('~') {
        out.push_str(before);
        rest = match after.as_bytes() {
            [b'1', ..] => {
                out.push('/');
                after.get(1..).unwrap_or_default()
            }
            [b'0', ..] => {
                out.push('~');
                after.get(1..).unwrap_or_default()
            }
            _ => {
                out.push('~');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// An index of a list of `length` items, from its end if it is negative; beyond the end it isn't
/// judged.
fn index(key: &str, length: usize) -> Option<usize> {
    let index: i64 = key.parse().ok()?;
    if index >= 0 {
        usize::try_from(index).ok()
    } else {
        length.checked_add_signed(isize::try_from(index).ok()?)
    }
}

/// What holds the value at `path`, looked into, and the value's key there.
fn parent<'a>(root: &'a mut Node, path: &str) -> Result<(&'a mut Node, String), Fail> {
    let mut parts = path.split('/');
    // Whatever comes before the first slash is not looked at.
    parts.next();
    let mut key = unescape(parts.next().ok_or(Fail::Refused)?);
    let mut node = root;
    for next in parts {
        let child = match node {
            Node::Map(map) => map.get_mut(&key),
            Node::List(list) => index(&key, list.len()).and_then(|index| list.get_mut(index)),
            Node::Text(_) | Node::Null => None,
        };
        node = child.and_then(Option::as_mut).ok_or(Fail::Refused)?;
        if matches!(node.open(), Node::Text(_) | Node::Null) {
            return Err(Fail::Refused);
        }
        key = unescape(next);
    }
    Ok((node, key))
}

/// The value at `path`; `None` for a member that isn't there.
fn get<'a>(root: &'a mut Node, path: &str) -> Result<Option<&'a mut Child>, Fail> {
    let (parent, key) = parent(root, path)?;
    match parent {
        Node::Map(map) => Ok(map.get_mut(&key)),
        Node::List(list) => {
            let index = index(&key, list.len()).ok_or(Fail::Refused)?;
            list.get_mut(index).map(Some).ok_or(Fail::Refused)
        }
        Node::Text(_) | Node::Null => Err(Fail::Refused),
    }
}

fn add(root: &mut Node, path: &str, value: Child) -> Result<(), Fail> {
    let (parent, key) = parent(root, path)?;
    match parent {
        Node::Map(map) => {
            map.insert(key, value);
        }
        Node::List(list) if key == "-" => list.push(value),
        Node::List(list) => {
            // -1 is behind the last item here.
            let index = index(&key, list.len() + 1).ok_or(Fail::Refused)?;
            if index > list.len() {
                return Err(Fail::Refused);
            }
            list.insert(index, value);
        }
        Node::Text(_) | Node::Null => return Err(Fail::Refused),
    }
    Ok(())
}

fn remove(root: &mut Node, path: &str) -> Result<(), Fail> {
    let (parent, key) = parent(root, path)?;
    match parent {
        Node::Map(map) => {
            map.remove(&key).ok_or(Fail::Refused)?;
        }
        Node::List(list) => {
            let index = index(&key, list.len()).filter(|index| *index < list.len());
            list.remove(index.ok_or(Fail::Refused)?);
        }
        Node::Text(_) | Node::Null => return Err(Fail::Refused),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(document: &str, patch: &str) -> Result<String, u16> {
        json(document, patch.as_bytes(), true)
            .map(|patched| patched.text)
            .map_err(|status| status.code)
    }

    #[test]
    fn texts_stay_as_they_are() {
        let document = r#"{"b":{"z":1.0,"a":2},"a":"x"}"#;
        let patched = apply(document, r#"[{"op":"add","path":"/c","value":"<"}]"#);
        assert_eq!(patched.as_deref(), Ok(r#"{"a":"x","b":{"z":1.0,"a":2},"c":"\u003c"}"#));
        let patched = apply(document, r#"[{"op":"test","path":"/b/z","value":1}]"#);
        assert_eq!(patched, Err(422));
    }
}
