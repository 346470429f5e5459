//! What becomes of objects that are created, beside the real server.

use super::lab::{Lab, created, lab, like, unmanaged};
use gitops_apiserver::builtin::strategy::services::ServiceRange;
use serde_json::Value;
use std::net::Ipv4Addr;

#[tokio::test]
async fn objects_are_created_as_on_the_server() {
    let Some(lab) = lab("create").await else { return };
    let (mut wrong, mut tried, mut refused) = (0, 0, 0);
    for (path, object) in lab.objects() {
        for (at, object) in variants(&object).into_iter().enumerate() {
            match compare(&lab, &path, &object).await {
                None if at == 0 => panic!("{path}: refused: {object}"),
                None => refused += 1,
                Some(same) => {
                    tried += 1;
                    wrong += usize::from(!same);
                }
            }
        }
    }
    println!("{tried} objects, {refused} refused");
    assert_eq!(wrong, 0);
    assert!(tried > 1000, "{tried}");
}

/// Whether we make the same of it as the server, if that takes it.
pub(crate) async fn compare(lab: &Lab, path: &str, object: &Value) -> Option<bool> {
    let url = format!("{path}?dryRun=All");
    let theirs = unmanaged(lab.send("POST", &url, object).await.ok()?);
    let now = theirs["metadata"]["creationTimestamp"].as_str().unwrap().to_owned();
    let range = ServiceRange::new(Ipv4Addr::new(10, 0, 0, 0), 16);
    let ours = unmanaged(created(path, &like(object, &theirs), &now, &range));
    if ours != theirs {
        println!("{path}\n  ours   {ours}\n  theirs {theirs}");
    }
    Some(ours == theirs)
}

/// The object, and the object without each of its fields, and with a null and a zero there.
fn variants(object: &Value) -> Vec<Value> {
    let mut paths = Vec::new();
    pointers(object, "", &mut paths);
    let mut all = vec![object.clone()];
    let fixed = ["/kind", "/apiVersion", "/metadata", "/metadata/name", "/metadata/namespace"];
    for path in paths.iter().filter(|path| !fixed.contains(&path.as_str())) {
        let (above, name) = path.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        let zero = match object.pointer(path).unwrap() {
            Value::String(_) => "".into(),
            Value::Number(_) => 0.into(),
            Value::Bool(_) => false.into(),
            Value::Array(_) => Value::Array(Vec::new()),
            _ => Value::Object(serde_json::Map::new()),
        };
        for value in [None, Some(Value::Null), Some(zero)] {
            let mut changed = object.clone();
            let above = changed.pointer_mut(above).and_then(Value::as_object_mut);
            let Some(above) = above else { continue };
            match value {
                Some(value) => above.insert(name.clone(), value),
                None => above.remove(&name),
            };
            all.push(changed);
        }
    }
    all
}

fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        pointers(value, &at, out);
        out.push(at);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| below(&at.to_string(), item));
        }
        _ => {}
    }
}
