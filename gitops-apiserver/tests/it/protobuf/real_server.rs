//! What the real server says of an object in JSON and in protobuf is the same to us.

use super::lab::{JSON, objects, own_lab};
use gitops_apiserver::protobuf::{MEDIA_TYPE, decode, encode, represents};
use serde_json::{Value, json};

/// JSON and protobuf of the list at `path`, of the same state.
async fn both(lab: &super::lab::Lab, path: &str) -> Option<(Value, Vec<u8>)> {
    // The server's own leases change between two requests now and then.
    for _ in 0..10 {
        let (status, text) = lab.send("GET", path, JSON, None).await;
        if !status.is_success() {
            return None;
        }
        let json: Value = serde_json::from_slice(&text).unwrap();
        let (_, bytes) = lab.send("GET", path, MEDIA_TYPE, None).await;
        let json = sayable(json);
        let version = |list: &Value| list["metadata"]["resourceVersion"].clone();
        if version(&decode(&bytes, ("", "")).unwrap()) == version(&json) {
            return Some((json, bytes));
        }
    }
    panic!("{path} never stands still");
}

/// What protobuf can't say: the kinds of objects inside objects, and that a list is empty, not nil.
fn sayable(mut list: Value) -> Value {
    if list["items"] == json!([]) {
        list["items"] = Value::Null;
    }
    for item in list["items"].as_array_mut().into_iter().flatten() {
        let claims = item.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut);
        for claim in claims.into_iter().flatten().filter_map(Value::as_object_mut) {
            claim.remove("apiVersion");
            claim.remove("kind");
        }
    }
    list
}

/// Equal, or the first item or member that isn't.
fn same(ours: &Value, theirs: &Value, path: &str) {
    match (ours, theirs) {
        _ if ours == theirs => {}
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().for_each(|(name, ours)| same(ours, &b[name], &format!("{path}.{name}")));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (ours, theirs)) in a.iter().zip(b).enumerate() {
                same(ours, theirs, &format!("{path}[{index}]"));
            }
        }
        _ => panic!("{path}: ours {ours}, theirs {theirs}"),
    }
}

#[tokio::test]
async fn objects_of_every_built_in_kind_are_the_same_in_both_forms() {
    let Some(lab) = own_lab().await else { return };
    let created = lab.fill(&objects()).await;
    let groups = lab.json("/apis").await;
    let groups = groups["groups"].as_array().unwrap().iter();
    let versions = groups.flat_map(|group| group["versions"].as_array().unwrap());
    let mut apis: Vec<String> =
        versions.map(|one| format!("apis/{}", one["groupVersion"].as_str().unwrap())).collect();
    apis.push("api/v1".to_owned());

    let (mut items, mut kinds, mut exact) = (0, 0, 0);
    for api in apis {
        let (_, version) = api.split_once('/').unwrap();
        let resources = lab.json(&format!("/{api}")).await;
        for resource in resources["resources"].as_array().unwrap() {
            let verbs = resource["verbs"].as_array().unwrap();
            let kind = format!("{}List", resource["kind"].as_str().unwrap());
            // Asks other servers each time.
            if kind == "ComponentStatusList" {
                continue;
            }
            if !verbs.contains(&json!("list")) || !represents(version, &kind) {
                continue;
            }
            let path = format!("/{api}/{}", resource["name"].as_str().unwrap());
            let Some((json, bytes)) = both(&lab, &path).await else { continue };
            same(&decode(&bytes, ("", "")).unwrap(), &json, &path);
            let ours = encode(&json).unwrap();
            same(&decode(&ours, ("", "")).unwrap(), &json, &path);
            exact += usize::from(ours == bytes);
            let count = json["items"].as_array().map_or(0, Vec::len);
            items += count;
            kinds += usize::from(count > 0);
        }
    }
    println!("{created} created, {items} objects of {kinds} kinds, {exact} lists byte for byte");
    assert!(kinds >= 35 && exact >= 55, "{kinds} {exact}");
}
