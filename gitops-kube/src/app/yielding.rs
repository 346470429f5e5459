//! Giving way: which parts of a payload are left to others.

use serde_json::Value;

/// Takes the conflicting fields out of a payload and answers whether that changed it.
///
/// Fields come as structured-merge-diff prints them: `.a.b`, `.list[key="x",port=80].c`,
/// `.set[="v"]`, `.list[3]`. Names are printed without escaping, so `.data.a.b` may be the key
/// `a.b` of `data`: the payload decides. Containers that become empty go too, since an empty map
/// is a claim of its own. O(size of the payload) for each field.
pub(crate) fn give_way(payload: &mut Value, fields: &[String]) -> bool {
    let mut changed = false;
    for field in fields.iter().filter(|field| !field.is_empty()) {
        changed |= matches!(remove(payload, field), Removed::Inside | Removed::Whole);
    }
    changed
}

#[derive(PartialEq)]
enum Removed {
    /// The path leads nowhere.
    Nothing,
    /// Something below went, and something is left.
    Inside,
    /// All of it: the parent takes it out.
    Whole,
}

fn remove(value: &mut Value, path: &str) -> Removed {
    if path.is_empty() {
        return Removed::Whole;
    }
    match value {
        Value::Object(map) => {
            let Some(rest) = path.strip_prefix('.') else { return Removed::Nothing };
            // The longest name first: `a.b` before `a` with `.b` below.
            let mut names: Vec<String> =
                map.keys().filter(|name| rest.starts_with(name.as_str())).cloned().collect();
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            for name in names {
                let below = rest.get(name.len()..).unwrap_or_default();
                if !(below.is_empty() || below.starts_with(['.', '['])) {
                    continue;
                }
                let Some(child) = map.get_mut(&name) else { continue };
                match remove(child, below) {
                    Removed::Nothing => continue,
                    Removed::Inside => return Removed::Inside,
                    Removed::Whole => {
                        map.remove(&name);
                        return if map.is_empty() { Removed::Whole } else { Removed::Inside };
                    }
                }
            }
            Removed::Nothing
        }
        Value::Array(items) => {
            let Some((selector, below)) = selector(path) else { return Removed::Nothing };
            let Some(at) = selector.find(items) else { return Removed::Nothing };
            let Some(child) = items.get_mut(at) else { return Removed::Nothing };
            match remove(child, below) {
                Removed::Whole => {
                    items.remove(at);
                    if items.is_empty() { Removed::Whole } else { Removed::Inside }
                }
                other => other,
            }
        }
        _ => Removed::Nothing,
    }
}

/// What stands in brackets.
enum Selector {
    Index(usize),
    Value(Value),
    Keys(Vec<(String, Value)>),
}

impl Selector {
    fn find(&self, items: &[Value]) -> Option<usize> {
        match self {
            Selector::Index(at) => Some(*at),
            Selector::Value(value) => items.iter().position(|item| item == value),
            Selector::Keys(keys) => {
                let exact =
                    |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
                // The server fills in keys that have a default, such as a port's protocol.
                let lenient = |item: &Value| {
                    keys.iter().all(|(key, value)| item.get(key).is_none_or(|own| own == value))
                        && keys.iter().any(|(key, value)| item.get(key) == Some(value))
                };
                items.iter().position(exact).or_else(|| items.iter().position(lenient))
            }
        }
    }
}

/// Reads `[…]` at the start of a path, and what follows it.
fn selector(path: &str) -> Option<(Selector, &str)> {
    let mut rest = path.strip_prefix('[')?;
    if let Some(value) = rest.strip_prefix('=') {
        let (value, rest) = json(value)?;
        return Some((Selector::Value(value), rest.strip_prefix(']')?));
    }
    if let Some((index, below)) = rest.split_once(']')
        && let Ok(index) = index.parse()
    {
        return Some((Selector::Index(index), below));
    }
    let mut keys = Vec::new();
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = json(after)?;
        keys.push((key.to_owned(), value));
        if let Some(below) = after.strip_prefix(']') {
            return Some((Selector::Keys(keys), below));
        }
        rest = after.strip_prefix(',')?;
    }
}

/// Reads one JSON value at the start of a text.
fn json(text: &str) -> Option<(Value, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let at = values.byte_offset();
    Some((value, text.get(at..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn left(mut payload: Value, field: &str) -> Value {
        give_way(&mut payload, &[field.to_owned()]);
        payload
    }

    #[test]
    fn fields_go_and_their_neighbours_stay() {
        let payload = json!({"spec": {"replicas": 2, "paused": false}});
        assert_eq!(left(payload, ".spec.replicas"), json!({"spec": {"paused": false}}));
        let payload = json!({"kind": "C", "data": {"a": "1"}});
        assert_eq!(left(payload, ".data.a"), json!({"kind": "C"}), "no empty map is claimed");
        let payload = json!({"data": {"a.b": "1", "a": "2"}});
        assert_eq!(left(payload, ".data.a.b"), json!({"data": {"a": "2"}}), "names hold dots");
        let payload = json!({"data": {"a": {"b": 1, "c": 2}}});
        assert_eq!(left(payload, ".data.a.b"), json!({"data": {"a": {"c": 2}}}));
    }

    #[test]
    fn items_are_found_by_key_value_and_index() {
        let containers = json!({"c": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]});
        assert_eq!(
            left(containers, ".c[name=\"b\"].image"),
            json!({"c": [{"name": "a", "image": "x"}, {"name": "b"}]})
        );
        let ports = json!({"p": [{"port": 80, "name": "x"}, {"port": 81}]});
        assert_eq!(
            left(ports, ".p[port=80,protocol=\"TCP\"].name"),
            json!({"p": [{"port": 80}, {"port": 81}]})
        );
        let set = json!({"f": ["a", "b,]"]});
        assert_eq!(left(set, ".f[=\"b,]\"]"), json!({"f": ["a"]}));
        assert_eq!(left(json!({"l": [1, 2, 3]}), ".l[1]"), json!({"l": [1, 3]}));
    }

    #[test]
    fn what_is_not_there_changes_nothing() {
        for field in ["", ".x", ".a.x", ".a[0]", ".l[name=\"z\"]", ".l[", ".l[9]", "a", ".l[=]"] {
            let mut payload = json!({"a": {"b": 1}, "l": [{"name": "y"}]});
            let before = payload.clone();
            assert!(!give_way(&mut payload, &[field.to_owned()]), "{field}");
            assert_eq!(payload, before, "{field}");
        }
    }
}
