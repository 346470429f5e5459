//! The tables that the real server makes of its objects, we make of the same objects.

use crate::protobuf::lab::{JSON, Lab, objects, own_lab};
use gitops_apiserver::table::{Columns, Include, Options, partial, partial_list, table};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";
const V1: &str = "meta.k8s.io/v1";

#[allow(clippy::disallowed_methods, reason = "the real server's ages are those of the wall clock")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// The server's table of what is at `path`, with whole objects; and when it was made.
async fn theirs(lab: &Lab, path: &str) -> Option<(Value, [Duration; 2])> {
    let before = now();
    let question = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{question}includeObject=Object");
    let (status, body) = lab.send("GET", &path, TABLE, None).await;
    let after = now();
    let made = status.is_success().then(|| serde_json::from_slice(&body).unwrap())?;
    Some((made, [before, after]))
}

/// Compares with our table of the same objects; gives the number of rows. A second may begin while
/// the server makes its table.
pub(super) fn compare(
    columns: &Columns,
    theirs: &Value,
    source: &Value,
    times: [Duration; 2],
    headers: bool,
) -> usize {
    let made = times.map(|now| {
        let options = Options { include: Include::Object, headers, api_version: V1, now };
        table(columns, source, &options)
    });
    for (name, value) in theirs.as_object().unwrap().iter().filter(|(name, _)| *name != "rows") {
        assert_eq!(&made[0][name], value, "{name}");
    }
    let empty = Vec::new();
    let rows = theirs["rows"].as_array().unwrap_or(&empty);
    assert_eq!(made[0]["rows"].as_array().unwrap_or(&empty).len(), rows.len());
    assert_eq!(made[0]["rows"].is_null(), theirs["rows"].is_null());
    for (index, row) in rows.iter().enumerate() {
        let ours = made.each_ref().map(|made| &made["rows"][index]);
        assert!(
            ours.contains(&row),
            "{}\nours   {} {:?}\ntheirs {} {:?}",
            row["object"]["metadata"]["name"],
            ours[0]["cells"],
            ours[0].get("conditions"),
            row["cells"],
            row.get("conditions")
        );
    }
    rows.len()
}

/// The list whose table it was, in the reverse of its order where the table has its own.
fn list_of(table: &Value, kind: &str) -> Value {
    let rows = table["rows"].as_array();
    let mut items: Vec<Value> =
        rows.into_iter().flatten().map(|row| row["object"].clone()).collect();
    if kind == "FlowSchema" {
        items.reverse();
    }
    json!({"items": items, "metadata": table["metadata"]})
}

#[tokio::test]
async fn lists_of_every_built_in_kind() {
    let Some(lab) = own_lab().await else { return };
    lab.fill(&objects()).await;
    let groups = lab.json("/apis").await;
    let groups = groups["groups"].as_array().unwrap().iter();
    let versions = groups.flat_map(|group| group["versions"].as_array().unwrap());
    let mut apis: Vec<String> =
        versions.map(|one| format!("apis/{}", one["groupVersion"].as_str().unwrap())).collect();
    apis.push("api/v1".to_owned());
    let (mut rows, mut kinds) = (0, 0);
    for api in apis {
        let (_, version) = api.split_once('/').unwrap();
        let resources = lab.json(&format!("/{api}")).await;
        for resource in resources["resources"].as_array().unwrap() {
            let (name, kind) = (resource["name"].as_str().unwrap(), resource["kind"].as_str());
            // Definitions' kinds have columns that aren't ours to know; the first version of scalers
            // hides other metrics than the processor's in annotations.
            let custom = ["example.com", "monitoring.coreos.com", "cert-manager.io"];
            let custom = custom.iter().any(|group| version.contains(group));
            if custom || name.contains('/') || version == "autoscaling/v1" {
                continue;
            }
            let Some((made, times)) = theirs(&lab, &format!("/{api}/{name}")).await else {
                continue;
            };
            let columns = Columns::built_in(version, kind.unwrap());
            let count = compare(&columns, &made, &list_of(&made, kind.unwrap()), times, true);
            rows += count;
            kinds += usize::from(count > 0);
        }
    }
    println!("{rows} rows of {kinds} kinds");
    assert!(kinds >= 35 && rows > 200, "{rows} {kinds}");
}

#[tokio::test]
async fn single_objects_pages_watches_and_metadata() {
    let Some(lab) = crate::protobuf::lab::lab().await else { return };
    let columns = Columns::built_in("v1", "ConfigMap");
    let path = format!("/api/v1/namespaces/{}/configmaps", lab.namespace);
    for name in ["a", "b"] {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        lab.send("POST", &path, JSON, Some((JSON, map.to_string().into_bytes()))).await;
    }
    let (made, times) = theirs(&lab, &format!("{path}/a")).await.unwrap();
    assert_eq!(compare(&columns, &made, &made["rows"][0]["object"], times, true), 1);
    let (made, times) = theirs(&lab, &format!("{path}?limit=1")).await.unwrap();
    assert_eq!(compare(&columns, &made, &list_of(&made, ""), times, true), 1);

    let watch = format!(
        "{path}?watch=true&timeoutSeconds=1&includeObject=Object&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    );
    let before = now();
    let (_, text) = lab.send("GET", &watch, TABLE, None).await;
    let times = [before, before + Duration::from_secs(1)];
    let events = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
    for (index, event) in events.map(Result::unwrap).enumerate() {
        let made = &event["object"];
        compare(&columns, made, &made["rows"][0]["object"], times, index == 0);
    }

    for (of, path) in [
        ("PartialObjectMetadataList", path.clone()),
        ("PartialObjectMetadata", format!("{path}/a")),
    ] {
        let accept = format!("application/json;as={of};v=v1;g=meta.k8s.io");
        let (_, body) = lab.send("GET", &path, &accept, None).await;
        let theirs: Value = serde_json::from_slice(&body).unwrap();
        let plain = lab.json(&path).await;
        let ours =
            if of.ends_with("List") { partial_list(&plain, V1) } else { partial(&plain, V1) };
        assert_eq!(ours, theirs);
    }

    for include in ["", "None", "Metadata", "Object", "metadata", "x\"y"] {
        let query =
            percent_encoding::utf8_percent_encode(include, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("{path}?includeObject={query}");
        let before = now();
        let (_, body) = lab.send("GET", &path, TABLE, None).await;
        let theirs: Value = serde_json::from_slice(&body).unwrap();
        match Include::parse(include) {
            Err(status) => assert_eq!(json!(status), theirs, "{include}"),
            Ok(parsed) => {
                let plain = lab.json(path.split('?').next().unwrap()).await;
                let plain = {
                    let mut plain = plain;
                    for item in plain["items"].as_array_mut().unwrap() {
                        item["apiVersion"] = "v1".into();
                        item["kind"] = "ConfigMap".into();
                    }
                    plain
                };
                let options =
                    Options { include: parsed, headers: true, api_version: V1, now: before };
                let ours = table(&columns, &plain, &options);
                let objects = |table: &Value| -> Vec<Value> {
                    table["rows"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|row| row["object"].clone())
                        .collect()
                };
                assert_eq!(objects(&ours), objects(&theirs), "{include}");
            }
        }
    }
}
