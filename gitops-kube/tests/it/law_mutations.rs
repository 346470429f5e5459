//! Foreign changes to a live object: every owned leaf, every item, and every leaf that is not ours.

use gitops_kube::fields::{Fields, PathElement, managed, places};
use serde_json::Value;

/// One change: what it does, where, and the object after it.
pub(crate) struct Mutation {
    pub(crate) what: String,
    pub(crate) object: Value,
}

/// At most `most` of them, spread evenly; all with `GITOPS_LAWS=full` in the environment.
pub(crate) fn sample(all: Vec<Mutation>, most: usize) -> impl Iterator<Item = Mutation> {
    let full = std::env::var_os("GITOPS_LAWS").is_some_and(|value| value == "full");
    let step = if full { 1 } else { all.len().div_ceil(most).max(1) };
    all.into_iter().step_by(step)
}

/// The set that an apply manager owns.
pub(crate) fn owned(live: &Value, manager: &str) -> Fields {
    let mut entries = managed(live).filter(|entry| entry.is_apply_of(manager));
    entries.next().map(|entry| entry.fields().unwrap()).unwrap_or_default()
}

/// Changes and removes every owned leaf, removes every owned item, and swaps two of ours in every
/// list that has them; one at a time.
pub(crate) fn of_owned(live: &Value, manager: &str) -> Vec<Mutation> {
    let mut targets = Vec::new();
    resolve(&owned(live, manager), live, String::new(), &mut targets);
    let mut out = Vec::new();
    swaps(&owned(live, manager), live, String::new(), &mut |pointer, a, b| {
        let mut object = live.clone();
        object.pointer_mut(pointer).unwrap().as_array_mut().unwrap().swap(a, b);
        out.push(Mutation { what: format!("swap {pointer} {a} {b}"), object });
    });
    for Target { pointer, item, leaf } in targets {
        if leaf {
            let change = |value: &mut Value| change(value);
            out.extend(edit(live, &pointer, "change", change));
        }
        if leaf || item {
            let mut object = live.clone();
            if remove(&mut object, &pointer) {
                out.push(Mutation { what: format!("remove {pointer}"), object });
            }
        }
    }
    out
}

/// Changes every leaf of the object that is not ours (nor the server's), and adds to its maps of
/// labels and annotations.
pub(crate) fn of_unowned(live: &Value, manager: &str) -> Vec<Mutation> {
    let ours = owned(live, manager);
    let mut pointers = Vec::new();
    unowned(Some(&ours), live, String::new(), &mut pointers);
    let mut out: Vec<_> = pointers
        .iter()
        .filter(|pointer| {
            !["/metadata", "/apiVersion", "/kind", "/status"]
                .iter()
                .any(|own| pointer.starts_with(own))
        })
        .filter_map(|pointer| edit(live, pointer, "change unowned", change))
        .collect();
    for map in ["labels", "annotations"] {
        let mut object = live.clone();
        object["metadata"][map]["foreign"] = "there".into();
        out.push(Mutation { what: format!("add a foreign one to {map}"), object });
    }
    out
}

struct Target {
    pointer: String,
    item: bool,
    leaf: bool,
}

fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

fn resolve(fields: &Fields, live: &Value, at: String, out: &mut Vec<Target>) {
    let items = live.as_array().map(Vec::as_slice).unwrap_or_default();
    let places = places(items, fields);
    for (step, node) in fields.iter() {
        let pointer = match step {
            PathElement::Field(name) => format!("{at}/{}", token(name)),
            step => match places.get(step).and_then(|at| at.first()) {
                Some(place) => format!("{at}/{place}"),
                None => continue,
            },
        };
        let tail = &pointer[at.len()..];
        let Some(value) = live.pointer(tail) else { continue };
        let item = !matches!(step, PathElement::Field(_));
        out.push(Target { pointer: pointer.clone(), item, leaf: node.is_leaf() });
        resolve(&node.children, value, pointer, out);
    }
}

/// Visits every list with at least two items of ours, with the places of the first two.
fn swaps(fields: &Fields, live: &Value, at: String, visit: &mut dyn FnMut(&str, usize, usize)) {
    let items = live.as_array().map(Vec::as_slice).unwrap_or_default();
    let places = places(items, fields);
    let mut firsts: Vec<usize> = places.values().filter_map(|at| at.first().copied()).collect();
    firsts.sort_unstable();
    if let [a, b, ..] = firsts[..] {
        visit(&at, a, b);
    }
    for (step, node) in fields.iter() {
        let token = match step {
            PathElement::Field(name) => token(name),
            step => match places.get(step).and_then(|at| at.first()) {
                Some(place) => place.to_string(),
                None => continue,
            },
        };
        if let Some(value) = live.pointer(&format!("/{token}")) {
            swaps(&node.children, value, format!("{at}/{token}"), visit);
        }
    }
}

fn unowned(ours: Option<&Fields>, live: &Value, at: String, out: &mut Vec<String>) {
    match live {
        Value::Object(map) => {
            for (name, value) in map {
                let node = ours.and_then(|ours| ours.get(&PathElement::field(name)));
                if !node.is_some_and(|node| node.is_leaf()) {
                    let below = node.map(|node| &node.children);
                    unowned(below, value, format!("{at}/{}", token(name)), out);
                }
            }
        }
        Value::Array(items) => {
            let owned = ours.map(|ours| places(items, ours)).unwrap_or_default();
            for (index, value) in items.iter().enumerate() {
                let step = owned.iter().find(|(_, places)| places.contains(&index));
                let node = step.and_then(|(step, _)| ours.and_then(|ours| ours.get(step)));
                if !node.is_some_and(|node| node.is_leaf()) {
                    unowned(node.map(|node| &node.children), value, format!("{at}/{index}"), out);
                }
            }
        }
        _ => out.push(at),
    }
}

fn edit(
    live: &Value,
    pointer: &str,
    what: &str,
    with: impl FnOnce(&mut Value) -> bool,
) -> Option<Mutation> {
    let mut object = live.clone();
    with(object.pointer_mut(pointer)?)
        .then(|| Mutation { what: format!("{what} {pointer}"), object })
}

/// Another value of the same kind; in lists and maps, the first that can be changed.
fn change(value: &mut Value) -> bool {
    match value {
        Value::Null => return false,
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(number) => {
            *value = number.as_i64().map_or_else(|| 0.5.into(), |number| (number + 1).into());
        }
        Value::String(text) => *text = other_text(text),
        Value::Array(items) => match items.first_mut() {
            Some(first) => return change(first),
            None => return false,
        },
        Value::Object(map) => return map.values_mut().any(change),
    }
    true
}

/// Values of closed sets become others of the set, so that the server takes them.
fn other_text(text: &str) -> String {
    let sets: [&[&str]; 8] = [
        &["TCP", "UDP", "SCTP"],
        &["Always", "IfNotPresent", "Never"],
        &["ClusterIP", "NodePort"],
        &["RollingUpdate", "OnDelete"],
        &["HTTP", "HTTPS"],
        &["Ingress", "Egress"],
        &["None", "10.0.0.77"],
        &["http", "https"],
    ];
    for set in sets {
        if let Some(at) = set.iter().position(|one| *one == text) {
            return set[(at + 1) % set.len()].to_owned();
        }
    }
    if text.ends_with("Gi") || text.ends_with("Mi") || text.ends_with('m') || text.ends_with('s') {
        return format!("1{text}");
    }
    if text.starts_with('/') { format!("{text}x") } else { format!("x{text}") }
}

fn remove(object: &mut Value, pointer: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
    let last = last.replace("~1", "/").replace("~0", "~");
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last).is_some(),
        Some(Value::Array(items)) => {
            items.remove(last.parse().unwrap());
            true
        }
        _ => false,
    }
}

/// Other desired documents than `object`: the same, every leaf changed, every leaf removed, and
/// every value that the server filled in written down.
pub(crate) fn of_desired(object: &Value, live: &Value) -> Vec<Mutation> {
    let ours = |pointer: &&String| {
        let own = ["/apiVersion", "/kind", "/metadata/name", "/status"];
        !own.iter().any(|own| pointer.starts_with(own))
    };
    let mut pointers = Vec::new();
    unowned(None, object, String::new(), &mut pointers);
    let mut out = vec![Mutation { what: "the same".to_owned(), object: object.clone() }];
    for pointer in pointers.iter().filter(ours) {
        out.extend(edit(object, pointer, "change", change));
        let mut removed = object.clone();
        if remove(&mut removed, pointer) {
            out.push(Mutation { what: format!("remove {pointer}"), object: removed });
        }
    }
    let mut pointers = Vec::new();
    unowned(Some(&owned(live, crate::law_lab::OURS)), live, String::new(), &mut pointers);
    for pointer in pointers.iter().filter(|pointer| pointer.starts_with("/spec")) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut written = object.clone();
        if let Some(Value::Object(map)) = written.pointer_mut(parent) {
            map.insert(name.to_owned(), live.pointer(pointer).unwrap().clone());
            out.push(Mutation { what: format!("write down {pointer}"), object: written });
        }
    }
    out
}
