//! Changes that break an object: each field in each way.

use serde_json::{Value, json};

/// A change of an object: what it is called, and the object with it.
pub(super) type Mutation = (String, Value);

/// Places that are the server's own and not broken here.
const LEFT_ALONE: &[&str] = &["/apiVersion", "/kind", "/status"];

/// An object broken in one place, in every way and place.
pub(super) fn all(object: &Value) -> Vec<Mutation> {
    at(object, |place| !LEFT_ALONE.iter().any(|alone| place.starts_with(alone)))
}

/// The same for places below one.
pub(super) fn below(object: &Value, root: &str) -> Vec<Mutation> {
    at(object, |place| place.starts_with(root))
}

/// The object with more of everything below a root, in one place each: longer lists, with and
/// without names of their own, larger maps, and a longer text.
pub(super) fn crowded(object: &Value, root: &str) -> Vec<Mutation> {
    let mut places = Vec::new();
    walk(object, String::new(), &mut places);
    let mut out = Vec::new();
    for place in places.into_iter().filter(|place| place.starts_with(root)) {
        for (what, more) in more(object.pointer(&place).unwrap()) {
            let mut object = object.clone();
            *object.pointer_mut(&place).unwrap() = more;
            out.push((format!("{place} {what}"), object));
        }
    }
    out
}

fn more(value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Array(items) => {
            let Some(first) = items.first() else { return Vec::new() };
            [5, 9, 11, 17, 33, 65, 130]
                .map(|count| {
                    let named = (0..count).map(|index| {
                        let mut item = first.clone();
                        for name in ["name", "key", "counterSet"] {
                            if item.get(name).is_some() {
                                item[name] = format!("n{index}").into();
                            }
                        }
                        if item.is_string() { format!("n{index}").into() } else { item }
                    });
                    (format!("of {count}"), named.collect())
                })
                .into()
        }
        Value::Object(fields) => {
            let Some(first) = fields.values().next() else { return Vec::new() };
            [33, 49]
                .map(|count| {
                    let entries = (0..count).map(|index| (format!("n{index}"), first.clone()));
                    (format!("of {count}"), Value::Object(entries.collect()))
                })
                .into()
        }
        Value::String(_) => {
            let long = [65, 11_000].map(|size| (format!("of {size}"), "é".repeat(size / 2).into()));
            long.into_iter().chain([("of 95".to_owned(), "x".repeat(95).into())]).collect()
        }
        _ => Vec::new(),
    }
}

fn at(object: &Value, wanted: impl Fn(&str) -> bool) -> Vec<Mutation> {
    let mut places = Vec::new();
    walk(object, String::new(), &mut places);
    let mut out = Vec::new();
    for place in places.into_iter().filter(|place| wanted(place)) {
        let value = object.pointer(&place).unwrap();
        for (what, broken) in ways(value) {
            let mut object = object.clone();
            match broken {
                Some(broken) => *object.pointer_mut(&place).unwrap() = broken,
                None => remove(&mut object, &place),
            }
            out.push((format!("{place} {what}"), object));
        }
    }
    out
}

fn walk(value: &Value, place: String, out: &mut Vec<String>) {
    if !place.is_empty() {
        out.push(place.clone());
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(value, format!("{place}/{name}"), out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{place}/{index}"), out);
            }
        }
        _ => {}
    }
}

fn remove(object: &mut Value, place: &str) {
    let (above, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    match object.pointer_mut(above).unwrap() {
        Value::Object(fields) => drop(fields.remove(&name)),
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        _ => {}
    }
}

/// The ways to break a value; `None` takes it away.
fn ways(value: &Value) -> Vec<(&'static str, Option<Value>)> {
    let mut out = vec![("deleted", None)];
    match value {
        Value::String(text) => {
            out.push(("empty", Some("".into())));
            out.push(("bad name", Some("Bad_Name!".into())));
            out.push(("other", Some("other".into())));
            out.push(("with slashes", Some("a/b/c".into())));
            out.push(("dotted", Some("a..b".into())));
            out.push(("too long", Some("x".repeat(300).into())));
            out.push(("up", Some("../up".into())));
            if text.ends_with(|c: char| c.is_ascii_digit() || c == '%' || c == 'i' || c == 'm') {
                out.push(("negative", Some("-1".into())));
                out.push(("zero", Some("0".into())));
                out.push(("a share", Some("120%".into())));
                out.push(("a number", Some(7.into())));
            }
        }
        Value::Number(_) => {
            for (what, number) in [
                ("zero", 0),
                ("one", 1),
                ("negative", -1),
                ("large", 70_000),
                ("largest", 2_147_483_647),
                ("beyond", 4_294_967_300_i64),
            ] {
                out.push((what, Some(number.into())));
            }
            out.push(("text", Some("Bad_Name!".into())));
        }
        Value::Bool(flag) => out.push(("flipped", Some((!flag).into()))),
        Value::Array(items) => {
            out.push(("empty", Some(json!([]))));
            if let Some(first) = items.first() {
                let twice: Vec<Value> = items.iter().chain([first]).cloned().collect();
                out.push(("first twice", Some(twice.into())));
            }
        }
        Value::Object(fields) => {
            out.push(("empty", Some(json!({}))));
            if fields.values().all(Value::is_string) {
                for (what, key) in [("bad key", "Bad Key!"), ("odd key", "/x"), ("plain key", "zz")]
                {
                    let mut fields = fields.clone();
                    fields.insert(key.to_owned(), "1".into());
                    out.push((what, Some(fields.into())));
                }
            }
        }
        Value::Null => {}
    }
    out
}
